/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: what an attempt leaves to the next one
 */

#include "config.h"

#include "core/aq-engine-data.h"

#include "core/aq-dictionary.h"
#include "core/aq-engine-private.h"

static void
free_checkpoint_event (gpointer data)
{
  AqCheckpointEvent *event = data;

  g_clear_pointer (&event->value, g_variant_unref);
  g_free (event);
}

static void
free_once_event (gpointer data)
{
  AqOnceEvent *event = data;

  g_free ((char *) event->name);
  g_clear_pointer (&event->result, g_variant_unref);
  g_clear_pointer (&event->out_value, g_variant_unref);
  g_free (event);
}

/**
 * aq_engine_set_checkpoint:
 * @self: an engine
 * @id: a job's id
 * @lease: of the attempt that says so
 * @value: (nullable): what the next attempt gets; %NULL: nothing; consumed if it is floating
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_set_checkpoint(), and why the store refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_set_checkpoint (AqEngine     *self,
                          guint64       id,
                          guint64       lease,
                          GVariant     *value,
                          AqEngineDone  done,
                          gpointer      user_data)
{
  AqCheckpointEvent *event = g_new (AqCheckpointEvent, 1);

  *event = (AqCheckpointEvent) { id, lease, value != NULL ? g_variant_ref_sink (value) : NULL };
  aq_engine_apply_request (self, &aq_engine_self, &(AqEngineRequest) {
    .rule = aq_rule_set_checkpoint,
    .event = event,
    .free_event = free_checkpoint_event,
    .done = done,
    .user_data = user_data,
  });
}

/**
 * aq_engine_dup_checkpoint:
 * @self: an engine
 * @job: a job, from within the callback of aq_engine_claim()
 *
 * Returns: (transfer full) (nullable): what an earlier attempt has left
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_checkpoint (AqEngine    *self,
                          const AqJob *job)
{
  return aq_dictionary_get (job->extra != NULL ? job->extra->data : NULL, AQ_JOB_DATA_CHECKPOINT);
}

/**
 * aq_engine_begin_once:
 * @self: an engine
 * @id: a job's id
 * @lease: of the attempt that says so
 * @name: of what is to be done at most once over all attempts of the job
 * @done: called once it is flushed with a{sv}: "result" v if it was done before;
 *   or with why it must not be done
 * @user_data: for @done
 *
 * Errors: those of aq_rule_begin_once(), and why the store refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_begin_once (AqEngine     *self,
                      guint64       id,
                      guint64       lease,
                      const char   *name,
                      AqEngineRead  done,
                      gpointer      user_data)
{
  const GError *refusal = aq_engine_get_refusal (self);
  AqOnceEvent *event;

  if (refusal != NULL)
    {
      done (NULL, refusal, user_data);
      return;
    }
  event = g_new (AqOnceEvent, 1);
  *event = (AqOnceEvent) { .id = id, .lease = lease, .name = g_strdup (name) };
  aq_engine_apply_request (self, &aq_engine_self, &(AqEngineRequest) {
    .rule = aq_rule_begin_once,
    .event = event,
    .free_event = free_once_event,
    .value = &event->out_value,
    .read = done,
    .user_data = user_data,
  });
}

/**
 * aq_engine_end_once:
 * @self: an engine
 * @id: a job's id
 * @lease: of the attempt that says so
 * @name: of what was begun
 * @result: (nullable): what came of it; %NULL: it did not come to pass; consumed if
 *   it is floating
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_end_once(), and why the store refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_end_once (AqEngine     *self,
                    guint64       id,
                    guint64       lease,
                    const char   *name,
                    GVariant     *result,
                    AqEngineDone  done,
                    gpointer      user_data)
{
  AqOnceEvent *event = g_new (AqOnceEvent, 1);

  *event = (AqOnceEvent) {
    .id = id,
    .lease = lease,
    .name = g_strdup (name),
    .result = result != NULL ? g_variant_ref_sink (result) : NULL,
  };
  aq_engine_apply_request (self, &aq_engine_self, &(AqEngineRequest) {
    .rule = aq_rule_end_once,
    .event = event,
    .free_event = free_once_event,
    .done = done,
    .user_data = user_data,
  });
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: one request
 *
 * An event with the callback that is owed: the rule is applied, and the answer is
 * held at the gate until everything that it may reveal is flushed.
 */

#include "config.h"

#include "core/aq-engine-private.h"

typedef struct
{
  AqEngineRequest  request; /* the event is owned */
  AqEngine        *engine;
} Pending;

static void
answer (Pending      *pending,
        const GError *error)
{
  AqEngineRequest *request = &pending->request;

  if (request->done != NULL)
    request->done (error, request->user_data);
  else if (request->job_done != NULL)
    request->job_done (error == NULL ? *request->id : 0, error, request->user_data);
  else if (request->read != NULL)
    request->read (error == NULL ? *request->value : NULL, error, request->user_data);
  request->free_event (request->event);
  g_free (pending);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  answer (user_data, error);
}

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  Pending *pending = user_data;

  if (error != NULL)
    {
      answer (pending, error);
      return;
    }
  if (pending->request.applied != NULL)
    pending->request.applied (pending->engine);
  if (pending->request.read == NULL)
    aq_engine_poke (pending->engine);
  aq_gate_hold (aq_store_get_gate (pending->engine->store), sequence, on_flushed, pending);
}

static const GError *
get_refusal (AqEngine              *self,
             const AqEngineRequest *request)
{
  if (request->read != NULL)
    return NULL;
  return request->is_addition ? aq_store_get_refusal (self->store) : aq_engine_get_refusal (self);
}

/**
 * aq_engine_apply_request:
 * @self: an engine
 * @actor: who asked for it
 * @request: what is asked for; copied, and its event consumed
 *
 * Applies a request, and answers it when that is flushed. What changes something
 * is refused while the store refuses everything but jobs' ends, and what adds
 * something also while it refuses jobs because there are too many.
 *
 * Since: 0.1
 */
void
aq_engine_apply_request (AqEngine              *self,
                         const AqActor         *actor,
                         const AqEngineRequest *request)
{
  const GError *refusal = get_refusal (self, request);
  Pending *pending = g_new (Pending, 1);

  *pending = (Pending) { *request, self };
  if (refusal != NULL)
    answer (pending, refusal);
  else
    aq_store_apply (self->store, actor, request->rule, request->event, on_applied, pending);
}

static void
free_reading (gpointer data)
{
  AqEngineReading *reading = data;

  g_free (reading->name);
  g_clear_pointer (&reading->value, g_variant_unref);
  g_free (reading);
}

/**
 * aq_engine_apply_read:
 * @self: an engine
 * @rule: reads what is asked for; its event is an #AqEngineReading
 * @name: (nullable): what is to be read; %NULL: all of a kind
 * @done: called with what was read when all that it may show is flushed, or with why not
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_apply_read (AqEngine     *self,
                      AqRule        rule,
                      const char   *name,
                      AqEngineRead  done,
                      gpointer      user_data)
{
  AqEngineReading *reading = g_new (AqEngineReading, 1);

  *reading = (AqEngineReading) { self, g_strdup (name), NULL };
  aq_engine_apply_request (self, &aq_engine_self, &(AqEngineRequest) {
    .rule = rule,
    .event = reading,
    .free_event = free_reading,
    .value = &reading->value,
    .read = done,
    .user_data = user_data,
  });
}

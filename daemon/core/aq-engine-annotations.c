/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: annotations
 */

#include "config.h"

#include "core/aq-engine-annotations.h"

#include "core/aq-engine-private.h"
#include "core/aq-progress.h"

typedef struct
{
  AqAnnotateEvent  event;  /* key and value are owned */
  AqActor          actor;  /* its sender is owned */
  AqEngine        *engine;
  AqEngineDone     done;
  gpointer         user_data;
} Annotate;

static void
free_annotate (gpointer data)
{
  Annotate *annotate = data;

  g_free ((char *) annotate->event.key);
  g_clear_pointer (&annotate->event.value, g_variant_unref);
  g_free ((char *) annotate->actor.sender);
  g_free (annotate);
}

static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  Annotate *annotate = user_data;

  if (error != NULL)
    {
      annotate->done (error, annotate->user_data);
      free_annotate (annotate);
      return;
    }
  aq_engine_apply_request (annotate->engine, &annotate->actor, &(AqEngineRequest) {
    .rule = aq_rule_annotate,
    .event = &annotate->event,
    .free_event = free_annotate,
    .done = annotate->done,
    .user_data = annotate->user_data,
    /* what attempts note is bounded by how many run */
    .is_addition = annotate->event.lease == 0 && annotate->event.value != NULL,
  });
}

/**
 * aq_engine_annotate:
 * @self: an engine
 * @actor: who asked for it
 * @id: a job's id
 * @lease: of the attempt that says so, 0 for everybody else
 * @key: what is noted
 * @value: (nullable): the value; %NULL removes it; consumed if it is floating
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_annotate() and aq_store_fetch(), and why the store
 * refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_annotate (AqEngine      *self,
                    const AqActor *actor,
                    guint64        id,
                    guint64        lease,
                    const char    *key,
                    GVariant      *value,
                    AqEngineDone   done,
                    gpointer       user_data)
{
  Annotate *annotate = g_new (Annotate, 1);

  *annotate = (Annotate) {
    .event = { id, lease, g_strdup (key), value != NULL ? g_variant_ref_sink (value) : NULL },
    .actor = { actor->uid, g_strdup (actor->sender) },
    .engine = self,
    .done = done,
    .user_data = user_data,
  };
  aq_store_fetch (self->store, &id, 1, on_fetched, annotate);
}

typedef struct
{
  guint64   id;
  guint64   flushed;
  GVariant *progress; /* owned, nullable */
} ProgressQuery;

static gboolean
read_progress (AqTransaction  *transaction,
               gpointer        query_event,
               GError        **error)
{
  ProgressQuery *query = query_event;
  const AqJob *job = aq_transaction_find_job (transaction, query->id);

  if (job != NULL && job->sequence <= query->flushed)
    query->progress = aq_progress_dup (job);
  return TRUE;
}

static void
on_progress_read (gpointer      event,
                  guint64       sequence,
                  const GError *error,
                  gpointer      user_data)
{
}

/**
 * aq_engine_dup_progress:
 * @self: an engine
 * @id: a job's id
 *
 * What is not flushed is not told: it is once it is, and that is soon.
 *
 * Returns: (transfer full) (nullable): how far the job has come, of
 *   %AQ_PROGRESS_TYPE; %NULL if it has not said, or is away
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_progress (AqEngine *self,
                        guint64   id)
{
  ProgressQuery query = { id, aq_gate_get_flushed (aq_store_get_gate (self->store)), NULL };

  aq_store_apply (self->store, &aq_engine_self, read_progress, &query, on_progress_read, NULL);
  return query.progress;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: those who wait for an annotation
 *
 * A wait is at one place at a time: in the store's hands while its job is
 * fetched, listed in the engine's table until the job's annotations change, in a
 * source when it was over from the start, or held at the gate.
 *
 * Nothing is polled: a store that is locked hears of each change itself, so
 * nobody wakes up before a change or the end of the time. How often to look
 * matters where others write to the store.
 *
 * Source: behaviour Z88.
 */

#include "config.h"

#include "core/aq-engine-annotations.h"

#include "core/aq-annotation.h"
#include "core/aq-dictionary.h"
#include "core/aq-engine-private.h"

#define MAX_WAITS 100000

struct _AqEngineAnnotationWait
{
  AqEngine     *engine;    /* no reference */
  guint64       id;
  char         *key;       /* owned */
  gint64        timeout_usec;
  AqEngineRead  done;
  gpointer      user_data;

  AqTimer      *timer;     /* owned, nullable */
  GSource      *source;    /* owned, nullable */
  gboolean      listed;
  gboolean      over;      /* its time is */
  gboolean      cancelled; /* while it is held at the gate, or in the store */

  /* what it is told */
  GVariant     *value;     /* owned, nullable */
  GError       *error;     /* owned, nullable */
};

typedef AqEngineAnnotationWait Wait;

static void
drop_source (Wait *wait)
{
  if (wait->source != NULL)
    g_source_destroy (wait->source);
  g_clear_pointer (&wait->source, g_source_unref);
}

static void
free_wait (gpointer data)
{
  Wait *wait = data;

  wait->engine->n_annotation_waits--;
  drop_source (wait);
  g_clear_pointer (&wait->timer, aq_timer_free);
  g_clear_pointer (&wait->value, g_variant_unref);
  g_clear_error (&wait->error);
  g_free (wait->key);
  g_free (wait);
}

static void
unref_waits (gpointer waits)
{
  g_ptr_array_unref (waits);
}

static void
list_wait (Wait *wait)
{
  GHashTable *waits = wait->engine->annotation_waits;
  GPtrArray *others = g_hash_table_lookup (waits, &wait->id);

  if (others == NULL)
    {
      others = g_ptr_array_new ();
      g_hash_table_insert (waits, g_memdup2 (&wait->id, sizeof wait->id), others);
    }
  g_ptr_array_add (others, wait);
  wait->listed = TRUE;
}

static void
unlist_wait (Wait *wait)
{
  GPtrArray *others = g_hash_table_lookup (wait->engine->annotation_waits, &wait->id);

  g_ptr_array_remove_fast (others, wait);
  if (others->len == 0)
    g_hash_table_remove (wait->engine->annotation_waits, &wait->id);
  wait->listed = FALSE;
}

/* telling */

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  Wait *wait = user_data;
  const GError *failure = wait->error != NULL ? wait->error : error;

  if (!wait->cancelled)
    wait->done (failure == NULL ? wait->value : NULL, failure, wait->user_data);
  free_wait (wait);
}

static void
tell (Wait *wait)
{
  g_clear_pointer (&wait->timer, aq_timer_free);
  aq_engine_when_flushed (wait->engine, on_flushed, wait);
}

static gboolean
on_over_from_the_start (gpointer user_data)
{
  Wait *wait = user_data;

  drop_source (wait);
  tell (wait);
  return G_SOURCE_REMOVE;
}

/* the caller has to have the wait in hand before it is over */
static void
tell_soon (Wait *wait)
{
  wait->source = g_idle_source_new ();
  g_source_set_priority (wait->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (wait->source, on_over_from_the_start, wait, NULL);
  g_source_attach (wait->source, g_main_context_get_thread_default ());
}

static void
on_time_over (gpointer user_data)
{
  Wait *wait = user_data;

  g_clear_pointer (&wait->timer, aq_timer_free);
  wait->over = TRUE;
  /* otherwise it is being read just now */
  if (!wait->listed)
    return;
  unlist_wait (wait);
  tell (wait);
}

static void
start_timer (Wait *wait)
{
  AqClock *clock = wait->engine->clock;
  gint64 now = aq_clock_get_monotonic (clock);

  if (wait->timeout_usec > 0 && wait->timeout_usec < G_MAXINT64 - now)
    wait->timer = aq_timer_new (clock, AQ_CLOCK_MONOTONIC, now + wait->timeout_usec, on_time_over, wait);
}

/* reading */

static gboolean
read_annotation (AqTransaction  *transaction,
                 gpointer        wait_event,
                 GError        **error)
{
  Wait *wait = wait_event;
  const AqJob *job = aq_transaction_require_job (transaction, wait->id, error);

  if (job == NULL)
    return FALSE;
  wait->value = aq_dictionary_get (job->extra != NULL ? job->extra->annotations : NULL, wait->key);
  return TRUE;
}

static void
on_first_read (gpointer      event,
               guint64       sequence,
               const GError *error,
               gpointer      user_data)
{
  Wait *wait = user_data;

  if (error != NULL)
    wait->error = g_error_copy (error);
  if (wait->error != NULL || wait->value != NULL || wait->timeout_usec == 0)
    {
      tell_soon (wait);
      return;
    }
  list_wait (wait);
  start_timer (wait);
}

static void
on_first_fetched (const GError *error,
                  gpointer      user_data)
{
  Wait *wait = user_data;

  if (wait->cancelled)
    free_wait (wait);
  else if (error != NULL)
    on_first_read (NULL, 0, error, wait);
  else
    aq_store_apply (wait->engine->store, &aq_engine_self, read_annotation, wait, on_first_read, wait);
}

static void
on_read_again (gpointer      event,
               guint64       sequence,
               const GError *error,
               gpointer      user_data)
{
  Wait *wait = user_data;

  /* a job that is gone will have no annotation: that is told when the time is over */
  if (wait->value != NULL || wait->over)
    tell (wait);
  else
    list_wait (wait);
}

static void
on_fetched_again (const GError *error,
                  gpointer      user_data)
{
  Wait *wait = user_data;

  if (wait->cancelled)
    free_wait (wait);
  else if (error != NULL)
    on_read_again (NULL, 0, error, wait);
  else
    aq_store_apply (wait->engine->store, &aq_engine_self, read_annotation, wait, on_read_again, wait);
}

/**
 * aq_engine_annotation_waits_tell:
 * @self: an engine
 * @id: a job whose annotations have changed, flushed
 *
 * Those who wait for one of them look again.
 *
 * Since: 0.1
 */
void
aq_engine_annotation_waits_tell (AqEngine *self,
                                 guint64   id)
{
  GPtrArray *listed = g_hash_table_lookup (self->annotation_waits, &id);
  g_autoptr(GPtrArray) waits = NULL;

  if (listed == NULL)
    return;
  waits = g_ptr_array_ref (listed);
  (void) g_hash_table_remove (self->annotation_waits, &id);
  for (guint i = 0; i < waits->len; i++)
    ((Wait *) g_ptr_array_index (waits, i))->listed = FALSE;
  /* nobody is told before the gate, so none of these is cancelled meanwhile */
  for (guint i = 0; i < waits->len; i++)
    aq_store_fetch (self->store, &id, 1, on_fetched_again, g_ptr_array_index (waits, i));
}

/* lifecycle */

void
aq_engine_annotation_waits_init (AqEngine *self)
{
  self->annotation_waits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, unref_waits);
}

void
aq_engine_annotation_waits_clear (AqEngine *self)
{
  GHashTableIter iter;
  gpointer waits;

  g_hash_table_iter_init (&iter, self->annotation_waits);
  while (g_hash_table_iter_next (&iter, NULL, &waits))
    g_ptr_array_set_free_func (waits, free_wait);
  g_hash_table_unref (self->annotation_waits);
}

/**
 * aq_engine_get_annotation:
 * @self: an engine
 * @id: a job's id
 * @key: which annotation
 * @timeout_usec: how long to wait for one that the job has not yet, steady clock;
 *   0: not at all; negative: for ever
 * @poll_usec: how often to look in a store that others write to; there is none yet
 * @done: called once, not before this returns, when the job has the annotation,
 *   or when the time is over: with neither value nor error then
 * @user_data: for @done
 *
 * Waits on when the job completes or is removed: the annotation may still come, or
 * the time will be over.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_INVALID`; `ASYNCQ_ERROR_BUSY`
 * if too many wait; those of aq_store_fetch().
 *
 * Returns: (transfer none): the wait, which is over when @done is called or with
 *   aq_engine_annotation_wait_cancel()
 *
 * Since: 0.1
 */
AqEngineAnnotationWait *
aq_engine_get_annotation (AqEngine     *self,
                          guint64       id,
                          const char   *key,
                          gint64        timeout_usec,
                          gint64        poll_usec,
                          AqEngineRead  done,
                          gpointer      user_data)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->engine = self;
  wait->id = id;
  wait->key = g_strdup (key);
  wait->timeout_usec = timeout_usec;
  wait->done = done;
  wait->user_data = user_data;
  if (++self->n_annotation_waits > MAX_WAITS)
    g_set_error (&wait->error, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY, "%d others wait for an annotation already", MAX_WAITS);
  if (wait->error != NULL || !aq_annotation_check_key (key, &wait->error))
    tell_soon (wait);
  else
    aq_store_fetch (self->store, &id, 1, on_first_fetched, wait);
  return wait;
}

/**
 * aq_engine_annotation_wait_cancel:
 * @wait: (transfer full): a wait that is not over
 *
 * Stops waiting: nobody is told.
 *
 * Since: 0.1
 */
void
aq_engine_annotation_wait_cancel (AqEngineAnnotationWait *wait)
{
  if (wait->listed)
    {
      unlist_wait (wait);
    }
  else if (wait->source == NULL)
    {
      /* the gate or the store has it, and lets it out in its time */
      wait->cancelled = TRUE;
      g_clear_pointer (&wait->timer, aq_timer_free);
      return;
    }
  free_wait (wait);
}

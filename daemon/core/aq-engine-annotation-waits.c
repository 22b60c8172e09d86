/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: those who wait for an annotation
 *
 * A wait is at one place at a time: in the store's hands while its job is
 * fetched, listed under its job and key until there is such an annotation, in a
 * source when it was over from the start, or held at the gate. A change of a job is
 * looked at once for all who wait, and one of them leaves at the same cost however
 * many there are.
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
  guint         place;     /* while it is listed: among those of its key */
  gboolean      cancelled; /* while it is held at the gate, or in the store */

  /* what it is told */
  GVariant     *value;     /* owned, nullable */
  GError       *error;     /* owned, nullable */
};

typedef AqEngineAnnotationWait Wait;

/* a job that somebody waits for, kept as long as somebody does or the store has it */
typedef struct
{
  guint64     id;
  AqEngine   *engine;      /* no reference; NULL once it has ended */
  GHashTable *keys;        /* key, owned → GPtrArray of the waits for it */
  gboolean    is_fetching;
  GVariant   *annotations; /* owned, nullable: just read */
} Watch;

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
free_watch (Watch *watch)
{
  g_hash_table_unref (watch->keys);
  g_free (watch);
}

/* the store tells what it has fetched: until then it is kept */
static void
abandon_watch (gpointer data)
{
  Watch *watch = data;

  watch->engine = NULL;
  if (!watch->is_fetching)
    free_watch (watch);
}

static Watch *
ensure_watch (AqEngine *self,
              guint64   id)
{
  Watch *watch = g_hash_table_lookup (self->annotation_waits, &id);

  if (watch != NULL)
    return watch;
  watch = g_new0 (Watch, 1);
  watch->id = id;
  watch->engine = self;
  watch->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_waits);
  g_hash_table_insert (self->annotation_waits, &watch->id, watch);
  return watch;
}

static void
drop_watch_if_unused (Watch *watch)
{
  if (g_hash_table_size (watch->keys) == 0 && !watch->is_fetching)
    (void) g_hash_table_remove (watch->engine->annotation_waits, &watch->id);
}

static void
list_wait (Wait *wait)
{
  Watch *watch = ensure_watch (wait->engine, wait->id);
  GPtrArray *others = g_hash_table_lookup (watch->keys, wait->key);

  if (others == NULL)
    {
      others = g_ptr_array_new ();
      g_hash_table_insert (watch->keys, g_strdup (wait->key), others);
    }
  wait->place = others->len;
  g_ptr_array_add (others, wait);
  wait->listed = TRUE;
}

static void
unlist_wait (Wait *wait)
{
  Watch *watch = g_hash_table_lookup (wait->engine->annotation_waits, &wait->id);
  GPtrArray *others = g_hash_table_lookup (watch->keys, wait->key);

  g_ptr_array_remove_index_fast (others, wait->place);
  if (wait->place < others->len)
    ((Wait *) g_ptr_array_index (others, wait->place))->place = wait->place;
  if (others->len == 0)
    (void) g_hash_table_remove (watch->keys, wait->key);
  wait->listed = FALSE;
  drop_watch_if_unused (watch);
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

/* looking again */

static gboolean
read_annotations (AqTransaction  *transaction,
                  gpointer        watch_event,
                  GError        **error)
{
  Watch *watch = watch_event;
  const AqJob *job = aq_transaction_find_job (transaction, watch->id);

  if (job != NULL && job->extra != NULL && job->extra->annotations != NULL)
    watch->annotations = g_variant_ref (job->extra->annotations);
  return TRUE;
}

/* adds those who wait for one annotation, with its value */
static void
take_waits (Watch      *watch,
            const char *key,
            GVariant   *value,
            GPtrArray  *out_waits)
{
  GPtrArray *waits = g_hash_table_lookup (watch->keys, key);

  if (waits == NULL)
    return;
  for (guint i = 0; i < waits->len; i++)
    {
      Wait *wait = g_ptr_array_index (waits, i);

      wait->listed = FALSE;
      wait->value = g_variant_ref (value);
      g_ptr_array_add (out_waits, wait);
    }
  (void) g_hash_table_remove (watch->keys, key);
}

static void
on_read_again (gpointer      event,
               guint64       sequence,
               const GError *error,
               gpointer      user_data)
{
  Watch *watch = user_data;
  g_autoptr(GVariant) annotations = g_steal_pointer (&watch->annotations);
  gsize n_annotations = annotations != NULL ? g_variant_n_children (annotations) : 0;
  g_autoptr(GPtrArray) waits = g_ptr_array_new ();

  for (gsize i = 0; i < n_annotations; i++)
    {
      g_autoptr(GVariant) value = NULL;
      const char *key;

      g_variant_get_child (annotations, i, "{&sv}", &key, &value);
      take_waits (watch, key, value, waits);
    }
  drop_watch_if_unused (watch);
  /* whoever is told may cancel another of these: that one is told nothing then */
  for (guint i = 0; i < waits->len; i++)
    tell (g_ptr_array_index (waits, i));
}

static void
on_fetched_again (const GError *error,
                  gpointer      user_data)
{
  Watch *watch = user_data;

  watch->is_fetching = FALSE;
  /* a job that is gone will have no annotation: that is told when the time is over */
  if (watch->engine == NULL)
    free_watch (watch);
  else if (error != NULL)
    drop_watch_if_unused (watch);
  else
    aq_store_apply (watch->engine->store, &aq_engine_self, read_annotations, watch, on_read_again, watch);
}

/**
 * aq_engine_annotation_waits_tell:
 * @self: an engine
 * @id: a job whose annotations have changed, flushed
 *
 * Those who wait for one that there is now are told.
 *
 * Since: 0.1
 */
void
aq_engine_annotation_waits_tell (AqEngine *self,
                                 guint64   id)
{
  Watch *watch = g_hash_table_lookup (self->annotation_waits, &id);

  /* what is read after it was fetched has this change too */
  if (watch == NULL || watch->is_fetching)
    return;
  watch->is_fetching = TRUE;
  aq_store_fetch (self->store, &watch->id, 1, on_fetched_again, watch);
}

/* lifecycle */

void
aq_engine_annotation_waits_init (AqEngine *self)
{
  self->annotation_waits = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, abandon_watch);
}

static void
free_waits (Watch *watch)
{
  GHashTableIter iter;
  gpointer waits;

  g_hash_table_iter_init (&iter, watch->keys);
  while (g_hash_table_iter_next (&iter, NULL, &waits))
    g_ptr_array_set_free_func (waits, free_wait);
  g_hash_table_remove_all (watch->keys);
}

void
aq_engine_annotation_waits_clear (AqEngine *self)
{
  GHashTableIter iter;
  gpointer watch;

  g_hash_table_iter_init (&iter, self->annotation_waits);
  while (g_hash_table_iter_next (&iter, NULL, &watch))
    free_waits (watch);
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

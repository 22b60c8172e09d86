/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: those who watch jobs
 *
 * Changes are gathered as rules are applied and told once they are flushed: the
 * gate holds one telling for all that are gathered, and what is newer than the
 * flush stays for the next.
 */

#include "config.h"

#include "core/aq-engine-private.h"

/* A wait is at one place at a time: listed in the engine's table until its job
 * completes, in a source when it was over from the start, held at the gate, or in
 * the store's hands while its job is fetched. */
struct _AqEngineWait
{
  AqEngine        *engine; /* no reference */
  guint64          id;
  AqEngineAwaited  done;
  gpointer         user_data;
  gboolean         listed;
  GSource         *source;    /* owned, nullable */
  gboolean         cancelled; /* while it is held at the gate, or in the store */

  /* what it is told */
  AsyncqJobOutcome outcome;
  AqResult        *result;    /* owned, nullable */
  GError          *error;     /* owned, nullable */
};

static void
drop_source (AqEngineWait *wait)
{
  if (wait->source != NULL)
    g_source_destroy (wait->source);
  g_clear_pointer (&wait->source, g_source_unref);
}

static void
free_wait (gpointer data)
{
  AqEngineWait *wait = data;

  drop_source (wait);
  g_clear_pointer (&wait->result, aq_result_unref);
  g_clear_error (&wait->error);
  g_free (wait);
}

static void
unref_waits (gpointer waits)
{
  g_ptr_array_unref (waits);
}

static gboolean
read_outcome (AqTransaction  *transaction,
              gpointer        wait_event,
              GError        **error)
{
  AqEngineWait *wait = wait_event;
  const AqJob *job = aq_transaction_require_job (transaction, wait->id, error);

  if (job == NULL)
    return FALSE;
  if (job->state != ASYNCQ_JOB_STATE_COMPLETED)
    return TRUE;
  wait->outcome = job->outcome;
  wait->result = aq_result_ref (aq_job_get_result (job));
  return TRUE;
}

static void
on_wait_flushed (const GError *error,
                 gpointer      user_data)
{
  AqEngineWait *wait = user_data;

  if (!wait->cancelled)
    wait->done (wait->outcome, wait->result, wait->error != NULL ? wait->error : error, wait->user_data);
  free_wait (wait);
}

static void
tell (AqEngineWait *wait)
{
  aq_engine_when_flushed (wait->engine, on_wait_flushed, wait);
}

static gboolean
on_over_from_the_start (gpointer user_data)
{
  AqEngineWait *wait = user_data;

  drop_source (wait);
  tell (wait);
  return G_SOURCE_REMOVE;
}

/* the caller has to have the wait in hand before it is over */
static void
tell_soon (AqEngineWait *wait)
{
  wait->source = g_idle_source_new ();
  g_source_set_priority (wait->source, G_PRIORITY_DEFAULT);
  g_source_set_callback (wait->source, on_over_from_the_start, wait, NULL);
  g_source_attach (wait->source, g_main_context_get_thread_default ());
}

static void
list_wait (AqEngineWait *wait)
{
  GHashTable *waits = wait->engine->waits;
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
on_first_read (gpointer      event,
               guint64       sequence,
               const GError *error,
               gpointer      user_data)
{
  AqEngineWait *wait = user_data;

  if (error != NULL)
    wait->error = g_error_copy (error);
  if (wait->error != NULL || wait->result != NULL)
    tell_soon (wait);
  else
    list_wait (wait);
}

static void
on_wait_fetched (const GError *error,
                 gpointer      user_data)
{
  AqEngineWait *wait = user_data;

  if (wait->cancelled)
    free_wait (wait);
  else if (error != NULL)
    on_first_read (NULL, 0, error, wait);
  else
    aq_store_apply (wait->engine->store, &aq_engine_self, read_outcome, wait, on_first_read, wait);
}

/* gathering and telling */

static void
on_last_read (gpointer      event,
              guint64       sequence,
              const GError *error,
              gpointer      user_data)
{
  AqEngineWait *wait = user_data;

  if (error != NULL)
    wait->error = g_error_copy (error);
  tell (wait);
}

static void
on_last_fetched (const GError *error,
                 gpointer      user_data)
{
  AqEngineWait *wait = user_data;

  if (error != NULL)
    on_last_read (NULL, 0, error, wait);
  else
    aq_store_apply (wait->engine->store, &aq_engine_self, read_outcome, wait, on_last_read, wait);
}

static AqEngineWait *
take_wait (AqEngine *self,
           guint64   id)
{
  GPtrArray *waits = g_hash_table_lookup (self->waits, &id);
  AqEngineWait *wait;

  if (waits == NULL)
    return NULL;
  wait = g_ptr_array_steal_index (waits, 0);
  wait->listed = FALSE;
  if (waits->len == 0)
    g_hash_table_remove (self->waits, &id);
  return wait;
}

/* one by one: whoever is told may cancel another */
static void
tell_waits (AqEngine          *self,
            const AqJobChange *change)
{
  AqEngineWait *wait;

  if (!change->is_annotation)
    aq_engine_witness_changed (self, change->id);
  if (change->is_annotation)
    aq_engine_annotation_waits_tell (self, change->id);
  else
    while (change->state == ASYNCQ_JOB_STATE_COMPLETED && (wait = take_wait (self, change->id)) != NULL)
      aq_store_fetch (self->store, &wait->id, 1, on_last_fetched, wait);
}

static void
tell_listeners (AqEngine          *self,
                const AqJobChange *changes,
                guint              n_changes)
{
  /* backwards: one may remove itself */
  for (guint i = self->listeners->len; i > 0; i--)
    {
      AqEngineListener *listener = &g_array_index (self->listeners, AqEngineListener, i - 1);

      listener->func (changes, n_changes, listener->user_data);
    }
}

static gboolean
has_waits (AqEngine *self)
{
  return g_hash_table_size (self->waits) > 0 || g_hash_table_size (self->annotation_waits) > 0 ||
         g_hash_table_size (self->log_waits) > 0;
}

static void on_changes_flushed (const GError *error,
                                gpointer      user_data);

static void
hold_changes (AqEngine *self)
{
  aq_gate_hold (aq_store_get_gate (self->store), g_array_index (self->changes, AqJobChange, 0).sequence,
                on_changes_flushed, self);
}

static void
on_changes_flushed (const GError *error,
                    gpointer      user_data)
{
  AqEngine *self = user_data;
  guint64 flushed = aq_gate_get_flushed (aq_store_get_gate (self->store));
  g_autoptr(GArray) changes = NULL;
  guint n = 0;

  if (error != NULL)
    {
      /* never flushed, so nobody may hear of it */
      g_array_set_size (self->changes, 0);
      return;
    }

  while (n < self->changes->len && g_array_index (self->changes, AqJobChange, n).sequence <= flushed)
    n++;
  changes = g_array_sized_new (FALSE, FALSE, sizeof (AqJobChange), n);
  g_array_append_vals (changes, self->changes->data, n);
  g_array_remove_range (self->changes, 0, n);
  if (self->changes->len > 0)
    hold_changes (self);

  tell_listeners (self, (const AqJobChange *) changes->data, n);
  for (guint i = 0; i < n && has_waits (self); i++)
    tell_waits (self, &g_array_index (changes, AqJobChange, i));
}

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  AqEngine *self = user_data;
  gboolean held = self->changes->len > 0;

  for (guint i = 0; i < n_changes; i++)
    if (changes[i].state == ASYNCQ_JOB_STATE_COMPLETED && !changes[i].is_annotation)
      {
        aq_engine_look_for_expiry (self);
        break;
      }
  if (self->listeners->len == 0 && !has_waits (self))
    return;
  g_array_append_vals (self->changes, changes, n_changes);
  if (!held)
    hold_changes (self);
}

/* lifecycle */

void
aq_engine_watch_init (AqEngine *self)
{
  self->listeners = g_array_new (FALSE, FALSE, sizeof (AqEngineListener));
  self->waits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, unref_waits);
  self->changes = g_array_new (FALSE, FALSE, sizeof (AqJobChange));
  self->next_handle = 1;
  aq_store_set_changed (self->store, on_changed, self);
}

void
aq_engine_watch_clear (AqEngine *self)
{
  GHashTableIter iter;
  gpointer waits;

  aq_store_set_changed (self->store, NULL, NULL);
  g_hash_table_iter_init (&iter, self->waits);
  while (g_hash_table_iter_next (&iter, NULL, &waits))
    g_ptr_array_set_free_func (waits, free_wait);
  g_hash_table_unref (self->waits);
  g_array_unref (self->listeners);
  g_array_unref (self->changes);
}

/**
 * aq_engine_add_changed:
 * @self: an engine
 * @func: called with changes of jobs' states, flushed, in the order of their
 *   transactions
 * @user_data: for @func
 *
 * Returns: a handle for aq_engine_remove_changed()
 *
 * Since: 0.1
 */
guint
aq_engine_add_changed (AqEngine        *self,
                       AqEngineChanged  func,
                       gpointer         user_data)
{
  AqEngineListener listener = { self->next_handle++, func, user_data };

  g_array_append_val (self->listeners, listener);
  return listener.handle;
}

void
aq_engine_remove_changed (AqEngine *self,
                          guint     handle)
{
  for (guint i = 0; i < self->listeners->len; i++)
    if (g_array_index (self->listeners, AqEngineListener, i).handle == handle)
      {
        g_array_remove_index (self->listeners, i);
        return;
      }
}

/**
 * aq_engine_wait:
 * @self: an engine
 * @id: a job's id
 * @done: called once, not before this returns, when the job has completed and
 *   that is flushed, or there is no such job
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: (transfer none): the wait, which is over when @done is called or with
 *   aq_engine_wait_cancel()
 *
 * Since: 0.1
 */
AqEngineWait *
aq_engine_wait (AqEngine        *self,
                guint64          id,
                AqEngineAwaited  done,
                gpointer         user_data)
{
  AqEngineWait *wait = g_new0 (AqEngineWait, 1);

  wait->engine = self;
  wait->id = id;
  wait->done = done;
  wait->user_data = user_data;
  aq_store_fetch (self->store, &id, 1, on_wait_fetched, wait);
  return wait;
}

/**
 * aq_engine_wait_cancel:
 * @wait: (transfer full): a wait that is not over
 *
 * Stops waiting: nobody is told.
 *
 * Since: 0.1
 */
void
aq_engine_wait_cancel (AqEngineWait *wait)
{
  if (wait->listed)
    {
      GPtrArray *others = g_hash_table_lookup (wait->engine->waits, &wait->id);

      g_ptr_array_remove_fast (others, wait);
      if (others->len == 0)
        g_hash_table_remove (wait->engine->waits, &wait->id);
    }
  else if (wait->source == NULL)
    {
      /* the gate or the store has it, and lets it out in its time */
      wait->cancelled = TRUE;
      return;
    }
  free_wait (wait);
}

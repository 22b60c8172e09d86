/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: attempts that run, and those who read their logs
 *
 * A wait is at one place at a time: in the store's hands, listed under its job
 * until that changes or says more, or held at the gate. Nothing is polled.
 */

#include "config.h"

#include "core/aq-engine-witness.h"

#include "core/aq-engine-private.h"
#include "core/aq-job-log.h"

#define MAX_WAITS 10000

struct _AqEngineLogWait
{
  AqEngine     *engine;    /* no reference */
  guint64       id;
  guint         attempt;
  guint64       from;
  gint64        end_usec;  /* monotonic; G_MAXINT64: it waits for ever */
  AqEngineRead  done;
  gpointer      user_data;

  AqTimer      *timer;     /* owned, nullable */
  gboolean      listed;
  gboolean      cancelled; /* while it is in the store's hands, or at the gate */
  AqJobLog      log;       /* as it was read last */
};

typedef AqEngineLogWait Wait;

static void look (Wait *wait);

/**
 * aq_engine_set_witness_func:
 * @self: an engine
 * @func: (nullable): called when somebody wants to see an attempt that runs
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_engine_set_witness_func (AqEngine        *self,
                            AqEngineWitness  func,
                            gpointer         user_data)
{
  self->witness_func = func;
  self->witness_data = user_data;
}

GVariant *
aq_engine_dup_witness (AqEngine    *self,
                       const AqJob *job)
{
  if (self->witness_func == NULL || !aq_job_holds_slot (job))
    return NULL;
  return self->witness_func (job->id, job->lease, self->witness_data);
}

static void
wait_free (Wait *wait)
{
  g_clear_pointer (&wait->timer, aq_timer_free);
  aq_job_log_clear (&wait->log);
  g_free (wait);
}

/* ---- the list ---- */

static void
list (Wait *wait)
{
  GPtrArray *waits = g_hash_table_lookup (wait->engine->log_waits, &wait->id);

  if (waits == NULL)
    {
      waits = g_ptr_array_new ();
      g_hash_table_insert (wait->engine->log_waits, g_memdup2 (&wait->id, sizeof wait->id), waits);
    }
  g_ptr_array_add (waits, wait);
  wait->listed = TRUE;
}

static void
unlist (Wait *wait)
{
  GPtrArray *waits = g_hash_table_lookup (wait->engine->log_waits, &wait->id);

  (void) g_ptr_array_remove_fast (waits, wait);
  wait->listed = FALSE;
  if (waits->len == 0)
    g_hash_table_remove (wait->engine->log_waits, &wait->id);
}

/**
 * aq_engine_witness_changed:
 * @self: an engine
 * @id: of a job
 *
 * Its attempt has said more, or the job has changed.
 *
 * Since: 0.1
 */
void
aq_engine_witness_changed (AqEngine *self,
                           guint64   id)
{
  g_autoptr(GPtrArray) waits = NULL;
  gpointer key;

  if (g_hash_table_size (self->log_waits) == 0 ||
      !g_hash_table_steal_extended (self->log_waits, &id, &key, (gpointer *) &waits))
    return;
  g_free (key);
  for (guint i = 0; i < waits->len; i++)
    ((Wait *) g_ptr_array_index (waits, i))->listed = FALSE;
  /* whoever is told may cancel another: that one is in nobody's list, and marks itself */
  for (guint i = 0; i < waits->len; i++)
    look (g_ptr_array_index (waits, i));
}

/* ---- reading ---- */

static void
finish (Wait         *wait,
        const GError *error)
{
  AqEngineRead done = wait->done;
  gpointer user_data = wait->user_data;
  gboolean cancelled = wait->cancelled;
  g_autoptr(GVariant) value = NULL;

  if (error == NULL && !cancelled)
    value = g_variant_ref_sink (g_variant_new ("(u@a(xus)tb)", wait->log.attempt, wait->log.lines, wait->log.next,
                                               wait->log.may_grow));
  wait->engine->n_log_waits--;
  wait_free (wait);
  if (!cancelled)
    done (value, error, user_data);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  finish (user_data, error);
}

static gboolean
read_log (AqTransaction  *transaction,
          gpointer        event,
          GError        **error)
{
  Wait *wait = event;
  const AqJob *job = aq_transaction_require_job (transaction, wait->id, error);
  g_autoptr(GVariant) live = job != NULL ? aq_engine_dup_witness (wait->engine, job) : NULL;

  aq_job_log_clear (&wait->log);
  if (job == NULL)
    return FALSE;
  aq_job_log_read (&wait->log, job, live, wait->attempt, wait->from);
  if (wait->attempt == 0 || wait->log.attempt != 0 || wait->log.may_grow)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "job %" G_GUINT64_FORMAT " has no attempt %u that is still known", wait->id, wait->attempt);
  return FALSE;
}

static void
on_time_out (gpointer user_data)
{
  Wait *wait = user_data;

  g_clear_pointer (&wait->timer, aq_timer_free);
  wait->end_usec = 0;
  /* else it is being looked at */
  if (!wait->listed)
    return;
  unlist (wait);
  look (wait);
}

static gboolean
is_worth_telling (const Wait *wait)
{
  return g_variant_n_children (wait->log.lines) > 0 || !wait->log.may_grow || wait->end_usec == 0;
}

static void
on_read (gpointer      event,
         guint64       sequence,
         const GError *error,
         gpointer      user_data)
{
  Wait *wait = user_data;

  if (error != NULL || wait->cancelled)
    {
      finish (wait, error);
      return;
    }
  if (is_worth_telling (wait))
    {
      aq_gate_hold (aq_store_get_gate (wait->engine->store), sequence, on_flushed, wait);
      return;
    }
  list (wait);
  if (wait->timer == NULL && wait->end_usec != G_MAXINT64)
    wait->timer = aq_timer_new (wait->engine->clock, AQ_CLOCK_MONOTONIC, wait->end_usec, on_time_out, wait);
}

static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  Wait *wait = user_data;

  if (error != NULL || wait->cancelled)
    finish (wait, error);
  else
    aq_store_apply (wait->engine->store, &aq_engine_self, read_log, wait, on_read, wait);
}

static void
look (Wait *wait)
{
  if (wait->cancelled)
    finish (wait, NULL);
  else
    aq_store_fetch (wait->engine->store, &wait->id, 1, on_fetched, wait);
}

static gint64
get_end (AqEngine *self,
         gint64    timeout_usec)
{
  gint64 now_usec = aq_clock_get_monotonic (self->clock);

  if (timeout_usec <= 0)
    return timeout_usec == 0 ? 0 : G_MAXINT64;
  return timeout_usec > G_MAXINT64 - now_usec ? G_MAXINT64 : now_usec + timeout_usec;
}

/**
 * aq_engine_read_log:
 * @self: an engine
 * @id: a job's id
 * @attempt: number of an attempt, from 1; 0: the newest
 * @from: number of the first line that is wanted
 * @timeout_usec: how long to wait for one; 0: not at all; negative: for ever
 * @done: called once, maybe before this returns
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_INVALID` for an attempt that is
 * not there and will not come; `ASYNCQ_ERROR_BUSY`; those of aq_store_fetch().
 *
 * Returns: (nullable): a wait, to be given up with aq_engine_log_wait_cancel(); no
 *   more valid once @done was called
 *
 * Since: 0.1
 */
AqEngineLogWait *
aq_engine_read_log (AqEngine     *self,
                    guint64       id,
                    guint         attempt,
                    guint64       from,
                    gint64        timeout_usec,
                    AqEngineRead  done,
                    gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  Wait *wait;

  if (self->n_log_waits >= MAX_WAITS)
    {
      g_set_error (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY, "%u read logs already", MAX_WAITS);
      done (NULL, error, user_data);
      return NULL;
    }
  self->n_log_waits++;
  wait = g_new (Wait, 1);
  *wait = (Wait) {
    .engine = self, .id = id, .attempt = attempt, .from = from, .end_usec = get_end (self, timeout_usec),
    .done = done, .user_data = user_data,
  };
  look (wait);
  return wait;
}

/**
 * aq_engine_log_wait_cancel:
 * @wait: (transfer full): a wait of which the callback was not called
 *
 * Nobody wants to know any more.
 *
 * Since: 0.1
 */
void
aq_engine_log_wait_cancel (AqEngineLogWait *wait)
{
  wait->cancelled = TRUE;
  if (!wait->listed)
    return;
  unlist (wait);
  wait->engine->n_log_waits--;
  wait_free (wait);
}

void
aq_engine_witness_init (AqEngine *self)
{
  self->log_waits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

/* those who still wait are told nothing */
void
aq_engine_witness_clear (AqEngine *self)
{
  GHashTableIter iter;
  GPtrArray *waits;

  g_hash_table_iter_init (&iter, self->log_waits);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &waits))
    for (guint i = 0; i < waits->len; i++)
      wait_free (g_ptr_array_index (waits, i));
  g_clear_pointer (&self->log_waits, g_hash_table_unref);
}

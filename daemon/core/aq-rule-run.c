/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of an attempt: claim, start, finish, release, interrupt
 *
 * An attempt is known by its lease. Every rule but the claim compares (job,
 * lease) first, and changes nothing when another lease, or none, is current.
 */

#include "config.h"

#include "core/aq-join.h"
#include "core/aq-lane.h"
#include "core/aq-put.h"
#include "core/aq-recover.h"
#include "core/aq-rules.h"

/* in 2097: behind it, should the clock ever show more, is room for the starts of 268 million daemons */
#define MAX_CLOCK_EPOCH G_GINT64_CONSTANT (0xf0000000)

/* what decides about a lane */
typedef struct
{
  AqTransaction      *transaction;
  const AqClaimEvent *event;
  gboolean            has_pauses; /* mostly there are none, and no lane has to be looked up */
} Wanted;

static Wanted
get_wanted (AqTransaction      *transaction,
            const AqClaimEvent *event)
{
  return (Wanted) { transaction, event, aq_transaction_list_items (transaction, AQ_ITEM_PAUSE)->len > 0 };
}

static gboolean
wants_lane (const AqLane *lane,
            gpointer      user_data)
{
  const Wanted *wanted = user_data;

  return aq_agent_accepts (wanted->event->agent, lane->queue, lane->function) &&
         aq_function_table_lookup (wanted->event->functions, lane->function) != NULL &&
         !(wanted->has_pauses && aq_queue_is_paused (wanted->transaction, lane->queue));
}

static void
claim (AqTransaction *transaction,
       AqJob         *job,
       AqClaimEvent  *event)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  event->out_revealed = MAX (event->out_revealed, job->sequence);
  job->lease = aq_transaction_edit_counters (transaction)->next_lease++;
  g_clear_pointer (&extra->agent, g_ref_string_release);
  extra->agent = g_ref_string_acquire (event->agent->name);
  extra->worker = 0;
  extra->started_usec = 0;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN);
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_CLAIM);
}

/**
 * aq_rule_can_claim:
 * @transaction: a transaction
 * @event: an #AqClaimEvent
 *
 * Returns: whether aq_rule_claim() would find a job
 *
 * Since: 0.1
 */
gboolean
aq_rule_can_claim (AqTransaction *transaction,
                   AqClaimEvent  *event)
{
  Wanted wanted = get_wanted (transaction, event);

  return aq_transaction_next_due (transaction, wants_lane, &wanted) != NULL;
}

/**
 * aq_rule_claim:
 * @transaction: a transaction
 * @claim_event: an #AqClaimEvent
 * @error: return location for an error
 *
 * An agent takes the first jobs in queue order that are due, that it accepts,
 * whose function is known, and whose queue is not paused. Each gets a new lease.
 *
 * Source: behaviour Z28, Z33, Z35.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_claim (AqTransaction  *transaction,
               gpointer        claim_event,
               GError        **error)
{
  AqClaimEvent *event = claim_event;
  Wanted wanted = get_wanted (transaction, event);
  AqJob *job;

  event->out_revealed = 0;
  while (event->out_jobs->len < event->max_jobs &&
         (job = aq_transaction_next_due (transaction, wants_lane, &wanted)) != NULL)
    {
      claim (transaction, job, event);
      g_ptr_array_add (event->out_jobs, job);
    }
  return TRUE;
}

/* the job, if @lease is its current one and the attempt is not over */
static AqJob *
require_attempt (AqTransaction  *transaction,
                 guint64         id,
                 guint64         lease,
                 GError        **error)
{
  AqJobBrief brief;
  AqJob *job;

  if (aq_transaction_get_brief (transaction, id, &brief) && brief.away)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE,
                   "lease %" G_GUINT64_FORMAT " of job %" G_GUINT64_FORMAT " is not current: the job is completed",
                   lease, id);
      return NULL;
    }
  job = aq_transaction_require_job (transaction, id, error);
  if (job == NULL)
    return NULL;
  if (job->lease == lease && aq_job_holds_slot (job))
    return job;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE,
               "lease %" G_GUINT64_FORMAT " of job %" G_GUINT64_FORMAT " is not current: the job is %s, "
               "its newest lease is %" G_GUINT64_FORMAT, lease, id, asyncq_job_state_to_string (job->state), job->lease);
  return NULL;
}

static void
begin (AqTransaction *transaction,
       AqJob         *job,
       gint64         started_usec,
       guint32        worker)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  job->attempt++;
  extra->started_usec = started_usec;
  extra->ended_usec = 0;
  if (worker != 0)
    extra->worker = worker;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN);
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_START);
}

/**
 * aq_rule_start:
 * @transaction: a transaction
 * @start_event: an #AqStartEvent
 * @error: return location for an error
 *
 * A worker begins a claimed job.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`,
 * `ASYNCQ_ERROR_BAD_STATE` if it has begun.
 *
 * Returns: whether it is active now
 *
 * Since: 0.1
 */
gboolean
aq_rule_start (AqTransaction  *transaction,
               gpointer        start_event,
               GError        **error)
{
  const AqStartEvent *event = start_event;
  AqJob *job = require_attempt (transaction, event->id, event->lease, error);
  AsyncqJobState to;

  if (job == NULL || !aq_job_state_next (job->state, AQ_JOB_EVENT_START, &to, error))
    return FALSE;
  begin (transaction, job, transaction->now.wall_usec, event->worker);
  return TRUE;
}

static gboolean
check_finish (const AqFinishEvent  *event,
              GError              **error)
{
  if (!aq_put_check (event->puts, event->n_puts, error))
    return FALSE;
  if (event->returned != AQ_DRAFT_NO_PARENT && event->returned >= event->n_puts)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "job %" G_GUINT64_FORMAT " returned entry %u of %u",
                   event->id, event->returned, event->n_puts);
      return FALSE;
    }
  return TRUE;
}

/* a failure takes back what the function has put: behaviour Z8 */
static void
put_and_finish (AqTransaction       *transaction,
                AqJob               *job,
                const AqFinishEvent *event)
{
  g_autofree guint64 *ids = event->n_puts > 0 ? g_new (guint64, event->n_puts) : NULL;

  aq_put_drafts (transaction, event->puts, event->n_puts, aq_job_get_queue (job), ids);
  if (event->returned == AQ_DRAFT_NO_PARENT)
    aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_SUCCEEDED, event->result);
  else
    aq_join_hand_over (transaction, job, aq_transaction_get_job (transaction, ids[event->returned]),
                       event->result_type);
}

/**
 * aq_rule_finish:
 * @transaction: a transaction
 * @finish_event: an #AqFinishEvent
 * @error: return location for an error
 *
 * An attempt has ended. Its result, the jobs that it put and what waited for it
 * are one transaction. One that had not been started yet is started by this:
 * the start of a short job in a batch is told together with its end.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`,
 * `ASYNCQ_ERROR_INVALID` if what it put cannot be put.
 *
 * Returns: whether its end is accepted
 *
 * Since: 0.1
 */
gboolean
aq_rule_finish (AqTransaction  *transaction,
                gpointer        finish_event,
                GError        **error)
{
  const AqFinishEvent *event = finish_event;
  AqJob *job = require_attempt (transaction, event->id, event->lease, error);

  if (job == NULL || (!event->failed && !check_finish (event, error)))
    return FALSE;

  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
    begin (transaction, job, event->started_usec, event->worker);
  job->extra->ended_usec = event->ended_usec;
  if (event->failed)
    aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_FAILED, event->result);
  else if (event->n_puts > 0)
    put_and_finish (transaction, job, event);
  else
    aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_SUCCEEDED, event->result);
  return TRUE;
}

/**
 * aq_rule_release:
 * @transaction: a transaction
 * @release_event: an #AqReleaseEvent
 * @error: return location for an error
 *
 * An agent gives back a job that it has not begun. The job takes the place in
 * its queue that it had.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`,
 * `ASYNCQ_ERROR_BAD_STATE` if it has begun.
 *
 * Returns: whether it is pending now
 *
 * Since: 0.1
 */
gboolean
aq_rule_release (AqTransaction  *transaction,
                 gpointer        release_event,
                 GError        **error)
{
  const AqReleaseEvent *event = release_event;
  AqJob *job = require_attempt (transaction, event->id, event->lease, error);
  AsyncqJobState to;

  if (job == NULL || !aq_job_state_next (job->state, AQ_JOB_EVENT_RELEASE, &to, error))
    return FALSE;
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_RELEASE);
  return TRUE;
}

/* Source: behaviour Z28 (put-back list), Z32 and Z73. */
static void
put_back (AqTransaction *transaction,
          AqJob         *job)
{
  job->due_usec = transaction->now.wall_usec;
  job->order = aq_transaction_edit_counters (transaction)->next_order++;
  job->flags = (job->flags & ~AQ_JOB_SCHEDULED) | AQ_JOB_PUT_BACK;
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_INTERRUPT);
}

/**
 * aq_rule_interrupt:
 * @transaction: a transaction
 * @release_event: an #AqReleaseEvent
 * @error: return location for an error
 *
 * An attempt was stopped by no fault of the job: the job comes before all
 * others of its priority. One that was not begun is given back. Nothing is
 * counted, unlike after a crash of the daemon (design 5, behaviour F6).
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`.
 *
 * Returns: whether it is pending now
 *
 * Since: 0.1
 */
gboolean
aq_rule_interrupt (AqTransaction  *transaction,
                   gpointer        release_event,
                   GError        **error)
{
  const AqReleaseEvent *event = release_event;
  AqJob *job = require_attempt (transaction, event->id, event->lease, error);

  if (job == NULL)
    return FALSE;
  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
    aq_transaction_step (transaction, job, AQ_JOB_EVENT_RELEASE);
  else
    put_back (transaction, job);
  return TRUE;
}

/* Source: behaviour Z69: to the end of its queue, no interruption counted. */
static void
requeue (AqTransaction *transaction,
         AqJob         *job)
{
  AqCounters *counters = aq_transaction_edit_counters (transaction);

  counters->last_due_usec = MAX (counters->last_due_usec, transaction->now.wall_usec);
  job->due_usec = counters->last_due_usec;
  job->flags &= ~AQ_JOB_SCHEDULED;
  job->order = counters->next_order++;
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_RELEASE);
}

/* Every start of a daemon has leases of its own, also when a backup was restored
 * or the clock was set back: the high half is an epoch that this makes durable
 * before the first lease is given. */
static void
raise_epoch (AqTransaction *transaction)
{
  AqCounters *counters = aq_transaction_edit_counters (transaction);
  guint64 seconds = (guint64) CLAMP (transaction->now.wall_usec / G_USEC_PER_SEC, 0, MAX_CLOCK_EPOCH);

  counters->next_lease = MAX ((counters->next_lease >> 32) + 1, seconds) << 32;
}

/* oldest first */
static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  const AqJob *x = *(AqJob * const *) a;
  const AqJob *y = *(AqJob * const *) b;

  return x->id < y->id ? -1 : x->id > y->id;
}

/**
 * aq_recover_jobs:
 * @transaction: a transaction
 * @jobs: (element-type AqJob): jobs that hold a slot; sorted
 *
 * Whoever ran these jobs is dead: jobs that had begun are put back, jobs that
 * had not go to the end.
 *
 * Source: behaviour Z69, Z73, F16.
 *
 * Since: 0.1
 */
void
aq_recover_jobs (AqTransaction *transaction,
                 GPtrArray     *jobs)
{
  g_ptr_array_sort (jobs, compare_ids);
  for (guint i = 0; i < jobs->len; i++)
    {
      AqJob *job = g_ptr_array_index (jobs, i);

      if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
        requeue (transaction, job);
      else
        {
          job->interruptions = MIN (job->interruptions + 1, G_MAXUINT16);
          put_back (transaction, job);
        }
    }
}

/**
 * aq_rule_recover:
 * @transaction: the first transaction after the store was opened
 * @unused: %NULL
 * @error: return location for an error
 *
 * The daemon has started, so whatever a predecessor was running runs no more.
 *
 * Source: design, section 2, promises 3 and 5.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_recover (AqTransaction  *transaction,
                 gpointer        unused,
                 GError        **error)
{
  g_autoptr(GPtrArray) held = g_ptr_array_new ();
  GPtrArray *busy = aq_transaction_get_busy (transaction);

  raise_epoch (transaction);
  for (guint i = 0; i < busy->len; i++)
    if (aq_job_holds_slot (g_ptr_array_index (busy, i)))
      g_ptr_array_add (held, g_ptr_array_index (busy, i));
  aq_recover_jobs (transaction, held);
  return TRUE;
}

static gboolean
is_composite_lane (const AqLane *lane,
                   gpointer      unused)
{
  return g_str_equal (lane->function, AQ_FUNCTION_PARALLEL) || g_str_equal (lane->function, AQ_FUNCTION_SERIAL);
}

/**
 * aq_rule_tick:
 * @transaction: a transaction
 * @unused: %NULL
 * @error: return location for an error
 *
 * Time has passed: starts the composite jobs that have become due. Other jobs
 * wait to be claimed.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_tick (AqTransaction  *transaction,
              gpointer        unused,
              GError        **error)
{
  AqJob *job;

  while ((job = aq_transaction_next_due (transaction, is_composite_lane, NULL)) != NULL)
    aq_join_start (transaction, job);
  return TRUE;
}

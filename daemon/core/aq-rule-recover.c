/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of interruption: a clean stop, and recovery after a crash of the daemon
 *
 * A clean stop is counted by no policy. After a crash the policy of each job
 * that may have begun is asked. One that is to run at most once may have begun
 * as soon as it was claimed: its claim was flushed before it was handed over.
 */

#include "config.h"

#include "core/aq-join.h"
#include "core/aq-lease.h"
#include "core/aq-recover.h"
#include "core/aq-rules.h"

/* in 2097: behind it, should the clock ever show more, is room for the starts of 268 million daemons */
#define MAX_CLOCK_EPOCH G_GINT64_CONSTANT (0xf0000000)

static void
abort_job (AqTransaction *transaction,
           AqJob         *job)
{
  const char *policy = aq_retry_policy_get_name (aq_lease_get_policy (job));
  g_autoptr(GError) error =
    g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_ABORTED, "interrupted %u %s; its retry policy '%s' allows no more",
                 job->interruptions, job->interruptions == 1 ? "time" : "times", policy);
  g_autoptr(AqResult) failure = aq_result_new_failure (error);

  job->flags &= ~AQ_JOB_STOPPING;
  aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_FAILED, failure);
}

static void
put_back (AqTransaction *transaction,
          AqJob         *job,
          gint64         pause_usec)
{
  aq_lease_remember (transaction, job, AQ_ATTEMPT_INTERRUPTED, transaction->now.wall_usec, NULL);
  aq_lease_run_again (transaction, job, AQ_JOB_EVENT_INTERRUPT, pause_usec);
}

static gboolean
is_once (const AqJob *job)
{
  return aq_retry_policy_is_once (aq_lease_get_policy (job));
}

static void
count_interruption (AqJob *job)
{
  job->interruptions = MIN (job->interruptions + 1, G_MAXUINT16);
}

/**
 * aq_rule_interrupt:
 * @transaction: a transaction
 * @release_event: an #AqReleaseEvent
 * @error: return location for an error
 *
 * An attempt was stopped by no fault of the job: the job comes before all
 * others of its priority. One that was not begun is given back. Nothing is
 * counted, unlike after a crash of the daemon (design 5, behaviour F6). One that
 * is to run at most once, and may have begun, fails.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`.
 *
 * Returns: whether the attempt is over now
 *
 * Since: 0.1
 */
gboolean
aq_rule_interrupt (AqTransaction  *transaction,
                   gpointer        release_event,
                   GError        **error)
{
  const AqReleaseEvent *event = release_event;
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);

  if (job == NULL)
    return FALSE;
  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED && !is_once (job))
    {
      aq_lease_give_back (transaction, job);
      return TRUE;
    }
  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
    aq_lease_begin (transaction, job, transaction->now.wall_usec, 0);
  aq_job_set_witness (job, event->usage, event->evidence);
  if (aq_lease_is_cancelled (job))
    aq_lease_end_cancelled (transaction, job, NULL);
  else if (is_once (job))
    {
      count_interruption (job);
      abort_job (transaction, job);
    }
  else
    put_back (transaction, job, 0);
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
  job->flags &= ~(AQ_JOB_SCHEDULED | AQ_JOB_STEADY);
  job->order = counters->next_order++;
  aq_lease_give_back (transaction, job);
}

/* Source: behaviour Z47 (interruptions), Z73, F15. */
static void
interrupt_by_crash (AqTransaction *transaction,
                    AqJob         *job)
{
  const AqCause cause = { .kind = AQ_CAUSE_INTERRUPTED };
  AqRetryDecision decision;

  if (aq_lease_is_cancelled (job))
    {
      aq_lease_end_cancelled (transaction, job, NULL);
      return;
    }
  aq_lease_decide (job, &cause, &decision);
  if (decision.action != AQ_RETRY_SNOOZE)
    count_interruption (job);
  if (decision.action == AQ_RETRY_FAIL)
    abort_job (transaction, job);
  else
    put_back (transaction, job, decision.pause_usec);
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
 * Whoever ran these jobs is dead: jobs that had begun are put back if their
 * policies allow it, jobs that had not go to the end.
 *
 * Source: behaviour Z69, Z73, F15, F16.
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

      if (job->state == ASYNCQ_JOB_STATE_ASSIGNED && !is_once (job))
        {
          requeue (transaction, job);
          continue;
        }
      if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
        aq_lease_begin (transaction, job, transaction->now.wall_usec, 0);
      interrupt_by_crash (transaction, job);
    }
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

/**
 * aq_rule_recover:
 * @transaction: the first transaction after the store was opened
 * @unused: %NULL
 * @error: return location for an error
 *
 * The daemon has started, so whatever a predecessor was running runs no more.
 *
 * Source: design, section 2, promises 2, 3 and 5.
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lease
 */

#include "config.h"

#include "core/aq-lease.h"

#include "core/aq-join.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

AqJob *
aq_lease_require (AqTransaction  *transaction,
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

/**
 * aq_lease_begin:
 * @transaction: a transaction
 * @job: an assigned job
 * @started_usec: wall clock
 * @worker: pid, or 0 if it is not known
 *
 * The job's function begins.
 *
 * Since: 0.1
 */
void
aq_lease_begin (AqTransaction *transaction,
                AqJob         *job,
                gint64         started_usec,
                guint32        worker)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  job->attempt++;
  extra->started_usec = started_usec;
  extra->started_steady_usec = transaction->now.steady_usec;
  extra->ended_usec = 0;
  if (worker != 0)
    extra->worker = worker;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN);
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_START);
}

/* the strings live as long as @value */
static void
read_failure (GVariant      *value,
              AqPastAttempt *attempt)
{
  const char *domain, *message;

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE ("(sis)")))
    return;
  g_variant_get (value, "(&si&s)", &domain, &attempt->code, &message);
  /* copied by who takes the attempt */
  attempt->domain = (char *) domain;
  attempt->message = (char *) message;
}

void
aq_lease_remember (AqTransaction *transaction,
                   AqJob         *job,
                   AqAttemptEnd   end,
                   gint64         ended_usec,
                   AqResult      *result)
{
  g_autoptr(GVariant) value = result != NULL ? aq_result_to_variant (result) : NULL;
  AqJobExtra *extra = aq_job_ensure_extra (job);
  AqPastAttempt attempt = {
    .lease = job->lease,
    .started_usec = extra->started_usec,
    .ended_usec = ended_usec,
    .worker = extra->worker,
    .end = end,
    .agent = extra->agent,
    .is_measured = extra->is_measured,
    .usage = extra->usage,
    .evidence = extra->evidence,
  };

  read_failure (value, &attempt);
  aq_job_past_add_attempt (aq_job_ensure_past (job), &attempt);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
}

static void
clear_run (AqTransaction *transaction,
           AqJob         *job)
{
  job->extra->started_usec = 0;
  job->extra->started_steady_usec = 0;
  job->extra->ended_usec = 0;
  aq_job_set_witness (job, NULL, NULL);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN);
}

/**
 * aq_lease_run_again:
 * @transaction: a transaction
 * @job: an active job that holds a slot
 * @event: RETRY or INTERRUPT
 * @pause_usec: how long it is not to run; 0: it comes before all others of its priority
 *
 * Pauses are of the steady clock: who sets the clock does not change them.
 *
 * Source: behaviour Z14 (times are cleared), Z28 (put-back list), Z32, Z73, F31, F32.
 *
 * Since: 0.1
 */
void
aq_lease_run_again (AqTransaction *transaction,
                    AqJob         *job,
                    AqJobEvent     event,
                    gint64         pause_usec)
{
  job->flags &= ~(AQ_JOB_SCHEDULED | AQ_JOB_STEADY | AQ_JOB_PUT_BACK | AQ_JOB_STOPPING | AQ_JOB_LEFT_PLACE);
  job->order = aq_transaction_edit_counters (transaction)->next_order++;
  if (pause_usec > 0)
    {
      job->due_usec = transaction->now.steady_usec + pause_usec;
      job->flags |= AQ_JOB_SCHEDULED | AQ_JOB_STEADY;
    }
  else
    {
      job->due_usec = transaction->now.wall_usec;
      job->flags |= AQ_JOB_PUT_BACK;
    }
  clear_run (transaction, job);
  aq_transaction_step (transaction, job, event);
}

/**
 * aq_lease_new_cancelled:
 * @uid: who cancelled it
 * @why: the reason, or ""
 *
 * Returns: (transfer full): the failure of a cancelled job
 *
 * Since: 0.1
 */
AqResult *
aq_lease_new_cancelled (guint32     uid,
                        const char *why)
{
  g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CANCELLED, "cancelled by user %u%s%s", uid,
                                         *why != '\0' ? ": " : "", why);

  return aq_result_new_failure (error);
}

gboolean
aq_lease_is_cancelled (const AqJob *job)
{
  return job->extra != NULL && job->extra->past != NULL && job->extra->past->cancel_why != NULL;
}

/* it was cancelled while an agent had it: now that nobody has it, nothing is in the way */
static void
cancel_now (AqTransaction *transaction,
            AqJob         *job)
{
  const AqJobPast *past = job->extra->past;
  g_autoptr(AqResult) failure = aq_lease_new_cancelled (past->cancel_uid, past->cancel_why);
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();

  g_ptr_array_add (jobs, job);
  aq_join_cancel (transaction, jobs, ASYNCQ_JOB_OUTCOME_CANCELLED, failure);
}

/**
 * aq_lease_end_cancelled:
 * @transaction: a transaction
 * @job: an active job that holds a slot, and that somebody has cancelled
 * @how: (nullable): how it was stopped, if it has not done so by itself
 *
 * The job has stopped, and is cancelled now.
 *
 * Since: 0.1
 */
void
aq_lease_end_cancelled (AqTransaction *transaction,
                        AqJob         *job,
                        const char    *how)
{
  const AqJobPast *past = job->extra->past;
  const char *separator = how != NULL && *past->cancel_why != '\0' ? "; " : "";
  g_autofree char *why = g_strconcat (past->cancel_why, separator, how, NULL);
  g_autoptr(AqResult) failure = aq_lease_new_cancelled (past->cancel_uid, why);

  job->flags &= ~AQ_JOB_STOPPING;
  aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_CANCELLED, failure);
}

void
aq_lease_give_back (AqTransaction *transaction,
                    AqJob         *job)
{
  job->flags &= ~AQ_JOB_STOPPING;
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_RELEASE);
  if (aq_lease_is_cancelled (job))
    cancel_now (transaction, job);
}

/**
 * aq_lease_get_policy:
 * @job: a job
 *
 * Source: behaviour Z47, Z48: `common`, and `forever` of callbacks.
 *
 * Returns: (transfer none): its retry policy
 *
 * Since: 0.1
 */
AqRetryPolicy *
aq_lease_get_policy (const AqJob *job)
{
  const AqJobSettings *settings = aq_job_get_settings (job);

  if (settings->retry != NULL)
    return settings->retry;
  return aq_retry_policy_get_builtin (aq_job_is_callback (job) ? "forever" : "common");
}

/**
 * aq_lease_decide:
 * @job: a job whose attempt is over
 * @cause: why
 * @out_decision: (out): what its policy says
 *
 * Since: 0.1
 */
void
aq_lease_decide (const AqJob     *job,
                 const AqCause   *cause,
                 AqRetryDecision *out_decision)
{
  guint32 n_before[AQ_N_RETRY_COUNTS] = { 0 };

  if (job->extra != NULL && job->extra->past != NULL)
    memcpy (n_before, job->extra->past->counts, sizeof n_before);
  n_before[AQ_RETRY_COUNT_INTERRUPTIONS] = job->interruptions;
  aq_retry_policy_decide (aq_lease_get_policy (job), cause, n_before, aq_job_get_settings (job)->crash_limit, job->id,
                          job->attempt, out_decision);
}

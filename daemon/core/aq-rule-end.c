/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule of an attempt's end
 *
 *   success                               → the job's result
 *   success with an object that is not as it was → an error: the policy decides
 *   cancelled while it ran                → cancelled
 *   asks to run later                     → pending, nothing counted
 *   error, crash, or its time was over    → the job's retry policy decides
 *
 * A success is one also where the job was told to stop: it was faster.
 */

#include "config.h"

#include "core/aq-job-times.h"
#include "core/aq-join.h"
#include "core/aq-lane.h"
#include "core/aq-lease.h"
#include "core/aq-object.h"
#include "core/aq-put.h"
#include "core/aq-quarantine.h"
#include "core/aq-rules.h"

static gboolean
check_finish (AqTransaction        *transaction,
              const AqFinishEvent  *event,
              GError              **error)
{
  gboolean returns = event->returned != AQ_DRAFT_NO_PARENT;

  if (returns && event->returned >= event->n_puts)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "job %" G_GUINT64_FORMAT " returned entry %u of %u",
                   event->id, event->returned, event->n_puts);
      return FALSE;
    }
  return aq_put_check (event->puts, event->n_puts, error) &&
         aq_put_check_jobs (transaction, event->puts, event->n_puts, returns ? event->id : 0, event->returned, error) &&
         (aq_put_is_known (transaction, event->puts, event->n_puts) ||
          aq_put_check_names (transaction, event->puts, event->n_puts, event->queues, error));
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

static void
succeed (AqTransaction       *transaction,
         AqJob               *job,
         const AqFinishEvent *event)
{
  job->flags &= ~AQ_JOB_STOPPING;
  if (event->n_puts > 0)
    put_and_finish (transaction, job, event);
  else
    aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_SUCCEEDED, event->result);
}

static void
snooze (AqTransaction       *transaction,
        AqJob               *job,
        const AqFinishEvent *event)
{
  aq_lease_remember (transaction, job, AQ_ATTEMPT_SNOOZED, event->ended_usec, NULL);
  aq_lease_run_again (transaction, job, AQ_JOB_EVENT_RETRY, CLAMP (event->snooze_usec, 0, AQ_MAX_DELAY_USEC));
}

static gboolean
is_total_over (const AqTransaction *transaction,
               const AqJob         *job)
{
  const AqJobPast *past = job->extra->past;

  return past != NULL && past->give_up_usec != 0 && past->give_up_usec <= transaction->now.steady_usec;
}

/* Returns: (nullable): how the worker of an attempt has died, if it has */
static char *
dup_death (const AqFinishEvent *event)
{
  g_autoptr(GVariant) value = NULL;
  char *message = NULL;

  if (!event->failed || (event->cause.kind != AQ_CAUSE_SIGNAL && event->cause.kind != AQ_CAUSE_EXIT))
    return NULL;
  value = aq_result_to_variant (event->result);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("(sis)")))
    g_variant_get (value, "(sis)", NULL, NULL, &message);
  return message;
}

static AqResult *
new_time_out (const AqTransaction *transaction,
              const AqJob         *job,
              const char          *how)
{
  const AqJobSettings *settings = aq_job_get_settings (job);
  gboolean in_all = is_total_over (transaction, job);
  g_autoptr(GError) error =
    g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT, "the job was stopped: its %s of %.6g s was over%s%s",
                 in_all ? "total-timeout" : "run-timeout",
                 (in_all ? settings->total_timeout_usec : settings->run_timeout_usec) / 1e6,
                 how != NULL ? "; " : "", how != NULL ? how : "");

  return aq_result_new_failure (error);
}

/* Source: behaviour Z54 as intended, X4: what could only run too late does not run again. */
static gboolean
is_too_late (const AqTransaction   *transaction,
             const AqJob           *job,
             const AqRetryDecision *decision)
{
  const AqJobPast *past = job->extra->past;

  if (past == NULL)
    return FALSE;
  return (past->begin_by_usec != 0 && transaction->now.wall_usec + decision->pause_usec > past->begin_by_usec) ||
         (past->give_up_usec != 0 && transaction->now.steady_usec + decision->pause_usec >= past->give_up_usec);
}

static AqAttemptEnd
end_of (const AqCause *cause)
{
  static const AqAttemptEnd ends[] = {
    [AQ_CAUSE_ERROR] = AQ_ATTEMPT_FAILED,
    [AQ_CAUSE_SIGNAL] = AQ_ATTEMPT_CRASHED,
    [AQ_CAUSE_EXIT] = AQ_ATTEMPT_CRASHED,
    [AQ_CAUSE_TIMEOUT] = AQ_ATTEMPT_TIMED_OUT,
    [AQ_CAUSE_INTERRUPTED] = AQ_ATTEMPT_INTERRUPTED,
    [AQ_CAUSE_OOM] = AQ_ATTEMPT_OOM,
  };

  return ends[cause->kind];
}

static void
run_again (AqTransaction         *transaction,
           AqJob                 *job,
           const AqCause         *cause,
           const AqRetryDecision *decision,
           AqResult              *failure)
{
  if (decision->action == AQ_RETRY_AGAIN)
    aq_job_ensure_past (job)->counts[decision->count]++;
  aq_lease_remember (transaction, job, end_of (cause), job->extra->ended_usec, failure);
  aq_lease_run_again (transaction, job, AQ_JOB_EVENT_RETRY, decision->pause_usec);
}

/* @failure: what the job fails with, unless it runs again */
static void
fail (AqTransaction *transaction,
      AqJob         *job,
      const AqCause *cause,
      AqResult      *failure)
{
  AqRetryDecision decision;

  aq_lease_decide (job, cause, &decision);
  if (decision.action != AQ_RETRY_FAIL && !is_too_late (transaction, job, &decision))
    {
      run_again (transaction, job, cause, &decision, failure);
      return;
    }
  job->flags &= ~AQ_JOB_STOPPING;
  aq_join_complete (transaction, job, ASYNCQ_JOB_OUTCOME_FAILED, failure);
}

static void
time_out (AqTransaction *transaction,
          AqJob         *job,
          const char    *how)
{
  const AqCause cause = { .kind = AQ_CAUSE_TIMEOUT };
  g_autoptr(AqResult) failure = new_time_out (transaction, job, how);

  fail (transaction, job, &cause, failure);
}

static void
fail_by_itself (AqTransaction       *transaction,
                AqJob               *job,
                const AqFinishEvent *event)
{
  g_autoptr(GVariant) value = aq_result_to_variant (event->result);
  AqCause cause = event->cause;

  cause.domain = "";
  if (cause.kind == AQ_CAUSE_ERROR && g_variant_is_of_type (value, G_VARIANT_TYPE ("(sis)")))
    g_variant_get (value, "(&si&s)", &cause.domain, &cause.code, NULL);
  fail (transaction, job, &cause, event->result);
}

/* Returns: (nullable): why what the function made of its object cannot be kept */
static AqResult *
check_object (AqTransaction       *transaction,
              const AqJob         *job,
              const AqFinishEvent *event)
{
  const AqItem *item;
  g_autoptr(GError) error = NULL;

  if (g_strcmp0 (aq_job_get_settings (job)->object, event->object) != 0)
    {
      error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT, "it has set an object that it is not bound to");
      return aq_result_new_failure (error);
    }
  item = aq_object_require (transaction, event->object, &error);
  if (item != NULL && aq_object_get_version (item) != event->object_version)
    error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CONFLICT,
                         "object '%s' was changed meanwhile: it has version %" G_GUINT64_FORMAT
                         ", this job read %" G_GUINT64_FORMAT,
                         event->object, aq_object_get_version (item), event->object_version);
  else if (item != NULL && !aq_object_check_value (item, event->object_value, &error) &&
           g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID))
    error->code = ASYNCQ_ERROR_BAD_RESULT;
  return error != NULL ? aq_result_new_failure (error) : NULL;
}

/* Source: design, section 5, "Objects": it commits with the end, or the conflict is the policy's. */
static void
succeed_with_object (AqTransaction       *transaction,
                     AqJob               *job,
                     const AqFinishEvent *event)
{
  AqFinishEvent failed = *event;
  g_autoptr(AqResult) obstacle = check_object (transaction, job, event);

  if (obstacle == NULL)
    {
      aq_object_set (transaction, event->object, event->object_value, event->object_version + 1);
      succeed (transaction, job, event);
      return;
    }
  failed.result = obstacle;
  failed.cause = (AqCause) { .kind = AQ_CAUSE_ERROR };
  fail_by_itself (transaction, job, &failed);
}

static gboolean
has_succeeded (const AqJob         *job,
               const AqFinishEvent *event)
{
  if (event->failed || event->snoozed)
    return FALSE;
  /* who returns a job has no result yet */
  return event->returned == AQ_DRAFT_NO_PARENT || !aq_lease_is_cancelled (job);
}

/* It was told to stop, and has. */
static void
end_stopped (AqTransaction       *transaction,
             AqJob               *job,
             const AqFinishEvent *event)
{
  g_autofree char *how = dup_death (event);

  if (aq_lease_is_cancelled (job))
    aq_lease_end_cancelled (transaction, job, how);
  else
    time_out (transaction, job, how);
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
 * those of aq_put_check(), aq_put_check_jobs() and aq_put_check_names() if what it
 * put cannot be put.
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
  AqFinishEvent *event = finish_event;
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);

  if (job == NULL || (!event->failed && !event->snoozed && !check_finish (transaction, event, error)))
    return FALSE;

  event->out_function = job->lane->function;
  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
    aq_lease_begin (transaction, job, event->started_usec, event->worker);
  job->extra->ended_usec = event->ended_usec;
  aq_job_set_witness (job, event->usage, event->evidence);
  /* who hands over to a job that it returned has no result yet, with which it would be written */
  if (event->returned != AQ_DRAFT_NO_PARENT)
    aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN);
  if (has_succeeded (job, event) && event->object_value != NULL)
    succeed_with_object (transaction, job, event);
  else if (has_succeeded (job, event))
    succeed (transaction, job, event);
  else if (aq_lease_is_cancelled (job) || (job->flags & AQ_JOB_STOPPING))
    end_stopped (transaction, job, event);
  else if (event->snoozed)
    snooze (transaction, job, event);
  else
    {
      event->out_quarantined = aq_quarantine_note_crash (transaction, job, event);
      fail_by_itself (transaction, job, event);
    }
  return TRUE;
}

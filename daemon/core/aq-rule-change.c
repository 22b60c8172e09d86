/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules for what people change of a job: its call and settings, run it now,
 * later, or once more
 */

#include "config.h"

#include "core/aq-job-past.h"
#include "core/aq-job-times.h"
#include "core/aq-join.h"
#include "core/aq-lane.h"
#include "core/aq-limit.h"
#include "core/aq-put.h"
#include "core/aq-rules.h"

/* @what: "changed", for the message */
static gboolean
refuse_state (GError         **error,
              guint64          id,
              const char      *what,
              const char      *reason)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE, "job %" G_GUINT64_FORMAT " cannot be %s: it %s", id, what,
               reason);
  return FALSE;
}

/* why a job that is in no queue, and not new, is out of reach */
static const char *
get_obstacle (AsyncqJobState state)
{
  switch (state)
    {
    case ASYNCQ_JOB_STATE_COMPLETED:
      return "is completed";
    case ASYNCQ_JOB_STATE_CALLBACKS:
      return "has its result";
    case ASYNCQ_JOB_STATE_NEW:
      return "is not in its queue";
    default:
      return "is running";
    }
}

/* Returns: (nullable): the job, if it has not begun */
static AqJob *
require_waiting (AqTransaction  *transaction,
                 guint64         id,
                 const char     *what,
                 gboolean        may_be_new,
                 GError        **error)
{
  AqJobBrief brief;

  if (aq_transaction_get_brief (transaction, id, &brief) && brief.state != ASYNCQ_JOB_STATE_PENDING &&
      !(may_be_new && brief.state == ASYNCQ_JOB_STATE_NEW))
    {
      refuse_state (error, id, what, get_obstacle (brief.state));
      return NULL;
    }
  return aq_transaction_require_job (transaction, id, error);
}

/* A composite job is not claimed: the rule that makes it due starts it. */
static void
start_if_due (AqTransaction *transaction,
              AqJob         *job)
{
  if (job->kind != AQ_JOB_CALL && job->state == ASYNCQ_JOB_STATE_PENDING && aq_job_is_due (job, &transaction->now))
    aq_join_start (transaction, job);
}

/* Returns: the job, which has moved */
static AqJob *
change_call (AqTransaction       *transaction,
             AqJob               *job,
             const AqChangeEvent *event)
{
  const AqDraft *draft = event->draft;
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  g_autoptr(AqLane) lane = aq_lane_ref (job->lane);
  const char *queue = event->mask & AQ_CHANGE_QUEUE ? draft->queue : lane->queue;

  if (event->mask & AQ_CHANGE_ARGUMENTS)
    return aq_transaction_replace_call (transaction, job, queue, draft->arguments_type, draft->arguments,
                                        draft->arguments_size);
  return aq_transaction_replace_call (transaction, job, queue, lane->arguments_type, g_variant_get_data (arguments),
                                      g_variant_get_size (arguments));
}

/**
 * aq_rule_change:
 * @transaction: a transaction
 * @change_event: an #AqChangeEvent
 * @error: return location for an error
 *
 * Somebody changes a job that has not begun. It keeps its place in the order,
 * but for what a new priority or a new time to begin makes of it.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_BAD_STATE` if it has begun;
 * `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 * Source: behaviour Z12, Z15.
 *
 * Returns: whether it is changed
 *
 * Since: 0.1
 */
gboolean
aq_rule_change (AqTransaction  *transaction,
                gpointer        change_event,
                GError        **error)
{
  const AqChangeEvent *event = change_event;
  const AqDraft *draft = event->draft;
  AqJob *job = require_waiting (transaction, event->id, "changed", TRUE, error);

  if (job == NULL)
    return FALSE;
  if ((event->mask & AQ_CHANGE_QUEUE) && !aq_queue_require (transaction, event->queues, draft->queue, error))
    return FALSE;

  if (event->mask & (AQ_CHANGE_ARGUMENTS | AQ_CHANGE_QUEUE))
    job = change_call (transaction, job, event);
  if (event->mask & AQ_CHANGE_PRIORITY)
    {
      job->priority = draft->priority;
      aq_transaction_touch (transaction, job, AQ_JOB_PART_SPEC);
      aq_transaction_reindex (transaction, job);
    }
  if (event->mask & AQ_CHANGE_BEGIN_AFTER)
    aq_job_times_set_begin (transaction, job, draft->begin_after_usec, draft->delay_usec);
  if (event->mask & AQ_CHANGE_SETTINGS)
    aq_limit_change_settings (transaction, job, draft->settings);
  start_if_due (transaction, job);
  return TRUE;
}

/**
 * aq_rule_snooze:
 * @transaction: a transaction
 * @snooze_event: an #AqSnoozeEvent
 * @error: return location for an error
 *
 * Somebody lets a pending job begin later, counted from now. Its begin-by stays
 * as it was.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_BAD_STATE`,
 * `ASYNCQ_ERROR_INVALID` if it is to begin earlier, or in more than a hundred years.
 *
 * Returns: whether it begins later
 *
 * Since: 0.1
 */
gboolean
aq_rule_snooze (AqTransaction  *transaction,
                gpointer        snooze_event,
                GError        **error)
{
  const AqSnoozeEvent *event = snooze_event;
  AqJob *job = require_waiting (transaction, event->id, "snoozed", FALSE, error);

  if (job == NULL)
    return FALSE;
  if (event->delay_usec < 0 || event->delay_usec > AQ_MAX_DELAY_USEC)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the delay is %" G_GINT64_FORMAT " microseconds, 0 to %" G_GINT64_FORMAT " is wanted",
                   event->delay_usec, AQ_MAX_DELAY_USEC);
      return FALSE;
    }
  aq_job_times_snooze (transaction, job, event->delay_usec);
  return TRUE;
}

/* whether its last argument comes from another job, so that it cannot run without that */
static gboolean
is_given_results (AqTransaction *transaction,
                  const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_POSTPROCESS || edge->role == AQ_EDGE_CALLBACK)
        return TRUE;
    }
  return FALSE;
}

static gboolean
can_run_again (AqTransaction      *transaction,
               const AqJob        *job,
               const AqRetryEvent *event,
               GError            **error)
{
  if (job->kind != AQ_JOB_CALL)
    return refuse_state (error, job->id, "run again", "calls no function: submit it anew");
  if (is_given_results (transaction, job))
    return refuse_state (error, job->id, "run again", "is given what another job has returned");
  return aq_queue_require (transaction, event->queues, aq_job_get_queue (job), error);
}

static void
run_again (AqTransaction *transaction,
           AqJob         *job,
           AqRetryEvent  *event)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  const AqDraft draft = {
    .kind = AQ_JOB_CALL,
    .priority = job->priority,
    .queue = aq_job_get_queue (job),
    .function = aq_job_get_function (job),
    .arguments_type = job->lane->arguments_type,
    .arguments = g_variant_get_data (arguments),
    .arguments_size = g_variant_get_size (arguments),
    .parent = AQ_DRAFT_NO_PARENT,
    .settings = job->extra != NULL ? job->extra->settings : NULL,
  };
  AqJob *again;

  aq_put_drafts (transaction, &draft, 1, draft.queue, &event->out_id);
  again = aq_transaction_get_job (transaction, event->out_id);
  aq_job_ensure_past (again)->retry_of = job->id;
  aq_transaction_touch (transaction, again, AQ_JOB_PART_PAST);
}

/**
 * aq_rule_can_retry:
 * @transaction: a transaction
 * @event: what is to be run
 * @error: return location for an error
 *
 * Errors: those of aq_rule_retry().
 *
 * Returns: whether aq_rule_retry() would run it
 *
 * Since: 0.1
 */
gboolean
aq_rule_can_retry (AqTransaction       *transaction,
                   const AqRetryEvent  *event,
                   GError             **error)
{
  AqJob *job = aq_transaction_require_job (transaction, event->id, error);

  if (job == NULL)
    return FALSE;
  if (job->state == ASYNCQ_JOB_STATE_COMPLETED)
    return can_run_again (transaction, job, event, error);
  if (job->state != ASYNCQ_JOB_STATE_PENDING)
    return refuse_state (error, job->id, "retried", get_obstacle (job->state));
  if (aq_job_is_due (job, &transaction->now))
    return refuse_state (error, job->id, "retried", "is due already");
  return TRUE;
}

/**
 * aq_rule_retry:
 * @transaction: a transaction
 * @retry_event: an #AqRetryEvent
 * @error: return location for an error
 *
 * Somebody wants a job to run now. One that waits for its time becomes due, before
 * all others of its priority. For one that has completed, and is in memory, there
 * is a new job with the same call and settings; what depended on the old one does
 * not depend on it.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_BAD_STATE` if it runs, is due
 * anyway, or cannot run by itself; `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Returns: whether it will run
 *
 * Since: 0.1
 */
gboolean
aq_rule_retry (AqTransaction  *transaction,
               gpointer        retry_event,
               GError        **error)
{
  AqRetryEvent *event = retry_event;
  AqJob *job;

  if (!aq_rule_can_retry (transaction, event, error))
    return FALSE;
  job = aq_transaction_get_job (transaction, event->id);
  if (job->state == ASYNCQ_JOB_STATE_COMPLETED)
    {
      run_again (transaction, job, event);
      return TRUE;
    }
  aq_job_times_make_due (transaction, job);
  start_if_due (transaction, job);
  event->out_id = event->id;
  return TRUE;
}

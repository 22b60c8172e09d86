/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of an attempt: claim, start, release
 *
 * An attempt is known by its lease. Every rule but the claim compares (job,
 * lease) first, and changes nothing when another lease, or none, is current.
 */

#include "config.h"

#include "core/aq-claim-check.h"
#include "core/aq-lane.h"
#include "core/aq-lease.h"
#include "core/aq-limit.h"
#include "core/aq-overdue.h"
#include "core/aq-rules.h"

#include <string.h>

/* in one transaction; the tick sees to the others, and then a claim comes again */
#define MAX_OVERDUE 1000

static void
claim (AqTransaction *transaction,
       AqJob         *job,
       AqClaimEvent  *event)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  event->out_revealed = MAX (event->out_revealed, job->sequence);
  if (aq_retry_policy_is_once (aq_lease_get_policy (job)))
    event->out_once = TRUE;
  job->lease = aq_transaction_edit_counters (transaction)->next_lease++;
  g_clear_pointer (&extra->agent, g_ref_string_release);
  extra->agent = g_ref_string_acquire (event->agent->name);
  extra->worker = 0;
  extra->started_usec = 0;
  extra->ended_usec = 0;
  aq_job_set_witness (job, NULL, NULL);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN);
  aq_limit_take (transaction, job);
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
  AqClaimCheck check = aq_claim_check_new (transaction, event->agent, event->functions);

  return aq_transaction_next_due (transaction, check.chooser, aq_claim_check_accepts, &check) != NULL;
}

typedef struct
{
  AqClaimCheck *check;
  const char   *function;
} OneFunction;

static gboolean
accepts_function (const AqLane *lane,
                  gpointer      one)
{
  const OneFunction *self = one;

  return strcmp (lane->function, self->function) == 0 && aq_claim_check_accepts (lane, self->check);
}

/* Returns: (nullable): the next job that the claim wants */
static AqJob *
get_next (AqTransaction      *transaction,
          const AqClaimEvent *event,
          AqClaimCheck       *check)
{
  OneFunction one = { check, event->function };
  AqJob *job;

  if (event->function != NULL && event->passes)
    return aq_transaction_next_due (transaction, 0, accepts_function, &one);
  job = aq_transaction_next_due (transaction, check->chooser, aq_claim_check_accepts, check);
  return job == NULL || event->function == NULL || strcmp (job->lane->function, event->function) == 0 ? job : NULL;
}

/**
 * aq_rule_claim:
 * @transaction: a transaction
 * @claim_event: an #AqClaimEvent
 * @error: return location for an error
 *
 * An agent takes the first jobs in queue order that are due, that it accepts,
 * whose function is known, whose queue is not paused and whose limits have room.
 * Each gets a new lease.
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
  AqClaimCheck check = aq_claim_check_new (transaction, event->agent, event->functions);
  guint n_overdue = 0;
  AqJob *job;

  event->out_revealed = 0;
  event->out_once = FALSE;
  while (event->out_jobs->len < event->max_jobs && n_overdue < MAX_OVERDUE &&
         (job = get_next (transaction, event, &check)) != NULL)
    {
      /* a claim may come before the tick that sees to it */
      if (aq_overdue_end (transaction, job, NULL))
        {
          n_overdue++;
          continue;
        }
      claim (transaction, job, event);
      g_ptr_array_add (event->out_jobs, job);
    }
  return TRUE;
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
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);
  AsyncqJobState to;

  if (job == NULL || !aq_job_state_next (job->state, AQ_JOB_EVENT_START, &to, error))
    return FALSE;
  aq_lease_begin (transaction, job, transaction->now.wall_usec, event->worker);
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
  AqJob *job = aq_lease_require (transaction, event->id, event->lease, error);
  AsyncqJobState to;

  if (job == NULL || !aq_job_state_next (job->state, AQ_JOB_EVENT_RELEASE, &to, error))
    return FALSE;
  aq_lease_give_back (transaction, job);
  return TRUE;
}

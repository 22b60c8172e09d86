/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule for cancelling a job
 */

#include "config.h"

#include "core/aq-lease.h"
#include "core/aq-rules.h"
#include "core/aq-whole.h"

/**
 * aq_rule_cancel:
 * @transaction: a transaction
 * @cancel_event: an #AqCancelEvent
 * @error: return location for an error
 *
 * Somebody cancels a job, and with it all of its parts that have not ended. What
 * runs is told to stop and ends by itself; the rest is cancelled at once. Who it
 * was and why is kept with the job.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_BAD_STATE` if it has ended.
 * Source: behaviour Z31, M7.
 *
 * Returns: whether it is cancelled, or will be when it has stopped
 *
 * Since: 0.1
 */
gboolean
aq_rule_cancel (AqTransaction  *transaction,
                gpointer        cancel_event,
                GError        **error)
{
  const AqCancelEvent *event = cancel_event;
  const AqActor *actor = transaction->actor;
  g_autoptr(AqResult) failure = NULL;
  AqWholeEnd end;
  AqJobBrief brief;
  AqJob *job;

  if (aq_transaction_get_brief (transaction, event->id, &brief) && brief.state >= ASYNCQ_JOB_STATE_CALLBACKS)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                   "job %" G_GUINT64_FORMAT " cannot be cancelled: it has %s already", brief.id,
                   brief.outcome == ASYNCQ_JOB_OUTCOME_CANCELLED ? "been cancelled"
                                                                 : asyncq_job_outcome_to_string (brief.outcome));
      return FALSE;
    }
  job = aq_transaction_require_job (transaction, event->id, error);
  if (job == NULL)
    return FALSE;

  failure = aq_lease_new_cancelled (actor->uid, event->why);
  end = (AqWholeEnd) { ASYNCQ_JOB_OUTCOME_CANCELLED, failure, actor->uid, event->why, FALSE, event->out_stops };
  aq_whole_end (transaction, job, &end);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Overdue
 */

#include "config.h"

#include "core/aq-overdue.h"

#include "core/aq-job-past.h"
#include "core/aq-whole.h"

#include "libasyncq/asyncq-error.h"

static void
end_whole (AqTransaction    *transaction,
           AqJob            *job,
           AsyncqJobOutcome  outcome,
           GError           *error,
           GArray           *stops)
{
  g_autoptr(AqResult) failure = aq_result_new_failure (error);
  const AqWholeEnd end = { outcome, failure, 0, error->message, TRUE, stops };

  aq_whole_end (transaction, job, &end);
}

/* Source: behaviour Z17, Z36, F33: its time to begin has passed, and it never runs. */
static void
expire (AqTransaction *transaction,
        AqJob         *job,
        GArray        *stops)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (job->extra->past->begin_by_usec / G_USEC_PER_SEC);
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : g_strdup ("then");
  g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_EXPIRED,
                                         "job %" G_GUINT64_FORMAT " was to begin by %s", job->id, text);

  end_whole (transaction, job, ASYNCQ_JOB_OUTCOME_EXPIRED, error, stops);
}

static void
give_up (AqTransaction *transaction,
         AqJob         *job,
         GArray        *stops)
{
  g_autoptr(GError) error =
    g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT,
                 "job %" G_GUINT64_FORMAT " had not ended when its total-timeout of %.6g s was over", job->id,
                 aq_job_get_settings (job)->total_timeout_usec / 1e6);

  end_whole (transaction, job, ASYNCQ_JOB_OUTCOME_FAILED, error, stops);
}

/**
 * aq_overdue_has_passed:
 * @transaction: a transaction
 * @job: a job
 *
 * Returns: whether one of its deadlines has passed
 *
 * Since: 0.1
 */
gboolean
aq_overdue_has_passed (AqTransaction *transaction,
                       const AqJob   *job)
{
  return aq_job_get_deadline (job, AQ_TIME_WALL) <= transaction->now.wall_usec ||
         aq_job_get_deadline (job, AQ_TIME_STEADY) <= transaction->now.steady_usec;
}

/**
 * aq_overdue_end:
 * @transaction: a transaction
 * @job: a job
 * @stops: (nullable) (element-type AqStop): added to
 *
 * Sees to a job one of whose deadlines may have passed. What does not run ends
 * at once. What runs is told to stop: it fails at its end, by its policy, and
 * nothing of it is lost if it is done just now.
 *
 * Returns: whether one has passed
 *
 * Since: 0.1
 */
gboolean
aq_overdue_end (AqTransaction *transaction,
                AqJob         *job,
                GArray        *stops)
{
  if (!aq_overdue_has_passed (transaction, job))
    return FALSE;
  if (aq_job_get_deadline (job, AQ_TIME_WALL) <= transaction->now.wall_usec)
    expire (transaction, job, stops);
  else if (aq_job_holds_slot (job))
    aq_whole_stop (transaction, job, TRUE, stops);
  else
    give_up (transaction, job, stops);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule of annotations
 *
 * An annotation is noted at once, whatever becomes of the attempt that notes it.
 * The job's state is written with it, although it stays as it is: whoever reads
 * the history has no other place to take it from.
 */

#include "config.h"

#include "core/aq-annotation.h"
#include "core/aq-dictionary.h"
#include "core/aq-lease.h"
#include "core/aq-progress.h"
#include "core/aq-rules.h"
#include "core/aq-value.h"
#include "libasyncq/asyncq-error.h"

static gboolean
check_event (const AqAnnotateEvent  *event,
             GError                **error)
{
  if (!aq_annotation_check_key (event->key, error))
    return FALSE;
  if (event->value == NULL)
    return TRUE;
  if (!aq_value_check (event->value, AQ_MAX_ANNOTATIONS_BYTES, error))
    {
      g_prefix_error (error, "annotation '%s' is too large: ", event->key);
      return FALSE;
    }
  return !g_str_equal (event->key, AQ_PROGRESS_KEY) || aq_progress_check (event->value, error);
}

/**
 * aq_rule_annotate:
 * @transaction: a transaction
 * @annotate_event: an #AqAnnotateEvent
 * @error: return location for an error
 *
 * Somebody, or the job's own attempt, notes something on a job.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_STALE_LEASE`,
 * `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE` if all annotations of the job
 * were more than 64 KiB.
 * Source: behaviour Z20, Z87.
 *
 * Returns: whether it was noted
 *
 * Since: 0.1
 */
gboolean
aq_rule_annotate (AqTransaction  *transaction,
                  gpointer        annotate_event,
                  GError        **error)
{
  const AqAnnotateEvent *event = annotate_event;
  g_autoptr(GVariant) changed = NULL;
  AqJobExtra *extra;
  AqJob *job;

  if (!check_event (event, error))
    return FALSE;
  job = event->lease != 0 ? aq_lease_require (transaction, event->id, event->lease, error)
                          : aq_transaction_require_job (transaction, event->id, error);
  if (job == NULL)
    return FALSE;
  changed = aq_dictionary_set (job->extra != NULL ? job->extra->annotations : NULL, event->key, event->value);
  if (changed != NULL && g_variant_get_size (changed) > AQ_MAX_ANNOTATIONS_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "with '%s' the annotations of job %" G_GUINT64_FORMAT " have %" G_GSIZE_FORMAT
                   " bytes, at most %d are taken", event->key, job->id, g_variant_get_size (changed),
                   AQ_MAX_ANNOTATIONS_BYTES);
      return FALSE;
    }
  extra = aq_job_ensure_extra (job);
  g_clear_pointer (&extra->annotations, g_variant_unref);
  extra->annotations = g_steal_pointer (&changed);
  aq_transaction_touch (transaction, job, AQ_JOB_PART_ANNOTATIONS | AQ_JOB_PART_STATE);
  return TRUE;
}

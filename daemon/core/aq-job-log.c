/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Log of an attempt
 *
 * Lines are numbered from 0 over all that the attempt has said, so a reader who
 * comes again with the number behind those it has gets each line once, and can tell
 * that some are not there any more.
 */

#include "config.h"

#include "core/aq-job-log.h"

#include "core/aq-evidence.h"
#include "core/aq-job-details.h"
#include "core/aq-job-past.h"

static void
read_lines (AqJobLog *self,
            GVariant *evidence,
            guint64   from)
{
  g_autoptr(GVariant) log =
    evidence != NULL ? g_variant_lookup_value (evidence, "log", G_VARIANT_TYPE (AQ_EVIDENCE_LOG_TYPE)) : NULL;
  gsize n_lines = log != NULL ? g_variant_n_children (log) : 0;
  guint32 n_dropped = 0;
  GVariantBuilder builder;

  if (evidence != NULL)
    (void) g_variant_lookup (evidence, "log-dropped", "u", &n_dropped);
  g_variant_builder_init (&builder, G_VARIANT_TYPE (AQ_EVIDENCE_LOG_TYPE));
  for (gsize i = from > n_dropped ? MIN (from - n_dropped, n_lines) : 0; i < n_lines; i++)
    {
      g_autoptr(GVariant) line = g_variant_get_child_value (log, i);

      g_variant_builder_add_value (&builder, line);
    }
  self->lines = g_variant_ref_sink (g_variant_builder_end (&builder));
  self->next = (guint64) n_dropped + n_lines;
}

static const AqPastAttempt *
find_past (const AqJob *job,
           guint        attempt)
{
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;

  if (past == NULL || attempt <= past->n_forgotten || attempt - past->n_forgotten > past->attempts->len)
    return NULL;
  return g_ptr_array_index (past->attempts, attempt - past->n_forgotten - 1);
}

static guint
count_past (const AqJob *job)
{
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;

  return past != NULL ? past->n_forgotten + past->attempts->len : 0;
}

/**
 * aq_job_log_read:
 * @out_log: (out): what there is; to be cleared
 * @job: a job
 * @live: (nullable): evidence of the attempt that runs, as its worker tells it
 * @attempt: number of an attempt, from 1; 0: the newest
 * @from: number of the first line that is wanted
 *
 * Since: 0.1
 */
void
aq_job_log_read (AqJobLog    *out_log,
                 const AqJob *job,
                 GVariant    *live,
                 guint        attempt,
                 guint64      from)
{
  gboolean has_newest = aq_job_details_has_newest_attempt (job);
  guint newest = count_past (job) + (has_newest ? 1 : 0);
  guint wanted = attempt != 0 ? attempt : newest;
  const AqPastAttempt *past = find_past (job, wanted);

  *out_log = (AqJobLog) { 0 };
  if (has_newest && wanted == newest)
    {
      gboolean runs = aq_job_holds_slot (job);
      g_autoptr(GVariant) evidence = runs && live != NULL ? aq_evidence_new (live) : NULL;

      read_lines (out_log, runs ? evidence : job->extra->evidence, from);
      out_log->attempt = wanted;
      out_log->may_grow = runs;
      return;
    }
  read_lines (out_log, past != NULL ? past->evidence : NULL, from);
  out_log->attempt = past != NULL ? wanted : 0;
  out_log->may_grow = past == NULL && wanted >= newest && job->state < ASYNCQ_JOB_STATE_CALLBACKS;
}

void
aq_job_log_clear (AqJobLog *self)
{
  g_clear_pointer (&self->lines, g_variant_unref);
}

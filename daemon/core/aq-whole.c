/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Whole
 */

#include "config.h"

#include "core/aq-whole.h"

#include "core/aq-job-past.h"
#include "core/aq-join.h"
#include "core/aq-rules.h"

/* whether this edge leads from a whole to one of its parts, and to which */
static guint64
part_of (const AqEdge *edge,
         const AqJob  *whole)
{
  if (edge->parent == whole->id && (edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS))
    return edge->child;
  if (edge->child == whole->id && edge->role == AQ_EDGE_RESULT)
    return edge->parent;
  return 0;
}

static void
add_parts (AqTransaction *transaction,
           const AqJob   *whole,
           const GArray  *edges,
           GHashTable    *seen,
           GPtrArray     *jobs)
{
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      guint64 id = part_of (&g_array_index (edges, AqEdge, i), whole);
      AqJob *part = id != 0 ? aq_transaction_find_job (transaction, id) : NULL;

      if (part != NULL && part->state < ASYNCQ_JOB_STATE_CALLBACKS && g_hash_table_add (seen, part))
        g_ptr_array_add (jobs, part);
    }
}

/* the job and its parts, their parts and so on, but for those that have ended */
static GPtrArray *
collect (AqTransaction *transaction,
         AqJob         *job)
{
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  GPtrArray *jobs = g_ptr_array_new ();

  g_hash_table_add (seen, job);
  g_ptr_array_add (jobs, job);
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *whole = g_ptr_array_index (jobs, i);

      add_parts (transaction, whole, aq_transaction_get_edges_out (transaction, whole->id), seen, jobs);
      add_parts (transaction, whole, aq_transaction_get_edges_in (transaction, whole->id), seen, jobs);
    }
  return jobs;
}

void
aq_whole_stop (AqTransaction *transaction,
               AqJob         *job,
               gboolean       kill,
               GArray        *stops)
{
  const AqStop stop = { job->id, job->lease, kill };

  if (stops != NULL)
    g_array_append_val (stops, stop);
  if (job->flags & AQ_JOB_STOPPING)
    return;
  job->flags |= AQ_JOB_STOPPING;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_STATE);
  /* it has no deadlines any more */
  aq_transaction_reindex (transaction, job);
}

/* the first who cancels a job is who has cancelled it */
static void
cancel_running (AqTransaction    *transaction,
                AqJob            *job,
                const AqWholeEnd *end)
{
  AqJobPast *past = aq_job_ensure_past (job);

  if (past->cancel_why == NULL)
    {
      past->cancel_uid = end->uid;
      past->cancel_why = g_strdup (end->why);
      aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
    }
  aq_whole_stop (transaction, job, end->kill, end->stops);
}

/**
 * aq_whole_end:
 * @transaction: a transaction
 * @job: a job that has not ended
 * @end: how it is to end
 *
 * What does not run ends at once, also a composite job of which parts run. What
 * runs is told to stop, and is cancelled when it has, unless it succeeded.
 *
 * Since: 0.1
 */
void
aq_whole_end (AqTransaction    *transaction,
              AqJob            *job,
              const AqWholeEnd *end)
{
  g_autoptr(GPtrArray) jobs = collect (transaction, job);
  g_autoptr(GPtrArray) idle = g_ptr_array_new ();

  for (guint i = 0; i < jobs->len; i++)
    {
      AqJob *part = g_ptr_array_index (jobs, i);

      if (aq_job_holds_slot (part))
        cancel_running (transaction, part, end);
      else
        g_ptr_array_add (idle, part);
    }
  if (idle->len > 0)
    aq_join_cancel (transaction, idle, end->outcome, end->failure);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules for what people ask for: cancel a job, add an agent
 */

#include "config.h"

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

      if (part != NULL && part->state != ASYNCQ_JOB_STATE_COMPLETED && g_hash_table_add (seen, part))
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

static gboolean
check_cancel (const AqJob  *job,
              GPtrArray    *jobs,
              GError      **error)
{
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *part = g_ptr_array_index (jobs, i);

      if (!aq_job_holds_slot (part))
        continue;
      if (part == job)
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                     "job %" G_GUINT64_FORMAT " cannot be cancelled: it is %s", job->id,
                     asyncq_job_state_to_string (job->state));
      else
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                     "job %" G_GUINT64_FORMAT " cannot be cancelled: job %" G_GUINT64_FORMAT ", a part of it, is %s",
                     job->id, part->id, asyncq_job_state_to_string (part->state));
      return FALSE;
    }
  return TRUE;
}

static AqResult *
new_cancelled (const AqActor *actor,
               const char    *why)
{
  g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CANCELLED, "cancelled by user %u%s%s", actor->uid,
                                         *why != '\0' ? ": " : "", why);

  return aq_result_new_failure (error);
}

/**
 * aq_rule_cancel:
 * @transaction: a transaction
 * @cancel_event: an #AqCancelEvent
 * @error: return location for an error
 *
 * Somebody cancels a job that no worker has begun, and with it all of its parts
 * that have not ended.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_BAD_STATE` if it has ended,
 * or it or a part of it is running.
 * Source: behaviour Z31, M7.
 *
 * Returns: whether it is cancelled
 *
 * Since: 0.1
 */
gboolean
aq_rule_cancel (AqTransaction  *transaction,
                gpointer        cancel_event,
                GError        **error)
{
  const AqCancelEvent *event = cancel_event;
  g_autoptr(GPtrArray) jobs = NULL;
  g_autoptr(AqResult) failure = NULL;
  AqJobBrief brief;
  AqJob *job;

  if (aq_transaction_get_brief (transaction, event->id, &brief) && brief.state == ASYNCQ_JOB_STATE_COMPLETED)
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
  jobs = collect (transaction, job);
  if (!check_cancel (job, jobs, error))
    return FALSE;

  failure = new_cancelled (transaction->actor, event->why);
  aq_join_cancel (transaction, jobs, ASYNCQ_JOB_OUTCOME_CANCELLED, failure);
  return TRUE;
}

/**
 * aq_rule_add_agent:
 * @transaction: a transaction
 * @add_agent_event: an #AqAddAgentEvent
 * @error: return location for an error
 *
 * Somebody adds an agent.
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`.
 *
 * Returns: whether it was added
 *
 * Since: 0.1
 */
gboolean
aq_rule_add_agent (AqTransaction  *transaction,
                   gpointer        add_agent_event,
                   GError        **error)
{
  const AqAddAgentEvent *event = add_agent_event;

  if (aq_transaction_get_agent (transaction, event->agent->name) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an agent '%s' already", event->agent->name);
      return FALSE;
    }
  aq_transaction_add_agent (transaction, event->agent);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The rule for removing completed jobs when somebody asks for it
 */

#include "config.h"

#include "core/aq-rules.h"

/**
 * aq_rule_clean_must_keep:
 * @transaction: a transaction
 * @brief: a job that is completed
 *
 * Returns: whether an unfinished job depends on it
 *
 * Since: 0.1
 */
gboolean
aq_rule_clean_must_keep (AqTransaction    *transaction,
                         const AqJobBrief *brief)
{
  /* one that is away has no such jobs, or it would not be away */
  const GArray *edges = brief->away ? NULL : aq_transaction_get_edges_out (transaction, brief->id);
  AqJobBrief child;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    if (aq_transaction_get_brief (transaction, g_array_index (edges, AqEdge, i).child, &child) &&
        child.state != ASYNCQ_JOB_STATE_COMPLETED)
      return TRUE;
  return FALSE;
}

/**
 * aq_rule_clean:
 * @transaction: a transaction
 * @clean_event: an #AqCleanEvent
 * @error: return location for an error
 *
 * Looks at some jobs, newest first, and removes those that have ended and that
 * the filter accepts, but for those that an unfinished job depends on. A dry run
 * only counts them.
 *
 * Source: behaviour M16.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_clean (AqTransaction  *transaction,
               gpointer        clean_event,
               GError        **error)
{
  AqCleanEvent *event = clean_event;
  AqJobBrief brief;
  guint n_removed = 0;

  aq_job_walk_step (&event->walk);
  while (n_removed < event->max_jobs && aq_job_walk_next (&event->walk, transaction, &brief))
    {
      if (brief.state != ASYNCQ_JOB_STATE_COMPLETED || aq_rule_clean_must_keep (transaction, &brief))
        continue;
      event->out_counts[brief.outcome]++;
      if (event->dry_run)
        continue;
      aq_transaction_remove_job (transaction, brief.id);
      n_removed++;
    }
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Edge
 *
 * When an edge is over, as follows from its parent alone.
 */

#include "config.h"

#include "core/aq-edge.h"

static gboolean
has_handed_over (const AqJob *job)
{
  const GArray *edges = job->extra != NULL ? job->extra->edges_in : NULL;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    if (g_array_index (edges, AqEdge, i).role == AQ_EDGE_RESULT)
      return TRUE;
  return FALSE;
}

/**
 * aq_job_has_let_go:
 * @self: a callback
 *
 * Returns: whether its parent waits for it no more, and the next callback may
 *   run: it is completed, or it has returned a job and waits for that
 *
 * Source: behaviour Z61, Z66.
 *
 * Since: 0.1
 */
gboolean
aq_job_has_let_go (const AqJob *self)
{
  if (self->state == ASYNCQ_JOB_STATE_COMPLETED)
    return TRUE;
  return self->kind == AQ_JOB_CALL && self->state >= ASYNCQ_JOB_STATE_ACTIVE && has_handed_over (self);
}

/**
 * aq_edge_is_over:
 * @self: an edge
 * @parent: its parent
 *
 * Members join, and let the next one go, when their callbacks are done too: so
 * a callback of the last one can still extend the composite job.
 *
 * Source: behaviour Z80, Z81, Z83.
 *
 * Returns: whether the child need not wait for it any more, be it that it has
 *   fired or that it never can
 *
 * Since: 0.1
 */
gboolean
aq_edge_is_over (const AqEdge *self,
                 const AqJob  *parent)
{
  if (self->on == AQ_EDGE_ON_START)
    return parent->state >= ASYNCQ_JOB_STATE_ACTIVE;
  if (self->role == AQ_EDGE_NEXT && aq_job_is_callback (parent))
    return aq_job_has_let_go (parent);
  if (self->role == AQ_EDGE_NEXT || self->role == AQ_EDGE_JOIN)
    return parent->state == ASYNCQ_JOB_STATE_COMPLETED;
  if (self->on == AQ_EDGE_ON_FIRST_FAILURE && (parent->flags & AQ_JOB_PART_FAILED))
    return TRUE;
  return parent->state >= ASYNCQ_JOB_STATE_CALLBACKS;
}

/**
 * aq_edge_is_unmet:
 * @self: an edge
 * @parent: its parent
 *
 * Returns: whether what the child waits for has not come, and cannot come any more
 *
 * Since: 0.1
 */
gboolean
aq_edge_is_unmet (const AqEdge *self,
                  const AqJob  *parent)
{
  if (parent->state < ASYNCQ_JOB_STATE_CALLBACKS)
    return FALSE;
  switch ((AqEdgeOn) self->on)
    {
    case AQ_EDGE_ON_START:
      return parent->extra->started_usec == 0;
    case AQ_EDGE_ON_SUCCESS:
      return parent->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED;
    case AQ_EDGE_ON_FAILURE:
      return parent->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED;
    case AQ_EDGE_ON_ANY:
      return FALSE;
    case AQ_EDGE_ON_FIRST_FAILURE:
      return !(parent->flags & AQ_JOB_PART_FAILED);
    default:
      g_assert_not_reached ();
    }
}

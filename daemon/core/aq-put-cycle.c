/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Cycles through jobs that there are
 *
 * A new job closes one only if it becomes a member of a composite job, which
 * waits for it then, and follows what waits for that.
 */

#include "config.h"

#include "core/aq-put-cycle.h"

/* what is waited for: that a job may go, or that it has ended */
typedef struct
{
  guint64  id;
  gboolean end;
} Goal;

static guint
goal_hash (gconstpointer goal)
{
  const Goal *self = goal;

  return (guint) (self->id << 1 | self->end);
}

static gboolean
goal_equal (gconstpointer a,
            gconstpointer b)
{
  const Goal *x = a;
  const Goal *y = b;

  return x->id == y->id && x->end == y->end;
}

static void
add_goal (GHashTable *seen,
          GPtrArray  *goals,
          guint64     id,
          gboolean    end)
{
  const Goal goal = { id, end };
  Goal *copy = g_memdup2 (&goal, sizeof goal);

  if (g_hash_table_add (seen, copy))
    g_ptr_array_add (goals, copy);
}

/* Adds what the goal waits for. Returns: whether that is the end of @composite */
static gboolean
add_waits (AqTransaction *transaction,
           const Goal    *goal,
           guint64        composite,
           GHashTable    *seen,
           GPtrArray     *goals)
{
  const AqJob *job = aq_transaction_find_job (transaction, goal->id);
  const GArray *edges = aq_transaction_get_edges_in (transaction, goal->id);
  gboolean is_new = job != NULL && job->state == ASYNCQ_JOB_STATE_NEW;

  if (job == NULL || job->state >= ASYNCQ_JOB_STATE_CALLBACKS)
    return FALSE;
  if (goal->id == composite && goal->end)
    return TRUE;
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      gboolean is_part = edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS;
      gboolean brings_result = edge->role == AQ_EDGE_RESULT ||
                               (edge->role == AQ_EDGE_JOIN && job->kind != AQ_JOB_CALL);

      /* its postprocess job waits for all of its members */
      if (edge->role == AQ_EDGE_POSTPROCESS && edge->parent == composite)
        return TRUE;
      if (brings_result ? goal->end : is_new)
        add_goal (seen, goals, edge->parent, !is_part);
    }
  return FALSE;
}

/**
 * aq_put_cycle_waits_for:
 * @transaction: a transaction
 * @id: a job's id
 * @composite: the id of a composite job
 *
 * Returns: whether the end of @id comes only after that of @composite, or of all
 *   of its members
 *
 * Since: 0.1
 */
gboolean
aq_put_cycle_waits_for (AqTransaction *transaction,
                        guint64        id,
                        guint64        composite)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (goal_hash, goal_equal, g_free, NULL);
  g_autoptr(GPtrArray) goals = g_ptr_array_new ();

  add_goal (seen, goals, id, TRUE);
  for (guint i = 0; i < goals->len; i++)
    if (add_waits (transaction, g_ptr_array_index (goals, i), composite, seen, goals))
      return TRUE;
  return FALSE;
}

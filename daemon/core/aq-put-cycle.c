/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Cycles through jobs that there are
 *
 * A new job closes one only if a job that there is waits for it: a composite job
 * whose member it becomes, or one that returns it. What it waits for itself, also
 * through others of its list, must not wait for that job then.
 */

#include "config.h"

#include "core/aq-put-cycle.h"

#include "core/aq-draft-cycle.h"
#include "core/aq-put.h"

#include "libasyncq/asyncq-error.h"

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

/* Whether the end of one of the jobs comes only after that of @target or, if that
 * is a composite job, of all of its members. */
static gboolean
wait_for (AqTransaction *transaction,
          const GArray  *ids,
          guint64        target)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (goal_hash, goal_equal, g_free, NULL);
  g_autoptr(GPtrArray) goals = g_ptr_array_new ();

  for (guint i = 0; i < ids->len; i++)
    add_goal (seen, goals, g_array_index (ids, guint64, i), TRUE);
  for (guint i = 0; i < goals->len; i++)
    if (add_waits (transaction, g_ptr_array_index (goals, i), target, seen, goals))
      return TRUE;
  return FALSE;
}

/* the jobs that there are, and that have to end before the drafts at @indexes can */
static GArray *
list_jobs (AqTransaction *transaction,
           const AqDraft *drafts,
           guint          n_drafts,
           const GArray  *indexes)
{
  g_autoptr(GArray) earlier = aq_draft_cycle_list_earlier (drafts, n_drafts, indexes);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < earlier->len; i++)
    {
      const AqDraft *draft = &drafts[g_array_index (earlier, guint, i)];
      guint64 existing = aq_put_find_existing (transaction, draft);

      if (existing != 0)
        {
          g_array_append_val (ids, existing);
          continue;
        }
      for (guint k = 0; k < draft->n_after; k++)
        if (draft->after[k].job != 0)
          g_array_append_val (ids, draft->after[k].job);
      if (draft->parent_job != 0 && draft->role == AQ_EDGE_CALLBACK)
        g_array_append_val (ids, draft->parent_job);
    }
  return ids;
}

static void
unref_array (gpointer array)
{
  g_array_unref (array);
}

/* Returns: (transfer full): composite job → GArray of the indexes of its new members */
static GHashTable *
group_members (AqTransaction *transaction,
               const AqDraft *drafts,
               guint          n_drafts)
{
  GHashTable *groups = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, unref_array);

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      GArray *indexes = draft->parent_job != 0 ? g_hash_table_lookup (groups, &draft->parent_job) : NULL;

      if (draft->parent_job == 0 || draft->role != AQ_EDGE_MEMBER || aq_put_find_existing (transaction, draft) != 0)
        continue;
      if (indexes == NULL)
        {
          indexes = g_array_new (FALSE, FALSE, sizeof (guint));
          g_hash_table_insert (groups, (gpointer) &draft->parent_job, indexes);
        }
      g_array_append_val (indexes, i);
    }
  return groups;
}

/* most lists name no job that there is but a parent, and cannot close a cycle */
static gboolean
follows_jobs (const AqDraft *drafts,
              guint          n_drafts)
{
  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].n_after > 0 || drafts[i].submit_key != NULL || drafts[i].unique_key != NULL ||
        (drafts[i].parent_job != 0 && drafts[i].role == AQ_EDGE_CALLBACK))
      return TRUE;
  return FALSE;
}

/**
 * aq_put_cycle_check_members:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Checks that no draft becomes a member of a composite job for which it has to
 * wait, be it itself or through other drafts.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming an entry.
 *
 * Returns: whether that is so
 *
 * Since: 0.1
 */
gboolean
aq_put_cycle_check_members (AqTransaction  *transaction,
                            const AqDraft  *drafts,
                            guint           n_drafts,
                            GError        **error)
{
  g_autoptr(GHashTable) groups = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (!follows_jobs (drafts, n_drafts))
    return TRUE;
  groups = group_members (transaction, drafts, n_drafts);
  g_hash_table_iter_init (&iter, groups);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      guint64 composite = *(const guint64 *) key;
      g_autoptr(GArray) ids = list_jobs (transaction, drafts, n_drafts, value);

      if (!wait_for (transaction, ids, composite))
        continue;
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "entry %u: it would wait for itself: a job that it follows waits for the members of job %"
                   G_GUINT64_FORMAT, g_array_index ((GArray *) value, guint, 0), composite);
      return FALSE;
    }
  return TRUE;
}

/**
 * aq_put_cycle_check_returned:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @returned: index of one of them
 * @outer: the job whose result it is to make
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the entry.
 *
 * Returns: whether the returned job can end before @outer
 *
 * Since: 0.1
 */
gboolean
aq_put_cycle_check_returned (AqTransaction  *transaction,
                             const AqDraft  *drafts,
                             guint           n_drafts,
                             guint           returned,
                             guint64         outer,
                             GError        **error)
{
  g_autoptr(GArray) indexes = NULL;
  g_autoptr(GArray) ids = NULL;

  if (!follows_jobs (drafts, n_drafts))
    return TRUE;
  indexes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (indexes, returned);
  ids = list_jobs (transaction, drafts, n_drafts, indexes);
  if (!wait_for (transaction, ids, outer))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "entry %u: it is returned by job %" G_GUINT64_FORMAT ", and waits for the end of that", returned, outer);
  return FALSE;
}

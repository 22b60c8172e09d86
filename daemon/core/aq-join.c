/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Join
 *
 * What one job's step does to the jobs that wait for it. A job counts in
 * n_waiting the edges that it still waits for, in one of three phases:
 *
 * 1. NEW: the gates before its queue. An edge into it counts from the moment
 *    it is made.
 * 2. ACTIVE and WAITING (a composite job, or one that returned a job): the
 *    edges that bring its result. They count from the moment it waits.
 * 3. CALLBACKS: its callbacks that have not let go of it.
 *
 * A parent starts once, ends once and is done once, and fires each of its edges
 * at one of these, so a counter that reaches 0 does so once: a join fires exactly
 * once. A gate is over too when what the job waits for cannot come any more; then
 * the job is skipped instead of put. What has nothing left to wait for goes on a
 * list that is worked off in order, so depth costs no stack.
 */

#include "config.h"

#include "core/aq-join.h"

#include "core/aq-job-past.h"
#include "core/aq-job-view.h"
#include "core/aq-value.h"

/* the phase that an edge counts in */
static gboolean
brings_result (const AqEdge *edge,
               const AqJob  *child)
{
  return edge->role == AQ_EDGE_RESULT || (edge->role == AQ_EDGE_JOIN && child->kind != AQ_JOB_CALL);
}

static gboolean
counts_now (const AqEdge *edge,
            const AqJob  *child)
{
  if (brings_result (edge, child))
    return child->state == ASYNCQ_JOB_STATE_ACTIVE && (child->flags & AQ_JOB_WAITING);
  return child->state == ASYNCQ_JOB_STATE_NEW;
}

/* the moments of a parent at which edges fire */
typedef enum
{
  STARTED,
  ENDED,     /* it has its result */
  COMPLETED, /* its callbacks are done too */
  LET_GO     /* the next in a row may go: as COMPLETED, or of a callback that waits for a returned job */
} Moment;

static Moment
get_moment (const AqEdge *edge)
{
  if (edge->on == AQ_EDGE_ON_START)
    return STARTED;
  if (edge->role == AQ_EDGE_NEXT)
    return LET_GO;
  return edge->role == AQ_EDGE_JOIN ? COMPLETED : ENDED;
}

static void
push (GPtrArray **ready,
      AqJob      *job)
{
  if (*ready == NULL)
    *ready = g_ptr_array_new ();
  g_ptr_array_add (*ready, job);
}

/* One of a row has ended before its turn: who comes behind it has its turn only
 * after all that come before it. Source: behaviour X8. */
static void
inherit_turn (AqTransaction *transaction,
              const AqJob   *ended,
              AqJob         *next)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, ended->id);
  guint n_edges = edges != NULL ? edges->len : 0;

  for (guint i = 0; i < n_edges; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      AqJob *earlier = edge->role == AQ_EDGE_NEXT ? aq_transaction_find_job (transaction, edge->parent) : NULL;

      if (earlier != NULL && !aq_edge_is_over (edge, earlier))
        aq_join_wait_for (transaction, earlier, next, AQ_EDGE_ON_ANY, AQ_EDGE_NEXT, NULL);
    }
}

/* its moment has come: the child waits for one less */
static void
fire_edge (AqTransaction  *transaction,
           const AqEdge   *edge,
           const AqJob    *parent,
           GPtrArray     **ready)
{
  AqJob *child = aq_transaction_find_job (transaction, edge->child);
  gboolean skips = edge->role != AQ_EDGE_CALLBACK && edge->role != AQ_EDGE_NEXT && aq_edge_is_unmet (edge, parent);

  if (child == NULL || !counts_now (edge, child))
    return;
  if (edge->role == AQ_EDGE_NEXT)
    inherit_turn (transaction, parent, child);
  g_assert (child->n_waiting > 0);
  aq_transaction_touch (transaction, child, AQ_JOB_PART_STATE);
  /* a callback has its turn among the others before it is skipped */
  if (--child->n_waiting == 0 || skips)
    push (ready, child);
}

/* Who waits for the first failure was told of it when that came, see note_failure(). */
static gboolean
was_told (const AqEdge *edge,
          const AqJob  *parent)
{
  if (edge->on == AQ_EDGE_ON_FIRST_FAILURE)
    return (parent->flags & AQ_JOB_PART_FAILED) != 0;
  return edge->role == AQ_EDGE_NEXT && edge->on == AQ_EDGE_ON_FAILURE;
}

static void
fire_edges (AqTransaction  *transaction,
            const AqJob    *parent,
            Moment          moment,
            GPtrArray     **ready)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, parent->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (get_moment (edge) == moment && !was_told (edge, parent))
        fire_edge (transaction, edge, parent, ready);
    }
}

/* how many of the jobs that make the result of @job have not ended */
static guint
count_results (AqTransaction *transaction,
               const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  guint n = 0;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const AqJob *parent = aq_transaction_find_job (transaction, edge->parent);

      if (brings_result (edge, job) && parent != NULL && !aq_edge_is_over (edge, parent))
        n++;
    }
  return n;
}

static void
start (AqTransaction  *transaction,
       AqJob          *composite,
       GPtrArray     **ready)
{
  composite->flags |= AQ_JOB_WAITING;
  composite->n_waiting = count_results (transaction, composite);
  aq_job_ensure_extra (composite)->started_usec = transaction->now.wall_usec;
  aq_transaction_touch (transaction, composite, AQ_JOB_PART_RUN);
  aq_transaction_step (transaction, composite, AQ_JOB_EVENT_START);
  fire_edges (transaction, composite, STARTED, ready);
  if (composite->n_waiting == 0)
    push (ready, composite);
}

static void
set_due_now (AqTransaction *transaction,
             AqJob         *job)
{
  AqCounters *counters = aq_transaction_edit_counters (transaction);

  /* callbacks were called at once by who had run their parent: behaviour Z61 */
  if (aq_job_is_callback (job) && !(job->flags & AQ_JOB_PULLED))
    {
      job->due_usec = transaction->now.wall_usec;
      job->flags |= AQ_JOB_PUT_BACK;
      return;
    }
  counters->last_due_usec = MAX (counters->last_due_usec, transaction->now.wall_usec);
  job->due_usec = counters->last_due_usec;
}

/* Source: behaviour Z24 and Z26; design, section 5, "Order among due jobs". */
static void
set_due (AqTransaction *transaction,
         AqJob         *job)
{
  gboolean pulled = (job->flags & AQ_JOB_PULLED) != 0;

  job->order = aq_transaction_edit_counters (transaction)->next_order++;
  /* as long as it is new, due_usec is its delay */
  if ((job->flags & AQ_JOB_STEADY) && !pulled)
    {
      job->due_usec += transaction->now.steady_usec;
      job->flags |= AQ_JOB_SCHEDULED;
    }
  else if (job->begin_after_usec > transaction->now.wall_usec && !pulled)
    {
      job->due_usec = job->begin_after_usec;
      job->flags |= AQ_JOB_SCHEDULED;
    }
  else
    {
      job->flags &= ~(AQ_JOB_STEADY | AQ_JOB_SCHEDULED | AQ_JOB_PUT_BACK);
      set_due_now (transaction, job);
    }
  job->flags &= ~AQ_JOB_PULLED;
}

/* Source: behaviour Z26: from its begin-after, or its put, delay added. */
static void
set_begin_by (AqTransaction *transaction,
              AqJob         *job)
{
  gint64 begin_by_usec = aq_job_get_settings (job)->begin_by_usec;
  AqJobPast *past;
  gint64 from_usec;

  if (begin_by_usec < 0)
    return;
  past = aq_job_ensure_past (job);
  if (past->begin_by_usec != 0)
    return;
  from_usec = MAX (job->begin_after_usec, transaction->now.wall_usec);
  if (job->flags & AQ_JOB_STEADY)
    from_usec = transaction->now.wall_usec + (job->due_usec - transaction->now.steady_usec);
  past->begin_by_usec = begin_by_usec < G_MAXINT64 - from_usec ? from_usec + begin_by_usec : G_MAXINT64;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
}

static void
enter (AqTransaction  *transaction,
       AqJob          *job,
       GPtrArray     **ready)
{
  set_due (transaction, job);
  set_begin_by (transaction, job);
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_PUT);
  if (job->kind != AQ_JOB_CALL && aq_job_is_due (job, &transaction->now))
    start (transaction, job, ready);
}

static void
set_result (AqTransaction    *transaction,
            AqJob            *job,
            AsyncqJobOutcome  outcome,
            AqResult         *result)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_clear_pointer (&extra->result, aq_result_unref);
  extra->result = aq_result_ref (result);
  /* one that waited for another's result ends with that, not when its own function returned */
  if (extra->ended_usec == 0 || (job->flags & AQ_JOB_WAITING))
    extra->ended_usec = transaction->now.wall_usec;
  job->outcome = outcome;
  job->n_waiting = 0;
  job->flags &= ~AQ_JOB_WAITING;
  aq_transaction_touch (transaction, job, AQ_JOB_PART_RUN | AQ_JOB_PART_RESULT);
}

/* the callbacks that it waits for before it is completed */
static guint
count_callbacks (AqTransaction *transaction,
                 const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, job->id);
  guint n = 0;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const AqJob *child = edge->role == AQ_EDGE_CALLBACK ? aq_transaction_find_job (transaction, edge->child) : NULL;

      if (child != NULL && !aq_job_has_let_go (child))
        n++;
    }
  return n;
}

/* The next in the row may go; of a callback, its parent need not wait for it any more. */
static void
let_go (AqTransaction  *transaction,
        const AqJob    *job,
        GPtrArray     **ready)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  AqJob *parent;

  fire_edges (transaction, job, LET_GO, ready);
  if (!aq_job_is_callback (job))
    return;
  parent = aq_transaction_find_job (transaction, g_array_index (edges, AqEdge, 0).parent);
  if (parent == NULL || parent->state != ASYNCQ_JOB_STATE_CALLBACKS)
    return;
  g_assert (parent->n_waiting > 0);
  aq_transaction_touch (transaction, parent, AQ_JOB_PART_STATE);
  if (--parent->n_waiting == 0)
    push (ready, parent);
}

static void
finish_callbacks (AqTransaction  *transaction,
                  AqJob          *job,
                  GPtrArray     **ready)
{
  gboolean has_let_go = aq_job_is_callback (job) && aq_job_has_let_go (job);

  aq_transaction_step (transaction, job, AQ_JOB_EVENT_CALLBACKS_DONE);
  fire_edges (transaction, job, COMPLETED, ready);
  if (!has_let_go)
    let_go (transaction, job, ready);
}

/* The composite job whose members join in @target: itself, or whose result that makes as its
 * postprocess job. Into a postprocess job leads an edge from each member, out of it a few. */
static AqJob *
find_composite (AqTransaction *transaction,
                AqJob         *target)
{
  const GArray *edges = target->kind == AQ_JOB_CALL ? aq_transaction_get_edges_out (transaction, target->id) : NULL;

  if (target->kind != AQ_JOB_CALL)
    return target;
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      AqJob *whole = edge->role == AQ_EDGE_RESULT ? aq_transaction_find_job (transaction, edge->child) : NULL;

      if (whole != NULL && whole->kind != AQ_JOB_CALL)
        return whole;
    }
  return NULL;
}

/* A member has failed, and it is the first one if the composite job does not know of another. */
static void
note_failure (AqTransaction  *transaction,
              const AqJob    *member,
              AqJob          *composite,
              GPtrArray     **ready)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, composite->id);

  if (composite->state >= ASYNCQ_JOB_STATE_CALLBACKS || (composite->flags & AQ_JOB_PART_FAILED))
    return;
  composite->flags |= AQ_JOB_PART_FAILED;
  aq_transaction_touch (transaction, composite, AQ_JOB_PART_STATE);
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->on != AQ_EDGE_ON_FIRST_FAILURE)
        continue;
      /* says whose failure the callback is given, and keeps that member in memory for it */
      aq_transaction_add_edge (transaction, member->id, edge->child, AQ_EDGE_ON_FAILURE, AQ_EDGE_NEXT, NULL);
      fire_edge (transaction, edge, composite, ready);
    }
}

static void
note_failures (AqTransaction  *transaction,
               const AqJob    *member,
               GPtrArray     **ready)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, member->id);
  guint n_edges = edges != NULL ? edges->len : 0;

  for (guint i = 0; i < n_edges; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      AqJob *target = edge->role == AQ_EDGE_JOIN ? aq_transaction_find_job (transaction, edge->child) : NULL;
      AqJob *composite = target != NULL ? find_composite (transaction, target) : NULL;

      if (composite == NULL)
        continue;
      note_failure (transaction, member, composite, ready);
      /* that may have made an edge */
      edges = aq_transaction_get_edges_out (transaction, member->id);
    }
}

/* @job has just got its result, and n_waiting is the number of its callbacks */
static void
end (AqTransaction  *transaction,
     AqJob          *job,
     GPtrArray     **ready)
{
  if (job->kind != AQ_JOB_CALL && job->extra->started_usec == 0)
    fire_edges (transaction, job, STARTED, ready);
  if (job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    note_failures (transaction, job, ready);
  fire_edges (transaction, job, ENDED, ready);
  if (job->n_waiting == 0)
    finish_callbacks (transaction, job, ready);
}

static void
complete (AqTransaction     *transaction,
          AqJob             *job,
          AsyncqJobOutcome   outcome,
          AqResult          *result,
          GPtrArray        **ready)
{
  set_result (transaction, job, outcome, result);
  aq_transaction_step (transaction, job,
                       job->state == ASYNCQ_JOB_STATE_ACTIVE ? AQ_JOB_EVENT_RETURN : AQ_JOB_EVENT_CANCEL);
  if (job->extra->edges_out == NULL && job->extra->edges_in == NULL)
    {
      aq_transaction_step (transaction, job, AQ_JOB_EVENT_CALLBACKS_DONE);
      return;
    }
  job->n_waiting = count_callbacks (transaction, job);
  end (transaction, job, ready);
}

static const AqEdge *
find_result_edge (AqTransaction *transaction,
                  const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    if (g_array_index (edges, AqEdge, i).role == AQ_EDGE_RESULT)
      return &g_array_index (edges, AqEdge, i);
  return NULL;
}

static AqResult *
new_type_failure (const AqEdge *edge,
                  AqResult     *result)
{
  g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT,
                                         "the returned job %" G_GUINT64_FORMAT " has a result of type '%s', "
                                         "'%s' is declared", edge->parent, result->type, edge->type);

  return aq_result_new_failure (error);
}

/* Without a postprocess job the result is the list of members: behaviour Z80. */
static void
resolve_with_members (AqTransaction  *transaction,
                      AqJob          *job,
                      GPtrArray     **ready)
{
  g_autoptr(GVariant) members = g_variant_ref_sink (aq_job_view_members (transaction, job));
  g_autoptr(AqResult) result = NULL;
  g_autoptr(GError) error = NULL;

  if (aq_value_check (members, AQ_MAX_RESULT_BYTES, &error))
    {
      result = aq_result_new_variant (members);
      complete (transaction, job, ASYNCQ_JOB_OUTCOME_SUCCEEDED, result, ready);
      return;
    }
  g_prefix_error (&error, "the list of its members is too large for a result (a postprocess job takes any): ");
  result = aq_result_new_failure (error);
  complete (transaction, job, ASYNCQ_JOB_OUTCOME_FAILED, result, ready);
}

static void
resolve_with_counts (AqTransaction  *transaction,
                     AqJob          *job,
                     GPtrArray     **ready)
{
  g_autoptr(AqResult) result = aq_result_new_variant (aq_job_view_counts (transaction, job));

  complete (transaction, job, ASYNCQ_JOB_OUTCOME_SUCCEEDED, result, ready);
}

/* The job has what makes its result: the job that it handed over to, or its members. */
static void
resolve (AqTransaction  *transaction,
         AqJob          *job,
         GPtrArray     **ready)
{
  const AqEdge *edge = find_result_edge (transaction, job);
  g_autoptr(AqResult) result = NULL;
  const AqJob *maker;
  gboolean succeeded = TRUE;

  if (job->kind == AQ_JOB_BATCH)
    {
      resolve_with_counts (transaction, job, ready);
      return;
    }
  if (edge == NULL)
    {
      resolve_with_members (transaction, job, ready);
      return;
    }

  maker = aq_transaction_get_job (transaction, edge->parent);
  succeeded = maker->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED;
  if (succeeded && edge->type != NULL && !g_str_equal (edge->type, aq_job_get_result (maker)->type))
    {
      succeeded = FALSE;
      result = new_type_failure (edge, aq_job_get_result (maker));
    }
  else
    result = aq_result_ref (aq_job_get_result (maker));
  complete (transaction, job, succeeded ? ASYNCQ_JOB_OUTCOME_SUCCEEDED : ASYNCQ_JOB_OUTCOME_FAILED, result, ready);
}

/* what holds for ever: a gate that is over, and not as the job wanted it */
static const AqEdge *
find_unmet (AqTransaction  *transaction,
            const AqJob    *job,
            const AqJob   **out_parent)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_JOIN || edge->role == AQ_EDGE_NEXT || edge->role == AQ_EDGE_RESULT)
        continue;
      *out_parent = aq_transaction_find_job (transaction, edge->parent);
      if (*out_parent != NULL && aq_edge_is_unmet (edge, *out_parent))
        return edge;
    }
  return NULL;
}

static AqResult *
new_skipped (const AqEdge *edge,
             const AqJob  *parent)
{
  g_autoptr(GError) error = NULL;

  if (edge->on == AQ_EDGE_ON_START)
    error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_SKIPPED,
                         "skipped: job %" G_GUINT64_FORMAT ", of which it is a part, has ended without a start",
                         parent->id);
  else
    error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_SKIPPED,
                         "skipped: job %" G_GUINT64_FORMAT ", which it follows on %s, has %s",
                         parent->id, edge->on == AQ_EDGE_ON_SUCCESS ? "success" : "failure",
                         parent->outcome == ASYNCQ_JOB_OUTCOME_CANCELLED
                           ? "been cancelled"
                           : asyncq_job_outcome_to_string (parent->outcome));
  return aq_result_new_failure (error);
}

/* Source: behaviour Z59, X6: what is chained to a callback that is skipped gets what that would have got. */
static void
skip (AqTransaction  *transaction,
      AqJob          *job,
      const AqEdge   *edge,
      const AqJob    *parent,
      GPtrArray     **ready)
{
  AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_CANCELLED;
  g_autoptr(AqResult) result = NULL;

  if (edge->role == AQ_EDGE_CALLBACK)
    {
      outcome = parent->outcome;
      result = aq_result_ref (aq_job_get_result (parent));
    }
  else
    result = new_skipped (edge, parent);
  job->flags |= AQ_JOB_SKIPPED;
  complete (transaction, job, outcome, result, ready);
}

/* a callback's parameter, where its type is known, takes nothing else */
static AqResult *
find_misfit (AqTransaction *transaction,
             const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  const AqEdge *edge = aq_job_is_callback (job) ? &g_array_index (edges, AqEdge, 0) : NULL;
  const AqJob *parent = edge != NULL && edge->type != NULL ? aq_transaction_get_job (transaction, edge->parent) : NULL;
  g_autoptr(GError) error = NULL;

  if (parent == NULL || g_str_equal (edge->type, aq_job_get_result (parent)->type))
    return NULL;
  error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                       "job %" G_GUINT64_FORMAT " has a result of type '%s', its callback takes '%s'", parent->id,
                       aq_job_get_result (parent)->type, edge->type);
  return aq_result_new_failure (error);
}

/* @job is new, and waits for nothing more or can never go */
static void
settle_new (AqTransaction  *transaction,
            AqJob          *job,
            GPtrArray     **ready)
{
  const AqJob *parent = NULL;
  const AqEdge *edge = find_unmet (transaction, job, &parent);
  g_autoptr(AqResult) misfit = NULL;

  if (edge != NULL)
    {
      skip (transaction, job, edge, parent, ready);
      return;
    }
  if (job->n_waiting > 0)
    return;
  misfit = find_misfit (transaction, job);
  if (misfit != NULL)
    complete (transaction, job, ASYNCQ_JOB_OUTCOME_FAILED, misfit, ready);
  else
    enter (transaction, job, ready);
}

static void
settle (AqTransaction *transaction,
        GPtrArray     *ready)
{
  g_autoptr(GPtrArray) list = ready;

  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      AqJob *job = g_ptr_array_index (list, i);

      if (job->state == ASYNCQ_JOB_STATE_NEW)
        settle_new (transaction, job, &list);
      else if (job->n_waiting > 0)
        continue;
      else if (job->state == ASYNCQ_JOB_STATE_CALLBACKS)
        finish_callbacks (transaction, job, &list);
      else if (job->flags & AQ_JOB_WAITING)
        resolve (transaction, job, &list);
    }
}

/**
 * aq_join_wait_for:
 * @transaction: a transaction
 * @parent: the job to wait for
 * @child: the job that waits; NEW if the edge is a gate
 * @on: when the edge fires
 * @role: what it means
 * @type: (nullable): the GVariant type that a handed-over result must have
 *
 * Makes one job wait for another, unless the edge is over already. A job that
 * waits for its callbacks waits for a new one too.
 *
 * Since: 0.1
 */
void
aq_join_wait_for (AqTransaction *transaction,
                  AqJob         *parent,
                  AqJob         *child,
                  AqEdgeOn       on,
                  AqEdgeRole     role,
                  const char    *type)
{
  const AqEdge edge = { .parent = parent->id, .child = child->id, .on = on, .role = role };

  aq_transaction_add_edge (transaction, parent->id, child->id, on, role, type);
  if (role == AQ_EDGE_CALLBACK && parent->state == ASYNCQ_JOB_STATE_CALLBACKS)
    {
      parent->n_waiting++;
      aq_transaction_touch (transaction, parent, AQ_JOB_PART_STATE);
    }
  if (aq_edge_is_over (&edge, parent) || !counts_now (&edge, child))
    return;
  child->n_waiting++;
  aq_transaction_touch (transaction, child, AQ_JOB_PART_STATE);
}

/**
 * aq_join_enter:
 * @transaction: a transaction
 * @job: a new job that waits for nothing
 *
 * Puts a job into its queue; a composite job that is due is started instead.
 * One whose edges are over, and not as it wanted them, is skipped.
 *
 * Since: 0.1
 */
void
aq_join_enter (AqTransaction *transaction,
               AqJob         *job)
{
  GPtrArray *ready = NULL;

  if (aq_transaction_get_edges_in (transaction, job->id) != NULL)
    settle_new (transaction, job, &ready);
  else
    enter (transaction, job, &ready);
  settle (transaction, ready);
}

/**
 * aq_join_start:
 * @transaction: a transaction
 * @composite: a pending composite job that is due
 *
 * Starts a composite job: its members may go.
 *
 * Source: zc.async's serial and parallel, behaviour Z80, Z81, Z84.
 *
 * Since: 0.1
 */
void
aq_join_start (AqTransaction *transaction,
               AqJob         *composite)
{
  GPtrArray *ready = NULL;

  start (transaction, composite, &ready);
  settle (transaction, ready);
}

/**
 * aq_join_complete:
 * @transaction: a transaction
 * @job: an active job, or one that ends without a run
 * @outcome: how it ended
 * @result: its value or failure
 *
 * Ends a job, and lets go on what waited for it.
 *
 * Since: 0.1
 */
void
aq_join_complete (AqTransaction    *transaction,
                  AqJob            *job,
                  AsyncqJobOutcome  outcome,
                  AqResult         *result)
{
  GPtrArray *ready = NULL;

  complete (transaction, job, outcome, result, &ready);
  settle (transaction, ready);
}

/**
 * aq_join_cancel:
 * @transaction: a transaction
 * @jobs: (element-type AqJob): jobs none of which runs or has ended
 * @outcome: how they end, otherwise than in success
 * @failure: why
 *
 * Ends jobs together, without a run. What waits for them only among themselves does not go
 * on in between: all are ended before the first edge fires.
 *
 * Since: 0.1
 */
void
aq_join_cancel (AqTransaction    *transaction,
                GPtrArray        *jobs,
                AsyncqJobOutcome  outcome,
                AqResult         *failure)
{
  GPtrArray *ready = NULL;

  for (guint i = 0; i < jobs->len; i++)
    {
      AqJob *job = g_ptr_array_index (jobs, i);

      set_result (transaction, job, outcome, failure);
      aq_transaction_step (transaction, job, AQ_JOB_EVENT_CANCEL);
    }
  for (guint i = 0; i < jobs->len; i++)
    {
      AqJob *job = g_ptr_array_index (jobs, i);

      job->n_waiting = count_callbacks (transaction, job);
    }
  for (guint i = 0; i < jobs->len; i++)
    end (transaction, g_ptr_array_index (jobs, i), &ready);
  settle (transaction, ready);
}

/**
 * aq_join_note_failure:
 * @transaction: a transaction
 * @member: a job that has ended otherwise than in success
 * @composite: a composite job of which it has been made a member since
 *
 * Tells who waits for the first failure of a member.
 *
 * Since: 0.1
 */
void
aq_join_note_failure (AqTransaction *transaction,
                      const AqJob   *member,
                      AqJob         *composite)
{
  GPtrArray *ready = NULL;

  note_failure (transaction, member, composite, &ready);
  settle (transaction, ready);
}

/**
 * aq_join_hand_over:
 * @transaction: a transaction
 * @outer: an active job whose function returned a job
 * @inner: that job
 * @type: (nullable): the GVariant type that its result must have
 *
 * Lets one job's result become another's. The outer one stays active, without
 * a slot, until the inner one has ended. Nobody waits for a callback that does so.
 *
 * Source: behaviour Z77; design, section 5: it does not count in an agent's size.
 *
 * Since: 0.1
 */
void
aq_join_hand_over (AqTransaction *transaction,
                   AqJob         *outer,
                   AqJob         *inner,
                   const char    *type)
{
  GPtrArray *ready = NULL;

  outer->flags |= AQ_JOB_WAITING;
  aq_transaction_touch (transaction, outer, AQ_JOB_PART_STATE);
  /* it has left its places of limits */
  aq_transaction_reindex (transaction, outer);
  aq_join_wait_for (transaction, inner, outer, AQ_EDGE_ON_ANY, AQ_EDGE_RESULT, type);
  if (aq_job_is_callback (outer))
    let_go (transaction, outer, &ready);
  if (outer->n_waiting == 0)
    push (&ready, outer);
  settle (transaction, ready);
}

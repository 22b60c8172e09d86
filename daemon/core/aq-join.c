/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Join
 *
 * What one job's step does to the jobs that wait for it. A job counts in
 * n_waiting the edges that must fire before it goes on, in one of two phases:
 *
 * 1. NEW: the gates before its queue. An edge into it counts from the moment
 *    it is made.
 * 2. ACTIVE and WAITING (a composite job, or one that returned a job): the
 *    edges that bring its result. They count from the moment it waits.
 *
 * A parent starts once and ends once, and fires each of its edges once then, so
 * a counter that reaches 0 does so once: a join fires exactly once. What has
 * nothing left to wait for goes on a list that is worked off in order, so depth
 * costs no stack.
 */

#include "config.h"

#include "core/aq-join.h"

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

static gboolean
fires (const AqEdge *edge,
       const AqJob  *parent)
{
  gboolean ended = parent->state >= ASYNCQ_JOB_STATE_CALLBACKS;

  switch ((AqEdgeOn) edge->on)
    {
    case AQ_EDGE_ON_START:
      return parent->state == ASYNCQ_JOB_STATE_ACTIVE;
    case AQ_EDGE_ON_SUCCESS:
      return ended && parent->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED;
    case AQ_EDGE_ON_FAILURE:
      return ended && parent->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED;
    case AQ_EDGE_ON_ANY:
      return ended;
    default:
      g_assert_not_reached ();
    }
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

      if (earlier != NULL && earlier->state < ASYNCQ_JOB_STATE_CALLBACKS)
        aq_join_wait_for (transaction, earlier, next, AQ_EDGE_ON_ANY, AQ_EDGE_NEXT, NULL);
    }
}

static void
fire_edges (AqTransaction  *transaction,
            const AqJob    *parent,
            GPtrArray     **ready)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, parent->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      AqJob *child = aq_transaction_find_job (transaction, edge->child);

      if (child == NULL || !fires (edge, parent) || !counts_now (edge, child))
        continue;
      if (edge->role == AQ_EDGE_NEXT)
        inherit_turn (transaction, parent, child);
      g_assert (child->n_waiting > 0);
      aq_transaction_touch (transaction, child, AQ_JOB_PART_STATE);
      if (--child->n_waiting == 0)
        push (ready, child);
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

      if (brings_result (edge, job) && parent != NULL && parent->state < ASYNCQ_JOB_STATE_CALLBACKS)
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
  fire_edges (transaction, composite, ready);
  if (composite->n_waiting == 0)
    push (ready, composite);
}

/* Source: behaviour Z24 and Z26; design, section 5, "Order among due jobs". */
static void
set_due (AqTransaction *transaction,
         AqJob         *job)
{
  AqCounters *counters = aq_transaction_edit_counters (transaction);

  job->order = counters->next_order++;
  if (job->begin_after_usec > transaction->now.wall_usec)
    {
      job->due_usec = job->begin_after_usec;
      job->flags |= AQ_JOB_SCHEDULED;
    }
  else
    {
      counters->last_due_usec = MAX (counters->last_due_usec, transaction->now.wall_usec);
      job->due_usec = counters->last_due_usec;
    }
}

static void
enter (AqTransaction  *transaction,
       AqJob          *job,
       GPtrArray     **ready)
{
  set_due (transaction, job);
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

static void
complete (AqTransaction     *transaction,
          AqJob             *job,
          AsyncqJobOutcome   outcome,
          AqResult          *result,
          GPtrArray        **ready)
{
  set_result (transaction, job, outcome, result);
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_RETURN);
  aq_transaction_step (transaction, job, AQ_JOB_EVENT_CALLBACKS_DONE);
  fire_edges (transaction, job, ready);
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

static void
settle (AqTransaction *transaction,
        GPtrArray     *ready)
{
  g_autoptr(GPtrArray) list = ready;

  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      AqJob *job = g_ptr_array_index (list, i);

      if (job->state == ASYNCQ_JOB_STATE_NEW)
        enter (transaction, job, &list);
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
 * Makes one job wait for another, unless that one has ended already.
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
  if (parent->state >= ASYNCQ_JOB_STATE_CALLBACKS || !counts_now (&edge, child))
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
 *
 * Since: 0.1
 */
void
aq_join_enter (AqTransaction *transaction,
               AqJob         *job)
{
  GPtrArray *ready = NULL;

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
 * @job: an active job
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
    fire_edges (transaction, g_ptr_array_index (jobs, i), &ready);
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
 * a slot, until the inner one has ended.
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
  aq_join_wait_for (transaction, inner, outer, AQ_EDGE_ON_ANY, AQ_EDGE_RESULT, type);
  if (outer->n_waiting > 0)
    return;
  push (&ready, outer);
  settle (transaction, ready);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What others see of a job
 */

#include "config.h"

#include "core/aq-job-view.h"

#include "core/aq-job-details.h"
#include "core/aq-lane.h"
#include "core/aq-progress.h"

static void
add (GVariantBuilder *builder,
     const char      *name,
     GVariant        *value)
{
  g_variant_builder_add (builder, "{sv}", name, value);
}

static GVariant *
result_value (const AqJob *job)
{
  AqResult *result = aq_job_get_result (job);
  g_autoptr(GVariant) value = result != NULL ? aq_result_to_variant (result) : NULL;

  return g_variant_new_variant (value != NULL ? value : g_variant_new ("()"));
}

static GVariant *
arguments_value (const AqJob *job)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);

  return g_variant_new_variant (arguments);
}

static gboolean
is_part (const AqEdge *edge)
{
  return edge->role == AQ_EDGE_MEMBER;
}

static gboolean
is_joined (const AqEdge *edge)
{
  return edge->role == AQ_EDGE_JOIN;
}

static void
add_ids (GVariantBuilder *builder,
         const GArray    *edges,
         gboolean       (*wanted) (const AqEdge *edge),
         gboolean         children)
{
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (wanted (edge))
        g_variant_builder_add (builder, "t", children ? edge->child : edge->parent);
    }
}

static GVariant *
members_value (AqTransaction *transaction,
               const AqJob   *job)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("at"));
  if (job->kind != AQ_JOB_CALL)
    add_ids (&builder, aq_transaction_get_edges_out (transaction, job->id), is_part, TRUE);
  else
    add_ids (&builder, aq_transaction_get_edges_in (transaction, job->id), is_joined, FALSE);
  return g_variant_builder_end (&builder);
}

static GVariant *
waits_for_value (AqTransaction *transaction,
                 const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("at"));
  for (guint i = 0; edges != NULL && i < edges->len && job->state != ASYNCQ_JOB_STATE_COMPLETED; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const AqJob *parent = aq_transaction_find_job (transaction, edge->parent);

      if (parent != NULL && !aq_edge_is_over (edge, parent))
        g_variant_builder_add (&builder, "t", edge->parent);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
tags_value (const AqJob *job)
{
  return g_variant_new_strv ((const char * const *) aq_job_get_settings (job)->tags,
                             aq_job_get_settings (job)->tags != NULL ? -1 : 0);
}

/* as they are for this job: of a template with its own arguments */
static GVariant *
limits_value (const AqJob *job)
{
  const AqJobSettings *settings = aq_job_get_settings (job);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < settings->n_limits; i++)
    g_variant_builder_add (&builder, "s", settings->limits[i].instance);
  return g_variant_builder_end (&builder);
}

/**
 * aq_job_view_get_due:
 * @job: a job
 * @now: the present
 *
 * Returns: when it may begin, by what the wall clock shows now; 0 where it waits in
 *   no queue
 *
 * Since: 0.1
 */
gint64
aq_job_view_get_due (const AqJob  *job,
                     const AqTime *now)
{
  if (job->state != ASYNCQ_JOB_STATE_PENDING)
    return 0;
  return (job->flags & AQ_JOB_STEADY) != 0 ? job->due_usec - now->steady_usec + now->wall_usec : job->due_usec;
}

static void
add_view (GVariantBuilder *builder,
          AqTransaction   *transaction,
          const AqJob     *job)
{
  const AqJobExtra empty = { NULL };
  const AqJobExtra *extra = job->extra != NULL ? job->extra : &empty;

  add (builder, "Id", g_variant_new_uint64 (job->id));
  add (builder, "Function", g_variant_new_string (aq_job_get_function (job)));
  add (builder, "Arguments", arguments_value (job));
  add (builder, "Queue", g_variant_new_string (aq_job_get_queue (job)));
  add (builder, "Priority", g_variant_new_byte (job->priority));
  add (builder, "State", g_variant_new_string (asyncq_job_state_to_string (job->state)));
  add (builder, "Outcome", g_variant_new_string (asyncq_job_outcome_to_string (job->outcome)));
  add (builder, "Result", result_value (job));
  add (builder, "Attempt", g_variant_new_uint32 (job->attempt));
  add (builder, "Interruptions", g_variant_new_uint32 (job->interruptions));
  add (builder, "Lease", g_variant_new_uint64 (job->lease));
  add (builder, "Agent", g_variant_new_string (extra->agent != NULL ? extra->agent : ""));
  add (builder, "Worker", g_variant_new_uint32 (extra->worker));
  add (builder, "Created", g_variant_new_int64 (job->created_usec));
  add (builder, "BeginAfter", g_variant_new_int64 (job->begin_after_usec));
  add (builder, "Due", g_variant_new_int64 (aq_job_view_get_due (job, &transaction->now)));
  add (builder, "Skipped", g_variant_new_boolean ((job->flags & AQ_JOB_SKIPPED) != 0));
  add (builder, "Started", g_variant_new_int64 (extra->started_usec));
  add (builder, "Ended", g_variant_new_int64 (extra->ended_usec));
  add (builder, "SubmitKey", g_variant_new_string (extra->submit_key != NULL ? extra->submit_key : ""));
  add (builder, "Members", members_value (transaction, job));
  add (builder, "WaitsFor", waits_for_value (transaction, job));
  add (builder, "Tags", tags_value (job));
  add (builder, "Limits", limits_value (job));
  add (builder, "Sequence", g_variant_new_uint64 (job->sequence));
}

/**
 * aq_job_view_new:
 * @transaction: a transaction
 * @job: a job of it
 *
 * Returns: (transfer floating): a{sv} with keys and types of properties of
 *   org.asyncq.Job1: those that a list shows
 *
 * Since: 0.1
 */
GVariant *
aq_job_view_new (AqTransaction *transaction,
                 const AqJob   *job)
{
  g_autoptr(GVariant) progress = aq_progress_dup (job);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_view (&builder, transaction, job);
  /* most jobs have none */
  if (progress != NULL)
    add (&builder, "Progress", progress);
  return g_variant_builder_end (&builder);
}

/**
 * aq_job_view_new_full:
 * @transaction: a transaction
 * @job: a job of it
 * @live: (nullable): evidence of the attempt that runs, not trusted
 *
 * Returns: (transfer floating): a{sv} with the keys and types of all properties of
 *   org.asyncq.Job1
 *
 * Since: 0.1
 */
GVariant *
aq_job_view_new_full (AqTransaction *transaction,
                      const AqJob   *job,
                      GVariant      *live)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_view (&builder, transaction, job);
  aq_job_details_add (&builder, transaction, job, live);
  return g_variant_builder_end (&builder);
}

static void
add_member (GVariantBuilder *builder,
            const AqJob     *member)
{
  g_autoptr(GVariant) result = aq_result_to_variant (aq_job_get_result (member));
  gboolean succeeded = member->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED;

  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  add (builder, "id", g_variant_new_uint64 (member->id));
  add (builder, "function", g_variant_new_string (aq_job_get_function (member)));
  add (builder, "state", g_variant_new_string (asyncq_job_state_to_string (member->state)));
  add (builder, "outcome", g_variant_new_string (asyncq_job_outcome_to_string (member->outcome)));
  add (builder, succeeded ? "result" : "error", result);
  g_variant_builder_close (builder);
}

/**
 * aq_job_view_members:
 * @transaction: a transaction
 * @job: a job that others have joined in, all ended
 *
 * Returns: (transfer floating): aa{sv}: the jobs that joined, in order, with
 *   `id` t, `function` s, `state` s, `outcome` s, and `result` (its value) if it
 *   succeeded, else `error` (sis)
 *
 * Source: design, section 7; behaviour Z80 to Z82.
 *
 * Since: 0.1
 */
GVariant *
aq_job_view_members (AqTransaction *transaction,
                     const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const AqJob *member = is_joined (edge) ? aq_transaction_get_job (transaction, edge->parent) : NULL;

      if (member != NULL)
        add_member (&builder, member);
    }
  return g_variant_builder_end (&builder);
}

/**
 * aq_job_view_counts:
 * @transaction: a transaction
 * @job: a job that others have joined in, all ended
 *
 * Returns: (transfer floating): a{su}: how many of them ended in which way
 *
 * Since: 0.1
 */
GVariant *
aq_job_view_counts (AqTransaction *transaction,
                    const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  guint32 counts[ASYNCQ_N_JOB_OUTCOMES] = { 0 };
  GVariantBuilder builder;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (is_joined (edge))
        counts[aq_transaction_get_job (transaction, edge->parent)->outcome]++;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  for (guint outcome = ASYNCQ_JOB_OUTCOME_NONE + 1; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    g_variant_builder_add (&builder, "{su}", asyncq_job_outcome_to_string (outcome), counts[outcome]);
  return g_variant_builder_end (&builder);
}

/* the member that was the first to fail, of the job whose callback @edges lead to */
static const AqJob *
find_first_failure (AqTransaction *transaction,
                    const GArray  *edges)
{
  for (guint i = 0; i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_NEXT && edge->on == AQ_EDGE_ON_FAILURE)
        return aq_transaction_get_job (transaction, edge->parent);
    }
  return NULL;
}

static GVariant *
callback_value (AqTransaction *transaction,
                const GArray  *edges)
{
  const AqEdge *edge = &g_array_index (edges, AqEdge, 0);
  const AqJob *from = edge->on == AQ_EDGE_ON_FIRST_FAILURE ? find_first_failure (transaction, edges)
                                                           : aq_transaction_get_job (transaction, edge->parent);
  AqResult *result = from != NULL ? aq_job_get_result (from) : NULL;
  g_autoptr(GVariant) value = result != NULL ? aq_result_to_variant (result) : g_variant_ref_sink (g_variant_new ("()"));

  return edge->type != NULL ? g_steal_pointer (&value) : g_variant_ref_sink (g_variant_new_variant (value));
}

/**
 * aq_job_view_handed_over:
 * @transaction: a transaction
 * @job: a job that has been claimed
 *
 * A postprocess function is given the jobs that joined in it, be they none. A
 * callback is given the value or the failure of the job whose callback it is, as
 * `v` or as the type of its parameter; on first-failure the failure of the first
 * member that failed.
 *
 * Source: behaviour Z58, Z80; design, section 7.
 *
 * Returns: (transfer full) (nullable): what @job is given by others as the last
 *   argument of its function; %NULL if it is given nothing
 *
 * Since: 0.1
 */
GVariant *
aq_job_view_handed_over (AqTransaction *transaction,
                         const AqJob   *job)
{
  const GArray *edges = job->kind == AQ_JOB_CALL ? aq_transaction_get_edges_in (transaction, job->id) : NULL;

  if (edges != NULL && aq_job_is_callback (job))
    return callback_value (transaction, edges);
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    if (g_array_index (edges, AqEdge, i).role == AQ_EDGE_POSTPROCESS)
      return g_variant_ref_sink (aq_job_view_members (transaction, job));
  return NULL;
}

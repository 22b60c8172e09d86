/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A claimed job goes to a worker
 *
 * What the worker is told of the job is put together here: its arguments, with what
 * other jobs hand over, its checkpoint and its object. The engine lends the job only
 * for that long.
 */

#include "config.h"

#include "work/aq-assignment.h"

#include "core/aq-edge.h"
#include "core/aq-engine-data.h"
#include "core/aq-engine-objects.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "work/aq-attempt.h"

/* Returns: the composite job that it is a part of, or the job whose callback it is; 0: none */
static guint64
parent_of (const AqJob *job)
{
  const GArray *edges = job->extra == NULL ? NULL : job->extra->edges_in;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS || edge->role == AQ_EDGE_CALLBACK)
        return edge->parent;
    }
  return 0;
}

/* The declared type of a function that other jobs give something ends with that. */
static GVariant *
append_argument (const AqJob *job,
                 GVariant    *last)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  gsize n_arguments = g_variant_n_children (arguments);
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < n_arguments; i++)
    g_ptr_array_add (children, g_variant_get_child_value (arguments, i));
  g_ptr_array_add (children, g_variant_ref (last));
  return g_variant_ref_sink (g_variant_new_tuple ((GVariant * const *) children->pdata, children->len));
}

/* It fails before anybody runs it. */
static void
fail_at_once (AqEngine     *engine,
              const AqJob  *job,
              const GError *failure,
              gboolean      is_final)
{
  const AqCause cause = { .kind = AQ_CAUSE_ERROR, .is_final = is_final };
  AqRun run = {
    .id = job->id,
    .lease = job->lease,
    .started_usec = aq_clock_get_wall (aq_engine_get_clock (engine)),
  };

  aq_attempt_fail (engine, &run, 0, failure, &cause, NULL, NULL);
}

static void
fail_too_large (AqEngine    *engine,
                const AqJob *job)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                         "the arguments, with the results of other jobs, are larger than %d bytes",
                         AQ_WIRE_MAX_VALUE_BYTES);
  /* what it is handed over does not get any smaller */
  fail_at_once (engine, job, failure, TRUE);
}

static void
fail_unbound (AqEngine    *engine,
              const AqJob *job,
              const char  *object)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_OBJECT, "there is no object '%s' any more", object);
  fail_at_once (engine, job, failure, FALSE);
}

/* The engine thinks that there is such a function, and there is none: the job fails. */
void
aq_assignment_fail_unknown (AqEngine    *engine,
                            const AqJob *job)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION, "no plugin has a function '%s'",
                         aq_job_get_function (job));
  fail_at_once (engine, job, failure, FALSE);
}

/**
 * aq_assignment_give:
 * @engine: the engine
 * @worker: a worker that has room for the job
 * @job: a job that was claimed
 * @function: its function
 * @grant: (nullable): what it may take
 *
 * Puts the job at the end of the worker's line, or has it fail before anybody runs
 * it, where it cannot be handed over.
 *
 * Returns: whether the worker has it
 */
gboolean
aq_assignment_give (AqEngine              *engine,
                    AqWorker              *worker,
                    const AqJob           *job,
                    AqPluginFunction      *function,
                    const AqResourceGrant *grant)
{
  g_autoptr(GVariant) handed_over = aq_engine_dup_handed_over (engine, job);
  g_autoptr(GVariant) checkpoint = aq_engine_dup_checkpoint (engine, job);
  const char *bound_to = aq_job_get_settings (job)->object;
  g_autoptr(GVariant) arguments = NULL;
  g_autoptr(GVariant) object = NULL;
  guint64 version = 0;
  AqWireRun run = {
    .id = job->id,
    .lease = job->lease,
    .parent = parent_of (job),
    .attempt = job->attempt + 1, /* the one that is about to begin */
    .function = function->name,
    .queue = aq_job_get_queue (job),
    .arguments_type = job->lane->arguments_type,
    .arguments = job->arguments,
    .arguments_size = job->arguments_size,
  };

  if (handed_over != NULL)
    {
      arguments = append_argument (job, handed_over);
      run.arguments_type = g_variant_get_type_string (arguments);
      run.arguments = g_variant_get_data (arguments);
      run.arguments_size = g_variant_get_size (arguments);
    }
  if (run.arguments_size > AQ_WIRE_MAX_VALUE_BYTES)
    {
      fail_too_large (engine, job);
      return FALSE;
    }
  if (bound_to != NULL)
    object = aq_engine_dup_object (engine, job, &version);
  if (bound_to != NULL && object == NULL)
    {
      fail_unbound (engine, job, bound_to);
      return FALSE;
    }
  aq_wire_value_set (&run.checkpoint, checkpoint);
  aq_wire_value_set (&run.object, object);
  aq_worker_push_run (worker, &run, function, job->lane->queue);
  if (grant != NULL)
    aq_worker_limit_run (worker, grant);
  if (bound_to != NULL)
    aq_worker_bind_run (worker, bound_to, version);
  return TRUE;
}

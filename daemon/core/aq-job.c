/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Job and result
 */

#include "config.h"

#include "core/aq-job.h"

#include "core/aq-edge.h"
#include "core/aq-evidence.h"
#include "core/aq-job-past.h"
#include "core/aq-job-settings.h"
#include "core/aq-lane.h"
#include "core/aq-transaction.h"

#include <string.h>

/* GVariant wants its data aligned to 8, and malloc aligns the structs */
G_STATIC_ASSERT (G_STRUCT_OFFSET (AqJob, arguments) % 8 == 0);
G_STATIC_ASSERT (G_STRUCT_OFFSET (AqResult, data) % 8 == 0);

/**
 * aq_job_new:
 * @id: the job's id
 * @lane: (transfer full): its queue, function and type of arguments
 * @arguments: a tuple of the lane's type, serialised
 * @arguments_size: in bytes
 *
 * Returns: (transfer full): a job in state NEW that nothing knows of yet
 *
 * Since: 0.1
 */
AqJob *
aq_job_new (guint64        id,
            AqLane        *lane,
            gconstpointer  arguments,
            gsize          arguments_size)
{
  AqJob *self = g_malloc (sizeof (AqJob) + arguments_size);

  memset (self, 0, sizeof (AqJob));
  self->id = id;
  self->lane = lane;
  self->counted = AQ_JOB_NOT_COUNTED;
  self->priority = AQ_PRIORITY_DEFAULT;
  self->arguments_size = arguments_size;
  if (arguments_size > 0)
    memcpy (self->arguments, arguments, arguments_size);
  return self;
}

static void
clear_edge (gpointer data)
{
  AqEdge *edge = data;

  g_clear_pointer (&edge->type, g_ref_string_release);
}

static GArray *
edges_new (void)
{
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (AqEdge));

  g_array_set_clear_func (edges, clear_edge);
  return edges;
}

static void
extra_free (AqJobExtra *extra)
{
  g_free (extra->submit_key);
  g_free (extra->unique_key);
  g_clear_pointer (&extra->settings, aq_job_settings_unref);
  g_clear_pointer (&extra->past, aq_job_past_free);
  g_clear_pointer (&extra->annotations, g_variant_unref);
  g_clear_pointer (&extra->data, g_variant_unref);
  g_free (extra->deadlines);
  g_clear_pointer (&extra->agent, g_ref_string_release);
  g_clear_pointer (&extra->evidence, g_variant_unref);
  g_clear_pointer (&extra->result, aq_result_unref);
  g_clear_pointer (&extra->edges_out, g_array_unref);
  g_clear_pointer (&extra->edges_in, g_array_unref);
  g_free (extra);
}

void
aq_job_free (AqJob *self)
{
  g_clear_pointer (&self->extra, extra_free);
  aq_lane_unref (self->lane);
  g_free (self);
}

AqJobExtra *
aq_job_ensure_extra (AqJob *self)
{
  if (self->extra == NULL)
    self->extra = g_new0 (AqJobExtra, 1);
  return self->extra;
}

/**
 * aq_job_set_witness:
 * @self: a job
 * @usage: (nullable): what its newest attempt has taken
 * @evidence: (nullable): what else is known of it; not trusted
 *
 * Takes the place of what was known before.
 *
 * Since: 0.1
 */
void
aq_job_set_witness (AqJob         *self,
                    const AqUsage *usage,
                    GVariant      *evidence)
{
  AqJobExtra *extra = aq_job_ensure_extra (self);

  extra->is_measured = usage != NULL;
  if (usage != NULL)
    extra->usage = *usage;
  g_clear_pointer (&extra->evidence, g_variant_unref);
  if (evidence != NULL)
    extra->evidence = aq_evidence_new (evidence);
}

static void
append_edge (GArray       **edges,
             const AqEdge  *edge)
{
  AqEdge copy = *edge;

  if (*edges == NULL)
    *edges = edges_new ();
  if (copy.type != NULL)
    copy.type = g_ref_string_acquire (copy.type);
  g_array_append_val (*edges, copy);
}

/**
 * aq_job_add_edge:
 * @self: the edge's parent or child
 * @edge: the edge, copied
 *
 * Remembers an edge at one of its ends.
 *
 * Since: 0.1
 */
void
aq_job_add_edge (AqJob        *self,
                 const AqEdge *edge)
{
  AqJobExtra *extra = aq_job_ensure_extra (self);

  if (edge->parent == self->id)
    append_edge (&extra->edges_out, edge);
  if (edge->child == self->id)
    append_edge (&extra->edges_in, edge);
}

/**
 * aq_job_is_callback:
 * @self: a job
 *
 * Returns: whether it is a callback of another job
 *
 * Since: 0.1
 */
gboolean
aq_job_is_callback (const AqJob *self)
{
  const GArray *edges = self->extra != NULL ? self->extra->edges_in : NULL;

  /* a put makes the edge to the parent before all others */
  return edges != NULL && edges->len > 0 && g_array_index (edges, AqEdge, 0).role == AQ_EDGE_CALLBACK;
}

/**
 * aq_job_get_given_type:
 * @self: a job
 *
 * Returns: (nullable): the type of what other jobs hand over to its function as the
 *   last argument, which is not among its arguments; %NULL if they hand over nothing
 *
 * Since: 0.1
 */
const char *
aq_job_get_given_type (const AqJob *self)
{
  const GArray *edges = self->extra != NULL ? self->extra->edges_in : NULL;
  const AqEdge *first = edges != NULL && edges->len > 0 ? &g_array_index (edges, AqEdge, 0) : NULL;

  /* A put makes the edges of the composite job, or to the parent, before all others; members join only in
   * composite jobs and postprocess functions. */
  if (first == NULL || self->kind != AQ_JOB_CALL)
    return NULL;
  if (first->role == AQ_EDGE_POSTPROCESS || first->role == AQ_EDGE_JOIN)
    return "aa{sv}";
  return first->role != AQ_EDGE_CALLBACK ? NULL : first->type != NULL ? first->type : "v";
}

/**
 * aq_job_get_function:
 * @self: a job
 *
 * Returns: plugin.function, or the name of the composite kind
 *
 * Since: 0.1
 */
const char *
aq_job_get_function (const AqJob *self)
{
  return self->lane->function;
}

const char *
aq_job_get_queue (const AqJob *self)
{
  return self->lane->queue;
}

/**
 * aq_job_dup_arguments:
 * @self: a job
 *
 * Returns: (transfer full): the arguments that were given at the put, a tuple
 *
 * Since: 0.1
 */
GVariant *
aq_job_dup_arguments (const AqJob *self)
{
  gpointer copy = g_memdup2 (self->arguments, self->arguments_size);

  return g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (self->lane->arguments_type), copy,
                                                      self->arguments_size, TRUE, g_free, copy));
}

AqResult *
aq_job_get_result (const AqJob *self)
{
  return self->extra != NULL ? self->extra->result : NULL;
}

/**
 * aq_job_is_due:
 * @self: a pending job
 * @now: what the clocks show
 *
 * A job that was not delayed is due whatever its due time, which is for the order
 * alone: after the clock was set back it lies in the future.
 *
 * Returns: whether the job may be started
 *
 * Since: 0.1
 */
gboolean
aq_job_is_due (const AqJob  *self,
               const AqTime *now)
{
  if (self->flags & AQ_JOB_STEADY)
    return self->due_usec <= now->steady_usec;
  return !(self->flags & AQ_JOB_SCHEDULED) || self->due_usec <= now->wall_usec;
}

/**
 * aq_job_holds_slot:
 * @self: a job
 *
 * Returns: whether an agent has it and a worker is, or may be, running it
 *
 * Since: 0.1
 */
gboolean
aq_job_holds_slot (const AqJob *self)
{
  return self->state == ASYNCQ_JOB_STATE_ASSIGNED ||
         (self->state == ASYNCQ_JOB_STATE_ACTIVE && !(self->flags & AQ_JOB_WAITING));
}

/**
 * aq_job_holds_limits:
 * @self: a job
 *
 * One that was interrupted keeps its place until it runs again; one that waits for
 * jobs that it returned has left it to others. Follows from the job alone.
 *
 * Source: behaviour Z43, F21, X9.
 *
 * Returns: whether it has a place of each limit that it is under
 *
 * Since: 0.1
 */
gboolean
aq_job_holds_limits (const AqJob *self)
{
  return aq_job_holds_slot (self) ||
         (self->state == ASYNCQ_JOB_STATE_PENDING && (self->flags & AQ_JOB_PUT_BACK) && self->attempt > 0 &&
          !(self->flags & AQ_JOB_LEFT_PLACE));
}

/**
 * aq_job_get_settings:
 * @self: a job
 *
 * Returns: (transfer none): how the job is to be treated
 *
 * Since: 0.1
 */
const AqJobSettings *
aq_job_get_settings (const AqJob *self)
{
  return self->extra != NULL && self->extra->settings != NULL ? self->extra->settings : &aq_job_settings_default;
}

AqJobPast *
aq_job_ensure_past (AqJob *self)
{
  AqJobExtra *extra = aq_job_ensure_extra (self);

  if (extra->past == NULL)
    extra->past = aq_job_past_new ();
  return extra->past;
}

/* a job that was told to stop has no deadlines: whoever told it sees to its end */
static gint64
get_steady_deadline (const AqJob *self)
{
  const AqJobPast *past = self->extra->past;
  gint64 run_timeout_usec = aq_job_get_settings (self)->run_timeout_usec;
  gint64 usec = G_MAXINT64;

  if (self->flags & AQ_JOB_STOPPING)
    return G_MAXINT64;
  if (past != NULL && past->give_up_usec != 0 && self->state < ASYNCQ_JOB_STATE_CALLBACKS)
    usec = past->give_up_usec;
  if (run_timeout_usec > 0 && self->state == ASYNCQ_JOB_STATE_ACTIVE && aq_job_holds_slot (self))
    usec = MIN (usec, self->extra->started_steady_usec + run_timeout_usec);
  return usec;
}

/**
 * aq_job_get_deadline:
 * @self: a job
 * @kind: of which clock
 *
 * When the rules have to look at the job, at the latest: its time to begin has
 * passed (wall clock), or that of its attempt or of the job as a whole (steady
 * clock). Follows from the job alone.
 *
 * Returns: a time of that clock, or %G_MAXINT64 if there is none now
 *
 * Since: 0.1
 */
gint64
aq_job_get_deadline (const AqJob *self,
                     AqTimeKind   kind)
{
  if (self->extra == NULL)
    return G_MAXINT64;
  if (kind == AQ_TIME_STEADY)
    return get_steady_deadline (self);
  if (self->state == ASYNCQ_JOB_STATE_PENDING && self->extra->past != NULL && self->extra->past->begin_by_usec != 0)
    return self->extra->past->begin_by_usec;
  return G_MAXINT64;
}

/**
 * aq_result_new:
 * @type: a GVariant type
 * @data: a value of it, serialised, in normal form
 * @size: in bytes
 *
 * Returns: (transfer full): a result that holds a copy
 *
 * Since: 0.1
 */
AqResult *
aq_result_new (const char    *type,
               gconstpointer  data,
               gsize          size)
{
  AqResult *self = g_malloc (sizeof (AqResult) + size);

  g_atomic_ref_count_init (&self->ref_count);
  self->size = size;
  /* a handful of types serve all jobs, so they are shared */
  self->type = g_ref_string_new_intern (type);
  if (size > 0)
    memcpy (self->data, data, size);
  return self;
}

AqResult *
aq_result_new_variant (GVariant *value)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (value);
  g_autoptr(GVariant) normal = g_variant_get_normal_form (sunk);

  return aq_result_new (g_variant_get_type_string (normal), g_variant_get_data (normal), g_variant_get_size (normal));
}

/**
 * aq_result_new_failure:
 * @failure: why a job failed
 *
 * Returns: (transfer full): a result of type `(sis)`: domain, code, message
 *
 * Since: 0.1
 */
AqResult *
aq_result_new_failure (const GError *failure)
{
  g_autofree char *message = g_utf8_make_valid (failure->message, -1);

  return aq_result_new_variant (g_variant_new ("(sis)", g_quark_to_string (failure->domain), failure->code,
                                               message));
}

AqResult *
aq_result_ref (AqResult *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_result_unref (AqResult *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_ref_string_release (self->type);
  g_free (self);
}

static void
unref_result (gpointer result)
{
  aq_result_unref (result);
}

/**
 * aq_result_to_variant:
 * @self: a result
 *
 * Returns: (transfer full): its value, which shares the result's memory
 *
 * Since: 0.1
 */
GVariant *
aq_result_to_variant (AqResult *self)
{
  return g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (self->type), self->data, self->size, TRUE,
                                                      unref_result, aq_result_ref (self)));
}

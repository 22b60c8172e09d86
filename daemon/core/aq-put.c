/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Put
 *
 * A list of drafts becomes jobs and edges in three passes: jobs, edges, and
 * what has nothing to wait for goes into its queue. A composite job is wired so
 * (parallel; "start" fires when the composite job starts, the rest at the end):
 *
 *        ┌── start ──► member 1 ──┐ join
 *   composite ─ start ──► member 2 ──┴──► postprocess ── result ──► composite
 *        └── start ──────────────────────►┘
 *
 * In a serial one each member also waits for the one before it. Without a
 * postprocess job the members join in the composite job itself. A member that is
 * appended to a composite job that is there is wired in the same way.
 *
 *        ┌── callback ──► callback 1 ──┐ next
 *   any job ── callback ──► callback 2 ◄┘
 *
 * The edge to a job's parent is made before all others into it.
 */

#include "config.h"

#include "core/aq-put.h"

#include "core/aq-draft-edges.h"
#include "core/aq-job-past.h"
#include "core/aq-join.h"
#include "core/aq-lane.h"
#include "core/aq-limit.h"
#include "core/aq-object.h"
#include "core/aq-put-cycle.h"
#include "core/aq-rules.h"
#include "core/aq-unique.h"

#include <string.h>

/* more than a store writes for a put, for each job beside its texts, and for a part's edges */
#define PUT_BYTES 1024
#define DRAFT_BYTES 160
#define PART_BYTES 160
#define AFTER_BYTES 64
#define PAST_BYTES 256

typedef struct
{
  guint64 id;         /* 0 where a part of a composite job that was there before cannot be found */
  AqJob *job;         /* NULL where it was there before, and is no part of one that was not */
  AqJob *postprocess; /* of a composite job: nullable */
  guint  last_member; /* of a composite job: index of its newest member so far + 1; 0: none */
  guint  before;      /* of a member: index of the one before it + 1; 0: none */
  guint  at_part;     /* of a composite job that was there: behind which edge the next part comes */
  guint  at_callback; /* of a job that was there: likewise */
  gboolean existing;  /* an earlier submit with the same key made it */
  AqUniquePlace place; /* in its queue, where it has replaced another job */
} Put;

/**
 * aq_put_check:
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Checks what can be wrong with drafts as a list; each by itself has been checked.
 *
 * Errors: those of aq_draft_edges_check().
 *
 * Returns: whether they can be put
 *
 * Since: 0.1
 */
gboolean
aq_put_check (const AqDraft  *drafts,
              guint           n_drafts,
              GError        **error)
{
  return aq_draft_edges_check (drafts, n_drafts, error);
}

static gboolean
is_part (const AqEdge *edge)
{
  return edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS;
}

static gboolean
is_callback (const AqEdge *edge)
{
  return edge->role == AQ_EDGE_CALLBACK;
}

static guint64
find_child (AqTransaction  *transaction,
            guint64         parent,
            gboolean      (*wanted) (const AqEdge *edge),
            guint          *at)
{
  const GArray *edges = parent != 0 ? aq_transaction_get_edges_out (transaction, parent) : NULL;

  while (edges != NULL && *at < edges->len)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, (*at)++);

      if (wanted (edge))
        return edge->child;
    }
  return 0;
}

/* the job that an existing parent was submitted with in the place of @draft */
static guint64
find_part (AqTransaction *transaction,
           Put           *parent,
           const AqDraft *draft)
{
  if (draft->role == AQ_EDGE_CALLBACK)
    return find_child (transaction, parent->id, is_callback, &parent->at_callback);
  return find_child (transaction, parent->id, is_part, &parent->at_part);
}

static gboolean
is_away (AqTransaction *transaction,
         guint64        id)
{
  AqJobBrief brief;

  return id != 0 && aq_transaction_get_brief (transaction, id, &brief) && brief.away;
}

static void
add_away (AqTransaction *transaction,
          guint64        id,
          GArray        *ids)
{
  if (is_away (transaction, id))
    g_array_append_val (ids, id);
}

static gboolean
check_parent_is (const AqJobBrief  *brief,
                 guint              index,
                 GError           **error)
{
  static const char *const composites[] = { AQ_FUNCTION_PARALLEL, AQ_FUNCTION_SERIAL, AQ_FUNCTION_BATCH, NULL };

  if (g_strv_contains (composites, brief->lane->function))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "entry %u: job %" G_GUINT64_FORMAT ", its parent, is not a composite job", index, brief->id);
  return FALSE;
}

/* Members join in a postprocess job, where there is one, and else in the composite job itself. */
static AqJob *
find_postprocess (AqTransaction *transaction,
                  const AqJob   *composite)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, composite->id);

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_RESULT)
        return aq_transaction_find_job (transaction, edge->parent);
      if (edge->role == AQ_EDGE_JOIN)
        return NULL;
    }
  return NULL;
}

/* Source: behaviour Z83: before its postprocess job begins. */
static gboolean
check_extension (AqTransaction     *transaction,
                 const AqJobBrief  *brief,
                 guint              index,
                 GError           **error)
{
  const AqJob *composite = aq_transaction_find_job (transaction, brief->id);
  const AqJob *postprocess = composite != NULL ? find_postprocess (transaction, composite) : NULL;

  if (composite != NULL && composite->state < ASYNCQ_JOB_STATE_CALLBACKS &&
      (postprocess == NULL || postprocess->state == ASYNCQ_JOB_STATE_NEW))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
               "entry %u: job %" G_GUINT64_FORMAT " takes no more members: %s", index, brief->id,
               composite == NULL || composite->state >= ASYNCQ_JOB_STATE_CALLBACKS
                 ? "it has ended"
                 : "all of its members are done");
  return FALSE;
}

static gboolean
check_result_type (AqTransaction     *transaction,
                   const AqDraft     *draft,
                   const AqJobBrief  *brief,
                   guint              index,
                   GError           **error)
{
  const AqJob *parent = aq_transaction_find_job (transaction, brief->id);
  const char *type;

  if (draft->parameter_type == NULL || parent == NULL || parent->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    return TRUE;
  type = aq_job_get_result (parent)->type;
  if (g_str_equal (type, draft->parameter_type))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
               "entry %u: a callback whose type does not fit its parent's result: '%s' takes '%s' last, the result of "
               "job %" G_GUINT64_FORMAT " is of type '%s'", index, draft->function, draft->parameter_type, brief->id,
               type);
  return FALSE;
}

static gboolean
require_brief (AqTransaction  *transaction,
               guint64         id,
               guint           index,
               AqJobBrief     *out_brief,
               GError        **error)
{
  if (aq_transaction_get_brief (transaction, id, out_brief))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB, "entry %u: there is no job %" G_GUINT64_FORMAT, index,
               id);
  return FALSE;
}

static gboolean
check_jobs_of (AqTransaction  *transaction,
               const AqDraft  *draft,
               guint           index,
               GError        **error)
{
  AqJobBrief brief;

  for (guint i = 0; i < draft->n_after; i++)
    if (draft->after[i].job != 0 && !require_brief (transaction, draft->after[i].job, index, &brief, error))
      return FALSE;
  if (draft->parent_job == 0)
    return TRUE;
  if (!require_brief (transaction, draft->parent_job, index, &brief, error))
    return FALSE;
  if (draft->role == AQ_EDGE_CALLBACK)
    return (draft->on != AQ_EDGE_ON_FIRST_FAILURE || check_parent_is (&brief, index, error)) &&
           check_result_type (transaction, draft, &brief, index, error);
  return check_parent_is (&brief, index, error) && check_extension (transaction, &brief, index, error);
}

static guint64
find_submitted (AqTransaction *transaction,
                const AqDraft *draft)
{
  return draft->submit_key != NULL ? aq_transaction_find_submit_key (transaction, draft->submit_key) : 0;
}

/* Returns: the job of an earlier submit that stands for the draft by a key, 0 for none */
static guint64
find_existing (AqTransaction *transaction,
               const AqDraft *draft)
{
  guint64 known = find_submitted (transaction, draft);

  return known != 0 || draft->unique_key == NULL ? known : aq_unique_find_winner (transaction, draft);
}

/* A draft that may end others as it is put: who held a key before need not hold it for those behind. */
static gboolean
may_replace (const AqDraft *draft)
{
  return draft->unique_key != NULL && draft->unique_conflict != AQ_UNIQUE_SKIP;
}

/* Sets of each put whether an earlier submit has made it, and which job it is. */
static void
find_all_existing (AqTransaction *transaction,
                   const AqDraft *drafts,
                   guint          n_drafts,
                   Put           *puts)
{
  gboolean replaces = FALSE;

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      Put *parent = draft->parent != AQ_DRAFT_NO_PARENT ? &puts[draft->parent] : NULL;
      gboolean belongs = parent != NULL && parent->existing;

      if (belongs)
        puts[i].id = is_away (transaction, parent->id) ? 0 : find_part (transaction, parent, draft);
      else
        puts[i].id = find_existing (transaction, draft);
      puts[i].existing = belongs || (replaces ? find_submitted (transaction, draft) : puts[i].id) != 0;
      replaces |= may_replace (draft);
    }
}

static gboolean
check_cycle (AqTransaction  *transaction,
             const AqDraft  *drafts,
             guint           n_drafts,
             guint64         outer,
             guint           returned,
             GError        **error)
{
  g_autofree Put *puts = g_new0 (Put, n_drafts);
  g_autofree guint64 *existing = g_new0 (guint64, n_drafts);
  const AqPutCycleList list = { drafts, n_drafts, existing, outer, returned };

  find_all_existing (transaction, drafts, n_drafts, puts);
  for (guint i = 0; i < n_drafts; i++)
    existing[i] = puts[i].existing ? puts[i].id : 0;
  if (outer != 0 && puts[returned].existing && puts[returned].id == 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "entry %u: it is returned, but its parent was put by an earlier submit, and without it", returned);
      return FALSE;
    }
  return aq_put_cycle_check (transaction, &list, error);
}

/* whether a job that there is may come to wait for one of them */
static gboolean
makes_wait (const AqDraft *drafts,
            guint          n_drafts)
{
  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].parent_job != 0)
      return TRUE;
  return FALSE;
}

/**
 * aq_put_check_jobs:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @outer: the job that puts them, if it returns one of them; 0: none
 * @returned: the index of that one
 * @error: return location for an error
 *
 * Checks what drafts say about jobs that there are, except for those drafts that
 * earlier submits have put, or that a job with the same unique key stands for.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_BAD_STATE` if a composite job
 * takes no more members; `ASYNCQ_ERROR_INVALID` if it is none, or would wait for
 * itself; `ASYNCQ_ERROR_BAD_ARGUMENTS` if a callback does not take the result that
 * there is.
 *
 * Returns: whether they can be put
 *
 * Since: 0.1
 */
gboolean
aq_put_check_jobs (AqTransaction  *transaction,
                   const AqDraft  *drafts,
                   guint           n_drafts,
                   guint64         outer,
                   guint           returned,
                   GError        **error)
{
  gboolean replaces = FALSE;

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      gboolean wants_jobs = draft->n_after > 0 || draft->parent_job != 0;

      if (wants_jobs && (replaces ? find_submitted (transaction, draft) : find_existing (transaction, draft)) == 0 &&
          !check_jobs_of (transaction, draft, i, error))
        return FALSE;
      replaces |= may_replace (draft);
    }
  if (outer == 0 && !makes_wait (drafts, n_drafts))
    return TRUE;
  return check_cycle (transaction, drafts, n_drafts, outer, returned, error);
}

/**
 * aq_put_list_away:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @returned: index of the draft whose result becomes another's, or
 *   %AQ_DRAFT_NO_PARENT
 * @ids: (element-type guint64): where to append
 *
 * Lists the jobs of earlier submits that are away and must be in memory when the
 * drafts are put: those that are to be joined in a new job, those whose parts or
 * callbacks are wanted, and those that a draft belongs to or follows. When they are
 * there may be more: ask again, until there are none.
 *
 * Since: 0.1
 */
void
aq_put_list_away (AqTransaction *transaction,
                  const AqDraft *drafts,
                  guint          n_drafts,
                  guint          returned,
                  GArray        *ids)
{
  g_autofree Put *puts = g_new0 (Put, n_drafts);

  find_all_existing (transaction, drafts, n_drafts, puts);
  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      Put *parent = draft->parent != AQ_DRAFT_NO_PARENT ? &puts[draft->parent] : NULL;
      gboolean belongs = parent != NULL && parent->existing;
      gboolean wanted = i == returned || draft->kind != AQ_JOB_CALL || (parent != NULL && !belongs);

      if (wanted)
        add_away (transaction, puts[i].id, ids);
      /* whose callbacks are wanted */
      if (belongs && draft->role == AQ_EDGE_CALLBACK)
        add_away (transaction, parent->id, ids);
      if (!puts[i].existing)
        add_away (transaction, draft->parent_job, ids);
    }
  for (guint i = 0; i < n_drafts; i++)
    for (guint k = 0; k < drafts[i].n_after && !puts[i].existing; k++)
      {
        const AqDraftAfter *after = &drafts[i].after[k];

        add_away (transaction, after->job != 0 ? after->job : puts[after->draft].id, ids);
      }
}

/**
 * aq_put_is_known:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 *
 * Returns: whether earlier submits have made all of these jobs, so that a put
 *   changes nothing
 *
 * Since: 0.1
 */
gboolean
aq_put_is_known (AqTransaction *transaction,
                 const AqDraft *drafts,
                 guint          n_drafts)
{
  /* a part of a composite job that is known is known, so only the others count */
  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].parent == AQ_DRAFT_NO_PARENT &&
        (drafts[i].submit_key == NULL || aq_transaction_find_submit_key (transaction, drafts[i].submit_key) == 0))
      return FALSE;
  return TRUE;
}

static guint64
get_length (const char *text)
{
  return text != NULL ? strlen (text) : 0;
}

/**
 * aq_put_get_max_bytes:
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 *
 * Returns: how many bytes a put of them takes in a store, at the most
 *
 * Since: 0.1
 */
guint64
aq_put_get_max_bytes (const AqDraft *drafts,
                      guint          n_drafts)
{
  guint64 n_bytes = PUT_BYTES + (guint64) n_drafts * DRAFT_BYTES;

  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];

      n_bytes += draft->arguments_size + get_length (draft->queue) + get_length (draft->function) +
                 get_length (draft->arguments_type) + get_length (draft->submit_key) + get_length (draft->unique_key) +
                 get_length (draft->parameter_type) +
                 (draft->parent != AQ_DRAFT_NO_PARENT || draft->parent_job != 0 ? PART_BYTES : 0) +
                 (guint64) draft->n_after * AFTER_BYTES +
                 (draft->settings != NULL ? PAST_BYTES + g_variant_get_size (draft->settings->value) : 0);
    }
  return n_bytes;
}

/* of a callback: as its parent, where it does not say otherwise */
static void
set_defaults (AqTransaction *transaction,
              AqDraft       *draft,
              const Put     *parent,
              const char    *default_queue)
{
  const AqJob *job = NULL;

  if (draft->role == AQ_EDGE_CALLBACK && parent != NULL)
    job = parent->job;
  else if (draft->role == AQ_EDGE_CALLBACK)
    job = aq_transaction_get_job (transaction, draft->parent_job);
  if (draft->queue == NULL)
    draft->queue = job != NULL ? aq_job_get_queue (job) : default_queue;
  if (draft->priority == AQ_DRAFT_NO_PRIORITY)
    draft->priority = job != NULL ? job->priority : AQ_PRIORITY_DEFAULT;
}

static AqJob *
create_job (AqTransaction *transaction,
            const AqDraft *draft)
{
  AqJob *job = aq_transaction_create_job (transaction, draft);

  /* as long as it is new, this is its delay, see aq-join.c */
  if (draft->delay_usec > 0)
    {
      job->due_usec = draft->delay_usec;
      job->flags |= AQ_JOB_STEADY;
    }
  if (draft->settings != NULL && draft->settings->total_timeout_usec > 0)
    {
      aq_job_ensure_past (job)->give_up_usec = transaction->now.steady_usec + draft->settings->total_timeout_usec;
      aq_transaction_touch (transaction, job, AQ_JOB_PART_PAST);
      /* one that waits for others takes no step for long */
      aq_transaction_reindex (transaction, job);
    }
  return job;
}

static void
make_job (AqTransaction *transaction,
          Put           *puts,
          const AqDraft *draft,
          const char    *default_queue,
          Put           *put)
{
  Put *parent = draft->parent != AQ_DRAFT_NO_PARENT ? &puts[draft->parent] : NULL;
  guint64 known = find_existing (transaction, draft);
  AqDraft copy = *draft;

  if (parent != NULL && parent->existing)
    {
      put->existing = TRUE;
      put->id = find_part (transaction, parent, draft);
      return;
    }
  if (known != 0)
    {
      put->existing = TRUE;
      put->id = known;
      if (draft->unique_key != NULL)
        aq_unique_merge (transaction, draft, known);
      put->job = parent != NULL ? aq_transaction_get_job (transaction, known) : NULL;
      return;
    }
  set_defaults (transaction, &copy, parent, default_queue);
  put->job = create_job (transaction, &copy);
  put->id = put->job->id;
  aq_unique_claim (transaction, draft, put->job, &put->place);
  if (parent != NULL && draft->role == AQ_EDGE_POSTPROCESS)
    parent->postprocess = put->job;
}

/* A merge moves its job, which may stand for another draft too, by its submit key. */
static void
refresh_jobs (AqTransaction *transaction,
              Put           *puts,
              guint          n_puts)
{
  for (guint i = 0; i < n_puts; i++)
    if (puts[i].existing && puts[i].job != NULL)
      puts[i].job = aq_transaction_get_job (transaction, puts[i].id);
}

/* Source: behaviour Z80, Z81. */
static void
wire_member (AqTransaction *transaction,
             AqJob         *composite,
             AqJob         *postprocess,
             const Put     *put)
{
  AqJob *target = postprocess != NULL ? postprocess : composite;

  if (!put->existing)
    aq_join_wait_for (transaction, composite, put->job, AQ_EDGE_ON_START, AQ_EDGE_MEMBER, NULL);
  aq_join_wait_for (transaction, put->job, target, AQ_EDGE_ON_ANY, AQ_EDGE_JOIN, NULL);
}

static void
wire_postprocess (AqTransaction *transaction,
                  Put           *parent,
                  Put           *put)
{
  aq_join_wait_for (transaction, parent->job, put->job, AQ_EDGE_ON_START, AQ_EDGE_POSTPROCESS, NULL);
  aq_join_wait_for (transaction, put->job, parent->job, AQ_EDGE_ON_ANY, AQ_EDGE_RESULT, NULL);
}

/* Whether who comes behind @job has to wait for it. One that has ended before its
 * turn is passed over: those before it are not over with it. */
static gboolean
is_ahead (AqTransaction *transaction,
          guint64        id,
          AqJob        **out_job)
{
  const AqEdge next = { .on = AQ_EDGE_ON_ANY, .role = AQ_EDGE_NEXT };

  *out_job = aq_transaction_find_job (transaction, id);
  return *out_job != NULL && !aq_edge_is_over (&next, *out_job);
}

/* the newest of the callbacks that run one after another and are not over */
static AqJob *
find_last_callback (AqTransaction *transaction,
                    const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, job->id);
  AqJob *callback;

  for (guint i = edges != NULL ? edges->len : 0; i > 0; i--)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i - 1);

      if (edge->role == AQ_EDGE_CALLBACK && edge->on != AQ_EDGE_ON_FIRST_FAILURE &&
          is_ahead (transaction, edge->child, &callback))
        return callback;
    }
  return NULL;
}

/* Source: behaviour Z61 to Z63. */
static void
wire_callback (AqTransaction *transaction,
               const AqDraft *draft,
               AqJob         *parent,
               AqJob         *callback)
{
  AqJob *last = draft->on != AQ_EDGE_ON_FIRST_FAILURE ? find_last_callback (transaction, parent) : NULL;

  aq_join_wait_for (transaction, parent, callback, draft->on, AQ_EDGE_CALLBACK, draft->parameter_type);
  if (last != NULL)
    aq_join_wait_for (transaction, last, callback, AQ_EDGE_ON_ANY, AQ_EDGE_NEXT, NULL);
}

/* a job that was there before its whole is in no row */
static gboolean
is_in_row (AqTransaction *transaction,
           const AqJob   *member,
           const AqJob   *composite)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, member->id);
  const AqEdge *first = edges != NULL && edges->len > 0 ? &g_array_index (edges, AqEdge, 0) : NULL;

  return first != NULL && first->parent == composite->id && first->role == AQ_EDGE_MEMBER;
}

/* a new member behind those that are wired to @target and are not over */
static void
wire_behind (AqTransaction *transaction,
             const AqJob   *composite,
             const AqJob   *target,
             AqJob         *job)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, target->id);
  AqJob *member;

  for (guint i = edges != NULL ? edges->len : 0; i > 0; i--)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i - 1);

      if (edge->role != AQ_EDGE_JOIN || edge->parent == job->id || !is_ahead (transaction, edge->parent, &member))
        continue;
      aq_join_wait_for (transaction, member, job, AQ_EDGE_ON_ANY, AQ_EDGE_NEXT, NULL);
      if (is_in_row (transaction, member, composite))
        return;
    }
}

/* Source: behaviour Z83. */
static void
wire_to_job (AqTransaction *transaction,
             const AqDraft *draft,
             const Put     *put)
{
  AqJob *parent = aq_transaction_get_job (transaction, draft->parent_job);
  AqJob *postprocess;

  if (draft->role == AQ_EDGE_CALLBACK)
    {
      wire_callback (transaction, draft, parent, put->job);
      return;
    }
  postprocess = find_postprocess (transaction, parent);
  wire_member (transaction, parent, postprocess, put);
  if (parent->kind == AQ_JOB_SERIAL)
    wire_behind (transaction, parent, postprocess != NULL ? postprocess : parent, put->job);
}

/* A job that was there before is not in the row itself, so who comes behind it
 * waits for it and for who is before it. Source: behaviour X8. */
static void
wire_turn (AqTransaction *transaction,
           const Put     *puts,
           const Put     *put)
{
  for (guint at = put->before; at != 0; at = puts[at - 1].before)
    {
      aq_join_wait_for (transaction, puts[at - 1].job, put->job, AQ_EDGE_ON_ANY, AQ_EDGE_NEXT, NULL);
      if (!puts[at - 1].existing)
        return;
    }
}

static void
wire_to_draft (AqTransaction *transaction,
               const AqDraft *draft,
               const Put     *puts,
               Put           *parent,
               Put           *put)
{
  if (draft->role == AQ_EDGE_CALLBACK)
    wire_callback (transaction, draft, parent->job, put->job);
  else if (draft->role == AQ_EDGE_POSTPROCESS)
    wire_postprocess (transaction, parent, put);
  else
    {
      wire_member (transaction, parent->job, parent->postprocess, put);
      put->before = parent->last_member;
      parent->last_member = put - puts + 1;
      if (parent->job->kind == AQ_JOB_SERIAL && !put->existing)
        wire_turn (transaction, puts, put);
    }
}

static void
wire_after (AqTransaction *transaction,
            const Put     *puts,
            const AqDraft *draft,
            const Put     *put)
{
  for (guint i = 0; i < draft->n_after; i++)
    {
      const AqDraftAfter *after = &draft->after[i];
      guint64 id = after->job != 0 ? after->job : puts[after->draft].id;

      if (id != 0)
        aq_join_wait_for (transaction, aq_transaction_get_job (transaction, id), put->job, after->on, AQ_EDGE_AFTER,
                          NULL);
    }
}

static void
wire (AqTransaction *transaction,
      Put           *puts,
      const AqDraft *drafts,
      guint          n_drafts)
{
  for (guint i = 0; i < n_drafts; i++)
    {
      const AqDraft *draft = &drafts[i];
      Put *parent = draft->parent != AQ_DRAFT_NO_PARENT ? &puts[draft->parent] : NULL;

      if (parent != NULL && !parent->existing)
        wire_to_draft (transaction, draft, puts, parent, &puts[i]);
      else if (draft->parent_job != 0 && !puts[i].existing)
        wire_to_job (transaction, draft, &puts[i]);
      if (!puts[i].existing)
        wire_after (transaction, puts, draft, &puts[i]);
    }
}

/* A job of an earlier submit that has failed already is the first of its new fellows to do so. */
static void
note_failures (AqTransaction *transaction,
               Put           *puts,
               const AqDraft *drafts,
               guint          n_drafts)
{
  for (guint i = 0; i < n_drafts; i++)
    if (puts[i].existing && puts[i].job != NULL && puts[i].job->state >= ASYNCQ_JOB_STATE_CALLBACKS &&
        puts[i].job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
      aq_join_note_failure (transaction, puts[i].job, puts[drafts[i].parent].job);
}

/**
 * aq_put_drafts:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that aq_put_check() accepts
 * @n_drafts: how many
 * @default_queue: for drafts without a queue
 * @out_ids: (array length=n_drafts): where to write the id of each; 0 for a
 *   part of a composite job that an earlier submit made without it
 *
 * Makes jobs of drafts. One whose submit key is known is not made again: its
 * id is the first one's, and so it is with all of its parts.
 *
 * Source: design, section 2 (submit keys) and 5 (edges); behaviour Z24, Z80, Z81.
 *
 * Since: 0.1
 */
void
aq_put_drafts (AqTransaction *transaction,
               const AqDraft *drafts,
               guint          n_drafts,
               const char    *default_queue,
               guint64       *out_ids)
{
  g_autofree Put *many = n_drafts > 1 ? g_new0 (Put, n_drafts) : NULL;
  Put one = { 0 };
  Put *puts = many != NULL ? many : &one;

  for (guint i = 0; i < n_drafts; i++)
    {
      make_job (transaction, puts, &drafts[i], default_queue, &puts[i]);
      out_ids[i] = puts[i].id;
    }
  refresh_jobs (transaction, puts, n_drafts);
  wire (transaction, puts, drafts, n_drafts);
  note_failures (transaction, puts, drafts, n_drafts);
  for (guint i = 0; i < n_drafts; i++)
    {
      AqJob *job = puts[i].job;

      /* entering one may have let others in already */
      if (!puts[i].existing && job->n_waiting == 0 && job->state == ASYNCQ_JOB_STATE_NEW)
        {
          aq_join_enter (transaction, job);
          aq_unique_take_place (transaction, job, &puts[i].place);
        }
    }
}

static gboolean
check_queues (AqTransaction       *transaction,
              const AqDraft       *drafts,
              guint                n_drafts,
              const AqQueueTable  *queues,
              GError             **error)
{
  const char *last = NULL;

  for (guint i = 0; i < n_drafts && queues != NULL; i++)
    {
      if (drafts[i].queue == NULL || g_strcmp0 (drafts[i].queue, last) == 0)
        continue;
      if (!aq_queue_require (transaction, queues, drafts[i].queue, error))
        {
          g_prefix_error (error, "entry %u: ", i);
          return FALSE;
        }
      last = drafts[i].queue;
    }
  return TRUE;
}

/* limits and objects are named by settings, and most drafts have none */
static gboolean
check_settings (AqTransaction  *transaction,
                const AqDraft  *drafts,
                guint           n_drafts,
                GError        **error)
{
  for (guint i = 0; i < n_drafts; i++)
    if (drafts[i].settings != NULL)
      return aq_limit_check_drafts (transaction, drafts, n_drafts, error) &&
             aq_object_check_drafts (transaction, drafts, n_drafts, error);
  return TRUE;
}

/**
 * aq_put_check_names:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts
 * @n_drafts: how many
 * @queues: (nullable): the queues that agents name; %NULL: every queue is known
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`, naming the entry, counted from 0; those of
 * aq_limit_check_drafts() and aq_object_check_drafts().
 *
 * Returns: whether there are the queues, limits and objects that drafts name
 *
 * Since: 0.1
 */
gboolean
aq_put_check_names (AqTransaction       *transaction,
                    const AqDraft       *drafts,
                    guint                n_drafts,
                    const AqQueueTable  *queues,
                    GError             **error)
{
  return check_queues (transaction, drafts, n_drafts, queues, error) &&
         check_settings (transaction, drafts, n_drafts, error);
}

/**
 * aq_rule_put:
 * @transaction: a transaction
 * @put_event: an #AqPutEvent
 * @error: return location for an error
 *
 * Somebody submits jobs. While new work is refused only who names jobs by submit
 * keys that are known gets their ids: a client that asks again what it was not
 * answered.
 *
 * Errors: those of aq_put_check(), aq_put_check_jobs() and aq_put_check_names(); the
 * refusal.
 *
 * Returns: whether they were put
 *
 * Since: 0.1
 */
gboolean
aq_rule_put (AqTransaction  *transaction,
             gpointer        put_event,
             GError        **error)
{
  AqPutEvent *event = put_event;

  if (!aq_put_check (event->drafts, event->n_drafts, error) ||
      !aq_put_check_jobs (transaction, event->drafts, event->n_drafts, 0, 0, error))
    return FALSE;
  if (event->refusal != NULL && !aq_put_is_known (transaction, event->drafts, event->n_drafts))
    {
      g_propagate_error (error, g_error_copy (event->refusal));
      return FALSE;
    }
  if (!aq_put_is_known (transaction, event->drafts, event->n_drafts) &&
      !aq_put_check_names (transaction, event->drafts, event->n_drafts, event->queues, error))
    return FALSE;
  aq_put_drafts (transaction, event->drafts, event->n_drafts, "", event->out_ids);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables
 *
 * All live state in memory, and the transaction over it. There is one
 * transaction at a time, so it is a member that is used again and again.
 *
 * 1. A job is pending exactly if it is among the due ones of its lane, or among the
 *    timers until its time has come. It is assigned or active exactly if it is in
 *    `busy`. Its `place` says which, and its `place_index` where in there.
 * 2. `ready` holds exactly the lanes that have due jobs.
 * 3. A job is in `changes.jobs` exactly if its `dirty` is not 0.
 * 4. A completed job is once in `completions`, or is `postponed`; it is in
 *    `leaving` or in `visitors` if it is in memory and `leaving`. Neither, and in
 *    memory, is one that an unfinished job depends on: the end of that one puts it
 *    back.
 * 5. A lane has a number exactly if there are jobs of it that are away.
 */

#include "config.h"

#include "store/aq-tables.h"

#include "core/aq-lane.h"
#include "store/aq-completions.h"
#include "store/aq-end-queue.h"
#include "store/aq-job-table.h"
#include "store/aq-submit-keys.h"

#include <string.h>

/* what a queued job takes beside its struct: its place in the table and in a run of its lane */
#define INDEX_BYTES (8 + sizeof (AqJob *))

struct _AqTables
{
  AqTransaction  transaction; /* first: the vtable's functions cast back */
  AqClock       *clock;       /* owned */

  AqJobTable    *jobs;        /* owned */
  GHashTable    *lanes;       /* set of AqLane, a reference each, by its three names */
  GPtrArray     *ready;       /* of AqLane, no reference: a due job holds one */
  AqJobHeap      timers;      /* by due time */
  GPtrArray     *busy;        /* of AqJob, not owned */
  AqSubmitKeys  *submit_keys; /* owned */
  GPtrArray     *agents;      /* of AqAgent, a reference each */
  AqCounters     counters;
  guint64        n_in_state[ASYNCQ_N_JOB_STATES]; /* also of jobs that are away */
  guint64        live_bytes;  /* of the jobs in memory, about */

  AqCompletions *completions; /* owned */
  AqEndQueue     leaving;     /* of completed jobs, in order of completion */
  AqEndQueue     visitors;    /* of jobs that were away */
  GPtrArray     *numbered;    /* of AqLane, a reference each, nullable, by number */
  GArray        *free_numbers; /* of guint */

  AqLane        *last_lane;   /* no reference; jobs of one submit mostly share one */
  guint          n_lanes_swept;
  AqChanges      changes;
};

static AqTables *
from_transaction (AqTransaction *transaction)
{
  return (AqTables *) transaction;
}

/* lanes */

static guint
hash_lane (gconstpointer data)
{
  const AqLane *lane = data;

  return g_str_hash (lane->queue) * 33 + g_str_hash (lane->function);
}

static gboolean
is_lane (const AqLane *lane,
         const char   *queue,
         const char   *function,
         const char   *arguments_type)
{
  return g_str_equal (lane->function, function) && g_str_equal (lane->queue, queue) &&
         g_str_equal (lane->arguments_type, arguments_type);
}

static gboolean
lanes_equal (gconstpointer a,
             gconstpointer b)
{
  const AqLane *other = b;

  return is_lane (a, other->queue, other->function, other->arguments_type);
}

static void
unref_lane (gpointer lane)
{
  if (lane != NULL)
    aq_lane_unref (lane);
}

static gboolean
is_unused (gpointer key,
           gpointer value,
           gpointer user_data)
{
  const AqLane *lane = key;

  return lane->ref_count == 1;
}

/* Names of queues come from clients: lanes without jobs must not pile up. */
static void
sweep_lanes (AqTables *self)
{
  if (g_hash_table_size (self->lanes) < 2 * self->n_lanes_swept + 64)
    return;
  self->last_lane = NULL;
  g_hash_table_foreach_remove (self->lanes, is_unused, NULL);
  self->n_lanes_swept = g_hash_table_size (self->lanes);
}

/**
 * aq_tables_get_lane:
 * @self: tables
 * @queue: a queue's name
 * @function: plugin.function, or the name of the composite kind
 * @arguments_type: a GVariant tuple type
 *
 * Returns: (transfer full): the lane, made if it is new
 *
 * Since: 0.1
 */
AqLane *
aq_tables_get_lane (AqTables   *self,
                    const char *queue,
                    const char *function,
                    const char *arguments_type)
{
  g_autoptr(AqLane) lane = NULL;
  gpointer known;

  if (self->last_lane != NULL && is_lane (self->last_lane, queue, function, arguments_type))
    return aq_lane_ref (self->last_lane);

  sweep_lanes (self);
  lane = aq_lane_new (queue, function, arguments_type);
  known = g_hash_table_lookup (self->lanes, lane);
  if (known == NULL)
    {
      known = aq_lane_ref (lane);
      g_hash_table_add (self->lanes, known);
    }
  self->last_lane = known;
  return aq_lane_ref (known);
}

/* queue */

static void
insert_due (AqTables *self,
            AqJob    *job)
{
  AqLane *lane = job->lane;

  if (aq_due_queue_peek (&lane->due) == NULL)
    {
      lane->ready_index = self->ready->len;
      g_ptr_array_add (self->ready, lane);
    }
  aq_due_queue_insert (&lane->due, job);
}

static void
remove_due (AqTables *self,
            AqJob    *job)
{
  AqLane *lane = job->lane;

  aq_due_queue_remove (&lane->due, job);
  if (aq_due_queue_peek (&lane->due) != NULL)
    return;

  g_ptr_array_remove_index_fast (self->ready, lane->ready_index);
  if (lane->ready_index < self->ready->len)
    {
      AqLane *moved = g_ptr_array_index (self->ready, lane->ready_index);

      moved->ready_index = lane->ready_index;
    }
  lane->ready_index = G_MAXUINT;
}

static void
remove_busy (AqTables *self,
             AqJob    *job)
{
  guint index = job->place_index;

  g_ptr_array_remove_index_fast (self->busy, index);
  if (index < self->busy->len)
    ((AqJob *) g_ptr_array_index (self->busy, index))->place_index = index;
  job->place = AQ_JOB_PLACE_NONE;
}

static void
insert_busy (AqTables *self,
             AqJob    *job)
{
  job->place = AQ_JOB_PLACE_BUSY;
  job->place_index = self->busy->len;
  g_ptr_array_add (self->busy, job);
}

static void
remove_timer (AqTables *self,
              AqJob    *job)
{
  aq_job_heap_remove (&self->timers, job);
  job->place = AQ_JOB_PLACE_NONE;
}

static void
insert_timer (AqTables *self,
              AqJob    *job)
{
  job->place = AQ_JOB_PLACE_TIMERS;
  aq_job_heap_insert (&self->timers, job, (AqOrder) { job->due_usec, job->id });
}

static void
take_out (AqTables *self,
          AqJob    *job)
{
  if (job->place == AQ_JOB_PLACE_NONE)
    return;
  if (job->place == AQ_JOB_PLACE_TIMERS)
    remove_timer (self, job);
  else if (job->place == AQ_JOB_PLACE_BUSY)
    remove_busy (self, job);
  else
    remove_due (self, job);
}

static void
put_in (AqTables *self,
        AqJob    *job,
        gint64    now_usec)
{
  gboolean busy = job->state == ASYNCQ_JOB_STATE_ASSIGNED || job->state == ASYNCQ_JOB_STATE_ACTIVE;

  if (busy && job->place == AQ_JOB_PLACE_BUSY)
    return;
  take_out (self, job);
  if (busy)
    insert_busy (self, job);
  else if (job->state != ASYNCQ_JOB_STATE_PENDING)
    return;
  else if (job->due_usec <= now_usec)
    insert_due (self, job);
  else
    insert_timer (self, job);
}

static void
move_due (AqTables *self,
          gint64    now_usec)
{
  AqJob *job;

  while ((job = aq_job_heap_peek (&self->timers)) != NULL && job->due_usec <= now_usec)
    {
      remove_timer (self, job);
      insert_due (self, job);
    }
}

/* bytes */

static guint64
base_bytes (const AqJob *job)
{
  return sizeof (AqJob) + job->arguments_size + INDEX_BYTES;
}

static guint32
extra_bytes (const AqJobExtra *extra)
{
  gsize bytes = sizeof (AqJobExtra);

  bytes += extra->submit_key != NULL ? strlen (extra->submit_key) + 1 : 0;
  bytes += extra->result != NULL ? sizeof (AqResult) + extra->result->size : 0;
  bytes += extra->edges_in != NULL ? sizeof (GArray) + extra->edges_in->len * sizeof (AqEdge) : 0;
  bytes += extra->edges_out != NULL ? sizeof (GArray) + extra->edges_out->len * sizeof (AqEdge) : 0;
  return MIN (bytes, G_MAXUINT32);
}

/* Keeps the sum of bytes after something that the job owns has changed. */
static void
count_extra_bytes (AqTables *self,
                   AqJob    *job)
{
  if (job->extra == NULL)
    return;
  self->live_bytes -= job->extra->n_bytes;
  job->extra->n_bytes = extra_bytes (job->extra);
  self->live_bytes += job->extra->n_bytes;
}

static void
uncount_bytes (AqTables    *self,
               const AqJob *job)
{
  self->live_bytes -= base_bytes (job) + (job->extra != NULL ? job->extra->n_bytes : 0);
}

/* completed jobs */

static gboolean
exists (guint64  id,
        gpointer tables)
{
  AqTables *self = tables;

  return aq_job_table_lookup (self->jobs, id) != NULL || aq_job_table_lookup_away (self->jobs, id, NULL);
}

static gint64
ended_of (const AqJob *job)
{
  return job->extra != NULL ? job->extra->ended_usec : job->created_usec;
}

static void
look_when_leaving (AqTables *self,
                   AqJob    *job)
{
  job->leaving = TRUE;
  /* in the place of a time: what they are sorted by when they are loaded in any order */
  aq_end_queue_push (&self->leaving, job->id, (gint64) job->sequence * AQ_END_STEP_USEC);
}

/* One that was kept because of a job that has ended now is looked at again. */
static void
look_again (AqTables *self,
            AqJob    *job)
{
  if (job->state != ASYNCQ_JOB_STATE_COMPLETED)
    return;
  if (!job->leaving)
    look_when_leaving (self, job);
  if (!job->postponed)
    return;
  job->postponed = FALSE;
  aq_completions_add_first (self->completions, job->lane->queue, job->outcome, job->id, ended_of (job));
}

static void
note_completion (AqTables *self,
                 AqJob    *job)
{
  const GArray *edges = job->extra != NULL ? job->extra->edges_in : NULL;

  aq_completions_add (self->completions, job->lane->queue, job->outcome, job->id, ended_of (job));
  look_when_leaving (self, job);
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      AqJob *parent = aq_job_table_lookup (self->jobs, g_array_index (edges, AqEdge, i).parent);

      if (parent != NULL)
        look_again (self, parent);
    }
}

typedef enum
{
  DEPENDED_NOT,
  DEPENDED_IN_MEMORY, /* only by jobs that have ended, and no image has that yet */
  DEPENDED            /* by an unfinished job */
} Depended;

/* @sequence: up to which an image has everything */
static Depended
find_dependent (AqTables    *self,
                const AqJob *job,
                guint64      sequence)
{
  const GArray *edges = job->extra != NULL ? job->extra->edges_out : NULL;
  Depended depended = DEPENDED_NOT;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqJob *child = aq_job_table_lookup (self->jobs, g_array_index (edges, AqEdge, i).child);

      if (child == NULL)
        continue;
      if (child->state != ASYNCQ_JOB_STATE_COMPLETED)
        return DEPENDED;
      if (child->sequence > sequence)
        depended = DEPENDED_IN_MEMORY;
    }
  return depended;
}

/* Returns: the lane's number, 0 if there is none left */
static guint
number_lane (AqTables *self,
             AqLane   *lane)
{
  if (lane->number != 0)
    return lane->number;
  if (self->free_numbers->len > 0)
    {
      lane->number = g_array_index (self->free_numbers, guint, self->free_numbers->len - 1);
      g_array_set_size (self->free_numbers, self->free_numbers->len - 1);
      g_ptr_array_index (self->numbered, lane->number) = aq_lane_ref (lane);
    }
  else if (self->numbered->len < AQ_AWAY_MAX_LANES)
    {
      lane->number = self->numbered->len;
      g_ptr_array_add (self->numbered, aq_lane_ref (lane));
    }
  return lane->number;
}

static void
release_number (AqTables *self,
                AqLane   *lane)
{
  guint number = lane->number;

  if (--lane->n_away > 0)
    return;
  lane->number = 0;
  g_array_append_val (self->free_numbers, number);
  aq_lane_unref (g_steal_pointer (&g_ptr_array_index (self->numbered, number)));
}

static AqLane *
lane_of_away (AqTables         *self,
              const AqAwaySlot *slot)
{
  return g_ptr_array_index (self->numbered, slot->lane);
}

/* Returns: whether it was possible; then the job is freed */
static gboolean
send_away (AqTables *self,
           AqJob    *job)
{
  const char *key = job->extra != NULL ? job->extra->submit_key : NULL;
  AqAwaySlot slot = { number_lane (self, job->lane), job->created_usec, job->outcome, key != NULL };

  if (slot.lane == 0)
    return FALSE;
  job->lane->n_away++;
  if (key != NULL)
    aq_submit_keys_send_away (self->submit_keys, key, job->id);
  uncount_bytes (self, job);
  aq_job_table_steal (self->jobs, job->id);
  aq_job_table_insert_away (self->jobs, job->id, &slot);
  aq_job_free (job);
  return TRUE;
}

/* Takes a completed job out of all indexes but the completions. Returns: FALSE if there is none */
static gboolean
drop_job (AqTables  *self,
          guint64    id)
{
  g_autoptr(AqJob) job = aq_job_table_steal (self->jobs, id);
  AqAwaySlot slot;

  if (job != NULL)
    {
      if (job->counted != AQ_JOB_NOT_COUNTED)
        self->n_in_state[job->counted]--;
      if (job->extra != NULL && job->extra->submit_key != NULL)
        aq_submit_keys_remove (self->submit_keys, job->extra->submit_key, id);
      uncount_bytes (self, job);
      return TRUE;
    }
  if (!aq_job_table_lookup_away (self->jobs, id, &slot))
    return FALSE;
  self->n_in_state[ASYNCQ_JOB_STATE_COMPLETED]--;
  if (slot.has_submit_key)
    aq_submit_keys_remove_away (self->submit_keys, id);
  aq_job_table_remove_away (self->jobs, id);
  release_number (self, lane_of_away (self, &slot));
  return TRUE;
}

/* the transaction's functions */

static AqJob *
tables_get_job (AqTransaction *transaction,
                guint64        id)
{
  AqTables *self = from_transaction (transaction);
  AqJob *job = aq_job_table_lookup (self->jobs, id);

  if (job == NULL && aq_job_table_lookup_away (self->jobs, id, NULL))
    g_critical ("job %" G_GUINT64_FORMAT " is away, and a rule asks for it", id);
  return job;
}

static void
tables_touch (AqTransaction *transaction,
              AqJob         *job,
              AqJobParts     parts)
{
  if (job->dirty == 0)
    g_ptr_array_add (from_transaction (transaction)->changes.jobs, job);
  job->dirty |= parts;
}

static AqCounters *
tables_edit_counters (AqTransaction *transaction)
{
  AqTables *self = from_transaction (transaction);

  self->changes.counters_changed = TRUE;
  return &self->counters;
}

static const char *
draft_function (const AqDraft *draft)
{
  switch (draft->kind)
    {
    case AQ_JOB_CALL:
      return draft->function;
    case AQ_JOB_PARALLEL:
      return AQ_FUNCTION_PARALLEL;
    case AQ_JOB_SERIAL:
      return AQ_FUNCTION_SERIAL;
    default:
      g_assert_not_reached ();
    }
}

static AqJob *
tables_create_job (AqTransaction *transaction,
                   const AqDraft *draft)
{
  AqTables *self = from_transaction (transaction);
  AqLane *lane = aq_tables_get_lane (self, draft->queue, draft_function (draft), draft->arguments_type);
  AqJob *job = aq_job_new (tables_edit_counters (transaction)->next_id++, lane, draft->arguments, draft->arguments_size);

  job->kind = draft->kind;
  job->priority = draft->priority;
  job->begin_after_usec = draft->begin_after_usec;
  job->created_usec = transaction->now.wall_usec;
  if (draft->submit_key != NULL)
    {
      aq_job_ensure_extra (job)->submit_key = g_strdup (draft->submit_key);
      aq_submit_keys_add (self->submit_keys, draft->submit_key, job->id);
    }
  aq_job_table_insert (self->jobs, job);
  self->live_bytes += base_bytes (job);
  tables_touch (transaction, job, AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE);
  return job;
}

static void
tables_reindex (AqTransaction *transaction,
                AqJob         *job)
{
  AqTables *self = from_transaction (transaction);

  put_in (self, job, transaction->now.wall_usec);
}

static AqJob *
tables_next_due (AqTransaction *transaction,
                 AqLaneAccept   accept,
                 gpointer       user_data)
{
  AqTables *self = from_transaction (transaction);
  const AqDueQueue *best = NULL;

  move_due (self, transaction->now.wall_usec);
  for (guint i = 0; i < self->ready->len; i++)
    {
      const AqLane *lane = g_ptr_array_index (self->ready, i);

      if (best != NULL && aq_order_compare (best->first_order, lane->due.first_order) < 0)
        continue;
      if (accept (lane, user_data))
        best = &lane->due;
    }
  return best != NULL ? aq_due_queue_peek (best) : NULL;
}

static void
add_edge (AqTables     *self,
          const AqEdge *edge)
{
  AqJob *parent = aq_job_table_lookup (self->jobs, edge->parent);
  AqJob *child = aq_job_table_lookup (self->jobs, edge->child);

  if (parent != NULL)
    {
      aq_job_add_edge (parent, edge);
      count_extra_bytes (self, parent);
    }
  if (child != NULL)
    {
      aq_job_add_edge (child, edge);
      count_extra_bytes (self, child);
    }
}

static void
tables_add_edge (AqTransaction *transaction,
                 const AqEdge  *edge)
{
  AqTables *self = from_transaction (transaction);
  AqEdge copy = *edge;

  if (copy.type != NULL)
    copy.type = g_ref_string_acquire (copy.type);
  g_array_append_val (self->changes.edges, copy);
  add_edge (self, edge);
}

static const GArray *
tables_get_edges_out (AqTransaction *transaction,
                      guint64        parent)
{
  AqJob *job = tables_get_job (transaction, parent);

  return job != NULL && job->extra != NULL ? job->extra->edges_out : NULL;
}

static const GArray *
tables_get_edges_in (AqTransaction *transaction,
                     guint64        child)
{
  AqJob *job = tables_get_job (transaction, child);

  return job != NULL && job->extra != NULL ? job->extra->edges_in : NULL;
}

static guint64
tables_find_submit_key (AqTransaction *transaction,
                        const char    *key)
{
  return aq_submit_keys_get (from_transaction (transaction)->submit_keys, key);
}

static AqAgent *
tables_get_agent (AqTransaction *transaction,
                  const char    *name)
{
  AqTables *self = from_transaction (transaction);

  for (guint i = 0; i < self->agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (self->agents, i);

      if (g_str_equal (agent->name, name))
        return agent;
    }
  return NULL;
}

static void
tables_add_agent (AqTransaction *transaction,
                  AqAgent       *agent)
{
  AqTables *self = from_transaction (transaction);

  aq_tables_load_agent (self, aq_agent_ref (agent));
  g_ptr_array_add (self->changes.agents, agent);
}

static GPtrArray *
tables_list_agents (AqTransaction *transaction)
{
  return from_transaction (transaction)->agents;
}

static GPtrArray *
tables_get_busy (AqTransaction *transaction)
{
  return from_transaction (transaction)->busy;
}

static AqJob *
tables_iterate (AqTransaction *transaction,
                guint64        below_id)
{
  AqTables *self = from_transaction (transaction);
  AqJob *job = NULL;

  while (job == NULL && (below_id = aq_job_table_below (self->jobs, below_id)) != 0)
    job = aq_job_table_lookup (self->jobs, below_id);
  return job;
}

static guint64
tables_count_state (AqTransaction  *transaction,
                    AsyncqJobState  state)
{
  return from_transaction (transaction)->n_in_state[state];
}

static gboolean
tables_get_brief (AqTransaction *transaction,
                  guint64        id,
                  AqJobBrief    *out_brief)
{
  AqTables *self = from_transaction (transaction);
  const AqJob *job = aq_job_table_lookup (self->jobs, id);
  AqAwaySlot slot;

  if (job != NULL)
    *out_brief = (AqJobBrief) { job->id, job->lane, job->created_usec, job->state, job->outcome, FALSE };
  else if (aq_job_table_lookup_away (self->jobs, id, &slot))
    *out_brief = (AqJobBrief) { id, lane_of_away (self, &slot), slot.created_usec, ASYNCQ_JOB_STATE_COMPLETED,
                                slot.outcome, TRUE };
  else
    return FALSE;
  return TRUE;
}

static gboolean
tables_iterate_brief (AqTransaction *transaction,
                      guint64        below_id,
                      AqJobBrief    *out_brief)
{
  return tables_get_brief (transaction, aq_job_table_below (from_transaction (transaction)->jobs, below_id), out_brief);
}

static void
tables_remove_job (AqTransaction *transaction,
                   guint64        id)
{
  AqTables *self = from_transaction (transaction);
  const AqJob *job = aq_job_table_lookup (self->jobs, id);
  AqJobBrief brief;
  gboolean found = tables_get_brief (transaction, id, &brief);

  g_assert (found && brief.state == ASYNCQ_JOB_STATE_COMPLETED && (job == NULL || job->dirty == 0));
  if (job == NULL || !job->postponed)
    {
      g_autoptr(AqLane) lane = aq_lane_ref (brief.lane);

      drop_job (self, id);
      aq_completions_remove (self->completions, lane->queue, brief.outcome);
    }
  else
    drop_job (self, id);
  g_array_append_val (self->changes.removed, id);
}

static guint
tables_expire (AqTransaction     *transaction,
               const AqRetention *retention,
               guint              max_jobs)
{
  AqTables *self = from_transaction (transaction);
  guint n_removed = 0;
  guint64 id;

  for (guint n = 0; n < max_jobs; n++)
    {
      AqJob *job;

      id = aq_completions_take_expired (self->completions, retention, transaction->now.wall_usec);
      if (id == 0)
        break;
      job = aq_job_table_lookup (self->jobs, id);
      if (job != NULL && find_dependent (self, job, G_MAXUINT64) == DEPENDED)
        {
          job->postponed = TRUE;
          continue;
        }
      drop_job (self, id);
      g_array_append_val (self->changes.removed, id);
      n_removed++;
    }
  return n_removed;
}

static gint64
tables_get_next_expiry (AqTransaction     *transaction,
                        const AqRetention *retention)
{
  return aq_completions_get_next_expiry (from_transaction (transaction)->completions, retention);
}

static const AqTransactionClass transaction_class = {
  .get_job = tables_get_job,
  .create_job = tables_create_job,
  .touch = tables_touch,
  .reindex = tables_reindex,
  .next_due = tables_next_due,
  .add_edge = tables_add_edge,
  .get_edges_out = tables_get_edges_out,
  .get_edges_in = tables_get_edges_in,
  .find_submit_key = tables_find_submit_key,
  .edit_counters = tables_edit_counters,
  .get_agent = tables_get_agent,
  .add_agent = tables_add_agent,
  .list_agents = tables_list_agents,
  .get_busy = tables_get_busy,
  .iterate = tables_iterate,
  .count_state = tables_count_state,
  .get_brief = tables_get_brief,
  .iterate_brief = tables_iterate_brief,
  .remove_job = tables_remove_job,
  .expire = tables_expire,
  .get_next_expiry = tables_get_next_expiry,
};

/* lifecycle */

static void
unref_agent (gpointer agent)
{
  aq_agent_unref (agent);
}

static void
clear_edge (gpointer data)
{
  AqEdge *edge = data;

  g_clear_pointer (&edge->type, g_ref_string_release);
}

AqTables *
aq_tables_new (AqClock *clock)
{
  AqTables *self = g_new0 (AqTables, 1);

  self->transaction.class = &transaction_class;
  self->clock = aq_clock_ref (clock);
  self->jobs = aq_job_table_new ();
  self->lanes = g_hash_table_new_full (hash_lane, lanes_equal, unref_lane, NULL);
  self->ready = g_ptr_array_new ();
  self->busy = g_ptr_array_new ();
  self->submit_keys = aq_submit_keys_new ();
  self->completions = aq_completions_new (exists, self);
  self->numbered = g_ptr_array_new_with_free_func (unref_lane);
  g_ptr_array_add (self->numbered, NULL);
  self->free_numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->agents = g_ptr_array_new_with_free_func (unref_agent);
  self->counters = (AqCounters) { .next_id = 1, .next_order = 1, .next_lease = 1 };
  self->changes.jobs = g_ptr_array_new ();
  self->changes.edges = g_array_new (FALSE, FALSE, sizeof (AqEdge));
  g_array_set_clear_func (self->changes.edges, clear_edge);
  self->changes.agents = g_ptr_array_new ();
  self->changes.removed = g_array_new (FALSE, FALSE, sizeof (guint64));
  return self;
}

void
aq_tables_free (AqTables *self)
{
  aq_submit_keys_free (self->submit_keys);
  aq_completions_free (self->completions);
  aq_end_queue_clear (&self->leaving);
  aq_end_queue_clear (&self->visitors);
  g_array_unref (self->free_numbers);
  g_ptr_array_unref (self->busy);
  aq_job_heap_clear (&self->timers);
  /* lanes must not look at jobs that are gone */
  for (guint i = 0; i < self->ready->len; i++)
    aq_due_queue_clear (&((AqLane *) g_ptr_array_index (self->ready, i))->due);
  aq_job_table_free (self->jobs);
  g_ptr_array_unref (self->numbered);
  g_ptr_array_unref (self->ready);
  g_hash_table_unref (self->lanes);
  g_ptr_array_unref (self->agents);
  g_ptr_array_unref (self->changes.jobs);
  g_array_unref (self->changes.edges);
  g_ptr_array_unref (self->changes.agents);
  g_array_unref (self->changes.removed);
  aq_clock_unref (self->clock);
  g_free (self);
}

/**
 * aq_tables_begin:
 * @self: tables, without a transaction under way
 * @actor: who asked for it; borrowed until the transaction ends
 *
 * Returns: the transaction, with the clock's time
 *
 * Since: 0.1
 */
AqTransaction *
aq_tables_begin (AqTables      *self,
                 const AqActor *actor)
{
  self->transaction.now.wall_usec = aq_clock_get_wall (self->clock);
  self->transaction.now.monotonic_usec = aq_clock_get_monotonic (self->clock);
  self->transaction.actor = actor;
  return &self->transaction;
}

static gboolean
has_changes (AqTables *self)
{
  return self->changes.jobs->len > 0 || self->changes.edges->len > 0 || self->changes.agents->len > 0 ||
         self->changes.removed->len > 0 || self->changes.counters_changed;
}

/* Keeps the counts by state: a job is counted where it was when it was last kept. */
static void
count_job (AqTables *self,
           AqJob    *job)
{
  if (job->counted == job->state)
    return;
  if (job->state == ASYNCQ_JOB_STATE_COMPLETED)
    note_completion (self, job);
  if (job->counted != AQ_JOB_NOT_COUNTED)
    self->n_in_state[job->counted]--;
  job->counted = job->state;
  self->n_in_state[job->state]++;
}

/**
 * aq_tables_end:
 * @self: tables, after a rule that succeeded
 * @sequence: the number of this transaction
 *
 * Returns: (nullable): what the rule has changed, borrowed until
 *   aq_tables_forget_changes(); %NULL when that is nothing
 *
 * Since: 0.1
 */
const AqChanges *
aq_tables_end (AqTables *self,
               guint64   sequence)
{
  if (!has_changes (self))
    return NULL;

  self->changes.now = self->transaction.now;
  for (guint i = 0; i < self->changes.jobs->len; i++)
    {
      AqJob *job = g_ptr_array_index (self->changes.jobs, i);

      job->sequence = sequence;
      count_extra_bytes (self, job);
      count_job (self, job);
    }
  return &self->changes;
}

void
aq_tables_forget_changes (AqTables *self)
{
  for (guint i = 0; i < self->changes.jobs->len; i++)
    ((AqJob *) g_ptr_array_index (self->changes.jobs, i))->dirty = 0;
  g_ptr_array_set_size (self->changes.jobs, 0);
  g_array_set_size (self->changes.edges, 0);
  g_ptr_array_set_size (self->changes.agents, 0);
  g_array_set_size (self->changes.removed, 0);
  self->changes.counters_changed = FALSE;
}

/**
 * aq_tables_collect_changes:
 * @changes: what a transaction has changed
 * @sequence: its number
 * @out_list: (element-type AqJobChange): where to append the jobs whose state has changed
 *
 * Since: 0.1
 */
void
aq_tables_collect_changes (const AqChanges *changes,
                           guint64          sequence,
                           GArray          *out_list)
{
  for (guint i = 0; i < changes->jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (changes->jobs, i);
      AqJobChange change = { job->id, sequence, job->state, job->outcome, job->attempt, changes->now.wall_usec };

      if (job->dirty & AQ_JOB_PART_STATE)
        g_array_append_val (out_list, change);
    }
}

/* Returns: FALSE if the job cannot go before there is an image with more */
static gboolean
look_at_job (AqTables *self,
             guint64   id,
             guint64   sequence)
{
  AqJob *job = aq_job_table_lookup (self->jobs, id);
  Depended depended;

  /* removed, or it was in both queues and has left already */
  if (job == NULL || !job->leaving)
    return TRUE;
  depended = find_dependent (self, job, sequence);
  if (depended != DEPENDED && (depended == DEPENDED_IN_MEMORY || job->sequence > sequence))
    return FALSE;
  job->leaving = FALSE;
  if (depended == DEPENDED_NOT)
    send_away (self, job);
  return TRUE;
}

static gboolean
look_at_first (AqTables   *self,
               AqEndQueue *queue,
               guint64     sequence)
{
  AqEnd first;

  if (!aq_end_queue_peek (queue, &first) || !look_at_job (self, first.id, sequence))
    return FALSE;
  aq_end_queue_pop (queue);
  return TRUE;
}

/**
 * aq_tables_evict:
 * @self: tables, without a transaction under way
 * @sequence: up to which a whole image has everything
 * @max_jobs: how many completed jobs to look at, at most
 *
 * Lets completed jobs leave memory, in order of completion: those that nothing
 * has changed since @sequence, and that no unfinished job depends on.
 *
 * Returns: how many were looked at; 0 when nothing is left to look at before an
 *   image has more
 *
 * Since: 0.1
 */
guint
aq_tables_evict (AqTables *self,
                 guint64   sequence,
                 guint     max_jobs)
{
  guint n_looked_at = 0;

  while (n_looked_at < max_jobs && look_at_first (self, &self->visitors, sequence))
    n_looked_at++;
  while (n_looked_at < max_jobs && look_at_first (self, &self->leaving, sequence))
    n_looked_at++;
  return n_looked_at;
}

/**
 * aq_tables_is_away:
 * @self: tables
 * @id: a job's id
 *
 * Returns: whether there is such a job, and it has left memory
 *
 * Since: 0.1
 */
gboolean
aq_tables_is_away (AqTables *self,
                   guint64   id)
{
  return aq_job_table_lookup_away (self->jobs, id, NULL);
}

/**
 * aq_tables_bring_back:
 * @self: tables, without a transaction under way
 * @job: (transfer full): a job that is away, whole: with all parts and edges
 *
 * The job is in memory again, until the next aq_tables_evict() that finds it. Works
 * on tables that are being loaded, too.
 *
 * Since: 0.1
 */
void
aq_tables_bring_back (AqTables *self,
                      AqJob    *job)
{
  AqAwaySlot slot;
  gboolean away = aq_job_table_lookup_away (self->jobs, job->id, &slot);

  g_assert (away && job->state == ASYNCQ_JOB_STATE_COMPLETED);
  release_number (self, lane_of_away (self, &slot));
  if (slot.has_submit_key)
    aq_submit_keys_bring_back (self->submit_keys, job->id);
  aq_job_table_insert (self->jobs, job);
  job->counted = ASYNCQ_JOB_STATE_COMPLETED;
  job->leaving = TRUE;
  aq_end_queue_push (&self->visitors, job->id, 0);
  self->live_bytes += base_bytes (job);
  count_extra_bytes (self, job);
}

/**
 * aq_tables_get_live_bytes:
 * @self: tables
 *
 * Returns: how many bytes the jobs take that are in memory, about
 *
 * Since: 0.1
 */
guint64
aq_tables_get_live_bytes (AqTables *self)
{
  return self->live_bytes;
}

const AqCounters *
aq_tables_get_counters (AqTables *self)
{
  return &self->counters;
}

/**
 * aq_tables_get_next_due:
 * @self: tables
 *
 * Returns: when the next job that waits for its time becomes due, wall clock;
 *   %G_MAXINT64 when there is none
 *
 * Since: 0.1
 */
gint64
aq_tables_get_next_due (AqTables *self)
{
  const AqJob *job = aq_job_heap_peek (&self->timers);

  return job != NULL ? job->due_usec : G_MAXINT64;
}

/* recovery */

AqJob *
aq_tables_lookup_job (AqTables *self,
                      guint64   id)
{
  return aq_job_table_lookup (self->jobs, id);
}

void
aq_tables_load_job (AqTables *self,
                    AqJob    *job)
{
  aq_job_table_insert (self->jobs, job);
  self->live_bytes += base_bytes (job);
}

/**
 * aq_tables_load_away:
 * @self: tables that are being loaded
 * @away: a completed job that no unfinished one depends on; there is none of its id
 *
 * Takes a job as one that is away already. If the tables cannot (there is no
 * number left for its lane), it has to be loaded whole; so nothing is taken of a
 * job for which this returns %FALSE.
 *
 * Since: 0.1
 */
gboolean
aq_tables_load_away (AqTables        *self,
                     const AqAwayJob *away)
{
  AqAwaySlot slot = { number_lane (self, away->lane), away->created_usec, away->outcome, away->submit_key != NULL };

  if (slot.lane == 0)
    return FALSE;
  away->lane->n_away++;
  aq_job_table_insert_away (self->jobs, away->id, &slot);
  if (away->submit_key != NULL)
    {
      aq_submit_keys_add (self->submit_keys, away->submit_key, away->id);
      aq_submit_keys_send_away (self->submit_keys, away->submit_key, away->id);
    }
  aq_completions_add (self->completions, away->lane->queue, away->outcome, away->id, away->ended_usec);
  self->n_in_state[ASYNCQ_JOB_STATE_COMPLETED]++;
  return TRUE;
}

/**
 * aq_tables_unload_job:
 * @self: tables that are being loaded
 * @id: a job's id
 *
 * Takes back aq_tables_load_job() or aq_tables_load_away().
 *
 * Returns: whether there was such a job
 *
 * Since: 0.1
 */
gboolean
aq_tables_unload_job (AqTables *self,
                      guint64   id)
{
  const AqJob *job = aq_job_table_lookup (self->jobs, id);
  gboolean known = job == NULL || job->counted != AQ_JOB_NOT_COUNTED;
  g_autoptr(AqLane) lane = NULL;
  AqJobBrief brief;

  if (!tables_get_brief (&self->transaction, id, &brief))
    return FALSE;
  lane = aq_lane_ref (brief.lane);
  drop_job (self, id);
  /* one that was away has its place there already */
  if (known)
    aq_completions_remove (self->completions, lane->queue, brief.outcome);
  return TRUE;
}

void
aq_tables_load_edge (AqTables     *self,
                     const AqEdge *edge)
{
  add_edge (self, edge);
}

/**
 * aq_tables_load_agent:
 * @self: tables
 * @agent: (transfer full): an agent whose name is not among them
 *
 * Since: 0.1
 */
void
aq_tables_load_agent (AqTables *self,
                      AqAgent  *agent)
{
  guint i = 0;

  /* by name, which is the same however they are loaded */
  while (i < self->agents->len &&
         strcmp (((const AqAgent *) g_ptr_array_index (self->agents, i))->name, agent->name) < 0)
    i++;
  g_ptr_array_insert (self->agents, (int) i, agent);
}

void
aq_tables_load_counters (AqTables         *self,
                         const AqCounters *counters)
{
  self->counters = *counters;
}

/**
 * aq_tables_finish_load:
 * @self: tables, after everything was loaded
 *
 * Builds the indexes.
 *
 * Since: 0.1
 */
void
aq_tables_finish_load (AqTables *self)
{
  gint64 now_usec = aq_clock_get_wall (self->clock);
  guint64 id = 0;

  /* oldest first: mostly queue order, in which lanes keep jobs most cheaply */
  while ((id = aq_job_table_above (self->jobs, id)) != 0)
    {
      AqJob *job = aq_job_table_lookup (self->jobs, id);

      /* away, or brought back before this */
      if (job == NULL || job->counted != AQ_JOB_NOT_COUNTED)
        continue;
      put_in (self, job, now_usec);
      if (job->extra != NULL && job->extra->submit_key != NULL)
        aq_submit_keys_add (self->submit_keys, job->extra->submit_key, job->id);
      count_extra_bytes (self, job);
      count_job (self, job);
    }
  aq_completions_sort (self->completions);
  aq_end_queue_sort (&self->leaving);
}

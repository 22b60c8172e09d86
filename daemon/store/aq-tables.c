/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables
 *
 * All live state in memory, and the frame of each transaction over it.
 */

#include "config.h"

#include "store/aq-tables-private.h"

#include "core/aq-annotation.h"
#include "core/aq-edge.h"
#include "core/aq-evidence.h"
#include "core/aq-job-past.h"
#include "core/aq-lane.h"

#include <string.h>

/* what a queued job takes beside its struct: its place in the table and in a run of its lane */
#define INDEX_BYTES (8 + sizeof (AqJob *))

static gboolean
exists (guint64  id,
        gpointer tables)
{
  AqTables *self = tables;

  return aq_job_table_lookup (self->jobs, id) != NULL || aq_job_table_lookup_away (self->jobs, id, NULL);
}

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

static void
clear_agent_change (gpointer data)
{
  AqAgentChange *change = data;

  g_ref_string_release (change->name);
  g_clear_pointer (&change->agent, aq_agent_unref);
}

static void
clear_item_change (gpointer data)
{
  AqItemChange *change = data;

  g_ref_string_release (change->name);
  g_clear_pointer (&change->value, g_variant_unref);
}

/* The steady clock goes on from where the counters say that it was. */
void
aq_tables_set_steady_base (AqTables *self)
{
  self->steady_base_usec = aq_clock_get_wall (self->clock) + self->counters.steady_ahead_usec -
                           aq_clock_get_monotonic (self->clock);
}

AqTables *
aq_tables_new (AqClock *clock)
{
  AqTables *self = g_new0 (AqTables, 1);

  self->transaction.class = &aq_tables_transaction_class;
  self->clock = aq_clock_ref (clock);
  self->jobs = aq_job_table_new ();
  self->schedule = aq_schedule_new ();
  self->lanes = aq_lanes_new (aq_schedule_get_limits (self->schedule));
  self->submit_keys = aq_job_keys_new ();
  self->unique_keys = aq_job_keys_new ();
  self->settings = aq_job_settings_table_new ();
  self->completions = aq_completions_new (exists, self);
  self->agents = g_ptr_array_new_with_free_func (unref_agent);
  self->counters = (AqCounters) { .next_id = 1, .next_order = 1, .next_lease = 1 };
  self->changes.jobs = g_ptr_array_new ();
  self->changes.edges = g_array_new (FALSE, FALSE, sizeof (AqEdge));
  g_array_set_clear_func (self->changes.edges, clear_edge);
  self->changes.agents = g_array_new (FALSE, FALSE, sizeof (AqAgentChange));
  g_array_set_clear_func (self->changes.agents, clear_agent_change);
  self->changes.removed = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->changes.items = g_array_new (FALSE, FALSE, sizeof (AqItemChange));
  g_array_set_clear_func (self->changes.items, clear_item_change);
  aq_tables_set_steady_base (self);
  return self;
}

void
aq_tables_free (AqTables *self)
{
  aq_job_keys_free (self->submit_keys);
  aq_job_keys_free (self->unique_keys);
  aq_completions_free (self->completions);
  aq_end_queue_clear (&self->leaving);
  aq_end_queue_clear (&self->visitors);
  aq_schedule_free (self->schedule);
  aq_deadlines_clear (&self->deadlines);
  aq_job_table_free (self->jobs);
  aq_lanes_free (self->lanes);
  g_ptr_array_unref (self->agents);
  aq_items_clear (&self->items);
  g_hash_table_unref (self->settings);
  g_ptr_array_unref (self->changes.jobs);
  g_array_unref (self->changes.edges);
  g_array_unref (self->changes.agents);
  g_array_unref (self->changes.removed);
  g_array_unref (self->changes.items);
  aq_clock_unref (self->clock);
  g_free (self);
}

static guint64
base_bytes (const AqJob *job)
{
  return sizeof (AqJob) + job->arguments_size + INDEX_BYTES;
}

static gsize
past_bytes (const AqJobPast *past)
{
  gsize bytes = sizeof (AqJobPast);

  for (guint i = 0; past->attempts != NULL && i < past->attempts->len; i++)
    {
      const AqPastAttempt *attempt = g_ptr_array_index (past->attempts, i);

      bytes += sizeof (AqPastAttempt) + strlen (attempt->agent) + strlen (attempt->domain) + strlen (attempt->message) +
               aq_evidence_get_size (attempt->evidence);
    }
  return bytes;
}

/* settings are shared by all that were submitted alike, and cost no job anything */
static guint32
extra_bytes (const AqJobExtra *extra)
{
  gsize bytes = sizeof (AqJobExtra);

  bytes += extra->submit_key != NULL ? strlen (extra->submit_key) + 1 : 0;
  bytes += extra->unique_key != NULL ? strlen (extra->unique_key) + 1 : 0;
  bytes += aq_evidence_get_size (extra->evidence);
  bytes += extra->past != NULL ? past_bytes (extra->past) : 0;
  bytes += extra->annotations != NULL ? g_variant_get_size (extra->annotations) : 0;
  bytes += extra->data != NULL ? g_variant_get_size (extra->data) : 0;
  bytes += extra->deadlines != NULL ? AQ_N_TIME_KINDS * (sizeof (AqJobDeadline) + sizeof (AqDeadlineEntry)) : 0;
  bytes += extra->result != NULL ? sizeof (AqResult) + extra->result->size : 0;
  bytes += extra->edges_in != NULL ? sizeof (GArray) + extra->edges_in->len * sizeof (AqEdge) : 0;
  bytes += extra->edges_out != NULL ? sizeof (GArray) + extra->edges_out->len * sizeof (AqEdge) : 0;
  return MIN (bytes, G_MAXINT32);
}

/* A job has come into memory. */
void
aq_tables_count_bytes (AqTables    *self,
                       const AqJob *job)
{
  self->live_bytes += base_bytes (job);
}

/* Keeps the sum of bytes after something that the job owns has changed. */
void
aq_tables_count_extra_bytes (AqTables *self,
                             AqJob    *job)
{
  if (job->extra == NULL)
    return;
  self->live_bytes -= job->extra->n_bytes;
  job->extra->n_bytes = extra_bytes (job->extra);
  self->live_bytes += job->extra->n_bytes;
}

/* A job leaves memory. */
void
aq_tables_uncount_bytes (AqTables    *self,
                         const AqJob *job)
{
  self->live_bytes -= base_bytes (job) + (job->extra != NULL ? job->extra->n_bytes : 0);
}

static gsize
item_bytes (const char *name,
            GVariant   *value)
{
  return sizeof (AqItem) + strlen (name) + 1 + g_variant_get_size (value);
}

/* An item has another value, or none any more; @was and @value are nullable. */
void
aq_tables_count_item_bytes (AqTables     *self,
                            const AqItem *was,
                            const char   *name,
                            GVariant     *value)
{
  if (was != NULL)
    self->live_bytes -= item_bytes (was->name, was->value);
  if (value != NULL)
    self->live_bytes += item_bytes (name, value);
}

AqTime
aq_tables_get_time (AqTables *self)
{
  gint64 monotonic_usec = aq_clock_get_monotonic (self->clock);

  return (AqTime) {
    .wall_usec = aq_clock_get_wall (self->clock),
    .monotonic_usec = monotonic_usec,
    .steady_usec = monotonic_usec + self->steady_base_usec,
  };
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
  self->transaction.now = aq_tables_get_time (self);
  self->transaction.actor = actor;
  return &self->transaction;
}

static gboolean
has_changes (AqTables *self)
{
  return self->changes.jobs->len > 0 || self->changes.edges->len > 0 || self->changes.agents->len > 0 ||
         self->changes.removed->len > 0 || self->changes.items->len > 0 || self->changes.counters_changed;
}

/* After a crash the steady clock goes on from here: so far it may be wrong then. */
#define STEADY_TOLERANCE_USEC G_USEC_PER_SEC

static void
note_steady_clock (AqTables *self)
{
  gint64 ahead_usec = self->transaction.now.steady_usec - self->transaction.now.wall_usec;

  if (ABS (ahead_usec - self->counters.steady_ahead_usec) <= STEADY_TOLERANCE_USEC)
    return;
  self->counters.steady_ahead_usec = ahead_usec;
  self->changes.counters_changed = TRUE;
}

/* A job of a lane is in a state now. */
void
aq_tables_count_in (AqTables *self,
                    guint     state,
                    AqLane   *lane)
{
  self->n_in_state[state]++;
  lane->counts->n_in_state[state]++;
}

/* Takes it back; @state may be AQ_JOB_NOT_COUNTED. */
void
aq_tables_count_out (AqTables *self,
                     guint     state,
                     AqLane   *lane)
{
  if (state == AQ_JOB_NOT_COUNTED)
    return;
  self->n_in_state[state]--;
  lane->counts->n_in_state[state]--;
}

/* Keeps the counts by state: a job is counted where it was when it was last kept. */
void
aq_tables_count_job (AqTables *self,
                     AqJob    *job)
{
  if (job->counted == job->state)
    return;
  if (job->state == ASYNCQ_JOB_STATE_COMPLETED)
    aq_tables_note_completion (self, job);
  aq_tables_count_out (self, job->counted, job->lane);
  job->counted = job->state;
  aq_tables_count_in (self, job->state, job->lane);
}

/* What it has become is what happened to its queue now. */
static void
note_flow (AqTables    *self,
           const AqJob *job,
           guint        from)
{
  AqFlow *flow = aq_queue_counts_edit (job->lane->counts, self->transaction.now.monotonic_usec);

  if (flow == NULL)
    return;
  if (from == AQ_JOB_NOT_COUNTED)
    flow->n_put++;
  /* a composite job is claimed by nobody */
  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED ||
      (job->state == ASYNCQ_JOB_STATE_ACTIVE && from != ASYNCQ_JOB_STATE_ASSIGNED))
    flow->n_started++;
  if (job->state != ASYNCQ_JOB_STATE_COMPLETED)
    return;
  flow->n_ended++;
  if (job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    flow->n_failed++;
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

  note_steady_clock (self);
  self->changes.now = self->transaction.now;
  for (guint i = 0; i < self->changes.jobs->len; i++)
    {
      AqJob *job = g_ptr_array_index (self->changes.jobs, i);
      guint counted = job->counted;

      job->sequence = sequence;
      aq_tables_count_extra_bytes (self, job);
      if (counted == job->state)
        continue;
      aq_tables_count_job (self, job);
      note_flow (self, job, counted);
    }
  return &self->changes;
}

/* mostly there is nothing in it, and that is all that a transaction is to cost here */
static void
empty (GArray *array)
{
  if (array->len > 0)
    g_array_set_size (array, 0);
}

void
aq_tables_forget_changes (AqTables *self)
{
  for (guint i = 0; i < self->changes.jobs->len; i++)
    ((AqJob *) g_ptr_array_index (self->changes.jobs, i))->dirty = 0;
  g_ptr_array_set_size (self->changes.jobs, 0);
  empty (self->changes.edges);
  empty (self->changes.agents);
  empty (self->changes.removed);
  empty (self->changes.items);
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
  guint n_changes = out_list->len;

  g_array_set_size (out_list, n_changes + changes->jobs->len);
  for (guint i = 0; i < changes->jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (changes->jobs, i);

      if ((job->dirty & AQ_JOB_PART_STATE) == 0)
        continue;
      g_array_index (out_list, AqJobChange, n_changes++) = (AqJobChange) {
        .id = job->id,
        .sequence = sequence,
        .state = job->state,
        .outcome = job->outcome,
        .is_annotation = aq_annotation_is_change (job->dirty),
        .attempt = job->attempt,
        .time_usec = changes->now.wall_usec,
      };
    }
  if (n_changes < out_list->len)
    g_array_set_size (out_list, n_changes);
}

/**
 * aq_tables_get_brief:
 * @self: tables
 * @id: an id
 * @out_brief: (out): what is known of the job
 *
 * Returns: whether there is such a job, in memory or away
 *
 * Since: 0.1
 */
gboolean
aq_tables_get_brief (AqTables   *self,
                     guint64     id,
                     AqJobBrief *out_brief)
{
  const AqJob *job = aq_job_table_lookup (self->jobs, id);
  AqAwaySlot slot;

  if (job != NULL)
    *out_brief = (AqJobBrief) { job->id, job->lane, job->created_usec, job->state, job->outcome, FALSE };
  else if (aq_job_table_lookup_away (self->jobs, id, &slot))
    *out_brief = (AqJobBrief) { id, aq_lanes_get_by_number (self->lanes, slot.lane), slot.created_usec,
                                ASYNCQ_JOB_STATE_COMPLETED, slot.outcome, TRUE };
  else
    return FALSE;
  return TRUE;
}

/**
 * aq_tables_get_lane:
 * @self: tables
 * @queue: a queue's name
 * @function: plugin.function, or the name of the composite kind
 * @arguments_type: a GVariant tuple type
 *
 * Returns: (transfer full): the lane of the default priority, without tags and
 *   limits, made if it is new; a job that is placed gets the one that it belongs to
 *
 * Since: 0.1
 */
AqLane *
aq_tables_get_lane (AqTables   *self,
                    const char *queue,
                    const char *function,
                    const char *arguments_type)
{
  return aq_tables_get_lane_for_key (self, &(AqLaneKey) {
    .queue = queue,
    .function = function,
    .arguments_type = arguments_type,
    .priority = AQ_PRIORITY_DEFAULT,
  });
}

AqLane *
aq_tables_get_lane_for_key (AqTables        *self,
                            const AqLaneKey *key)
{
  return aq_lanes_get (self->lanes, key);
}

AqJobSettings *
aq_tables_intern_settings (AqTables      *self,
                           AqJobSettings *settings)
{
  return aq_job_settings_intern (settings, self->settings);
}

/**
 * aq_tables_get_live_bytes:
 * @self: tables
 *
 * Returns: how many bytes the jobs take that are in memory, and the items, about
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
 * @kind: which of the two clocks
 *
 * Returns: when the next job that waits for its time becomes due, or the next
 *   deadline passes; %G_MAXINT64 when there is none. See aq_store_get_next_due().
 *
 * Since: 0.1
 */
gint64
aq_tables_get_next_due (AqTables   *self,
                        AqTimeKind  kind)
{
  gint64 due_usec = MIN (aq_schedule_get_next_due (self->schedule, kind),
                         aq_deadlines_get_earliest (&self->deadlines, kind));

  if (kind == AQ_TIME_WALL || due_usec == G_MAXINT64)
    return due_usec;
  return due_usec - self->steady_base_usec;
}

/**
 * aq_tables_replace_call:
 * @self: tables
 * @job: a job in memory
 * @lane: (transfer full): its queue, function and type of arguments from now on
 * @arguments: a tuple of the lane's type, serialised
 * @arguments_size: in bytes
 *
 * The arguments are part of the struct, so the job moves: the caller puts it where
 * it belongs in the schedule.
 *
 * Returns: (transfer none): the job; @job is freed
 *
 * Since: 0.1
 */
AqJob *
aq_tables_replace_call (AqTables      *self,
                        AqJob         *job,
                        AqLane        *lane,
                        gconstpointer  arguments,
                        gsize          arguments_size)
{
  AqJob *moved = aq_job_new (job->id, lane, arguments, arguments_size);
  guint index;

  aq_schedule_forget (self->schedule, job);
  aq_lanes_leave (self->lanes, job->lane);
  aq_lanes_enter (self->lanes, lane);
  aq_deadlines_remove (&self->deadlines, job);
  aq_tables_uncount_bytes (self, job);
  aq_job_table_steal (self->jobs, job->id);

  aq_tables_count_out (self, job->counted, job->lane);
  if (job->counted != AQ_JOB_NOT_COUNTED)
    aq_tables_count_in (self, job->counted, lane);
  memcpy (moved, job, G_STRUCT_OFFSET (AqJob, arguments));
  moved->lane = lane;
  moved->arguments_size = arguments_size;
  if (moved->dirty != 0 && g_ptr_array_find (self->changes.jobs, job, &index))
    g_ptr_array_index (self->changes.jobs, index) = moved;
  aq_job_table_insert (self->jobs, moved);
  aq_tables_count_bytes (self, moved);
  if (moved->extra != NULL)
    self->live_bytes += moved->extra->n_bytes;

  job->extra = NULL;
  aq_job_free (job);
  return moved;
}

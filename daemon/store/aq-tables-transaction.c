/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: what rules do to them
 */

#include "config.h"

#include "store/aq-tables-private.h"

#include <string.h>

static AqTables *
from_transaction (AqTransaction *transaction)
{
  return (AqTables *) transaction;
}

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
    case AQ_JOB_BATCH:
      return AQ_FUNCTION_BATCH;
    default:
      g_assert_not_reached ();
    }
}

static AqJob *
tables_create_job (AqTransaction *transaction,
                   const AqDraft *draft)
{
  AqTables *self = from_transaction (transaction);
  const AqJobSettings *settings = draft->settings != NULL ? draft->settings : &aq_job_settings_default;
  const AqLaneKey key = {
    .queue = draft->queue,
    .function = draft_function (draft),
    .arguments_type = draft->arguments_type,
    .tags = (const char * const *) settings->tags,
    .limits = settings->limits,
    .n_limits = settings->n_limits,
    .priority = draft->priority,
  };
  AqLane *lane = aq_lanes_get (self->lanes, &key);
  AqJob *job = aq_job_new (tables_edit_counters (transaction)->next_id++, lane, draft->arguments, draft->arguments_size);

  aq_lanes_enter (self->lanes, lane);
  job->kind = draft->kind;
  job->priority = draft->priority;
  job->begin_after_usec = draft->begin_after_usec;
  job->created_usec = transaction->now.wall_usec;
  if (draft->submit_key != NULL)
    {
      aq_job_ensure_extra (job)->submit_key = g_strdup (draft->submit_key);
      aq_job_keys_add (self->submit_keys, draft->submit_key, job->id);
    }
  aq_job_table_insert (self->jobs, job);
  aq_tables_count_bytes (self, job);
  tables_touch (transaction, job, AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE);
  if (draft->settings != NULL)
    {
      aq_job_ensure_extra (job)->settings = aq_tables_intern_settings (self, aq_job_settings_ref (draft->settings));
      tables_touch (transaction, job, AQ_JOB_PART_SETTINGS);
    }
  return job;
}

static void
tables_reindex (AqTransaction *transaction,
                AqJob         *job)
{
  AqTables *self = from_transaction (transaction);

  aq_tables_place (self, job, &transaction->now);
}

static AqJob *
tables_next_due (AqTransaction *transaction,
                 guint64        chooser,
                 AqLaneAccept   accept,
                 gpointer       user_data)
{
  AqTables *self = from_transaction (transaction);

  return aq_schedule_next_due (self->schedule, &transaction->now, chooser, accept, user_data);
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
  aq_tables_load_edge (self, edge);
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
  return aq_job_keys_get (from_transaction (transaction)->submit_keys, key);
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
add_agent_change (AqTables   *self,
                  const char *name,
                  AqAgent    *agent)
{
  const AqAgentChange change = { g_ref_string_new (name), agent != NULL ? aq_agent_ref (agent) : NULL };

  g_array_append_val (self->changes.agents, change);
}

static void
tables_set_agent (AqTransaction *transaction,
                  AqAgent       *agent)
{
  AqTables *self = from_transaction (transaction);

  aq_tables_load_agent (self, aq_agent_ref (agent));
  add_agent_change (self, agent->name, agent);
}

static void
tables_remove_agent (AqTransaction *transaction,
                     const char    *name)
{
  AqTables *self = from_transaction (transaction);

  if (aq_tables_unload_agent (self, name))
    add_agent_change (self, name, NULL);
}

static GPtrArray *
tables_list_agents (AqTransaction *transaction)
{
  return from_transaction (transaction)->agents;
}

static GPtrArray *
tables_get_busy (AqTransaction *transaction)
{
  return aq_schedule_get_busy (from_transaction (transaction)->schedule);
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
  return aq_tables_get_brief (from_transaction (transaction), id, out_brief);
}

static gboolean
tables_iterate_brief (AqTransaction *transaction,
                      guint64        below_id,
                      AqJobBrief    *out_brief)
{
  AqTables *self = from_transaction (transaction);

  return aq_tables_get_brief (self, aq_job_table_below (self->jobs, below_id), out_brief);
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

      aq_tables_drop_job (self, id);
      aq_completions_remove (self->completions, lane->queue, brief.outcome);
    }
  else
    aq_tables_drop_job (self, id);
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
      if (job != NULL && aq_tables_find_dependent (self, job, G_MAXUINT64) == AQ_DEPENDED)
        {
          job->postponed = TRUE;
          continue;
        }
      aq_tables_drop_job (self, id);
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

static AqJob *
tables_replace_call (AqTransaction *transaction,
                     AqJob         *job,
                     const char    *queue,
                     const char    *arguments_type,
                     gconstpointer  arguments,
                     gsize          arguments_size)
{
  AqTables *self = from_transaction (transaction);
  AqLane *lane = aq_tables_get_lane (self, queue, job->lane->function, arguments_type);
  AqJob *moved = aq_tables_replace_call (self, job, lane, arguments, arguments_size);

  tables_reindex (transaction, moved);
  tables_touch (transaction, moved, AQ_JOB_PART_SPEC);
  return moved;
}

static AqJob *
tables_next_overdue (AqTransaction *transaction)
{
  return aq_deadlines_get_overdue (&from_transaction (transaction)->deadlines, &transaction->now);
}

static guint64
tables_count_queue (AqTransaction *transaction,
                    const char    *queue)
{
  g_autoptr(GPtrArray) lanes = g_ptr_array_new ();
  guint64 n_jobs = 0;

  aq_lanes_list_queue (from_transaction (transaction)->lanes, queue, lanes);
  for (guint i = 0; i < lanes->len; i++)
    {
      const AqLane *lane = g_ptr_array_index (lanes, i);

      n_jobs += aq_due_queue_count (&lane->due) + lane->n_delayed;
    }
  return n_jobs;
}

static void
tables_list_queue (AqTransaction *transaction,
                   const char    *queue,
                   guint64        first_jobs,
                   GPtrArray     *out_jobs)
{
  AqTables *self = from_transaction (transaction);
  g_autoptr(GPtrArray) lanes = g_ptr_array_new ();
  guint64 n_delayed = 0;

  /* those that are due now come before all others */
  aq_schedule_move_due (self->schedule, &transaction->now);
  aq_lanes_list_queue (self->lanes, queue, lanes);
  for (guint i = 0; i < lanes->len; i++)
    {
      const AqLane *lane = g_ptr_array_index (lanes, i);

      aq_due_queue_list (&lane->due, first_jobs, out_jobs);
      n_delayed += lane->n_delayed;
    }
  if (n_delayed > 0 && out_jobs->len < first_jobs)
    aq_schedule_list_delayed (self->schedule, queue, n_delayed, out_jobs);
}

static guint64
tables_find_unique_key (AqTransaction *transaction,
                        const char    *key)
{
  return aq_job_keys_get (from_transaction (transaction)->unique_keys, key);
}

static void
tables_set_unique_key (AqTransaction *transaction,
                       AqJob         *job,
                       const char    *key)
{
  AqJobExtra *extra = aq_job_ensure_extra (job);

  g_assert (extra->unique_key == NULL);
  extra->unique_key = g_strdup (key);
  aq_job_keys_add (from_transaction (transaction)->unique_keys, key, job->id);
  tables_touch (transaction, job, AQ_JOB_PART_SPEC);
}

static AqItem *
tables_get_item (AqTransaction *transaction,
                 AqItemKind     kind,
                 const char    *name)
{
  return aq_items_get (&from_transaction (transaction)->items, kind, name);
}

static void
tables_set_item (AqTransaction *transaction,
                 AqItemKind     kind,
                 const char    *name,
                 GVariant      *value)
{
  AqTables *self = from_transaction (transaction);
  g_autoptr(GVariant) sunk = value != NULL ? g_variant_ref_sink (value) : NULL;
  AqItemChange change = { .kind = kind };

  g_assert (strlen (name) <= AQ_ITEM_MAX_NAME_BYTES);
  if (value == NULL && aq_items_get (&self->items, kind, name) == NULL)
    return;
  change.name = g_ref_string_new (name);
  change.value = sunk != NULL ? g_variant_get_normal_form (sunk) : NULL;
  aq_tables_load_item (self, kind, change.name, change.value);
  g_array_append_val (self->changes.items, change);
}

static GPtrArray *
tables_list_items (AqTransaction *transaction,
                   AqItemKind     kind)
{
  return aq_items_list (&from_transaction (transaction)->items, kind);
}

static void
tables_list_before (AqTransaction *transaction,
                    const AqJob   *job,
                    GArray        *out_counts)
{
  aq_schedule_list_before (from_transaction (transaction)->schedule, &transaction->now, job, out_counts);
}

static GPtrArray *
tables_list_queue_counts (AqTransaction *transaction)
{
  return aq_lanes_list_counts (from_transaction (transaction)->lanes);
}

static AqJob *
tables_get_oldest_due (AqTransaction *transaction,
                       const char    *queue)
{
  AqTables *self = from_transaction (transaction);
  g_autoptr(GPtrArray) lanes = g_ptr_array_new ();
  AqJob *oldest = NULL;

  aq_schedule_move_due (self->schedule, &transaction->now);
  aq_lanes_list_queue (self->lanes, queue, lanes);
  for (guint i = 0; i < lanes->len; i++)
    {
      AqJob *job = aq_due_queue_get_oldest (&((const AqLane *) g_ptr_array_index (lanes, i))->due);

      if (job != NULL && (oldest == NULL || job->due_usec < oldest->due_usec))
        oldest = job;
    }
  return oldest;
}

const AqTransactionClass aq_tables_transaction_class = {
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
  .set_agent = tables_set_agent,
  .remove_agent = tables_remove_agent,
  .list_agents = tables_list_agents,
  .get_busy = tables_get_busy,
  .iterate = tables_iterate,
  .count_state = tables_count_state,
  .get_brief = tables_get_brief,
  .iterate_brief = tables_iterate_brief,
  .remove_job = tables_remove_job,
  .expire = tables_expire,
  .get_next_expiry = tables_get_next_expiry,
  .replace_call = tables_replace_call,
  .next_overdue = tables_next_overdue,
  .count_queue = tables_count_queue,
  .list_queue = tables_list_queue,
  .find_unique_key = tables_find_unique_key,
  .set_unique_key = tables_set_unique_key,
  .get_item = tables_get_item,
  .set_item = tables_set_item,
  .list_items = tables_list_items,
  .list_before = tables_list_before,
  .list_queue_counts = tables_list_queue_counts,
  .get_oldest_due = tables_get_oldest_due,
  .get_limit_state = aq_tables_get_limit_state,
  .list_holders = aq_tables_list_holders,
  .list_instances = aq_tables_list_instances,
  .find_full_bucket = aq_tables_find_full_bucket,
};

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: loading them
 */

#include "config.h"

#include "store/aq-tables-private.h"

#include <string.h>

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
  aq_tables_count_bytes (self, job);
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
  AqAwaySlot slot = { 0, away->created_usec, away->outcome,
                      away->submit_key != NULL || away->unique_key != NULL };

  if (!aq_lanes_add_away (self->lanes, away->lane))
    return FALSE;
  slot.lane = away->lane->number;
  aq_job_table_insert_away (self->jobs, away->id, &slot);
  if (away->submit_key != NULL)
    {
      aq_job_keys_add (self->submit_keys, away->submit_key, away->id);
      aq_job_keys_send_away (self->submit_keys, away->submit_key, away->id);
    }
  if (away->unique_key != NULL)
    {
      aq_job_keys_add (self->unique_keys, away->unique_key, away->id);
      aq_job_keys_send_away (self->unique_keys, away->unique_key, away->id);
    }
  aq_completions_add (self->completions, away->lane->queue, away->outcome, away->id, away->ended_usec);
  aq_tables_count_in (self, ASYNCQ_JOB_STATE_COMPLETED, away->lane);
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

  if (!aq_tables_get_brief (self, id, &brief))
    return FALSE;
  lane = aq_lane_ref (brief.lane);
  aq_tables_drop_job (self, id);
  /* one that was away has its place there already */
  if (known)
    aq_completions_remove (self->completions, lane->queue, brief.outcome);
  return TRUE;
}

void
aq_tables_load_edge (AqTables     *self,
                     const AqEdge *edge)
{
  AqJob *parent = aq_job_table_lookup (self->jobs, edge->parent);
  AqJob *child = aq_job_table_lookup (self->jobs, edge->child);

  if (parent != NULL)
    {
      aq_job_add_edge (parent, edge);
      aq_tables_count_extra_bytes (self, parent);
    }
  if (child != NULL)
    {
      aq_job_add_edge (child, edge);
      aq_tables_count_extra_bytes (self, child);
    }
}

/**
 * aq_tables_load_agent:
 * @self: tables
 * @agent: (transfer full): an agent, in the place of the one of its name
 *
 * Since: 0.1
 */
void
aq_tables_load_agent (AqTables *self,
                      AqAgent  *agent)
{
  guint i = 0;

  (void) aq_tables_unload_agent (self, agent->name);
  /* by name, which is the same however they are loaded */
  while (i < self->agents->len &&
         strcmp (((const AqAgent *) g_ptr_array_index (self->agents, i))->name, agent->name) < 0)
    i++;
  g_ptr_array_insert (self->agents, (int) i, agent);
}

gboolean
aq_tables_unload_agent (AqTables   *self,
                        const char *name)
{
  for (guint i = 0; i < self->agents->len; i++)
    if (g_str_equal (((const AqAgent *) g_ptr_array_index (self->agents, i))->name, name))
      {
        g_ptr_array_remove_index (self->agents, i);
        return TRUE;
      }
  return FALSE;
}

/* what the schedule goes by. While tables are loaded there is no time yet, and no rate has room. */
static void
note_item (AqTables   *self,
           AqItemKind  kind,
           const char *name,
           GVariant   *value)
{
  AqLimitUses *limits = aq_schedule_get_limits (self->schedule);
  gint64 now_usec = self->transaction.now.steady_usec;

  if (kind == AQ_ITEM_LIMIT)
    aq_limit_uses_set_definition (limits, name, value, now_usec);
  else if (kind == AQ_ITEM_BUCKET)
    aq_limit_uses_set_bucket (limits, name, value, now_usec);
  else if (kind == AQ_ITEM_PAUSE || kind == AQ_ITEM_QUARANTINE)
    aq_schedule_forget_refusals (self->schedule);
}

/**
 * aq_tables_load_item:
 * @self: tables
 * @kind: what it is
 * @name: its name
 * @value: (nullable): a{sv}; %NULL: it was removed
 *
 * Returns: %FALSE if one is removed that is not there
 *
 * Since: 0.1
 */
gboolean
aq_tables_load_item (AqTables   *self,
                     AqItemKind  kind,
                     const char *name,
                     GVariant   *value)
{
  note_item (self, kind, name, value);
  aq_tables_count_item_bytes (self, aq_items_get (&self->items, kind, name), name, value);
  if (value == NULL)
    return aq_items_remove (&self->items, kind, name);
  aq_items_set (&self->items, aq_item_new (kind, name, value));
  return TRUE;
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
  guint64 id = 0;
  AqTime now;

  aq_tables_set_steady_base (self);
  now = aq_tables_get_time (self);

  /* oldest first: mostly queue order, in which lanes keep jobs most cheaply */
  while ((id = aq_job_table_above (self->jobs, id)) != 0)
    {
      AqJob *job = aq_job_table_lookup (self->jobs, id);

      /* away, or brought back before this */
      if (job == NULL || job->counted != AQ_JOB_NOT_COUNTED)
        continue;
      aq_tables_place (self, job, &now);
      if (job->extra != NULL && job->extra->submit_key != NULL)
        aq_job_keys_add (self->submit_keys, job->extra->submit_key, job->id);
      if (job->extra != NULL && job->extra->unique_key != NULL)
        aq_job_keys_add (self->unique_keys, job->extra->unique_key, job->id);
      aq_tables_count_extra_bytes (self, job);
      aq_tables_count_job (self, job);
    }
  aq_completions_sort (self->completions);
  aq_end_queue_sort (&self->leaving);
}

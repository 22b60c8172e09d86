/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: completed jobs
 *
 * Which are kept for how long is the matter of AqCompletions; here is who leaves
 * memory when, and what else a job's end means for the jobs that it depended on.
 */

#include "config.h"

#include "store/aq-tables-private.h"

#include "core/aq-edge.h"

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

/* A job has ended: it is kept for so long, and what it depended on may go. */
void
aq_tables_note_completion (AqTables *self,
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

/**
 * aq_tables_find_dependent:
 * @self: tables
 * @job: a completed job
 * @sequence: up to which an image has everything
 *
 * Returns: who depends on it
 *
 * Since: 0.1
 */
AqDepended
aq_tables_find_dependent (AqTables    *self,
                          const AqJob *job,
                          guint64      sequence)
{
  const GArray *edges = job->extra != NULL ? job->extra->edges_out : NULL;
  AqDepended depended = AQ_DEPENDED_NOT;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqJob *child = aq_job_table_lookup (self->jobs, g_array_index (edges, AqEdge, i).child);

      if (child == NULL)
        continue;
      if (child->state != ASYNCQ_JOB_STATE_COMPLETED)
        return AQ_DEPENDED;
      if (child->sequence > sequence)
        depended = AQ_DEPENDED_IN_MEMORY;
    }
  return depended;
}

/* Returns: whether it was possible; then the job is freed */
static gboolean
send_away (AqTables *self,
           AqJob    *job)
{
  const char *submit_key = job->extra != NULL ? job->extra->submit_key : NULL;
  const char *unique_key = job->extra != NULL ? job->extra->unique_key : NULL;
  AqAwaySlot slot = { 0, job->created_usec, job->outcome, submit_key != NULL || unique_key != NULL };

  if (!aq_lanes_add_away (self->lanes, job->lane))
    return FALSE;
  slot.lane = job->lane->number;
  if (submit_key != NULL)
    aq_job_keys_send_away (self->submit_keys, submit_key, job->id);
  if (unique_key != NULL)
    aq_job_keys_send_away (self->unique_keys, unique_key, job->id);
  aq_deadlines_remove (&self->deadlines, job);
  aq_tables_uncount_bytes (self, job);
  aq_job_table_steal (self->jobs, job->id);
  aq_job_table_insert_away (self->jobs, job->id, &slot);
  aq_job_free (job);
  return TRUE;
}

/**
 * aq_tables_drop_job:
 * @self: tables
 * @id: a completed job's id
 *
 * Takes it out of all indexes but the completions.
 *
 * Returns: FALSE if there is none
 *
 * Since: 0.1
 */
gboolean
aq_tables_drop_job (AqTables *self,
                    guint64   id)
{
  g_autoptr(AqJob) job = aq_job_table_steal (self->jobs, id);
  AqAwaySlot slot;

  if (job != NULL)
    {
      aq_tables_count_out (self, job->counted, job->lane);
      if (job->extra != NULL && job->extra->submit_key != NULL)
        aq_job_keys_remove (self->submit_keys, job->extra->submit_key, id);
      if (job->extra != NULL && job->extra->unique_key != NULL)
        aq_job_keys_remove (self->unique_keys, job->extra->unique_key, id);
      aq_deadlines_remove (&self->deadlines, job);
      aq_tables_uncount_bytes (self, job);
      return TRUE;
    }
  if (!aq_job_table_lookup_away (self->jobs, id, &slot))
    return FALSE;
  aq_tables_count_out (self, ASYNCQ_JOB_STATE_COMPLETED, aq_lanes_get_by_number (self->lanes, slot.lane));
  if (slot.has_key)
    {
      aq_job_keys_remove_away (self->submit_keys, id);
      aq_job_keys_remove_away (self->unique_keys, id);
    }
  aq_job_table_remove_away (self->jobs, id);
  aq_lanes_remove_away (self->lanes, slot.lane);
  return TRUE;
}

/* Returns: FALSE if the job cannot go before there is an image with more */
static gboolean
look_at_job (AqTables *self,
             guint64   id,
             guint64   sequence)
{
  AqJob *job = aq_job_table_lookup (self->jobs, id);
  AqDepended depended;

  /* removed, or it was in both queues and has left already */
  if (job == NULL || !job->leaving)
    return TRUE;
  depended = aq_tables_find_dependent (self, job, sequence);
  if (depended != AQ_DEPENDED && (depended == AQ_DEPENDED_IN_MEMORY || job->sequence > sequence))
    return FALSE;
  job->leaving = FALSE;
  if (depended == AQ_DEPENDED_NOT)
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
  aq_lanes_remove_away (self->lanes, slot.lane);
  if (slot.has_key)
    {
      aq_job_keys_bring_back (self->submit_keys, job->id);
      aq_job_keys_bring_back (self->unique_keys, job->id);
    }
  aq_job_table_insert (self->jobs, job);
  aq_tables_choose_lane (self, job);
  job->counted = ASYNCQ_JOB_STATE_COMPLETED;
  job->leaving = TRUE;
  aq_end_queue_push (&self->visitors, job->id, 0);
  aq_tables_count_bytes (self, job);
  aq_tables_count_extra_bytes (self, job);
}

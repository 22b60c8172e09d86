/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Filter
 *
 * States, outcomes and priorities are kept as bits, globs as lists. A key that was
 * not given has no list and accepts all. Ages are kept as a range.
 */

#include "config.h"

#include "core/aq-filter-private.h"

#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"

AqFilter *
aq_filter_ref (AqFilter *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_filter_unref (AqFilter *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (guint kind = 0; kind < AQ_N_FILTER_GLOBS; kind++)
    for (guint sense = 0; sense < AQ_N_FILTER_SENSES; sense++)
      g_clear_pointer (&self->globs[kind][sense], g_ptr_array_unref);
  g_free (self->job_word);
  g_free (self->text);
  g_free (self);
}

static gboolean
match (const GPtrArray *patterns,
       const char      *text)
{
  for (guint i = 0; i < patterns->len; i++)
    if (g_pattern_spec_match_string (g_ptr_array_index (patterns, i), text))
      return TRUE;
  return FALSE;
}

static gboolean
accept_name (AqFilter     *self,
             AqFilterGlob  kind,
             const char   *name)
{
  GPtrArray * const *globs = self->globs[kind];

  return (globs[AQ_FILTER_WANTED] == NULL || match (globs[AQ_FILTER_WANTED], name)) &&
         (globs[AQ_FILTER_REFUSED] == NULL || !match (globs[AQ_FILTER_REFUSED], name));
}

static gboolean
match_any_tag (const GPtrArray     *patterns,
               const char * const  *tags)
{
  for (; tags != NULL && *tags != NULL; tags++)
    if (match (patterns, *tags))
      return TRUE;
  return FALSE;
}

static gboolean
accept_tags (AqFilter            *self,
             const char * const  *tags)
{
  GPtrArray * const *globs = self->globs[AQ_FILTER_TAG];

  return (globs[AQ_FILTER_WANTED] == NULL || match_any_tag (globs[AQ_FILTER_WANTED], tags)) &&
         (globs[AQ_FILTER_REFUSED] == NULL || !match_any_tag (globs[AQ_FILTER_REFUSED], tags));
}

static gboolean
match_any_limit (const GPtrArray   *patterns,
                 const AqLimitName *limits,
                 guint              n_limits)
{
  for (guint i = 0; i < n_limits; i++)
    if (match (patterns, limits[i].definition) || match (patterns, limits[i].instance))
      return TRUE;
  return FALSE;
}

/* a job that has ended is under none */
static gboolean
accept_limits (AqFilter          *self,
               const AqLimitName *limits,
               guint              n_limits)
{
  GPtrArray * const *globs = self->globs[AQ_FILTER_LIMIT];

  return (globs[AQ_FILTER_WANTED] == NULL || match_any_limit (globs[AQ_FILTER_WANTED], limits, n_limits)) &&
         (globs[AQ_FILTER_REFUSED] == NULL || !match_any_limit (globs[AQ_FILTER_REFUSED], limits, n_limits));
}

static gboolean
has_priority (const AqFilter *self,
              guint8          priority)
{
  return (self->priorities[priority / AQ_PRIORITY_BITS] >> priority % AQ_PRIORITY_BITS & 1) != 0;
}

/**
 * aq_filter_accepts_queue:
 * @self: a filter
 * @queue: a queue's name
 *
 * Returns: whether the words about queues hold; the others are not looked at
 *
 * Since: 0.1
 */
gboolean
aq_filter_accepts_queue (AqFilter   *self,
                         const char *queue)
{
  return accept_name (self, AQ_FILTER_QUEUE, queue);
}

/**
 * aq_filter_accepts_lane:
 * @self: a filter
 * @lane: a lane
 *
 * Returns: whether the words about queue, function, tags and priority hold for all
 *   of the lane's jobs; the others are not looked at
 *
 * Since: 0.1
 */
gboolean
aq_filter_accepts_lane (AqFilter     *self,
                        const AqLane *lane)
{
  return accept_name (self, AQ_FILTER_QUEUE, lane->queue) && accept_name (self, AQ_FILTER_FUNCTION, lane->function) &&
         accept_tags (self, (const char * const *) lane->tags) && has_priority (self, lane->priority);
}

/**
 * aq_filter_check_lane:
 * @self: a filter
 * @error: return location for an error
 *
 * For those who decide about lanes and not about single jobs: agents.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the first word that is about something
 * else, and its place.
 *
 * Returns: whether all words are about queue, function, tags and priority
 *
 * Since: 0.1
 */
gboolean
aq_filter_check_lane (AqFilter  *self,
                      GError   **error)
{
  if (self->job_word == NULL)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' is not for the filter of an agent, at character %u: function:GLOB, queue:GLOB, tag:GLOB or "
               "priority:NUMBER is wanted", self->job_word, self->job_place);
  return FALSE;
}

/* words that hold or not by what all jobs of a lane have in common */
static gboolean
is_about_lanes (AqFilter *self)
{
  for (guint kind = 0; kind < AQ_N_FILTER_GLOBS; kind++)
    if (self->globs[kind][AQ_FILTER_WANTED] != NULL || self->globs[kind][AQ_FILTER_REFUSED] != NULL)
      return TRUE;
  return self->has_priorities;
}

static gboolean
is_in (AqFilter         *self,
       AqFilterSense     sense,
       AsyncqJobState    state,
       AsyncqJobOutcome  outcome)
{
  return (self->states[sense] & 1u << state) != 0 || (self->outcomes[sense] & 1u << outcome) != 0;
}

/**
 * aq_filter_accepts:
 * @self: a filter
 * @job: a job
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC; what an age is counted to
 *
 * Returns: whether all keys of the filter hold for the job
 *
 * Since: 0.1
 */
gboolean
aq_filter_accepts (AqFilter    *self,
                   const AqJob *job,
                   gint64       now_usec)
{
  gint64 age_usec = now_usec - job->created_usec;

  return age_usec > self->older_usec && age_usec < self->younger_usec &&
         aq_filter_accepts_step (self, job->lane, job->state, job->outcome);
}

/**
 * aq_filter_accepts_brief:
 * @self: a filter
 * @brief: what is known of a job
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC; what an age is counted to
 *
 * Returns: whether all keys of the filter hold for the job
 *
 * Since: 0.1
 */
gboolean
aq_filter_accepts_brief (AqFilter         *self,
                         const AqJobBrief *brief,
                         gint64            now_usec)
{
  gint64 age_usec = now_usec - brief->created_usec;

  return age_usec > self->older_usec && age_usec < self->younger_usec &&
         aq_filter_accepts_step (self, brief->lane, brief->state, brief->outcome);
}

/**
 * aq_filter_check_ended:
 * @self: a filter
 * @error: return location for an error
 *
 * For requests that are about jobs which have ended: a state that such a job
 * cannot have is a mistake, not a filter that accepts nothing.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the state.
 *
 * Returns: whether the filter names no other states
 *
 * Since: 0.1
 */
gboolean
aq_filter_check_ended (AqFilter  *self,
                       GError   **error)
{
  for (AsyncqJobState state = ASYNCQ_JOB_STATE_NEW; state < ASYNCQ_JOB_STATE_COMPLETED; state++)
    if (self->states[AQ_FILTER_WANTED] & 1u << state)
      {
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                     "'state:%s' is of jobs that have not ended: completed, succeeded, failed, cancelled or expired "
                     "is wanted", asyncq_job_state_to_string (state));
        return FALSE;
      }
  return TRUE;
}

/**
 * aq_filter_accepts_step:
 * @self: a filter
 * @lane: (nullable): of a job; %NULL where the job is gone, so that nobody knows
 *   its queue and its function
 * @state: a state that it had
 * @outcome: and its outcome
 *
 * An age is not looked at: a step has none.
 *
 * Returns: whether all other keys of the filter held for the job then
 *
 * Since: 0.1
 */
gboolean
aq_filter_accepts_step (AqFilter         *self,
                        const AqLane     *lane,
                        AsyncqJobState    state,
                        AsyncqJobOutcome  outcome)
{
  guint wanted = self->states[AQ_FILTER_WANTED] | self->outcomes[AQ_FILTER_WANTED];

  if (wanted != 0 && !is_in (self, AQ_FILTER_WANTED, state, outcome))
    return FALSE;
  if (is_in (self, AQ_FILTER_REFUSED, state, outcome))
    return FALSE;
  return lane != NULL ? aq_filter_accepts_lane (self, lane) && accept_limits (self, lane->limits, lane->n_limits) : !is_about_lanes (self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Filter
 *
 * States and outcomes are kept as bits, globs as lists. A key that was not
 * given has nothing in its list and accepts all. Ages are kept as a range.
 */

#include "config.h"

#include "core/aq-filter.h"

#include "core/aq-duration.h"
#include "core/aq-lane.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

struct _AqFilter
{
  gatomicrefcount  ref_count;
  guint            states;    /* bit per AsyncqJobState */
  guint            outcomes;  /* bit per AsyncqJobOutcome */
  GPtrArray       *queues;    /* of GPatternSpec */
  GPtrArray       *functions; /* of GPatternSpec */
  gint64           older_usec;   /* an age is more than this, ... */
  gint64           younger_usec; /* ... and less than this */
};

/* what a word may begin with */
static const char * const keys[] = { "age", "function", "queue", "state" };

static void
free_pattern (gpointer pattern)
{
  g_pattern_spec_free (pattern);
}

static gboolean
add_state (AqFilter    *self,
           const char  *value,
           GError     **error)
{
  AsyncqJobOutcome outcome;
  AsyncqJobState state;

  if (asyncq_job_state_from_string (value, &state))
    {
      self->states |= 1u << state;
      return TRUE;
    }
  if (asyncq_job_outcome_from_string (value, &outcome) && outcome != ASYNCQ_JOB_OUTCOME_NONE)
    {
      self->outcomes |= 1u << outcome;
      return TRUE;
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' in 'state:%s' is not a state: new, pending, assigned, active, callbacks, completed, succeeded, "
               "failed, cancelled or expired is wanted", value, value);
  return FALSE;
}

/* unlike with other keys, each word narrows: age:>1h age:<1d */
static gboolean
add_age (AqFilter    *self,
         const char  *value,
         GError     **error)
{
  gint64 usec;

  if ((*value == '>' || *value == '<') && aq_duration_parse (value + 1, &usec))
    {
      if (*value == '>')
        self->older_usec = MAX (self->older_usec, usec);
      else
        self->younger_usec = MIN (self->younger_usec, usec);
      return TRUE;
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' in 'age:%s' is not an age: '>' or '<' and a duration such as 90s, 1h30m or 2d is wanted",
               value, value);
  return FALSE;
}

static void
complain_about_word (const char  *word,
                     const char  *key,
                     GError     **error)
{
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, key != NULL ? key : word);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    aq_suggestion_offer (&suggestion, keys[i]);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' is not known in a filter: state:STATE, queue:GLOB, function:GLOB, age:>DURATION or "
               "age:<DURATION is wanted%s%s%s", word, suggestion.best != NULL ? "; did you mean '" : "",
               suggestion.best != NULL ? suggestion.best : "", suggestion.best != NULL ? ":'?" : "");
}

static gboolean
add_word (AqFilter    *self,
          const char  *word,
          GError     **error)
{
  const char *colon = strchr (word, ':');
  g_autofree char *key = colon != NULL ? g_strndup (word, colon - word) : NULL;

  if (g_strcmp0 (key, "state") == 0)
    return add_state (self, colon + 1, error);
  if (g_strcmp0 (key, "age") == 0)
    return add_age (self, colon + 1, error);
  if (g_strcmp0 (key, "queue") == 0)
    g_ptr_array_add (self->queues, g_pattern_spec_new (colon + 1));
  else if (g_strcmp0 (key, "function") == 0)
    g_ptr_array_add (self->functions, g_pattern_spec_new (colon + 1));
  else
    {
      complain_about_word (word, key, error);
      return FALSE;
    }
  return TRUE;
}

/**
 * aq_filter_parse:
 * @text: words, separated by white space
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the word.
 *
 * Returns: (transfer full): a filter, or %NULL with @error set
 *
 * Since: 0.1
 */
AqFilter *
aq_filter_parse (const char  *text,
                 GError     **error)
{
  g_auto(GStrv) words = g_strsplit_set (text, " \t\n", -1);
  g_autoptr(AqFilter) self = g_new0 (AqFilter, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->older_usec = G_MININT64;
  self->younger_usec = G_MAXINT64;
  self->queues = g_ptr_array_new_with_free_func (free_pattern);
  self->functions = g_ptr_array_new_with_free_func (free_pattern);
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && !add_word (self, *word, error))
      return NULL;
  return g_steal_pointer (&self);
}

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
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->functions);
  g_free (self);
}

static gboolean
matches (GPtrArray  *patterns,
         const char *text)
{
  for (guint i = 0; i < patterns->len; i++)
    if (g_pattern_spec_match_string (g_ptr_array_index (patterns, i), text))
      return TRUE;
  return patterns->len == 0;
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
    if (self->states & 1u << state)
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
  if ((self->states != 0 || self->outcomes != 0) && !(self->states & 1u << state) &&
      !(self->outcomes & 1u << outcome))
    return FALSE;
  if (lane == NULL)
    return self->queues->len == 0 && self->functions->len == 0;
  return matches (self->queues, lane->queue) && matches (self->functions, lane->function);
}

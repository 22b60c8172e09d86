/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The rule that changes many jobs
 *
 * What is done to each is what the rule for one job does. A job that the filter
 * accepts is changed, or skipped because there is nothing to do to it, or it has
 * failed: each is counted once.
 */

#include "config.h"

#include "core/aq-bulk.h"

#include "core/aq-job-times.h"
#include "core/aq-lane.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* each may be large */
#define MAX_FETCHED 64

static const char * const action_names[] = { "cancel", "priority", "remove", "retry" };

G_STATIC_ASSERT (G_N_ELEMENTS (action_names) == AQ_N_BULK_ACTIONS);

/* what people read, and programs compare */
static const char * const skip_names[] = {
  "already finished",
  "not finished",
  "running",
  "has that priority already",
  "due already",
  "waits for other jobs",
  "unfinished jobs depend on it",
  "has succeeded",
  "cannot run by itself",
};

G_STATIC_ASSERT (G_N_ELEMENTS (skip_names) == AQ_N_BULK_SKIPS);

/**
 * aq_bulk_action_from_string:
 * @text: the name of an action
 * @out_action: return location for it
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether there is such an action
 *
 * Since: 0.1
 */
gboolean
aq_bulk_action_from_string (const char    *text,
                            AqBulkAction  *out_action,
                            GError       **error)
{
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, text);
  for (AqBulkAction action = 0; action < AQ_N_BULK_ACTIONS; action++)
    {
      if (g_str_equal (action_names[action], text))
        {
          *out_action = action;
          return TRUE;
        }
      aq_suggestion_offer (&suggestion, action_names[action]);
    }
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%.32s' cannot be done to many jobs: cancel, priority, remove or retry is wanted%s%s%s", text,
               suggestion.best != NULL ? "; did you mean '" : "", suggestion.best != NULL ? suggestion.best : "",
               suggestion.best != NULL ? "'?" : "");
  return FALSE;
}

const char *
aq_bulk_skip_to_string (AqBulkSkip skip)
{
  return skip_names[skip];
}

static gboolean
skip (AqBulkSkip  why,
      AqBulkSkip *out_why)
{
  *out_why = why;
  return TRUE;
}

/* A filter that is about all jobs does not mean those that are well. */
static gboolean
is_meant_by_state (const AqBulkEvent *event,
                   const AqJobBrief  *brief)
{
  for (AsyncqJobState state = ASYNCQ_JOB_STATE_NEW; state < ASYNCQ_JOB_STATE_CALLBACKS; state++)
    if (aq_filter_accepts_step (event->walk.filter, brief->lane, state, ASYNCQ_JOB_OUTCOME_NONE))
      return FALSE;
  return TRUE;
}

static gboolean
skips_retry (AqTransaction     *transaction,
             const AqBulkEvent *event,
             const AqJobBrief  *brief,
             AqBulkSkip        *out_why)
{
  switch (brief->state)
    {
    case ASYNCQ_JOB_STATE_NEW:
      return skip (AQ_BULK_SKIP_NEW, out_why);
    case ASYNCQ_JOB_STATE_PENDING:
      return aq_job_is_due (aq_transaction_get_job (transaction, brief->id), &transaction->now) &&
             skip (AQ_BULK_SKIP_DUE, out_why);
    case ASYNCQ_JOB_STATE_COMPLETED:
      if (brief->outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED && !is_meant_by_state (event, brief))
        return skip (AQ_BULK_SKIP_SUCCEEDED, out_why);
      /* a composite job calls nothing */
      return strchr (brief->lane->function, '.') == NULL && skip (AQ_BULK_SKIP_PART, out_why);
    default:
      return skip (AQ_BULK_SKIP_RUNNING, out_why);
    }
}

/* what can be said of it without reading it */
static gboolean
skips (AqTransaction     *transaction,
       const AqBulkEvent *event,
       const AqJobBrief  *brief,
       AqBulkSkip        *out_why)
{
  gboolean has_ended = brief->state >= ASYNCQ_JOB_STATE_CALLBACKS;

  switch (event->action)
    {
    case AQ_BULK_CANCEL:
      return has_ended && skip (AQ_BULK_SKIP_FINISHED, out_why);
    case AQ_BULK_PRIORITY:
      if (has_ended)
        return skip (AQ_BULK_SKIP_FINISHED, out_why);
      if (brief->state == ASYNCQ_JOB_STATE_ASSIGNED || brief->state == ASYNCQ_JOB_STATE_ACTIVE)
        return skip (AQ_BULK_SKIP_RUNNING, out_why);
      return aq_transaction_get_job (transaction, brief->id)->priority == event->priority &&
             skip (AQ_BULK_SKIP_SAME, out_why);
    case AQ_BULK_REMOVE:
      if (brief->state != ASYNCQ_JOB_STATE_COMPLETED)
        return skip (AQ_BULK_SKIP_UNFINISHED, out_why);
      return aq_rule_clean_must_keep (transaction, brief) && skip (AQ_BULK_SKIP_NEEDED, out_why);
    case AQ_BULK_RETRY:
    default:
      return skips_retry (transaction, event, brief, out_why);
    }
}

static gboolean
retry (AqTransaction     *transaction,
       const AqBulkEvent *event,
       const AqJobBrief  *brief,
       gsize             *n_bytes,
       GError           **error)
{
  AqRetryEvent retry_event = { .id = brief->id, .queues = event->queues };

  if (brief->away && event->dry_run)
    return TRUE;
  if (brief->away)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FAILED, "job %" G_GUINT64_FORMAT " could not be read",
                   brief->id);
      return FALSE;
    }
  *n_bytes += aq_transaction_get_job (transaction, brief->id)->arguments_size;
  if (event->dry_run)
    return aq_rule_can_retry (transaction, &retry_event, error);
  return aq_rule_retry (transaction, &retry_event, error);
}

static gboolean
change (AqTransaction     *transaction,
        const AqBulkEvent *event,
        const AqJobBrief  *brief,
        gsize             *n_bytes,
        GError           **error)
{
  const AqDraft draft = { .priority = event->priority };
  AqCancelEvent cancel_event = { brief->id, event->why, event->out_stops };
  AqChangeEvent change_event = { .id = brief->id, .mask = AQ_CHANGE_PRIORITY, .draft = &draft };

  if (event->refusal != NULL && !event->dry_run)
    {
      g_propagate_error (error, g_error_copy (event->refusal));
      return FALSE;
    }
  if (event->action == AQ_BULK_RETRY)
    return retry (transaction, event, brief, n_bytes, error);
  if (event->dry_run)
    return TRUE;
  switch (event->action)
    {
    case AQ_BULK_CANCEL:
      return aq_rule_cancel (transaction, &cancel_event, error);
    case AQ_BULK_PRIORITY:
      return aq_rule_change (transaction, &change_event, error);
    default:
      aq_transaction_remove_job (transaction, brief->id);
      return TRUE;
    }
}

/* as it is before it is changed: the keys and types of Job1's properties */
static GVariant *
new_sample (const AqJobBrief *brief)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "Id", "t", brief->id);
  g_variant_dict_insert (&dict, "Queue", "s", brief->lane->queue);
  g_variant_dict_insert (&dict, "Function", "s", brief->lane->function);
  g_variant_dict_insert (&dict, "State", "s", asyncq_job_state_to_string (brief->state));
  g_variant_dict_insert (&dict, "Outcome", "s", asyncq_job_outcome_to_string (brief->outcome));
  g_variant_dict_insert (&dict, "Created", "x", brief->created_usec);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
count_failure (AqBulkEvent  *event,
               const GError *error)
{
  /* what can be told of a job only when it is read */
  if (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE))
    {
      event->out_n_skipped[AQ_BULK_SKIP_PART]++;
      return;
    }
  event->out_n_failed++;
  if (event->out_errors->len < AQ_BULK_MAX_SHOWN)
    g_ptr_array_add (event->out_errors, g_strdup (error->message));
}

/* Changes a job that is not skipped, and counts what has become of it. */
static void
change_and_count (AqTransaction    *transaction,
                  AqBulkEvent      *event,
                  const AqJobBrief *brief,
                  gsize            *n_bytes)
{
  g_autoptr(GVariant) sample = event->out_samples->len < AQ_BULK_MAX_SHOWN ? new_sample (brief) : NULL;
  g_autoptr(GError) error = NULL;

  if (!change (transaction, event, brief, n_bytes, &error))
    {
      count_failure (event, error);
      return;
    }
  event->out_n_changed++;
  if (sample != NULL)
    g_ptr_array_add (event->out_samples, g_steal_pointer (&sample));
}

/* Collects some jobs that are away, beginning with one, and has the walk come to them again. */
static void
collect_away (AqTransaction    *transaction,
              AqBulkEvent      *event,
              const AqJobBrief *first)
{
  AqJobWalk ahead = event->walk;
  AqJobBrief brief = *first;
  AqBulkSkip unused;

  ahead.n_looks = 0;
  do
    if (brief.away && !skips (transaction, event, &brief, &unused))
      g_array_append_val (event->out_away, brief.id);
  while (event->out_away->len < MAX_FETCHED && aq_job_walk_next (&ahead, transaction, &brief));
  event->fetched_id = g_array_index (event->out_away, guint64, event->out_away->len - 1);
  event->walk.below_id = first->id + 1;
}

static gboolean
is_to_be_fetched (const AqBulkEvent *event,
                  const AqJobBrief  *brief)
{
  return event->action == AQ_BULK_RETRY && !event->dry_run && event->refusal == NULL && brief->away &&
         brief->id < event->fetched_id;
}

/**
 * aq_rule_bulk:
 * @transaction: a transaction
 * @bulk_event: an #AqBulkEvent
 * @error: return location for an error
 *
 * Looks at some jobs, newest first, and does to those that the filter accepts what
 * is wanted. A dry run only counts.
 *
 * Jobs that have succeeded are run again only where the filter is about jobs that
 * have ended.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_bulk (AqTransaction  *transaction,
              gpointer        bulk_event,
              GError        **error)
{
  AqBulkEvent *event = bulk_event;
  guint64 max_changed = event->out_n_changed + MIN (event->max_jobs, event->limit - event->out_n_changed);
  gsize n_bytes = 0;
  AqJobBrief brief;

  aq_job_walk_step (&event->walk);
  while (event->out_n_changed < max_changed && n_bytes <= event->max_bytes &&
         aq_job_walk_next (&event->walk, transaction, &brief))
    {
      AqBulkSkip why;

      if (skips (transaction, event, &brief, &why))
        {
          event->out_n_skipped[why]++;
          continue;
        }
      if (is_to_be_fetched (event, &brief))
        {
          collect_away (transaction, event, &brief);
          return TRUE;
        }
      change_and_count (transaction, event, &brief, &n_bytes);
    }
  if (event->out_n_changed == event->limit)
    event->walk.at_end = TRUE;
  return TRUE;
}

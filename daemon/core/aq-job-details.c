/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What is shown of a job that somebody asks for by its id, and is too much for a
 * list: its settings, its attempts, and those that may come
 */

#include "config.h"

#include "core/aq-job-details.h"

#include "core/aq-evidence.h"
#include "core/aq-job-past.h"
#include "core/aq-job-settings.h"
#include "core/aq-job-view.h"
#include "core/aq-lease.h"
#include "core/aq-progress.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_NEXT_TRIES 20

static void
add (GVariantBuilder *builder,
     const char      *name,
     GVariant        *value)
{
  g_variant_builder_add (builder, "{sv}", name, value);
}

static void
add_text (GVariantBuilder *builder,
          const char      *name,
          const char      *text)
{
  add (builder, name, g_variant_new_string (text != NULL ? text : ""));
}

static const AqJobPast *
get_past (const AqJob *job)
{
  return job->extra != NULL ? job->extra->past : NULL;
}

/* ---- edges ---- */

static guint64
find_parent (const GArray *edges)
{
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS || edge->role == AQ_EDGE_CALLBACK)
        return edge->parent;
    }
  return 0;
}

static GVariant *
callbacks_value (const GArray *edges)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("at"));
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_CALLBACK)
        g_variant_builder_add (&builder, "t", edge->child);
    }
  return g_variant_builder_end (&builder);
}

/* ---- settings ---- */

static const char *
log_level_word (guint level)
{
  static const char *const words[] = { NULL, NULL, "critical", "error", "warning", NULL, "info", "debug" };

  return level < G_N_ELEMENTS (words) ? words[level] : NULL;
}

static GVariant *
settings_value (const AqJob   *job,
                AqRetryPolicy *policy)
{
  const AqJobSettings *settings = aq_job_get_settings (job);
  const char *level = log_level_word (settings->failure_log_level);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "retry", aq_retry_policy_get_name (policy));
  if (settings->begin_by_usec >= 0)
    add (&builder, "begin-by", g_variant_new_int64 (settings->begin_by_usec));
  if (settings->run_timeout_usec > 0)
    add (&builder, "run-timeout", g_variant_new_int64 (settings->run_timeout_usec));
  if (settings->total_timeout_usec > 0)
    add (&builder, "total-timeout", g_variant_new_int64 (settings->total_timeout_usec));
  if (settings->crash_limit > 0)
    add (&builder, "crash-limit", g_variant_new_uint32 (settings->crash_limit));
  if (level != NULL)
    add_text (&builder, "failure-log-level", level);
  if (settings->object != NULL)
    add_text (&builder, "object", settings->object);
  return g_variant_builder_end (&builder);
}

/* ---- attempts ---- */

static const char *
end_word (AqAttemptEnd end)
{
  static const char *const words[] = { "failed", "crashed", "timed-out", "interrupted", "snoozed", "oom" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_ATTEMPT_ENDS);
  return words[end];
}

static void
add_usage (GVariantBuilder *builder,
           const AqUsage   *usage)
{
  add (builder, "user-time", g_variant_new_int64 (usage->user_usec));
  add (builder, "system-time", g_variant_new_int64 (usage->system_usec));
  add (builder, "peak-memory", g_variant_new_uint64 (usage->peak_bytes));
  add (builder, "read-bytes", g_variant_new_uint64 (usage->read_bytes));
  add (builder, "written-bytes", g_variant_new_uint64 (usage->written_bytes));
}

/* The log may be long and has a method of its own: here it is a number. */
static void
add_evidence (GVariantBuilder *builder,
              GVariant        *evidence)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, evidence);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (g_str_equal (key, "log"))
      add (builder, "log-lines", g_variant_new_uint32 (g_variant_n_children (value)));
    else
      add (builder, key, value);
}

static void
add_attempt (GVariantBuilder     *builder,
             guint                number,
             const AqPastAttempt *attempt,
             const char          *end)
{
  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  add (builder, "number", g_variant_new_uint32 (number));
  add (builder, "lease", g_variant_new_uint64 (attempt->lease));
  add_text (builder, "agent", attempt->agent);
  add (builder, "worker", g_variant_new_uint32 (attempt->worker));
  add (builder, "started", g_variant_new_int64 (attempt->started_usec));
  add (builder, "ended", g_variant_new_int64 (attempt->ended_usec));
  add_text (builder, "end", end);
  add_text (builder, "domain", attempt->domain);
  add (builder, "code", g_variant_new_int32 (attempt->code));
  add_text (builder, "message", attempt->message);
  if (attempt->is_measured)
    add_usage (builder, &attempt->usage);
  if (attempt->evidence != NULL)
    add_evidence (builder, attempt->evidence);
  g_variant_builder_close (builder);
}

/* How the attempt ended that completed the job. A death of its worker is called that, as it would be were there
 * another attempt; it leaves evidence, which a function that gives the same error does not. */
static const char *
newest_end_word (const AqJob         *job,
                 const AqPastAttempt *attempt)
{
  static const struct
  {
    AsyncqError  code;
    AqAttemptEnd end;
  } ends[] = {
    { ASYNCQ_ERROR_CRASHED, AQ_ATTEMPT_CRASHED },
    { ASYNCQ_ERROR_OUT_OF_MEMORY, AQ_ATTEMPT_OOM },
  };

  if (job->outcome == ASYNCQ_JOB_OUTCOME_FAILED && attempt->evidence != NULL &&
      g_strcmp0 (attempt->domain, g_quark_to_string (ASYNCQ_ERROR)) == 0)
    for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
      if (attempt->code == (gint32) ends[i].code)
        return end_word (ends[i].end);
  return asyncq_job_outcome_to_string (job->outcome);
}

/* The newest attempt, unless it has become one of the past already. */
static void
add_newest_attempt (GVariantBuilder *builder,
                    guint            number,
                    const AqJob     *job,
                    GVariant        *live)
{
  const AqJobExtra *extra = job->extra;
  gboolean has_ended = job->state >= ASYNCQ_JOB_STATE_CALLBACKS;
  g_autoptr(GVariant) so_far = live != NULL && !has_ended ? aq_evidence_new (live) : NULL;
  g_autoptr(GVariant) failure = NULL;
  AqPastAttempt attempt = {
    .lease = job->lease,
    .started_usec = extra->started_usec,
    .ended_usec = has_ended ? extra->ended_usec : 0,
    .worker = extra->worker,
    .agent = extra->agent,
    .is_measured = extra->is_measured,
    .usage = extra->usage,
    .evidence = so_far != NULL ? so_far : extra->evidence,
  };

  if (has_ended && job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED && extra->result != NULL)
    failure = aq_result_to_variant (extra->result);
  if (failure != NULL && g_variant_is_of_type (failure, G_VARIANT_TYPE ("(sis)")))
    g_variant_get (failure, "(&si&s)", &attempt.domain, &attempt.code, &attempt.message);
  add_attempt (builder, number, &attempt,
               has_ended ? newest_end_word (job, &attempt) : "running");
}

static gboolean
newest_is_past (const AqJob     *job,
                const AqJobPast *past)
{
  guint n = past != NULL ? past->attempts->len : 0;

  return n > 0 && ((const AqPastAttempt *) g_ptr_array_index (past->attempts, n - 1))->lease == job->lease;
}

gboolean
aq_job_details_has_newest_attempt (const AqJob *job)
{
  return job->state >= ASYNCQ_JOB_STATE_ACTIVE && job->extra != NULL && job->extra->started_usec != 0 &&
         job->lease != 0 && !newest_is_past (job, get_past (job));
}

static GVariant *
attempts_value (const AqJob *job,
                GVariant    *live)
{
  const AqJobPast *past = get_past (job);
  guint number = past != NULL ? past->n_forgotten : 0;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; past != NULL && i < past->attempts->len; i++)
    {
      const AqPastAttempt *attempt = g_ptr_array_index (past->attempts, i);

      add_attempt (&builder, ++number, attempt, end_word (attempt->end));
    }
  if (aq_job_details_has_newest_attempt (job))
    add_newest_attempt (&builder, number + 1, job, live);
  return g_variant_builder_end (&builder);
}

/* ---- tries to come ---- */

static gint64
add_usec (gint64 time_usec,
          gint64 interval_usec)
{
  return interval_usec > G_MAXINT64 - time_usec ? G_MAXINT64 : time_usec + interval_usec;
}

/* whether it may still begin at @time_usec, of the wall clock as it goes now */
static gboolean
may_begin_at (const AqJob  *job,
              gint64        time_usec,
              const AqTime *now)
{
  const AqJobPast *past = get_past (job);

  if (past == NULL)
    return TRUE;
  if (past->begin_by_usec != 0 && time_usec > past->begin_by_usec)
    return FALSE;
  return past->give_up_usec == 0 || time_usec - now->wall_usec < past->give_up_usec - now->steady_usec;
}

static GVariant *
next_tries_value (const AqJob   *job,
                  AqRetryPolicy *policy,
                  const AqTime  *now)
{
  const AqCause cause = { .kind = AQ_CAUSE_ERROR, .domain = "asyncq-error-quark", .code = ASYNCQ_ERROR_FAILED };
  const AqJobPast *past = get_past (job);
  guint32 counts[AQ_N_RETRY_COUNTS] = { 0 };
  guint attempt = job->attempt;
  gint64 time_usec = now->wall_usec;
  guint n = 0;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ax"));
  if (past != NULL)
    memcpy (counts, past->counts, sizeof counts);
  counts[AQ_RETRY_COUNT_INTERRUPTIONS] = job->interruptions;

  if (job->state == ASYNCQ_JOB_STATE_PENDING)
    {
      time_usec = MAX (time_usec, aq_job_view_get_due (job, now));
      g_variant_builder_add (&builder, "x", time_usec);
      attempt++;
      n++;
    }
  while (n < MAX_NEXT_TRIES)
    {
      AqRetryDecision decision;

      aq_retry_policy_decide (policy, &cause, counts, aq_job_get_settings (job)->crash_limit, job->id, attempt,
                              &decision);
      time_usec = add_usec (time_usec, decision.pause_usec);
      if (decision.action == AQ_RETRY_FAIL || !may_begin_at (job, time_usec, now))
        break;
      g_variant_builder_add (&builder, "x", time_usec);
      if (decision.action == AQ_RETRY_AGAIN)
        counts[decision.count]++;
      attempt++;
      n++;
    }
  return g_variant_builder_end (&builder);
}

static gboolean
will_be_tried (const AqJob *job)
{
  return job->kind == AQ_JOB_CALL && job->state >= ASYNCQ_JOB_STATE_PENDING &&
         job->state <= ASYNCQ_JOB_STATE_ACTIVE && (job->flags & (AQ_JOB_WAITING | AQ_JOB_STOPPING)) == 0;
}

static GVariant *
plan_value (const AqJob   *job,
            AqRetryPolicy *policy)
{
  g_auto(GStrv) lines = aq_retry_policy_describe (policy, aq_job_get_settings (job)->crash_limit);

  return g_variant_new_strv ((const char * const *) lines, -1);
}

static const char *
cancel_reason (const AqJob     *job,
               const AqJobPast *past)
{
  if (past == NULL || past->cancel_why == NULL || job->state >= ASYNCQ_JOB_STATE_CALLBACKS)
    return "";
  return *past->cancel_why != '\0' ? past->cancel_why : "no reason given";
}

/**
 * aq_job_details_add:
 * @builder: of a{sv}
 * @transaction: a transaction
 * @job: a job of it
 * @live: (nullable): evidence of the attempt that runs, not trusted
 *
 * Adds those properties of org.asyncq.Job1 that ListJobs does not show.
 *
 * Since: 0.1
 */
void
aq_job_details_add (GVariantBuilder *builder,
                    AqTransaction   *transaction,
                    const AqJob     *job,
                    GVariant        *live)
{
  const AqJobPast *past = get_past (job);
  AqRetryPolicy *policy = aq_lease_get_policy (job);
  gboolean tried = will_be_tried (job);
  gboolean is_call = job->kind == AQ_JOB_CALL;
  g_autoptr(GVariant) progress = aq_progress_dup (job);

  add (builder, "Annotations",
       job->extra != NULL && job->extra->annotations != NULL ? job->extra->annotations
                                                             : g_variant_new ("a{sv}", NULL));
  add (builder, "Progress", progress != NULL ? progress : aq_progress_new_none ());
  add (builder, "BeginBy", g_variant_new_int64 (past != NULL ? past->begin_by_usec : 0));
  add (builder, "Parent", g_variant_new_uint64 (find_parent (aq_transaction_get_edges_in (transaction, job->id))));
  add (builder, "Callbacks", callbacks_value (aq_transaction_get_edges_out (transaction, job->id)));
  add (builder, "Settings", settings_value (job, policy));
  add (builder, "Attempts", attempts_value (job, live));
  add (builder, "ForgottenAttempts", g_variant_new_uint32 (past != NULL ? past->n_forgotten : 0));
  add (builder, "NextTries",
       tried ? next_tries_value (job, policy, &transaction->now) : g_variant_new ("ax", NULL));
  add (builder, "RetryPlan", is_call ? plan_value (job, policy) : g_variant_new_strv (NULL, 0));
  add_text (builder, "CancelRequested", cancel_reason (job, past));
  add_text (builder, "UniqueKey", job->extra != NULL ? job->extra->unique_key : NULL);
  add (builder, "RetryOf", g_variant_new_uint64 (past != NULL ? past->retry_of : 0));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Why a job does not run: it waits for others, or for its time, or it is past that
 */

#include "config.h"

#include "core/aq-edge.h"
#include "core/aq-job-past.h"
#include "core/aq-job-view.h"
#include "core/aq-why.h"

/* more are only counted */
#define MAX_JOBS 100
#define MAX_JOBS_IN_TEXT 3

/* the jobs that it waits for */
typedef struct
{
  GArray          *ids;   /* of guint64, MAX_JOBS at the most */
  GVariantBuilder  jobs;  /* aa{sv}, of the same */
  GString         *text;  /* the first of them */
  guint            n_jobs;
} Others;

static const char *
role_word (const AqEdge *edge)
{
  static const char *const words[] = {
    [AQ_EDGE_MEMBER] = "part of",
    [AQ_EDGE_POSTPROCESS] = "part of",
    [AQ_EDGE_NEXT] = "next after",
    [AQ_EDGE_JOIN] = "parts",
    [AQ_EDGE_RESULT] = "result of",
    [AQ_EDGE_CALLBACK] = "callback of",
    [AQ_EDGE_AFTER] = "after",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_EDGE_ROLES);
  return words[edge->role];
}

static void
others_init (Others *self)
{
  *self = (Others) { .ids = g_array_new (FALSE, FALSE, sizeof (guint64)), .text = g_string_new (NULL) };
  g_variant_builder_init (&self->jobs, G_VARIANT_TYPE ("aa{sv}"));
}

static void
others_add (Others      *self,
            const AqJob *job,
            const char  *role)
{
  self->n_jobs++;
  if (self->n_jobs > MAX_JOBS)
    return;
  if (self->n_jobs <= MAX_JOBS_IN_TEXT)
    g_string_append_printf (self->text, "%s%s %" G_GUINT64_FORMAT " (%s, %s)", self->n_jobs > 1 ? ", " : "", role,
                            job->id, aq_job_get_function (job), asyncq_job_state_to_string (job->state));
  g_array_append_val (self->ids, job->id);
  g_variant_builder_open (&self->jobs, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&self->jobs, "{sv}", "id", g_variant_new_uint64 (job->id));
  g_variant_builder_add (&self->jobs, "{sv}", "role", g_variant_new_string (role));
  g_variant_builder_add (&self->jobs, "{sv}", "function", g_variant_new_string (aq_job_get_function (job)));
  g_variant_builder_add (&self->jobs, "{sv}", "state",
                         g_variant_new_string (asyncq_job_state_to_string (job->state)));
  g_variant_builder_close (&self->jobs);
}

static void
others_end (Others     *self,
            AqWhyList  *list,
            const char *text)
{
  if (self->n_jobs > MAX_JOBS_IN_TEXT)
    g_string_append_printf (self->text, " and %u more", self->n_jobs - MAX_JOBS_IN_TEXT);
  aq_why_list_open (list, AQ_REASON_WAITS_FOR, "%s: %s", text, self->n_jobs > 0 ? self->text->str : "nothing");
  aq_why_list_add_ids (list, "jobs", self->ids);
  aq_why_list_add (list, "waits-for", g_variant_builder_end (&self->jobs));
  aq_why_list_add (list, "count", g_variant_new_uint32 (self->n_jobs));
  aq_why_list_close (list);
  aq_why_list_set_unknown (list);
  g_array_unref (self->ids);
  g_string_free (self->text, TRUE);
}

static void
add_parents (AqWhyList     *list,
             AqTransaction *transaction,
             const AqJob   *job,
             const char    *text)
{
  const GArray *edges = aq_transaction_get_edges_in (transaction, job->id);
  Others others;

  others_init (&others);
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const AqJob *parent = aq_transaction_find_job (transaction, edge->parent);

      if (parent != NULL && !aq_edge_is_over (edge, parent))
        others_add (&others, parent, role_word (edge));
    }
  others_end (&others, list, text);
}

static void
add_callbacks (AqWhyList     *list,
               AqTransaction *transaction,
               const AqJob   *job)
{
  const GArray *edges = aq_transaction_get_edges_out (transaction, job->id);
  Others others;

  others_init (&others);
  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);
      const AqJob *child = edge->role == AQ_EDGE_CALLBACK ? aq_transaction_find_job (transaction, edge->child) : NULL;

      if (child != NULL && !aq_job_has_let_go (child))
        others_add (&others, child, "callback");
    }
  others_end (&others, list, "it has its result, and waits for its callbacks");
}

static void
add_running (AqWhyList   *list,
             const AqJob *job)
{
  const AqJobExtra *extra = job->extra;
  const char *agent = extra != NULL && extra->agent != NULL ? extra->agent : "";
  gint64 started_usec = extra != NULL ? extra->started_usec : 0;
  g_autofree char *since = aq_why_dup_time (started_usec);

  if (job->state == ASYNCQ_JOB_STATE_ASSIGNED)
    aq_why_list_open (list, AQ_REASON_RUNNING, "agent '%s' has taken it, and a worker is about to begin it", agent);
  else
    aq_why_list_open (list, AQ_REASON_RUNNING, "it runs since %s in agent '%s'%s", since, agent,
                      job->flags & AQ_JOB_STOPPING ? ", and was told to stop" : "");
  aq_why_list_add (list, "agent", g_variant_new_string (agent));
  aq_why_list_add (list, "worker", g_variant_new_uint32 (extra != NULL ? extra->worker : 0));
  aq_why_list_add (list, "since", g_variant_new_int64 (started_usec));
  aq_why_list_add (list, "attempt", g_variant_new_uint32 (job->attempt));
  aq_why_list_close (list);
}

static void
add_completed (AqWhyList   *list,
               const AqJob *job)
{
  gint64 ended_usec = job->extra != NULL ? job->extra->ended_usec : 0;
  g_autofree char *time = aq_why_dup_time (ended_usec);
  const char *outcome = asyncq_job_outcome_to_string (job->outcome);

  if (job->flags & AQ_JOB_SKIPPED)
    aq_why_list_open (list, AQ_REASON_COMPLETED,
                      "it is %s, and never runs: what it waited for ended in another way", outcome);
  else if (ended_usec != 0)
    aq_why_list_open (list, AQ_REASON_COMPLETED, "it is over: %s at %s", outcome, time);
  else
    aq_why_list_open (list, AQ_REASON_COMPLETED, "it is over: %s", outcome);
  aq_why_list_add (list, "outcome", g_variant_new_string (outcome));
  aq_why_list_add (list, "ended", g_variant_new_int64 (ended_usec));
  aq_why_list_close (list);
}

static void
add_new (AqWhyList     *list,
         AqTransaction *transaction,
         const AqJob   *job)
{
  if (job->flags & AQ_JOB_PULLED)
    {
      aq_why_list_open (list, AQ_REASON_PULLED,
                        "somebody took it out of queue '%s'; \"asyncqctl queue put\" puts it back",
                        aq_job_get_queue (job));
      aq_why_list_add (list, "queue", g_variant_new_string (aq_job_get_queue (job)));
      aq_why_list_close (list);
      aq_why_list_set_unknown (list);
    }
  if (job->n_waiting > 0 || !(job->flags & AQ_JOB_PULLED))
    add_parents (list, transaction, job, "it waits for others");
}

/**
 * aq_why_add_waits:
 * @list: where to add it
 * @transaction: a transaction
 * @job: a job that is not pending
 *
 * Adds what it waits for, or what it does instead of waiting.
 *
 * Since: 0.1
 */
void
aq_why_add_waits (AqWhyList     *list,
                  AqTransaction *transaction,
                  const AqJob   *job)
{
  switch ((AsyncqJobState) job->state)
    {
    case ASYNCQ_JOB_STATE_NEW:
      add_new (list, transaction, job);
      break;
    case ASYNCQ_JOB_STATE_PENDING:
      break;
    case ASYNCQ_JOB_STATE_ASSIGNED:
      add_running (list, job);
      break;
    case ASYNCQ_JOB_STATE_ACTIVE:
      if (job->flags & AQ_JOB_WAITING)
        add_parents (list, transaction, job,
                     job->kind == AQ_JOB_CALL ? "it has returned a job, and waits for it"
                                              : "it has begun, and waits for its parts");
      else
        add_running (list, job);
      break;
    case ASYNCQ_JOB_STATE_CALLBACKS:
      add_callbacks (list, transaction, job);
      break;
    case ASYNCQ_JOB_STATE_COMPLETED:
      add_completed (list, job);
      break;
    default:
      g_assert_not_reached ();
    }
}

static const AqPastAttempt *
get_last_attempt (const AqJob *job)
{
  const AqJobPast *past = job->extra != NULL ? job->extra->past : NULL;

  if (past == NULL || past->attempts->len == 0)
    return NULL;
  return g_ptr_array_index (past->attempts, past->attempts->len - 1);
}

static void
open_later (AqWhyList   *list,
            const AqJob *job,
            const char  *until)
{
  const AqPastAttempt *last = get_last_attempt (job);

  if (!(job->flags & AQ_JOB_STEADY) && job->begin_after_usec != 0)
    aq_why_list_open (list, AQ_REASON_NOT_BEFORE, "it is not to begin before %s", until);
  else if (last == NULL)
    aq_why_list_open (list, AQ_REASON_DELAYED, "it is delayed until %s", until);
  else if (last->end == AQ_ATTEMPT_SNOOZED)
    aq_why_list_open (list, AQ_REASON_SNOOZED, "it asked to run again at %s", until);
  else
    {
      aq_why_list_open (list, AQ_REASON_RETRY_PAUSE, "attempt %u failed, and the next one is at %s: %s", job->attempt,
                        until, *last->message != '\0' ? last->message : "no message");
      aq_why_list_add (list, "attempt", g_variant_new_uint32 (job->attempt));
      aq_why_list_add (list, "failure",
                       g_variant_new ("(sis)", last->domain, last->code, last->message));
    }
}

/**
 * aq_why_add_time:
 * @list: where to add it
 * @transaction: a transaction
 * @job: a pending job
 *
 * Adds why its time has not come, if it has not.
 *
 * Since: 0.1
 */
void
aq_why_add_time (AqWhyList     *list,
                 AqTransaction *transaction,
                 const AqJob   *job)
{
  gint64 due_usec = aq_job_view_get_due (job, &transaction->now);
  g_autofree char *until = aq_why_dup_time (due_usec);

  if (aq_job_is_due (job, &transaction->now))
    return;
  open_later (list, job, until);
  aq_why_list_add (list, "until", g_variant_new_int64 (due_usec));
  aq_why_list_close (list);
  aq_why_list_delay (list, due_usec, "its time comes then");
}

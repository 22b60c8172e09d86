/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What was known about a job when it was asked for
 *
 * A snapshot: it never changes, so any thread may read it. It keeps what the
 * daemon sent, and answers from that; a property that an older daemon does not
 * send, or sends with another type, reads as 0, empty or none.
 */

#include "config.h"

#include "asyncq-job-info.h"

#include "asyncq-error.h"

struct _AsyncqJobInfo
{
  GObject parent_instance;

  GVariant *properties; /* a{sv} */

  /* what is handed out as borrowed needs a place that stays */
  GVariant *arguments;  /* NULL: none */
  GVariant *result;     /* NULL: none */
  GVariant *members;    /* at */
  GVariant *waits_for;  /* at */
  GVariant *callbacks;  /* at */
  GVariant *settings;   /* a{sv}; NULL: none */
  GVariant *attempts;   /* aa{sv}; NULL: none */
  GVariant *next_tries; /* ax; NULL: none */
  char    **retry_plan; /* never NULL */
  char    **tags;       /* never NULL */
  char    **limits;     /* never NULL */
};

/**
 * AsyncqJobInfo:
 *
 * What was known about a job at one moment.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqJobInfo, asyncq_job_info, G_TYPE_OBJECT)

static void
asyncq_job_info_finalize (GObject *object)
{
  AsyncqJobInfo *self = ASYNCQ_JOB_INFO (object);

  g_clear_pointer (&self->properties, g_variant_unref);
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_clear_pointer (&self->result, g_variant_unref);
  g_clear_pointer (&self->members, g_variant_unref);
  g_clear_pointer (&self->waits_for, g_variant_unref);
  g_clear_pointer (&self->callbacks, g_variant_unref);
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_pointer (&self->attempts, g_variant_unref);
  g_clear_pointer (&self->next_tries, g_variant_unref);
  g_clear_pointer (&self->retry_plan, g_strfreev);
  g_clear_pointer (&self->tags, g_strfreev);
  g_clear_pointer (&self->limits, g_strfreev);

  G_OBJECT_CLASS (asyncq_job_info_parent_class)->finalize (object);
}

static void
asyncq_job_info_class_init (AsyncqJobInfoClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = asyncq_job_info_finalize;
}

static void
asyncq_job_info_init (AsyncqJobInfo *self)
{
}

/* the value inside a property of type v, or NULL */
static GVariant *
unbox (GVariant   *properties,
       const char *name)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (properties, name, NULL);

  if (value == NULL)
    return NULL;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    return g_variant_get_variant (value);
  return g_steal_pointer (&value);
}

/* none where the property is not there */
static char **
dup_strings (GVariant   *properties,
             const char *name)
{
  char **strings = NULL;

  if (g_variant_lookup (properties, name, "^as", &strings))
    return strings;
  return g_new0 (char *, 1);
}

/**
 * asyncq_job_info_new:
 * @properties: a dictionary `a{sv}` with the properties of `org.asyncq.Job1`;
 *   consumed if it is floating
 *
 * Makes a snapshot of what the bus gave.
 *
 * Returns: (transfer full): the snapshot
 *
 * Since: 0.1
 */
AsyncqJobInfo *
asyncq_job_info_new (GVariant *properties)
{
  AsyncqJobInfo *self;

  g_return_val_if_fail (properties != NULL, NULL);
  g_return_val_if_fail (g_variant_is_of_type (properties, G_VARIANT_TYPE_VARDICT), NULL);

  self = g_object_new (ASYNCQ_TYPE_JOB_INFO, NULL);
  self->properties = g_variant_ref_sink (properties);
  self->arguments = unbox (properties, "Arguments");
  self->result = unbox (properties, "Result");
  self->members = g_variant_lookup_value (properties, "Members", G_VARIANT_TYPE ("at"));
  self->waits_for = g_variant_lookup_value (properties, "WaitsFor", G_VARIANT_TYPE ("at"));
  self->callbacks = g_variant_lookup_value (properties, "Callbacks", G_VARIANT_TYPE ("at"));
  self->settings = g_variant_lookup_value (properties, "Settings", G_VARIANT_TYPE_VARDICT);
  self->attempts = g_variant_lookup_value (properties, "Attempts", G_VARIANT_TYPE ("aa{sv}"));
  self->next_tries = g_variant_lookup_value (properties, "NextTries", G_VARIANT_TYPE ("ax"));
  self->retry_plan = dup_strings (properties, "RetryPlan");
  self->tags = dup_strings (properties, "Tags");
  self->limits = dup_strings (properties, "Limits");
  return self;
}

/**
 * asyncq_job_info_get_properties:
 * @self: a snapshot
 *
 * Gives everything that the daemon sent, also what this version of the library
 * does not know.
 *
 * Returns: (transfer none): a dictionary `a{sv}` with the properties of
 *   `org.asyncq.Job1`
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_info_get_properties (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return self->properties;
}

static const char *
get_text (AsyncqJobInfo *self,
          const char    *name)
{
  const char *text = "";

  (void) g_variant_lookup (self->properties, name, "&s", &text);
  return text;
}

static guint64
get_uint64 (AsyncqJobInfo *self,
            const char    *name)
{
  guint64 number = 0;

  (void) g_variant_lookup (self->properties, name, "t", &number);
  return number;
}

static guint
get_uint32 (AsyncqJobInfo *self,
            const char    *name)
{
  guint32 number = 0;

  (void) g_variant_lookup (self->properties, name, "u", &number);
  return number;
}

static gint64
get_time (AsyncqJobInfo *self,
          const char    *name)
{
  gint64 usec = 0;

  (void) g_variant_lookup (self->properties, name, "x", &usec);
  return usec;
}

static const guint64 *
get_ids (GVariant *list,
         gsize    *out_n_ids)
{
  *out_n_ids = 0;
  return list == NULL ? NULL : g_variant_get_fixed_array (list, out_n_ids, sizeof (guint64));
}

/**
 * asyncq_job_info_get_id:
 * @self: a snapshot
 *
 * Gives the job's id.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
guint64
asyncq_job_info_get_id (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint64 (self, "Id");
}

/**
 * asyncq_job_info_get_function:
 * @self: a snapshot
 *
 * Gives the name of the function that the job calls.
 *
 * Returns: `plugin.function`; `parallel`, `serial` or `batch` for a composite job
 *
 * Since: 0.1
 */
const char *
asyncq_job_info_get_function (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return get_text (self, "Function");
}

/**
 * asyncq_job_info_get_arguments:
 * @self: a snapshot
 *
 * Gives the arguments, with defaults filled in.
 *
 * Returns: (transfer none) (nullable): a tuple of the declared types
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_info_get_arguments (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return self->arguments;
}

/**
 * asyncq_job_info_get_queue:
 * @self: a snapshot
 *
 * Gives the name of the job's queue.
 *
 * Returns: the name; the default queue's is empty
 *
 * Since: 0.1
 */
const char *
asyncq_job_info_get_queue (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return get_text (self, "Queue");
}

/**
 * asyncq_job_info_get_priority:
 * @self: a snapshot
 *
 * Gives the job's priority.
 *
 * Returns: 0, most urgent, to 255
 *
 * Since: 0.1
 */
guint
asyncq_job_info_get_priority (AsyncqJobInfo *self)
{
  guint8 priority = 0;

  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  (void) g_variant_lookup (self->properties, "Priority", "y", &priority);
  return priority;
}

/**
 * asyncq_job_info_get_state:
 * @self: a snapshot
 *
 * Gives where the job is in its life.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
AsyncqJobState
asyncq_job_info_get_state (AsyncqJobInfo *self)
{
  AsyncqJobState state = ASYNCQ_JOB_STATE_NEW;

  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), state);

  (void) asyncq_job_state_from_string (get_text (self, "State"), &state);
  return state;
}

/**
 * asyncq_job_info_get_outcome:
 * @self: a snapshot
 *
 * Gives how the job ended.
 *
 * Returns: the outcome; `ASYNCQ_JOB_OUTCOME_NONE` before the end
 *
 * Since: 0.1
 */
AsyncqJobOutcome
asyncq_job_info_get_outcome (AsyncqJobInfo *self)
{
  AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_NONE;

  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), outcome);

  (void) asyncq_job_outcome_from_string (get_text (self, "Outcome"), &outcome);
  return outcome;
}

/**
 * asyncq_job_info_get_result:
 * @self: a snapshot
 *
 * Gives what the function returned.
 *
 * Returns: (transfer none) (nullable): the value, or %NULL where the job has not
 *   succeeded
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_info_get_result (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return asyncq_job_info_get_outcome (self) == ASYNCQ_JOB_OUTCOME_SUCCEEDED ? self->result : NULL;
}

/**
 * asyncq_job_info_dup_failure: (skip)
 * @self: a snapshot
 *
 * Gives why the job has no value.
 *
 * Returns: (transfer full) (nullable): the error, or %NULL where the job has
 *   succeeded or not ended
 *
 * Since: 0.1
 */
GError *
asyncq_job_info_dup_failure (AsyncqJobInfo *self)
{
  AsyncqJobOutcome outcome;

  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  outcome = asyncq_job_info_get_outcome (self);
  if (outcome == ASYNCQ_JOB_OUTCOME_NONE || outcome == ASYNCQ_JOB_OUTCOME_SUCCEEDED || self->result == NULL)
    return NULL;
  return asyncq_error_new_from_failure (self->result);
}

/**
 * asyncq_job_info_get_attempt:
 * @self: a snapshot
 *
 * Gives how often the job was started.
 *
 * Returns: the number; 0 before the first start
 *
 * Since: 0.1
 */
guint
asyncq_job_info_get_attempt (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint32 (self, "Attempt");
}

/**
 * asyncq_job_info_get_interruptions:
 * @self: a snapshot
 *
 * Gives how often the job was interrupted by the end of a daemon.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
asyncq_job_info_get_interruptions (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint32 (self, "Interruptions");
}

/**
 * asyncq_job_info_get_lease:
 * @self: a snapshot
 *
 * Gives the lease of the newest attempt.
 *
 * Returns: the lease; 0 before the first attempt
 *
 * Since: 0.1
 */
guint64
asyncq_job_info_get_lease (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint64 (self, "Lease");
}

/**
 * asyncq_job_info_get_agent:
 * @self: a snapshot
 *
 * Gives the name of the agent that claimed the job last.
 *
 * Returns: the name; empty before the first claim
 *
 * Since: 0.1
 */
const char *
asyncq_job_info_get_agent (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return get_text (self, "Agent");
}

/**
 * asyncq_job_info_get_worker:
 * @self: a snapshot
 *
 * Gives the process that ran the job last.
 *
 * Returns: its pid; 0 before the first start
 *
 * Since: 0.1
 */
guint
asyncq_job_info_get_worker (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint32 (self, "Worker");
}

/**
 * asyncq_job_info_get_created_usec:
 * @self: a snapshot
 *
 * Gives when the job was submitted.
 *
 * Returns: microseconds since 1970-01-01 UTC
 *
 * Since: 0.1
 */
gint64
asyncq_job_info_get_created_usec (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_time (self, "Created");
}

/**
 * asyncq_job_info_get_begin_after_usec:
 * @self: a snapshot
 *
 * Gives the time before which the job does not begin, as it was set.
 *
 * Returns: microseconds since 1970-01-01 UTC; 0 for none
 *
 * Since: 0.1
 */
gint64
asyncq_job_info_get_begin_after_usec (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_time (self, "BeginAfter");
}

/**
 * asyncq_job_info_get_started_usec:
 * @self: a snapshot
 *
 * Gives when the newest attempt began.
 *
 * Returns: microseconds since 1970-01-01 UTC; 0 before the first
 *
 * Since: 0.1
 */
gint64
asyncq_job_info_get_started_usec (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_time (self, "Started");
}

/**
 * asyncq_job_info_get_ended_usec:
 * @self: a snapshot
 *
 * Gives when the job got its outcome.
 *
 * Returns: microseconds since 1970-01-01 UTC; 0 before that
 *
 * Since: 0.1
 */
gint64
asyncq_job_info_get_ended_usec (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_time (self, "Ended");
}

/**
 * asyncq_job_info_get_submit_key:
 * @self: a snapshot
 *
 * Gives the key that the job was submitted with.
 *
 * Returns: the key; empty where there is none
 *
 * Since: 0.1
 */
const char *
asyncq_job_info_get_submit_key (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return get_text (self, "SubmitKey");
}

/**
 * asyncq_job_info_get_members:
 * @self: a snapshot
 * @out_n_members: (out): how many
 *
 * Gives the parts of a composite job, or the jobs that a postprocess job is given.
 *
 * Returns: (transfer none) (array length=out_n_members): the ids, in their order
 *
 * Since: 0.1
 */
const guint64 *
asyncq_job_info_get_members (AsyncqJobInfo *self,
                             gsize         *out_n_members)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);
  g_return_val_if_fail (out_n_members != NULL, NULL);

  return get_ids (self->members, out_n_members);
}

/**
 * asyncq_job_info_get_waits_for:
 * @self: a snapshot
 * @out_n_jobs: (out): how many
 *
 * Gives the jobs that must end before this one goes on.
 *
 * Returns: (transfer none) (array length=out_n_jobs): the ids
 *
 * Since: 0.1
 */
const guint64 *
asyncq_job_info_get_waits_for (AsyncqJobInfo *self,
                               gsize         *out_n_jobs)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);
  g_return_val_if_fail (out_n_jobs != NULL, NULL);

  return get_ids (self->waits_for, out_n_jobs);
}

/**
 * asyncq_job_info_get_parent:
 * @self: a snapshot
 *
 * Gives the composite job that the job is a part of, or the job that it is a callback
 * of.
 *
 * Returns: its id; 0 for none
 *
 * Since: 0.1
 */
guint64
asyncq_job_info_get_parent (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint64 (self, "Parent");
}

/**
 * asyncq_job_info_get_callbacks:
 * @self: a snapshot
 * @out_n_callbacks: (out): how many
 *
 * Gives the callbacks of the job.
 *
 * Returns: (transfer none) (array length=out_n_callbacks): the ids, in their order
 *
 * Since: 0.1
 */
const guint64 *
asyncq_job_info_get_callbacks (AsyncqJobInfo *self,
                               gsize         *out_n_callbacks)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);
  g_return_val_if_fail (out_n_callbacks != NULL, NULL);

  return get_ids (self->callbacks, out_n_callbacks);
}

/**
 * asyncq_job_info_is_skipped:
 * @self: a snapshot
 *
 * Tells whether the job was completed without a run, because what it waited for
 * ended in another way.
 *
 * Returns: whether it was skipped
 *
 * Since: 0.1
 */
gboolean
asyncq_job_info_is_skipped (AsyncqJobInfo *self)
{
  gboolean skipped = FALSE;

  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), FALSE);

  (void) g_variant_lookup (self->properties, "Skipped", "b", &skipped);
  return skipped;
}

/**
 * asyncq_job_info_get_due_usec:
 * @self: a snapshot
 *
 * Gives when the job that waits in a queue may begin, by what the clock shows now.
 *
 * Returns: microseconds since 1970-01-01 UTC; 0 where it waits in no queue
 *
 * Since: 0.1
 */
gint64
asyncq_job_info_get_due_usec (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_time (self, "Due");
}

/**
 * asyncq_job_info_get_begin_by_usec:
 * @self: a snapshot
 *
 * Gives by when the job has to begin.
 *
 * Returns: microseconds since 1970-01-01 UTC; 0 for no such time
 *
 * Since: 0.1
 */
gint64
asyncq_job_info_get_begin_by_usec (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_time (self, "BeginBy");
}

/**
 * asyncq_job_info_get_tags:
 * @self: a snapshot
 *
 * Gives the tags, sorted; see [method@JobSpec.set_tags].
 *
 * Returns: (transfer none) (array zero-terminated=1): possibly none
 *
 * Since: 0.1
 */
const char *const *
asyncq_job_info_get_tags (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return (const char *const *) self->tags;
}

/**
 * asyncq_job_info_get_limits:
 * @self: a snapshot
 *
 * Gives the names of the limits that the job is under, sorted. In one that was made of
 * a template stands the job's own argument.
 *
 * Returns: (transfer none) (array zero-terminated=1): possibly none
 *
 * Since: 0.1
 */
const char *const *
asyncq_job_info_get_limits (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return (const char *const *) self->limits;
}

/**
 * asyncq_job_info_get_settings:
 * @self: a snapshot
 *
 * Gives how the job is treated, as far as that was set.
 *
 * Returns: (transfer none) (nullable): a dictionary `a{sv}`, with "retry" s and other
 *   settings as [method@JobSpec.set_retry] and its neighbours set them; %NULL where
 *   it was not asked for
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_info_get_settings (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return self->settings;
}

/**
 * asyncq_job_info_get_attempts:
 * @self: a snapshot
 *
 * Gives the attempts that are kept, oldest first.
 *
 * Returns: (transfer none) (nullable): a list `aa{sv}`, each with "number" u, "lease" t,
 *   "agent" s, "worker" u, "started" x, "ended" x, "end" s, "domain" s, "code" i and
 *   "message" s; where they are known what it has taken and what else is known of it, as the
 *   bus has it; %NULL where they were not asked for
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_info_get_attempts (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return self->attempts;
}

/**
 * asyncq_job_info_get_forgotten_attempts:
 * @self: a snapshot
 *
 * Gives how many attempts before those of [method@JobInfo.get_attempts] there were.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
asyncq_job_info_get_forgotten_attempts (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint32 (self, "ForgottenAttempts");
}

/**
 * asyncq_job_info_get_next_tries:
 * @self: a snapshot
 * @out_n_tries: (out): how many
 *
 * Gives when the job would be run again if each attempt failed with an ordinary error.
 *
 * Returns: (transfer none) (array length=out_n_tries) (nullable): microseconds since
 *   1970-01-01 UTC, the earliest first
 *
 * Since: 0.1
 */
const gint64 *
asyncq_job_info_get_next_tries (AsyncqJobInfo *self,
                                gsize         *out_n_tries)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);
  g_return_val_if_fail (out_n_tries != NULL, NULL);

  *out_n_tries = 0;
  return self->next_tries == NULL ? NULL :
    g_variant_get_fixed_array (self->next_tries, out_n_tries, sizeof (gint64));
}

/**
 * asyncq_job_info_get_retry_plan:
 * @self: a snapshot
 *
 * Gives in words what the job is run again after, and how often.
 *
 * Returns: (transfer none) (array zero-terminated=1): lines of text
 *
 * Since: 0.1
 */
const char *const *
asyncq_job_info_get_retry_plan (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return (const char *const *) self->retry_plan;
}

/**
 * asyncq_job_info_get_cancel_requested:
 * @self: a snapshot
 *
 * Gives why somebody wants the job cancelled that still runs.
 *
 * Returns: the reason; empty where nobody does
 *
 * Since: 0.1
 */
const char *
asyncq_job_info_get_cancel_requested (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return get_text (self, "CancelRequested");
}

/**
 * asyncq_job_info_get_unique_key:
 * @self: a snapshot
 *
 * Gives the unique key of the job.
 *
 * Returns: the key; empty where there is none
 *
 * Since: 0.1
 */
const char *
asyncq_job_info_get_unique_key (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return get_text (self, "UniqueKey");
}

/**
 * asyncq_job_info_get_retry_of:
 * @self: a snapshot
 *
 * Gives the completed job that this one runs again.
 *
 * Returns: its id; 0 for none
 *
 * Since: 0.1
 */
guint64
asyncq_job_info_get_retry_of (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint64 (self, "RetryOf");
}

/**
 * asyncq_job_info_dup_annotations:
 * @self: a snapshot
 *
 * Gives what was noted on the job.
 *
 * Returns: (transfer full) (nullable): a dictionary `a{sv}`; %NULL where it was not
 *   asked for, as in a list
 *
 * Since: 0.1
 */
GVariant *
asyncq_job_info_dup_annotations (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), NULL);

  return g_variant_lookup_value (self->properties, "Annotations", G_VARIANT_TYPE_VARDICT);
}

/* what stands for none has neither a fraction nor anything else */
static gboolean
is_progress (double      fraction,
             guint64     count,
             guint64     total,
             const char *message)
{
  return fraction >= 0 || count > 0 || total > 0 || *message != '\0';
}

/**
 * asyncq_job_info_get_progress:
 * @self: a snapshot
 * @out_fraction: (out) (optional): how much is done, 0 to 1; -1: not known
 * @out_count: (out) (optional): how many are done
 * @out_total: (out) (optional): of how many; 0: not known
 * @out_message: (out) (optional) (transfer none): what it is at, for people
 *
 * Gives how far the job has come, by its annotation "progress".
 *
 * Returns: whether it has said so
 *
 * Since: 0.1
 */
gboolean
asyncq_job_info_get_progress (AsyncqJobInfo  *self,
                              double         *out_fraction,
                              guint64        *out_count,
                              guint64        *out_total,
                              const char    **out_message)
{
  const char *message;
  guint64 count, total;
  double fraction;

  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), FALSE);

  /* the message lives as long as the properties */
  if (!g_variant_lookup (self->properties, "Progress", "(dtt&s)", &fraction, &count, &total, &message) ||
      !is_progress (fraction, count, total, message))
    return FALSE;
  if (out_fraction != NULL)
    *out_fraction = fraction;
  if (out_count != NULL)
    *out_count = count;
  if (out_total != NULL)
    *out_total = total;
  if (out_message != NULL)
    *out_message = message;
  return TRUE;
}

/**
 * asyncq_job_info_get_sequence:
 * @self: a snapshot
 *
 * Gives the number of the transaction that changed the job last.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint64
asyncq_job_info_get_sequence (AsyncqJobInfo *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_INFO (self), 0);

  return get_uint64 (self, "Sequence");
}

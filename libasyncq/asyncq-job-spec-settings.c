/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How a job that is to be submitted will be treated: the keys of its entry
 */

#include "config.h"

#include "asyncq-job-spec.h"

#include "asyncq-job-spec-private.h"

/* @key: static; @value: consumed if it is floating; NULL: as if never set */
static void
set_key (AsyncqJobSpec *self,
         const char    *key,
         GVariant      *value)
{
  if (value != NULL)
    g_tree_replace (self->settings, (gpointer) key, g_variant_ref_sink (value));
  else
    (void) g_tree_remove (self->settings, key);
}

static void
set_text (AsyncqJobSpec *self,
          const char    *key,
          const char    *text)
{
  set_key (self, key, text != NULL ? g_variant_new_string (text) : NULL);
}

/* 0: as if never set */
static void
set_time (AsyncqJobSpec *self,
          const char    *key,
          gint64         usec)
{
  set_key (self, key, usec != 0 ? g_variant_new_int64 (usec) : NULL);
}

/**
 * asyncq_job_spec_set_queue:
 * @self: a spec
 * @queue: (nullable): the name of a queue; the default queue's is empty
 *
 * Sets the queue.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_queue (AsyncqJobSpec *self,
                           const char    *queue)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "queue", queue);
}

/**
 * asyncq_job_spec_set_priority:
 * @self: a spec
 * @priority: 0, most urgent, to 255; 128 is the default
 *
 * Sets the priority.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_priority (AsyncqJobSpec *self,
                              guint          priority)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (priority <= G_MAXUINT8);

  set_key (self, "priority", g_variant_new_byte ((guint8) priority));
}

/**
 * asyncq_job_spec_set_begin_after:
 * @self: a spec
 * @time: (nullable): a moment, to the microsecond; %NULL for at once
 *
 * Sets the time before which the job does not begin.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_begin_after (AsyncqJobSpec *self,
                                 GDateTime     *time)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "begin-after",
           time == NULL ? NULL : g_variant_new_int64 (g_date_time_to_unix (time) * G_USEC_PER_SEC +
                                                      g_date_time_get_microsecond (time)));
}

/**
 * asyncq_job_spec_set_delay:
 * @self: a spec
 * @delay_usec: microseconds; 0 for none
 *
 * Sets how long after it was put into its queue the job begins at the earliest. Unlike
 * [method@JobSpec.set_begin_after] it does not depend on what time of the day it is.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_delay (AsyncqJobSpec *self,
                           gint64         delay_usec)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_time (self, "delay", delay_usec);
}

/**
 * asyncq_job_spec_set_begin_by:
 * @self: a spec
 * @begin_by_usec: microseconds; a submit with a negative number is refused
 *
 * Sets by when the job has to begin: so long after its begin-after, or where it has
 * none, after it was put into its queue. A job that has not begun by then expires.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_begin_by (AsyncqJobSpec *self,
                              gint64         begin_by_usec)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "begin-by", g_variant_new_int64 (begin_by_usec));
}

/**
 * asyncq_job_spec_set_run_timeout:
 * @self: a spec
 * @timeout_usec: microseconds; 0 for none
 *
 * Sets how long one attempt may take. One that takes longer is told to stop.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_run_timeout (AsyncqJobSpec *self,
                                 gint64         timeout_usec)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_time (self, "run-timeout", timeout_usec);
}

/**
 * asyncq_job_spec_set_total_timeout:
 * @self: a spec
 * @timeout_usec: microseconds; 0 for none
 *
 * Sets how long the job may take from when it was put into its queue to its end, with
 * all attempts and what lies between them.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_total_timeout (AsyncqJobSpec *self,
                                   gint64         timeout_usec)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_time (self, "total-timeout", timeout_usec);
}

/**
 * asyncq_job_spec_set_retry:
 * @self: a spec
 * @policy: (nullable): `common`, `forever`, `never`, `m01`, or the name of a policy that the
 *   daemon is configured with
 *
 * Sets when the job is run again after it has failed. Without it the policy is that
 * of the job's queue or of the daemon.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_retry (AsyncqJobSpec *self,
                           const char    *policy)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "retry", policy);
}

/**
 * asyncq_job_spec_set_object:
 * @self: a spec
 * @object: (nullable): the name of an object
 *
 * Binds the job's function to an object: it is given the object's value, and may give
 * it another, which is kept with the job's success. If somebody else has changed the
 * object meanwhile that is a conflict, and the job is run again.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_object (AsyncqJobSpec *self,
                            const char    *object)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "object", object);
}

/**
 * asyncq_job_spec_set_crash_limit:
 * @self: a spec
 * @n_crashes: 1 to 100; 0 for the default, 3
 *
 * Sets with how many crashes of its worker the job fails.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_crash_limit (AsyncqJobSpec *self,
                                 guint          n_crashes)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "crash-limit", n_crashes != 0 ? g_variant_new_uint32 (n_crashes) : NULL);
}

/**
 * asyncq_job_spec_set_failure_log_level:
 * @self: a spec
 * @level: (nullable): "debug", "info", "warning", "error" or "critical"
 *
 * Sets how important it is for the log that the job fails: `error` by default, and of
 * a callback `critical`.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_failure_log_level (AsyncqJobSpec *self,
                                       const char    *level)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "failure-log-level", level);
}

/**
 * asyncq_job_spec_set_submit_key:
 * @self: a spec
 * @key: (nullable): any text
 *
 * Sets the submit-key. A second submit with the same key gives the id of the
 * first and makes no second job, so it is safe to repeat one whose reply was lost.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_submit_key (AsyncqJobSpec *self,
                                const char    *key)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "submit-key", key);
}

/**
 * asyncq_job_spec_set_limits:
 * @self: a spec
 * @limits: (nullable) (array zero-terminated=1): names of limits, 16 at most
 *
 * Sets the limits that the job is under: it does not begin before all of them have
 * room. A submit that names one which there is not is refused; see
 * [method@Client.create_limit_async]. In a template, such as `mail:{customer}`, the
 * job's own argument is put, so that jobs with other values have limits of their own.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_limits (AsyncqJobSpec     *self,
                            const char *const *limits)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "limits", limits != NULL ? g_variant_new_strv (limits, -1) : NULL);
}

/**
 * asyncq_job_spec_set_tags:
 * @self: a spec
 * @tags: (nullable) (array zero-terminated=1): words of 1 to 64 of `A-Z a-z 0-9 _ . : @ -`,
 *   32 at most
 *
 * Sets words by which filters find the job, and by which agents can choose it.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_tags (AsyncqJobSpec     *self,
                          const char *const *tags)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "tags", tags != NULL ? g_variant_new_strv (tags, -1) : NULL);
}

/**
 * asyncq_job_spec_set_unique_key:
 * @self: a spec
 * @key: (nullable): any text of up to 1024 bytes
 *
 * Sets the unique key. While a job has it, another one with the same key is not put
 * beside it; see [method@JobSpec.set_unique_scope] and
 * [method@JobSpec.set_unique_conflict].
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_unique_key (AsyncqJobSpec *self,
                                const char    *key)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "unique-key", key);
}

/**
 * asyncq_job_spec_set_unique_arguments:
 * @self: a spec
 * @names: (nullable) (array zero-terminated=1): the names of parameters; an empty list
 *   stands for all; %NULL for no such key
 *
 * Lets the daemon make the unique key, of the function and the values of these
 * arguments.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_unique_arguments (AsyncqJobSpec     *self,
                                      const char *const *names)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "unique-arguments", names != NULL ? g_variant_new_strv (names, -1) : NULL);
}

/**
 * asyncq_job_spec_set_unique_scope:
 * @self: a spec
 * @scope: (nullable): "waiting", "unfinished" (the default) or "period"
 *
 * Sets how long a job keeps its unique key to itself: until it is claimed, until it has
 * ended, or for the time that [method@JobSpec.set_unique_period] says.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_unique_scope (AsyncqJobSpec *self,
                                  const char    *scope)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "unique-scope", scope);
}

/**
 * asyncq_job_spec_set_unique_period:
 * @self: a spec
 * @period_usec: microseconds; 0 for none
 *
 * Sets how long a job keeps its unique key to itself, whatever becomes of the job.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_unique_period (AsyncqJobSpec *self,
                                   gint64         period_usec)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_time (self, "unique-period", period_usec);
}

/**
 * asyncq_job_spec_set_unique_conflict:
 * @self: a spec
 * @conflict: (nullable): "skip" (the default), "replace" or "merge"
 *
 * Sets what a submit does while another job has the unique key: make no job and give
 * the id of the other; cancel the other while it waits, and take its place; or give the
 * other, while it waits, the new arguments and the more urgent priority.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_unique_conflict (AsyncqJobSpec *self,
                                     const char    *conflict)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_text (self, "unique-conflict", conflict);
}

/**
 * asyncq_job_spec_set_defer_check:
 * @self: a spec
 * @defer_check: whether the function may be unknown when the job is submitted
 *
 * Lets a job be submitted whose plugin arrives later.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_defer_check (AsyncqJobSpec *self,
                                 gboolean       defer_check)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));

  set_key (self, "defer-check", defer_check ? g_variant_new_boolean (TRUE) : NULL);
}

/**
 * asyncq_job_spec_set_parent_job:
 * @self: a spec
 * @id: the id of a composite job; 0 for none
 *
 * Makes the job a further member of a composite job that there is, whose members have
 * not all ended.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_parent_job (AsyncqJobSpec *self,
                                guint64        id)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (self->parent == NULL);

  self->parent_job = id;
  self->role = ASYNCQ_SPEC_MEMBER;
}

/**
 * asyncq_job_spec_set_callback_of:
 * @self: a spec
 * @id: the id of a job; 0 for none
 * @on: which end of that job it is for
 *
 * Makes the job a callback of a job that there is, as
 * [method@JobSpec.add_callback] does it in one submit. If that job has ended already,
 * the callback runs at once.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_set_callback_of (AsyncqJobSpec *self,
                                 guint64        id,
                                 AsyncqJobOn    on)
{
  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (self->parent == NULL);
  g_return_if_fail ((guint) on < ASYNCQ_N_JOB_ONS);

  self->parent_job = id;
  self->role = ASYNCQ_SPEC_CALLBACK;
  self->on = on;
}

/**
 * asyncq_job_spec_add_after_job:
 * @self: a spec
 * @id: the id of a job
 * @on: which end of that job allows this one to begin: not
 *   `ASYNCQ_JOB_ON_FIRST_FAILURE`
 *
 * Lets the job begin only when a job that there is has ended so, as
 * [method@JobSpec.add_after] does it in one submit.
 *
 * Since: 0.1
 */
void
asyncq_job_spec_add_after_job (AsyncqJobSpec *self,
                               guint64        id,
                               AsyncqJobOn    on)
{
  AsyncqSpecAfterJob after = { id, on };

  g_return_if_fail (ASYNCQ_IS_JOB_SPEC (self));
  g_return_if_fail (id != 0);
  g_return_if_fail ((guint) on < ASYNCQ_JOB_ON_FIRST_FAILURE);

  g_array_append_val (self->after_jobs, after);
}

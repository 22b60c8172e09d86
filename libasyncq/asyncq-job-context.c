/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a running function may ask for
 *
 * The class only hands each question on to whatever runs the function: the
 * worker process, or a test. So a plugin links this library and nothing else.
 */

#include "config.h"

#include "asyncq-job-context.h"

#include "asyncq-error.h"

/**
 * AsyncqJobContext:
 *
 * What a running function may ask for, and where it puts follow-up jobs.
 *
 * A function gets one and may use it until it returns.
 *
 * Since: 0.1
 */
G_DEFINE_ABSTRACT_TYPE (AsyncqJobContext, asyncq_job_context, G_TYPE_OBJECT)

static void
asyncq_job_context_class_init (AsyncqJobContextClass *klass)
{
}

static void
asyncq_job_context_init (AsyncqJobContext *self)
{
}

/**
 * asyncq_job_context_get_id:
 * @self: the context of a running job
 *
 * Gives the job's id, which stays the same over all attempts.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
guint64
asyncq_job_context_get_id (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), 0);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_id != NULL, 0);
  return klass->get_id (self);
}

/**
 * asyncq_job_context_get_attempt:
 * @self: the context of a running job
 *
 * Gives the number of this attempt.
 *
 * Returns: 1 for the first
 *
 * Since: 0.1
 */
guint
asyncq_job_context_get_attempt (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), 0);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_attempt != NULL, 0);
  return klass->get_attempt (self);
}

/**
 * asyncq_job_context_get_lease:
 * @self: the context of a running job
 *
 * Gives the lease of this attempt. A later attempt has a greater one, also after
 * the daemon was started again, so it can serve as a fencing token.
 *
 * Returns: the lease, not 0
 *
 * Since: 0.1
 */
guint64
asyncq_job_context_get_lease (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), 0);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_lease != NULL, 0);
  return klass->get_lease (self);
}

/**
 * asyncq_job_context_get_queue:
 * @self: the context of a running job
 *
 * Gives the name of the queue that the job came from.
 *
 * Returns: the name; the default queue's is empty
 *
 * Since: 0.1
 */
const char *
asyncq_job_context_get_queue (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_queue != NULL, NULL);
  return klass->get_queue (self);
}

/**
 * asyncq_job_context_get_agent:
 * @self: the context of a running job
 *
 * Gives the name of the agent that claimed the job.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
asyncq_job_context_get_agent (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_agent != NULL, NULL);
  return klass->get_agent (self);
}

/**
 * asyncq_job_context_get_cancellable:
 * @self: the context of a running job
 *
 * Gives what is cancelled when the function ought to stop: because the job was
 * cancelled, its time is over, or the worker shuts down. Pass it to calls of GIO.
 *
 * Returns: (transfer none): the cancellable
 *
 * Since: 0.1
 */
GCancellable *
asyncq_job_context_get_cancellable (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_cancellable != NULL, NULL);
  return klass->get_cancellable (self);
}

/**
 * asyncq_job_context_get_setting:
 * @self: the context of a running job
 * @name: a key
 *
 * Gives a setting of the plugin: the value of @name in the group `[plugin ID]` of
 * the daemon's configuration.
 *
 * Returns: (nullable): the text of the value, or %NULL where there is no such key
 *
 * Since: 0.1
 */
const char *
asyncq_job_context_get_setting (AsyncqJobContext *self,
                                const char       *name)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_setting != NULL, NULL);
  return klass->get_setting (self, name);
}

/**
 * asyncq_job_context_put_job:
 * @self: the context of a running job
 * @spec: (transfer none): the job to put; composite jobs are allowed
 * @error: return location for an error
 *
 * Puts a follow-up job. It exists once this job has succeeded or failed for good:
 * all follow-ups are stored in one step with this attempt's end, and none of them
 * if the attempt is interrupted or is to be repeated.
 *
 * Errors: `ASYNCQ_ERROR_TOO_LARGE` if this attempt put too much already.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_context_put_job (AsyncqJobContext  *self,
                            AsyncqJobSpec     *spec,
                            GError           **error)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), FALSE);
  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (spec), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->put_job != NULL, FALSE);
  return klass->put_job (self, spec, error);
}

/**
 * asyncq_job_context_return_job:
 * @self: the context of a running job
 * @spec: (transfer none): the job whose result will be this one's; composite jobs
 *   are allowed
 * @error: return location for an error
 *
 * Makes another job's result the result of this one. Return %NULL, without an
 * error, after it. The result must fit what the function declares.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if a job is returned already;
 * `ASYNCQ_ERROR_TOO_LARGE` if this attempt put too much already.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_context_return_job (AsyncqJobContext  *self,
                               AsyncqJobSpec     *spec,
                               GError           **error)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), FALSE);
  g_return_val_if_fail (ASYNCQ_IS_JOB_SPEC (spec), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->return_job != NULL, FALSE);
  return klass->return_job (self, spec, error);
}

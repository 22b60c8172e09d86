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
 * A function gets one and may use it until it returns, or, if it has called
 * [method@JobContext.defer], until it has told how it ended. A reference keeps the
 * object longer: what is asked of it then is refused, or nothing happens.
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
 * Puts a follow-up job. It exists once this attempt has succeeded: all follow-ups
 * are stored in one step with its end, and none of them if it fails, is
 * interrupted or asks to run again later.
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

/**
 * asyncq_job_context_get_parent:
 * @self: the context of a running job
 *
 * Gives the id of the job that this one belongs to: the composite job that it is
 * a member or the postprocess job of, or the job whose callback it is.
 *
 * A member of a composite job that puts a job with that parent makes the
 * composite job grow while it runs.
 *
 * Returns: the id; 0 if it belongs to none
 *
 * Since: 0.1
 */
guint64
asyncq_job_context_get_parent (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), 0);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_val_if_fail (klass->get_parent != NULL, 0);
  return klass->get_parent (self);
}

/**
 * asyncq_job_context_snooze:
 * @self: the context of a running job
 * @delay_usec: how much later, in microseconds; 100 years at most, and 0 for as
 *   soon as possible
 *
 * Asks to run again later. Return %NULL, without an error, after it.
 *
 * The job goes back into its queue as if it had not begun: no retry policy counts
 * this attempt, and jobs that it has put are not put. A later call in the same
 * attempt takes the place of an earlier one.
 *
 * A function that then fails has failed; one that returns a value or a job as
 * well fails with `ASYNCQ_ERROR_BAD_RESULT`.
 *
 * Since: 0.1
 */
void
asyncq_job_context_snooze (AsyncqJobContext *self,
                           gint64            delay_usec)
{
  AsyncqJobContextClass *klass;

  g_return_if_fail (ASYNCQ_IS_JOB_CONTEXT (self));
  g_return_if_fail (delay_usec >= 0);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_if_fail (klass->snooze != NULL);
  klass->snooze (self, delay_usec);
}

/**
 * asyncq_job_context_defer:
 * @self: the context of a running job
 *
 * Says that the job does not end when its function returns, but with
 * [method@JobContext.return_value] or [method@JobContext.return_error]. Return
 * %NULL, without an error, after it. The function has to declare the option
 * `deferred`, or `concurrent=N`, see [struct@Function].
 *
 * The worker's main thread then runs the default [struct@GLib.MainContext], so that
 * asynchronous calls that the function has begun come to their callbacks, until no
 * deferred job is open any more. Nobody else begins a function in the worker
 * meanwhile, unless it declares `concurrent=N`: then up to N jobs of it are open at
 * once.
 *
 * The context stays valid until the job has ended; who may ask it for something
 * later, such as another thread, keeps a reference. From when the function has
 * returned, the job's [class@Gio.Cancellable] is cancelled on the main thread only,
 * never in the middle of a callback. A cancelled job has to end itself like any
 * other; it keeps its worker busy until it does, or is killed with it.
 *
 * Follow-up jobs, a returned job, a snooze and the new value of an object may be
 * set until the job ends, by one thread at a time.
 *
 * Since: 0.1
 */
void
asyncq_job_context_defer (AsyncqJobContext *self)
{
  AsyncqJobContextClass *klass;

  g_return_if_fail (ASYNCQ_IS_JOB_CONTEXT (self));

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_if_fail (klass->defer != NULL);
  klass->defer (self);
}

/**
 * asyncq_job_context_return_value:
 * @self: the context of a deferred job
 * @value: (nullable): the result, consumed if it is floating; %NULL for none, or
 *   after [method@JobContext.return_job] or [method@JobContext.snooze]
 *
 * Ends a job that has called [method@JobContext.defer], as if its function had
 * returned @value. May be called from any thread.
 *
 * A job ends once: if it has ended, or was not deferred, nothing happens but that
 * the worker logs it.
 *
 * Since: 0.1
 */
void
asyncq_job_context_return_value (AsyncqJobContext *self,
                                 GVariant         *value)
{
  g_autoptr(GVariant) sunk = value == NULL ? NULL : g_variant_ref_sink (value);
  AsyncqJobContextClass *klass;

  g_return_if_fail (ASYNCQ_IS_JOB_CONTEXT (self));

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_if_fail (klass->return_value != NULL);
  klass->return_value (self, sunk);
}

/**
 * asyncq_job_context_return_error:
 * @self: the context of a deferred job
 * @error: (transfer full): why it has failed
 *
 * Ends a job that has called [method@JobContext.defer], as if its function had
 * failed with @error. May be called from any thread.
 *
 * A job ends once: if it has ended, or was not deferred, nothing happens but that
 * the worker logs it.
 *
 * Since: 0.1
 */
void
asyncq_job_context_return_error (AsyncqJobContext *self,
                                 GError           *error)
{
  AsyncqJobContextClass *klass;

  g_return_if_fail (ASYNCQ_IS_JOB_CONTEXT (self));
  g_return_if_fail (error != NULL);

  klass = ASYNCQ_JOB_CONTEXT_GET_CLASS (self);
  g_return_if_fail (klass->return_error != NULL);
  klass->return_error (self, error);
}

/**
 * asyncq_job_context_get_temporary_folder:
 * @self: the context of a running job
 *
 * Gets the folder for temporary files. Where the function asks for `private-tmp` it
 * is the job's own: it is empty when the job begins, nobody else's, and removed
 * with all that is in it when the job has ended. Else it is the one of all,
 * `TMPDIR` or `/tmp`, and files in it are to be removed by who has made them.
 *
 * Returns: (transfer none): an absolute path
 *
 * Since: 0.1
 */
const char *
asyncq_job_context_get_temporary_folder (AsyncqJobContext *self)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB_CONTEXT (self), NULL);

  /* a worker sets it before it loads the first plugin */
  return g_get_tmp_dir ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a job that follows the bus can be told: to be another one, or to run at another time
 *
 * The client makes the calls; its answer is kept until somebody asks for it.
 */

#include "config.h"

#include "asyncq-job.h"

static void
on_answered (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;

  g_task_return_pointer (task, g_object_ref (result), g_object_unref);
}

static GTask *
new_task (AsyncqJob           *self,
          gpointer             source_tag,
          GCancellable        *cancellable,
          GAsyncReadyCallback  callback,
          gpointer             user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, source_tag);
  return task;
}

/* returns what the client was given, owned, or NULL with @error set */
static GAsyncResult *
take_answer (AsyncqJob     *self,
             GAsyncResult  *result,
             gpointer       source_tag,
             GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == source_tag, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * asyncq_job_change_async:
 * @self: a job
 * @changes: a dictionary `a{sv}` with keys of an entry of the bus method Submit:
 *   "arguments", "named", "queue", "priority", "begin-after", "delay", "begin-by",
 *   "retry", "run-timeout", "total-timeout", "crash-limit", "failure-log-level";
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Changes the job if no worker has begun.
 *
 * Since: 0.1
 */
void
asyncq_job_change_async (AsyncqJob           *self,
                         GVariant            *changes,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_JOB (self));
  g_return_if_fail (changes != NULL);

  asyncq_client_change_async (asyncq_job_get_client (self), asyncq_job_get_id (self), changes, cancellable, on_answered,
                              new_task (self, asyncq_job_change_async, cancellable, callback, user_data));
}

/**
 * asyncq_job_change_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Job.change_async].
 *
 * Errors: as [method@Client.change_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_change_finish (AsyncqJob     *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_autoptr(GAsyncResult) answer = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  answer = take_answer (self, result, asyncq_job_change_async, error);
  return answer != NULL && asyncq_client_change_finish (asyncq_job_get_client (self), answer, error);
}

/**
 * asyncq_job_change_sync:
 * @self: a job
 * @changes: a dictionary `a{sv}` with keys of an entry of the bus method Submit:
 *   "arguments", "named", "queue", "priority", "begin-after", "delay", "begin-by",
 *   "retry", "run-timeout", "total-timeout", "crash-limit", "failure-log-level";
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes the job if no worker has begun.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.change_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_change_sync (AsyncqJob     *self,
                        GVariant      *changes,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);

  return asyncq_client_change_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), changes,
                                    cancellable, error);
}

/**
 * asyncq_job_set_arguments_async:
 * @self: a job
 * @arguments: a tuple, or `av`: all positional arguments; consumed if it is
 *   floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Gives other arguments to the job if no worker has begun.
 *
 * Since: 0.1
 */
void
asyncq_job_set_arguments_async (AsyncqJob           *self,
                                GVariant            *arguments,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_JOB (self));
  g_return_if_fail (arguments != NULL);

  asyncq_client_set_arguments_async (asyncq_job_get_client (self), asyncq_job_get_id (self), arguments, cancellable, on_answered,
                                     new_task (self, asyncq_job_set_arguments_async, cancellable, callback, user_data));
}

/**
 * asyncq_job_set_arguments_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Job.set_arguments_async].
 *
 * Errors: as [method@Client.set_arguments_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_set_arguments_finish (AsyncqJob     *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_autoptr(GAsyncResult) answer = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  answer = take_answer (self, result, asyncq_job_set_arguments_async, error);
  return answer != NULL && asyncq_client_set_arguments_finish (asyncq_job_get_client (self), answer, error);
}

/**
 * asyncq_job_set_arguments_sync:
 * @self: a job
 * @arguments: a tuple, or `av`: all positional arguments; consumed if it is
 *   floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Gives other arguments to the job if no worker has begun.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.set_arguments_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_set_arguments_sync (AsyncqJob     *self,
                               GVariant      *arguments,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);
  g_return_val_if_fail (arguments != NULL, FALSE);

  return asyncq_client_set_arguments_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), arguments,
                                           cancellable, error);
}

/**
 * asyncq_job_retry_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Runs the job again: one that waits for its next try at once; for one that has completed
 * a new job is made that calls the same with the same settings.
 *
 * Since: 0.1
 */
void
asyncq_job_retry_async (AsyncqJob           *self,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_JOB (self));

  asyncq_client_retry_async (asyncq_job_get_client (self), asyncq_job_get_id (self), cancellable, on_answered,
                             new_task (self, asyncq_job_retry_async, cancellable, callback, user_data));
}

/**
 * asyncq_job_retry_finish:
 * @self: a job
 * @result: what the callback was given
 * @out_id: (out) (optional): the id of the job that will run:
 *   the same, or that of the new job
 * @error: return location for an error
 *
 * Finishes [method@Job.retry_async].
 *
 * Errors: as [method@Client.retry_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_retry_finish (AsyncqJob     *self,
                         GAsyncResult  *result,
                         guint64       *out_id,
                         GError       **error)
{
  g_autoptr(GAsyncResult) answer = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  answer = take_answer (self, result, asyncq_job_retry_async, error);
  return answer != NULL && asyncq_client_retry_finish (asyncq_job_get_client (self), answer, out_id, error);
}

/**
 * asyncq_job_retry_sync:
 * @self: a job
 * @out_id: (out) (optional): the id of the job that will run:
 *   the same, or that of the new job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Runs the job again: one that waits for its next try at once; for one that has completed
 * a new job is made that calls the same with the same settings.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.retry_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_retry_sync (AsyncqJob     *self,
                       guint64       *out_id,
                       GCancellable  *cancellable,
                       GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  return asyncq_client_retry_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), out_id,
                                   cancellable, error);
}

/**
 * asyncq_job_snooze_async:
 * @self: a job
 * @delay_usec: microseconds from now
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lets the job begin later.
 *
 * Since: 0.1
 */
void
asyncq_job_snooze_async (AsyncqJob           *self,
                         gint64               delay_usec,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_JOB (self));

  asyncq_client_snooze_async (asyncq_job_get_client (self), asyncq_job_get_id (self), delay_usec, cancellable, on_answered,
                              new_task (self, asyncq_job_snooze_async, cancellable, callback, user_data));
}

/**
 * asyncq_job_snooze_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Job.snooze_async].
 *
 * Errors: as [method@Client.snooze_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_snooze_finish (AsyncqJob     *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_autoptr(GAsyncResult) answer = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  answer = take_answer (self, result, asyncq_job_snooze_async, error);
  return answer != NULL && asyncq_client_snooze_finish (asyncq_job_get_client (self), answer, error);
}

/**
 * asyncq_job_snooze_sync:
 * @self: a job
 * @delay_usec: microseconds from now
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lets the job begin later.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.snooze_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_snooze_sync (AsyncqJob     *self,
                        gint64         delay_usec,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  return asyncq_client_snooze_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), delay_usec,
                                    cancellable, error);
}

/**
 * asyncq_job_put_async:
 * @self: a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Puts the job, which was pulled out of its queue, at the end of it again.
 *
 * Since: 0.1
 */
void
asyncq_job_put_async (AsyncqJob           *self,
                      GCancellable        *cancellable,
                      GAsyncReadyCallback  callback,
                      gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_JOB (self));

  asyncq_client_put_async (asyncq_job_get_client (self), asyncq_job_get_id (self), cancellable, on_answered,
                           new_task (self, asyncq_job_put_async, cancellable, callback, user_data));
}

/**
 * asyncq_job_put_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Job.put_async].
 *
 * Errors: as [method@Client.put_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_put_finish (AsyncqJob     *self,
                       GAsyncResult  *result,
                       GError       **error)
{
  g_autoptr(GAsyncResult) answer = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  answer = take_answer (self, result, asyncq_job_put_async, error);
  return answer != NULL && asyncq_client_put_finish (asyncq_job_get_client (self), answer, error);
}

/**
 * asyncq_job_put_sync:
 * @self: a job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Puts the job, which was pulled out of its queue, at the end of it again.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.put_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_put_sync (AsyncqJob     *self,
                     GCancellable  *cancellable,
                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  return asyncq_client_put_sync (asyncq_job_get_client (self), asyncq_job_get_id (self),
                                 cancellable, error);
}

/**
 * asyncq_job_get_failure_async:
 * @self: a job
 * @detail: "brief", "default" or "verbose"
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Tells in words how the job failed.
 *
 * Since: 0.1
 */
void
asyncq_job_get_failure_async (AsyncqJob           *self,
                              const char          *detail,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_JOB (self));
  g_return_if_fail (detail != NULL);

  asyncq_client_get_failure_async (asyncq_job_get_client (self), asyncq_job_get_id (self), detail, cancellable, on_answered,
                                   new_task (self, asyncq_job_get_failure_async, cancellable, callback, user_data));
}

/**
 * asyncq_job_get_failure_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Job.get_failure_async].
 *
 * Errors: as [method@Client.get_failure_finish].
 *
 * Returns: (transfer full): the text, empty where the job has not failed; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
char *
asyncq_job_get_failure_finish (AsyncqJob     *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_autoptr(GAsyncResult) answer = NULL;

  g_return_val_if_fail (ASYNCQ_IS_JOB (self), NULL);

  answer = take_answer (self, result, asyncq_job_get_failure_async, error);
  return answer != NULL ? asyncq_client_get_failure_finish (asyncq_job_get_client (self), answer, error) : NULL;
}

/**
 * asyncq_job_get_failure_sync:
 * @self: a job
 * @detail: "brief", "default" or "verbose"
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells in words how the job failed.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_failure_finish].
 *
 * Returns: (transfer full): the text, empty where the job has not failed; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
char *
asyncq_job_get_failure_sync (AsyncqJob     *self,
                             const char    *detail,
                             GCancellable  *cancellable,
                             GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), NULL);
  g_return_val_if_fail (detail != NULL, NULL);

  return asyncq_client_get_failure_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), detail,
                                         cancellable, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a job that follows the bus can be asked: to wait for its end, to cancel it
 */

#include "config.h"

#include "asyncq-job.h"

typedef struct
{
  AsyncqJobOutcome  outcome;
  GVariant         *result;
} Ending;

static void
ending_free (gpointer data)
{
  Ending *ending = data;

  g_clear_pointer (&ending->result, g_variant_unref);
  g_free (ending);
}

static void
on_waited (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Ending *ending = g_new0 (Ending, 1);
  GError *error = NULL;

  if (asyncq_client_wait_finish (ASYNCQ_CLIENT (source), result, &ending->outcome, &ending->result, &error))
    {
      g_task_return_pointer (task, ending, ending_free);
      return;
    }
  ending_free (ending);
  g_task_return_error (task, error);
}

/**
 * asyncq_job_wait_async:
 * @self: a job
 * @timeout_usec: how long to wait at most, microseconds; negative: for ever
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the job has ended, or the time has
 * @user_data: for @callback
 *
 * Waits until the job has ended. [property@Job:info] may follow a little later.
 *
 * Since: 0.1
 */
void
asyncq_job_wait_async (AsyncqJob           *self,
                       gint64               timeout_usec,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (ASYNCQ_IS_JOB (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, asyncq_job_wait_async);
  asyncq_client_wait_async (asyncq_job_get_client (self), asyncq_job_get_id (self), timeout_usec, cancellable,
                            on_waited, task);
}

/**
 * asyncq_job_wait_finish:
 * @self: a job
 * @result: what the callback was given
 * @out_outcome: (out) (optional): how the job ended
 * @out_result: (out) (optional) (transfer full): the value, or `(sis)`: domain,
 *   code and message of the failure, unless it succeeded
 * @error: return location for an error
 *
 * Finishes [method@Job.wait_async].
 *
 * Errors: as [method@Client.wait_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_wait_finish (AsyncqJob         *self,
                        GAsyncResult      *result,
                        AsyncqJobOutcome  *out_outcome,
                        GVariant         **out_result,
                        GError           **error)
{
  Ending *ending;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == asyncq_job_wait_async, FALSE);

  ending = g_task_propagate_pointer (G_TASK (result), error);
  if (ending == NULL)
    return FALSE;
  if (out_outcome != NULL)
    *out_outcome = ending->outcome;
  if (out_result != NULL)
    *out_result = g_steal_pointer (&ending->result);
  ending_free (ending);
  return TRUE;
}

/**
 * asyncq_job_wait_sync:
 * @self: a job
 * @timeout_usec: how long to wait at most, microseconds; negative: for ever
 * @out_outcome: (out) (optional): how the job ended
 * @out_result: (out) (optional) (transfer full): the value, or `(sis)`: domain,
 *   code and message of the failure, unless it succeeded
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Waits until the job has ended; blocks until it is answered. Properties follow
 * when the main context runs.
 *
 * Errors: as [method@Client.wait_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_wait_sync (AsyncqJob         *self,
                      gint64             timeout_usec,
                      AsyncqJobOutcome  *out_outcome,
                      GVariant         **out_result,
                      GCancellable      *cancellable,
                      GError           **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  return asyncq_client_wait_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), timeout_usec,
                                  out_outcome, out_result, cancellable, error);
}

static void
on_cancelled (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (asyncq_client_cancel_finish (ASYNCQ_CLIENT (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * asyncq_job_cancel_async:
 * @self: a job
 * @why: (nullable): the reason, for people
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the job is cancelled, or not
 * @user_data: for @callback
 *
 * Cancels the job if no worker has begun it; a composite job with all of its parts.
 *
 * Since: 0.1
 */
void
asyncq_job_cancel_async (AsyncqJob           *self,
                         const char          *why,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (ASYNCQ_IS_JOB (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, asyncq_job_cancel_async);
  asyncq_client_cancel_async (asyncq_job_get_client (self), asyncq_job_get_id (self), why, cancellable,
                              on_cancelled, task);
}

/**
 * asyncq_job_cancel_finish:
 * @self: a job
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Job.cancel_async].
 *
 * Errors: as [method@Client.cancel_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_cancel_finish (AsyncqJob     *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == asyncq_job_cancel_async, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * asyncq_job_cancel_sync:
 * @self: a job
 * @why: (nullable): the reason, for people
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Cancels the job if no worker has begun it; blocks until it is answered.
 *
 * Errors: as [method@Client.cancel_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_job_cancel_sync (AsyncqJob     *self,
                        const char    *why,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_JOB (self), FALSE);

  return asyncq_client_cancel_sync (asyncq_job_get_client (self), asyncq_job_get_id (self), why, cancellable,
                                    error);
}

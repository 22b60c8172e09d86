/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about one job
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"
#include "asyncq-error.h"

static AsyncqCall
call_of_wait (guint64 id,
              gint64  timeout_usec)
{
  return _asyncq_call_of_job (id, "Wait", g_variant_new ("(x)", timeout_usec), "(sv)");
}

static AsyncqCall
call_of_cancel (guint64     id,
                const char *why)
{
  return _asyncq_call_of_job (id, "Cancel", g_variant_new ("(s)", why != NULL ? why : ""), "()");
}

static AsyncqCall
call_of_get_job (guint64 id)
{
  return _asyncq_call_of_properties (_asyncq_call_of_job (id, "GetAll", NULL, "(a{sv})"));
}

/* each of these takes the reply, or NULL where there is none and the error is set already */

static gboolean
take_outcome (GVariant          *reply,
              AsyncqJobOutcome  *out_outcome,
              GVariant         **out_result,
              GError           **error)
{
  g_autoptr(GVariant) owned = reply;
  g_autoptr(GVariant) value = NULL;
  AsyncqJobOutcome outcome;
  const char *text;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&sv)", &text, &value);
  if (!asyncq_job_outcome_from_string (text, &outcome))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "the daemon gave an unknown outcome '%s'", text);
      return FALSE;
    }
  if (out_outcome != NULL)
    *out_outcome = outcome;
  if (out_result != NULL)
    *out_result = g_steal_pointer (&value);
  return TRUE;
}

static AsyncqJobInfo *
take_job (GVariant *reply)
{
  g_autoptr(GVariant) owned = reply;
  g_autoptr(GVariant) properties = NULL;

  if (reply == NULL)
    return NULL;
  properties = g_variant_get_child_value (reply, 0);
  return asyncq_job_info_new (properties);
}

/**
 * asyncq_client_wait_async:
 * @self: a client
 * @id: the id of a job
 * @timeout_usec: how long to wait at most, microseconds; negative: for ever
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the job has ended, or the time has
 * @user_data: for @callback
 *
 * Waits until a job has ended.
 *
 * Since: 0.1
 */
void
asyncq_client_wait_async (AsyncqClient        *self,
                          guint64              id,
                          gint64               timeout_usec,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_wait (id, timeout_usec), asyncq_client_wait_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_wait_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_outcome: (out) (optional): how the job ended
 * @out_result: (out) (optional) (transfer full): the value, or `(sis)`: domain,
 *   code and message of the failure, unless it succeeded
 * @error: return location for an error
 *
 * Finishes [method@Client.wait_async].
 *
 * Errors: `ASYNCQ_ERROR_TIMED_OUT`, `ASYNCQ_ERROR_NO_SUCH_JOB`. A job that failed
 * is not an error of this call.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_wait_finish (AsyncqClient      *self,
                           GAsyncResult      *result,
                           AsyncqJobOutcome  *out_outcome,
                           GVariant         **out_result,
                           GError           **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return take_outcome (_asyncq_client_call_finish (self, result, asyncq_client_wait_async, error),
                       out_outcome, out_result, error);
}

/**
 * asyncq_client_wait_sync:
 * @self: a client
 * @id: the id of a job
 * @timeout_usec: how long to wait at most, microseconds; negative: for ever
 * @out_outcome: (out) (optional): how the job ended
 * @out_result: (out) (optional) (transfer full): the value, or `(sis)`: domain,
 *   code and message of the failure, unless it succeeded
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Waits until a job has ended; blocks until it is answered.
 *
 * Errors: as [method@Client.wait_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_wait_sync (AsyncqClient      *self,
                         guint64            id,
                         gint64             timeout_usec,
                         AsyncqJobOutcome  *out_outcome,
                         GVariant         **out_result,
                         GCancellable      *cancellable,
                         GError           **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return take_outcome (
      _asyncq_client_call_sync (self, call_of_wait (id, timeout_usec), cancellable, error),
      out_outcome, out_result, error);
}

/**
 * asyncq_client_cancel_async:
 * @self: a client
 * @id: the id of a job
 * @why: (nullable): the reason, for people
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the job is cancelled, or not
 * @user_data: for @callback
 *
 * Cancels a job that no worker has begun; a composite job with all of its parts.
 *
 * Since: 0.1
 */
void
asyncq_client_cancel_async (AsyncqClient        *self,
                            guint64              id,
                            const char          *why,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_cancel (id, why), asyncq_client_cancel_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_cancel_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.cancel_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if the job runs or has ended;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_cancel_finish (AsyncqClient  *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_cancel_async, error));
}

/**
 * asyncq_client_cancel_sync:
 * @self: a client
 * @id: the id of a job
 * @why: (nullable): the reason, for people
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Cancels a job that no worker has begun; a composite job with all of its parts;
 * blocks until it is answered.
 *
 * Errors: as [method@Client.cancel_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_cancel_sync (AsyncqClient  *self,
                           guint64        id,
                           const char    *why,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_cancel (id, why), cancellable, error));
}

/**
 * asyncq_client_get_job_async:
 * @self: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the answer
 * @user_data: for @callback
 *
 * Asks for all that is known about a job.
 *
 * Since: 0.1
 */
void
asyncq_client_get_job_async (AsyncqClient        *self,
                             guint64              id,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_get_job (id), asyncq_client_get_job_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_get_job_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_job_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: (transfer full): the job at this moment, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqJobInfo *
asyncq_client_get_job_finish (AsyncqClient  *self,
                              GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return take_job (_asyncq_client_call_finish (self, result, asyncq_client_get_job_async, error));
}

/**
 * asyncq_client_get_job_sync:
 * @self: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks for all that is known about a job; blocks until it is answered.
 *
 * Errors: as [method@Client.get_job_finish].
 *
 * Returns: (transfer full): the job at this moment, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqJobInfo *
asyncq_client_get_job_sync (AsyncqClient  *self,
                            guint64        id,
                            GCancellable  *cancellable,
                            GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_job (_asyncq_client_call_sync (self, call_of_get_job (id), cancellable, error));
}

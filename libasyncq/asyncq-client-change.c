/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls that change one job, or tell more of it
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_change (guint64   id,
                GVariant *changes)
{
  return _asyncq_call_of_job (id, "Change", g_variant_new ("(@a{sv})", changes), "()");
}

static AsyncqCall
call_of_set_arguments (guint64   id,
                       GVariant *arguments)
{
  return _asyncq_call_of_job (id, "SetArguments", g_variant_new ("(v)", arguments), "()");
}

static AsyncqCall
call_of_retry (guint64 id)
{
  return _asyncq_call_of_job (id, "Retry", NULL, "(t)");
}

static AsyncqCall
call_of_snooze (guint64 id,
                gint64  delay_usec)
{
  return _asyncq_call_of_job (id, "Snooze", g_variant_new ("(x)", delay_usec), "()");
}

static AsyncqCall
call_of_put (guint64 id)
{
  return _asyncq_call_of_job (id, "Put", NULL, "()");
}

static AsyncqCall
call_of_get_failure (guint64     id,
                     const char *detail)
{
  return _asyncq_call_of_job (id, "Failure", g_variant_new ("(s)", detail), "(s)");
}

/* takes the reply, or NULL where there is none and the error is set already */
static char *
take_text (GVariant *reply)
{
  g_autoptr(GVariant) owned = reply;
  char *text = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(s)", &text);
  return text;
}

/**
 * asyncq_client_change_async:
 * @self: a client
 * @id: the id of a job
 * @changes: a dictionary `a{sv}` with keys of an entry of the bus method Submit:
 *   "arguments", "named", "queue", "priority", "begin-after", "delay", "begin-by",
 *   "retry", "run-timeout", "total-timeout", "crash-limit", "failure-log-level";
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Changes a job that no worker has begun.
 *
 * Since: 0.1
 */
void
asyncq_client_change_async (AsyncqClient        *self,
                            guint64              id,
                            GVariant            *changes,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (changes != NULL);

  _asyncq_client_call (self, call_of_change (id, changes), asyncq_client_change_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_change_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.change_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it was begun; `ASYNCQ_ERROR_NO_SUCH_JOB`;
 * those of [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_finish (AsyncqClient  *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_change_async, error));
}

/**
 * asyncq_client_change_sync:
 * @self: a client
 * @id: the id of a job
 * @changes: a dictionary `a{sv}` with keys of an entry of the bus method Submit:
 *   "arguments", "named", "queue", "priority", "begin-after", "delay", "begin-by",
 *   "retry", "run-timeout", "total-timeout", "crash-limit", "failure-log-level";
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes a job that no worker has begun.
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
asyncq_client_change_sync (AsyncqClient  *self,
                           guint64        id,
                           GVariant      *changes,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_change (id, changes), cancellable, error));
}

/**
 * asyncq_client_set_arguments_async:
 * @self: a client
 * @id: the id of a job
 * @arguments: a tuple, or `av`: all positional arguments; consumed if it is
 *   floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Gives other arguments to a job that no worker has begun.
 *
 * Since: 0.1
 */
void
asyncq_client_set_arguments_async (AsyncqClient        *self,
                                   guint64              id,
                                   GVariant            *arguments,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (arguments != NULL);

  _asyncq_client_call (self, call_of_set_arguments (id, arguments), asyncq_client_set_arguments_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_set_arguments_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.set_arguments_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_ARGUMENTS`; `ASYNCQ_ERROR_BAD_STATE` if it was begun;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_arguments_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_set_arguments_async, error));
}

/**
 * asyncq_client_set_arguments_sync:
 * @self: a client
 * @id: the id of a job
 * @arguments: a tuple, or `av`: all positional arguments; consumed if it is
 *   floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Gives other arguments to a job that no worker has begun.
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
asyncq_client_set_arguments_sync (AsyncqClient  *self,
                                  guint64        id,
                                  GVariant      *arguments,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (arguments != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_set_arguments (id, arguments), cancellable, error));
}

/**
 * asyncq_client_retry_async:
 * @self: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Runs a job again: one that waits for its next try at once; for one that has completed
 * a new job is made that calls the same with the same settings.
 *
 * Since: 0.1
 */
void
asyncq_client_retry_async (AsyncqClient        *self,
                           guint64              id,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_retry (id), asyncq_client_retry_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_retry_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_id: (out) (optional): the id of the job that will run:
 *   the same, or that of the new job
 * @error: return location for an error
 *
 * Finishes [method@Client.retry_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it runs, or is due already;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_retry_finish (AsyncqClient  *self,
                            GAsyncResult  *result,
                            guint64       *out_id,
                            GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_take_id (_asyncq_client_call_finish (self, result, asyncq_client_retry_async, error), out_id);
}

/**
 * asyncq_client_retry_sync:
 * @self: a client
 * @id: the id of a job
 * @out_id: (out) (optional): the id of the job that will run:
 *   the same, or that of the new job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Runs a job again: one that waits for its next try at once; for one that has completed
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
asyncq_client_retry_sync (AsyncqClient  *self,
                          guint64        id,
                          guint64       *out_id,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_take_id (_asyncq_client_call_sync (self, call_of_retry (id), cancellable, error), out_id);
}

/**
 * asyncq_client_snooze_async:
 * @self: a client
 * @id: the id of a job
 * @delay_usec: microseconds from now
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lets a job that waits in a queue begin later.
 *
 * Since: 0.1
 */
void
asyncq_client_snooze_async (AsyncqClient        *self,
                            guint64              id,
                            gint64               delay_usec,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_snooze (id, delay_usec), asyncq_client_snooze_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_snooze_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.snooze_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it waits in no queue; `ASYNCQ_ERROR_INVALID`;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_snooze_finish (AsyncqClient  *self,
                             GAsyncResult  *result,
                             GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_snooze_async, error));
}

/**
 * asyncq_client_snooze_sync:
 * @self: a client
 * @id: the id of a job
 * @delay_usec: microseconds from now
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lets a job that waits in a queue begin later.
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
asyncq_client_snooze_sync (AsyncqClient  *self,
                           guint64        id,
                           gint64         delay_usec,
                           GCancellable  *cancellable,
                           GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_snooze (id, delay_usec), cancellable, error));
}

/**
 * asyncq_client_put_async:
 * @self: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Puts a job that was pulled out of its queue at the end of it again.
 *
 * Since: 0.1
 */
void
asyncq_client_put_async (AsyncqClient        *self,
                         guint64              id,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_put (id), asyncq_client_put_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_put_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.put_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it was not pulled; `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_put_finish (AsyncqClient  *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_put_async, error));
}

/**
 * asyncq_client_put_sync:
 * @self: a client
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Puts a job that was pulled out of its queue at the end of it again.
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
asyncq_client_put_sync (AsyncqClient  *self,
                        guint64        id,
                        GCancellable  *cancellable,
                        GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_put (id), cancellable, error));
}

/**
 * asyncq_client_get_failure_async:
 * @self: a client
 * @id: the id of a job
 * @detail: "brief", "default" or "verbose"
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Tells in words how a job failed.
 *
 * Since: 0.1
 */
void
asyncq_client_get_failure_async (AsyncqClient        *self,
                                 guint64              id,
                                 const char          *detail,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (detail != NULL);

  _asyncq_client_call (self, call_of_get_failure (id, detail), asyncq_client_get_failure_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_get_failure_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_failure_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if @detail is none of them;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: (transfer full): the text, empty where the job has not failed; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
char *
asyncq_client_get_failure_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return take_text (_asyncq_client_call_finish (self, result, asyncq_client_get_failure_async, error));
}

/**
 * asyncq_client_get_failure_sync:
 * @self: a client
 * @id: the id of a job
 * @detail: "brief", "default" or "verbose"
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells in words how a job failed.
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
asyncq_client_get_failure_sync (AsyncqClient  *self,
                                guint64        id,
                                const char    *detail,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (detail != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_text (_asyncq_client_call_sync (self, call_of_get_failure (id, detail), cancellable, error));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about queues
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

/* ---- calls ---- */

static AsyncqCall
call_of_queue (const char *queue,
               const char *method,
               GVariant   *parameters,
               const char *reply_type)
{
  return _asyncq_call_of_named ("queues", "org.asyncq.Queue1", queue, method, parameters, reply_type);
}

static AsyncqCall
call_of_create_queue (const char *queue)
{
  return _asyncq_call_of_manager ("CreateQueue", g_variant_new ("(s)", queue), "()");
}

static AsyncqCall
call_of_remove_queue (const char *queue)
{
  return _asyncq_call_of_manager ("RemoveQueue", g_variant_new ("(s)", queue), "()");
}

static AsyncqCall
call_of_list_queues (void)
{
  return _asyncq_call_of_manager ("ListQueues", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_pause_queue (const char *queue,
                     const char *reason,
                     gint64      until_usec)
{
  return call_of_queue (queue, "Pause", g_variant_new ("(sx)", reason != NULL ? reason : "", until_usec), "()");
}

static AsyncqCall
call_of_resume_queue (const char *queue)
{
  return call_of_queue (queue, "Resume", NULL, "()");
}

static AsyncqCall
call_of_list_queue (const char *queue,
                    gint64      offset,
                    guint       limit)
{
  return call_of_queue (queue, "List", g_variant_new ("(xu)", offset, limit), "(at)");
}

static AsyncqCall
call_of_pull_from_queue (const char *queue,
                         gint64      index)
{
  return call_of_queue (queue, "Pull", g_variant_new ("(x)", index), "(t)");
}

static AsyncqCall
call_of_remove_from_queue (const char *queue,
                           guint64     id)
{
  return call_of_queue (queue, "Remove", g_variant_new ("(t)", id), "()");
}

/* each of these takes the reply, or NULL where there is none and the error is set already */

static guint64 *
take_ids (GVariant *reply,
          gsize    *out_n_ids)
{
  g_autoptr(GVariant) owned = reply;
  g_autoptr(GVariant) list = NULL;
  const guint64 *ids;
  guint64 *copy;

  if (reply == NULL)
    return NULL;
  list = g_variant_get_child_value (reply, 0);
  ids = g_variant_get_fixed_array (list, out_n_ids, sizeof (guint64));
  copy = g_new0 (guint64, *out_n_ids + 1);
  if (*out_n_ids > 0)
    memcpy (copy, ids, *out_n_ids * sizeof (guint64));
  return copy;
}

/**
 * asyncq_client_create_queue_async:
 * @self: a client
 * @queue: the name of the new queue
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Makes a queue. It is stored.
 *
 * Since: 0.1
 */
void
asyncq_client_create_queue_async (AsyncqClient        *self,
                                  const char          *queue,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_create_queue (queue), asyncq_client_create_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_create_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.create_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_create_queue_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_create_queue_async, error));
}

/**
 * asyncq_client_create_queue_sync:
 * @self: a client
 * @queue: the name of the new queue
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Makes a queue. It is stored.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.create_queue_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_create_queue_sync (AsyncqClient  *self,
                                 const char    *queue,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (queue != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_create_queue (queue), cancellable, error));
}

/**
 * asyncq_client_remove_queue_async:
 * @self: a client
 * @queue: the name of a queue
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes a queue that was made with [method@Client.create_queue_async].
 *
 * Since: 0.1
 */
void
asyncq_client_remove_queue_async (AsyncqClient        *self,
                                  const char          *queue,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_remove_queue (queue), asyncq_client_remove_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if it has jobs that have not ended, or was not made
 * so; `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_queue_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_queue_async, error));
}

/**
 * asyncq_client_remove_queue_sync:
 * @self: a client
 * @queue: the name of a queue
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes a queue that was made with [method@Client.create_queue_async].
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_queue_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_queue_sync (AsyncqClient  *self,
                                 const char    *queue,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (queue != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_queue (queue), cancellable, error));
}

/**
 * asyncq_client_list_queues_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists all queues.
 *
 * Since: 0.1
 */
void
asyncq_client_list_queues_async (AsyncqClient        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_queues (), asyncq_client_list_queues_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_queues_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_queues_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s,
 *   "length" t, "paused" b, and what else the bus method ListQueues gives; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_queues_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_queues_async, error));
}

/**
 * asyncq_client_list_queues_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists all queues.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_queues_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s,
 *   "length" t, "paused" b, and what else the bus method ListQueues gives; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_queues_sync (AsyncqClient  *self,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_queues (), cancellable, error));
}

/**
 * asyncq_client_pause_queue_async:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @reason: (nullable): the reason, for people
 * @until_usec: when it goes on by itself, microseconds since 1970-01-01 UTC; 0 for
 *   not by itself
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Pauses a queue: none of its jobs is begun until it is resumed. Those that run go on.
 *
 * Since: 0.1
 */
void
asyncq_client_pause_queue_async (AsyncqClient        *self,
                                 const char          *queue,
                                 const char          *reason,
                                 gint64               until_usec,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_pause_queue (queue, reason, until_usec), asyncq_client_pause_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_pause_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.pause_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the time has passed; `ASYNCQ_ERROR_NO_SUCH_QUEUE`;
 * `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_pause_queue_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_pause_queue_async, error));
}

/**
 * asyncq_client_pause_queue_sync:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @reason: (nullable): the reason, for people
 * @until_usec: when it goes on by itself, microseconds since 1970-01-01 UTC; 0 for
 *   not by itself
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Pauses a queue: none of its jobs is begun until it is resumed. Those that run go on.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.pause_queue_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_pause_queue_sync (AsyncqClient  *self,
                                const char    *queue,
                                const char    *reason,
                                gint64         until_usec,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (queue != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_pause_queue (queue, reason, until_usec), cancellable, error));
}

/**
 * asyncq_client_resume_queue_async:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Resumes a queue. One that is not paused stays as it is.
 *
 * Since: 0.1
 */
void
asyncq_client_resume_queue_async (AsyncqClient        *self,
                                  const char          *queue,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_resume_queue (queue), asyncq_client_resume_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_resume_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.resume_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_resume_queue_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_resume_queue_async, error));
}

/**
 * asyncq_client_resume_queue_sync:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Resumes a queue. One that is not paused stays as it is.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.resume_queue_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_resume_queue_sync (AsyncqClient  *self,
                                 const char    *queue,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (queue != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_resume_queue (queue), cancellable, error));
}

/**
 * asyncq_client_list_queue_async:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @offset: how many to leave out at the front
 * @limit: how many at most; 0 for as many as the daemon allows in one answer, 10,000
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists the jobs that wait in a queue in the order in which they would be begun: first
 * those that are due.
 *
 * Since: 0.1
 */
void
asyncq_client_list_queue_async (AsyncqClient        *self,
                                const char          *queue,
                                gint64               offset,
                                guint                limit,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_list_queue (queue, offset, limit), asyncq_client_list_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_n_ids: (out): how many
 * @error: return location for an error
 *
 * Finishes [method@Client.list_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_QUEUE`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full) (array length=out_n_ids): the ids, or %NULL with @error
 * set
 *
 * Since: 0.1
 */
guint64 *
asyncq_client_list_queue_finish (AsyncqClient  *self,
                                 GAsyncResult  *result,
                                 gsize         *out_n_ids,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (out_n_ids != NULL, NULL);

  return take_ids (_asyncq_client_call_finish (self, result, asyncq_client_list_queue_async, error),
                   out_n_ids);
}

/**
 * asyncq_client_list_queue_sync:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @offset: how many to leave out at the front
 * @limit: how many at most; 0 for as many as the daemon allows in one answer, 10,000
 * @out_n_ids: (out): how many
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the jobs that wait in a queue in the order in which they would be begun: first
 * those that are due.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_queue_finish].
 *
 * Returns: (transfer full) (array length=out_n_ids): the ids, or %NULL with @error
 * set
 *
 * Since: 0.1
 */
guint64 *
asyncq_client_list_queue_sync (AsyncqClient  *self,
                               const char    *queue,
                               gint64         offset,
                               guint          limit,
                               gsize         *out_n_ids,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (queue != NULL, NULL);
  g_return_val_if_fail (out_n_ids != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_ids (
    _asyncq_client_call_sync (self, call_of_list_queue (queue, offset, limit), cancellable, error), out_n_ids);
}

/**
 * asyncq_client_pull_from_queue_async:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @index: counted from 0 in the order of [method@Client.list_queue_async]; negative:
 *   from the end, -1 is the last
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Takes a job out of its queue. It is not begun until it is put again, with
 * [method@Client.put_async].
 *
 * Since: 0.1
 */
void
asyncq_client_pull_from_queue_async (AsyncqClient        *self,
                                     const char          *queue,
                                     gint64               index,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_pull_from_queue (queue, index), asyncq_client_pull_from_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_pull_from_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_id: (out) (optional): the id of the job
 * @error: return location for an error
 *
 * Finishes [method@Client.pull_from_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if there are not so many; `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_pull_from_queue_finish (AsyncqClient  *self,
                                      GAsyncResult  *result,
                                      guint64       *out_id,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_take_id (_asyncq_client_call_finish (self, result, asyncq_client_pull_from_queue_async, error),
                                out_id);
}

/**
 * asyncq_client_pull_from_queue_sync:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @index: counted from 0 in the order of [method@Client.list_queue_async]; negative:
 *   from the end, -1 is the last
 * @out_id: (out) (optional): the id of the job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Takes a job out of its queue. It is not begun until it is put again, with
 * [method@Client.put_async].
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.pull_from_queue_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_pull_from_queue_sync (AsyncqClient  *self,
                                    const char    *queue,
                                    gint64         index,
                                    guint64       *out_id,
                                    GCancellable  *cancellable,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (queue != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_take_id (
    _asyncq_client_call_sync (self, call_of_pull_from_queue (queue, index), cancellable, error), out_id);
}

/**
 * asyncq_client_remove_from_queue_async:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Takes the job with this id out of its queue, as [method@Client.pull_from_queue_async]
 * does it by index.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_from_queue_async (AsyncqClient        *self,
                                       const char          *queue,
                                       guint64              id,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (queue != NULL);

  _asyncq_client_call (self, call_of_remove_from_queue (queue, id), asyncq_client_remove_from_queue_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_from_queue_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_from_queue_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB` if the queue does not have it; `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_from_queue_finish (AsyncqClient  *self,
                                        GAsyncResult  *result,
                                        GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_from_queue_async, error));
}

/**
 * asyncq_client_remove_from_queue_sync:
 * @self: a client
 * @queue: the name of a queue; the default queue's is empty
 * @id: the id of a job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Takes the job with this id out of its queue, as [method@Client.pull_from_queue_async]
 * does it by index.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_from_queue_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_from_queue_sync (AsyncqClient  *self,
                                      const char    *queue,
                                      guint64        id,
                                      GCancellable  *cancellable,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (queue != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_remove_from_queue (queue, id), cancellable, error));
}

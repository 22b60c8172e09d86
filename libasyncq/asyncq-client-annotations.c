/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about what is noted on a job
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_annotate (guint64     id,
                  const char *key,
                  GVariant   *value)
{
  return _asyncq_call_of_job (id, "Annotate", g_variant_new ("(sv)", key, value),
                              "()");
}

static AsyncqCall
call_of_remove_annotation (guint64     id,
                           const char *key)
{
  return _asyncq_call_of_job (id, "RemoveAnnotation", g_variant_new ("(s)", key),
                              "()");
}

static AsyncqCall
call_of_get_annotation (guint64     id,
                        const char *key,
                        gint64      timeout_usec,
                        gint64      poll_usec)
{
  return _asyncq_call_of_job (id, "Annotation", g_variant_new ("(sxx)", key, timeout_usec, poll_usec),
                              "(v)");
}

/**
 * asyncq_client_annotate_async:
 * @self: a client
 * @id: the id of a job
 * @key: what is noted: 1 to 128 bytes
 * @value: any value; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Notes something on a job, in whichever state it is. What it has under this key is
 * replaced. "progress", of type `(dtts)`, is how far it has come.
 *
 * Since: 0.1
 */
void
asyncq_client_annotate_async (AsyncqClient        *self,
                              guint64              id,
                              const char          *key,
                              GVariant            *value,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (key != NULL);
  g_return_if_fail (value != NULL);

  _asyncq_client_call (self, call_of_annotate (id, key, value), asyncq_client_annotate_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_annotate_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.annotate_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_INVALID`; `ASYNCQ_ERROR_TOO_LARGE` if
 * all annotations of the job were more than 64 KiB.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_annotate_finish (AsyncqClient  *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_annotate_async, error));
}

/**
 * asyncq_client_annotate_sync:
 * @self: a client
 * @id: the id of a job
 * @key: what is noted: 1 to 128 bytes
 * @value: any value; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Notes something on a job, in whichever state it is. What it has under this key is
 * replaced. "progress", of type `(dtts)`, is how far it has come.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.annotate_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_annotate_sync (AsyncqClient  *self,
                             guint64        id,
                             const char    *key,
                             GVariant      *value,
                             GCancellable  *cancellable,
                             GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_annotate (id, key, value), cancellable, error));
}

/**
 * asyncq_client_remove_annotation_async:
 * @self: a client
 * @id: the id of a job
 * @key: of an annotation; it is no error if there is none
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes what was noted on a job.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_annotation_async (AsyncqClient        *self,
                                       guint64              id,
                                       const char          *key,
                                       GCancellable        *cancellable,
                                       GAsyncReadyCallback  callback,
                                       gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (key != NULL);

  _asyncq_client_call (self, call_of_remove_annotation (id, key), asyncq_client_remove_annotation_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_annotation_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_annotation_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_annotation_finish (AsyncqClient  *self,
                                        GAsyncResult  *result,
                                        GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_annotation_async, error));
}

/**
 * asyncq_client_remove_annotation_sync:
 * @self: a client
 * @id: the id of a job
 * @key: of an annotation; it is no error if there is none
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes what was noted on a job.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_annotation_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_annotation_sync (AsyncqClient  *self,
                                      guint64        id,
                                      const char    *key,
                                      GCancellable  *cancellable,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_annotation (id, key), cancellable, error));
}

/**
 * asyncq_client_get_annotation_async:
 * @self: a client
 * @id: the id of a job
 * @key: of an annotation
 * @timeout_usec: how long to wait for it, microseconds; 0: not at all;
 *   negative: for ever
 * @poll_usec: how often to look where others write to the store, microseconds
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Gets what was noted on a job, as soon as it is.
 *
 * Since: 0.1
 */
void
asyncq_client_get_annotation_async (AsyncqClient        *self,
                                    guint64              id,
                                    const char          *key,
                                    gint64               timeout_usec,
                                    gint64               poll_usec,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (key != NULL);

  _asyncq_client_call (self, call_of_get_annotation (id, key, timeout_usec, poll_usec), asyncq_client_get_annotation_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_get_annotation_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_annotation_async].
 *
 * Errors: `ASYNCQ_ERROR_TIMED_OUT` if the job has no such annotation in that time;
 * `ASYNCQ_ERROR_NO_SUCH_JOB`, `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_BUSY`.
 *
 * Returns: (transfer full): the value, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_annotation_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_boxed (_asyncq_client_call_finish (self, result, asyncq_client_get_annotation_async, error));
}

/**
 * asyncq_client_get_annotation_sync:
 * @self: a client
 * @id: the id of a job
 * @key: of an annotation
 * @timeout_usec: how long to wait for it, microseconds; 0: not at all;
 *   negative: for ever
 * @poll_usec: how often to look where others write to the store, microseconds
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Gets what was noted on a job, as soon as it is.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_annotation_finish].
 *
 * Returns: (transfer full): the value, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_annotation_sync (AsyncqClient  *self,
                                   guint64        id,
                                   const char    *key,
                                   gint64         timeout_usec,
                                   gint64         poll_usec,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_boxed (_asyncq_client_call_sync (self, call_of_get_annotation (id, key, timeout_usec, poll_usec), cancellable, error));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about what attempts of a job have logged
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

#define REPLY_TYPE "(ua(xus)tb)"

static AsyncqCall
call_of_get_log (guint64 id,
                 guint   attempt,
                 guint64 from,
                 gint64  timeout_usec)
{
  return _asyncq_call_of_job (id, "GetLog", g_variant_new ("(utx)", attempt, from, timeout_usec), REPLY_TYPE);
}

/* Returns: (transfer full) (nullable): the lines; what is not there leaves the rest untouched */
static GVariant *
take_log (GVariant *reply,
          guint    *out_attempt,
          guint64  *out_next,
          gboolean *out_more)
{
  g_autoptr(GVariant) owned = reply;
  GVariant *lines;
  guint32 attempt;
  guint64 next;
  gboolean more;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(u@a(xus)tb)", &attempt, &lines, &next, &more);
  if (out_attempt != NULL)
    *out_attempt = attempt;
  if (out_next != NULL)
    *out_next = next;
  if (out_more != NULL)
    *out_more = more;
  return lines;
}

/**
 * asyncq_client_get_log_async:
 * @self: a client
 * @id: a job's id
 * @attempt: number of an attempt, from 1; 0: the newest
 * @from: number of the first line that is wanted; 0: all
 * @timeout_usec: how long to wait for one where there is none, microseconds; 0: not
 *   at all; negative: for ever
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Gets what an attempt has logged, or waits for more of it.
 *
 * Since: 0.1
 */
void
asyncq_client_get_log_async (AsyncqClient        *self,
                             guint64              id,
                             guint                attempt,
                             guint64              from,
                             gint64               timeout_usec,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_get_log (id, attempt, from, timeout_usec), asyncq_client_get_log_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_get_log_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_attempt: (out) (optional): number of the attempt; 0: the job has not begun
 * @out_next: (out) (optional): number of the line that comes behind those
 * @out_more: (out) (optional): whether more may come
 * @error: return location for an error
 *
 * Finishes [method@Client.get_log_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`; `ASYNCQ_ERROR_INVALID` if there is no such
 * attempt, and none will come; `ASYNCQ_ERROR_BUSY`.
 *
 * Returns: (transfer full): a list `a(xus)`: when, in microseconds since 1970-01-01
 *   UTC, level (0 critical to 4 debug), text; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_log_finish (AsyncqClient  *self,
                              GAsyncResult  *result,
                              guint         *out_attempt,
                              guint64       *out_next,
                              gboolean      *out_more,
                              GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return take_log (_asyncq_client_call_finish (self, result, asyncq_client_get_log_async, error), out_attempt, out_next,
                   out_more);
}

/**
 * asyncq_client_get_log_sync:
 * @self: a client
 * @id: a job's id
 * @attempt: number of an attempt, from 1; 0: the newest
 * @from: number of the first line that is wanted; 0: all
 * @timeout_usec: how long to wait for one where there is none, microseconds; 0: not
 *   at all; negative: for ever
 * @out_attempt: (out) (optional): number of the attempt; 0: the job has not begun
 * @out_next: (out) (optional): number of the line that comes behind those
 * @out_more: (out) (optional): whether more may come
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Gets what an attempt has logged, or waits for more of it.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_log_finish].
 *
 * Returns: (transfer full): a list `a(xus)`, as [method@Client.get_log_finish] gives
 *   it; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_log_sync (AsyncqClient  *self,
                            guint64        id,
                            guint          attempt,
                            guint64        from,
                            gint64         timeout_usec,
                            guint         *out_attempt,
                            guint64       *out_next,
                            gboolean      *out_more,
                            GCancellable  *cancellable,
                            GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_log (_asyncq_client_call_sync (self, call_of_get_log (id, attempt, from, timeout_usec), cancellable,
                                             error),
                   out_attempt, out_next, out_more);
}

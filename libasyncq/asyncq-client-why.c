/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls for who wants to know: why a job does not run, and how it goes with all of them
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_explain_job (guint64 id)
{
  return _asyncq_call_of_job (id, "Why", NULL, "(a{sv})");
}

static AsyncqCall
call_of_get_statistics (void)
{
  return _asyncq_call_of_manager ("Statistics", NULL, "(a{sv})");
}

/**
 * asyncq_client_explain_job_async:
 * @self: a client
 * @id: a job's id
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Asks why a job does not run: all reasons, and when it will begin if that can be told.
 *
 * Since: 0.1
 */
void
asyncq_client_explain_job_async (AsyncqClient        *self,
                                 guint64              id,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_explain_job (id), asyncq_client_explain_job_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_explain_job_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.explain_job_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_JOB`.
 *
 * Returns: (transfer full): a dictionary `a{sv}`, as the bus method Why
 *   gives it; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_explain_job_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_explain_job_async, error));
}

/**
 * asyncq_client_explain_job_sync:
 * @self: a client
 * @id: a job's id
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks why a job does not run: all reasons, and when it will begin if that can be told.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.explain_job_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`, as the bus method Why
 *   gives it; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_explain_job_sync (AsyncqClient  *self,
                                guint64        id,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_explain_job (id), cancellable, error));
}

/**
 * asyncq_client_get_statistics_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Asks how many jobs there are, and how it goes with them.
 *
 * Since: 0.1
 */
void
asyncq_client_get_statistics_async (AsyncqClient        *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_get_statistics (), asyncq_client_get_statistics_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_get_statistics_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_statistics_async].
 *
 * Returns: (transfer full): a dictionary `a{sv}`, as the bus method Statistics
 *   gives it; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_statistics_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_get_statistics_async, error));
}

/**
 * asyncq_client_get_statistics_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks how many jobs there are, and how it goes with them.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_statistics_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`, as the bus method Statistics
 *   gives it; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_statistics_sync (AsyncqClient  *self,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_get_statistics (), cancellable, error));
}

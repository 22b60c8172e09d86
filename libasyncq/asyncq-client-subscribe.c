/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about being told of changes
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_subscribe (const char *filter)
{
  return _asyncq_call_of_manager ("Subscribe", g_variant_new ("(s)", filter != NULL ? filter : ""), "()");
}

/**
 * asyncq_client_subscribe_async:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async]
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when changes will be told
 * @user_data: for @callback
 *
 * Asks to be told of changes by [signal@Client::jobs-changed]; a second call
 * replaces the filter.
 *
 * Since: 0.1
 */
void
asyncq_client_subscribe_async (AsyncqClient        *self,
                               const char          *filter,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  /* from now on, so that an AsyncqJob does not take the place of it */
  _asyncq_client_note_subscribed (self, TRUE);
  _asyncq_client_call (self, call_of_subscribe (filter), asyncq_client_subscribe_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_subscribe_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.subscribe_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the filter makes no sense.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_subscribe_finish (AsyncqClient  *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  if (_asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_subscribe_async, error)))
    return TRUE;
  _asyncq_client_note_subscribed (self, FALSE);
  return FALSE;
}

/**
 * asyncq_client_subscribe_sync:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async]
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks to be told of changes by [signal@Client::jobs-changed]; a second call
 * replaces the filter; blocks until it is answered.
 *
 * Errors: as [method@Client.subscribe_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_subscribe_sync (AsyncqClient  *self,
                              const char    *filter,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!_asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_subscribe (filter), cancellable, error)))
    return FALSE;
  _asyncq_client_note_subscribed (self, TRUE);
  return TRUE;
}

/**
 * asyncq_client_unsubscribe_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when no more will be told
 * @user_data: for @callback
 *
 * Asks not to be told of changes any more.
 *
 * Since: 0.1
 */
void
asyncq_client_unsubscribe_async (AsyncqClient        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_note_subscribed (self, FALSE);
  _asyncq_client_call (self, _asyncq_call_of_manager ("Unsubscribe", NULL, "()"),
                       asyncq_client_unsubscribe_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_unsubscribe_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.unsubscribe_async].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_unsubscribe_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_unsubscribe_async, error));
}

/**
 * asyncq_client_unsubscribe_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks not to be told of changes any more; blocks until it is answered.
 *
 * Errors: as [method@Client.unsubscribe_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_unsubscribe_sync (AsyncqClient  *self,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  _asyncq_client_note_subscribed (self, FALSE);
  return _asyncq_reply_drop (_asyncq_client_call_sync (
      self, _asyncq_call_of_manager ("Unsubscribe", NULL, "()"), cancellable, error));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about the daemon
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_get_status (void)
{
  return _asyncq_call_of_properties (_asyncq_call_of_manager ("GetAll", NULL, "(a{sv})"));
}

/**
 * asyncq_client_get_status_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the answer
 * @user_data: for @callback
 *
 * Asks what the daemon is and does.
 *
 * Since: 0.1
 */
void
asyncq_client_get_status_async (AsyncqClient        *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_get_status (), asyncq_client_get_status_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_get_status_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_status_async].
 *
 * Returns: (transfer full): a dictionary `a{sv}` with the properties of
 * `org.asyncq.Manager1`, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_status_finish (AsyncqClient  *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_get_status_async, error));
}

/**
 * asyncq_client_get_status_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks what the daemon is and does; blocks until it is answered.
 *
 * Errors: as [method@Client.get_status_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}` with the properties of
 * `org.asyncq.Manager1`, or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_status_sync (AsyncqClient  *self,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_get_status (), cancellable, error));
}

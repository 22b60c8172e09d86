/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about the daemon
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_add_agent (const char *name,
                   GVariant   *settings)
{
  if (settings == NULL)
    settings = g_variant_new ("a{sv}", NULL);
  return _asyncq_call_of_manager ("AddAgent", g_variant_new ("(s@a{sv})", name, settings), "()");
}

static AsyncqCall
call_of_get_status (void)
{
  AsyncqCall call = _asyncq_call_of_manager ("GetAll", NULL, "(a{sv})");

  call.parameters = g_variant_new ("(s)", call.interface);
  call.interface = "org.freedesktop.DBus.Properties";
  return call;
}

/**
 * asyncq_client_add_agent_async:
 * @self: a client
 * @name: the agent's name, `[A-Za-z0-9_.-]{1,128}`
 * @settings: (nullable): a dictionary `a{sv}`: "size" u, "filter" s, "queues" as;
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the agent is there
 * @user_data: for @callback
 *
 * Adds an agent, which is stored and starts to work at once.
 *
 * Since: 0.1
 */
void
asyncq_client_add_agent_async (AsyncqClient        *self,
                               const char          *name,
                               GVariant            *settings,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (settings == NULL || g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT));

  _asyncq_client_call (self, call_of_add_agent (name, settings), asyncq_client_add_agent_async, cancellable,
                       callback, user_data);
}

/**
 * asyncq_client_add_agent_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.add_agent_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_add_agent_finish (AsyncqClient  *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_add_agent_async, error));
}

/**
 * asyncq_client_add_agent_sync:
 * @self: a client
 * @name: the agent's name, `[A-Za-z0-9_.-]{1,128}`
 * @settings: (nullable): a dictionary `a{sv}`: "size" u, "filter" s, "queues" as;
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Adds an agent, which is stored and starts to work at once; blocks until it is
 * answered.
 *
 * Errors: as [method@Client.add_agent_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_add_agent_sync (AsyncqClient  *self,
                              const char    *name,
                              GVariant      *settings,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (settings == NULL || g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_add_agent (name, settings), cancellable, error));
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

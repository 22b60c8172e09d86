/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about plugins
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

#include <string.h>

static AsyncqCall
call_of_plugin (const char *plugin,
                const char *method,
                GVariant   *parameters,
                const char *reply_type)
{
  return _asyncq_call_of_named ("plugins", "org.asyncq.Plugin1", plugin, method, parameters, reply_type);
}

static AsyncqCall
call_of_list_plugins (void)
{
  return _asyncq_call_of_manager ("ListPlugins", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_get_plugin (const char *plugin)
{
  return _asyncq_call_of_properties (call_of_plugin (plugin, "GetAll", NULL, "(a{sv})"));
}

static AsyncqCall
call_of_reload_plugin (const char *plugin)
{
  return call_of_plugin (plugin, "Reload", NULL, "()");
}

/* its plugin is what stands before the dot */
static AsyncqCall
call_of_release_function (const char *function)
{
  g_autofree char *plugin = g_strndup (function, strcspn (function, "."));

  return call_of_plugin (plugin, "Release", g_variant_new ("(s)", function), "()");
}

/**
 * asyncq_client_list_plugins_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists the plugins that there are, were since the daemon's start, or that it refuses.
 *
 * Since: 0.1
 */
void
asyncq_client_list_plugins_async (AsyncqClient        *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_plugins (), asyncq_client_list_plugins_async, cancellable, callback,
                       user_data);
}

/**
 * asyncq_client_list_plugins_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_plugins_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: what the bus method ListPlugins gives;
 *   or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_plugins_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_plugins_async, error));
}

/**
 * asyncq_client_list_plugins_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the plugins that there are, were since the daemon's start, or that it refuses.
 *
 * Blocks until it is answered.
 *
 * Returns: (transfer full): a list `aa{sv}`: what the bus method ListPlugins gives;
 *   or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_plugins_sync (AsyncqClient  *self,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_plugins (), cancellable, error));
}

/**
 * asyncq_client_get_plugin_async:
 * @self: a client
 * @plugin: the id of a plugin
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Looks up a plugin.
 *
 * Since: 0.1
 */
void
asyncq_client_get_plugin_async (AsyncqClient        *self,
                                const char          *plugin,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (plugin != NULL);

  _asyncq_client_call (self, call_of_get_plugin (plugin), asyncq_client_get_plugin_async, cancellable, callback,
                       user_data);
}

/**
 * asyncq_client_get_plugin_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_plugin_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_PLUGIN`.
 *
 * Returns: (transfer full): a dictionary `a{sv}` of the properties of its bus object;
 *   or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_plugin_finish (AsyncqClient  *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_get_plugin_async, error));
}

/**
 * asyncq_client_get_plugin_sync:
 * @self: a client
 * @plugin: the id of a plugin
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Looks up a plugin.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_plugin_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}` of the properties of its bus object;
 *   or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_plugin_sync (AsyncqClient  *self,
                               const char    *plugin,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (plugin != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_get_plugin (plugin), cancellable, error));
}

/**
 * asyncq_client_reload_plugin_async:
 * @self: a client
 * @plugin: the id of a plugin
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Has the file of a plugin looked at again, as if it had been written now.
 *
 * Since: 0.1
 */
void
asyncq_client_reload_plugin_async (AsyncqClient        *self,
                                   const char          *plugin,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (plugin != NULL);

  _asyncq_client_call (self, call_of_reload_plugin (plugin), asyncq_client_reload_plugin_async, cancellable, callback,
                       user_data);
}

/**
 * asyncq_client_reload_plugin_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.reload_plugin_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_PLUGIN`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_reload_plugin_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_reload_plugin_async, error));
}

/**
 * asyncq_client_reload_plugin_sync:
 * @self: a client
 * @plugin: the id of a plugin
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Has the file of a plugin looked at again, as if it had been written now.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.reload_plugin_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_reload_plugin_sync (AsyncqClient  *self,
                                  const char    *plugin,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (plugin != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_reload_plugin (plugin), cancellable, error));
}

/**
 * asyncq_client_release_function_async:
 * @self: a client
 * @function: plugin.function
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lets jobs of a quarantined function run again.
 *
 * Since: 0.1
 */
void
asyncq_client_release_function_async (AsyncqClient        *self,
                                      const char          *function,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (function != NULL);

  _asyncq_client_call (self, call_of_release_function (function), asyncq_client_release_function_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_release_function_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.release_function_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_FUNCTION`, `ASYNCQ_ERROR_BAD_STATE` if it is not quarantined.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_release_function_finish (AsyncqClient  *self,
                                       GAsyncResult  *result,
                                       GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_release_function_async, error));
}

/**
 * asyncq_client_release_function_sync:
 * @self: a client
 * @function: plugin.function
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lets jobs of a quarantined function run again.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.release_function_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_release_function_sync (AsyncqClient  *self,
                                     const char    *function,
                                     GCancellable  *cancellable,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (function != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_release_function (function), cancellable, error));
}

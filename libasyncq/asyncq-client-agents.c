/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about agents
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_add_agent (const char *name,
                   GVariant   *settings)
{
  return _asyncq_call_of_manager ("AddAgent",
                                  g_variant_new ("(s@a{sv})", name, _asyncq_settings_or_empty (settings)), "()");
}

static AsyncqCall
call_of_change_agent (const char *name,
                      GVariant   *settings)
{
  return _asyncq_call_of_named ("agents", "org.asyncq.Agent1", name, "Change",
                                g_variant_new ("(@a{sv})", _asyncq_settings_or_empty (settings)), "()");
}

static AsyncqCall
call_of_remove_agent (const char *name)
{
  return _asyncq_call_of_manager ("RemoveAgent", g_variant_new ("(s)", name), "()");
}

static AsyncqCall
call_of_list_agents (void)
{
  return _asyncq_call_of_manager ("ListAgents", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_explain_agents (GVariant *call)
{
  return _asyncq_call_of_manager ("ExplainAgents", g_variant_new ("(@a{sv})", _asyncq_settings_or_empty (call)),
                                  "(asa{ss})");
}

/**
 * asyncq_client_add_agent_async:
 * @self: a client
 * @name: the agent's name, `[A-Za-z0-9_.-]{1,128}`
 * @settings: (nullable): a dictionary `a{sv}`: "size" u, "filter" s, "queues" as;
 *   consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
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

  _asyncq_client_call (self, call_of_add_agent (name, settings), asyncq_client_add_agent_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_add_agent_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.add_agent_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_TOO_LARGE`.
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
 * Adds an agent, which is stored and starts to work at once.
 * Blocks until it is answered.
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
 * asyncq_client_change_agent_async:
 * @self: a client
 * @name: the agent's name
 * @settings: a dictionary `a{sv}`, as for [method@Client.add_agent_async]; what it
 *   does not have stays as it is. Consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Changes an agent at once. What it runs goes on. The change is stored, also of an
 * agent of the configuration.
 *
 * Since: 0.1
 */
void
asyncq_client_change_agent_async (AsyncqClient        *self,
                                  const char          *name,
                                  GVariant            *settings,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (settings != NULL && g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT));

  _asyncq_client_call (self, call_of_change_agent (name, settings), asyncq_client_change_agent_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_change_agent_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.change_agent_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_AGENT`, `ASYNCQ_ERROR_INVALID`,
 * `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_agent_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_change_agent_async, error));
}

/**
 * asyncq_client_change_agent_sync:
 * @self: a client
 * @name: the agent's name
 * @settings: a dictionary `a{sv}`, as for [method@Client.add_agent_async]; what it
 *   does not have stays as it is. Consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes an agent at once. What it runs goes on. The change is stored, also of an
 * agent of the configuration.
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.change_agent_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_agent_sync (AsyncqClient  *self,
                                 const char    *name,
                                 GVariant      *settings,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (settings != NULL && g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_change_agent (name, settings),
                                                       cancellable, error));
}

/**
 * asyncq_client_remove_agent_async:
 * @self: a client
 * @name: the agent's name
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes an agent that has no jobs. One of the configuration comes back at the
 * next start of the daemon.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_agent_async (AsyncqClient        *self,
                                  const char          *name,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (name != NULL);

  _asyncq_client_call (self, call_of_remove_agent (name), asyncq_client_remove_agent_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_agent_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_agent_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_AGENT`, `ASYNCQ_ERROR_BAD_STATE` while it has jobs.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_agent_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_agent_async, error));
}

/**
 * asyncq_client_remove_agent_sync:
 * @self: a client
 * @name: the agent's name
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes an agent that has no jobs. One of the configuration comes back at the
 * next start of the daemon.
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_agent_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_agent_sync (AsyncqClient  *self,
                                 const char    *name,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_agent (name), cancellable, error));
}

/**
 * asyncq_client_list_agents_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Asks which agents there are.
 *
 * Since: 0.1
 */
void
asyncq_client_list_agents_async (AsyncqClient        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_agents (), asyncq_client_list_agents_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_list_agents_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_agents_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s, "size" u,
 *   "filter" s, "queues" as, "running" u, and what else the bus method ListAgents
 *   gives; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_agents_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_agents_async, error));
}

/**
 * asyncq_client_list_agents_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks which agents there are.
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_agents_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s, "size" u,
 *   "filter" s, "queues" as, "running" u, and what else the bus method ListAgents
 *   gives; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_agents_sync (AsyncqClient  *self,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_agents (), cancellable, error));
}

/**
 * asyncq_client_explain_agents_async:
 * @self: a client
 * @call: (nullable): a dictionary `a{sv}`: "queue" s, "function" s (absent: any),
 *   "priority" y, "tags" as; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Asks which agents take such a job, and why the others do not. Nothing runs a job
 * that no agent takes.
 *
 * Since: 0.1
 */
void
asyncq_client_explain_agents_async (AsyncqClient        *self,
                                    GVariant            *call,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (call == NULL || g_variant_is_of_type (call, G_VARIANT_TYPE_VARDICT));

  _asyncq_client_call (self, call_of_explain_agents (call), asyncq_client_explain_agents_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_explain_agents_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.explain_agents_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): a value `(asa{ss})`: the names of the agents that take
 *   it, and of those that do not, each with why; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_explain_agents_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_client_call_finish (self, result, asyncq_client_explain_agents_async, error);
}

/**
 * asyncq_client_explain_agents_sync:
 * @self: a client
 * @call: (nullable): a dictionary `a{sv}`: "queue" s, "function" s (absent: any),
 *   "priority" y, "tags" as; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Asks which agents take such a job, and why the others do not. Nothing runs a job
 * that no agent takes.
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.explain_agents_finish].
 *
 * Returns: (transfer full): a value `(asa{ss})`: the names of the agents that take
 *   it, and of those that do not, each with why; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_explain_agents_sync (AsyncqClient  *self,
                                   GVariant      *call,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (call == NULL || g_variant_is_of_type (call, G_VARIANT_TYPE_VARDICT), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_client_call_sync (self, call_of_explain_agents (call), cancellable, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about what jobs are made of and when they are begun: factories, retry policies, claiming
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_add_factory (const char *factory,
                     GVariant   *entry)
{
  return _asyncq_call_of_manager ("AddFactory", g_variant_new ("(s@a{sv})", factory, entry), "()");
}

static AsyncqCall
call_of_remove_factory (const char *factory)
{
  return _asyncq_call_of_manager ("RemoveFactory", g_variant_new ("(s)", factory), "()");
}

static AsyncqCall
call_of_list_factories (void)
{
  return _asyncq_call_of_manager ("ListFactories", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_list_policies (void)
{
  return _asyncq_call_of_manager ("ListPolicies", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_set_claiming (gboolean is_claiming)
{
  return _asyncq_call_of_manager ("SetClaiming", g_variant_new ("(b)", is_claiming), "()");
}

static AsyncqCall
call_of_drain (void)
{
  return _asyncq_call_of_manager ("Drain", NULL, "(aa{sv})");
}

/**
 * asyncq_client_add_factory_async:
 * @self: a client
 * @factory: the name of the new factory
 * @entry: a dictionary `a{sv}`: an entry of the bus method Submit; consumed if it is
 *   floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Adds a factory: a call with arguments and settings that jobs are made of by its name,
 * see [ctor@JobSpec.new_from_factory]. It is stored.
 *
 * Since: 0.1
 */
void
asyncq_client_add_factory_async (AsyncqClient        *self,
                                 const char          *factory,
                                 GVariant            *entry,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (factory != NULL);
  g_return_if_fail (entry != NULL);

  _asyncq_client_call (self, call_of_add_factory (factory, entry), asyncq_client_add_factory_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_add_factory_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.add_factory_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_TOO_LARGE`, and those of
 * [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_add_factory_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_add_factory_async, error));
}

/**
 * asyncq_client_add_factory_sync:
 * @self: a client
 * @factory: the name of the new factory
 * @entry: a dictionary `a{sv}`: an entry of the bus method Submit; consumed if it is
 *   floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Adds a factory: a call with arguments and settings that jobs are made of by its name,
 * see [ctor@JobSpec.new_from_factory]. It is stored.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.add_factory_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_add_factory_sync (AsyncqClient  *self,
                                const char    *factory,
                                GVariant      *entry,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (factory != NULL, FALSE);
  g_return_val_if_fail (entry != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_add_factory (factory, entry), cancellable, error));
}

/**
 * asyncq_client_remove_factory_async:
 * @self: a client
 * @factory: the name of a factory
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes a factory. The jobs that were made by it stay.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_factory_async (AsyncqClient        *self,
                                    const char          *factory,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (factory != NULL);

  _asyncq_client_call (self, call_of_remove_factory (factory), asyncq_client_remove_factory_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_factory_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_factory_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_FACTORY`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_factory_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_factory_async, error));
}

/**
 * asyncq_client_remove_factory_sync:
 * @self: a client
 * @factory: the name of a factory
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes a factory. The jobs that were made by it stay.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_factory_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_factory_sync (AsyncqClient  *self,
                                   const char    *factory,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (factory != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_factory (factory), cancellable, error));
}

/**
 * asyncq_client_list_factories_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists the factories.
 *
 * Since: 0.1
 */
void
asyncq_client_list_factories_async (AsyncqClient        *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_factories (), asyncq_client_list_factories_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_factories_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_factories_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s
 *   and the keys of its entry; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_factories_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_factories_async,
                                                               error));
}

/**
 * asyncq_client_list_factories_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the factories.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_factories_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s
 *   and the keys of its entry; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_factories_sync (AsyncqClient  *self,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_factories (), cancellable, error));
}

/**
 * asyncq_client_list_policies_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists the retry policies.
 *
 * Since: 0.1
 */
void
asyncq_client_list_policies_async (AsyncqClient        *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_policies (), asyncq_client_list_policies_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_policies_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_policies_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s
 *   and what the bus method ListPolicies gives; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_policies_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_policies_async, error));
}

/**
 * asyncq_client_list_policies_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the retry policies.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_policies_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s
 *   and what the bus method ListPolicies gives; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_policies_sync (AsyncqClient  *self,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_policies (), cancellable, error));
}

/**
 * asyncq_client_set_claiming_async:
 * @self: a client
 * @is_claiming: whether jobs are begun
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Starts or stops the beginning of jobs. What runs goes on. It is not stored.
 *
 * Since: 0.1
 */
void
asyncq_client_set_claiming_async (AsyncqClient        *self,
                                  gboolean             is_claiming,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_set_claiming (is_claiming), asyncq_client_set_claiming_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_set_claiming_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.set_claiming_async].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_claiming_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_set_claiming_async, error));
}

/**
 * asyncq_client_set_claiming_sync:
 * @self: a client
 * @is_claiming: whether jobs are begun
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Starts or stops the beginning of jobs. What runs goes on. It is not stored.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.set_claiming_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_claiming_sync (AsyncqClient  *self,
                                 gboolean       is_claiming,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_set_claiming (is_claiming), cancellable, error));
}

/**
 * asyncq_client_drain_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Has the daemon begin no more jobs, as [method@Client.set_claiming_async] does, and
 * tells what still runs.
 *
 * Since: 0.1
 */
void
asyncq_client_drain_async (AsyncqClient        *self,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_drain (), asyncq_client_drain_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_drain_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.drain_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "job" t, and
 *   what else the bus method Drain gives; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_drain_finish (AsyncqClient  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_drain_async, error));
}

/**
 * asyncq_client_drain_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Has the daemon begin no more jobs, as [method@Client.set_claiming_async] does, and
 * tells what still runs.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.drain_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "job" t, and
 *   what else the bus method Drain gives; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_drain_sync (AsyncqClient  *self,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_drain (), cancellable, error));
}

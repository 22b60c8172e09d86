/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about limits
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_limit (const char *limit,
               const char *method,
               GVariant   *parameters,
               const char *reply_type)
{
  return _asyncq_call_of_named ("limits", "org.asyncq.Limit1", limit, method, parameters, reply_type);
}

static AsyncqCall
call_of_create_limit (const char *limit,
                      GVariant   *settings)
{
  return _asyncq_call_of_manager ("CreateLimit", g_variant_new ("(s@a{sv})", limit, settings), "()");
}

static AsyncqCall
call_of_change_limit (const char *limit,
                      GVariant   *settings)
{
  return call_of_limit (limit, "Change", g_variant_new ("(@a{sv})", settings), "()");
}

static AsyncqCall
call_of_remove_limit (const char *limit)
{
  return _asyncq_call_of_manager ("RemoveLimit", g_variant_new ("(s)", limit), "()");
}

static AsyncqCall
call_of_list_limits (void)
{
  return _asyncq_call_of_manager ("ListLimits", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_get_limit (const char *limit)
{
  return _asyncq_call_of_properties (call_of_limit (limit, "GetAll", NULL, "(a{sv})"));
}

static AsyncqCall
call_of_list_limit_uses (const char *limit)
{
  return call_of_limit (limit, "Uses", NULL, "(aa{sv})");
}

/**
 * asyncq_client_create_limit_async:
 * @self: a client
 * @limit: the name of the new limit; in a template the name of an argument stands in braces
 * @settings: a dictionary `a{sv}` with "size" u: how many jobs may be active at once; or
 *   "rate" u and "period" x, microseconds: how many may begin in each period, and with
 *   "burst" u: how many at once after a pause; or all of them; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Creates a limit, which jobs can be under: see [method@JobSpec.set_limits]. It is stored.
 *
 * Since: 0.1
 */
void
asyncq_client_create_limit_async (AsyncqClient        *self,
                                  const char          *limit,
                                  GVariant            *settings,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (limit != NULL);
  g_return_if_fail (settings != NULL);

  _asyncq_client_call (self, call_of_create_limit (limit, settings), asyncq_client_create_limit_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_create_limit_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.create_limit_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_create_limit_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_create_limit_async, error));
}

/**
 * asyncq_client_create_limit_sync:
 * @self: a client
 * @limit: the name of the new limit; in a template the name of an argument stands in braces
 * @settings: a dictionary `a{sv}` with "size" u: how many jobs may be active at once; or
 *   "rate" u and "period" x, microseconds: how many may begin in each period, and with
 *   "burst" u: how many at once after a pause; or all of them; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Creates a limit, which jobs can be under: see [method@JobSpec.set_limits]. It is stored.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.create_limit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_create_limit_sync (AsyncqClient  *self,
                                 const char    *limit,
                                 GVariant      *settings,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (limit != NULL, FALSE);
  g_return_val_if_fail (settings != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_create_limit (limit, settings), cancellable, error));
}

/**
 * asyncq_client_change_limit_async:
 * @self: a client
 * @limit: the name of a limit
 * @settings: as for [method@Client.create_limit_async]: what is to be changed, and "drop" as:
 *   which of "size", "rate" (with its period and burst) and "burst" it has no more; consumed
 *   if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Changes a limit. What runs goes on, also where there is less room than it takes.
 *
 * Since: 0.1
 */
void
asyncq_client_change_limit_async (AsyncqClient        *self,
                                  const char          *limit,
                                  GVariant            *settings,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (limit != NULL);
  g_return_if_fail (settings != NULL);

  _asyncq_client_call (self, call_of_change_limit (limit, settings), asyncq_client_change_limit_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_change_limit_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.change_limit_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_limit_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_change_limit_async, error));
}

/**
 * asyncq_client_change_limit_sync:
 * @self: a client
 * @limit: the name of a limit
 * @settings: as for [method@Client.create_limit_async]: what is to be changed, and "drop" as:
 *   which of "size", "rate" (with its period and burst) and "burst" it has no more; consumed
 *   if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes a limit. What runs goes on, also where there is less room than it takes.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.change_limit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_limit_sync (AsyncqClient  *self,
                                 const char    *limit,
                                 GVariant      *settings,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (limit != NULL, FALSE);
  g_return_val_if_fail (settings != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_change_limit (limit, settings), cancellable, error));
}

/**
 * asyncq_client_remove_limit_async:
 * @self: a client
 * @limit: the name of a limit
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes a limit. Jobs that are under it run as if they were not.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_limit_async (AsyncqClient        *self,
                                  const char          *limit,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (limit != NULL);

  _asyncq_client_call (self, call_of_remove_limit (limit), asyncq_client_remove_limit_async, cancellable, callback,
                       user_data);
}

/**
 * asyncq_client_remove_limit_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_limit_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_limit_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_limit_async, error));
}

/**
 * asyncq_client_remove_limit_sync:
 * @self: a client
 * @limit: the name of a limit
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes a limit. Jobs that are under it run as if they were not.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_limit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_limit_sync (AsyncqClient  *self,
                                 const char    *limit,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (limit != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_limit (limit), cancellable, error));
}

/**
 * asyncq_client_list_limits_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists the limits.
 *
 * Since: 0.1
 */
void
asyncq_client_list_limits_async (AsyncqClient        *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_limits (), asyncq_client_list_limits_async, cancellable, callback,
                       user_data);
}

/**
 * asyncq_client_list_limits_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_limits_async].
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s and what the bus method
 *   ListLimits gives; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_limits_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_list_limits_async, error));
}

/**
 * asyncq_client_list_limits_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the limits.
 *
 * Blocks until it is answered.
 *
 * Returns: (transfer full): a list `aa{sv}`: each with "name" s and what the bus method
 *   ListLimits gives; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_limits_sync (AsyncqClient  *self,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_limits (), cancellable, error));
}

/**
 * asyncq_client_get_limit_async:
 * @self: a client
 * @limit: the name of a limit
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Looks up a limit.
 *
 * Since: 0.1
 */
void
asyncq_client_get_limit_async (AsyncqClient        *self,
                               const char          *limit,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (limit != NULL);

  _asyncq_client_call (self, call_of_get_limit (limit), asyncq_client_get_limit_async, cancellable, callback,
                       user_data);
}

/**
 * asyncq_client_get_limit_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_limit_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`.
 *
 * Returns: (transfer full): a dictionary `a{sv}`: the properties of its object on the bus,
 *   `org.asyncq.Limit1`; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_limit_finish (AsyncqClient  *self,
                                GAsyncResult  *result,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_get_limit_async, error));
}

/**
 * asyncq_client_get_limit_sync:
 * @self: a client
 * @limit: the name of a limit
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Looks up a limit.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_limit_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`: the properties of its object on the bus,
 *   `org.asyncq.Limit1`; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_limit_sync (AsyncqClient  *self,
                              const char    *limit,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (limit != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_get_limit (limit), cancellable, error));
}

/**
 * asyncq_client_list_limit_uses_async:
 * @self: a client
 * @limit: the name of a limit
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists who uses a limit: which jobs have a place, how many wait, when there is room again.
 *
 * Since: 0.1
 */
void
asyncq_client_list_limit_uses_async (AsyncqClient        *self,
                                     const char          *limit,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (limit != NULL);

  _asyncq_client_call (self, call_of_list_limit_uses (limit), asyncq_client_list_limit_uses_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_limit_uses_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_limit_uses_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_LIMIT`.
 *
 * Returns: (transfer full): a list `aa{sv}`: of a template one for each value of its
 *   arguments, with what the bus method `org.asyncq.Limit1.Uses` gives; or %NULL with
 *   @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_limit_uses_finish (AsyncqClient  *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_finish (self, result, asyncq_client_list_limit_uses_async, error));
}

/**
 * asyncq_client_list_limit_uses_sync:
 * @self: a client
 * @limit: the name of a limit
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists who uses a limit: which jobs have a place, how many wait, when there is room again.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.list_limit_uses_finish].
 *
 * Returns: (transfer full): a list `aa{sv}`: of a template one for each value of its
 *   arguments, with what the bus method `org.asyncq.Limit1.Uses` gives; or %NULL with
 *   @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_limit_uses_sync (AsyncqClient  *self,
                                    const char    *limit,
                                    GCancellable  *cancellable,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (limit != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_sync (self, call_of_list_limit_uses (limit), cancellable, error));
}

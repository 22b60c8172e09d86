/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about what is kept: removing jobs, holding the store
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_clean (const char *filter)
{
  return _asyncq_call_of_manager ("Clean", g_variant_new ("(sa{sv})", filter != NULL ? filter : "", NULL),
                                  "(a{su})");
}

static AsyncqCall
call_of_count_cleanable (const char *filter)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "dry-run", g_variant_new_boolean (TRUE));
  return _asyncq_call_of_manager ("Clean", g_variant_new ("(sa{sv})", filter != NULL ? filter : "", &options),
                                  "(a{su})");
}

static AsyncqCall
call_of_hold_store (void)
{
  return _asyncq_call_of_manager ("HoldStore", NULL, "(sa{sv})");
}

static AsyncqCall
call_of_release_store (void)
{
  return _asyncq_call_of_manager ("ReleaseStore", NULL, "()");
}

/* takes the reply, or NULL where there is none and the error is set already */
static GVariant *
take_position (GVariant  *reply,
               char     **out_path)
{
  g_autoptr(GVariant) owned = reply;

  if (reply == NULL)
    return NULL;
  if (out_path != NULL)
    g_variant_get_child (reply, 0, "s", out_path);
  return g_variant_get_child_value (reply, 1);
}

/**
 * asyncq_client_clean_async:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async], but without states of
 *   jobs that have not ended; %NULL for all jobs that have
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when they are gone
 * @user_data: for @callback
 *
 * Removes jobs that have ended, with their results and their submit keys. Those that
 * an unfinished job depends on stay.
 *
 * Since: 0.1
 */
void
asyncq_client_clean_async (AsyncqClient        *self,
                           const char          *filter,
                           GCancellable        *cancellable,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_clean (filter), asyncq_client_clean_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_clean_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.clean_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the filter makes no sense; `ASYNCQ_ERROR_STORE_FAILED`,
 * `ASYNCQ_ERROR_NOT_RUNNING` if the daemon has ended on the way, and then some jobs may
 * be gone.
 *
 * Returns: (transfer full): a dictionary `a{su}`: how many of "succeeded", "failed",
 * "cancelled" and "expired", or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_clean_finish (AsyncqClient  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_clean_async, error));
}

/**
 * asyncq_client_clean_sync:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async], but without states of
 *   jobs that have not ended; %NULL for all jobs that have
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes jobs that have ended, with their results and their submit keys. Those that
 * an unfinished job depends on stay. Blocks until it is
 * answered.
 *
 * Errors: as [method@Client.clean_finish].
 *
 * Returns: (transfer full): a dictionary `a{su}`: how many of "succeeded", "failed",
 * "cancelled" and "expired", or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_clean_sync (AsyncqClient  *self,
                          const char    *filter,
                          GCancellable  *cancellable,
                          GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_clean (filter), cancellable, error));
}

/**
 * asyncq_client_count_cleanable_async:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async], but without states of
 *   jobs that have not ended; %NULL for all jobs that have
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the numbers
 * @user_data: for @callback
 *
 * Counts the jobs that [method@Client.clean_async] would remove.
 *
 * Since: 0.1
 */
void
asyncq_client_count_cleanable_async (AsyncqClient        *self,
                                     const char          *filter,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_count_cleanable (filter), asyncq_client_count_cleanable_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_count_cleanable_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.count_cleanable_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the filter makes no sense.
 *
 * Returns: (transfer full): a dictionary `a{su}`: how many of "succeeded", "failed",
 * "cancelled" and "expired", or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_count_cleanable_finish (AsyncqClient  *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_finish (self, result, asyncq_client_count_cleanable_async, error));
}

/**
 * asyncq_client_count_cleanable_sync:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async], but without states of
 *   jobs that have not ended; %NULL for all jobs that have
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Counts the jobs that [method@Client.clean_async] would remove. Blocks until it is
 * answered.
 *
 * Errors: as [method@Client.count_cleanable_finish].
 *
 * Returns: (transfer full): a dictionary `a{su}`: how many of "succeeded", "failed",
 * "cancelled" and "expired", or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_count_cleanable_sync (AsyncqClient  *self,
                                    const char    *filter,
                                    GCancellable  *cancellable,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_sync (self, call_of_count_cleanable (filter), cancellable, error));
}

/**
 * asyncq_client_hold_store_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the store is held
 * @user_data: for @callback
 *
 * Keeps the daemon from writing over or removing any file of its store, so that they
 * can be read while it works; until [method@Client.release_store_async] or the end of
 * the connection. Calls are counted.
 *
 * Since: 0.1
 */
void
asyncq_client_hold_store_async (AsyncqClient        *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_hold_store (), asyncq_client_hold_store_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_hold_store_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_path: (out) (optional) (transfer full): the folder of the store
 * @error: return location for an error
 *
 * Finishes [method@Client.hold_store_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the store is in memory only.
 *
 * Returns: (transfer full): a dictionary `a{sv}`: how far the files may be read, or
 * %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_hold_store_finish (AsyncqClient  *self,
                                 GAsyncResult  *result,
                                 char         **out_path,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return take_position (
    _asyncq_client_call_finish (self, result, asyncq_client_hold_store_async, error), out_path);
}

/**
 * asyncq_client_hold_store_sync:
 * @self: a client
 * @out_path: (out) (optional) (transfer full): the folder of the store
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Keeps the daemon from writing over or removing any file of its store, so that they
 * can be read while it works; until [method@Client.release_store_async] or the end of
 * the connection. Calls are counted. Blocks until it is
 * answered.
 *
 * Errors: as [method@Client.hold_store_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`: how far the files may be read, or
 * %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_hold_store_sync (AsyncqClient  *self,
                               char         **out_path,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_position (
    _asyncq_client_call_sync (self, call_of_hold_store (), cancellable, error), out_path);
}

/**
 * asyncq_client_release_store_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is released
 * @user_data: for @callback
 *
 * Ends what one call of [method@Client.hold_store_async] has begun.
 *
 * Since: 0.1
 */
void
asyncq_client_release_store_async (AsyncqClient        *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_release_store (), asyncq_client_release_store_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_release_store_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.release_store_async].
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE` if this connection does not hold the store.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_release_store_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_release_store_async, error));
}

/**
 * asyncq_client_release_store_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Ends what one call of [method@Client.hold_store_async] has begun. Blocks until it is
 * answered.
 *
 * Errors: as [method@Client.release_store_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_release_store_sync (AsyncqClient  *self,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_release_store (), cancellable, error));
}

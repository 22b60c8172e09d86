/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The call that changes many jobs
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_change_jobs (const char *filter,
                     const char *action,
                     GVariant   *options)
{
  return _asyncq_call_of_manager ("ChangeJobs",
                                  g_variant_new ("(ss@a{sv})", filter != NULL ? filter : "", action,
                                                 _asyncq_settings_or_empty (options)),
                                  "(a{sv})");
}

/**
 * asyncq_client_change_jobs_async:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async]; %NULL for all jobs
 * @action: what is done to each: "cancel", "retry", "remove" or "priority"
 * @options: (nullable): a dictionary `a{sv}`, see the bus method ChangeJobs: "dry-run" b,
 *   "limit" t, "why" s, "priority" y; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Changes all jobs that a filter accepts: does to each what the call for one job would do.
 *
 * Since: 0.1
 */
void
asyncq_client_change_jobs_async (AsyncqClient        *self,
                                 const char          *filter,
                                 const char          *action,
                                 GVariant            *options,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (action != NULL);

  _asyncq_client_call (self, call_of_change_jobs (filter, action, options), asyncq_client_change_jobs_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_change_jobs_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.change_jobs_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the filter, the action or an option makes no sense;
 * `ASYNCQ_ERROR_STORE_FULL`, `ASYNCQ_ERROR_BUSY`; `ASYNCQ_ERROR_STORE_FAILED`,
 * `ASYNCQ_ERROR_NOT_RUNNING` if the daemon has ended on the way, and then some jobs may be
 * changed.
 *
 * Returns: (transfer full): a dictionary `a{sv}`: "changed" t, "skipped" t and "failed" t,
 *   and what the bus method ChangeJobs gives besides; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_change_jobs_finish (AsyncqClient  *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_change_jobs_async, error));
}

/**
 * asyncq_client_change_jobs_sync:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async]; %NULL for all jobs
 * @action: what is done to each: "cancel", "retry", "remove" or "priority"
 * @options: (nullable): a dictionary `a{sv}`, see the bus method ChangeJobs: "dry-run" b,
 *   "limit" t, "why" s, "priority" y; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes all jobs that a filter accepts: does to each what the call for one job would do.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.change_jobs_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`: "changed" t, "skipped" t and "failed" t,
 *   and what the bus method ChangeJobs gives besides; or %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_change_jobs_sync (AsyncqClient  *self,
                                const char    *filter,
                                const char    *action,
                                GVariant      *options,
                                GCancellable  *cancellable,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (action != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_sync (self, call_of_change_jobs (filter, action, options), cancellable, error));
}

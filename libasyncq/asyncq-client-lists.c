/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls that list
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"
#include "asyncq-function-info.h"

static AsyncqCall
call_of_list_jobs (const char *filter,
                   guint       limit,
                   const char *cursor,
                   gboolean    count_only)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (limit > 0)
    g_variant_builder_add (&options, "{sv}", "limit", g_variant_new_uint32 (limit));
  if (cursor != NULL)
    g_variant_builder_add (&options, "{sv}", "cursor", g_variant_new_string (cursor));
  if (count_only)
    g_variant_builder_add (&options, "{sv}", "count-only", g_variant_new_boolean (TRUE));
  return _asyncq_call_of_manager (
      "ListJobs", g_variant_new ("(sa{sv})", filter != NULL ? filter : "", &options), "(aa{sv}s)");
}

/* each of these takes the reply, or NULL where there is none and the error is set already */

/* makes an object of each dictionary of a list */
static GPtrArray *
collect (GVariant *list,
         gpointer (*make) (GVariant *))
{
  GPtrArray *objects = g_ptr_array_new_full ((guint) g_variant_n_children (list), g_object_unref);
  GVariantIter iter;
  GVariant *item;

  g_variant_iter_init (&iter, list);
  while ((item = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_ptr_array_add (objects, make (item));
      g_variant_unref (item);
    }
  return objects;
}

static gpointer
make_job_info (GVariant *properties)
{
  return asyncq_job_info_new (properties);
}

static gpointer
make_function_info (GVariant *description)
{
  return asyncq_function_info_new (description);
}

static GPtrArray *
take_jobs (GVariant  *reply,
           char     **out_cursor)
{
  g_autoptr(GVariant) owned = reply;
  g_autoptr(GVariant) list = NULL;
  const char *cursor;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(@aa{sv}&s)", &list, &cursor);
  if (out_cursor != NULL)
    *out_cursor = *cursor != '\0' ? g_strdup (cursor) : NULL;
  return collect (list, make_job_info);
}

static gboolean
take_count (GVariant  *reply,
            guint64   *out_n_jobs,
            GError   **error)
{
  g_autoptr(GVariant) owned = reply;
  const char *number;

  if (reply == NULL)
    return FALSE;
  g_variant_get_child (reply, 1, "&s", &number);
  return g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT64, out_n_jobs, error);
}

static GPtrArray *
take_functions (GVariant *reply)
{
  g_autoptr(GVariant) owned = reply;
  g_autoptr(GVariant) list = NULL;

  if (reply == NULL)
    return NULL;
  list = g_variant_get_child_value (reply, 0);
  return collect (list, make_function_info);
}

/**
 * asyncq_client_list_jobs_async:
 * @self: a client
 * @filter: (nullable): words such as `state:pending queue:mail function:pi.*`;
 *   %NULL for all jobs
 * @limit: how many at most; 0 for as many as the daemon allows in one answer,
 *   10,000
 * @cursor: (nullable): where an earlier list ended
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the list
 * @user_data: for @callback
 *
 * Lists jobs, newest first.
 *
 * Since: 0.1
 */
void
asyncq_client_list_jobs_async (AsyncqClient        *self,
                               const char          *filter,
                               guint                limit,
                               const char          *cursor,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_jobs (filter, limit, cursor, FALSE),
                       asyncq_client_list_jobs_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_list_jobs_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_cursor: (out) (optional) (nullable) (transfer full): where to go on, or
 *   %NULL at the end of the list
 * @error: return location for an error
 *
 * Finishes [method@Client.list_jobs_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the filter or the cursor makes no sense.
 *
 * Returns: (transfer full) (element-type AsyncqJobInfo): the jobs, or %NULL with
 * @error set
 *
 * Since: 0.1
 */
GPtrArray *
asyncq_client_list_jobs_finish (AsyncqClient  *self,
                                GAsyncResult  *result,
                                char         **out_cursor,
                                GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return take_jobs (_asyncq_client_call_finish (self, result, asyncq_client_list_jobs_async, error),
                    out_cursor);
}

/**
 * asyncq_client_list_jobs_sync:
 * @self: a client
 * @filter: (nullable): words such as `state:pending queue:mail function:pi.*`;
 *   %NULL for all jobs
 * @limit: how many at most; 0 for as many as the daemon allows in one answer,
 *   10,000
 * @cursor: (nullable): where an earlier list ended
 * @out_cursor: (out) (optional) (nullable) (transfer full): where to go on, or
 *   %NULL at the end of the list
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists jobs, newest first; blocks until it is answered.
 *
 * Errors: as [method@Client.list_jobs_finish].
 *
 * Returns: (transfer full) (element-type AsyncqJobInfo): the jobs, or %NULL with
 * @error set
 *
 * Since: 0.1
 */
GPtrArray *
asyncq_client_list_jobs_sync (AsyncqClient  *self,
                              const char    *filter,
                              guint          limit,
                              const char    *cursor,
                              char         **out_cursor,
                              GCancellable  *cancellable,
                              GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_jobs (_asyncq_client_call_sync (
                        self, call_of_list_jobs (filter, limit, cursor, FALSE), cancellable, error),
                    out_cursor);
}

/**
 * asyncq_client_count_jobs_async:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async]
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the number
 * @user_data: for @callback
 *
 * Counts jobs.
 *
 * Since: 0.1
 */
void
asyncq_client_count_jobs_async (AsyncqClient        *self,
                                const char          *filter,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_jobs (filter, 0, NULL, TRUE),
                       asyncq_client_count_jobs_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_count_jobs_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_n_jobs: (out): how many
 * @error: return location for an error
 *
 * Finishes [method@Client.count_jobs_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if the filter makes no sense.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_count_jobs_finish (AsyncqClient  *self,
                                 GAsyncResult  *result,
                                 guint64       *out_n_jobs,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return take_count (
      _asyncq_client_call_finish (self, result, asyncq_client_count_jobs_async, error), out_n_jobs,
      error);
}

/**
 * asyncq_client_count_jobs_sync:
 * @self: a client
 * @filter: (nullable): as for [method@Client.list_jobs_async]
 * @out_n_jobs: (out): how many
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Counts jobs; blocks until it is answered.
 *
 * Errors: as [method@Client.count_jobs_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_count_jobs_sync (AsyncqClient  *self,
                               const char    *filter,
                               guint64       *out_n_jobs,
                               GCancellable  *cancellable,
                               GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return take_count (_asyncq_client_call_sync (self, call_of_list_jobs (filter, 0, NULL, TRUE),
                                               cancellable, error),
                     out_n_jobs, error);
}

/**
 * asyncq_client_list_functions_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called with the list
 * @user_data: for @callback
 *
 * Lists the functions of all plugins.
 *
 * Since: 0.1
 */
void
asyncq_client_list_functions_async (AsyncqClient        *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, _asyncq_call_of_manager ("ListFunctions", NULL, "(aa{sv})"),
                       asyncq_client_list_functions_async, cancellable, callback, user_data);
}

/**
 * asyncq_client_list_functions_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_functions_async].
 *
 * Returns: (transfer full) (element-type AsyncqFunctionInfo): the functions, or
 * %NULL with @error set
 *
 * Since: 0.1
 */
GPtrArray *
asyncq_client_list_functions_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return take_functions (
      _asyncq_client_call_finish (self, result, asyncq_client_list_functions_async, error));
}

/**
 * asyncq_client_list_functions_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the functions of all plugins; blocks until it is answered.
 *
 * Errors: as [method@Client.list_functions_finish].
 *
 * Returns: (transfer full) (element-type AsyncqFunctionInfo): the functions, or
 * %NULL with @error set
 *
 * Since: 0.1
 */
GPtrArray *
asyncq_client_list_functions_sync (AsyncqClient  *self,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return take_functions (_asyncq_client_call_sync (
      self, _asyncq_call_of_manager ("ListFunctions", NULL, "(aa{sv})"), cancellable, error));
}

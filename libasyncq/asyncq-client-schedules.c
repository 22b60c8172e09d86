/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about schedules: which there are, and what they are
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

AsyncqCall
_asyncq_call_of_schedule (const char *schedule,
                          const char *method,
                          GVariant   *parameters,
                          const char *reply_type)
{
  return _asyncq_call_of_named ("schedules", "org.asyncq.Schedule1", schedule, method, parameters, reply_type);
}

static AsyncqCall
call_of_add_schedule (const char *schedule,
                      GVariant   *settings)
{
  return _asyncq_call_of_manager ("AddSchedule", g_variant_new ("(s@a{sv})", schedule, settings), "()");
}

static AsyncqCall
call_of_change_schedule (const char *schedule,
                         GVariant   *settings)
{
  return _asyncq_call_of_schedule (schedule, "Change", g_variant_new ("(@a{sv})", settings), "()");
}

static AsyncqCall
call_of_remove_schedule (const char *schedule)
{
  return _asyncq_call_of_manager ("RemoveSchedule", g_variant_new ("(s)", schedule), "()");
}

static AsyncqCall
call_of_list_schedules (void)
{
  return _asyncq_call_of_manager ("ListSchedules", NULL, "(aa{sv})");
}

static AsyncqCall
call_of_get_schedule (const char *schedule)
{
  return _asyncq_call_of_properties (_asyncq_call_of_schedule (schedule, "GetAll", NULL, "(a{sv})"));
}

/**
 * asyncq_client_add_schedule_async:
 * @self: a client
 * @schedule: the name of the new schedule
 * @settings: a dictionary `a{sv}`: what the bus method AddSchedule takes; consumed if
 *   it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Adds a schedule: at each of its due times the daemon makes a job. It is stored.
 *
 * Since: 0.1
 */
void
asyncq_client_add_schedule_async (AsyncqClient        *self,
                                  const char          *schedule,
                                  GVariant            *settings,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);
  g_return_if_fail (settings != NULL);

  _asyncq_client_call (self, call_of_add_schedule (schedule, settings), asyncq_client_add_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_add_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.add_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_TOO_LARGE`, `ASYNCQ_ERROR_INVALID` if the
 * expression or a word is not known or it is never due, and those of
 * [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_add_schedule_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_add_schedule_async, error));
}

/**
 * asyncq_client_add_schedule_sync:
 * @self: a client
 * @schedule: the name of the new schedule
 * @settings: a dictionary `a{sv}`: what the bus method AddSchedule takes; consumed if
 *   it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Adds a schedule: at each of its due times the daemon makes a job. It is stored.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.add_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_add_schedule_sync (AsyncqClient  *self,
                                 const char    *schedule,
                                 GVariant      *settings,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (schedule != NULL, FALSE);
  g_return_val_if_fail (settings != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_add_schedule (schedule, settings), cancellable, error));
}

/**
 * asyncq_client_change_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @settings: a dictionary `a{sv}`: what becomes different; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Changes a schedule, and finds out anew when it is due. No due time that has passed
 * makes a second job.
 *
 * Since: 0.1
 */
void
asyncq_client_change_schedule_async (AsyncqClient        *self,
                                     const char          *schedule,
                                     GVariant            *settings,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);
  g_return_if_fail (settings != NULL);

  _asyncq_client_call (self, call_of_change_schedule (schedule, settings), asyncq_client_change_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_change_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.change_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, and those of
 * [method@Client.add_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_schedule_finish (AsyncqClient  *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_change_schedule_async, error));
}

/**
 * asyncq_client_change_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @settings: a dictionary `a{sv}`: what becomes different; consumed if it is floating
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Changes a schedule, and finds out anew when it is due. No due time that has passed
 * makes a second job.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.change_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_change_schedule_sync (AsyncqClient  *self,
                                    const char    *schedule,
                                    GVariant      *settings,
                                    GCancellable  *cancellable,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (schedule != NULL, FALSE);
  g_return_val_if_fail (settings != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_change_schedule (schedule, settings), cancellable, error));
}

/**
 * asyncq_client_remove_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Removes a schedule. The jobs that it has made stay.
 *
 * Since: 0.1
 */
void
asyncq_client_remove_schedule_async (AsyncqClient        *self,
                                     const char          *schedule,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);

  _asyncq_client_call (self, call_of_remove_schedule (schedule), asyncq_client_remove_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_remove_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.remove_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_schedule_finish (AsyncqClient  *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_remove_schedule_async, error));
}

/**
 * asyncq_client_remove_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes a schedule. The jobs that it has made stay.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.remove_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_remove_schedule_sync (AsyncqClient  *self,
                                    const char    *schedule,
                                    GCancellable  *cancellable,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (schedule != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_remove_schedule (schedule), cancellable, error));
}

/**
 * asyncq_client_list_schedules_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lists the schedules.
 *
 * Since: 0.1
 */
void
asyncq_client_list_schedules_async (AsyncqClient        *self,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_list_schedules (), asyncq_client_list_schedules_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_list_schedules_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.list_schedules_async].
 *
 * Returns: (transfer full): a list `aa{sv}`, sorted by name: each with the
 *   properties of the bus interface Schedule1; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_schedules_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_finish (self, result, asyncq_client_list_schedules_async, error));
}

/**
 * asyncq_client_list_schedules_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lists the schedules.
 *
 * Blocks until it is answered.
 *
 * Returns: (transfer full): a list `aa{sv}`, sorted by name: each with the
 *   properties of the bus interface Schedule1; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_list_schedules_sync (AsyncqClient  *self,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_sync (self, call_of_list_schedules (), cancellable, error));
}

/**
 * asyncq_client_get_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Looks at one schedule.
 *
 * Since: 0.1
 */
void
asyncq_client_get_schedule_async (AsyncqClient        *self,
                                  const char          *schedule,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);

  _asyncq_client_call (self, call_of_get_schedule (schedule), asyncq_client_get_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_get_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.get_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`.
 *
 * Returns: (transfer full): a dictionary `a{sv}`: the properties of the bus
 *   interface Schedule1; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_schedule_finish (AsyncqClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (_asyncq_client_call_finish (self, result, asyncq_client_get_schedule_async, error));
}

/**
 * asyncq_client_get_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Looks at one schedule.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.get_schedule_finish].
 *
 * Returns: (transfer full): a dictionary `a{sv}`: the properties of the bus
 *   interface Schedule1; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_get_schedule_sync (AsyncqClient  *self,
                                 const char    *schedule,
                                 GCancellable  *cancellable,
                                 GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (schedule != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_sync (self, call_of_get_schedule (schedule), cancellable, error));
}

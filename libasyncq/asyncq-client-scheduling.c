/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calls about what schedules do: when they are due, and whether they make jobs
 */

#include "config.h"

#include "asyncq-client.h"

#include "asyncq-client-private.h"

static AsyncqCall
call_of_pause_schedule (const char *schedule,
                        const char *reason)
{
  return _asyncq_call_of_schedule (schedule, "Pause", g_variant_new ("(s)", reason != NULL ? reason : ""), "()");
}

static AsyncqCall
call_of_resume_schedule (const char *schedule)
{
  return _asyncq_call_of_schedule (schedule, "Resume", NULL, "()");
}

static AsyncqCall
call_of_trigger_schedule (const char *schedule)
{
  return _asyncq_call_of_schedule (schedule, "Trigger", NULL, "(t)");
}

static AsyncqCall
call_of_preview_schedule (const char *schedule,
                          guint       n_times)
{
  return _asyncq_call_of_schedule (schedule, "Preview", g_variant_new ("(u)", n_times), "(ax)");
}

static AsyncqCall
call_of_preview_calendar (GVariant *settings,
                          guint     n_times)
{
  return _asyncq_call_of_manager ("PreviewCalendar", g_variant_new ("(@a{sv}u)", settings, n_times), "(axss)");
}

static AsyncqCall
call_of_set_scheduling (gboolean is_scheduling)
{
  return _asyncq_call_of_manager ("SetScheduling", g_variant_new ("(b)", is_scheduling), "()");
}

static AsyncqCall
call_of_schedule_next (void)
{
  return _asyncq_call_of_manager ("ScheduleNext", NULL, "(t)");
}

/**
 * asyncq_client_pause_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @reason: (nullable): for people
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lets a schedule make no more jobs. It is stored.
 *
 * Since: 0.1
 */
void
asyncq_client_pause_schedule_async (AsyncqClient        *self,
                                    const char          *schedule,
                                    const char          *reason,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);

  _asyncq_client_call (self, call_of_pause_schedule (schedule, reason), asyncq_client_pause_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_pause_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.pause_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_pause_schedule_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_pause_schedule_async, error));
}

/**
 * asyncq_client_pause_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @reason: (nullable): for people
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lets a schedule make no more jobs. It is stored.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.pause_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_pause_schedule_sync (AsyncqClient  *self,
                                   const char    *schedule,
                                   const char    *reason,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (schedule != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_pause_schedule (schedule, reason), cancellable, error));
}

/**
 * asyncq_client_resume_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Lets a schedule go on from now. What was due while it was paused is not made up.
 *
 * Since: 0.1
 */
void
asyncq_client_resume_schedule_async (AsyncqClient        *self,
                                     const char          *schedule,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);

  _asyncq_client_call (self, call_of_resume_schedule (schedule), asyncq_client_resume_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_resume_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.resume_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_resume_schedule_finish (AsyncqClient  *self,
                                      GAsyncResult  *result,
                                      GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_resume_schedule_async, error));
}

/**
 * asyncq_client_resume_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Lets a schedule go on from now. What was due while it was paused is not made up.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.resume_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_resume_schedule_sync (AsyncqClient  *self,
                                    const char    *schedule,
                                    GCancellable  *cancellable,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (schedule != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_sync (self, call_of_resume_schedule (schedule), cancellable, error));
}

/**
 * asyncq_client_trigger_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Has a schedule make a job now, beside its plan.
 *
 * Since: 0.1
 */
void
asyncq_client_trigger_schedule_async (AsyncqClient        *self,
                                      const char          *schedule,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);

  _asyncq_client_call (self, call_of_trigger_schedule (schedule), asyncq_client_trigger_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_trigger_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_id: (out) (optional): the id of the job
 * @error: return location for an error
 *
 * Finishes [method@Client.trigger_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, and those of
 * [method@Client.submit_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_trigger_schedule_finish (AsyncqClient  *self,
                                       GAsyncResult  *result,
                                       guint64       *out_id,
                                       GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_take_id (
    _asyncq_client_call_finish (self, result, asyncq_client_trigger_schedule_async, error), out_id);
}

/**
 * asyncq_client_trigger_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @out_id: (out) (optional): the id of the job
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Has a schedule make a job now, beside its plan.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.trigger_schedule_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_trigger_schedule_sync (AsyncqClient  *self,
                                     const char    *schedule,
                                     guint64       *out_id,
                                     GCancellable  *cancellable,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (schedule != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_take_id (
    _asyncq_client_call_sync (self, call_of_trigger_schedule (schedule), cancellable, error), out_id);
}

/**
 * asyncq_client_preview_schedule_async:
 * @self: a client
 * @schedule: the name of a schedule
 * @n_times: how many due times, 1 to 1,000
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Tells when a schedule is due next.
 *
 * Since: 0.1
 */
void
asyncq_client_preview_schedule_async (AsyncqClient        *self,
                                      const char          *schedule,
                                      guint                n_times,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (schedule != NULL);

  _asyncq_client_call (self, call_of_preview_schedule (schedule, n_times), asyncq_client_preview_schedule_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_preview_schedule_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.preview_schedule_async].
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): a list `ax`: microseconds since 1970-01-01 UTC; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_preview_schedule_finish (AsyncqClient  *self,
                                       GAsyncResult  *result,
                                       GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_finish (self, result, asyncq_client_preview_schedule_async, error));
}

/**
 * asyncq_client_preview_schedule_sync:
 * @self: a client
 * @schedule: the name of a schedule
 * @n_times: how many due times, 1 to 1,000
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells when a schedule is due next.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.preview_schedule_finish].
 *
 * Returns: (transfer full): a list `ax`: microseconds since 1970-01-01 UTC; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_preview_schedule_sync (AsyncqClient  *self,
                                     const char    *schedule,
                                     guint          n_times,
                                     GCancellable  *cancellable,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (schedule != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_reply_take_value (
    _asyncq_client_call_sync (self, call_of_preview_schedule (schedule, n_times), cancellable, error));
}

/**
 * asyncq_client_preview_calendar_async:
 * @self: a client
 * @settings: a dictionary `a{sv}`: "kind" s, "when" s and "zone" s, as a schedule has them;
 *   consumed if it is floating
 * @n_times: how many due times, 1 to 1,000
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Tells when a schedule would be due, without making one.
 *
 * Since: 0.1
 */
void
asyncq_client_preview_calendar_async (AsyncqClient        *self,
                                      GVariant            *settings,
                                      guint                n_times,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));
  g_return_if_fail (settings != NULL);

  _asyncq_client_call (self, call_of_preview_calendar (settings, n_times), asyncq_client_preview_calendar_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_preview_calendar_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.preview_calendar_async].
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: (transfer full): a tuple `(axss)`: microseconds since 1970-01-01 UTC,
 *   what the expression says, for people, and the time zone that it goes by; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_preview_calendar_finish (AsyncqClient  *self,
                                       GAsyncResult  *result,
                                       GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);

  return _asyncq_client_call_finish (self, result, asyncq_client_preview_calendar_async, error);
}

/**
 * asyncq_client_preview_calendar_sync:
 * @self: a client
 * @settings: a dictionary `a{sv}`: "kind" s, "when" s and "zone" s, as a schedule has them;
 *   consumed if it is floating
 * @n_times: how many due times, 1 to 1,000
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells when a schedule would be due, without making one.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.preview_calendar_finish].
 *
 * Returns: (transfer full): a tuple `(axss)`: microseconds since 1970-01-01 UTC,
 *   what the expression says, for people, and the time zone that it goes by; or
 *   %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
asyncq_client_preview_calendar_sync (AsyncqClient  *self,
                                     GVariant      *settings,
                                     guint          n_times,
                                     GCancellable  *cancellable,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), NULL);
  g_return_val_if_fail (settings != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return _asyncq_client_call_sync (self, call_of_preview_calendar (settings, n_times), cancellable, error);
}

/**
 * asyncq_client_set_scheduling_async:
 * @self: a client
 * @is_scheduling: whether schedules make jobs by themselves
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Starts or stops all schedules. Jobs are begun all the same. It is not stored.
 *
 * Since: 0.1
 */
void
asyncq_client_set_scheduling_async (AsyncqClient        *self,
                                    gboolean             is_scheduling,
                                    GCancellable        *cancellable,
                                    GAsyncReadyCallback  callback,
                                    gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_set_scheduling (is_scheduling), asyncq_client_set_scheduling_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_set_scheduling_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@Client.set_scheduling_async].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_scheduling_finish (AsyncqClient  *self,
                                     GAsyncResult  *result,
                                     GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_drop (_asyncq_client_call_finish (self, result, asyncq_client_set_scheduling_async, error));
}

/**
 * asyncq_client_set_scheduling_sync:
 * @self: a client
 * @is_scheduling: whether schedules make jobs by themselves
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Starts or stops all schedules. Jobs are begun all the same. It is not stored.
 *
 * Blocks until it is answered.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_set_scheduling_sync (AsyncqClient  *self,
                                   gboolean       is_scheduling,
                                   GCancellable  *cancellable,
                                   GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_drop (
    _asyncq_client_call_sync (self, call_of_set_scheduling (is_scheduling), cancellable, error));
}

/**
 * asyncq_client_schedule_next_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is answered
 * @user_data: for @callback
 *
 * Has the schedule that was due first make its job, also while scheduling is off.
 *
 * Since: 0.1
 */
void
asyncq_client_schedule_next_async (AsyncqClient        *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (ASYNCQ_IS_CLIENT (self));

  _asyncq_client_call (self, call_of_schedule_next (), asyncq_client_schedule_next_async,
                       cancellable, callback, user_data);
}

/**
 * asyncq_client_schedule_next_finish:
 * @self: a client
 * @result: what the callback was given
 * @out_id: (out) (optional): the id of the job; 0 where none was due
 * @error: return location for an error
 *
 * Finishes [method@Client.schedule_next_async].
 *
 * Errors: those of the bus method ScheduleNext.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_schedule_next_finish (AsyncqClient  *self,
                                    GAsyncResult  *result,
                                    guint64       *out_id,
                                    GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);

  return _asyncq_reply_take_id (
    _asyncq_client_call_finish (self, result, asyncq_client_schedule_next_async, error), out_id);
}

/**
 * asyncq_client_schedule_next_sync:
 * @self: a client
 * @out_id: (out) (optional): the id of the job; 0 where none was due
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Has the schedule that was due first make its job, also while scheduling is off.
 *
 * Blocks until it is answered.
 *
 * Errors: as [method@Client.schedule_next_finish].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_client_schedule_next_sync (AsyncqClient  *self,
                                  guint64       *out_id,
                                  GCancellable  *cancellable,
                                  GError       **error)
{
  g_return_val_if_fail (ASYNCQ_IS_CLIENT (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return _asyncq_reply_take_id (_asyncq_client_call_sync (self, call_of_schedule_next (), cancellable, error), out_id);
}

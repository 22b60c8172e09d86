/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of schedules: which there are, and whether they are paused
 */

#include "config.h"

#include "core/aq-rules.h"
#include "core/aq-job-schedule-item.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_REASON_BYTES 1024

static AqJobSchedule *
make_schedule (AqTransaction             *transaction,
               const AqSetScheduleEvent  *event,
               GError                   **error)
{
  AqJobSchedule *schedule;

  if (aq_transaction_get_item (transaction, AQ_ITEM_SCHEDULE, event->name) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is a schedule '%s' already", event->name);
      return NULL;
    }
  schedule = aq_job_schedule_new (event->name, event->settings, transaction->now.wall_usec, error);
  if (schedule == NULL)
    return NULL;
  schedule->created_by = transaction->actor->uid;
  schedule->paused_by = transaction->actor->uid;
  schedule->paused_usec = transaction->now.wall_usec;
  return schedule;
}

static AqJobSchedule *
change_schedule (AqTransaction             *transaction,
                 const AqSetScheduleEvent  *event,
                 GError                   **error)
{
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_item_require (transaction, event->name, error);

  if (schedule == NULL || !aq_job_schedule_change (schedule, event->settings, transaction->now.wall_usec, error))
    return NULL;
  return g_steal_pointer (&schedule);
}

static gboolean
remove_schedule (AqTransaction       *transaction,
                 AqSetScheduleEvent  *event,
                 GError             **error)
{
  if (aq_transaction_get_item (transaction, AQ_ITEM_SCHEDULE, event->name) == NULL)
    {
      aq_job_schedule_item_set_unknown (transaction, event->name, error);
      return FALSE;
    }
  aq_transaction_set_item (transaction, AQ_ITEM_SCHEDULE, event->name, NULL);
  event->out_next_usec = G_MAXINT64;
  return TRUE;
}

/**
 * aq_rule_set_schedule:
 * @transaction: a transaction
 * @set_schedule_event: an #AqSetScheduleEvent
 * @error: return location for an error
 *
 * Somebody adds a schedule, changes one, or removes one. Who changes its
 * time finds out anew when it is due; the due times up to the last one stay dealt with.
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`,
 * `ASYNCQ_ERROR_NO_SUCH_QUEUE`; those of aq_job_schedule_new().
 * Source: behaviour M21, M27.
 *
 * Returns: whether it came to pass
 *
 * Since: 0.1
 */
gboolean
aq_rule_set_schedule (AqTransaction  *transaction,
                      gpointer        set_schedule_event,
                      GError        **error)
{
  AqSetScheduleEvent *event = set_schedule_event;
  g_autoptr(AqJobSchedule) schedule = NULL;
  const char *queue = "";

  if (event->settings == NULL)
    return remove_schedule (transaction, event, error);
  schedule = event->is_new ? make_schedule (transaction, event, error) : change_schedule (transaction, event, error);
  if (schedule == NULL)
    return FALSE;
  (void) g_variant_lookup (schedule->entry, "queue", "&s", &queue);
  if (!aq_queue_require (transaction, event->queues, queue, error))
    return FALSE;
  event->out_next_usec = aq_job_schedule_item_save (transaction, schedule);
  return TRUE;
}

static gboolean
check_reason (const AqPauseScheduleEvent  *event,
              GError                     **error)
{
  if (!event->paused || strlen (event->reason) <= MAX_REASON_BYTES)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
               "the reason has %" G_GSIZE_FORMAT " bytes, at most %d are taken", strlen (event->reason),
               MAX_REASON_BYTES);
  return FALSE;
}

/**
 * aq_rule_pause_schedule:
 * @transaction: a transaction
 * @pause_schedule_event: an #AqPauseScheduleEvent
 * @error: return location for an error
 *
 * A schedule makes no more jobs, or makes them again from now on: what was due
 * while it was paused is not made up. Pausing again replaces the reason; resuming
 * one that is not paused changes nothing.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, `ASYNCQ_ERROR_TOO_LARGE`.
 * Source: behaviour M21.
 *
 * Returns: whether it is so
 *
 * Since: 0.1
 */
gboolean
aq_rule_pause_schedule (AqTransaction  *transaction,
                        gpointer        pause_schedule_event,
                        GError        **error)
{
  AqPauseScheduleEvent *event = pause_schedule_event;
  g_autoptr(AqJobSchedule) schedule = NULL;

  if (!check_reason (event, error))
    return FALSE;
  schedule = aq_job_schedule_item_require (transaction, event->name, error);
  if (schedule == NULL)
    return FALSE;
  if (!event->paused && !schedule->paused)
    {
      event->out_next_usec = schedule->next_usec;
      return TRUE;
    }
  schedule->paused = event->paused;
  g_free (schedule->pause_reason);
  schedule->pause_reason = event->paused ? g_strdup (event->reason) : NULL;
  schedule->paused_by = transaction->actor->uid;
  schedule->paused_usec = transaction->now.wall_usec;
  if (!event->paused)
    aq_job_schedule_arm (schedule, transaction->now.wall_usec);
  event->out_next_usec = aq_job_schedule_item_save (transaction, schedule);
  return TRUE;
}

/* Returns: (nullable): the schedule, if it is due at another time now */
static AqJobSchedule *
rearm (AqTransaction *transaction,
       const AqItem  *item)
{
  /* whoever runs it tells why it cannot be read any more */
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_new_from_value (item->name, item->value, NULL);

  if (schedule == NULL || !aq_job_schedule_rearm (schedule, transaction->now.wall_usec))
    return NULL;
  return g_steal_pointer (&schedule);
}

static void
free_schedule (gpointer schedule)
{
  aq_job_schedule_free (schedule);
}

/**
 * aq_rule_rearm_schedules:
 * @transaction: a transaction
 * @rearm_schedules_event: an #AqRearmSchedulesEvent
 * @error: return location for an error
 *
 * The clock was set, perhaps while nobody looked: see aq_job_schedule_rearm().
 *
 * Source: behaviour M24.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_rearm_schedules (AqTransaction  *transaction,
                         gpointer        rearm_schedules_event,
                         GError        **error)
{
  AqRearmSchedulesEvent *event = rearm_schedules_event;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_SCHEDULE);
  g_autoptr(GPtrArray) changed = g_ptr_array_new_with_free_func (free_schedule);

  for (guint i = 0; i < items->len; i++)
    {
      AqJobSchedule *schedule = rearm (transaction, g_ptr_array_index (items, i));

      if (schedule != NULL)
        g_ptr_array_add (changed, schedule);
    }
  /* the list is of no use once one of them is set */
  for (guint i = 0; i < changed->len; i++)
    {
      AqJobSchedule *schedule = g_ptr_array_index (changed, i);
      AqScheduleDue due = { g_strdup (schedule->name), aq_job_schedule_item_save (transaction, schedule) };

      g_array_append_val (event->out_due, due);
    }
  return TRUE;
}

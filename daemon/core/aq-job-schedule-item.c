/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedules as items of the store
 */

#include "config.h"

#include "core/aq-job-schedule-item.h"

#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

/**
 * aq_job_schedule_item_set_unknown:
 * @transaction: a transaction
 * @name: a name that no schedule has
 * @error: return location for an error
 *
 * Sets `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, with the name that may have been meant.
 *
 * Since: 0.1
 */
void
aq_job_schedule_item_set_unknown (AqTransaction  *transaction,
                              const char     *name,
                              GError        **error)
{
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_SCHEDULE);
  AqSuggestion meant;

  aq_suggestion_init (&meant, name);
  for (guint i = 0; i < items->len; i++)
    aq_suggestion_offer (&meant, ((const AqItem *) g_ptr_array_index (items, i))->name);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_SCHEDULE, "there is no schedule '%s'%s%s%s", name,
               meant.best != NULL ? "; did you mean '" : "", meant.best != NULL ? meant.best : "",
               meant.best != NULL ? "'?" : "");
}

/**
 * aq_job_schedule_item_require:
 * @transaction: a transaction
 * @name: a schedule's name
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, with the name that may have been meant;
 * those of aq_job_schedule_new_from_value().
 *
 * Returns: (transfer full): the schedule, or %NULL with @error set
 *
 * Since: 0.1
 */
AqJobSchedule *
aq_job_schedule_item_require (AqTransaction  *transaction,
                          const char     *name,
                          GError        **error)
{
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_SCHEDULE, name);
  AqJobSchedule *schedule;

  if (item == NULL)
    {
      aq_job_schedule_item_set_unknown (transaction, name, error);
      return NULL;
    }
  schedule = aq_job_schedule_new_from_value (name, item->value, error);
  if (schedule == NULL)
    g_prefix_error (error, "schedule '%s': ", name);
  return schedule;
}

/**
 * aq_job_schedule_item_save:
 * @transaction: a transaction
 * @schedule: a schedule
 *
 * Returns: when it is due, wall clock; %G_MAXINT64: not by itself
 *
 * Since: 0.1
 */
gint64
aq_job_schedule_item_save (AqTransaction *transaction,
                       AqJobSchedule    *schedule)
{
  aq_transaction_set_item (transaction, AQ_ITEM_SCHEDULE, schedule->name, aq_job_schedule_to_value (schedule));
  return schedule->paused ? G_MAXINT64 : schedule->next_usec;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: looking at schedules
 */

#include "config.h"

#include "core/aq-engine-schedules.h"

#include "core/aq-engine-private.h"
#include "core/aq-job-schedule-item.h"
#include "libasyncq/asyncq-error.h"

typedef struct
{
  char     *name;    /* owned; nullable: all */
  guint     n_times; /* of a preview */
  GVariant *value;   /* owned */
} Read;

static void
free_read (gpointer data)
{
  Read *read = data;

  g_free (read->name);
  g_clear_pointer (&read->value, g_variant_unref);
  g_free (read);
}

static void
request_read (AqEngine     *self,
              AqRule        rule,
              const char   *name,
              guint         n_times,
              AqEngineRead  done,
              gpointer      user_data)
{
  Read *read = g_new0 (Read, 1);
  const AqEngineRequest request = {
    .rule = rule,
    .event = read,
    .free_event = free_read,
    .value = &read->value,
    .read = done,
    .user_data = user_data,
  };

  read->name = g_strdup (name);
  read->n_times = n_times;
  aq_engine_apply_request (self, &aq_engine_self, &request);
}

static gboolean
read_schedule (AqTransaction  *transaction,
               gpointer        event,
               GError        **error)
{
  Read *read = event;
  g_autoptr(AqJobSchedule) schedule = aq_job_schedule_item_require (transaction, read->name, error);

  if (schedule == NULL)
    return FALSE;
  read->value = g_variant_ref_sink (aq_job_schedule_to_view (schedule));
  return TRUE;
}

/**
 * aq_engine_read_schedule:
 * @self: an engine
 * @name: the schedule's name
 * @done: called with a{sv}, the keys being those of Schedule1's properties
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`.
 *
 * Since: 0.1
 */
void
aq_engine_read_schedule (AqEngine     *self,
                         const char   *name,
                         AqEngineRead  done,
                         gpointer      user_data)
{
  request_read (self, read_schedule, name, 0, done, user_data);
}

static gboolean
list_schedules (AqTransaction  *transaction,
                gpointer        event,
                GError        **error)
{
  Read *read = event;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_SCHEDULE);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);
      g_autoptr(AqJobSchedule) schedule = aq_job_schedule_new_from_value (item->name, item->value, NULL);

      /* one whose zone the system has no more is left out here, and read_schedule() says why */
      if (schedule != NULL)
        g_variant_builder_add_value (&builder, aq_job_schedule_to_view (schedule));
    }
  read->value = g_variant_ref_sink (g_variant_builder_end (&builder));
  return TRUE;
}

/**
 * aq_engine_list_schedules:
 * @self: an engine
 * @done: called with aa{sv}, as aq_engine_read_schedule(), sorted by name
 * @user_data: for @done
 *
 * Source: behaviour M28.
 *
 * Since: 0.1
 */
void
aq_engine_list_schedules (AqEngine     *self,
                          AqEngineRead  done,
                          gpointer      user_data)
{
  request_read (self, list_schedules, NULL, 0, done, user_data);
}

static gboolean
check_n_times (guint    n_times,
               GError **error)
{
  if (n_times >= 1 && n_times <= AQ_MAX_PREVIEW)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "%u due times cannot be shown, 1 to %d can", n_times,
               AQ_MAX_PREVIEW);
  return FALSE;
}

static gboolean
preview_schedule (AqTransaction  *transaction,
                  gpointer        event,
                  GError        **error)
{
  Read *read = event;
  g_autoptr(AqJobSchedule) schedule = NULL;

  if (!check_n_times (read->n_times, error))
    return FALSE;
  schedule = aq_job_schedule_item_require (transaction, read->name, error);
  if (schedule == NULL)
    return FALSE;
  read->value = g_variant_ref_sink (aq_job_schedule_preview (schedule, transaction->now.wall_usec, read->n_times));
  return TRUE;
}

/**
 * aq_engine_preview_schedule:
 * @self: an engine
 * @name: the schedule's name
 * @n_times: how many due times, 1 to %AQ_MAX_PREVIEW
 * @done: called with ax
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_SCHEDULE`, `ASYNCQ_ERROR_INVALID`.
 *
 * Since: 0.1
 */
void
aq_engine_preview_schedule (AqEngine     *self,
                            const char   *name,
                            guint         n_times,
                            AqEngineRead  done,
                            gpointer      user_data)
{
  request_read (self, preview_schedule, name, n_times, done, user_data);
}

/**
 * aq_engine_preview_calendar:
 * @self: an engine
 * @settings: a{sv}: "kind" s, "when" s, "zone" s, as a schedule has them
 * @n_times: how many due times, 1 to %AQ_MAX_PREVIEW
 * @error: return location for an error
 *
 * Errors: those of aq_job_schedule_new().
 *
 * Returns: (transfer full): (axss): the next due times, what the expression says, and
 *   the zone of the times; %NULL with @error set
 *
 * Since: 0.1
 */
GVariant *
aq_engine_preview_calendar (AqEngine  *self,
                            GVariant  *settings,
                            guint      n_times,
                            GError   **error)
{
  gint64 now_usec = aq_clock_get_wall (self->clock);
  g_autoptr(AqJobSchedule) schedule = NULL;
  g_autofree char *text = NULL;

  if (!check_n_times (n_times, error))
    return NULL;
  schedule = aq_job_schedule_new_for_preview (settings, now_usec, error);
  if (schedule == NULL)
    return NULL;
  text = aq_calendar_describe (schedule->calendar);
  return g_variant_ref_sink (g_variant_new ("(@axss)", aq_job_schedule_preview (schedule, now_usec, n_times), text,
                                            aq_job_schedule_get_effective_zone (schedule)));
}

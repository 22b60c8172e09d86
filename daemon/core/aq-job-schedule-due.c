/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * When a schedule is due
 *
 * Source: behaviour M22 to M24, X23.
 */

#include "config.h"

#include "core/aq-job-schedule.h"

/* A delay has no plan of its own: when it was due before says nothing, once the clock was set. */
static gint64
find_next (AqJobSchedule *self,
           gint64         now_usec)
{
  return aq_calendar_next (self->calendar, self->is_delay ? now_usec : MAX (now_usec, self->last_usec));
}

/**
 * aq_job_schedule_arm:
 * @self: a schedule
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * Finds out when it is due next: behind @now_usec, and behind what was dealt with.
 * A delay begins anew.
 *
 * Source: behaviour X23: it is armed when it is made.
 *
 * Since: 0.1
 */
void
aq_job_schedule_arm (AqJobSchedule *self,
                 gint64      now_usec)
{
  self->next_usec = find_next (self, now_usec);
}

/**
 * aq_job_schedule_rearm:
 * @self: a schedule
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 *
 * The clock may have been set back, and something may be due before what it waits
 * for: a delay begins anew; of a plan, those that were not dealt with come.
 *
 * Source: behaviour M24.
 *
 * Returns: whether anything has changed
 *
 * Since: 0.1
 */
gboolean
aq_job_schedule_rearm (AqJobSchedule *self,
                       gint64         now_usec)
{
  if (self->paused || self->next_usec <= find_next (self, now_usec))
    return FALSE;
  aq_job_schedule_arm (self, now_usec);
  return TRUE;
}

/**
 * aq_job_schedule_get_effective_zone:
 * @self: a schedule
 *
 * Returns: (transfer none): the zone that its due times follow, or are shown in:
 *   an expression of systemd may end with one of its own
 *
 * Since: 0.1
 */
const char *
aq_job_schedule_get_effective_zone (AqJobSchedule *self)
{
  const char *zone = aq_calendar_get_zone (self->calendar);

  /* the schedule's own may be empty, which means the same as with a calendar */
  if (zone == NULL)
    zone = self->zone;
  return *zone != '\0' ? zone : "UTC";
}

/* The newest due time up to @now_usec; there must be one behind @after_usec. Each look halves what is left. */
static gint64
find_newest (AqJobSchedule *self,
             gint64      after_usec,
             gint64      now_usec)
{
  gint64 newest_usec = aq_calendar_next (self->calendar, after_usec);
  gint64 end_usec = now_usec;

  while (newest_usec < end_usec)
    {
      gint64 middle_usec = newest_usec + (end_usec - newest_usec) / 2;
      gint64 due_usec = aq_calendar_next (self->calendar, middle_usec);

      if (due_usec <= now_usec)
        newest_usec = due_usec;
      else
        end_usec = middle_usec;
    }
  return newest_usec;
}

static void
pass (AqJobSchedule *self,
      gint64      due_usec,
      gint64      now_usec)
{
  self->last_usec = MAX (self->last_usec, due_usec);
  self->next_usec = aq_calendar_next (self->calendar, self->is_delay ? MAX (now_usec, due_usec) : due_usec);
}

/**
 * aq_job_schedule_take_due:
 * @self: a schedule
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 * @out_due_usec: (out): a due time
 *
 * Takes the oldest due time that is to make a job now. Those that catch-up gives no
 * job are passed over. Whoever takes one makes a job of it, or says why not, in the
 * transaction that stores the schedule.
 *
 * Source: behaviour M22 to M24.
 *
 * Returns: whether there is one
 *
 * Since: 0.1
 */
gboolean
aq_job_schedule_take_due (AqJobSchedule *self,
                      gint64      now_usec,
                      gint64     *out_due_usec)
{
  gint64 window_usec = self->catch_up == AQ_CATCH_UP_NONE ? AQ_SCHEDULE_GRACE_USEC
                                                          : MAX (self->window_usec, AQ_SCHEDULE_GRACE_USEC);
  gint64 oldest_usec = MAX (now_usec, G_MININT64 + window_usec) - window_usec;
  gint64 due_usec = self->next_usec;

  if (self->paused || due_usec > now_usec)
    return FALSE;
  if (!self->is_delay && due_usec < oldest_usec)
    due_usec = aq_calendar_next (self->calendar, oldest_usec - 1);
  if (due_usec > now_usec)
    {
      pass (self, find_newest (self, self->next_usec - 1, now_usec), now_usec);
      return FALSE;
    }
  if (!self->is_delay && self->catch_up != AQ_CATCH_UP_ALL)
    due_usec = find_newest (self, due_usec - 1, now_usec);
  pass (self, due_usec, now_usec);
  *out_due_usec = due_usec;
  return TRUE;
}

/**
 * aq_job_schedule_preview:
 * @self: a schedule
 * @after_usec: wall clock, microseconds since 1970-01-01 UTC
 * @n_times: how many
 *
 * Returns: (transfer full): ax, the next due times; floating
 *
 * Since: 0.1
 */
GVariant *
aq_job_schedule_preview (AqJobSchedule *self,
                     gint64      after_usec,
                     guint       n_times)
{
  gint64 due_usec = self->is_delay ? after_usec : MAX (after_usec, self->last_usec);
  /* a delay that has begun already */
  gint64 next_usec = self->next_usec > due_usec ? self->next_usec : aq_calendar_next (self->calendar, due_usec);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ax"));
  for (guint i = 0; i < n_times && next_usec != G_MAXINT64; i++)
    {
      g_variant_builder_add (&builder, "x", next_usec);
      next_usec = aq_calendar_next (self->calendar, next_usec);
    }
  return g_variant_builder_end (&builder);
}

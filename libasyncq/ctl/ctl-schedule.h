/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* the languages in which people say when a schedule is due; a daemon calls them so too */
typedef enum
{
  CTL_CALENDAR_CRON,
  CTL_CALENDAR_SYSTEMD,
  CTL_CALENDAR_EVERY,
  CTL_CALENDAR_DELAY,
  CTL_CALENDAR_M01
} CtlCalendarKind;

#define CTL_N_CALENDAR_KINDS (CTL_CALENDAR_M01 + 1)

/* what a daemon calls it */
const char *ctl_calendar_kind_to_string (CtlCalendarKind kind);

/* all schedules of the daemon, aa{sv} */
GVariant   *ctl_schedules_get      (CtlContext  *context,
                                    GError     **error);
/* the time that the daemon goes by, which need not be the system's */
gint64      ctl_schedules_get_now  (CtlContext  *context);
/* a member of one; 0 where it is not there */
gint64      ctl_schedule_get_time  (GVariant    *schedule,
                                    const char  *key);
guint64     ctl_schedule_get_count (GVariant    *schedule,
                                    const char  *key);
gboolean    ctl_schedule_is_paused (GVariant    *schedule);
/* "pi.generate_sample 1000", or "factory nightly" */
char       *ctl_schedule_dup_call  (GVariant    *schedule);

/* UTC where this system does not know it */
GTimeZone  *ctl_zone_new           (const char  *name);
GTimeZone  *ctl_zone_new_of_schedule (GVariant  *schedule);
/* "Mon 2026-11-23 02:00:00 CET" */
char       *ctl_zone_dup_time      (GTimeZone   *zone,
                                    gint64       usec);
/* "Mon 02:00 CET", or with the date where that is not within a week */
char       *ctl_zone_dup_brief_time (GTimeZone  *zone,
                                    gint64       usec,
                                    gint64       now_usec);
/* a line for each, with a note where the clocks were changed before it */
void        ctl_zone_put_times     (CtlContext  *context,
                                    GTimeZone   *zone,
                                    GVariant    *times,
                                    gint64       now_usec);

G_END_DECLS

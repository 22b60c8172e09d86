/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* the language that an expression is written in */
typedef enum
{
  AQ_CALENDAR_CRON,    /* "0,30 8-18 * jan-mar mon-fri", "@daily" */
  AQ_CALENDAR_M01,     /* "minute=0,10 hour=2 dayOfWeek=0": weekday 0 is Monday, all must match */
  AQ_CALENDAR_SYSTEMD, /* "Mon..Fri *-*-* 08:00", as systemd.time(7) */
  AQ_CALENDAR_EVERY,   /* "15min", counted from an anchor */
  AQ_CALENDAR_DELAY    /* "10s", counted from the last run */
} AqCalendarKind;

#define AQ_N_CALENDAR_KINDS (AQ_CALENDAR_DELAY + 1)
/* longer texts are refused */
#define AQ_CALENDAR_MAX_BYTES 1024

/* When something is due, again and again. Never changes, but may only be asked by one thread. */
typedef struct _AqCalendar AqCalendar;

const char *aq_calendar_kind_to_string   (AqCalendarKind   kind);
gboolean    aq_calendar_kind_from_string (const char      *text,
                                          AqCalendarKind  *out_kind);

AqCalendar *aq_calendar_new      (AqCalendarKind   kind,
                                  const char      *text,
                                  const char      *zone,
                                  gint64           anchor_usec,
                                  GError         **error);
void        aq_calendar_free     (AqCalendar      *self);
gint64      aq_calendar_next     (AqCalendar      *self,
                                  gint64           after_usec);
char       *aq_calendar_to_text  (AqCalendar      *self);
char       *aq_calendar_describe (AqCalendar      *self);
const char *aq_calendar_get_zone (AqCalendar      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqCalendar, aq_calendar_free)

G_END_DECLS

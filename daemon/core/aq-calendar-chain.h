/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-calendar-reader.h"

G_BEGIN_DECLS

/* "5", "5/15", "5..20" or "5..20/5" of a list; in microseconds where it is of seconds */
typedef struct
{
  gint        start;
  gint        stop;   /* -1: there is none */
  gint        repeat; /* 0: @start alone */
  const char *place;  /* in the text */
} AqCalendarPart;

/* One field of a calendar event of systemd: a list, in order; empty is "*" */
typedef struct
{
  const char *name;       /* for messages */
  gint        least;
  gint        greatest;
  guint       width;      /* in digits, when it is written */
  gboolean    is_seconds;
  gboolean    is_from_end; /* of days: 1 is the last day of the month */
  GArray     *parts;      /* of AqCalendarPart, owned; NULL: any */
} AqCalendarChain;

void     aq_calendar_chain_clear   (AqCalendarChain        *self);
gboolean aq_calendar_chain_read    (AqCalendarChain        *self,
                                    AqCalendarReader       *reader,
                                    GError                **error);
void     aq_calendar_chain_set     (AqCalendarChain        *self,
                                    gint                    value);
gboolean aq_calendar_chain_check   (AqCalendarChain        *self,
                                    AqCalendarReader       *reader,
                                    GError                **error);
void     aq_calendar_chain_write   (const AqCalendarChain  *self,
                                    GString                *text);
gboolean aq_calendar_chain_has     (const AqCalendarChain  *self,
                                    gint                    value);
guint32  aq_calendar_chain_get_days (const AqCalendarChain *self,
                                     guint                  length);

G_END_DECLS

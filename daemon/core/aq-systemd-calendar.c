/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendar events of systemd
 */

#include "config.h"

#include "core/aq-systemd-calendar.h"

#include "core/aq-calendar-reader.h"

gboolean
aq_systemd_calendar_parse (const char     *text,
                           AqWallPattern  *pattern,
                           GString        *canonical,
                           char          **out_zone,
                           GError        **error)
{
  AqCalendarReader reader;

  (void) pattern; (void) canonical; (void) out_zone; /* not yet */
  aq_calendar_reader_init (&reader, "calendar event", text);
  return aq_calendar_reader_fail (&reader, "all", text, error, "nothing is known yet");
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * F9: expressions of calendars, and names of zones
 *
 * The first byte is the language, '0' to '4'; the rest of the first line the zone,
 * and what follows the expression. What is accepted must be written as an expression
 * with the same due times, which rise.
 */

#include "config.h"

#include "core/aq-calendar.h"
#include "fuzz.h"

#include <string.h>

/* 2023-03-25, a day before the clocks are set in Europe */
#define START_USEC (G_GINT64_CONSTANT (1679700000) * G_USEC_PER_SEC)
#define N_MOMENTS 20

static void
try_calendar (AqCalendar     *calendar,
              AqCalendarKind  kind)
{
  g_autofree char *text = aq_calendar_to_text (calendar);
  g_autofree char *description = aq_calendar_describe (calendar);
  g_autofree char *again_text = NULL;
  g_autoptr(AqCalendar) again = NULL;
  g_autoptr(GError) error = NULL;
  gint64 moment = START_USEC;

  g_assert_true (g_utf8_validate (description, -1, NULL));
  /* words and names may get longer */
  again = aq_calendar_new (kind, text, aq_calendar_get_zone (calendar), 0, &error);
  if (again == NULL && strlen (text) > AQ_CALENDAR_MAX_BYTES)
    return;
  g_assert_no_error (error);
  again_text = aq_calendar_to_text (again);
  g_assert_cmpstr (again_text, ==, text);
  for (guint i = 0; i < N_MOMENTS && moment < G_MAXINT64; i++)
    {
      gint64 next = aq_calendar_next (calendar, moment);

      g_assert_cmpint (next, >, moment);
      g_assert_cmpint (aq_calendar_next (again, moment), ==, next);
      moment = next;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_autofree char *all = NULL;
  g_autoptr(AqCalendar) calendar = NULL;
  g_autoptr(GError) error = NULL;
  AqCalendarKind kind;
  char *text;

  if (size == 0 || data[0] < '0' || data[0] >= '0' + AQ_N_CALENDAR_KINDS)
    return 0;
  kind = data[0] - '0';
  all = g_strndup ((const char *) data + 1, size - 1);
  text = strchr (all, '\n');
  if (text == NULL)
    return 0;
  *text++ = '\0';
  calendar = aq_calendar_new (kind, text, all, 0, &error);
  g_assert_true ((calendar == NULL) == (error != NULL));
  if (calendar != NULL)
    try_calendar (calendar, kind);
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  return 0;
}

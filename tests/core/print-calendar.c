/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Due times of calendars, for the comparison with systemd
 *
 *   print-calendar KIND ZONE BASE N <EXPRESSIONS
 *
 * For each line of the input one of the output: the canonical text, a tab, and up
 * to N due times after BASE in seconds since 1970; or "error", a tab, and why.
 */

#include "config.h"

#include "core/aq-calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
print_calendar (AqCalendarKind  kind,
                const char     *text,
                char          **arguments)
{
  g_autoptr(AqCalendar) calendar = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *canonical = NULL;
  gint64 moment = g_ascii_strtoll (arguments[3], NULL, 10) * G_USEC_PER_SEC;
  guint64 n = g_ascii_strtoull (arguments[4], NULL, 10);

  calendar = aq_calendar_new (kind, text, arguments[2], 0, &error);
  if (calendar == NULL)
    {
      printf ("error\t%s\n", error->message);
      return;
    }
  canonical = aq_calendar_to_text (calendar);
  printf ("%s\t", canonical);
  for (guint64 i = 0; i < n; i++)
    {
      moment = aq_calendar_next (calendar, moment);
      if (moment == G_MAXINT64)
        break;
      printf ("%" G_GINT64_FORMAT " ", moment / G_USEC_PER_SEC);
    }
  puts ("");
}

int
main (int    argc,
      char **argv)
{
  AqCalendarKind kind;
  char line[4096];

  if (argc != 5 || !aq_calendar_kind_from_string (argv[1], &kind))
    {
      fputs ("usage: print-calendar KIND ZONE BASE N <EXPRESSIONS\n", stderr);
      return EXIT_FAILURE;
    }
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      line[strcspn (line, "\n")] = '\0';
      print_calendar (kind, line, argv);
    }
  return EXIT_SUCCESS;
}

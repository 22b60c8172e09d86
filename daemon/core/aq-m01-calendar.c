/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendars of m01.remote: lists of numbers, all of which must match
 *
 * A unit that is not given is any, but below the smallest one given everything is
 * at its beginning: "hour=2" is 02:00, and not each minute from then on, and
 * "month=5" is 1 May, 00:00. (m01 kept the seconds of the call in some cases, and
 * went by seconds in others: behaviour X23.)
 */

#include "config.h"

#include "core/aq-m01-calendar.h"

#include "core/aq-calendar-reader.h"
#include "core/aq-suggestion.h"

#include <string.h>

typedef enum
{
  MINUTE,
  HOUR,
  DAY,
  MONTH,
  WEEKDAY
} UnitId;

#define N_UNITS (WEEKDAY + 1)

static const struct
{
  const char *name;
  guint       first;
  guint       last;
} units[] = {
  [MINUTE] = { "minute", 0, 59 },
  [HOUR] = { "hour", 0, 23 },
  [DAY] = { "dayOfMonth", 1, 31 },
  [MONTH] = { "month", 1, 12 },
  [WEEKDAY] = { "dayOfWeek", 0, 6 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (units) == N_UNITS);

/* "minute=": which one it is; N_UNITS, with @error set, if it is none or comes again */
static guint
read_name (AqCalendarReader  *reader,
           const gboolean    *is_given,
           GError           **error)
{
  const char *place = reader->at;
  gsize length = strcspn (place, "= \t,");
  g_autofree char *name = g_strndup (place, length);
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, name);
  for (guint i = 0; i < N_UNITS; i++)
    {
      aq_suggestion_offer (&suggestion, units[i].name);
      if (strcmp (units[i].name, name) != 0)
        continue;
      reader->at += length;
      if (!is_given[i] && aq_calendar_reader_skip (reader, "="))
        return i;
      if (is_given[i])
        (void) aq_calendar_reader_fail (reader, name, place, error, "each name may come once"); /* it says so */
      else
        (void) aq_calendar_reader_fail (reader, name, reader->at, error, "'=' is wanted"); /* it says so */
      return N_UNITS;
    }
  /* what it returns is known: it says so */
  (void) aq_calendar_reader_fail (reader, "a name", place, error,
                                  "minute=, hour=, dayOfMonth=, month= or dayOfWeek= is wanted%s%s%s",
                                  suggestion.best != NULL ? "; did you mean '" : "",
                                  suggestion.best != NULL ? suggestion.best : "",
                                  suggestion.best != NULL ? "='?" : "");
  return N_UNITS;
}

static gboolean
read_numbers (AqCalendarReader  *reader,
              guint              unit,
              guint64           *out_bits,
              GError           **error)
{
  guint64 bits = 0;
  guint number;

  /* an empty list is any, as with m01 */
  if (*reader->at != '\0' && strchr (" \t", *reader->at) == NULL)
    do
      {
        if (!aq_calendar_reader_number (reader, units[unit].name, units[unit].first, units[unit].last, NULL, &number,
                                        error))
          return FALSE;
        bits |= G_GUINT64_CONSTANT (1) << number;
      }
    while (aq_calendar_reader_skip (reader, ","));
  if (aq_calendar_reader_blanks (reader) == 0 && *reader->at != '\0')
    return aq_calendar_reader_fail (reader, units[unit].name, reader->at, error, "',', a blank or the end is wanted");
  *out_bits = bits;
  return TRUE;
}

static void
write_canonical (const guint64 *bits,
                 GString       *canonical)
{
  for (guint i = 0; i < N_UNITS; i++)
    {
      const char *separator = "=";

      if (bits[i] == 0)
        continue;
      if (canonical->len > 0)
        g_string_append_c (canonical, ' ');
      g_string_append (canonical, units[i].name);
      for (guint number = units[i].first; number <= units[i].last; number++)
        if ((bits[i] >> number) & 1)
          {
            g_string_append_printf (canonical, "%s%u", separator, number);
            separator = ",";
          }
    }
}

static void
fill_pattern (AqWallPattern *pattern,
              const guint64 *bits)
{
  gboolean is_day = bits[DAY] != 0 || bits[WEEKDAY] != 0;

  if (bits[MINUTE] != 0)
    pattern->minutes = bits[MINUTE];
  else if (bits[HOUR] != 0 || is_day || bits[MONTH] != 0)
    pattern->minutes = 1;
  if (bits[HOUR] != 0)
    pattern->hours = (guint32) bits[HOUR];
  else if (bits[MINUTE] == 0 && (is_day || bits[MONTH] != 0))
    pattern->hours = 1;
  else
    pattern->any_hour = TRUE;
  if (bits[DAY] != 0)
    aq_wall_pattern_set_days (pattern, (guint32) bits[DAY]);
  else if (!is_day && bits[MONTH] != 0 && bits[HOUR] == 0 && bits[MINUTE] == 0)
    aq_wall_pattern_set_days (pattern, 1u << 1);
  if (bits[WEEKDAY] != 0)
    aq_wall_pattern_set_weekdays (pattern, (guint8) bits[WEEKDAY]);
  if (bits[MONTH] != 0)
    pattern->months = (guint16) bits[MONTH];
}

/**
 * aq_m01_calendar_parse:
 * @text: "minute=0,10 hour=2 dayOfMonth=1 month=1 dayOfWeek=0", in any order, of
 *   which those that are any may be missing; weekday 0 is Monday; UTF-8
 * @pattern: an initialised pattern, which gets it
 * @canonical: gets the same expression, in order
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID` with field and place.
 *
 * Source: m01.remote's Cron, behaviour M25, M26, and X23 for what is corrected.
 *
 * Returns: whether it makes sense
 *
 * Since: 0.1
 */
gboolean
aq_m01_calendar_parse (const char     *text,
                       AqWallPattern  *pattern,
                       GString        *canonical,
                       GError        **error)
{
  guint64 bits[N_UNITS] = { 0 };
  gboolean is_given[N_UNITS] = { FALSE };
  AqCalendarReader reader;

  aq_calendar_reader_init (&reader, "m01 calendar", text);
  (void) aq_calendar_reader_blanks (&reader); /* there may be none */
  while (*reader.at != '\0')
    {
      guint unit = read_name (&reader, is_given, error);

      if (unit == N_UNITS || !read_numbers (&reader, unit, &bits[unit], error))
        return FALSE;
      is_given[unit] = TRUE;
    }
  write_canonical (bits, canonical);
  /* all are any: every minute, which has to be written somehow */
  if (canonical->len == 0)
    g_string_append (canonical, "minute=");
  fill_pattern (pattern, bits);
  return TRUE;
}

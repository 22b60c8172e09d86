/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendar description: a pattern of wall times as a sentence for people
 *
 * Times are written out while they are few; else each unit by itself, the
 * smallest first.
 */

#include "config.h"

#include "core/aq-calendar-description.h"

/* so many times of a day are written out */
#define MAX_TIMES 4
#define ALL_MONTHS 0x1ffeu
#define ALL_DAYS 0xfffffffeu
#define ALL_WEEKDAYS 0x7fu
#define ALL_HOURS 0xffffffu

static const char * const month_names[] = {
  NULL, "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December"
};
static const char * const weekday_names[] = {
  "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
};

static guint
count_bits (guint64 bits)
{
  return (guint) __builtin_popcountll (bits);
}

static void
append_number (GString            *sentence,
               guint               number,
               const char * const *names)
{
  if (names != NULL)
    g_string_append (sentence, names[number]);
  else
    g_string_append_printf (sentence, "%u", number);
}

/* "8 to 18", "0, 30 and 45" */
static void
append_list (GString            *sentence,
             guint64             bits,
             const char * const *names)
{
  guint first = (guint) __builtin_ctzll (bits);
  guint last = 63 - (guint) __builtin_clzll (bits);
  guint count = count_bits (bits);
  guint n = 0;

  if (count > 2 && last - first + 1 == count)
    {
      append_number (sentence, first, names);
      g_string_append (sentence, " to ");
      append_number (sentence, last, names);
      return;
    }
  for (guint i = first; i <= last; i++)
    {
      if (((bits >> i) & 1) == 0)
        continue;
      if (n > 0)
        g_string_append (sentence, n + 1 == count ? " and " : ", ");
      append_number (sentence, i, names);
      n++;
    }
}

/* from 0 on always as far apart, to the end: how far; 0: they are not */
static guint
find_step (guint64 bits,
           guint   size)
{
  guint step;

  if ((bits & 1) == 0 || count_bits (bits) < 2)
    return 0;
  step = (guint) __builtin_ctzll (bits & ~G_GUINT64_CONSTANT (1));
  if (size % step != 0)
    return 0;
  for (guint i = 0; i < size; i++)
    if (((bits >> i) & 1) != (i % step == 0))
      return 0;
  return step;
}

/* of one second, and a whole one: which; -1: it is more than that */
static gint
get_second (const AqWallPattern *pattern)
{
  const AqWallSeconds *first;

  if (pattern->seconds == NULL)
    return 0;
  first = &g_array_index (pattern->seconds, AqWallSeconds, 0);
  if (pattern->seconds->len > 1 || first->step_usec > 0 || first->first_usec % G_USEC_PER_SEC != 0)
    return -1;
  return (gint) (first->first_usec / G_USEC_PER_SEC);
}

static void
append_decimal (GString *sentence,
                gint64   usec)
{
  g_string_append_printf (sentence, "%" G_GINT64_FORMAT, usec / G_USEC_PER_SEC);
  if (usec % G_USEC_PER_SEC == 0)
    return;
  g_string_append_printf (sentence, ".%06" G_GINT64_FORMAT, usec % G_USEC_PER_SEC);
  while (sentence->str[sentence->len - 1] == '0')
    g_string_truncate (sentence, sentence->len - 1);
}

/* "every second", "every 15 seconds"; else each part by itself */
static void
append_seconds (GString             *sentence,
                const AqWallPattern *pattern)
{
  const AqWallSeconds *part = &g_array_index (pattern->seconds, AqWallSeconds, 0);

  if (pattern->seconds->len == 1 && part->first_usec == 0 && part->step_usec > 0 &&
      part->last_usec == AQ_WALL_MINUTE_USEC - 1 && AQ_WALL_MINUTE_USEC % part->step_usec == 0)
    {
      g_string_append (sentence, "every ");
      if (part->step_usec != G_USEC_PER_SEC)
        append_decimal (sentence, part->step_usec);
      g_string_append (sentence, part->step_usec != G_USEC_PER_SEC ? " seconds" : "second");
      return;
    }
  g_string_append (sentence, "at second ");
  for (guint i = 0; i < pattern->seconds->len; i++)
    {
      part = &g_array_index (pattern->seconds, AqWallSeconds, i);
      if (i > 0)
        g_string_append (sentence, ", ");
      append_decimal (sentence, part->first_usec);
      if (part->step_usec == 0)
        continue;
      g_string_append (sentence, " and every ");
      append_decimal (sentence, part->step_usec);
      if (part->last_usec < AQ_WALL_MINUTE_USEC - 1)
        {
          g_string_append (sentence, " up to ");
          append_decimal (sentence, part->last_usec);
        }
    }
}

static void
append_times (GString             *sentence,
              const AqWallPattern *pattern)
{
  guint n = 0;
  guint count = count_bits (pattern->hours) * count_bits (pattern->minutes);
  gint second = get_second (pattern);

  g_string_append (sentence, second < 0 ? " of " : "at ");
  for (guint hour = 0; hour < 24; hour++)
    for (guint minute = 0; minute < 60; minute++)
      {
        if (((pattern->hours >> hour) & 1) == 0 || ((pattern->minutes >> minute) & 1) == 0)
          continue;
        if (n > 0)
          g_string_append (sentence, n + 1 == count ? " and " : ", ");
        g_string_append_printf (sentence, "%02u:%02u", hour, minute);
        if (second > 0)
          g_string_append_printf (sentence, ":%02d", second);
        n++;
      }
}

static void
append_units (GString             *sentence,
              const AqWallPattern *pattern)
{
  guint minute_step = find_step (pattern->minutes, 60);
  guint hour_step = find_step (pattern->hours, 24);
  gint second = get_second (pattern);

  if (second > 0)
    g_string_append_printf (sentence, "at second %d", second);
  if (second != 0 && minute_step == 1 && hour_step == 1)
    {
      g_string_append (sentence, second > 0 ? " of every minute" : "");
      return;
    }
  if (second != 0)
    g_string_append (sentence, " of ");
  if (minute_step == 1)
    g_string_append (sentence, "every minute");
  else if (minute_step > 1)
    g_string_append_printf (sentence, "every %u minutes", minute_step);
  else
    {
      g_string_append (sentence, second == 0 ? "at minute" : "minute");
      g_string_append (sentence, count_bits (pattern->minutes) == 1 ? " " : "s ");
      append_list (sentence, pattern->minutes, NULL);
      if (pattern->hours == ALL_HOURS)
        g_string_append (sentence, " of every hour");
    }
  if (hour_step == 1)
    return;
  if (hour_step > 1)
    {
      g_string_append_printf (sentence, " of every %u%s hour, from 0 on", hour_step,
                              hour_step == 2 ? "nd" : hour_step == 3 ? "rd" : "th");
      return;
    }
  g_string_append (sentence, count_bits (pattern->hours) == 1 ? " of hour " : " of hours ");
  append_list (sentence, pattern->hours, NULL);
}

/* the days that are counted from the end of the month, 1 is the last one; 0: they are not */
static guint64
get_days_from_end (const AqWallPattern *pattern)
{
  guint32 days = pattern->days[3];
  guint64 from_end = 0;

  if (pattern->days[0] == (days & (G_MAXUINT32 >> 3)))
    return 0;
  for (guint day = 1; day <= 31; day++)
    if ((days >> day) & 1)
      from_end |= G_GUINT64_CONSTANT (1) << (32 - day);
  return from_end;
}

/* of seven days that hold one Monday: which Monday of the month it is; NULL: they are no such days */
static const char *
get_week (const AqWallPattern *pattern)
{
  static const char * const weeks[] = { "first", "second", "third", "fourth" };
  const guint32 week_days = 0xfe; /* 1 to 7 */

  if (pattern->is_either || count_bits (pattern->weekdays) != 1)
    return NULL;
  if (get_days_from_end (pattern) == week_days)
    return "last";
  for (guint i = 0; i < G_N_ELEMENTS (weeks); i++)
    if (pattern->days[3] == week_days << (7 * i) && get_days_from_end (pattern) == 0)
      return weeks[i];
  return NULL;
}

static void
append_days_of_month (GString             *sentence,
                      const AqWallPattern *pattern)
{
  guint64 from_end = get_days_from_end (pattern);
  guint64 days = from_end != 0 ? from_end : pattern->days[3];

  if (from_end == 2)
    {
      g_string_append (sentence, "on the last day of the month");
      return;
    }
  g_string_append (sentence, count_bits (days) == 1 ? "on day " : "on days ");
  append_list (sentence, days, NULL);
  g_string_append (sentence, from_end != 0 ? " from the end of the month" : " of the month");
}

static gboolean
is_every_day (const AqWallPattern *pattern)
{
  gboolean is_any_day = pattern->days[3] == ALL_DAYS;
  gboolean is_any_weekday = pattern->weekdays == ALL_WEEKDAYS;

  return pattern->is_either ? is_any_day || is_any_weekday : is_any_day && is_any_weekday;
}

/* "on Monday", "on the last Monday of the month", "on day 13 of the month or on Friday" */
static void
append_days (GString             *sentence,
             const AqWallPattern *pattern)
{
  gboolean is_any_day = pattern->days[3] == ALL_DAYS;
  gboolean is_any_weekday = pattern->weekdays == ALL_WEEKDAYS;
  const char *week = get_week (pattern);

  if (week != NULL)
    {
      g_string_append_printf (sentence, " on the %s ", week);
      append_list (sentence, pattern->weekdays, weekday_names);
      g_string_append (sentence, " of the month");
      return;
    }
  if (is_every_day (pattern))
    {
      g_string_append (sentence, " every day");
      return;
    }
  if (!is_any_day)
    {
      g_string_append_c (sentence, ' ');
      append_days_of_month (sentence, pattern);
    }
  if (!is_any_weekday)
    {
      g_string_append (sentence, pattern->is_either ? " or on " : is_any_day ? " on " : " if it is a ");
      append_list (sentence, pattern->weekdays, weekday_names);
    }
}

static void
append_dates (GString             *sentence,
              const AqWallPattern *pattern)
{
  if (is_every_day (pattern) && pattern->months == ALL_MONTHS && pattern->any_year)
    {
      /* "at 08:00 every day"; what comes all the time needs no such word */
      if (pattern->hours != ALL_HOURS)
        g_string_append (sentence, " every day");
      return;
    }
  append_days (sentence, pattern);
  if (pattern->months != ALL_MONTHS)
    {
      g_string_append (sentence, " in ");
      append_list (sentence, pattern->months, month_names);
    }
}

static void
append_years (GString             *sentence,
              const AqWallPattern *pattern)
{
  guint n = 0;

  for (gint year = AQ_WALL_FIRST_YEAR; year <= AQ_WALL_LAST_YEAR; year++)
    {
      guint bit = (guint) (year - AQ_WALL_FIRST_YEAR);

      if (((pattern->years[bit / 64] >> (bit % 64)) & 1) == 0)
        continue;
      if (n == MAX_TIMES)
        {
          g_string_append (sentence, " and more");
          return;
        }
      g_string_append_printf (sentence, "%s%d", n == 0 ? " of " : ", ", year);
      n++;
    }
}

/**
 * aq_calendar_description_new:
 * @pattern: a pattern
 *
 * Returns: (transfer full): a sentence for people, in lower case and without its end
 *
 * Since: 0.1
 */
char *
aq_calendar_description_new (const AqWallPattern *pattern)
{
  g_autoptr(GString) sentence = g_string_new (NULL);

  if (get_second (pattern) < 0)
    append_seconds (sentence, pattern);
  if (count_bits (pattern->hours) * count_bits (pattern->minutes) <= MAX_TIMES)
    append_times (sentence, pattern);
  else
    append_units (sentence, pattern);
  append_dates (sentence, pattern);
  if (!pattern->any_year)
    append_years (sentence, pattern);
  return g_string_free (g_steal_pointer (&sentence), FALSE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Days of schedules, minute by minute
 *
 *   calendar-days --days=1000000
 *
 * Schedules are made by chance as tables of minutes, hours, days, months and
 * weekdays, and written in three languages. An oracle walks through each minute of
 * some years with libc's localtime_r() in six zones, looks the minute up in the
 * tables, and notices by itself when the clocks are set. What is due by it must be
 * what the calendar answers: one that it did not wait for is lost, one that never
 * comes is double. One schedule of each zone is for every five minutes, whose steps
 * must all be five minutes of real time.
 */

#include "config.h"

#include "core/aq-calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_SCHEDULES 32 /* in each zone */
#define MINUTE_SECONDS 60
#define DAY_SECONDS 86400
/* so many violations are told one by one */
#define MAX_TOLD 10

typedef struct
{
  gboolean        minutes[60];
  gboolean        hours[24];
  gboolean        days[32];
  gboolean        months[13];
  gboolean        weekdays[7]; /* Sunday first, as with libc */
  gboolean        is_either;
  gboolean        any_hour;    /* due whenever it is shown */
  gint64          step;        /* in seconds, from one to the next; 0: it differs */
  AqCalendarKind  kind;
  char           *text;
  AqCalendar     *calendar;
  gint64          next_usec;
  gint64          last_usec;   /* the one before */
} Schedule;

/* what comes of it */
typedef struct
{
  guint64 days;
  guint64 ticks;
  guint64 changes; /* of the clocks */
  guint64 lost;
  guint64 doubled;
} Figures;

static const struct
{
  const char *name;
  gint64      from; /* seconds since 1970: years in which its rules are of interest */
} zones[] = {
  { "Europe/Berlin", 1577836800 },        /* 2020 */
  { "America/New_York", 1136073600 },     /* 2006: its rules changed in 2007 */
  { "Australia/Lord_Howe", 1577836800 },  /* half an hour */
  { "America/Sao_Paulo", 1262304000 },    /* 2010: clocks were set at midnight, until 2019 */
  { "Africa/Casablanca", 1514764800 },    /* 2018: set back for Ramadan */
  { "Pacific/Apia", 1293840000 },         /* 2011: a day was left out */
};

static gint64 n_days = 100000;
static gint seed = 1;

static const GOptionEntry entries[] = {
  { "days", 'n', 0, G_OPTION_ARG_INT64, &n_days, "How many days of schedules (default 100000)", "COUNT" },
  { "seed", 's', 0, G_OPTION_ARG_INT, &seed, "What chance begins with (default 1)", "SEED" },
  { NULL }
};

/* some of the numbers of a field, or all; returns whether it is all */
static gboolean
choose (GRand    *chance,
        gboolean *field,
        gint      first,
        gint      last,
        gdouble   all_chance)
{
  gboolean is_all = g_rand_double (chance) < all_chance;
  gint n = g_rand_int_range (chance, 1, 5);

  for (gint i = first; i <= last; i++)
    field[i] = is_all;
  for (gint i = 0; i < n && !is_all; i++)
    field[g_rand_int_range (chance, first, last + 1)] = TRUE;
  return is_all;
}

/* "1,5,7"; "*" for all */
static char *
write_field (const gboolean *field,
             gint            first,
             gint            last,
             gboolean        is_all)
{
  g_autoptr(GString) text = g_string_new (NULL);

  if (is_all)
    return g_strdup ("*");
  for (gint i = first; i <= last; i++)
    if (field[i])
      g_string_append_printf (text, "%s%d", text->len > 0 ? "," : "", i);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
write_weekdays (const Schedule *self)
{
  static const char * const names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < 7; i++)
    {
      if (!self->weekdays[i])
        continue;
      if (text->len > 0)
        g_string_append_c (text, ',');
      if (self->kind == AQ_CALENDAR_M01)
        g_string_append_printf (text, "%u", (i + 6) % 7);
      else
        g_string_append (text, names[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* each @step-th hour, from midnight on */
static char *
choose_hours_apart (GRand    *chance,
                    Schedule *self)
{
  gint step = g_rand_int_range (chance, 2, 9);

  for (gint i = 0; i < 24; i++)
    self->hours[i] = i % step == 0;
  return g_strdup_printf ("*/%d", step);
}

static void
schedule_start (Schedule   *self,
                const char *zone,
                gint64      after_usec)
{
  g_autoptr(GError) error = NULL;

  self->calendar = aq_calendar_new (self->kind, self->text, zone, 0, &error);
  if (self->calendar == NULL)
    g_error ("'%s': %s", self->text, error->message);
  self->next_usec = aq_calendar_next (self->calendar, after_usec);
}

static void
schedule_init_steps (Schedule *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->minutes); i++)
    self->minutes[i] = i % 5 == 0;
  for (guint i = 0; i < G_N_ELEMENTS (self->hours); i++)
    self->hours[i] = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (self->days); i++)
    self->days[i] = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (self->months); i++)
    self->months[i] = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (self->weekdays); i++)
    self->weekdays[i] = TRUE;
  self->kind = AQ_CALENDAR_CRON;
  self->any_hour = TRUE;
  self->step = 5 * MINUTE_SECONDS;
  self->text = g_strdup ("*/5 * * * *");
}

static void
schedule_init_by_chance (Schedule *self,
                         GRand    *chance)
{
  gboolean all_minutes = choose (chance, self->minutes, 0, 59, 0.05);
  gboolean all_hours = choose (chance, self->hours, 0, 23, 0.3);
  gboolean all_days = choose (chance, self->days, 1, 31, 0.6);
  gboolean all_months = choose (chance, self->months, 1, 12, 0.8);
  gboolean all_weekdays = choose (chance, self->weekdays, 0, 6, 0.6);
  g_autofree char *minutes = write_field (self->minutes, 0, 59, all_minutes);
  g_autofree char *hours = write_field (self->hours, 0, 23, all_hours);
  g_autofree char *days = write_field (self->days, 1, 31, all_days);
  g_autofree char *months = write_field (self->months, 1, 12, all_months);
  g_autofree char *weekdays = NULL;

  self->kind = g_rand_int_range (chance, AQ_CALENDAR_CRON, AQ_CALENDAR_SYSTEMD + 1);
  /* m01 takes a unit that is missing below another as its beginning */
  if (self->kind == AQ_CALENDAR_M01 && all_minutes)
    self->kind = AQ_CALENDAR_CRON;
  self->any_hour = all_hours && self->kind != AQ_CALENDAR_SYSTEMD;
  if (self->kind == AQ_CALENDAR_CRON && !all_hours && g_rand_double (chance) < 0.3)
    {
      g_free (hours);
      hours = choose_hours_apart (chance, self);
      self->any_hour = TRUE;
    }
  weekdays = write_weekdays (self);
  if (self->kind == AQ_CALENDAR_CRON)
    {
      self->is_either = !all_days && !all_weekdays;
      self->text = g_strdup_printf ("%s %s %s %s %s", minutes, hours, days, months, all_weekdays ? "*" : weekdays);
    }
  else if (self->kind == AQ_CALENDAR_M01)
    {
      self->text = g_strdup_printf ("minute=%s hour=%s dayOfMonth=%s month=%s dayOfWeek=%s", minutes, all_hours ? "" : hours,
                                    all_days ? "" : days, all_months ? "" : months, all_weekdays ? "" : weekdays);
    }
  else
    {
      self->text = g_strdup_printf ("%s *-%s-%s %s:%s", all_weekdays ? "" : weekdays, months, days, hours, minutes);
      g_strstrip (self->text);
    }
}

static void
schedule_clear (Schedule *self)
{
  aq_calendar_free (self->calendar);
  g_free (self->text);
}

/* of what the clocks show */
static inline gboolean
matches (const Schedule  *self,
         const struct tm *shown)
{
  gboolean day;

  if (!self->minutes[shown->tm_min] || !self->hours[shown->tm_hour] || !self->months[shown->tm_mon + 1])
    return FALSE;
  if (self->is_either)
    day = self->days[shown->tm_mday] || self->weekdays[shown->tm_wday];
  else
    day = self->days[shown->tm_mday] && self->weekdays[shown->tm_wday];
  return day;
}

/* what the clocks would have shown in one of the minutes that they were set over */
static gboolean
matches_gap (const Schedule *self,
             gint64          first,
             gint64          end)
{
  for (gint64 wall = first; wall < end; wall += MINUTE_SECONDS)
    {
      const time_t moment = (time_t) wall;
      struct tm shown;

      gmtime_r (&moment, &shown);
      if (matches (self, &shown))
        return TRUE;
    }
  return FALSE;
}

static void
tell (const char     *what,
      const char     *zone,
      const Schedule *schedule,
      gint64          seconds,
      guint64         n)
{
  if (n <= MAX_TOLD)
    printf ("# %s: '%s' in %s, at %" G_GINT64_FORMAT ", next %" G_GINT64_FORMAT "\n", what, schedule->text, zone,
            seconds, schedule->next_usec / G_USEC_PER_SEC);
}

static void
check_minute (Schedule   *self,
              const char *zone,
              gint64      seconds,
              gboolean    is_due,
              Figures    *figures)
{
  const gint64 usec = seconds * G_USEC_PER_SEC;

  /* it answered a moment that no minute is at, or that has nothing due */
  if (self->next_usec < usec || (!is_due && self->next_usec == usec))
    {
      tell ("double", zone, self, seconds, ++figures->doubled);
      self->next_usec = aq_calendar_next (self->calendar, is_due ? usec - 1 : usec);
    }
  if (!is_due)
    return;
  figures->ticks++;
  if (self->next_usec != usec || (self->step != 0 && self->last_usec != 0 &&
                                  usec - self->last_usec != self->step * G_USEC_PER_SEC))
    tell ("lost", zone, self, seconds, ++figures->lost);
  self->last_usec = usec;
  self->next_usec = aq_calendar_next (self->calendar, usec);
}

/* through @days days of all schedules of a zone */
static void
walk (const char *zone,
      gint64      from,
      gint64      days,
      Schedule   *schedules,
      Figures    *figures)
{
  const time_t before = (time_t) (from - MINUTE_SECONDS);
  struct tm shown;
  gint64 last_wall;
  gint64 latest_wall; /* of all that were shown */

  localtime_r (&before, &shown);
  last_wall = latest_wall = (gint64) before + shown.tm_gmtoff;
  for (gint64 seconds = from; seconds < from + days * DAY_SECONDS; seconds += MINUTE_SECONDS)
    {
      const time_t moment = (time_t) seconds;
      gint64 wall;
      gboolean is_again;

      localtime_r (&moment, &shown);
      wall = seconds + shown.tm_gmtoff;
      is_again = wall <= latest_wall;
      figures->changes += wall != last_wall + MINUTE_SECONDS;
      for (guint i = 0; i < N_SCHEDULES; i++)
        {
          Schedule *schedule = &schedules[i];
          gboolean is_due = (!is_again || schedule->any_hour) && matches (schedule, &shown);

          if (wall > last_wall + MINUTE_SECONDS && schedule->kind != AQ_CALENDAR_SYSTEMD && !schedule->any_hour &&
              !is_due)
            is_due = matches_gap (schedule, MAX (last_wall, latest_wall) + MINUTE_SECONDS, wall);
          if (is_due || schedule->next_usec <= seconds * G_USEC_PER_SEC)
            check_minute (schedule, zone, seconds, is_due, figures);
        }
      last_wall = wall;
      latest_wall = MAX (latest_wall, wall);
    }
  figures->days += (guint64) days * N_SCHEDULES;
}

static void
try_zone (guint    zone,
          gint64   days,
          GRand   *chance,
          Figures *figures)
{
  g_autofree Schedule *schedules = g_new0 (Schedule, N_SCHEDULES);

  g_setenv ("TZ", zones[zone].name, TRUE);
  tzset ();
  for (guint i = 0; i < N_SCHEDULES; i++)
    {
      if (i == 0)
        schedule_init_steps (&schedules[i]);
      else
        schedule_init_by_chance (&schedules[i], chance);
      schedule_start (&schedules[i], zones[zone].name, zones[zone].from * G_USEC_PER_SEC - 1);
    }
  walk (zones[zone].name, zones[zone].from, days, schedules, figures);
  for (guint i = 0; i < N_SCHEDULES; i++)
    schedule_clear (&schedules[i]);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GRand) chance = NULL;
  g_autoptr(GTimer) timer = g_timer_new ();
  g_autoptr(GError) error = NULL;
  Figures figures = { 0 };
  gint64 days;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_FAILURE;
    }
  chance = g_rand_new_with_seed ((guint32) seed);
  days = n_days / (gint64) (G_N_ELEMENTS (zones) * N_SCHEDULES) + 1;
  for (guint i = 0; i < G_N_ELEMENTS (zones); i++)
    try_zone (i, days, chance, &figures);

  puts ("1..1");
  printf ("# %" G_GUINT64_FORMAT " days of schedules in %u zones, %" G_GUINT64_FORMAT " due times, clocks set %"
          G_GUINT64_FORMAT " times: %" G_GUINT64_FORMAT " double, %" G_GUINT64_FORMAT " lost, %.1f s\n",
          figures.days, (guint) G_N_ELEMENTS (zones), figures.ticks, figures.changes, figures.doubled, figures.lost,
          g_timer_elapsed (timer, NULL));
  printf ("%s 1 nothing is due twice and nothing is lost\n", figures.doubled + figures.lost == 0 ? "ok" : "not ok");
  return figures.doubled + figures.lost == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

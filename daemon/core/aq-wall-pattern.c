/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Wall pattern
 *
 * Fields are bits, so the next match is a shift and a count of zeros, and a month
 * is looked at as a whole. Days and weekdays repeat after 400 years: what has not
 * come by then never comes, and that is 4,800 months at the most.
 */

#include "config.h"

#include "core/aq-wall-pattern.h"

#include <string.h>

#define CYCLE_YEARS 400
#define ALL_MONTHS 0x1ffeu
#define ALL_DAYS 0xfffffffeu
#define ALL_WEEKDAYS 0x7fu
#define ALL_HOURS 0xffffffu
#define ALL_MINUTES ((G_GUINT64_CONSTANT (1) << 60) - 1)

/* a day of the calendar that has no end in either direction */
typedef struct
{
  gint year;
  gint month; /* 1 to 12 */
  gint day;   /* 1 to 31 */
} Date;

/* days since 1970-01-01; years begin in March, so that a leap day is the last one */
static gint64
count_days (gint year,
            gint month,
            gint day)
{
  gint64 y = month <= 2 ? year - 1 : year;
  gint64 era = (y >= 0 ? y : y - 399) / 400;
  gint64 year_of_era = y - era * 400;
  gint64 day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static Date
find_date (gint64 days)
{
  gint64 shifted = days + 719468;
  gint64 era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  gint64 day_of_era = shifted - era * 146097;
  gint64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 month = (5 * day_of_year + 2) / 153;
  Date date;

  date.day = (gint) (day_of_year - (153 * month + 2) / 5 + 1);
  date.month = (gint) (month < 10 ? month + 3 : month - 9);
  date.year = (gint) (year_of_era + era * 400 + (date.month <= 2 ? 1 : 0));
  return date;
}

/* 0 is Monday, and the first day of 1970 was a Thursday */
static guint
find_weekday (gint64 days)
{
  return (guint) (((days + 3) % 7 + 7) % 7);
}

/**
 * aq_wall_pattern_init:
 * @self: (out caller-allocates): a pattern
 *
 * Begins with every minute of every day, at second 0.
 *
 * Since: 0.1
 */
void
aq_wall_pattern_init (AqWallPattern *self)
{
  memset (self, 0, sizeof *self);
  self->any_year = TRUE;
  self->months = ALL_MONTHS;
  aq_wall_pattern_set_days (self, ALL_DAYS);
  aq_wall_pattern_set_weekdays (self, ALL_WEEKDAYS);
  self->hours = ALL_HOURS;
  self->minutes = ALL_MINUTES;
}

void
aq_wall_pattern_clear (AqWallPattern *self)
{
  g_clear_pointer (&self->seconds, g_array_unref);
}

/**
 * aq_wall_pattern_set_year:
 * @self: a pattern
 * @year: %AQ_WALL_FIRST_YEAR to %AQ_WALL_LAST_YEAR
 *
 * Lets years come that were named, from now on.
 *
 * Since: 0.1
 */
void
aq_wall_pattern_set_year (AqWallPattern *self,
                          gint           year)
{
  guint bit = (guint) (year - AQ_WALL_FIRST_YEAR);

  g_assert (year >= AQ_WALL_FIRST_YEAR && year <= AQ_WALL_LAST_YEAR);
  self->any_year = FALSE;
  self->years[bit / 64] |= G_GUINT64_CONSTANT (1) << (bit % 64);
}

/**
 * aq_wall_pattern_set_weekdays:
 * @self: a pattern
 * @weekdays: the weekdays that match; bit 0 is Monday
 *
 * Since: 0.1
 */
void
aq_wall_pattern_set_weekdays (AqWallPattern *self,
                              guint8         weekdays)
{
  self->weekdays = weekdays;
  memset (self->weekday_days, 0, sizeof self->weekday_days);
  for (guint first = 0; first < 7; first++)
    for (guint day = 1; day <= 31; day++)
      if ((weekdays >> ((first + day - 1) % 7)) & 1)
        self->weekday_days[first] |= 1u << day;
}

/**
 * aq_wall_pattern_set_days:
 * @self: a pattern
 * @days: the days of the month that match, bits 1 to 31
 *
 * Since: 0.1
 */
void
aq_wall_pattern_set_days (AqWallPattern *self,
                          guint32        days)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->days); i++)
    self->days[i] = days & (G_MAXUINT32 >> (3 - i));
}

static gboolean
has_year (const AqWallPattern *self,
          gint                 year)
{
  guint bit = (guint) (year - AQ_WALL_FIRST_YEAR);

  if (self->any_year)
    return TRUE;
  return year >= AQ_WALL_FIRST_YEAR && year <= AQ_WALL_LAST_YEAR && (self->years[bit / 64] >> (bit % 64)) & 1;
}

static guint32
days_of_month (const AqWallPattern *self,
               gint                 year,
               gint                 month)
{
  static const guint8 lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  gboolean is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  guint length = lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
  guint32 days = self->days[length - 28];
  guint32 weekdays;

  /* 30 February: 400 years of it cost no weekdays */
  if (days == 0 && !self->is_either)
    return 0;
  weekdays = self->weekday_days[find_weekday (count_days (year, month, 1))] & (G_MAXUINT32 >> (31 - length));
  return self->is_either ? days | weekdays : days & weekdays;
}

/* the first day that matches, @from or later */
static gboolean
find_day (const AqWallPattern *self,
          gint64               from,
          gint64              *out_days)
{
  Date date = find_date (from);
  gint last_year = self->any_year ? date.year + CYCLE_YEARS : AQ_WALL_LAST_YEAR;
  gint month = date.month;
  guint32 rest = G_MAXUINT32 << date.day; /* the days that have not passed */

  for (gint year = date.year; year <= last_year; year++, month = 1, rest = G_MAXUINT32)
    {
      if (!has_year (self, year))
        continue;
      for (; month <= 12; month++, rest = G_MAXUINT32)
        {
          guint32 days = (self->months >> month) & 1 ? days_of_month (self, year, month) & rest : 0;

          if (days != 0)
            {
              *out_days = count_days (year, month, __builtin_ctz (days));
              return TRUE;
            }
        }
    }
  return FALSE;
}

/* the first second that matches in a minute, @from_usec or later; -1: there is none */
static gint64
find_second (const AqWallPattern *self,
             gint64               from_usec)
{
  gint64 best = -1;

  if (self->seconds == NULL)
    return from_usec == 0 ? 0 : -1;
  for (guint i = 0; i < self->seconds->len; i++)
    {
      const AqWallSeconds *part = &g_array_index (self->seconds, AqWallSeconds, i);
      gint64 found = part->first_usec;

      if (found < from_usec && part->step_usec > 0)
        found += (from_usec - found + part->step_usec - 1) / part->step_usec * part->step_usec;
      if (found >= from_usec && found <= part->last_usec && (best < 0 || found < best))
        best = found;
    }
  return best;
}

/* the first time of a day that matches, @from_usec or later; -1: there is none */
static gint64
find_time (const AqWallPattern *self,
           gint64               from_usec)
{
  guint hour = (guint) (from_usec / AQ_WALL_HOUR_USEC);
  guint minute = (guint) (from_usec / AQ_WALL_MINUTE_USEC % 60);
  guint32 hours = self->hours >> hour;
  guint64 minutes = self->minutes >> minute;
  gint64 second = -1;

  if ((hours & 1) != 0 && (minutes & 1) != 0)
    second = find_second (self, from_usec % AQ_WALL_MINUTE_USEC);
  if (second < 0)
    {
      /* a later minute of this hour, else the first one of a later hour */
      minutes = (hours & 1) != 0 ? minutes & ~G_GUINT64_CONSTANT (1) : 0;
      if (minutes == 0)
        {
          hours &= ~1u;
          if (hours == 0)
            return -1;
          hour += (guint) __builtin_ctz (hours);
          minute = 0;
          minutes = self->minutes;
        }
      minute += (guint) __builtin_ctzll (minutes);
      second = find_second (self, 0);
    }
  return hour * AQ_WALL_HOUR_USEC + minute * AQ_WALL_MINUTE_USEC + second;
}

/**
 * aq_wall_pattern_next:
 * @self: a pattern
 * @wall_usec: a wall time
 * @out_wall_usec: (out): the first wall time in the pattern that is not before @wall_usec
 *
 * Returns: whether there is one in 400 years
 *
 * Since: 0.1
 */
gboolean
aq_wall_pattern_next (const AqWallPattern *self,
                      gint64               wall_usec,
                      gint64              *out_wall_usec)
{
  gint64 days = wall_usec / AQ_WALL_DAY_USEC - (wall_usec % AQ_WALL_DAY_USEC < 0 ? 1 : 0);
  gint64 found;
  gint64 time = -1;

  if (!find_day (self, days, &found))
    return FALSE;
  if (found == days)
    {
      time = find_time (self, wall_usec - days * AQ_WALL_DAY_USEC);
      if (time < 0 && !find_day (self, days + 1, &found))
        return FALSE;
    }
  if (time < 0)
    time = find_time (self, 0);
  *out_wall_usec = found * AQ_WALL_DAY_USEC + time;
  return TRUE;
}

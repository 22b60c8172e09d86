/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendar
 *
 * An expression in one of five languages. Three of them name wall times, which are
 * a set (AqWallPattern); a zone tells when each is. So a set of wall times is a set
 * of moments, whoever asks from where: nothing is due twice. Where clocks are set,
 * - what leaves the hour open, as "*" "/5 * * * *", is due whenever the clocks show
 *   it: twice when they show it twice, not at all when they do not;
 * - what names hours is due once: the first time, or when the clocks are set over it;
 * - systemd's language does as systemd does: the first time, or not at all.
 *
 * Source: cron(8) of Debian, "daylight savings time"
 */

#include "config.h"

#include "core/aq-calendar.h"

#include "core/aq-calendar-description.h"
#include "core/aq-cron.h"
#include "libasyncq/asyncq-quantity-private.h"
#include "core/aq-m01-calendar.h"
#include "core/aq-systemd-calendar.h"
#include "core/aq-wall-pattern.h"
#include "core/aq-zone.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* the year 9999; no clock of ours goes further */
#define LAST_USEC (G_GINT64_CONSTANT (253402300799) * G_USEC_PER_SEC)
/* more often than that is a mistake */
#define MIN_PERIOD_USEC 1000
/* no clocks are set by more, so two moments that are further apart are shown in their order */
#define MAX_SET_USEC (28 * AQ_WALL_HOUR_USEC)
/* an expression that was left out so often in a row falls into a gap each year, and is never due */
#define MAX_LEFT_OUT 32

struct _AqCalendar
{
  AqCalendarKind   kind;
  char            *text;        /* canonical */

  /* every and delay */
  gint64           period_usec;
  gint64           anchor_usec; /* wall clock, UTC: every only */

  /* the others */
  AqWallPattern    pattern;
  AqZone          *zone;        /* owned, nullable; remembers what it was asked last */
};

static const char * const kind_names[] = {
  [AQ_CALENDAR_CRON] = "cron",
  [AQ_CALENDAR_M01] = "m01",
  [AQ_CALENDAR_SYSTEMD] = "calendar",
  [AQ_CALENDAR_EVERY] = "every",
  [AQ_CALENDAR_DELAY] = "delay",
};
G_STATIC_ASSERT (G_N_ELEMENTS (kind_names) == AQ_N_CALENDAR_KINDS);

/**
 * aq_calendar_kind_to_string:
 * @kind: a kind
 *
 * Returns: "cron", "m01", "calendar", "every" or "delay"
 *
 * Since: 0.1
 */
const char *
aq_calendar_kind_to_string (AqCalendarKind kind)
{
  return kind_names[kind];
}

gboolean
aq_calendar_kind_from_string (const char     *text,
                              AqCalendarKind *out_kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_names); i++)
    if (strcmp (kind_names[i], text) == 0)
      {
        *out_kind = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
check_text (const char  *text,
            GError     **error)
{
  const char *bad;

  if (strlen (text) > AQ_CALENDAR_MAX_BYTES)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "the expression has %" G_GSIZE_FORMAT " bytes, of which %d are allowed",
                   strlen (text), AQ_CALENDAR_MAX_BYTES);
      return FALSE;
    }
  if (!g_utf8_validate (text, -1, &bad))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the expression is not UTF-8: found a byte 0x%02x at byte %" G_GSIZE_FORMAT, (guint8) *bad,
                   (gsize) (bad - text) + 1);
      return FALSE;
    }
  if (text[strspn (text, " \t")] == '\0')
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "the expression is empty, so nothing would ever be due");
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_period (AqCalendar  *self,
             const char  *text,
             GError     **error)
{
  if (!asyncq_duration_parse (text, &self->period_usec))
    {
      g_autofree char *shown = g_strescape (text, NULL);

      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'%.64s' is not a duration: one such as 90s, 1h30m or 2d is wanted", shown);
      return FALSE;
    }
  if (self->period_usec < MIN_PERIOD_USEC)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' is too short: at least 1ms is wanted", text);
      return FALSE;
    }
  /* seconds need not be written, but who reads "every 5" wonders */
  self->text = g_strconcat (text, g_ascii_isdigit (text[strlen (text) - 1]) ? "s" : NULL, NULL);
  return TRUE;
}

static gboolean
read_text (AqCalendar  *self,
           const char  *text,
           const char  *zone,
           GError     **error)
{
  g_autoptr(GString) canonical = g_string_new (NULL);
  g_autofree char *own_zone = NULL;
  gboolean is_read = FALSE;

  switch (self->kind)
    {
    case AQ_CALENDAR_CRON:
      is_read = aq_cron_parse (text, &self->pattern, canonical, error);
      break;
    case AQ_CALENDAR_M01:
      is_read = aq_m01_calendar_parse (text, &self->pattern, canonical, error);
      break;
    case AQ_CALENDAR_SYSTEMD:
      is_read = aq_systemd_calendar_parse (text, &self->pattern, canonical, &own_zone, error);
      break;
    case AQ_CALENDAR_EVERY:
    case AQ_CALENDAR_DELAY:
      return read_period (self, text, error);
    }
  if (!is_read)
    return FALSE;
  self->text = g_strdup (canonical->str);
  self->zone = aq_zone_new (own_zone != NULL ? own_zone : zone, error);
  return self->zone != NULL;
}

/**
 * aq_calendar_new:
 * @kind: the language of @text
 * @text: when, UTF-8, at most %AQ_CALENDAR_MAX_BYTES
 * @zone: (nullable): whose clocks are meant, as in aq_zone_new(); an expression of
 *   systemd may end with another. Every and delay have none.
 * @anchor_usec: wall clock: a moment from which every counts, in both directions;
 *   the others ignore it
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID` if @text makes no sense, with the field, what was
 * found, its place and what is wanted, or if there is no such zone;
 * `ASYNCQ_ERROR_TOO_LARGE` for a text that is too long.
 *
 * Returns: (transfer full): the calendar, or %NULL with @error set
 *
 * Since: 0.1
 */
AqCalendar *
aq_calendar_new (AqCalendarKind   kind,
                 const char      *text,
                 const char      *zone,
                 gint64           anchor_usec,
                 GError         **error)
{
  g_autoptr(AqCalendar) self = g_new0 (AqCalendar, 1);

  self->kind = kind;
  self->anchor_usec = anchor_usec;
  aq_wall_pattern_init (&self->pattern);
  if (!check_text (text, error) || !read_text (self, text, zone, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
aq_calendar_free (AqCalendar *self)
{
  aq_wall_pattern_clear (&self->pattern);
  aq_zone_free (self->zone);
  g_free (self->text);
  g_free (self);
}

/* the first moment after @after_usec at which the clocks show a time of the pattern */
static gint64
find_next_shown (AqCalendar *self,
                 gint64      after_usec)
{
  gint64 first_usec = after_usec + 1;

  while (first_usec <= LAST_USEC)
    {
      gint64 shown = aq_zone_to_wall (self->zone, first_usec);
      gint64 end_usec = aq_zone_get_end (self->zone, first_usec);
      gint64 due_usec;
      gint64 wall;

      if (!aq_wall_pattern_next (&self->pattern, shown, &wall))
        break;
      due_usec = first_usec + (wall - shown);
      if (due_usec < end_usec)
        return due_usec <= LAST_USEC ? due_usec : G_MAXINT64;
      /* the clocks are set before: long before it they may be set as they like, but not behind @shown again */
      if (end_usec - first_usec > MAX_SET_USEC)
        first_usec = MAX (end_usec, due_usec - MAX_SET_USEC);
      else
        first_usec = end_usec;
    }
  return G_MAXINT64;
}

/* the first moment after @after_usec that stands for a time of the pattern, whether the clocks show it or not */
static gint64
find_next_named (AqCalendar *self,
                 gint64      after_usec)
{
  gint64 wall = aq_zone_to_wall (self->zone, after_usec) + 1;
  AqZoneMoment moment;
  guint n_left_out = 0;

  while (n_left_out < MAX_LEFT_OUT && aq_wall_pattern_next (&self->pattern, wall, &wall))
    {
      aq_zone_from_wall (self->zone, wall, &moment);
      if (moment.usec > LAST_USEC)
        break;
      if (moment.usec > after_usec &&
          (moment.kind != AQ_ZONE_MOMENT_NEVER || self->kind != AQ_CALENDAR_SYSTEMD))
        return moment.usec;
      /* its first time has passed, or it is left out: so is all up to there */
      wall = MAX (wall + 1, moment.wall_until_usec);
      n_left_out++;
    }
  return G_MAXINT64;
}

/* a moment that is a whole number of periods from the anchor */
static gint64
find_next_period (AqCalendar *self,
                  gint64      after_usec)
{
  gint64 anchor = self->anchor_usec % self->period_usec;
  gint64 since = after_usec - anchor;
  gint64 rest = since % self->period_usec;

  return after_usec - (rest < 0 ? rest + self->period_usec : rest) + self->period_usec;
}

/**
 * aq_calendar_next:
 * @self: a calendar
 * @after_usec: wall clock, microseconds since 1970-01-01 UTC; for delay, the last run
 *
 * But for delay the answer is the first of a fixed set of moments, so who asks with
 * each answer again gets all of them, each once. Takes about a microsecond, and some
 * twenty where the clocks of the zone are set; it is bounded also if there is none.
 *
 * Returns: the first due time after @after_usec, or %G_MAXINT64 if there is none
 *   within 400 years, and none in the years of the expression
 *
 * Since: 0.1
 */
gint64
aq_calendar_next (AqCalendar *self,
                  gint64      after_usec)
{
  if (after_usec >= LAST_USEC)
    return G_MAXINT64;
  /* what was before 1970 is nobody's business here */
  after_usec = MAX (after_usec, -1);

  switch (self->kind)
    {
    case AQ_CALENDAR_EVERY:
      return find_next_period (self, after_usec);
    case AQ_CALENDAR_DELAY:
      return after_usec + self->period_usec;
    case AQ_CALENDAR_CRON:
    case AQ_CALENDAR_M01:
    case AQ_CALENDAR_SYSTEMD:
    default:
      return self->pattern.any_hour ? find_next_shown (self, after_usec) : find_next_named (self, after_usec);
    }
}

/**
 * aq_calendar_to_text:
 * @self: a calendar
 *
 * Two expressions with one canonical text have the same due times, in the same zone.
 * It is an expression itself. A zone that an expression of systemd ends with is in it.
 *
 * Returns: (transfer full): the canonical text
 *
 * Since: 0.1
 */
char *
aq_calendar_to_text (AqCalendar *self)
{
  return g_strdup (self->text);
}

/**
 * aq_calendar_get_zone:
 * @self: a calendar
 *
 * Returns: (nullable): the name of the zone, %NULL for every and delay
 *
 * Since: 0.1
 */
const char *
aq_calendar_get_zone (AqCalendar *self)
{
  return self->zone != NULL ? aq_zone_get_name (self->zone) : NULL;
}

/**
 * aq_calendar_describe:
 * @self: a calendar
 *
 * Returns: (transfer full): a sentence for people, without its end: "at 08:00 on
 *   Monday to Friday, Europe/Berlin time"
 *
 * Since: 0.1
 */
char *
aq_calendar_describe (AqCalendar *self)
{
  g_autofree char *sentence = NULL;

  if (self->kind == AQ_CALENDAR_EVERY)
    return g_strdup_printf ("every %s", self->text);
  if (self->kind == AQ_CALENDAR_DELAY)
    return g_strdup_printf ("%s after each run", self->text);
  sentence = aq_calendar_description_new (&self->pattern);
  if (strcmp (aq_zone_get_name (self->zone), "UTC") == 0)
    return g_strdup_printf ("%s, UTC", sentence);
  return g_strdup_printf ("%s, %s time", sentence, aq_zone_get_name (self->zone));
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendar events of systemd: "Mon..Fri *-*-* 08:00:00 Europe/Berlin"
 *
 * The language is that of systemd.time(7), as of version 252, but that an
 * abbreviation of the local zone's ("CEST") is no zone. The canonical text is
 * systemd's normalized form.
 */

#include "config.h"

#include "core/aq-systemd-calendar.h"

#include "core/aq-calendar-chain.h"
#include "core/aq-suggestion.h"

#include <string.h>

typedef enum
{
  YEAR,
  MONTH,
  DAY,
  HOUR,
  MINUTE,
  SECOND
} FieldId;

#define N_FIELDS (SECOND + 1)
#define ALL_WEEKDAYS 0x7fu

typedef struct
{
  guint8          weekdays; /* 0: none was named */
  AqCalendarChain fields[N_FIELDS];
} Event;

static const struct
{
  const char *name;
  gint        least;
  gint        greatest;
  guint       width;
} fields[] = {
  [YEAR] = { "year", AQ_WALL_FIRST_YEAR, AQ_WALL_LAST_YEAR, 4 },
  [MONTH] = { "month", 1, 12, 2 },
  [DAY] = { "day", 1, 31, 2 },
  [HOUR] = { "hour", 0, 23, 2 },
  [MINUTE] = { "minute", 0, 59, 2 },
  [SECOND] = { "second", 0, 60 * G_USEC_PER_SEC - 1, 2 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (fields) == N_FIELDS);

/* the long names first, since the short ones are in them */
static const AqCalendarWord weekdays[] = {
  { "Monday", 0 },
  { "Tuesday", 1 },
  { "Wednesday", 2 },
  { "Thursday", 3 },
  { "Friday", 4 },
  { "Saturday", 5 },
  { "Sunday", 6 },
  { "Mon", 0 },
  { "Tue", 1 },
  { "Wed", 2 },
  { "Thu", 3 },
  { "Fri", 4 },
  { "Sat", 5 },
  { "Sun", 6 },
};

static const struct
{
  const char *name;
  const char *meaning;
} shorthands[] = {
  { "minutely", "*-*-* *:*:00" },
  { "hourly", "*-*-* *:00:00" },
  { "daily", "*-*-* 00:00:00" },
  { "weekly", "Mon *-*-* 00:00:00" },
  { "monthly", "*-*-01 00:00:00" },
  { "quarterly", "*-01,04,07,10-01 00:00:00" },
  { "semiannually", "*-01,07-01 00:00:00" },
  { "semi-annually", "*-01,07-01 00:00:00" },
  { "biannually", "*-01,07-01 00:00:00" },
  { "bi-annually", "*-01,07-01 00:00:00" },
  { "yearly", "*-01-01 00:00:00" },
  { "annually", "*-01-01 00:00:00" },
  { "anually", "*-01-01 00:00:00" },
};

static void
event_init (Event *self)
{
  memset (self, 0, sizeof *self);
  for (guint i = 0; i < N_FIELDS; i++)
    {
      self->fields[i].name = fields[i].name;
      self->fields[i].least = fields[i].least;
      self->fields[i].greatest = fields[i].greatest;
      self->fields[i].width = fields[i].width;
      self->fields[i].is_seconds = i == SECOND;
    }
}

static void
event_clear (Event *self)
{
  for (guint i = 0; i < N_FIELDS; i++)
    aq_calendar_chain_clear (&self->fields[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Event, event_clear)

static gboolean
is_end_of_words (AqCalendarReader *reader)
{
  return *reader->at == '\0' || *reader->at == ' ';
}

/* -1: there is none */
static gint
take_weekday (AqCalendarReader *reader)
{
  for (guint i = 0; i < G_N_ELEMENTS (weekdays); i++)
    {
      gsize length = strlen (weekdays[i].name);

      if (g_ascii_strncasecmp (weekdays[i].name, reader->at, length) == 0)
        {
          reader->at += length;
          return (gint) weekdays[i].value;
        }
    }
  return -1;
}

/* "Mon,Wed..Fri "; nothing is fine, and so is a comma at the end */
static gboolean
read_weekdays (AqCalendarReader  *reader,
               Event             *event,
               GError           **error)
{
  gint range_from = -1;

  for (gboolean is_first = TRUE;; is_first = FALSE)
    {
      const char *place = reader->at;
      gint weekday = take_weekday (reader);

      if (weekday < 0 && is_first)
        return TRUE;
      if (weekday < 0)
        return aq_calendar_reader_fail (reader, "weekday", place, error, "Mon, Tue, Wed, Thu, Fri, Sat or Sun is wanted");
      if (range_from > weekday)
        return aq_calendar_reader_fail (reader, "weekday", place, error,
                                        "a later day of the week is wanted: a week begins on Monday");
      for (gint i = range_from >= 0 ? range_from : weekday; i <= weekday; i++)
        event->weekdays |= (guint8) (1u << i);

      if (is_end_of_words (reader))
        break;
      if (range_from < 0 && (aq_calendar_reader_skip (reader, "..") || aq_calendar_reader_skip (reader, "-")))
        range_from = weekday;
      else if (aq_calendar_reader_skip (reader, ","))
        range_from = -1;
      else
        return aq_calendar_reader_fail (reader, "weekday", reader->at, error, "'..', ',' or a blank is wanted");
      if (is_end_of_words (reader) && range_from < 0)
        break;
    }
  (void) aq_calendar_reader_blanks (reader); /* there may be none */
  return TRUE;
}

/* "@1395716396": that second alone */
static gboolean
read_timestamp (AqCalendarReader  *reader,
                Event             *event,
                char             **out_zone,
                GError           **error)
{
  g_autoptr(GDateTime) moment = NULL;
  const char *place = reader->at + 1;
  char *end = NULL;
  guint64 seconds = g_ascii_isdigit (*place) ? g_ascii_strtoull (place, &end, 10) : G_MAXUINT64;

  moment = seconds < G_MAXINT64 / G_USEC_PER_SEC ? g_date_time_new_from_unix_utc ((gint64) seconds) : NULL;
  if (moment == NULL || g_date_time_get_year (moment) > AQ_WALL_LAST_YEAR)
    return aq_calendar_reader_fail (reader, "the moment", place, error, "seconds since 1970 are wanted");
  reader->at = end;
  aq_calendar_chain_set (&event->fields[YEAR], g_date_time_get_year (moment));
  aq_calendar_chain_set (&event->fields[MONTH], g_date_time_get_month (moment));
  aq_calendar_chain_set (&event->fields[DAY], g_date_time_get_day_of_month (moment));
  aq_calendar_chain_set (&event->fields[HOUR], g_date_time_get_hour (moment));
  aq_calendar_chain_set (&event->fields[MINUTE], g_date_time_get_minute (moment));
  aq_calendar_chain_set (&event->fields[SECOND], g_date_time_get_second (moment) * (gint) G_USEC_PER_SEC);
  g_free (*out_zone);
  *out_zone = g_strdup ("UTC");
  return TRUE;
}

/* the separators tell what the parts are: with a ":" after the first, they are a time */
static gboolean
is_date (const char *text)
{
  gsize length = strcspn (text, " :-~");

  return text[length] == '-' || text[length] == '~';
}

/* "-" or "~", which says that what follows is counted from the end of the month */
static gboolean
read_separator (AqCalendarReader  *reader,
                Event             *event,
                GError           **error)
{
  if (aq_calendar_reader_skip (reader, "~"))
    event->fields[DAY].is_from_end = TRUE;
  else if (!aq_calendar_reader_skip (reader, "-"))
    return aq_calendar_reader_fail (reader, "date", reader->at, error, "'-' or '~' is wanted");
  return TRUE;
}

/* of the three chains that were read, which are year, month and day */
static void
move_chain (AqCalendarChain *to,
            AqCalendarChain *from)
{
  aq_calendar_chain_clear (to);
  to->parts = g_steal_pointer (&from->parts);
}

/* "03-05", "*-03-05", "*-02~01" */
static gboolean
read_date (AqCalendarReader  *reader,
           Event             *event,
           GError           **error)
{
  AqCalendarChain *date = event->fields;

  if (!aq_calendar_chain_read (&date[YEAR], reader, error) || !read_separator (reader, event, error) ||
      !aq_calendar_chain_read (&date[MONTH], reader, error))
    return FALSE;
  if (is_end_of_words (reader))
    {
      move_chain (&date[DAY], &date[MONTH]);
      move_chain (&date[MONTH], &date[YEAR]);
    }
  else
    {
      if (date[DAY].is_from_end)
        return aq_calendar_reader_fail (reader, "date", reader->at, error, "a blank or the end is wanted");
      if (!read_separator (reader, event, error) || !aq_calendar_chain_read (&date[DAY], reader, error))
        return FALSE;
      if (!is_end_of_words (reader))
        return aq_calendar_reader_fail (reader, "date", reader->at, error, "a blank or the end is wanted");
    }
  (void) aq_calendar_reader_blanks (reader); /* there may be none */
  return TRUE;
}

/* "yearl": what begins with a letter may only have been meant for a word */
static gboolean
complain_about_word (AqCalendarReader  *reader,
                     GError           **error)
{
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, reader->at);
  for (guint i = 0; i < G_N_ELEMENTS (shorthands); i++)
    aq_suggestion_offer (&suggestion, shorthands[i].name);
  return aq_calendar_reader_fail (reader, "the word", reader->at, error,
                                  "a weekday, a date, a time or a word such as 'daily' is wanted%s%s%s",
                                  suggestion.best != NULL ? "; did you mean '" : "",
                                  suggestion.best != NULL ? suggestion.best : "",
                                  suggestion.best != NULL ? "'?" : "");
}

/* "08:00", "08:00:30"; nothing is midnight */
static gboolean
read_time (AqCalendarReader  *reader,
           Event             *event,
           GError           **error)
{
  if (*reader->at == '\0')
    {
      aq_calendar_chain_set (&event->fields[HOUR], 0);
      aq_calendar_chain_set (&event->fields[MINUTE], 0);
      aq_calendar_chain_set (&event->fields[SECOND], 0);
      return TRUE;
    }
  if (g_ascii_isalpha (*reader->at))
    return complain_about_word (reader, error);
  if (!aq_calendar_chain_read (&event->fields[HOUR], reader, error))
    return FALSE;
  if (!aq_calendar_reader_skip (reader, ":"))
    return aq_calendar_reader_fail (reader, "time", reader->at, error, "':' is wanted, as in '08:00'");
  if (!aq_calendar_chain_read (&event->fields[MINUTE], reader, error))
    return FALSE;
  if (aq_calendar_reader_skip (reader, ":"))
    {
      if (!aq_calendar_chain_read (&event->fields[SECOND], reader, error))
        return FALSE;
    }
  else
    {
      aq_calendar_chain_set (&event->fields[SECOND], 0);
    }
  if (*reader->at != '\0')
    return aq_calendar_reader_fail (reader, "time", reader->at, error, "%s is wanted",
                                    *reader->at == ' ' ? "the end" : "':' or the end");
  return TRUE;
}

/* years of two digits: 70 and later are of the last century */
static void
complete_years (AqCalendarChain *years)
{
  for (guint i = 0; years->parts != NULL && i < years->parts->len; i++)
    {
      AqCalendarPart *part = &g_array_index (years->parts, AqCalendarPart, i);
      gint *numbers[] = { &part->start, &part->stop };

      for (guint j = 0; j < G_N_ELEMENTS (numbers); j++)
        if (*numbers[j] >= 0 && *numbers[j] < 100)
          *numbers[j] += *numbers[j] < 70 ? 2000 : 1900;
    }
}

static gboolean
read_event (AqCalendarReader  *reader,
            Event             *event,
            char             **out_zone,
            GError           **error)
{
  if (!read_weekdays (reader, event, error))
    return FALSE;
  if (*reader->at == '@')
    {
      if (!read_timestamp (reader, event, out_zone, error))
        return FALSE;
      if (*reader->at != '\0')
        return aq_calendar_reader_fail (reader, "the moment", reader->at, error, "the end is wanted");
    }
  else if ((is_date (reader->at) && !read_date (reader, event, error)) || !read_time (reader, event, error))
    {
      return FALSE;
    }

  /* "~*" is any day from either side */
  if (event->fields[DAY].parts == NULL)
    event->fields[DAY].is_from_end = FALSE;
  complete_years (&event->fields[YEAR]);
  for (guint i = 0; i < N_FIELDS; i++)
    if (!aq_calendar_chain_check (&event->fields[i], reader, error))
      return FALSE;
  return TRUE;
}

static void
write_weekdays (guint8   days,
                GString *canonical)
{
  gint first = -1; /* of days that follow one another */

  for (gint i = 0; i <= 7; i++)
    {
      gboolean is_in = i < 7 && ((days >> i) & 1) != 0;

      if (is_in && first < 0)
        {
          first = i;
          g_string_append_printf (canonical, "%s%s", canonical->len > 0 ? "," : "", weekdays[7 + i].name);
        }
      else if (!is_in && first >= 0)
        {
          if (i - first > 1)
            g_string_append_printf (canonical, "%s%s", i - first > 2 ? ".." : ",", weekdays[7 + i - 1].name);
          first = -1;
        }
    }
}

static void
write_event (const Event *event,
             const char  *zone,
             GString     *canonical)
{
  const char *separators[] = { "-", event->fields[DAY].is_from_end ? "~" : "-", " ", ":", ":", "" };

  if (event->weekdays != 0 && event->weekdays != ALL_WEEKDAYS)
    {
      write_weekdays (event->weekdays, canonical);
      g_string_append_c (canonical, ' ');
    }
  for (guint i = 0; i < N_FIELDS; i++)
    {
      aq_calendar_chain_write (&event->fields[i], canonical);
      g_string_append (canonical, separators[i]);
    }
  if (zone != NULL)
    g_string_append_printf (canonical, " %s", zone);
}

static guint64
get_bits (const AqCalendarChain *chain)
{
  guint64 bits = 0;

  for (gint i = chain->least; i <= chain->greatest; i++)
    if (aq_calendar_chain_has (chain, i))
      bits |= G_GUINT64_CONSTANT (1) << i;
  return bits;
}

static void
fill_seconds (AqWallPattern         *pattern,
              const AqCalendarChain *chain)
{
  pattern->seconds = g_array_new (FALSE, FALSE, sizeof (AqWallSeconds));
  for (guint i = 0; i < chain->parts->len; i++)
    {
      const AqCalendarPart *part = &g_array_index (chain->parts, AqCalendarPart, i);
      const gint last = part->repeat > 0 ? chain->greatest : part->start;
      const AqWallSeconds seconds = {
        .first_usec = part->start,
        .last_usec = part->stop >= 0 ? part->stop : last,
        .step_usec = part->repeat,
      };

      g_array_append_val (pattern->seconds, seconds);
    }
}

static void
fill_pattern (AqWallPattern *pattern,
              const Event   *event)
{
  const AqCalendarChain *chains = event->fields;

  for (gint year = AQ_WALL_FIRST_YEAR; chains[YEAR].parts != NULL && year <= AQ_WALL_LAST_YEAR; year++)
    if (aq_calendar_chain_has (&chains[YEAR], year))
      aq_wall_pattern_set_year (pattern, year);
  pattern->months = (guint16) get_bits (&chains[MONTH]);
  for (guint i = 0; i < G_N_ELEMENTS (pattern->days); i++)
    pattern->days[i] = aq_calendar_chain_get_days (&chains[DAY], 28 + i);
  if (event->weekdays != 0)
    aq_wall_pattern_set_weekdays (pattern, event->weekdays);
  pattern->hours = (guint32) get_bits (&chains[HOUR]);
  pattern->minutes = get_bits (&chains[MINUTE]);
  fill_seconds (pattern, &chains[SECOND]);
}

/* cuts a zone off the end of @text: a last word that begins with a letter, and is not the only one */
static char *
take_zone (char *text)
{
  char *blank = strrchr (text, ' ');
  const char *word = blank != NULL ? blank + 1 : NULL;
  char *zone;

  if (word == NULL || blank == text || !g_ascii_isalpha (*word))
    return NULL;
  zone = g_ascii_strcasecmp (word, "UTC") == 0 ? g_strdup ("UTC") : g_strdup (word);
  *blank = '\0';
  return zone;
}

static const char *
find_shorthand (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (shorthands); i++)
    if (g_ascii_strcasecmp (shorthands[i].name, text) == 0)
      return shorthands[i].meaning;
  return NULL;
}

/**
 * aq_systemd_calendar_parse:
 * @text: a calendar event of systemd.time(7); UTF-8
 * @pattern: an initialised pattern, which gets it
 * @canonical: gets systemd's normalized form
 * @out_zone: (out) (transfer full) (nullable): the zone that @text ends with, if there
 *   is one; it may be unknown
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID` with field and place.
 *
 * Source: systemd 252.
 *
 * Returns: whether it makes sense
 *
 * Since: 0.1
 */
gboolean
aq_systemd_calendar_parse (const char     *text,
                           AqWallPattern  *pattern,
                           GString        *canonical,
                           char          **out_zone,
                           GError        **error)
{
  g_autofree char *event_text = g_strdup (text);
  g_autofree char *zone = take_zone (g_strchomp (event_text));
  g_auto(Event) event = { 0 };
  const char *meaning = find_shorthand (event_text);
  AqCalendarReader reader;

  event_init (&event);
  aq_calendar_reader_init (&reader, "calendar event", meaning != NULL ? meaning : event_text);
  if (!read_event (&reader, &event, &zone, error))
    return FALSE;
  write_event (&event, zone, canonical);
  fill_pattern (pattern, &event);
  *out_zone = g_steal_pointer (&zone);
  return TRUE;
}

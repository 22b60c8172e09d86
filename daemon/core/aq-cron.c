/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Cron: minute, hour, day of the month, month, weekday
 *
 * As crontab(5) of Debian's cron has it. Beyond that, hours, months and weekdays may
 * go over the end ("22-2", "nov-feb", "fri-mon"), names may be written out, and
 * "5/15" is "5-59/15". A step that is never taken is refused, not ignored: "*" "/90"
 * does not mean every ninety minutes.
 */

#include "config.h"

#include "core/aq-cron.h"

#include "core/aq-calendar-reader.h"
#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

typedef enum
{
  MINUTE,
  HOUR,
  DAY,
  MONTH,
  WEEKDAY
} FieldId;

#define N_FIELDS (WEEKDAY + 1)

typedef struct
{
  const char           *name;
  guint                 first;
  guint                 last;
  guint                 cycle; /* how many there are, where a range may go over the end; else 0 */
  const AqCalendarWord *words;
} Field;

static const AqCalendarWord weekdays[] = {
  { "sunday", 0 },
  { "monday", 1 },
  { "tuesday", 2 },
  { "wednesday", 3 },
  { "thursday", 4 },
  { "friday", 5 },
  { "saturday", 6 },
  { "sun", 0 },
  { "mon", 1 },
  { "tue", 2 },
  { "wed", 3 },
  { "thu", 4 },
  { "fri", 5 },
  { "sat", 6 },
  { NULL, 0 }
};

static const Field fields[] = {
  [MINUTE] = { "minute", 0, 59, 0, NULL },
  [HOUR] = { "hour", 0, 23, 24, NULL },
  [DAY] = { "day of the month", 1, 31, 0, NULL },
  [MONTH] = { "month", 1, 12, 12, aq_calendar_months },
  /* 0 and 7 are Sunday */
  [WEEKDAY] = { "weekday", 0, 7, 7, weekdays },
};
G_STATIC_ASSERT (G_N_ELEMENTS (fields) == N_FIELDS);

static const struct
{
  const char *name;
  const char *meaning;
} nicknames[] = {
  { "@hourly", "0 * * * *" },
  { "@daily", "0 0 * * *" },
  { "@midnight", "0 0 * * *" },
  { "@weekly", "0 0 * * 0" },
  { "@monthly", "0 0 1 * *" },
  { "@yearly", "0 0 1 1 *" },
  { "@annually", "0 0 1 1 *" },
};

/* one part of a list */
typedef struct
{
  guint    first;
  guint    last; /* may be beyond the end, where the field goes on from its beginning */
  guint    step;
  gboolean is_star;
} Part;

static gboolean
read_range (AqCalendarReader  *reader,
            const Field       *field,
            Part              *part,
            GError           **error)
{
  const char *place = reader->at;

  part->is_star = aq_calendar_reader_skip (reader, "*");
  part->first = field->first;
  part->last = field->words == weekdays ? 6 : field->last;
  if (part->is_star)
    return TRUE;

  if (!aq_calendar_reader_number (reader, field->name, field->first, field->last, field->words, &part->first, error))
    return FALSE;
  if (!aq_calendar_reader_skip (reader, "-"))
    {
      /* "5/15" goes on to the end */
      part->first = field->words == weekdays ? part->first % 7 : part->first;
      part->last = *reader->at == '/' ? part->last : part->first;
      return TRUE;
    }
  if (!aq_calendar_reader_number (reader, field->name, field->first, field->last, field->words, &part->last, error))
    return FALSE;
  if (part->last >= part->first)
    return TRUE;
  if (field->cycle == 0)
    return aq_calendar_reader_fail (reader, field->name, place, error, "a range that rises is wanted");
  part->last += field->cycle;
  return TRUE;
}

static gboolean
read_part (AqCalendarReader  *reader,
           const Field       *field,
           Part              *part,
           GError           **error)
{
  if (!read_range (reader, field, part, error))
    return FALSE;
  part->step = 1;
  if (!aq_calendar_reader_skip (reader, "/"))
    return TRUE;
  return aq_calendar_reader_number (reader, field->name, 1, field->last, NULL, &part->step, error);
}

static void
write_part (const Part  *part,
            const Field *field,
            GString     *canonical)
{
  if (part->is_star)
    g_string_append_c (canonical, '*');
  else
    g_string_append_printf (canonical, "%u", part->first);
  if (!part->is_star && part->last != part->first)
    g_string_append_printf (canonical, "-%u", part->last > field->last ? part->last - field->cycle : part->last);
  if (part->step > 1)
    g_string_append_printf (canonical, "/%u", part->step);
}

/* the numbers of one field, as bits; *@out_is_star: it begins with "*", so it leaves the day to the other one, or the hour open */
static gboolean
read_field (AqCalendarReader  *reader,
            const Field       *field,
            guint64           *out_bits,
            gboolean          *out_is_star,
            GString           *canonical,
            GError           **error)
{
  guint64 bits = 0;
  Part part;

  *out_is_star = *reader->at == '*';
  do
    {
      if (!read_part (reader, field, &part, error))
        return FALSE;
      for (guint i = part.first; i <= part.last; i += part.step)
        bits |= G_GUINT64_CONSTANT (1) << (i > field->last ? i - field->cycle : i);
      write_part (&part, field, canonical);
      if (*reader->at == ',')
        g_string_append_c (canonical, ',');
    }
  while (aq_calendar_reader_skip (reader, ","));
  *out_bits = bits;
  return TRUE;
}

static gboolean
read_nickname (AqCalendarReader  *reader,
               GError           **error)
{
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, reader->at);
  for (guint i = 0; i < G_N_ELEMENTS (nicknames); i++)
    {
      if (g_ascii_strcasecmp (nicknames[i].name, reader->at) == 0)
        {
          aq_calendar_reader_init (reader, reader->language, nicknames[i].meaning);
          return TRUE;
        }
      aq_suggestion_offer (&suggestion, nicknames[i].name);
    }
  return aq_calendar_reader_fail (reader, "the word", reader->at, error,
                                  "@hourly, @daily, @weekly, @monthly or @yearly is wanted%s%s%s",
                                  suggestion.best != NULL ? "; did you mean '" : "",
                                  suggestion.best != NULL ? suggestion.best : "",
                                  suggestion.best != NULL ? "'?" : "");
}

static void
fill_pattern (AqWallPattern  *pattern,
              const guint64  *bits,
              const gboolean *is_star)
{
  guint8 days = 0;

  /* ours begin on Monday, cron's on Sunday, which may be 7 as well */
  for (guint i = 0; i < 8; i++)
    if ((bits[WEEKDAY] >> i) & 1)
      days |= (guint8) (1u << ((i + 6) % 7));
  pattern->minutes = bits[MINUTE];
  pattern->hours = (guint32) bits[HOUR];
  pattern->months = (guint16) bits[MONTH];
  pattern->is_either = !is_star[DAY] && !is_star[WEEKDAY];
  pattern->any_hour = is_star[HOUR];
  aq_wall_pattern_set_days (pattern, (guint32) bits[DAY]);
  aq_wall_pattern_set_weekdays (pattern, days);
}

/**
 * aq_cron_parse:
 * @text: "minute hour day month weekday", or "@daily" and its like; UTF-8
 * @pattern: an initialised pattern, which gets it
 * @canonical: gets the same expression in numbers
 * @error: return location for an error
 *
 * If neither day of the month nor weekday begins with "*", one of them is enough. If
 * the hour does, it goes with real time where clocks are set.
 *
 * Errors: `ASYNCQ_ERROR_INVALID` with field and place.
 *
 * Source: crontab(5).
 *
 * Returns: whether it makes sense
 *
 * Since: 0.1
 */
gboolean
aq_cron_parse (const char     *text,
               AqWallPattern  *pattern,
               GString        *canonical,
               GError        **error)
{
  guint64 bits[N_FIELDS];
  gboolean is_star[N_FIELDS];
  AqCalendarReader reader;

  aq_calendar_reader_init (&reader, "cron expression", text);
  (void) aq_calendar_reader_blanks (&reader); /* there may be none */
  if (*reader.at == '@' && !read_nickname (&reader, error))
    return FALSE;

  for (guint i = 0; i < N_FIELDS; i++)
    {
      if (i > 0)
        g_string_append_c (canonical, ' ');
      if (!read_field (&reader, &fields[i], &bits[i], &is_star[i], canonical, error))
        return FALSE;
      if (aq_calendar_reader_blanks (&reader) == 0 && *reader.at != '\0')
        return aq_calendar_reader_fail (&reader, fields[i].name, reader.at, error,
                                        "',', '-', '/', a blank or the end is wanted");
    }
  if (*reader.at != '\0')
    return aq_calendar_reader_fail (&reader, "the end", reader.at, error,
                                    "nothing is wanted: a cron expression has five fields, "
                                    "minute, hour, day of the month, month and weekday");
  fill_pattern (pattern, bits, is_star);
  return TRUE;
}

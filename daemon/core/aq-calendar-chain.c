/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Chain: one field of a calendar event of systemd
 *
 * What is taken and what is refused, how it is put in order and how it is written
 * are systemd 252's (src/shared/calendarspec.c): "systemd-analyze calendar" is its
 * test. Nothing is ever expanded, so a list costs what its text costs.
 */

#include "config.h"

#include "core/aq-calendar-chain.h"

#include <string.h>

#define MAX_PARTS 240

void
aq_calendar_chain_clear (AqCalendarChain *self)
{
  g_clear_pointer (&self->parts, g_array_unref);
}

/* up to six digits of a fraction, the seventh rounds */
static gint
read_fraction (AqCalendarReader *reader)
{
  gint usec = 0;

  for (guint i = 0; i < 6; i++)
    {
      usec *= 10;
      if (g_ascii_isdigit (*reader->at))
        usec += *reader->at++ - '0';
    }
  if (*reader->at >= '5' && *reader->at <= '9')
    usec++;
  while (g_ascii_isdigit (*reader->at))
    reader->at++;
  return usec;
}

static gboolean
read_number (const AqCalendarChain *self,
             AqCalendarReader      *reader,
             gint                  *out_number,
             GError               **error)
{
  const char *place = reader->at;
  const guint unit = self->is_seconds ? G_USEC_PER_SEC : 1;
  guint64 number;
  char *end;

  if (!g_ascii_isdigit (*place))
    return aq_calendar_reader_fail (reader, self->name, place, error, "%s is wanted",
                                    *place == '*' ? "a number: '*' stands alone, as in '*:0/15'" : "a number or '*'");
  number = g_ascii_strtoull (place, &end, 10);
  if (number >= G_MAXINT / unit - 1)
    return aq_calendar_reader_fail (reader, self->name, place, error, "%d to %d is wanted", self->least,
                                    (gint) (self->greatest / unit));
  number *= unit;
  reader->at = end;
  /* one dot begins a fraction, two a range */
  if (self->is_seconds && end[0] == '.' && end[1] != '.')
    {
      reader->at++;
      if (!g_ascii_isdigit (*reader->at))
        return aq_calendar_reader_fail (reader, self->name, reader->at, error, "digits of a fraction are wanted");
      number += (guint) read_fraction (reader);
    }
  *out_number = (gint) number;
  return TRUE;
}

static gboolean
read_part (const AqCalendarChain *self,
           AqCalendarReader      *reader,
           AqCalendarPart        *part,
           GError               **error)
{
  part->place = reader->at;
  part->stop = -1;
  part->repeat = 0;
  if (!read_number (self, reader, &part->start, error))
    return FALSE;
  if (aq_calendar_reader_skip (reader, ".."))
    {
      if (!read_number (self, reader, &part->stop, error))
        return FALSE;
      part->repeat = self->is_seconds ? G_USEC_PER_SEC : 1;
    }
  if (aq_calendar_reader_skip (reader, "/"))
    {
      const char *place = reader->at;

      if (!read_number (self, reader, &part->repeat, error))
        return FALSE;
      if (part->repeat == 0)
        return aq_calendar_reader_fail (reader, self->name, place, error, "a repetition greater than 0 is wanted");
    }
  else if (self->is_seconds && part->stop >= 0 && part->start + part->repeat > part->stop)
    {
      return aq_calendar_reader_fail (reader, self->name, part->place, error,
                                      "a range that goes by seconds has more than one");
    }
  if (*reader->at != '\0' && strchr (" ,-~:", *reader->at) == NULL)
    return aq_calendar_reader_fail (reader, self->name, reader->at, error, "'..', '/', ',', '-', '~', ':' or a blank is wanted");
  return TRUE;
}

/**
 * aq_calendar_chain_read:
 * @self: a chain of which the limits are set
 * @reader: a reader
 * @error: return location for an error
 *
 * Reads "*" or a list, up to the character that separates fields. Whether the
 * numbers are in range is asked with aq_calendar_chain_check(), when it is known
 * which field it is.
 *
 * Returns: whether it makes sense so far
 *
 * Since: 0.1
 */
gboolean
aq_calendar_chain_read (AqCalendarChain   *self,
                        AqCalendarReader  *reader,
                        GError           **error)
{
  AqCalendarPart part;

  aq_calendar_chain_clear (self);
  if (*reader->at == '*')
    {
      const AqCalendarPart every = { 0, -1, G_USEC_PER_SEC, reader->at };

      reader->at++;
      if (self->is_seconds)
        {
          aq_calendar_chain_set (self, 0);
          g_array_index (self->parts, AqCalendarPart, 0) = every;
        }
      return TRUE;
    }
  self->parts = g_array_new (FALSE, FALSE, sizeof (AqCalendarPart));
  do
    {
      if (self->parts->len > MAX_PARTS)
        return aq_calendar_reader_fail (reader, self->name, reader->at, error, "at most %d parts are wanted",
                                        MAX_PARTS);
      if (!read_part (self, reader, &part, error))
        return FALSE;
      g_array_append_val (self->parts, part);
    }
  while (aq_calendar_reader_skip (reader, ","));
  return TRUE;
}

/* makes it one number */
void
aq_calendar_chain_set (AqCalendarChain *self,
                       gint             value)
{
  const AqCalendarPart part = { value, -1, 0, NULL };

  aq_calendar_chain_clear (self);
  self->parts = g_array_new (FALSE, FALSE, sizeof (AqCalendarPart));
  g_array_append_val (self->parts, part);
}

static gint
compare_parts (gconstpointer a,
               gconstpointer b)
{
  const AqCalendarPart *one = a;
  const AqCalendarPart *other = b;

  if (one->start != other->start)
    return one->start < other->start ? -1 : 1;
  if (one->stop != other->stop)
    return one->stop < other->stop ? -1 : 1;
  return one->repeat < other->repeat ? -1 : one->repeat > other->repeat;
}

static gboolean
check_part (const AqCalendarChain *self,
            const AqCalendarPart  *part,
            AqCalendarReader      *reader,
            GError               **error)
{
  const gint unit = self->is_seconds ? G_USEC_PER_SEC : 1;
  /* every month has the days that are counted from its end */
  const gint greatest = self->is_from_end ? self->greatest - 3 : self->greatest;
  const char *place = part->place != NULL ? part->place : reader->text;

  if (part->start < self->least || part->start > greatest ||
      (part->stop >= 0 && (part->stop < self->least || part->stop > greatest)))
    return aq_calendar_reader_fail (reader, self->name, place, error, "%d to %d is wanted", self->least,
                                    greatest / unit);
  if (part->stop >= 0 && part->start > part->stop)
    return aq_calendar_reader_fail (reader, self->name, place, error, "a range that rises is wanted");
  if (part->stop < 0 && (part->repeat > greatest - self->least ||
                         (self->is_from_end && part->start - part->repeat < self->least) ||
                         (!self->is_from_end && part->start + part->repeat > greatest)))
    return aq_calendar_reader_fail (reader, self->name, place, error,
                                    "a repetition that is taken at least once is wanted");
  return TRUE;
}

/**
 * aq_calendar_chain_check:
 * @self: a chain
 * @reader: what it was read from
 * @error: return location for an error
 *
 * Puts it in order as systemd does: ranges end with a value of theirs, those
 * of one value are that value, parts are sorted, and none is there twice.
 *
 * Returns: whether all is in range
 *
 * Since: 0.1
 */
gboolean
aq_calendar_chain_check (AqCalendarChain   *self,
                         AqCalendarReader  *reader,
                         GError           **error)
{
  if (self->parts == NULL)
    return TRUE;
  for (guint i = 0; i < self->parts->len; i++)
    if (!check_part (self, &g_array_index (self->parts, AqCalendarPart, i), reader, error))
      return FALSE;

  for (guint i = 0; i < self->parts->len; i++)
    {
      AqCalendarPart *part = &g_array_index (self->parts, AqCalendarPart, i);

      if (part->stop > part->start && part->repeat > 0)
        part->stop -= (part->stop - part->start) % part->repeat;
      if (part->stop == part->start)
        {
          part->stop = -1;
          part->repeat = 0;
        }
    }
  g_array_sort (self->parts, compare_parts);
  for (guint i = 1; i < self->parts->len;)
    if (compare_parts (&g_array_index (self->parts, AqCalendarPart, i - 1),
                       &g_array_index (self->parts, AqCalendarPart, i)) == 0)
      (void) g_array_remove_index (self->parts, i); /* it is there already */
    else
      i++;
  return TRUE;
}

static void
write_number (const AqCalendarChain *self,
              const char            *before,
              guint                  width,
              gint                   value,
              GString               *text)
{
  const gint unit = self->is_seconds ? G_USEC_PER_SEC : 1;

  g_string_append_printf (text, "%s%0*d", before, (gint) width, value / unit);
  if (value % unit > 0)
    g_string_append_printf (text, ".%06d", value % unit);
}

/* as systemd writes it in the normalized form */
void
aq_calendar_chain_write (const AqCalendarChain *self,
                         GString               *text)
{
  const gint unit = self->is_seconds ? G_USEC_PER_SEC : 1;
  gboolean is_any = self->parts == NULL;

  for (guint i = 0; self->is_seconds && !is_any && i < self->parts->len; i++)
    {
      const AqCalendarPart *part = &g_array_index (self->parts, AqCalendarPart, i);

      is_any = part->start == 0 && part->stop < 0 && part->repeat == G_USEC_PER_SEC;
    }
  if (is_any)
    {
      g_string_append_c (text, '*');
      return;
    }
  for (guint i = 0; i < self->parts->len; i++)
    {
      const AqCalendarPart *part = &g_array_index (self->parts, AqCalendarPart, i);

      write_number (self, i > 0 ? "," : "", self->width, part->start, text);
      if (part->stop > 0)
        write_number (self, "..", self->width, part->stop, text);
      if (part->repeat > 0 && !(part->stop > 0 && part->repeat == unit))
        write_number (self, "/", 1, part->repeat, text);
    }
}

/* whether @value is in it, for fields that are counted from their beginning */
gboolean
aq_calendar_chain_has (const AqCalendarChain *self,
                       gint                   value)
{
  for (guint i = 0; self->parts != NULL && i < self->parts->len; i++)
    {
      const AqCalendarPart *part = &g_array_index (self->parts, AqCalendarPart, i);

      if (value == part->start ||
          (part->repeat > 0 && value > part->start && (part->stop < 0 || value <= part->stop) &&
           (value - part->start) % part->repeat == 0))
        return TRUE;
    }
  return self->parts == NULL;
}

/* the days of a month of @length days, as bits */
guint32
aq_calendar_chain_get_days (const AqCalendarChain *self,
                            guint                  length)
{
  const gint end = (gint) length + 1;
  guint32 days = 0;

  for (gint day = 1; !self->is_from_end && day < end; day++)
    if (aq_calendar_chain_has (self, day))
      days |= 1u << day;
  if (!self->is_from_end)
    return days;
  for (guint i = 0; i < self->parts->len; i++)
    {
      const AqCalendarPart *part = &g_array_index (self->parts, AqCalendarPart, i);
      gint first = end - (part->stop > 0 ? part->stop : part->start);
      gint last = part->stop > 0 ? end - part->start : part->repeat > 0 ? (gint) length : first;

      for (gint day = first; day <= last; day += MAX (part->repeat, 1))
        days |= 1u << day;
    }
  return days;
}

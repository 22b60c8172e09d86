/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Calendar reader
 *
 * What the languages of calendars share: numbers and names in a range, and
 * complaints that tell field, what was found, its place and what is wanted.
 */

#include "config.h"

#include "core/aq-calendar-reader.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

/* of what was found, for a message */
#define MAX_SHOWN_CHARACTERS 32
#define BLANKS " \t"

const AqCalendarWord aq_calendar_months[] = {
  { "january", 1 },
  { "february", 2 },
  { "march", 3 },
  { "april", 4 },
  { "may", 5 },
  { "june", 6 },
  { "july", 7 },
  { "august", 8 },
  { "september", 9 },
  { "october", 10 },
  { "november", 11 },
  { "december", 12 },
  { "jan", 1 },
  { "feb", 2 },
  { "mar", 3 },
  { "apr", 4 },
  { "jun", 6 },
  { "jul", 7 },
  { "aug", 8 },
  { "sep", 9 },
  { "oct", 10 },
  { "nov", 11 },
  { "dec", 12 },
  { NULL, 0 }
};

void
aq_calendar_reader_init (AqCalendarReader *self,
                         const char       *language,
                         const char       *text)
{
  self->language = language;
  self->text = text;
  self->at = text;
}

/* what stands at a place: a word, else one character; as a message may show it */
static char *
dup_found (const char *place)
{
  gsize length = strcspn (place, BLANKS ",:");
  g_autofree char *word = NULL;

  if (length == 0)
    length = (gsize) (g_utf8_next_char (place) - place);
  word = g_strndup (place, length);
  if (g_utf8_strlen (word, -1) > MAX_SHOWN_CHARACTERS)
    *g_utf8_offset_to_pointer (word, MAX_SHOWN_CHARACTERS) = '\0';
  for (char *at = word; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = '?';
  return g_steal_pointer (&word);
}

/**
 * aq_calendar_reader_fail:
 * @self: a reader; its text is UTF-8
 * @field: the field that makes no sense
 * @place: where in the text it is
 * @error: return location for an error
 * @wanted: (printf): what is wanted there, a sentence without its end
 * @...: arguments of @wanted
 *
 * Sets @error to `ASYNCQ_ERROR_INVALID` with all of that.
 *
 * Returns: %FALSE
 *
 * Since: 0.1
 */
gboolean
aq_calendar_reader_fail (AqCalendarReader  *self,
                         const char        *field,
                         const char        *place,
                         GError           **error,
                         const char        *wanted,
                         ...)
{
  const glong character = g_utf8_pointer_to_offset (self->text, place) + 1;
  g_autofree char *found = NULL;
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, wanted);
  what = g_strdup_vprintf (wanted, arguments);
  va_end (arguments);

  if (*place == '\0')
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "%s of the %s: it ends at character %ld, where %s",
                   field, self->language, character, what);
      return FALSE;
    }
  found = dup_found (place);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "%s of the %s: found '%s' at character %ld, where %s",
               field, self->language, found, character, what);
  return FALSE;
}

/* the value of the word that the text goes on with; the longest that fits, and no letter behind it */
static gboolean
take_word (AqCalendarReader     *self,
           const AqCalendarWord *words,
           guint                *out_number)
{
  gsize length = 0;

  while (g_ascii_isalpha (self->at[length]))
    length++;
  for (; words != NULL && words->name != NULL && length > 0; words++)
    if (strlen (words->name) == length && g_ascii_strncasecmp (words->name, self->at, length) == 0)
      {
        self->at += length;
        *out_number = words->value;
        return TRUE;
      }
  return FALSE;
}

/**
 * aq_calendar_reader_number:
 * @self: a reader
 * @field: the field that is read, for messages
 * @first: the least number that may be there
 * @last: the greatest
 * @words: (nullable): names that may stand for numbers
 * @out_number: (out): the number
 * @error: return location for an error
 *
 * Returns: whether there was one, else `ASYNCQ_ERROR_INVALID`
 *
 * Since: 0.1
 */
gboolean
aq_calendar_reader_number (AqCalendarReader      *self,
                           const char            *field,
                           guint                  first,
                           guint                  last,
                           const AqCalendarWord  *words,
                           guint                 *out_number,
                           GError               **error)
{
  const char *place = self->at;
  guint64 number;
  char *end;

  if (take_word (self, words, out_number))
    return TRUE;
  if (!g_ascii_isdigit (*place))
    return aq_calendar_reader_fail (self, field, place, error, "%s %u to %u is wanted",
                                    words != NULL ? "a name or a number from" : "a number from", first, last);
  number = g_ascii_strtoull (place, &end, 10);
  if (number < first || number > last)
    return aq_calendar_reader_fail (self, field, place, error, "%u to %u is wanted", first, last);
  self->at = end;
  *out_number = (guint) number;
  return TRUE;
}

/* whether the text goes on with @literal; then it is behind it */
gboolean
aq_calendar_reader_skip (AqCalendarReader *self,
                         const char       *literal)
{
  if (!g_str_has_prefix (self->at, literal))
    return FALSE;
  self->at += strlen (literal);
  return TRUE;
}

/* goes over blanks, and tells how many there were */
gsize
aq_calendar_reader_blanks (AqCalendarReader *self)
{
  gsize length = strspn (self->at, BLANKS);

  self->at += length;
  return length;
}

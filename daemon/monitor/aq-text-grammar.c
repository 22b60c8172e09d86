/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Grammar of the text protocol
 *
 * A line is words, split at white space, without quoting. A word with a colon
 * is a modifier, key:value, and stands behind all plain words. Everything here
 * takes bytes from outside, and refuses what it does not understand: nothing
 * is guessed, and nothing that it quotes back can move a terminal's cursor.
 */

#include "config.h"

#include "monitor/aq-text-grammar.h"

#include "core/aq-poll.h"
#include "core/aq-suggestion.h"

#include <string.h>

/* how much of a word an answer repeats, in characters */
#define MAX_QUOTED_CHARACTERS 100

/* further back there was no calendar; more than this is a slip */
#define MAX_INTERVAL_DAYS 1000000

G_DEFINE_QUARK (aq-text-error-quark, aq_text_error)

/**
 * aq_text_error_get_name:
 * @error: an error of the grammar, of a tool or of the core
 *
 * Returns: (transfer none): what the originals call such an error
 *
 * Since: 0.1
 */
const char *
aq_text_error_get_name (const GError *error)
{
  if (g_error_matches (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE))
    return "TypeError";
  if (g_error_matches (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_KEY))
    return "KeyError";
  return "ValueError";
}

/**
 * aq_text_quote:
 * @text: UTF-8 from outside
 *
 * Returns: (transfer full): @text with control characters written as `\xNN`,
 *   cut where it is too long to be worth repeating
 *
 * Since: 0.1
 */
char *
aq_text_quote (const char *text)
{
  GString *quoted = g_string_new (NULL);
  guint n = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (n++ == MAX_QUOTED_CHARACTERS)
        {
          g_string_append (quoted, "...");
          break;
        }
      if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        g_string_append_printf (quoted, "\\x%02x", c);
      else
        g_string_append_unichar (quoted, c);
    }
  return g_string_free (quoted, FALSE);
}

/**
 * aq_text_split:
 * @line: (nullable): a line, not necessarily NUL-terminated
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Errors: `AQ_TEXT_ERROR_VALUE` for a line that is too long, or no UTF-8 text.
 * Source: behaviour Z151.
 *
 * Returns: (transfer full): its words, possibly none
 *
 * Since: 0.1
 */
char **
aq_text_split (const char  *line,
               gsize        length,
               GError     **error)
{
  g_autoptr(GStrvBuilder) words = g_strv_builder_new ();
  gsize i = 0;

  if (length > AQ_TEXT_MAX_LINE_BYTES)
    {
      g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE,
                   "the line has %" G_GSIZE_FORMAT " bytes, at most %d are read", length,
                   AQ_TEXT_MAX_LINE_BYTES);
      return NULL;
    }
  /* an empty message may have no data at all */
  if (length > 0 && (memchr (line, '\0', length) != NULL || !g_utf8_validate_len (line, length, NULL)))
    {
      g_set_error_literal (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE, "the line is not UTF-8 text");
      return NULL;
    }

  while (i < length)
    {
      gsize start = i;

      while (i < length && !g_ascii_isspace (line[i]))
        i++;
      if (i > start)
        {
          g_autofree char *word = g_strndup (line + start, i - start);

          g_strv_builder_add (words, word);
        }
      else
        i++;
    }
  return g_strv_builder_end (words);
}

static gboolean
find_parameter (const AqTextSignature *signature,
                const char            *key,
                guint                 *out_index,
                GError               **error)
{
  g_autofree char *quoted = NULL;
  AqSuggestion suggestion;

  aq_suggestion_init (&suggestion, key);
  for (guint i = 0; signature->parameters[i] != NULL; i++)
    {
      if (g_str_equal (signature->parameters[i], key))
        {
          *out_index = i;
          return TRUE;
        }
      aq_suggestion_offer (&suggestion, signature->parameters[i]);
    }

  quoted = aq_text_quote (key);
  if (suggestion.best != NULL)
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE,
                 "'%s' has no modifier '%s:'; did you mean '%s:'?", signature->name, quoted,
                 suggestion.best);
  else
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE, "'%s' has no modifier '%s:'",
                 signature->name, quoted);
  return FALSE;
}

static gboolean
bind_word (const AqTextSignature  *signature,
           const char             *word,
           guint                   index,
           const char            **values,
           GError                **error)
{
  if (signature->parameters[0] == NULL)
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE, "'%s' takes no words", signature->name);
  else if (index >= g_strv_length ((char **) signature->parameters))
    g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE, "'%s' takes at most %u words",
                 signature->name, g_strv_length ((char **) signature->parameters));
  else
    {
      values[index] = word;
      return TRUE;
    }
  return FALSE;
}

static gboolean
bind_modifier (const AqTextSignature  *signature,
               const char             *word,
               const char             *colon,
               guint                   n_plain,
               const char            **values,
               GError                **error)
{
  g_autofree char *key = g_strndup (word, colon - word);
  guint index;

  if (!find_parameter (signature, key, &index, error))
    return FALSE;
  if (index < n_plain)
    {
      g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE,
                   "'%s:' of '%s' is given twice, by its place and by its name", key,
                   signature->name);
      return FALSE;
    }
  values[index] = colon + 1;
  return TRUE;
}

/**
 * aq_text_bind:
 * @signature: what is taken
 * @words: the words behind its name
 * @out_values: (array): one for each parameter: borrowed from @words, or %NULL
 *   where not given
 * @error: return location for an error
 *
 * Plain words fill the parameters in their order; a repeated modifier counts
 * with its last value.
 *
 * Errors: `AQ_TEXT_ERROR_VALUE` for a plain word behind a modifier,
 * `AQ_TEXT_ERROR_TYPE` for an unknown modifier or a wrong number of words.
 * Source: behaviour Z161.
 *
 * Returns: whether they fit
 *
 * Since: 0.1
 */
gboolean
aq_text_bind (const AqTextSignature  *signature,
              const char * const     *words,
              const char            **out_values,
              GError                **error)
{
  const char *values[AQ_TEXT_MAX_PARAMETERS] = { NULL };
  gboolean named = FALSE;
  guint n_plain = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *colon = strchr (words[i], ':');

      if (colon == NULL && named)
        {
          g_autofree char *quoted = aq_text_quote (words[i]);

          g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE,
                       "'%s' stands behind a modifier: words come first, then key:value", quoted);
          return FALSE;
        }
      named = colon != NULL;
      if (named ? !bind_modifier (signature, words[i], colon, n_plain, values, error)
                : !bind_word (signature, words[i], n_plain++, values, error))
        return FALSE;
    }
  for (guint i = 0; i < signature->n_required; i++)
    if (values[i] == NULL)
      {
        g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_TYPE, "'%s' needs a word: %s",
                     signature->name, signature->parameters[i]);
        return FALSE;
      }

  for (guint i = 0; signature->parameters[i] != NULL; i++)
    out_values[i] = values[i];
  return TRUE;
}

/**
 * aq_text_parse_number:
 * @text: a word
 * @out_number: (out): its value
 *
 * Returns: whether @text is digits only, and fits 64 bits
 *
 * Since: 0.1
 */
gboolean
aq_text_parse_number (const char *text,
                      guint64    *out_number)
{
  return g_ascii_isdigit (*text) &&
         g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, out_number, NULL);
}

/**
 * aq_text_parse_interval:
 * @text: `[nD][nH][nM][nS]`, at least one of them, letters in any case
 * @out_usec: (out): how long that is
 *
 * Source: behaviour Z166, X13.
 *
 * Returns: whether @text is an interval
 *
 * Since: 0.1
 */
gboolean
aq_text_parse_interval (const char *text,
                        gint64     *out_usec)
{
  static const struct
  {
    char   letter;
    gint64 seconds;
  } units[] = { { 'D', 86400 }, { 'H', 3600 }, { 'M', 60 }, { 'S', 1 } };
  const guint64 max_seconds = (guint64) MAX_INTERVAL_DAYS * 86400;
  guint64 seconds = 0;
  guint unit = 0;

  if (*text == '\0')
    return FALSE;
  while (*text != '\0')
    {
      guint64 n = 0;

      if (!g_ascii_isdigit (*text))
        return FALSE;
      for (; g_ascii_isdigit (*text); text++)
        n = MIN (n * 10 + g_ascii_digit_value (*text), max_seconds + 1);
      while (unit < G_N_ELEMENTS (units) && units[unit].letter != g_ascii_toupper (*text))
        unit++;
      if (unit == G_N_ELEMENTS (units) || n > max_seconds)
        return FALSE;
      seconds += n * units[unit++].seconds;
      if (seconds > max_seconds)
        return FALSE;
      text++;
    }
  *out_usec = seconds * G_USEC_PER_SEC;
  return TRUE;
}

/**
 * aq_text_parse_moment:
 * @name: the modifier that it is the value of
 * @text: a poll key, or an interval, which means so long before now
 * @now_usec: wall clock, microseconds since 1970-01-01 UTC
 * @out_key: (out): the poll key of that moment
 * @error: return location for an error
 *
 * Errors: `AQ_TEXT_ERROR_VALUE`.
 * Source: behaviour Z125, Z166.
 *
 * Returns: whether @text is one of both
 *
 * Since: 0.1
 */
gboolean
aq_text_parse_moment (const char  *name,
                      const char  *text,
                      gint64       now_usec,
                      guint64     *out_key,
                      GError     **error)
{
  g_autofree char *quoted = NULL;
  gint64 interval_usec;

  if (aq_text_parse_number (text, out_key))
    return TRUE;
  if (aq_text_parse_interval (text, &interval_usec))
    {
      *out_key = aq_poll_key_from_time (now_usec - interval_usec);
      return TRUE;
    }
  quoted = aq_text_quote (text);
  g_set_error (error, AQ_TEXT_ERROR, AQ_TEXT_ERROR_VALUE,
               "'%s' in '%s:%s' is neither an interval such as 1H30M or 20S nor a poll key", quoted,
               name, quoted);
  return FALSE;
}

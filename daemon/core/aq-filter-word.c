/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Words of a filter
 *
 * [-] [KEY ':'] VALUE, where the value is either what comes before the next white
 * space, or in double quotes, within which a backslash stands before a quote and
 * before a backslash.
 */

#include "config.h"

#include "core/aq-filter-word.h"

#include "libasyncq/asyncq-error.h"

static void
step (AqFilterReader *self)
{
  self->at = g_utf8_next_char (self->at);
  self->place++;
}

/**
 * aq_filter_reader_skip:
 * @self: a reader
 *
 * Goes on to the next word.
 *
 * Returns: whether there is one
 *
 * Since: 0.1
 */
gboolean
aq_filter_reader_skip (AqFilterReader *self)
{
  while (g_ascii_isspace (*self->at))
    step (self);
  return *self->at != '\0';
}

static gboolean
read_quoted (AqFilterReader  *self,
             char           **out_value,
             GError         **error)
{
  g_autoptr(GString) value = g_string_new (NULL);
  guint opened = self->place;

  for (step (self); *self->at != '"'; step (self))
    {
      if (*self->at == '\\' && (self->at[1] == '"' || self->at[1] == '\\'))
        step (self);
      if (*self->at == '\0')
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "the quote is not closed that opens at character %u",
                       opened);
          return FALSE;
        }
      g_string_append_unichar (value, g_utf8_get_char (self->at));
    }
  step (self);
  if (*self->at != '\0' && !g_ascii_isspace (*self->at))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "white space is wanted behind a closing quote at character %u", self->place);
      return FALSE;
    }
  *out_value = g_string_free (g_steal_pointer (&value), FALSE);
  return TRUE;
}

static char *
read_plain (AqFilterReader *self)
{
  const char *start = self->at;

  while (*self->at != '\0' && !g_ascii_isspace (*self->at))
    step (self);
  return g_strndup (start, self->at - start);
}

/* a colon within quotes ends no key */
static char *
read_key (AqFilterReader *self)
{
  gsize length = strcspn (self->at, ": \t\n\v\f\r\"");
  g_autofree char *key = NULL;

  if (self->at[length] != ':')
    return NULL;
  key = g_strndup (self->at, length);
  self->at += length + 1;
  self->place += (guint) g_utf8_strlen (key, -1) + 1;
  return g_steal_pointer (&key);
}

/**
 * aq_filter_reader_read:
 * @self: a reader that has skipped to a word
 * @out_word: the word; to be cleared in any case
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, with the place.
 *
 * Returns: whether it is one
 *
 * Since: 0.1
 */
gboolean
aq_filter_reader_read (AqFilterReader  *self,
                       AqFilterWord    *out_word,
                       GError         **error)
{
  const char *start = self->at;

  *out_word = (AqFilterWord) { .place = self->place };
  if (*self->at == '-')
    {
      out_word->is_negated = TRUE;
      step (self);
    }
  out_word->key = read_key (self);
  out_word->value_place = self->place;
  if (*self->at == '"' && !read_quoted (self, &out_word->value, error))
    return FALSE;
  if (out_word->value == NULL)
    out_word->value = read_plain (self);
  out_word->text = g_strndup (start, self->at - start);
  return TRUE;
}

void
aq_filter_word_clear (AqFilterWord *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->value, g_free);
}

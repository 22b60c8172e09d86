/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Editing a line
 *
 * Knows keys and text, and no terminal: bytes go in one at a time, and the text
 * is always valid UTF-8 with the point between two characters. Keys that it does
 * not know do nothing.
 */

#include "config.h"

#include "ctl-edit.h"

#include <string.h>

#define MAX_LINES 500
#define CONTROL(letter) ((letter) & 0x1f)
#define ESCAPE 0x1b
#define BACKSPACE 0x7f

struct _CtlEdit
{
  GString   *text;
  gsize      point;    /* byte before which text goes in */
  GPtrArray *lines;    /* of char*, oldest first */
  guint      at;       /* which of the lines is shown; lines->len: none */
  char      *draft;    /* what was there before lines were looked at, nullable */
  GString   *sequence; /* of an escape that is not complete, from the ESC on */
  GString   *partial;  /* of a character that is not complete */
};

CtlEdit *
ctl_edit_new (void)
{
  CtlEdit *self = g_new0 (CtlEdit, 1);

  self->text = g_string_new (NULL);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  self->sequence = g_string_new (NULL);
  self->partial = g_string_new (NULL);
  return self;
}

void
ctl_edit_free (CtlEdit *self)
{
  g_string_free (self->text, TRUE);
  g_string_free (self->sequence, TRUE);
  g_string_free (self->partial, TRUE);
  g_ptr_array_unref (self->lines);
  g_free (self->draft);
  g_free (self);
}

const char *
ctl_edit_get_text (CtlEdit *self)
{
  return self->text->str;
}

gsize
ctl_edit_get_point (CtlEdit *self)
{
  return self->point;
}

static void
replace (CtlEdit    *self,
         const char *text)
{
  g_string_assign (self->text, text);
  self->point = self->text->len;
}

/* gives the line, and begins a new one */
char *
ctl_edit_take (CtlEdit *self)
{
  char *line = g_strdup (self->text->str);

  replace (self, "");
  self->at = self->lines->len;
  g_clear_pointer (&self->draft, g_free);
  return line;
}

/* an empty line, and one like that before it, are not worth a place */
void
ctl_edit_remember (CtlEdit    *self,
                   const char *line)
{
  guint n = self->lines->len;

  if (*line != '\0' && g_utf8_validate (line, -1, NULL) &&
      (n == 0 || !g_str_equal (g_ptr_array_index (self->lines, n - 1), line)))
    g_ptr_array_add (self->lines, g_strdup (line));
  if (self->lines->len > MAX_LINES)
    g_ptr_array_remove_index (self->lines, 0);
  self->at = self->lines->len;
}

/* all that is remembered, one a line */
char *
ctl_edit_dup_lines (CtlEdit *self)
{
  GString *lines = g_string_new (NULL);

  for (guint i = 0; i < self->lines->len; i++)
    g_string_append_printf (lines, "%s\n", (char *) g_ptr_array_index (self->lines, i));
  return g_string_free (lines, FALSE);
}

/* ---- keys ---- */

static void
go_to_line (CtlEdit *self,
            guint    at)
{
  if (self->at == self->lines->len)
    {
      g_free (self->draft);
      self->draft = g_strdup (self->text->str);
    }
  self->at = at;
  replace (self, at < self->lines->len ? g_ptr_array_index (self->lines, at) : self->draft);
}

static void
go_up (CtlEdit *self)
{
  if (self->at > 0)
    go_to_line (self, self->at - 1);
}

static void
go_down (CtlEdit *self)
{
  if (self->at < self->lines->len)
    go_to_line (self, self->at + 1);
}

static void
go_left (CtlEdit *self)
{
  if (self->point > 0)
    self->point = g_utf8_prev_char (self->text->str + self->point) - self->text->str;
}

static void
go_right (CtlEdit *self)
{
  if (self->point < self->text->len)
    self->point = g_utf8_next_char (self->text->str + self->point) - self->text->str;
}

static void
erase (CtlEdit *self,
       gsize    from,
       gsize    to)
{
  g_string_erase (self->text, (gssize) from, (gssize) (to - from));
  self->point = from;
}

static void
erase_after (CtlEdit *self)
{
  gsize from = self->point;

  go_right (self);
  erase (self, from, self->point);
}

static void
erase_before (CtlEdit *self)
{
  gsize to = self->point;

  go_left (self);
  erase (self, self->point, to);
}

static void
erase_word (CtlEdit *self)
{
  gsize from = self->point;

  while (from > 0 && self->text->str[from - 1] == ' ')
    from--;
  while (from > 0 && self->text->str[from - 1] != ' ')
    from--;
  erase (self, from, self->point);
}

static void
run_sequence (CtlEdit    *self,
              const char *keys)
{
  if (g_str_equal (keys, "A"))
    go_up (self);
  else if (g_str_equal (keys, "B"))
    go_down (self);
  else if (g_str_equal (keys, "C"))
    go_right (self);
  else if (g_str_equal (keys, "D"))
    go_left (self);
  else if (g_str_equal (keys, "H") || g_str_equal (keys, "1~") || g_str_equal (keys, "7~"))
    self->point = 0;
  else if (g_str_equal (keys, "F") || g_str_equal (keys, "4~") || g_str_equal (keys, "8~"))
    self->point = self->text->len;
  else if (g_str_equal (keys, "3~"))
    erase_after (self);
}

/* ESC [ … or ESC O …, up to a letter or a tilde */
static void
feed_sequence (CtlEdit *self,
               guchar   byte)
{
  g_string_append_c (self->sequence, (char) byte);
  if (self->sequence->len == 2 && (byte == '[' || byte == 'O'))
    return;
  if (self->sequence->len > 2 && (g_ascii_isdigit (byte) || byte == ';') && self->sequence->len < 16)
    return;
  if (self->sequence->len > 2)
    run_sequence (self, self->sequence->str + 2);
  g_string_truncate (self->sequence, 0);
}

static void
feed_text (CtlEdit *self,
           guchar   byte)
{
  gunichar c;

  g_string_append_c (self->partial, (char) byte);
  c = g_utf8_get_char_validated (self->partial->str, (gssize) self->partial->len);
  if (c == (gunichar) -2)
    return;
  if (c != (gunichar) -1 && g_unichar_isprint (c))
    {
      g_string_insert_len (self->text, (gssize) self->point, self->partial->str, (gssize) self->partial->len);
      self->point += self->partial->len;
    }
  g_string_truncate (self->partial, 0);
}

CtlEditEvent
ctl_edit_feed (CtlEdit *self,
               guchar   byte)
{
  if (self->sequence->len > 0)
    {
      feed_sequence (self, byte);
      return CTL_EDIT_GOES_ON;
    }
  switch (byte)
    {
    case '\r':
    case '\n':
      return CTL_EDIT_ENTER;
    case CONTROL ('D'):
      if (self->text->len == 0)
        return CTL_EDIT_END;
      erase_after (self);
      break;
    case ESCAPE:
      g_string_append_c (self->sequence, ESCAPE);
      break;
    case BACKSPACE:
    case CONTROL ('H'):
      erase_before (self);
      break;
    case CONTROL ('A'):
      self->point = 0;
      break;
    case CONTROL ('E'):
      self->point = self->text->len;
      break;
    case CONTROL ('K'):
      g_string_truncate (self->text, self->point);
      break;
    case CONTROL ('U'):
      erase (self, 0, self->point);
      break;
    case CONTROL ('W'):
      erase_word (self);
      break;
    case CONTROL ('P'):
      go_up (self);
      break;
    case CONTROL ('N'):
      go_down (self);
      break;
    default:
      if (byte >= ' ')
        feed_text (self, byte);
      break;
    }
  return CTL_EDIT_GOES_ON;
}

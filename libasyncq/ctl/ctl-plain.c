/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Texts of others, for a terminal
 *
 * Messages of failures, descriptions of functions and names in plugins are what
 * somebody else has written, and may move a cursor, or worse. Whoever puts them
 * among our own words need not remember that: all that is put goes through here.
 */

#include "config.h"

#include "ctl-plain.h"

#include "ctl-style.h"

#include <string.h>

/* one of these characters, or a byte of what is no character, is shown instead of the order */
#define SHOWN '?'

static gboolean
is_harmless (gunichar c)
{
  return c == '\n' || c == '\t' || !g_unichar_iscntrl (c);
}

/* Returns: how many bytes at @at stay as they are; 0: none does */
static gsize
measure_kept (const char *at,
              const char *end)
{
  gunichar c;

  if (*at == '\033')
    return ctl_style_measure_sequence (at);
  c = g_utf8_get_char_validated (at, end - at);
  return c < (gunichar) -2 && is_harmless (c) ? (gsize) (g_utf8_next_char (at) - at) : 0;
}

char *
ctl_plain_dup (const char *text)
{
  const char *end = text + strlen (text);
  GString *plain = g_string_sized_new ((gsize) (end - text) + 1);

  for (const char *at = text; at < end;)
    {
      gsize n_kept = measure_kept (at, end);

      if (n_kept > 0)
        g_string_append_len (plain, at, (gssize) n_kept);
      else
        g_string_append_c (plain, SHOWN);
      /* of a character that is not shown all bytes are skipped */
      if (n_kept == 0 && g_utf8_get_char_validated (at, end - at) < (gunichar) -2)
        n_kept = (gsize) (g_utf8_next_char (at) - at);
      at += MAX (n_kept, 1);
    }
  return g_string_free (plain, FALSE);
}

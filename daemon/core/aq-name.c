/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Names of agents, queues, plugins and functions
 */

#include "config.h"

#include "core/aq-name.h"

#include <string.h>

#define MAX_NAME 128
#define MAX_SYMBOL 64

static gboolean
is_symbol (const char *text,
           gsize       length)
{
  if (length < 1 || length > MAX_SYMBOL || g_ascii_isdigit (text[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '_')
      return FALSE;
  return TRUE;
}

gboolean
aq_name_is_queue (const char *text)
{
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("_.-", text[i]) == NULL)
      return FALSE;
  return length <= MAX_NAME;
}

gboolean
aq_name_is_agent (const char *text)
{
  return *text != '\0' && aq_name_is_queue (text);
}

gboolean
aq_name_is_symbol (const char *text)
{
  return is_symbol (text, strlen (text));
}

gboolean
aq_name_is_function (const char *text)
{
  const char *dot = strchr (text, '.');

  return dot != NULL && is_symbol (text, dot - text) && aq_name_is_symbol (dot + 1);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lines that tell one thing each
 */

#include "config.h"

#include "ctl-fact.h"

#define LABEL_WIDTH 11

void
ctl_fact_put (const char *label,
              const char *format,
              ...)
{
  g_autofree char *text = NULL;
  glong width = g_utf8_strlen (label, -1);
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  ctl_put ("%*s%s: %s\n", (int) MAX (LABEL_WIDTH - width, 0), "", label, text);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lines that tell one thing each
 */

#include "config.h"

#include "ctl-fact.h"

#include "ctl-style.h"

#define LABEL_WIDTH 11

static void
put_label (const char *label)
{
  ctl_put ("%*s%s: ", (int) MAX (LABEL_WIDTH - g_utf8_strlen (label, -1), 0), "", label);
}

void
ctl_fact_put (const char *label,
              const char *format,
              ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  put_label (label);
  ctl_put ("%s\n", text);
}

void
ctl_fact_put_wrapped (const char *label,
                      const char *text)
{
  put_label (label);
  ctl_style_put_wrapped (LABEL_WIDTH + 2, text);
}

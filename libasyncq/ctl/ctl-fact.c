/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lines that tell one thing each
 */

#include "config.h"

#include "ctl-fact.h"

#include "ctl-json.h"
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

void
ctl_fact_put_more (const char *text)
{
  ctl_put ("%*s", LABEL_WIDTH + 2, "");
  ctl_style_put_wrapped (LABEL_WIDTH + 2, text);
}

void
ctl_fact_put_settings (CtlContext *context,
                       GVariant   *settings)
{
  GVariantIter iter;
  const char *name;
  GVariant *item;

  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (settings));
      return;
    }
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &item))
    {
      g_autoptr(GVariant) value = item;
      g_autofree char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                                ? g_variant_dup_string (value, NULL) : g_variant_print (value, FALSE);

      ctl_put ("%s=%s\n", name, text);
    }
}

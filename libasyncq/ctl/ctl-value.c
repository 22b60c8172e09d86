/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Values, of the command line and of what the daemon says
 */

#include "config.h"

#include "ctl-value.h"

#include <glib/gi18n.h>

GVariant *
ctl_value_parse (const char          *text,
                 const GVariantType  *type,
                 GError             **error)
{
  g_autoptr(GError) reason = NULL;
  GVariant *value = g_variant_parse (type, text, NULL, NULL, &reason);

  if (value == NULL)
    /* TRANSLATORS: what somebody has typed, and why it is no value */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is no value: %s"), text, reason->message);
  return value;
}

GVariant *
ctl_value_parse_any (const char *text)
{
  GVariant *value = ctl_value_parse (text, NULL, NULL);

  return value != NULL ? value : g_variant_ref_sink (g_variant_new_string (text));
}

char *
ctl_value_dup_progress (AsyncqJobInfo *job)
{
  g_autoptr(GString) text = g_string_new (NULL);
  const char *message;
  guint64 count, total;
  double fraction;

  if (!asyncq_job_info_get_progress (job, &fraction, &count, &total, &message))
    return NULL;
  if (fraction < 0 && total > 0)
    fraction = MIN ((double) count / total, 1);
  if (fraction >= 0)
    g_string_append_printf (text, "%d %%", (int) (fraction * 100));
  if (total > 0)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, count, total);
  else if (count > 0)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, count);
  if (*message != '\0')
    g_string_append_printf (text, " %s", message);
  return g_strdup (g_strstrip (text->str));
}

const char *
ctl_value_get_text (GVariant   *view,
                    const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (view, key, "&s", &text);
  return text;
}

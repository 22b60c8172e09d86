/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Limits in words
 */

#include "config.h"

#include "ctl-limit.h"

#include "ctl-time.h"

#include <glib/gi18n.h>
#include <string.h>

/* "min" is "1min" */
static gboolean
parse_period (const char *text,
              gint64     *out_usec)
{
  g_autofree char *one = g_ascii_isalpha (*text) ? g_strconcat ("1", text, NULL) : g_strdup (text);

  return ctl_parse_duration (one, out_usec, NULL);
}

gboolean
ctl_limit_parse_rate (const char  *text,
                      guint       *out_rate,
                      gint64      *out_period_usec,
                      GError     **error)
{
  const char *slash = strchr (text, '/');
  g_autofree char *number = slash != NULL ? g_strndup (text, (gsize) (slash - text)) : NULL;
  guint64 rate;
  gint64 period_usec;

  /* what the number may be is the daemon's to say */
  if (number != NULL && g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT32, &rate, NULL) &&
      parse_period (slash + 1, &period_usec))
    {
      *out_rate = (guint) rate;
      *out_period_usec = period_usec;
      return TRUE;
    }
  /* TRANSLATORS: %s is what was given for a rate */
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is no rate: write 100/min or 5/10s"), text);
  return FALSE;
}

char *
ctl_limit_dup_rate (guint  rate,
                    gint64 period_usec)
{
  static const struct
  {
    const char *name;
    gint64      usec;
  } units[] = {
    { "d", 86400 * (gint64) G_USEC_PER_SEC },
    { "h", 3600 * (gint64) G_USEC_PER_SEC },
    { "min", 60 * (gint64) G_USEC_PER_SEC },
    { "s", G_USEC_PER_SEC },
    { "ms", 1000 },
    { "us", 1 },
  };
  guint i = 0;

  while (period_usec % units[i].usec != 0)
    i++;
  if (period_usec == units[i].usec)
    return g_strdup_printf ("%u/%s", rate, units[i].name);
  return g_strdup_printf ("%u/%" G_GINT64_FORMAT "%s", rate, period_usec / units[i].usec, units[i].name);
}

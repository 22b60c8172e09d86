/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Durations and times: reading them, and showing them
 */

#include "config.h"

#include "ctl-time.h"

#include "ctl-context.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static const struct
{
  const char *name;
  gint64      usec;
} units[] = {
  { "us", 1 },
  { "ms", 1000 },
  { "s", G_USEC_PER_SEC },
  { "sec", G_USEC_PER_SEC },
  { "m", 60 * G_USEC_PER_SEC },
  { "min", 60 * G_USEC_PER_SEC },
  { "h", 3600 * (gint64) G_USEC_PER_SEC },
  { "d", 86400 * (gint64) G_USEC_PER_SEC },
  { "w", 7 * 86400 * (gint64) G_USEC_PER_SEC },
};

/* 100 years: more is a mistake, and the sum with a date could not be shown */
#define MAX_USEC (36525.0 * 86400 * G_USEC_PER_SEC)

static gint64
find_unit (const char *name,
           gsize       length)
{
  if (length == 0)
    return G_USEC_PER_SEC;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strlen (units[i].name) == length && strncmp (units[i].name, name, length) == 0)
      return units[i].usec;
  return 0;
}

/*
 * Reads a duration: numbers with units, "90s", "1h30m", "2 d", "1.5h"; a number
 * by itself is seconds.
 */
gboolean
ctl_parse_duration (const char  *text,
                    gint64      *out_usec,
                    GError     **error)
{
  const char *at = text + strspn (text, " ");
  double sum = 0;
  gboolean good = *at != '\0';

  while (good && *at != '\0')
    {
      char *end;
      double number = g_ascii_isdigit (*at) ? g_ascii_strtod (at, &end) : -1;
      gsize length;
      gint64 unit;

      good = number >= 0;
      if (!good)
        break;
      at = end + strspn (end, " ");
      length = strspn (at, "abcdefghijklmnopqrstuvwxyz");
      unit = find_unit (at, length);
      sum += number * (double) unit;
      at += length;
      at += strspn (at, " ");
      good = unit != 0 && isfinite (sum) && sum <= MAX_USEC;
    }
  if (!good)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: %s is what was given for a duration */
                   _("'%s' is not a duration; write 90s, 15min, 1h30m or 2d"), text);
      return FALSE;
    }
  *out_usec = (gint64) llround (sum);
  return TRUE;
}

/* Returns: (transfer full): the same time as GLib reads it: with a T, and with seconds */
static char *
complete_time (const char *text)
{
  g_autofree char *joined = g_strdelimit (g_strdup (text), " ", 'T');
  g_autoptr(GRegex) minutes = g_regex_new ("(T\\d\\d:\\d\\d)(?=$|[Z+-])", 0, 0, NULL);
  char *completed = g_regex_replace (minutes, joined, -1, 0, "\\1:00", 0, NULL);

  return completed != NULL ? completed : g_steal_pointer (&joined);
}

/*
 * Reads a time as RFC 3339 writes it; a blank may stand for the T, and seconds may
 * be left out. A time without a zone is UTC, and @out_assumed_utc says that this was
 * assumed.
 */
GDateTime *
ctl_parse_time (const char  *text,
                gboolean    *out_assumed_utc,
                GError     **error)
{
  g_autoptr(GTimeZone) utc = g_time_zone_new_utc ();
  g_autofree char *joined = complete_time (text);
  GDateTime *time = g_date_time_new_from_iso8601 (joined, NULL);

  *out_assumed_utc = time == NULL;
  if (time == NULL)
    time = g_date_time_new_from_iso8601 (joined, utc);
  if (time == NULL)
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 /* TRANSLATORS: %s is what was given for a time */
                 _("'%s' is not a time; write 2026-08-10T15:44:22Z or 2026-08-10T17:44:22+02:00"), text);
  return time;
}

void
ctl_say_utc (const char *text,
             GDateTime  *time,
             gboolean    assumed_utc)
{
  g_autofree char *read_as = g_date_time_format_iso8601 (time);

  if (assumed_utc)
    /* TRANSLATORS: the first %s is what was written, the second how it was read */
    g_printerr (_("asyncqctl: '%s' has no zone and is taken as UTC: %s\n"), text, read_as);
}

char *
ctl_dup_duration (gint64 usec)
{
  gint64 seconds = usec / G_USEC_PER_SEC;

  if (usec < 0)
    return g_strdup ("0 s");
  if (usec < 1000)
    return g_strdup_printf ("%d µs", (int) usec);
  if (usec < G_USEC_PER_SEC)
    return g_strdup_printf ("%d ms", (int) (usec / 1000));
  if (seconds < 10)
    return g_strdup_printf ("%.1f s", (double) usec / G_USEC_PER_SEC);
  if (seconds < 60)
    return g_strdup_printf ("%d s", (int) seconds);
  if (seconds < 3600)
    return g_strdup_printf ("%d min %d s", (int) (seconds / 60), (int) (seconds % 60));
  if (seconds < 86400)
    return g_strdup_printf ("%d h %d min", (int) (seconds / 3600), (int) (seconds % 3600 / 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT " d %d h", seconds / 86400, (int) (seconds % 86400 / 3600));
}

char *
ctl_dup_age (gint64 usec)
{
  gint64 seconds = MAX (usec, 0) / G_USEC_PER_SEC;

  if (seconds < 100)
    return g_strdup_printf ("%ds", (int) seconds);
  if (seconds < 100 * 60)
    return g_strdup_printf ("%dm", (int) (seconds / 60));
  if (seconds < 48 * 3600)
    return g_strdup_printf ("%dh", (int) (seconds / 3600));
  return g_strdup_printf ("%dd", (int) MIN (seconds / 86400, 999));
}

static GDateTime *
time_of_usec (gint64 usec)
{
  g_autoptr(GDateTime) whole = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);

  return whole != NULL ? g_date_time_add (whole, usec % G_USEC_PER_SEC) : NULL;
}

char *
ctl_dup_time_utc (gint64 usec)
{
  g_autoptr(GDateTime) time = time_of_usec (usec);

  /* beyond the year 9999 nothing but the number says it */
  return time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S.%fZ")
                      : g_strdup_printf ("%" G_GINT64_FORMAT, usec);
}

char *
ctl_dup_time_local (gint64 usec)
{
  g_autoptr(GDateTime) time = time_of_usec (usec);
  g_autoptr(GDateTime) local = time != NULL ? g_date_time_to_local (time) : NULL;
  g_autoptr(GDateTime) now = g_date_time_new_now_local ();

  if (local == NULL)
    return g_strdup_printf ("%" G_GINT64_FORMAT, usec);
  if (g_date_time_get_year (local) == g_date_time_get_year (now) &&
      g_date_time_get_day_of_year (local) == g_date_time_get_day_of_year (now))
    return g_date_time_format (local, "%H:%M:%S");
  return g_date_time_format (local, "%Y-%m-%d %H:%M:%S");
}

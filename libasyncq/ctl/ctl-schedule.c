/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedules, and the times at which they are due, in words
 */

#include "config.h"

#include "ctl-schedule.h"

#include "ctl-json.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>
#include <stdlib.h>

static const char *const kind_words[] = { "cron", "calendar", "every", "delay", "m01" };

G_STATIC_ASSERT (G_N_ELEMENTS (kind_words) == CTL_N_CALENDAR_KINDS);

const char *
ctl_calendar_kind_to_string (CtlCalendarKind kind)
{
  return kind_words[kind];
}

/* ---- schedules ---- */

GVariant *
ctl_schedules_get (CtlContext  *context,
                   GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);

  return client != NULL ? asyncq_client_list_schedules_sync (client, NULL, error) : NULL;
}

gint64
ctl_schedules_get_now (CtlContext *context)
{
  AsyncqClient *client = ctl_context_connect (context, NULL);
  g_autoptr(GVariant) properties = client != NULL ? asyncq_client_get_status_sync (client, NULL, NULL) : NULL;
  gint64 now_usec = g_get_real_time ();

  if (properties != NULL)
    (void) g_variant_lookup (properties, "Now", "x", &now_usec); /* else it goes by the same clock as we do */
  return now_usec;
}

gint64
ctl_schedule_get_time (GVariant   *schedule,
                       const char *key)
{
  gint64 usec = 0;

  (void) g_variant_lookup (schedule, key, "x", &usec);
  return usec;
}

guint64
ctl_schedule_get_count (GVariant   *schedule,
                        const char *key)
{
  guint64 n = 0;

  (void) g_variant_lookup (schedule, key, "t", &n);
  return n;
}

gboolean
ctl_schedule_is_paused (GVariant *schedule)
{
  gboolean paused = FALSE;

  (void) g_variant_lookup (schedule, "Paused", "b", &paused);
  return paused;
}

static void
append_words (GString  *text,
              GVariant *arguments)
{
  for (gsize i = 0; i < g_variant_n_children (arguments); i++)
    {
      g_autoptr(GVariant) value = g_variant_get_child_value (arguments, i);
      g_autofree char *printed = g_variant_print (value, FALSE);

      g_string_append_printf (text, " %s", printed);
    }
}

static void
append_named (GString  *text,
              GVariant *named)
{
  GVariantIter iter;
  const char *name;
  GVariant *item;

  g_variant_iter_init (&iter, named);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &item))
    {
      g_autoptr(GVariant) value = item;
      g_autofree char *printed = g_variant_print (value, FALSE);

      g_string_append_printf (text, " %s=%s", name, printed);
    }
}

char *
ctl_schedule_dup_call (GVariant *schedule)
{
  g_autoptr(GVariant) entry = g_variant_lookup_value (schedule, "Entry", G_VARIANT_TYPE_VARDICT);
  g_autoptr(GVariant) positional = NULL;
  g_autoptr(GVariant) named = NULL;
  GString *text = g_string_new (NULL);
  const char *word;

  if (entry == NULL)
    return g_string_free (text, FALSE);
  if (g_variant_lookup (entry, "factory", "&s", &word))
    /* TRANSLATORS: %s is the name of a factory */
    g_string_append_printf (text, _("factory %s"), word);
  else if (g_variant_lookup (entry, "function", "&s", &word) || g_variant_lookup (entry, "kind", "&s", &word))
    g_string_append (text, word);
  positional = g_variant_lookup_value (entry, "arguments", NULL);
  if (positional != NULL)
    append_words (text, positional);
  named = g_variant_lookup_value (entry, "named", G_VARIANT_TYPE_VARDICT);
  if (named != NULL)
    append_named (text, named);
  return g_string_free (text, FALSE);
}

/* ---- times ---- */

GTimeZone *
ctl_zone_new (const char *name)
{
  GTimeZone *zone = g_str_equal (name, "local") ? g_time_zone_new_local () : g_time_zone_new_identifier (name);

  return zone != NULL ? zone : g_time_zone_new_utc ();
}

GTimeZone *
ctl_zone_new_of_schedule (GVariant *schedule)
{
  return ctl_zone_new (ctl_value_get_text (schedule, "EffectiveZone"));
}

static GDateTime *
time_in_zone (GTimeZone *zone,
              gint64     usec)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);
  g_autoptr(GDateTime) there = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  return there != NULL ? g_date_time_add (there, usec % G_USEC_PER_SEC) : NULL;
}

char *
ctl_zone_dup_time (GTimeZone *zone,
                   gint64     usec)
{
  g_autoptr(GDateTime) time = time_in_zone (zone, usec);
  g_autofree char *seconds = NULL;
  g_autofree char *name = NULL;

  if (time == NULL)
    return g_strdup_printf ("%" G_GINT64_FORMAT, usec);
  if (usec % G_USEC_PER_SEC < 1000)
    return g_date_time_format (time, "%a %Y-%m-%d %H:%M:%S %Z");
  seconds = g_date_time_format (time, "%a %Y-%m-%d %H:%M:%S");
  name = g_date_time_format (time, "%Z");
  return g_strdup_printf ("%s.%03d %s", seconds, g_date_time_get_microsecond (time) / 1000, name);
}

char *
ctl_zone_dup_brief_time (GTimeZone *zone,
                         gint64     usec,
                         gint64     now_usec)
{
  g_autoptr(GDateTime) time = time_in_zone (zone, usec);
  gint64 away_usec = usec - now_usec;

  if (time == NULL)
    return g_strdup_printf ("%" G_GINT64_FORMAT, usec);
  /* a day of the week says enough within the week */
  if (away_usec > 0 && away_usec < 6 * 86400 * (gint64) G_USEC_PER_SEC)
    return g_date_time_format (time, "%a %H:%M %Z");
  return g_date_time_format (time, "%Y-%m-%d %H:%M %Z");
}

/* NULL: the clocks are as they were */
static char *
dup_change (GDateTime *before,
            GDateTime *time)
{
  GTimeSpan change = before != NULL ? g_date_time_get_utc_offset (time) - g_date_time_get_utc_offset (before) : 0;
  g_autofree char *by = ctl_dup_duration (ABS (change));

  if (change == 0)
    return NULL;
  /* TRANSLATORS: %s is a duration; daylight saving time begins or ends */
  return g_strdup_printf (change > 0 ? _("clocks have gone forward by %s") : _("clocks have gone back by %s"), by);
}

static void
put_time (CtlContext *context,
          GTimeZone  *zone,
          gint64      usec,
          gint64      now_usec,
          GDateTime **before)
{
  g_autoptr(GDateTime) time = time_in_zone (zone, usec);
  g_autofree char *text = ctl_zone_dup_time (zone, usec);
  g_autofree char *away = ctl_dup_duration (usec - now_usec);
  g_autofree char *change = time != NULL ? dup_change (*before, time) : NULL;

  /* TRANSLATORS: a time, and how long it is until then */
  ctl_put (_("  %s  in %s"), text, away);
  if (change != NULL)
    ctl_put ("  (%s)", change);
  ctl_put ("\n");
  g_clear_pointer (before, g_date_time_unref);
  *before = g_steal_pointer (&time);
}

static void
put_time_json (CtlContext *context,
               GTimeZone  *zone,
               gint64      usec)
{
  g_autoptr(JsonObject) object = json_object_new ();
  g_autofree char *utc = ctl_dup_time_utc (usec);
  g_autoptr(GDateTime) time = time_in_zone (zone, usec);
  g_autofree char *there = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  json_object_set_string_member (object, "time", utc);
  json_object_set_string_member (object, "local", there != NULL ? there : utc);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
}

void
ctl_zone_put_times (CtlContext *context,
                    GTimeZone  *zone,
                    GVariant   *times,
                    gint64      now_usec)
{
  g_autoptr(GDateTime) before = time_in_zone (zone, now_usec);
  gsize n_times;
  const gint64 *all = g_variant_get_fixed_array (times, &n_times, sizeof (gint64));

  for (gsize i = 0; i < n_times; i++)
    if (context->json != CTL_JSON_OFF)
      put_time_json (context, zone, all[i]);
    else
      put_time (context, zone, all[i], now_usec, &before);
}

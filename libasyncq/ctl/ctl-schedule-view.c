/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedules as people see them
 */

#include "config.h"

#include "ctl-schedule-view.h"

#include "ctl-fact.h"
#include "ctl-schedule.h"
#include "ctl-table.h"
#include "ctl-time.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define WHEN_COLUMN 5

typedef struct
{
  const char *word;
  CtlLook     look;
} State;

static State
state_of (GVariant *schedule)
{
  if (ctl_schedule_is_paused (schedule))
    return (State) { "paused", CTL_LOOK_WAITING };
  if (*ctl_value_get_text (schedule, "Error") != '\0')
    return (State) { "failing", CTL_LOOK_BAD };
  if (ctl_schedule_get_time (schedule, "Next") == 0)
    return (State) { "over", CTL_LOOK_GONE };
  return (State) { "on", CTL_LOOK_GOOD };
}

static void
add_schedule (CtlTable *table,
              GVariant *schedule,
              gint64    now_usec)
{
  State state = state_of (schedule);
  gint64 next_usec = ctl_schedule_get_time (schedule, "Next");
  g_autoptr(GTimeZone) zone = ctl_zone_new_of_schedule (schedule);
  g_autofree char *next = next_usec != 0 ? ctl_zone_dup_brief_time (zone, next_usec, now_usec) : g_strdup ("-");
  g_autofree char *away = next_usec != 0 ? ctl_dup_age (next_usec - now_usec) : g_strdup ("-");
  g_autofree char *n_runs = g_strdup_printf ("%" G_GUINT64_FORMAT, ctl_schedule_get_count (schedule, "Runs"));

  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (schedule, "Name"));
  ctl_table_add (table, state.look, state.word);
  ctl_table_add (table, CTL_LOOK_PLAIN, next);
  ctl_table_add (table, CTL_LOOK_PLAIN, away);
  ctl_table_add (table, CTL_LOOK_PLAIN, n_runs);
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (schedule, "Text"));
}

void
ctl_schedule_put_list (CtlContext *context,
                       GVariant   *schedules,
                       gint64      now_usec)
{
  const char *const headings[] = { _("SCHEDULE"), _("STATE"), _("NEXT"), _(">IN"), _(">RUNS"), _("WHEN"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);

  for (gsize i = 0; i < g_variant_n_children (schedules); i++)
    {
      g_autoptr(GVariant) schedule = g_variant_get_child_value (schedules, i);

      add_schedule (table, schedule, now_usec);
    }
  if (g_variant_n_children (schedules) > 0)
    ctl_table_put (table, context, WHEN_COLUMN);
}

static void
put_pause (GVariant *schedule)
{
  const char *reason = ctl_value_get_text (schedule, "PauseReason");
  g_autofree char *since = ctl_dup_time_local (ctl_schedule_get_time (schedule, "PausedSince"));
  guint32 by = 0;

  (void) g_variant_lookup (schedule, "PausedBy", "u", &by);
  /* TRANSLATORS: since when, the number of a user, and why, which may be empty */
  ctl_fact_put (_("Paused"), _("since %s by user %u%s%s"), since, by, *reason != '\0' ? ": " : "", reason);
}

static void
put_next (GVariant  *schedule,
          GTimeZone *zone,
          gint64     now_usec)
{
  gint64 next_usec = ctl_schedule_get_time (schedule, "Next");
  g_autofree char *next = ctl_zone_dup_time (zone, next_usec);
  g_autofree char *away = ctl_dup_duration (next_usec - now_usec);

  if (next_usec != 0)
    /* TRANSLATORS: a time, and how long it is until then */
    ctl_fact_put (_("Next"), _("%s, in %s"), next, away);
  else if (!ctl_schedule_is_paused (schedule))
    ctl_fact_put (_("Next"), "%s", _("never again"));
}

static void
put_last (GVariant  *schedule,
          GTimeZone *zone,
          gint64     now_usec)
{
  gint64 run_usec = ctl_schedule_get_time (schedule, "LastRun");
  g_autofree char *run = ctl_zone_dup_time (zone, run_usec);
  g_autofree char *job = g_strdup_printf ("%" G_GUINT64_FORMAT, ctl_schedule_get_count (schedule, "LastJob"));

  if (run_usec != 0)
    /* TRANSLATORS: a time, and the id of a job */
    ctl_fact_put (_("Last run"), _("%s, job %s"), run, job);
  /* a delay waits for nothing that was */
  if (ctl_schedule_get_time (schedule, "Last") > now_usec &&
      !g_str_equal (ctl_value_get_text (schedule, "Kind"), "delay"))
    ctl_fact_put (_("Note"), "%s", _("the clock was set back behind its last run; no run is made twice. If it was set forward by "
                               "mistake before: remove the schedule and add it again"));
}

/* nothing where there are none */
static void
append_count (GString    *text,
              GVariant   *schedule,
              const char *key,
              const char *words)
{
  guint64 n = ctl_schedule_get_count (schedule, key);

  if (n > 0)
    g_string_append_printf (text, ", %" G_GUINT64_FORMAT " %s", n, words);
}

static void
put_counts (GVariant *schedule)
{
  g_autoptr(GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%" G_GUINT64_FORMAT, ctl_schedule_get_count (schedule, "Runs"));
  /* TRANSLATORS: these three follow a number of runs */
  append_count (text, schedule, "Queued", _("waited for the one before"));
  append_count (text, schedule, "Skipped", _("skipped"));
  append_count (text, schedule, "Failed", _("failed"));
  ctl_fact_put (_("Runs"), "%s", text->str);
}

static void
put_policies (GVariant *schedule)
{
  const char *catch_up = ctl_value_get_text (schedule, "CatchUp");
  g_autofree char *window = ctl_dup_duration (ctl_schedule_get_time (schedule, "CatchUpWindow"));

  if (g_str_equal (catch_up, "none"))
    ctl_fact_put (_("Catch-up"), "%s", catch_up);
  else
    /* TRANSLATORS: "last" or "all" missed runs are made up, and how old they may be */
    ctl_fact_put (_("Catch-up"), _("%s, up to %s"), catch_up, window);
  ctl_fact_put (_("Overlap"), "%s", ctl_value_get_text (schedule, "Overlap"));
}

void
ctl_schedule_put (CtlContext *context,
                  GVariant   *schedule,
                  GVariant   *times,
                  gint64      now_usec)
{
  g_autoptr(GTimeZone) zone = ctl_zone_new_of_schedule (schedule);
  g_autofree char *call = ctl_schedule_dup_call (schedule);
  const char *description = ctl_value_get_text (schedule, "Description");
  const char *failure = ctl_value_get_text (schedule, "Error");
  State state = state_of (schedule);

  ctl_put (_("schedule %s: %s%s%s\n"), ctl_value_get_text (schedule, "Name"), ctl_style_on (context, state.look),
           state.word, ctl_style_off (context, state.look));
  if (*description != '\0')
    ctl_fact_put (_("About"), "%s", description);
  ctl_fact_put (_("Makes"), "%s", call);
  ctl_fact_put (_("When"), "%s", ctl_value_get_text (schedule, "Text"));
  /* TRANSLATORS: an expression, its language, and a time zone */
  ctl_fact_put (_("Given as"), _("%s '%s', %s"), ctl_value_get_text (schedule, "Kind"),
                ctl_value_get_text (schedule, "When"), ctl_value_get_text (schedule, "EffectiveZone"));
  put_policies (schedule);
  if (ctl_schedule_is_paused (schedule))
    put_pause (schedule);
  put_next (schedule, zone, now_usec);
  put_last (schedule, zone, now_usec);
  put_counts (schedule);
  if (*failure != '\0')
    ctl_fact_put (_("Error"), "%s%s%s", ctl_style_on (context, CTL_LOOK_BAD), failure,
                  ctl_style_off (context, CTL_LOOK_BAD));
  if (g_variant_n_children (times) > 0)
    ctl_put ("%s\n", ctl_schedule_is_paused (schedule) ? _("Next runs, were it not paused:") : _("Next runs:"));
  ctl_zone_put_times (context, zone, times, now_usec);
}

void
ctl_schedule_put_next (GVariant *schedule)
{
  g_autoptr(GTimeZone) zone = ctl_zone_new_of_schedule (schedule);
  gint64 next_usec = ctl_schedule_get_time (schedule, "Next");
  g_autofree char *next = ctl_zone_dup_time (zone, next_usec);

  if (next_usec != 0)
    /* TRANSLATORS: what a schedule says, and a time */
    g_printerr (_("%s; next: %s\n"), ctl_value_get_text (schedule, "Text"), next);
}

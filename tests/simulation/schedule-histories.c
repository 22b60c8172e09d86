/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Histories of schedules
 *
 * A daemon with a few schedules of all kinds: time passes, somebody sets the clock,
 * people pause, edit, trigger and replace schedules, jobs take their time, and the
 * daemon crashes, which loses what was not flushed. After each step the oracle of
 * sim-plan.c says which jobs there have to be, and what each schedule has to say of
 * itself.
 */

#include "config.h"

#include "sim-main.h"
#include "sim-schedules.h"

#include "core/aq-rules.h"

#include <string.h>

#define DAY_USEC (24 * SIM_HOUR_USEC)

static const char *const catch_ups[SIM_N_CATCH_UPS] = { "none", "last", "all" };
static const char *const overlaps[SIM_N_OVERLAPS] = { "allow", "skip", "queue", "replace" };
static const gint64 windows_usec[] = { 0, SIM_HOUR_USEC, 6 * SIM_HOUR_USEC, DAY_USEC };

/* people */

static GVariant *
new_settings (SimSchedules *self,
              const SimPlan *plan,
              gboolean       is_new,
              gboolean       is_new_time)
{
  const SimTimetable *timetable = &sim_timetables[plan->timetable];
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (is_new_time)
    {
      g_variant_builder_add (&builder, "{sv}", "kind", g_variant_new_string (timetable->kind));
      g_variant_builder_add (&builder, "{sv}", "when", g_variant_new_string (timetable->when));
    }
  g_variant_builder_add (&builder, "{sv}", "catch-up", g_variant_new_string (catch_ups[plan->catch_up]));
  g_variant_builder_add (&builder, "{sv}", "catch-up-window", g_variant_new_int64 (plan->window_usec));
  if (is_new)
    {
      g_variant_builder_add (&builder, "{sv}", "overlap", g_variant_new_string (overlaps[plan->overlap]));
      g_variant_builder_add (&builder, "{sv}", "entry", g_variant_new_parsed ("{'function': <'t.a'>}"));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
choose_settings (SimSchedules *self,
                 SimPlan  *plan,
                 gboolean  is_new_time)
{
  if (is_new_time)
    plan->timetable = sim_random_below (&self->random, SIM_N_TIMETABLES);
  plan->catch_up = sim_random_below (&self->random, SIM_N_CATCH_UPS);
  plan->window_usec = windows_usec[sim_random_below (&self->random, G_N_ELEMENTS (windows_usec))];
}

static void
set_plan (SimSchedules *self,
          guint  number)
{
  gint64 now_usec = aq_clock_get_wall (self->clock);
  SimPlan *plan = &self->plans[number];
  gboolean is_new = !plan->exists;
  gboolean is_new_time = is_new || sim_random_one_in (&self->random, 2);
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GError) error = NULL;
  AqSetScheduleEvent event = { .name = sim_schedules_get_name (number), .is_new = is_new };

  if (is_new)
    *plan = (SimPlan) { .exists = TRUE, .life = plan->life + 1,
                        .overlap = sim_random_below (&self->random, SIM_N_OVERLAPS) };
  choose_settings (self, plan, is_new_time);
  event.settings = settings = new_settings (self, plan, is_new, is_new_time);
  if (!sim_store_apply (&self->store, aq_rule_set_schedule, &event, &error))
    sim_violation ("plan %u is refused: %s", number, error->message);
  if (is_new_time)
    {
      plan->anchor_usec = now_usec - now_usec % G_USEC_PER_SEC;
      sim_plan_arm (plan, now_usec);
    }
  sim_schedules_tell (self, is_new ? "add" : "edit");
}

static void
remove_plan (SimSchedules *self,
             guint  number)
{
  AqSetScheduleEvent event = { .name = sim_schedules_get_name (number) };

  if (sim_store_apply (&self->store, aq_rule_set_schedule, &event, NULL) != self->plans[number].exists)
    sim_violation ("plan %u was there, and could not be removed, or the other way round", number);
  self->plans[number].exists = FALSE;
  sim_schedules_tell (self, "remove");
}

static void
pause_plan (SimSchedules *self,
            guint     number,
            gboolean  paused)
{
  AqPauseScheduleEvent event = { .name = sim_schedules_get_name (number), .paused = paused, .reason = "to see" };
  SimPlan *plan = &self->plans[number];

  if (!sim_store_apply (&self->store, aq_rule_pause_schedule, &event, NULL))
    return;
  if (plan->paused && !paused)
    sim_plan_arm (plan, aq_clock_get_wall (self->clock));
  plan->paused = paused;
  sim_schedules_tell (self, paused ? "pause" : "resume");
}

static void
trigger (SimSchedules *self,
         guint  number)
{
  AqTriggerScheduleEvent event = { sim_schedules_get_name (number), { &self->context, NULL }, 0 };

  if (!sim_store_apply (&self->store, aq_rule_trigger_schedule, &event, NULL))
    return;
  sim_schedules_take_new (self, number, 0);
  sim_schedules_tell (self, "trigger");
}

static void
manage (SimSchedules *self)
{
  guint number = sim_random_below (&self->random, self->n_plans);

  switch (sim_random_below (&self->random, 10))
    {
    case 0:
      remove_plan (self, number);
      break;
    case 1:
    case 2:
      trigger (self, number);
      break;
    case 3:
    case 4:
      pause_plan (self, number, TRUE);
      break;
    case 5:
    case 6:
    case 7:
      pause_plan (self, number, FALSE);
      break;
    default:
      set_plan (self, number);
      break;
    }
}

/* the daemon */

static int
compare_due (gconstpointer a,
             gconstpointer b)
{
  const AqScheduleDue *left = a;
  const AqScheduleDue *right = b;

  if (left->next_usec != right->next_usec)
    return left->next_usec < right->next_usec ? -1 : 1;
  return strcmp (left->name, right->name);
}

/* as the engine does it: earliest first, then by name */
static GArray *
list_due (SimSchedules *self)
{
  GArray *due = g_array_new (FALSE, FALSE, sizeof (AqScheduleDue));

  for (guint i = 0; i < self->n_plans; i++)
    if (self->plans[i].exists && !self->plans[i].paused &&
        sim_plan_get_next (&self->plans[i]) <= aq_clock_get_wall (self->clock))
      {
        AqScheduleDue one = { (char *) sim_schedules_get_name (i), sim_plan_get_next (&self->plans[i]) };

        g_array_append_val (due, one);
      }
  g_array_sort (due, compare_due);
  return due;
}

static guint
get_number (const char *name)
{
  guint number = 0;

  while (strcmp (sim_schedules_get_name (number), name) != 0)
    number++;
  return number;
}

/* the jobs that have to be there now; returns whether it is at an end */
static gboolean
expect_runs (SimSchedules *self,
             guint                      number,
             const AqRunSchedulesEvent *event,
             guint                     *n_looks)
{
  SimPlan *plan = &self->plans[number];
  gint64 due_usec;

  while (*n_looks < event->max_looks && sim_plan_take (plan, aq_clock_get_wall (self->clock), &due_usec))
    {
      (*n_looks)++;
      if (!sim_plan_allows (plan, number, self->runs))
        {
          plan->n_skipped++;
          continue;
        }
      if (plan->overlap == SIM_OVERLAP_REPLACE)
        sim_schedules_replace_others (self, number);
      sim_schedules_take_new (self, number, due_usec);
      plan->n_runs++;
      if (event->only_one)
        return TRUE;
    }
  return *n_looks >= event->max_looks;
}

static void
run_due (SimSchedules *self)
{
  static const guint max_looks[] = { AQ_MAX_SCHEDULE_LOOKS, AQ_MAX_SCHEDULE_LOOKS, 3, 1 };
  g_autoptr(GArray) due = list_due (self);
  g_autoptr(GArray) before = g_array_copy (due);
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func (g_free);
  AqRunSchedulesEvent event = {
    .due = due,
    .put = { &self->context, NULL },
    .max_looks = max_looks[sim_random_below (&self->random, G_N_ELEMENTS (max_looks))],
    .only_one = sim_random_one_in (&self->random, 8),
    .out_stops = stops,
    .out_complaints = complaints,
  };
  guint n_looks = 0;

  if (due->len == 0)
    return;
  (void) sim_store_apply (&self->store, aq_rule_run_schedules, &event, NULL);
  if (complaints->len > 0)
    sim_violation ("%s", (const char *) g_ptr_array_index (complaints, 0));
  for (guint i = 0; i < before->len; i++)
    if (expect_runs (self, get_number (g_array_index (before, AqScheduleDue, i).name), &event, &n_looks))
      break;
  sim_schedules_tell (self, "run what is due");
}

static void
clear_due (gpointer due)
{
  g_free (((AqScheduleDue *) due)->name);
}

/* the clock was set, or may have been while the daemon was not there */
static void
rearm (SimSchedules *self)
{
  g_autoptr(GArray) due = g_array_new (FALSE, FALSE, sizeof (AqScheduleDue));
  AqRearmSchedulesEvent event = { due };

  g_array_set_clear_func (due, clear_due);
  (void) sim_store_apply (&self->store, aq_rule_rearm_schedules, &event, NULL);
  for (guint i = 0; i < self->n_plans; i++)
    sim_plan_rearm (&self->plans[i], aq_clock_get_wall (self->clock));
}

/* no delay is longer than it says, whatever the clock does */
static void
check_delays (SimSchedules *self)
{
  for (guint i = 0; i < self->n_plans && self->on; i++)
    if (self->plans[i].exists && !self->plans[i].paused && sim_plan_is_delay (&self->plans[i]))
      {
        const AqItem *item = aq_transaction_get_item (sim_store_read (&self->store), AQ_ITEM_SCHEDULE,
                                                      sim_schedules_get_name (i));
        gint64 left_usec = sim_schedules_look_up (item->value, "next") - aq_clock_get_wall (self->clock);

        if (left_usec > sim_timetables[self->plans[i].timetable].period_usec)
          sim_violation ("plan %u waits %" G_GINT64_FORMAT " s, and is a delay of less", i, left_usec / G_USEC_PER_SEC);
      }
}

static void
set_on (SimSchedules *self,
        gboolean  on)
{
  sim_schedules_tell (self, on ? "switch on" : "switch off");
  if (on && !self->on)
    rearm (self);
  self->on = on;
}

static void
crash (SimSchedules *self)
{
  guint64 sequence = sim_store_get_sequence (&self->store);

  sequence -= sim_random_below (&self->random, sequence - self->store.flushed + 1);
  sim_schedules_tell (self, "crash");
  self->checked = 0;
  sim_store_crash (&self->store, sequence);
  sim_schedules_go_back (self, sequence);
  g_array_set_size (self->attempts, 0);
  (void) sim_store_apply (&self->store, aq_rule_recover, NULL, NULL);
  /* what was to end has, with who had it */
  for (guint i = 0; i < self->runs->len; i++)
    g_array_index (self->runs, SimRun, i).ended |= g_array_index (self->runs, SimRun, i).cancelled;
  if (self->on)
    {
      sim_schedules_keep_copy (self);
      rearm (self);
    }
}

static void
pass_time (SimSchedules *self)
{
  static const gint64 most_usec[] = { SIM_MINUTE_USEC, 40 * SIM_MINUTE_USEC, 40 * SIM_MINUTE_USEC, 9 * SIM_HOUR_USEC,
                                      3 * DAY_USEC };
  guint index = sim_random_below (&self->random, G_N_ELEMENTS (most_usec));

  aq_clock_advance (self->clock, (gint64) (sim_random_next (&self->random) % most_usec[index]));
  sim_schedules_tell (self, "time passes");
}

static void
set_clock (SimSchedules *self)
{
  static const gint64 most_usec[] = { SIM_HOUR_USEC, DAY_USEC, 10 * DAY_USEC };
  guint index = sim_random_below (&self->random, G_N_ELEMENTS (most_usec));
  gint64 by_usec = (gint64) (sim_random_next (&self->random) % (2 * most_usec[index])) - most_usec[index];

  aq_clock_set_wall (self->clock, aq_clock_get_wall (self->clock) + by_usec);
  sim_schedules_tell (self, by_usec < 0 ? "clock is set back" : "clock is set forward");
  if (self->on)
    rearm (self);
}

static void
step (SimSchedules *self)
{
  guint what = sim_random_below (&self->random, 100);

  self->n_steps++;
  if (what < 25)
    pass_time (self);
  else if (what < 34)
    sim_schedules_claim (self);
  else if (what < 60)
    sim_schedules_work (self);
  else if (what < 64)
    sim_schedules_cancel (self);
  else if (what < 76)
    manage (self);
  else if (what < 82)
    set_clock (self);
  else if (what < 86)
    crash (self);
  else if (what < 90)
    set_on (self, !self->on || sim_random_one_in (&self->random, 2));
  else
    sim_schedules_flush (self);
  sim_schedules_check (self);
  sim_schedules_tell_runs (self);
  if (self->on)
    run_due (self);
  sim_schedules_check (self);
  check_delays (self);
}

/* no more faults: what there is ends, and a queue leaves nobody behind */
static void
heal (SimSchedules *self)
{
  for (guint i = 0; i < 2 * self->runs->len + 2; i++)
    {
      sim_schedules_claim (self);
      while (self->attempts->len > 0)
        sim_schedules_work (self);
    }
  sim_schedules_check (self);
  for (guint i = 0; i < self->runs->len; i++)
    if (!g_array_index (self->runs, SimRun, i).ended)
      sim_violation ("job %" G_GUINT64_FORMAT " never ends", g_array_index (self->runs, SimRun, i).id);
}

static guint64
run (guint64  seed,
     gboolean verbose)
{
  SimSchedules world;
  guint n_steps;
  guint64 hash;

  sim_schedules_init (&world, seed);
  world.verbose = verbose;
  (void) sim_store_apply (&world.store, aq_rule_recover, NULL, NULL);
  for (guint i = 0; i < world.n_plans; i++)
    set_plan (&world, i);
  sim_schedules_flush (&world);
  n_steps = 40 + sim_random_below (&world.random, 160);
  while (world.n_steps < n_steps)
    step (&world);
  heal (&world);
  hash = world.store.hash;
  sim_schedules_clear (&world);
  return hash;
}

int
main (int    argc,
      char **argv)
{
  static const SimHistory history = { run, sim_schedules_print_counts };

  return sim_main (argc, argv, &history);
}

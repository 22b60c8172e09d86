/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedules and their jobs
 *
 * What there is is compared with the plans, field by field and job by job. Of each
 * transaction that may be lost there is a copy of what was before it.
 */

#include "config.h"

#include "sim-schedules.h"

#include "sim-main.h"

#include "core/aq-job-settings.h"
#include "core/aq-rules.h"

#include <string.h>

#define MAX_COUNTS 32

/* what a crash goes back to */
typedef struct
{
  guint64  sequence;
  guint64  newest_id;
  SimPlan  plans[SIM_MAX_PLANS];
  GArray  *runs; /* of SimRun, owned */
} Copy;

/* what has happened in all histories of this program */
static struct
{
  const char *name;
  guint64     n;
} counts[MAX_COUNTS];

void
sim_schedules_tell (SimSchedules *self,
      const char *name)
{
  guint i = 0;

  while (counts[i].name != NULL && strcmp (counts[i].name, name) != 0)
    i++;
  g_assert (i < MAX_COUNTS - 1);
  counts[i].name = name;
  counts[i].n++;
  if (self->verbose)
    g_print ("# %3u at %12.1f s: %s\n", self->n_steps,
             (double) (aq_clock_get_wall (self->clock) - SIM_START) / G_USEC_PER_SEC, name);
}

/* what the rules have made of it */
void
sim_schedules_tell_runs (SimSchedules *self)
{
  for (guint i = 0; i < self->runs->len && self->verbose; i++)
    {
      const SimRun *run = &g_array_index (self->runs, SimRun, i);
      const AqJob *job = aq_transaction_get_job (sim_store_read (&self->store), run->id);

      if (!run->ended || job->state < ASYNCQ_JOB_STATE_CALLBACKS)
        g_print ("#   job %" G_GUINT64_FORMAT " of plan %u, life %u, for %" G_GINT64_FORMAT ": %s, attempt %u%s%s%s\n",
                 run->id, run->plan, run->life, run->due_usec, asyncq_job_state_to_string (job->state), job->attempt,
                 run->begun ? ", begun" : "", run->cancelled ? ", cancelled" : "", run->ended ? ", ended" : "");
    }
}

void
sim_schedules_print_counts (void)
{
  for (guint i = 0; counts[i].name != NULL; i++)
    g_print ("# %-24s %10" G_GUINT64_FORMAT "\n", counts[i].name, counts[i].n);
}

const char *
sim_schedules_get_name (guint number)
{
  static const char *const names[SIM_MAX_PLANS] = { "d", "a", "c", "b" };

  return names[number];
}

/* copies */

static void
free_copy (gpointer data)
{
  Copy *copy = data;

  g_array_unref (copy->runs);
  g_free (copy);
}

void
sim_schedules_keep_copy (SimSchedules *self)
{
  guint64 sequence = sim_store_get_sequence (&self->store);
  Copy *copy = g_new (Copy, 1);

  *copy = (Copy) { .sequence = sequence, .newest_id = self->newest_id, .runs = g_array_copy (self->runs) };
  memcpy (copy->plans, self->plans, sizeof copy->plans);
  while (self->copies->len > 0 &&
         ((Copy *) g_ptr_array_index (self->copies, self->copies->len - 1))->sequence >= sequence)
    g_ptr_array_set_size (self->copies, (gint) self->copies->len - 1);
  g_ptr_array_add (self->copies, copy);
}

void
sim_schedules_go_back (SimSchedules *self,
         guint64  sequence)
{
  Copy *copy = NULL;

  for (guint i = 0; i < self->copies->len; i++)
    if (((Copy *) g_ptr_array_index (self->copies, i))->sequence == sequence)
      copy = g_ptr_array_index (self->copies, i);
  g_assert (copy != NULL);
  self->newest_id = copy->newest_id;
  memcpy (self->plans, copy->plans, sizeof self->plans);
  g_array_unref (self->runs);
  self->runs = g_array_copy (copy->runs);
  /* who was handed out and had not begun is back */
  for (guint i = 0; i < self->runs->len; i++)
    g_array_index (self->runs, SimRun, i).begun = g_array_index (self->runs, SimRun, i).started;
}

void
sim_schedules_flush (SimSchedules *self)
{
  self->store.flushed = sim_store_get_sequence (&self->store);
  sim_schedules_keep_copy (self);
  g_ptr_array_remove_range (self->copies, 0, self->copies->len - 1);
}

/* what the schedules say of themselves */

gint64
sim_schedules_look_up (GVariant   *value,
         const char *key)
{
  g_autoptr(GVariant) found = g_variant_lookup_value (value, key, NULL);

  if (found == NULL)
    return 0;
  return g_variant_is_of_type (found, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (found)
                                                            : (gint64) g_variant_get_uint64 (found);
}

static void
expect (const SimPlan *plan,
        guint          number,
        const AqItem  *item,
        const char    *key,
        gint64         wanted)
{
  gint64 found = sim_schedules_look_up (item->value, key);

  if (found != wanted)
    sim_violation ("plan %u (%s, %s): '%s' is %" G_GINT64_FORMAT ", and %" G_GINT64_FORMAT " is right", number,
                   sim_timetables[plan->timetable].kind, sim_timetables[plan->timetable].when, key, found, wanted);
}

static void
check_plan (SimSchedules *self,
            guint  number)
{
  const SimPlan *plan = &self->plans[number];
  const AqItem *item = aq_transaction_get_item (sim_store_read (&self->store), AQ_ITEM_SCHEDULE,
                                                sim_schedules_get_name (number));

  if ((item != NULL) != plan->exists)
    sim_violation ("plan %u is %s", number, item != NULL ? "there" : "not there");
  if (item == NULL)
    return;
  if (!plan->paused)
    expect (plan, number, item, "next", sim_plan_get_next (plan));
  expect (plan, number, item, "last", plan->last_usec);
  expect (plan, number, item, "runs", (gint64) plan->n_runs);
  expect (plan, number, item, "skipped", (gint64) plan->n_skipped);
  expect (plan, number, item, "failed", 0);
  sim_plan_check (plan, number, self->runs);
}

/* no due time of a plan has two jobs; a delay has none that could come again */
static void
check_twice (SimSchedules *self,
             const SimRun *run)
{
  for (guint i = 0; i < self->runs->len; i++)
    {
      const SimRun *other = &g_array_index (self->runs, SimRun, i);

      if (run->due_usec != 0 && other->plan == run->plan && other->life == run->life &&
          other->due_usec == run->due_usec)
        sim_violation ("jobs %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT " of plan %u are of one due time", other->id,
                       run->id, run->plan);
    }
}

void
sim_schedules_check (SimSchedules *self)
{
  if (self->checked == sim_store_get_sequence (&self->store) && self->copies->len > 0)
    return;
  self->checked = sim_store_get_sequence (&self->store);
  for (guint i = 0; i < self->n_plans; i++)
    check_plan (self, i);
  if (aq_transaction_get_job (sim_store_read (&self->store), self->newest_id + 1) != NULL)
    sim_violation ("job %" G_GUINT64_FORMAT " was made by nobody", self->newest_id + 1);
  sim_schedules_keep_copy (self);
}

/* jobs */

void
sim_schedules_take_new (SimSchedules *self,
          guint   number,
          gint64  due_usec)
{
  const AqJob *job = aq_transaction_get_job (sim_store_read (&self->store), self->newest_id + 1);
  SimRun run = { .plan = number, .life = self->plans[number].life, .due_usec = due_usec };
  GVariant *annotations = job != NULL && job->extra != NULL ? job->extra->annotations : NULL;
  const char *name = "";
  gint64 found_usec;

  if (annotations == NULL)
    sim_violation ("lost: plan %u has no job for %" G_GINT64_FORMAT, number, due_usec);
  (void) g_variant_lookup (annotations, "schedule", "&s", &name);
  found_usec = sim_schedules_look_up (annotations, "scheduled-for");
  if (strcmp (name, sim_schedules_get_name (number)) != 0 || found_usec != due_usec)
    sim_violation ("job %" G_GUINT64_FORMAT " is of '%s' for %" G_GINT64_FORMAT ", and '%s' for %" G_GINT64_FORMAT
                   " is right", job->id, name, found_usec, sim_schedules_get_name (number), due_usec);
  run.id = ++self->newest_id;
  if (!sim_plan_is_delay (&self->plans[number]))
    check_twice (self, &run);
  g_array_append_val (self->runs, run);
}

static SimRun *
find_run (SimSchedules *self,
          guint64  id)
{
  for (guint i = 0; i < self->runs->len; i++)
    if (g_array_index (self->runs, SimRun, i).id == id)
      return &g_array_index (self->runs, SimRun, i);
  g_assert_not_reached ();
}

static gboolean
is_held (SimSchedules *self,
         guint64  id)
{
  for (guint i = 0; i < self->attempts->len; i++)
    if (g_array_index (self->attempts, SimScheduleAttempt, i).id == id)
      return TRUE;
  return FALSE;
}

static void
note_cancelled (SimSchedules *self,
                SimRun *run)
{
  run->cancelled = TRUE;
  run->ended = !is_held (self, run->id);
}

/* what a run takes the place of */
void
sim_schedules_replace_others (SimSchedules *self,
                guint  number)
{
  for (guint i = 0; i < self->runs->len; i++)
    {
      SimRun *run = &g_array_index (self->runs, SimRun, i);

      if (run->plan == number && run->life == self->plans[number].life && run->due_usec != 0 && !run->ended)
        note_cancelled (self, run);
    }
}

void
sim_schedules_claim (SimSchedules *self)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  AqClaimEvent event = { .agent = self->agent, .max_jobs = 1 + sim_random_below (&self->random, 12),
                         .functions = self->context.functions, .out_jobs = jobs };

  if (self->attempts->len > 200)
    return;
  if (!sim_store_apply (&self->store, aq_rule_claim, &event, NULL))
    sim_violation ("a claim is refused");
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (jobs, i);
      SimScheduleAttempt attempt = { job->id, job->lease };

      find_run (self, job->id)->begun = TRUE;
      g_array_append_val (self->attempts, attempt);
    }
  sim_schedules_tell (self, jobs->len > 0 ? "claim" : "nothing to claim");
}

static void
start (SimSchedules *self,
       const SimScheduleAttempt *attempt)
{
  AqStartEvent event = { .id = attempt->id, .lease = attempt->lease, .worker = 4711 };

  if (find_run (self, attempt->id)->started)
    return;
  if (sim_store_apply (&self->store, aq_rule_start, &event, NULL))
    find_run (self, attempt->id)->started = TRUE;
}

static void
finish (SimSchedules *self,
        const SimScheduleAttempt *attempt)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new ("()"));
  gint64 now_usec = aq_clock_get_wall (self->clock);
  AqFinishEvent event = { .id = attempt->id, .lease = attempt->lease, .started_usec = now_usec, .ended_usec = now_usec,
                          .worker = 4711, .result = result, .returned = AQ_DRAFT_NO_PARENT };
  g_autoptr(GError) error = NULL;

  if (!sim_store_apply (&self->store, aq_rule_finish, &event, &error))
    sim_violation ("job %" G_GUINT64_FORMAT " cannot end: %s", attempt->id, error->message);
  find_run (self, attempt->id)->ended = TRUE;
  sim_schedules_tell (self, "finish");
}

void
sim_schedules_work (SimSchedules *self)
{
  guint index;
  SimScheduleAttempt attempt;

  if (self->attempts->len == 0)
    return;
  index = sim_random_below (&self->random, self->attempts->len);
  attempt = g_array_index (self->attempts, SimScheduleAttempt, index);
  if (!find_run (self, attempt.id)->started && sim_random_one_in (&self->random, 3))
    {
      start (self, &attempt);
      return;
    }
  g_array_remove_index_fast (self->attempts, index);
  finish (self, &attempt);
}

void
sim_schedules_cancel (SimSchedules *self)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  AqCancelEvent event = { .why = "not wanted", .out_stops = stops };
  SimRun *run;

  if (self->runs->len == 0)
    return;
  run = &g_array_index (self->runs, SimRun, sim_random_below (&self->random, self->runs->len));
  event.id = run->id;
  if (!sim_store_apply (&self->store, aq_rule_cancel, &event, NULL))
    return;
  note_cancelled (self, run);
  sim_schedules_tell (self, "cancel");
}

static AqFunctionTable *
new_functions (void)
{
  AqFunctionTable *functions = aq_function_table_new ();
  GPtrArray *list = g_ptr_array_new ();
  GError *error = NULL;

  g_ptr_array_add (list, aq_function_new ("t", "a", "", "()", "", &error));
  g_assert_no_error (error);
  aq_function_table_set_plugin (functions, "t", list);
  return functions;
}

void
sim_schedules_init (SimSchedules *self,
            guint64  seed)
{
  GError *error = NULL;

  *self = (SimSchedules) {
    .random = { seed },
    .clock = aq_clock_new_manual (SIM_START),
    .context = { .functions = new_functions (), .policies = aq_retry_policies_new (),
                 .settings = aq_job_settings_table_new (), .queue = "" },
    .agent = aq_agent_new ("main", 256, NULL, NULL, &error),
    .on = TRUE,
    .runs = g_array_new (FALSE, FALSE, sizeof (SimRun)),
    .attempts = g_array_new (FALSE, FALSE, sizeof (SimScheduleAttempt)),
    .copies = g_ptr_array_new_with_free_func (free_copy),
  };
  g_assert_no_error (error);
  self->n_plans = 1 + sim_random_below (&self->random, SIM_MAX_PLANS);
  sim_store_init (&self->store, self->clock);
}

void
sim_schedules_clear (SimSchedules *self)
{
  g_ptr_array_unref (self->copies);
  g_array_unref (self->attempts);
  g_array_unref (self->runs);
  aq_agent_unref (self->agent);
  sim_store_clear (&self->store);
  g_hash_table_unref (self->context.settings);
  aq_retry_policies_unref (self->context.policies);
  aq_function_table_free (self->context.functions);
  aq_clock_unref (self->clock);
}

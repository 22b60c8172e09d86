/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How many transitions a second the rules make on the memory store, and whether
 * a claim costs the same with a thousand jobs that wait and with a million. One
 * transition is one rule in one transaction; nothing is flushed or sent.
 */

#include "config.h"

#include "bench-table.h"

#include "core/aq-queue-counts.h"
#include "core/aq-rules.h"
#include "core/aq-run-times.h"
#include "core/aq-statistics.h"
#include "core/aq-why.h"
#include "libasyncq/asyncq-error.h"
#include "store/aq-memory-store.h"

#define START G_GINT64_CONSTANT (1767225600000000) /* 2026-01-01 00:00:00 UTC */
#define N_JOBS 200000
#define N_CLAIMS 20000
#define WANTED_TRANSITIONS 500000

static const AqActor actor = { 1000, ":1.7" };

typedef struct
{
  AqClock         *clock;
  AqStore         *store;
  AqFunctionTable *functions;
  AqAgent         *agent;
  GPtrArray       *jobs; /* used again and again */
} Bench;

typedef struct
{
  guint64 id;
  guint64 lease;
} Attempt;

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  if (error != NULL)
    bench_fail ("a rule refuses: %s", error->message);
}

static void
apply (Bench    *self,
       AqRule    rule,
       gpointer  event)
{
  aq_store_apply (self->store, &actor, rule, event, on_applied, NULL);
}

static void
set_up (Bench *self)
{
  GPtrArray *list = g_ptr_array_new ();
  GError *error = NULL;

  self->clock = aq_clock_new_manual (START);
  self->store = aq_memory_store_new (self->clock);
  self->functions = aq_function_table_new ();
  self->agent = aq_agent_new ("main", 3, NULL, NULL, &error);
  self->jobs = g_ptr_array_new ();
  g_ptr_array_add (list, aq_function_new ("t", "work", "number t", "t", "", &error));
  if (error != NULL)
    bench_fail ("%s", error->message);
  aq_function_table_set_plugin (self->functions, "t", list);
  apply (self, aq_rule_recover, NULL);
}

static void
tear_down (Bench *self)
{
  GError *error = NULL;

  (void) aq_store_close (self->store, &error);
  g_object_unref (self->store);
  g_ptr_array_unref (self->jobs);
  aq_agent_unref (self->agent);
  aq_function_table_free (self->functions);
  aq_clock_unref (self->clock);
}

static void
put_later (Bench   *self,
           guint64  number,
           gint64   delay_usec)
{
  AqDraft draft = {
    .kind = AQ_JOB_CALL, .priority = AQ_PRIORITY_DEFAULT, .queue = "", .function = "t.work", .arguments_type = "(t)",
    .arguments = &number, .arguments_size = sizeof number, .parent = AQ_DRAFT_NO_PARENT, .delay_usec = delay_usec,
  };
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  apply (self, aq_rule_put, &event);
}

static void
put (Bench  *self,
     guint64 number)
{
  put_later (self, number, 0);
}

static Attempt
claim (Bench *self)
{
  AqClaimEvent event = { .agent = self->agent, .max_jobs = 1, .functions = self->functions, .out_jobs = self->jobs };
  const AqJob *job;

  g_ptr_array_set_size (self->jobs, 0);
  apply (self, aq_rule_claim, &event);
  if (self->jobs->len == 0)
    bench_fail ("nothing is to be claimed");
  job = g_ptr_array_index (self->jobs, 0);
  return (Attempt) { job->id, job->lease };
}

static void
start (Bench   *self,
       Attempt  attempt)
{
  AqStartEvent event = { .id = attempt.id, .lease = attempt.lease, .worker = 4711 };

  apply (self, aq_rule_start, &event);
}

static void
finish (Bench    *self,
        Attempt   attempt,
        AqResult *result)
{
  static const AqUsage usage = { .user_usec = 3, .system_usec = 1 };
  AqFinishEvent event = {
    .id = attempt.id, .lease = attempt.lease, .started_usec = START, .ended_usec = START, .worker = 4711,
    .result = result, .returned = AQ_DRAFT_NO_PARENT, .usage = &usage,
  };

  apply (self, aq_rule_finish, &event);
}

static void
interrupt (Bench   *self,
           Attempt  attempt)
{
  AqReleaseEvent event = { .id = attempt.id, .lease = attempt.lease };

  apply (self, aq_rule_interrupt, &event);
}

/* a conflict, which `common` lets run again at once */
static void
conflict (Bench    *self,
          Attempt   attempt,
          AqResult *failure)
{
  AqFinishEvent event = {
    .id = attempt.id, .lease = attempt.lease, .started_usec = START, .ended_usec = START, .worker = 4711,
    .result = failure, .failed = TRUE, .returned = AQ_DRAFT_NO_PARENT,
    .cause = { .kind = AQ_CAUSE_ERROR, .domain = g_quark_to_string (ASYNCQ_ERROR), .code = ASYNCQ_ERROR_CONFLICT },
  };

  apply (self, aq_rule_finish, &event);
}

static void
let_gate_open (Bench *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static double
report (const char *what,
        guint       n_transitions,
        double      seconds)
{
  double rate = n_transitions / seconds;

  g_print ("%-44s %12.0f a second %8.3f us each\n", what, rate, 1e6 / rate);
  return rate;
}

static double
measure_life (Bench *self)
{
  g_autoptr(AqResult) result = aq_result_new_variant (g_variant_new_uint64 (42));
  double at, seconds = 0;
  double from = bench_now ();

  for (guint i = 0; i < N_JOBS; i++)
    put (self, i);
  at = bench_now ();
  seconds += at - from;
  (void) report ("put", N_JOBS, at - from);
  let_gate_open (self);

  from = bench_now ();
  for (guint i = 0; i < N_JOBS; i++)
    {
      Attempt attempt = claim (self);

      start (self, attempt);
      finish (self, attempt, result);
    }
  at = bench_now ();
  seconds += at - from;
  (void) report ("claim, start, finish", 3 * N_JOBS, at - from);
  let_gate_open (self);
  return report ("all of them", 4 * N_JOBS, seconds);
}

static void
measure_again (Bench *self)
{
  g_autoptr(GError) error = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_CONFLICT, "somebody else was faster");
  g_autoptr(AqResult) failure = aq_result_new_failure (error);
  double from;
  guint n = N_JOBS / 10;

  for (guint i = 0; i < n; i++)
    put (self, i);
  from = bench_now ();
  for (guint i = 0; i < n; i++)
    {
      Attempt attempt = claim (self);

      start (self, attempt);
      interrupt (self, attempt);
    }
  (void) report ("claim, start, interrupt", 3 * n, bench_now () - from);
  from = bench_now ();
  for (guint i = 0; i < n; i++)
    {
      Attempt attempt = claim (self);

      start (self, attempt);
      conflict (self, attempt, failure);
    }
  (void) report ("claim, start, retry after a conflict", 3 * n, bench_now () - from);
  let_gate_open (self);
}

/* Returns: microseconds a claim */
static double
measure_claim (guint n_pending)
{
  Bench bench;
  double from, usec;
  guint n_claims = MIN (N_CLAIMS, n_pending / 2);
  g_autofree char *what = g_strdup_printf ("claim with %u jobs that wait", n_pending);

  set_up (&bench);
  for (guint i = 0; i < n_pending; i++)
    {
      put (&bench, i);
      if (i % 100000 == 0)
        let_gate_open (&bench);
    }
  let_gate_open (&bench);
  from = bench_now ();
  for (guint i = 0; i < n_claims; i++)
    (void) claim (&bench);
  usec = 1e6 * (bench_now () - from) / n_claims;
  (void) report (what, n_claims, usec * n_claims / 1e6);
  tear_down (&bench);
  return usec;
}

/* one page of a long queue, and one job out of it */
static void
measure_list (Bench      *self,
              const char *what,
              guint64     offset)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  AqListQueuedEvent list = { .name = (char *) "", .offset = offset, .limit = 100, .out_ids = ids };
  AqPullEvent pull = { .queue = (char *) "", .index = offset };
  double from = bench_now ();
  double listed;

  apply (self, aq_rule_list_queued, &list);
  listed = bench_now ();
  apply (self, aq_rule_pull, &pull);
  g_print ("%-44s %8.3f ms a page %8.3f ms a pull\n", what, 1e3 * (listed - from), 1e3 * (bench_now () - listed));
  if (ids->len != 100)
    bench_fail ("%u jobs were listed", ids->len);
}

static void
measure_queue (const char *what,
               gint64      delay_usec)
{
  g_autofree char *first = g_strdup_printf ("first 100 of 1000000 that %s", what);
  g_autofree char *middle = g_strdup_printf ("100 in the middle of 1000000 that %s", what);
  Bench bench;

  set_up (&bench);
  for (guint i = 0; i < 1000000; i++)
    {
      put_later (&bench, i, delay_usec);
      if (i % 100000 == 0)
        let_gate_open (&bench);
    }
  let_gate_open (&bench);
  measure_list (&bench, first, 0);
  measure_list (&bench, middle, 500000);
  tear_down (&bench);
}

static void
note_job (AqRunTimes    *times,
          AqQueueCounts *queue,
          GRefString    *function,
          guint          number)
{
  for (guint step = 1; step <= 4; step++)
    {
      queue->n_in_state[step - 1]--;
      queue->n_in_state[step]++;
      aq_queue_counts_edit (queue, START + number)->n_started++;
    }
  aq_run_times_add (times, function, number & 0xffff, FALSE);
}

/* what a job's way through the states costs beside: four steps counted, and one run time */
static void
measure_statistics (void)
{
  static const char *const names[] = { "", "mail", "many", "slow" };
  g_autoptr(AqRunTimes) times = aq_run_times_new ();
  AqQueueCounts *counts[G_N_ELEMENTS (names)];
  GRefString *functions[G_N_ELEMENTS (names)];
  guint n = N_JOBS / 10;
  double fastest = G_MAXDOUBLE;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      counts[i] = aq_queue_counts_new (names[i], TRUE);
      functions[i] = g_ref_string_new_intern (names[i]);
    }
  /* a round that nobody disturbs is what it costs */
  for (guint round = 0; round < 100; round++)
    {
      double from = bench_now ();

      for (guint i = 0; i < n; i++)
        note_job (times, counts[i % G_N_ELEMENTS (names)], functions[i % G_N_ELEMENTS (names)], i);
      fastest = MIN (fastest, bench_now () - from);
    }
  g_print ("%-44s %8.1f ns\n", "statistics of a job", 1e9 * fastest / n);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      aq_queue_counts_unref (counts[i]);
      g_ref_string_release (functions[i]);
    }
}

static void
measure_why (void)
{
  g_autoptr(AqRunTimes) times = aq_run_times_new ();
  AqStatisticsEvent statistics = { .run_times = times };
  AqWhyAgent agent = { .n_free = 3 };
  AqWhyEvent why = { .id = 1000000, .agents = &agent, .n_agents = 1, .claiming = TRUE, .run_times = times };
  Bench bench;
  double from, explained;

  set_up (&bench);
  for (guint i = 0; i < 1000000; i++)
    {
      put (&bench, i);
      if (i % 100000 == 0)
        let_gate_open (&bench);
    }
  let_gate_open (&bench);
  agent.agent = bench.agent;
  why.functions = bench.functions;
  from = bench_now ();
  apply (&bench, aq_rule_why, &why);
  explained = bench_now ();
  apply (&bench, aq_rule_read_statistics, &statistics);
  g_print ("%-44s %8.3f ms, and %.3f ms for the statistics\n", "why the last of 1000000 does not run",
           1e3 * (explained - from), 1e3 * (bench_now () - explained));
  g_variant_unref (why.out_value);
  g_variant_unref (statistics.out_value);
  tear_down (&bench);
}

int
main (void)
{
  static const guint sizes[] = { 1000, 10000, 100000, 1000000 };
  Bench bench;
  double rate;

  set_up (&bench);
  rate = measure_life (&bench);
  measure_again (&bench);
  tear_down (&bench);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    (void) measure_claim (sizes[i]);
  measure_statistics ();
  measure_why ();
  measure_queue ("are due", 0);
  measure_queue ("wait", G_USEC_PER_SEC);
  g_print ("%.0f transitions a second; %d are wanted: %s\n", rate, WANTED_TRANSITIONS,
           rate >= WANTED_TRANSITIONS ? "reached" : "not reached");
  return rate >= WANTED_TRANSITIONS ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Workers that are replaced, and the end of the service
 */

#include "config.h"

#include "fixture.h"

#include "work/aq-orphans.h"

#include <signal.h>

static const char * const plugins[] = { "brood", "demo", "probe", NULL };

static guint32
get_pid (Fixture *fixture)
{
  g_autoptr(GArray) pids = fixture_pids (fixture);

  return pids->len > 0 ? g_array_index (pids, guint32, 0) : 0;
}

/* the pid of the worker that runs it */
static guint32
run_and_get_pid (Fixture *fixture)
{
  Ending ending = fixture_run (fixture, "probe.context", "()");
  gint32 pid;

  g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  g_variant_get_child (ending.value, 5, "i", &pid);
  ending_clear (&ending);
  return (guint32) pid;
}

static void
test_a_worker_is_replaced_after_so_many_jobs (void)
{
  g_autoptr(Fixture) fixture = fixture_new_recycling (1, plugins, &(AqRecycleLimits) { .max_jobs = 3 });
  guint32 pids[9];

  for (guint i = 0; i < G_N_ELEMENTS (pids); i++)
    pids[i] = run_and_get_pid (fixture);
  for (guint i = 1; i < G_N_ELEMENTS (pids); i++)
    if (i % 3 == 0)
      g_assert_cmpuint (pids[i], !=, pids[i - 1]);
    else
      g_assert_cmpuint (pids[i], ==, pids[i - 1]);
}

static void
test_each_job_may_have_a_process_of_its_own (void)
{
  g_autoptr(Fixture) fixture = fixture_new_recycling (2, plugins, &(AqRecycleLimits) { .max_jobs = 1 });
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint64 ids[40];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = fixture_call (fixture, "probe.context", "()");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      Ending ending = fixture_wait (fixture, ids[i]);
      gint32 pid;

      g_variant_get_child (ending.value, 5, "i", &pid);
      g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (pid)));
      ending_clear (&ending);
    }
}

static void
test_a_worker_that_is_too_large_is_replaced (void)
{
  g_autoptr(Fixture) fixture = fixture_new_recycling (1, plugins, &(AqRecycleLimits) { .max_memory_bytes = 4096 });
  guint32 first = run_and_get_pid (fixture);

  /* any process has more than that */
  while (get_pid (fixture) == first)
    fixture_turn ();
  g_assert_cmpuint (run_and_get_pid (fixture), !=, first);
}

static void
test_short_jobs_are_not_lost_while_workers_are_replaced (void)
{
  g_autoptr(Fixture) fixture = fixture_new_recycling (2, plugins, &(AqRecycleLimits) { .max_jobs = 7 });
  guint64 ids[300];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = fixture_call (fixture, "demo.multiply", "(6, 7)");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    assert_value (fixture_wait (fixture, ids[i]), "42");
}

static void
on_drained (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
until_active (Fixture *fixture,
              guint64  id)
{
  while (TRUE)
    {
      g_autofree char *state = fixture_state (fixture, id);

      if (g_str_equal (state, "active"))
        return;
      fixture_turn ();
    }
}

static void
test_a_drain_waits_for_what_runs (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (2, plugins, clock);
  guint64 id = fixture_call (fixture, "probe.wait", "(true,)");
  g_autofree char *state = NULL;
  gboolean drained = FALSE;
  guint64 later;

  until_active (fixture, id);
  aq_work_drain (fixture->work, 10 * G_USEC_PER_SEC, on_drained, &drained);
  later = fixture_call (fixture, "demo.noop", "()");
  aq_clock_advance (clock, 10 * G_USEC_PER_SEC - 1);
  g_assert_false (drained);
  aq_clock_advance (clock, 1);
  /* asked to stop, it comes to something */
  assert_value (fixture_wait (fixture, id), "uint32 1");
  while (!drained)
    fixture_turn ();
  g_assert_cmpuint (get_pid (fixture), ==, 0);
  state = fixture_state (fixture, later);
  g_assert_cmpstr (state, ==, "pending");
}

static void
test_an_interrupted_job_goes_back (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (1, plugins, clock);
  guint64 id = fixture_call (fixture, "probe.stay", "(uint32 0, true)");
  g_autofree char *state = NULL;
  gboolean drained = FALSE;

  until_active (fixture, id);
  aq_work_drain (fixture->work, G_USEC_PER_SEC, on_drained, &drained);
  aq_clock_advance (clock, G_USEC_PER_SEC);
  aq_clock_advance (clock, AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC);
  g_assert_false (drained);
  aq_clock_advance (clock, AQ_WORK_DEFAULT_KILL_TIMEOUT_USEC);
  while (!drained)
    fixture_turn ();
  state = fixture_state (fixture, id);
  g_assert_cmpstr (state, ==, "pending");
}

static gboolean
is_there (guint32 pid)
{
  return kill ((pid_t) pid, 0) == 0;
}

static void
test_what_a_dead_worker_has_started_is_killed_and_reaped (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, plugins);
  g_autofree char *path = fixture_path (fixture, "pids");
  g_autofree char *arguments = g_strdup_printf ("(uint32 50, true, '%s', 'crash')", path);
  g_autofree char *text = NULL;
  g_autoptr(GVariant) pids = NULL;
  const guint32 *numbers;
  gsize n_numbers;

  g_assert_true (aq_orphans_adopt ());
  assert_failure (fixture_run (fixture, "brood.keep", arguments), ASYNCQ_ERROR_CRASHED, "SIGKILL");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  pids = g_variant_parse (G_VARIANT_TYPE ("au"), text, NULL, NULL, NULL);
  numbers = g_variant_get_fixed_array (pids, &n_numbers, sizeof *numbers);
  g_assert_cmpuint (n_numbers, ==, 50);
  for (gsize i = 0; i < n_numbers; i++)
    while (is_there (numbers[i]))
      fixture_turn ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/supervision/" #name, test_##name)
  ADD (a_worker_is_replaced_after_so_many_jobs);
  ADD (each_job_may_have_a_process_of_its_own);
  ADD (a_worker_that_is_too_large_is_replaced);
  ADD (short_jobs_are_not_lost_while_workers_are_replaced);
  ADD (a_drain_waits_for_what_runs);
  ADD (an_interrupted_job_goes_back);
  ADD (what_a_dead_worker_has_started_is_killed_and_reaped);
#undef ADD

  return g_test_run ();
}

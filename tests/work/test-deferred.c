/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Jobs that end later than their functions return, with real workers
 */

#include "config.h"

#include "fixture.h"

#include "core/aq-engine-annotations.h"
#include "core/aq-engine-private.h"

#include <glib/gstdio.h>
#include <signal.h>

static const char * const usual_plugins[] = { "demo", "later", NULL };

static void
on_annotation (GVariant     *value,
               const GError *error,
               gpointer      user_data)
{
  g_assert_no_error (error);
  g_assert_nonnull (value);
  *(gboolean *) user_data = TRUE;
}

static void
wait_for_annotation (Fixture    *fixture,
                     guint64     id,
                     const char *key)
{
  gboolean found = FALSE;

  (void) aq_engine_get_annotation (fixture->engine, id, key, -1, 0, on_annotation, &found); /* is over when it is told */
  while (!found)
    fixture_turn ();
}

/* tells the attempt to stop, as the engine does */
static void
stop (Fixture  *fixture,
      guint64   id)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  g_autoptr(GVariant) job = fixture_read (fixture, id);
  AqStop one = { .id = id, .kill = TRUE };

  g_assert_true (g_variant_lookup (job, "Lease", "t", &one.lease));
  g_array_append_val (stops, one);
  aq_engine_stop_attempts (fixture->engine, stops, 0);
}

static void
test_a_job_ends_when_its_time_has_come (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "later.value", "(<'x'>, uint32 0)"), "<'x'>");
  assert_value (fixture_run (fixture, "later.value", "(<(1, 2)>, uint32 5)"), "<(1, 2)>");
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_a_job_ends_before_its_function_returns (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  for (int i = 0; i < 20; i++)
    assert_value (fixture_run (fixture, "later.at_once", "()"), "'at once'");
}

static void
test_a_job_is_ended_by_any_thread_and_once (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  for (int i = 0; i < 50; i++)
    assert_value (fixture_run (fixture, "later.thread", "()"), "'from a thread'");
}

static void
test_a_function_that_may_defer_need_not (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "later.not_at_all", "()"), "'not deferred'");
}

static void
test_a_function_that_defers_says_so_first (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_failure (fixture_run (fixture, "later.undeclared", "()"), ASYNCQ_ERROR_BAD_RESULT,
                  "^'later\\.undeclared' deferred its end, which it does not declare: 'deferred' belongs into");
  assert_failure (fixture_run (fixture, "later.both", "()"), ASYNCQ_ERROR_BAD_RESULT, "returned a value as well");
}

static void
test_a_job_fails_later (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_failure (fixture_run (fixture, "later.fail", "()"), ASYNCQ_ERROR_FINAL, "^failed later$");
}

static void
test_a_job_snoozes_later (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "later.snooze", "()"), "'again'");
}

static void
test_a_deferred_job_is_cancelled_on_the_main_thread (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_call (fixture, "later.wait", "()");

  wait_for_annotation (fixture, id, "waits");
  stop (fixture, id);
  assert_failure (fixture_wait (fixture, id), ASYNCQ_ERROR_CANCELLED, "^cancelled in the main thread$");
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_others_do_not_wait_behind_a_deferred_job (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  guint64 waits = fixture_call (fixture, "later.wait", "()");

  wait_for_annotation (fixture, waits, "waits");
  for (int i = 0; i < 20; i++)
    assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  stop (fixture, waits);
  assert_failure (fixture_wait (fixture, waits), ASYNCQ_ERROR_CANCELLED, "the main");
}

static void
test_a_deferred_job_is_blamed_for_the_death_of_its_worker (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_submit (fixture, "[{'function': <'later.never'>, 'retry': <'never'>}]");
  g_autoptr(GArray) pids = NULL;

  wait_for_annotation (fixture, id, "waits");
  pids = fixture_pids (fixture);
  g_assert_cmpint (kill ((pid_t) g_array_index (pids, guint32, 0), SIGKILL), ==, 0);
  assert_failure (fixture_wait (fixture, id), ASYNCQ_ERROR_CRASHED, "SIGKILL \\(9\\) while it ran later\\.never$");
}

static guint32
get_attempt_of (Fixture *fixture,
                guint64  id)
{
  Ending ending = fixture_wait (fixture, id);
  guint32 attempt;

  g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  attempt = g_variant_get_uint32 (ending.value);
  ending_clear (&ending);
  return attempt;
}

#define N_TOGETHER 8

static void
test_jobs_run_beside_each_other_in_one_worker (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 ids[N_TOGETHER];

  for (int round = 0; round < 20; round++)
    {
      for (guint i = 0; i < N_TOGETHER; i++)
        ids[i] = fixture_call (fixture, "later.gather", "(uint32 8,)");
      for (guint i = 0; i < N_TOGETHER; i++)
        {
          g_autofree char *text = g_strdup_printf ("uint32 %u", i);

          assert_value (fixture_wait (fixture, ids[i]), text);
        }
    }
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_no_more_jobs_run_beside_each_other_than_declared (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 ids[N_TOGETHER];
  g_autofree char *state = NULL;
  guint64 one_more;

  for (guint i = 0; i < N_TOGETHER; i++)
    ids[i] = fixture_call (fixture, "later.gather", "(uint32 9,)");
  for (guint i = 0; i < N_TOGETHER; i++)
    wait_for_annotation (fixture, ids[i], "waits");
  one_more = fixture_call (fixture, "later.gather", "(uint32 9,)");
  for (int i = 0; i < 50; i++)
    (void) g_main_context_iteration (NULL, FALSE);
  state = fixture_state (fixture, one_more);
  g_assert_cmpstr (state, ==, "pending");

  stop (fixture, ids[3]);
  assert_failure (fixture_wait (fixture, ids[3]), ASYNCQ_ERROR_CANCELLED, "^cancelled in the main thread$");
  wait_for_annotation (fixture, one_more, "waits");
  for (guint i = 0; i < N_TOGETHER; i++)
    if (i != 3)
      {
        stop (fixture, ids[i]);
        assert_failure (fixture_wait (fixture, ids[i]), ASYNCQ_ERROR_CANCELLED, "the main");
      }
  stop (fixture, one_more);
  assert_failure (fixture_wait (fixture, one_more), ASYNCQ_ERROR_CANCELLED, "the main");
}

static void
test_all_that_had_begun_are_blamed_for_a_crash (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 ids[3];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = fixture_submit (fixture, "[{'function': <'later.crash'>, 'arguments': <(uint32 3,)>}]");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpuint (get_attempt_of (fixture, ids[i]), ==, 2);
}

static void
test_jobs_are_not_blamed_for_one_that_does_not_stop (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (1, usual_plugins, clock);
  guint64 stays, others[2];

  stays = fixture_submit (fixture, "[{'function': <'later.stay'>, 'arguments': <(true,)>, 'retry': <'never'>}]");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    others[i] = fixture_submit (fixture, "[{'function': <'later.stay'>, 'arguments': <(false,)>, 'retry': <'never'>}]");
  wait_for_annotation (fixture, stays, "waits");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    wait_for_annotation (fixture, others[i], "waits");
  stop (fixture, stays);
  aq_clock_advance (clock, AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC);
  aq_clock_advance (clock, AQ_WORK_DEFAULT_KILL_TIMEOUT_USEC);
  assert_failure (fixture_wait (fixture, stays), ASYNCQ_ERROR_CRASHED, "had not stopped");
  /* or else they would run again */
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    assert_failure (fixture_wait (fixture, others[i]), ASYNCQ_ERROR_ABORTED, "^interrupted 1 time");
}

static void
test_a_job_of_another_function_gets_its_turn (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 first = fixture_call (fixture, "later.gather", "(uint32 2,)");
  guint64 other, second;

  wait_for_annotation (fixture, first, "waits");
  other = fixture_call (fixture, "demo.multiply", "(6, 7)");
  second = fixture_call (fixture, "later.gather", "(uint32 1,)");
  for (int i = 0; i < 50; i++)
    (void) g_main_context_iteration (NULL, FALSE);
  stop (fixture, first);
  assert_failure (fixture_wait (fixture, first), ASYNCQ_ERROR_CANCELLED, "the main");
  assert_value (fixture_wait (fixture, other), "42");
  assert_value (fixture_wait (fixture, second), "uint32 0");
}

static void
test_jobs_pass_others_for_which_there_is_another_worker (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  guint64 first = fixture_call (fixture, "later.gather", "(uint32 2,)");
  guint64 waits, other, second;

  wait_for_annotation (fixture, first, "waits");
  waits = fixture_call (fixture, "later.wait", "()");
  wait_for_annotation (fixture, waits, "waits");
  other = fixture_call (fixture, "demo.multiply", "(6, 7)");
  second = fixture_call (fixture, "later.gather", "(uint32 2,)");
  assert_value (fixture_wait (fixture, first), "uint32 0");
  assert_value (fixture_wait (fixture, second), "uint32 1");
  stop (fixture, waits);
  assert_failure (fixture_wait (fixture, waits), ASYNCQ_ERROR_CANCELLED, "the main");
  assert_value (fixture_wait (fixture, other), "42");
}

static void
test_no_job_waits_behind_a_callback_that_blocks (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  guint64 blocks = fixture_call (fixture, "later.block", "()");
  guint64 beside;

  /* the first one reads annotations from within a callback: what comes meanwhile goes to the other worker */
  wait_for_annotation (fixture, blocks, "blocks");
  beside = fixture_call (fixture, "later.block", "()");
  wait_for_annotation (fixture, beside, "blocks");
  fixture_annotate (fixture, beside, "go", "true");
  assert_value (fixture_wait (fixture, beside), "uint32 1");
  fixture_annotate (fixture, blocks, "go", "true");
  assert_value (fixture_wait (fixture, blocks), "uint32 1");
}

static void
test_each_job_asks_for_itself (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 asks[2];

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    asks[i] = fixture_call (fixture, "later.ask", "(uint32 60,)");
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    wait_for_annotation (fixture, asks[i], "asks");
  fixture_annotate (fixture, asks[1], "go", "true");
  assert_value (fixture_wait (fixture, asks[1]), "uint32 60");
  fixture_annotate (fixture, asks[0], "go", "true");
  assert_value (fixture_wait (fixture, asks[0]), "uint32 60");
}

static void
test_what_runs_when_the_service_ends_is_interrupted (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 ids[3];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = fixture_call (fixture, "later.gather", "(uint32 9,)");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    wait_for_annotation (fixture, ids[i], "waits");
  aq_work_stop (fixture->work);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *state = fixture_state (fixture, ids[i]);

      g_assert_cmpstr (state, ==, "pending");
    }
}

static char *
read_journal (Fixture *fixture)
{
  g_autofree char *path = fixture_path (fixture, "journal");
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

static void
test_a_plugin_is_set_up_once_in_a_worker (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autofree char *journal = NULL;

  for (int i = 0; i < 3; i++)
    assert_value (fixture_run (fixture, "later.set_ups", "()"), "uint32 1");
  journal = read_journal (fixture);
  g_assert_cmpstr (journal, ==, "set up\n");
}

static void
test_a_set_up_that_fails_is_tried_again_by_the_next_job (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autofree char *refuse = fixture_path (fixture, "journal.refuse");

  fixture_write_file (fixture, "journal.refuse", "", 0600);
  for (int i = 0; i < 2; i++)
    assert_failure (fixture_run (fixture, "later.set_ups", "()"), ASYNCQ_ERROR_FINAL,
                    "^could not set up plugin 'later': not now$");
  g_assert_cmpint (g_unlink (refuse), ==, 0);
  assert_value (fixture_run (fixture, "later.set_ups", "()"), "uint32 1");
}

static void
test_a_plugin_is_torn_down_when_its_worker_ends_in_order (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autofree char *file = fixture_path (fixture, "later.so");
  g_autofree char *journal = NULL;

  assert_value (fixture_run (fixture, "later.set_ups", "()"), "uint32 1");
  /* without it there is another worker */
  g_assert_cmpint (g_unlink (file), ==, 0);
  while (journal == NULL || !g_str_has_suffix (journal, "torn down\n"))
    {
      fixture_turn ();
      g_free (journal);
      journal = read_journal (fixture);
    }
  g_assert_cmpstr (journal, ==, "set up\ntorn down\n");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/deferred/" #name, test_##name)
  ADD (a_job_ends_when_its_time_has_come);
  ADD (a_job_ends_before_its_function_returns);
  ADD (a_job_is_ended_by_any_thread_and_once);
  ADD (a_function_that_may_defer_need_not);
  ADD (a_function_that_defers_says_so_first);
  ADD (a_job_fails_later);
  ADD (a_job_snoozes_later);
  ADD (a_deferred_job_is_cancelled_on_the_main_thread);
  ADD (others_do_not_wait_behind_a_deferred_job);
  ADD (a_deferred_job_is_blamed_for_the_death_of_its_worker);
  ADD (jobs_run_beside_each_other_in_one_worker);
  ADD (no_more_jobs_run_beside_each_other_than_declared);
  ADD (all_that_had_begun_are_blamed_for_a_crash);
  ADD (jobs_are_not_blamed_for_one_that_does_not_stop);
  ADD (a_job_of_another_function_gets_its_turn);
  ADD (jobs_pass_others_for_which_there_is_another_worker);
  ADD (no_job_waits_behind_a_callback_that_blocks);
  ADD (each_job_asks_for_itself);
  ADD (what_runs_when_the_service_ends_is_interrupted);
  ADD (a_plugin_is_set_up_once_in_a_worker);
  ADD (a_set_up_that_fails_is_tried_again_by_the_next_job);
  ADD (a_plugin_is_torn_down_when_its_worker_ends_in_order);
#undef ADD

  return g_test_run ();
}

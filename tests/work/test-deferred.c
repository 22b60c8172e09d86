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
      guint64   id,
      gboolean  kill)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  g_autoptr(GVariant) job = fixture_read (fixture, id);
  AqStop one = { .id = id, .kill = kill };

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
  stop (fixture, id, FALSE);
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
  stop (fixture, waits, FALSE);
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
  ADD (a_plugin_is_set_up_once_in_a_worker);
  ADD (a_set_up_that_fails_is_tried_again_by_the_next_job);
#undef ADD

  return g_test_run ();
}

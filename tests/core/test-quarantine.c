/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that crash, and functions that take other arguments than before
 */

#include "config.h"

#include "answer.h"
#include "world.h"

#include "core/aq-engine-quarantine.h"
#include "core/aq-engine-why.h"
#include "core/aq-quarantine.h"

#include <string.h>

#define MINUTE (60 * G_USEC_PER_SEC)

static const AqActor tester = { 1000, ":1.7" };

static guint n_workers = 5000;

/* The plugin "p" with crash (), and hear (result v), in this build. */
static void
install (World      *world,
         const char *build,
         const char *parameters)
{
  GPtrArray *functions = g_ptr_array_new ();
  AqFunction *crash = aq_function_new ("p", "crash", parameters, "()", "", NULL);
  AqFunction *sound = aq_function_new ("p", "sound", "", "()", "", NULL);

  crash->build = g_strdup (build);
  sound->build = g_strdup (build);
  g_ptr_array_add (functions, crash);
  g_ptr_array_add (functions, sound);
  aq_function_table_set_plugin (aq_engine_get_functions (world->engine), "p", functions);
  aq_engine_functions_changed (world->engine);
  world_settle (world);
}

static guint64
submit (World      *world,
        const char *function)
{
  g_autofree char *entry = g_strdup_printf ("[{'function': <'%s'>, 'retry': <'never'>}]", function);

  return world_submit_one (world, entry);
}

/* how the worker of a claimed job died */
static void
die (World       *world,
     Attempt      attempt,
     AqCauseKind  kind,
     const char  *build,
     guint32      worker)
{
  g_autoptr(GError) failure = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_CRASHED, "it died");
  g_autoptr(AqResult) result = aq_result_new_failure (failure);
  AqFinishEvent event = {
    .id = attempt.id,
    .lease = attempt.lease,
    .worker = worker,
    .build = build,
    .result = result,
    .failed = TRUE,
    .cause = { .kind = kind, .number = 11 },
    .returned = AQ_DRAFT_NO_PARENT,
  };
  GError *error = NULL;

  aq_engine_finish_job (world->engine, &event, &error);
  g_assert_no_error (error);
  world_settle (world);
}

static void
crash_once (World      *world,
            const char *build)
{
  guint64 id = submit (world, "p.crash");

  die (world, world_claim_job (world, id), AQ_CAUSE_SIGNAL, build, n_workers++);
}

static void
expect_quarantine (void)
{
  g_test_expect_message ("asyncq-core", G_LOG_LEVEL_WARNING, "*'p.crash' is quarantined*");
}

static void
quarantine (World *world)
{
  expect_quarantine ();
  for (guint i = 0; i < AQ_QUARANTINE_JOBS; i++)
    crash_once (world, "aa");
  g_test_assert_expected_messages ();
}

static gboolean
is_quarantined (World *world)
{
  g_autoptr(GVariant) quarantine = aq_engine_dup_quarantine (world->engine, "p.crash");

  return quarantine != NULL;
}

static void
on_why (GVariant     *why,
        const GError *error,
        gpointer      user_data)
{
  g_assert_no_error (error);
  *(char **) user_data = g_variant_print (why, FALSE);
}

static void
assert_why (World      *world,
            guint64     id,
            const char *says)
{
  g_autofree char *text = NULL;

  aq_engine_explain_job (world->engine, id, on_why, &text);
  world_settle (world);
  g_assert_nonnull (text);
  if (strstr (text, says) == NULL)
    g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, says));
}

static GError *
release (World      *world,
         const char *name)
{
  Answer answer = { 0 };

  aq_engine_release_function (world->engine, &tester, name, answer_on_done, &answer);
  world_settle (world);
  g_assert_cmpuint (answer.n_called, ==, 1);
  return answer.error;
}

static void
test_three_jobs_that_crash_quarantine_their_function (World         *world,
                                                      gconstpointer  unused)
{
  guint64 waiting, sound;

  install (world, "aa", "");
  quarantine (world);
  waiting = submit (world, "p.crash");
  sound = submit (world, "p.sound");
  (void) world_claim_job (world, sound);
  world_assert_claims (world, 3, "");
  assert_why (world, waiting, "'quarantined'");
  assert_why (world, waiting, "build aa of its plugin crashed with jobs 1, 2 and 3");
  assert_why (world, waiting, "asyncqctl plugin release p.crash");
}

static void
test_one_job_that_crashes_three_times_does_not (World         *world,
                                                gconstpointer  unused)
{
  guint64 id;

  install (world, "aa", "");
  id = world_submit_one (world, "[{'function': <'p.crash'>, 'retry': <'forever'>}]");
  for (guint i = 0; i < 3; i++)
    {
      aq_clock_advance (world->clock, MINUTE);
      world_settle (world);
      die (world, world_claim_job (world, id), AQ_CAUSE_SIGNAL, "aa", n_workers++);
    }
  g_assert_false (is_quarantined (world));
}

static void
test_a_worker_that_dies_with_three_jobs_counts_once (World         *world,
                                                     gconstpointer  unused)
{
  Attempt attempts[3];

  install (world, "aa", "");
  for (guint i = 0; i < 3; i++)
    attempts[i] = world_claim_job (world, submit (world, "p.crash"));
  for (guint i = 0; i < 3; i++)
    die (world, attempts[i], AQ_CAUSE_SIGNAL, "aa", 77);
  g_assert_false (is_quarantined (world));
}

static void
test_crashes_further_apart_than_ten_minutes_do_not_count_together (World         *world,
                                                                   gconstpointer  unused)
{
  install (world, "aa", "");
  crash_once (world, "aa");
  aq_clock_advance (world->clock, 5 * MINUTE);
  crash_once (world, "aa");
  aq_clock_advance (world->clock, 5 * MINUTE);
  crash_once (world, "aa");
  g_assert_false (is_quarantined (world));
  expect_quarantine ();
  crash_once (world, "aa");
  g_test_assert_expected_messages ();
  g_assert_true (is_quarantined (world));
}

static void
test_what_is_no_crash_of_the_function_does_not_count (World         *world,
                                                      gconstpointer  unused)
{
  static const AqCauseKind kinds[] = { AQ_CAUSE_ERROR, AQ_CAUSE_TIMEOUT, AQ_CAUSE_OOM };

  install (world, "aa", "");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint j = 0; j < 3; j++)
      die (world, world_claim_job (world, submit (world, "p.crash")), kinds[i], "aa", n_workers++);
  g_assert_false (is_quarantined (world));
  /* nor does a worker that was killed since its job was cancelled */
  for (guint j = 0; j < 3; j++)
    {
      Attempt attempt = world_claim_job (world, submit (world, "p.crash"));

      world_start (world, attempt);
      g_assert_no_error (world_cancel (world, attempt.id));
      die (world, attempt, AQ_CAUSE_SIGNAL, "aa", n_workers++);
    }
  g_assert_false (is_quarantined (world));
}

static void
test_an_exit_counts_as_a_crash (World         *world,
                                gconstpointer  unused)
{
  install (world, "aa", "");
  expect_quarantine ();
  for (guint i = 0; i < 3; i++)
    die (world, world_claim_job (world, submit (world, "p.crash")), AQ_CAUSE_EXIT, "aa", n_workers++);
  g_test_assert_expected_messages ();
  g_assert_true (is_quarantined (world));
}

static void
test_crashes_of_an_old_build_count_nothing (World         *world,
                                            gconstpointer  unused)
{
  install (world, "bb", "");
  for (guint i = 0; i < 3; i++)
    crash_once (world, "aa");
  g_assert_false (is_quarantined (world));
}

static void
test_a_new_build_lifts_it_and_the_old_one_begins_anew (World         *world,
                                                       gconstpointer  unused)
{
  guint64 waiting;

  install (world, "aa", "");
  quarantine (world);
  waiting = submit (world, "p.crash");
  install (world, "aa", "");
  world_assert_claims (world, 1, "");
  g_test_expect_message ("asyncq-core", G_LOG_LEVEL_MESSAGE, "*'p.crash' is quarantined no longer*");
  install (world, "bb", "");
  g_test_assert_expected_messages ();
  g_assert_cmpuint (world_claim_job (world, waiting).id, ==, waiting);
  install (world, "aa", "");
  g_assert_false (is_quarantined (world));
  crash_once (world, "aa");
  g_assert_false (is_quarantined (world));
}

static void
test_a_plugin_that_is_gone_leaves_its_quarantine (World         *world,
                                                  gconstpointer  unused)
{
  install (world, "aa", "");
  quarantine (world);
  aq_function_table_set_plugin (aq_engine_get_functions (world->engine), "p", g_ptr_array_new ());
  aq_engine_functions_changed (world->engine);
  g_assert_true (is_quarantined (world));
  install (world, "aa", "");
  g_assert_true (is_quarantined (world));
}

static void
test_a_release_lets_the_jobs_run (World         *world,
                                  gconstpointer  unused)
{
  guint64 waiting;
  GError *error;

  install (world, "aa", "");
  quarantine (world);
  waiting = submit (world, "p.crash");
  error = release (world, "p.crash");
  g_assert_no_error (error);
  g_assert_cmpuint (world_claim_job (world, waiting).id, ==, waiting);
  /* all is forgotten */
  crash_once (world, "aa");
  crash_once (world, "aa");
  g_assert_false (is_quarantined (world));
}

static void
test_only_what_is_quarantined_can_be_released (World         *world,
                                               gconstpointer  unused)
{
  g_autoptr(GError) sound = NULL;
  g_autoptr(GError) unknown = NULL;

  install (world, "aa", "");
  sound = release (world, "p.crash");
  g_assert_error (sound, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
  unknown = release (world, "p.crush");
  g_assert_error (unknown, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION);
  g_assert_nonnull (strstr (unknown->message, "did you mean 'p.crash'?"));
}

static void
test_jobs_that_are_to_run_again_wait_too (World         *world,
                                          gconstpointer  unused)
{
  guint64 again;

  install (world, "aa", "");
  again = world_submit_one (world, "[{'function': <'p.crash'>, 'retry': <'forever'>}]");
  die (world, world_claim_job (world, again), AQ_CAUSE_SIGNAL, "aa", n_workers++);
  aq_clock_advance (world->clock, MINUTE);
  world_settle (world);
  expect_quarantine ();
  for (guint i = 0; i < 2; i++)
    {
      Attempt attempt;

      (void) submit (world, "p.crash");
      g_assert_true (world_claim (world, &attempt));
      if (attempt.id == again)
        g_assert_true (world_claim (world, &attempt));
      die (world, attempt, AQ_CAUSE_SIGNAL, "aa", n_workers++);
    }
  g_test_assert_expected_messages ();
  g_assert_true (is_quarantined (world));
}

static void
test_a_job_whose_arguments_do_not_fit_waits_until_they_do (World         *world,
                                                           gconstpointer  unused)
{
  guint64 id;

  install (world, "aa", "x i");
  id = world_submit_one (world, "[{'function': <'p.crash'>, 'arguments': <(7,)>}]");
  install (world, "bb", "x i, y s = 'more'");
  world_assert_claims (world, 1, "");
  assert_why (world, id, "'arguments-do-not-fit'");
  assert_why (world, id, "it has arguments of type '(i)', and function 'p.crash' takes '(is)'");
  install (world, "cc", "other i");
  g_assert_cmpuint (world_claim_job (world, id).id, ==, id);
}

static void
test_what_others_hand_over_is_compared_as_well (World         *world,
                                                gconstpointer  unused)
{
  guint64 id;

  install (world, "aa", "x i, result v");
  id = world_submit_one (world, "[{'function': <'t.noop'>}, {'function': <'p.crash'>, 'arguments': <(7,)>, "
                         "'parent': <0>, 'role': <'callback'>, 'on': <'any'>}]");
  world_succeed (world, world_claim_job (world, id), "()");
  install (world, "bb", "x i");
  world_assert_claims (world, 1, "");
  assert_why (world, id + 1, "and is given 'v'");
  install (world, "cc", "x i, jobs aa{sv}");
  world_assert_claims (world, 1, "");
  install (world, "dd", "x i, result v");
  g_assert_cmpuint (world_claim_job (world, id + 1).id, ==, id + 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/quarantine/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("three jobs that crash quarantine their function", test_three_jobs_that_crash_quarantine_their_function);
  ADD ("one job that crashes three times does not", test_one_job_that_crashes_three_times_does_not);
  ADD ("a worker that dies with three jobs counts once", test_a_worker_that_dies_with_three_jobs_counts_once);
  ADD ("crashes further apart than ten minutes do not count together",
       test_crashes_further_apart_than_ten_minutes_do_not_count_together);
  ADD ("what is no crash of the function does not count", test_what_is_no_crash_of_the_function_does_not_count);
  ADD ("an exit counts as a crash", test_an_exit_counts_as_a_crash);
  ADD ("crashes of an old build count nothing", test_crashes_of_an_old_build_count_nothing);
  ADD ("a new build lifts it, and the old one begins anew", test_a_new_build_lifts_it_and_the_old_one_begins_anew);
  ADD ("a plugin that is gone leaves its quarantine", test_a_plugin_that_is_gone_leaves_its_quarantine);
  ADD ("a release lets the jobs run", test_a_release_lets_the_jobs_run);
  ADD ("only what is quarantined can be released", test_only_what_is_quarantined_can_be_released);
  ADD ("jobs that are to run again wait too", test_jobs_that_are_to_run_again_wait_too);
  ADD ("a job whose arguments do not fit waits until they do",
       test_a_job_whose_arguments_do_not_fit_waits_until_they_do);
  ADD ("what others hand over is compared as well", test_what_others_hand_over_is_compared_as_well);
#undef ADD

  return g_test_run ();
}

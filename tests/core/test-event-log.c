/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include "core/aq-event-log.h"

#include <string.h>

/* what was logged, a line each: "LOGGER LEVEL MESSAGE" */
static GString *lines;

static const char *
find (const GLogField *fields,
      gsize            n_fields,
      const char      *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].value;
  return "";
}

static GLogWriterOutput
catch_message (GLogLevelFlags   level,
               const GLogField *fields,
               gsize            n_fields,
               gpointer         unused)
{
  if (!g_str_has_prefix (find (fields, n_fields, "GLIB_DOMAIN"), "asyncq."))
    return g_log_writer_default (level, fields, n_fields, NULL);
  g_string_append_printf (lines, "%s %s %s\n", find (fields, n_fields, "GLIB_DOMAIN") + strlen ("asyncq."),
                          find (fields, n_fields, AQ_LOG_FIELD_LEVEL), find (fields, n_fields, "MESSAGE"));
  return G_LOG_WRITER_HANDLED;
}

static void
run_two (const char *levels_text)
{
  AqLogLevels levels = AQ_LOG_LEVELS_DEFAULT;
  g_autoptr(AqEventLog) log = NULL;
  World world;
  Attempt attempt;

  g_string_truncate (lines, 0);
  g_assert_true (aq_log_levels_parse (levels_text, &levels, NULL));
  world_set_up (&world, NULL);
  log = aq_event_log_new (world.engine, &levels);
  (void) world_submit_one (&world, "[{'function': <'t.noop'>}]");
  (void) world_submit_one (&world, "[{'function': <'t.echo'>, 'arguments': <(1,)>}]");
  g_assert_true (world_claim (&world, &attempt));
  world_start (&world, attempt);
  world_settle (&world);
  world_fail (&world, attempt);
  g_assert_true (world_claim (&world, &attempt));
  world_succeed (&world, attempt, "42");
  g_clear_pointer (&log, aq_event_log_free);
  world_tear_down (&world, NULL);
}

static void
test_failures_by_default (void)
{
  run_two ("events=info");
  g_assert_cmpstr (lines->str, ==, "events error job 1 (t.noop) failed: no luck\n");
}

static void
test_nothing_below_critical (void)
{
  run_two ("critical");
  g_assert_cmpstr (lines->str, ==, "");
}

static void
test_every_step (void)
{
  run_two ("trace=info");
  g_assert_cmpstr (lines->str, ==,
                   "trace info job 1 (t.noop) started in worker 4711\n"
                   "events error job 1 (t.noop) failed: no luck\n"
                   "trace info job 1 (t.noop) ended in worker 4711\n"
                   "trace info job 2 (t.echo) started in worker 4711\n"
                   "trace info job 2 (t.echo) succeeded\n"
                   "trace info job 2 (t.echo) ended in worker 4711\n");
}

static void
test_results_are_for_debugging (void)
{
  run_two ("events=critical,trace=debug");
  g_assert_nonnull (g_strstr_len (lines->str, -1, "trace info job 2 (t.echo) succeeded with result: 42\n"));
}

/* submits @entries and lets the first attempt fail */
static void
run_one (const char *levels_text,
         const char *entries)
{
  AqLogLevels levels = AQ_LOG_LEVELS_DEFAULT;
  g_autoptr(AqEventLog) log = NULL;
  World world;
  Attempt attempt;

  g_string_truncate (lines, 0);
  g_assert_true (aq_log_levels_parse (levels_text, &levels, NULL));
  world_set_up (&world, NULL);
  log = aq_event_log_new (world.engine, &levels);
  (void) world_submit_one (&world, entries);
  g_assert_true (world_claim (&world, &attempt));
  world_start (&world, attempt);
  world_settle (&world);
  world_fail (&world, attempt);
  world_settle (&world);
  g_clear_pointer (&log, aq_event_log_free);
  world_tear_down (&world, NULL);
}

static void
test_a_failure_has_the_level_of_its_job (void)
{
  run_one ("events=debug", "[{'function': <'t.noop'>, 'failure-log-level': <'critical'>}]");
  g_assert_cmpstr (lines->str, ==, "events critical job 1 (t.noop) failed: no luck\n");
  run_one ("critical", "[{'function': <'t.noop'>, 'failure-log-level': <'critical'>}]");
  g_assert_cmpstr (lines->str, ==, "events critical job 1 (t.noop) failed: no luck\n");
  run_one ("events=debug", "[{'function': <'t.noop'>, 'failure-log-level': <'debug'>}]");
  g_assert_cmpstr (lines->str, ==, "events debug job 1 (t.noop) failed: no luck\n");
  run_one ("events=info", "[{'function': <'t.noop'>, 'failure-log-level': <'debug'>}]");
  g_assert_cmpstr (lines->str, ==, "");
}

static void
test_an_attempt_that_was_not_the_last_is_told (void)
{
  run_one ("trace=info", "[{'function': <'t.noop'>, 'retry': <'m01'>}]");
  g_assert_cmpstr (lines->str, ==,
                   "trace info job 1 (t.noop) started in worker 4711\n"
                   "trace warning job 1 (t.noop) failed (no luck) in attempt 1, and runs again\n");
  run_one ("events=info,trace=warning", "[{'function': <'t.noop'>, 'retry': <'m01'>}]");
  g_assert_cmpstr (lines->str, ==, "trace warning job 1 (t.noop) failed (no luck) in attempt 1, and runs again\n");
}

static void
test_a_failure_is_told_before_callbacks_are_done (void)
{
  run_one ("trace=info", "[{'function': <'t.noop'>},"
           " {'function': <'u.success'>, 'defer-check': <true>, 'parent': <uint32 0>, 'role': <'callback'>,"
           " 'on': <'success'>},"
           " {'function': <'u.any'>, 'defer-check': <true>, 'parent': <uint32 0>, 'role': <'callback'>}]");
  g_assert_nonnull (strstr (lines->str, "events error job 1 (t.noop) failed: no luck\n"
                            "trace info job 1 (t.noop) ended in worker 4711\n"));
  g_assert_nonnull (strstr (lines->str, "trace info job 2 (u.success) was skipped\n"));
  g_assert_null (strstr (lines->str, "critical"));
}

static void
test_polls_when_they_change (void)
{
  AqLogLevels levels = { AQ_LOG_INFO, AQ_LOG_DEBUG };
  g_autoptr(AqEventLog) log = NULL;
  g_autoptr(AqDispatcher) dispatcher = NULL;
  World world;

  g_string_truncate (lines, 0);
  world_set_up (&world, NULL);
  log = aq_event_log_new (world.engine, &levels);
  dispatcher = aq_dispatcher_new (world.engine, "5b1d5c30-64a5-4a9e-9a35-6d8b0b8a2f11", AQ_DISPATCHER_DEFAULT_POLL_USEC);
  aq_dispatcher_set_log (dispatcher, log);
  aq_dispatcher_start (dispatcher);
  aq_clock_advance (world.clock, 20 * AQ_DISPATCHER_DEFAULT_POLL_USEC);
  aq_dispatcher_stop (dispatcher);
  g_assert_cmpstr (lines->str, ==,
                   "events info dispatcher 5b1d5c30-64a5-4a9e-9a35-6d8b0b8a2f11 registered\n"
                   "events info dispatcher 5b1d5c30-64a5-4a9e-9a35-6d8b0b8a2f11 activated\n"
                   "events info queue '' added\n"
                   "events info agent 'main' added\n"
                   "trace debug poll 6420106068108780543: queue '', agent 'main': 0 new, 0 of 3 active\n"
                   "events info dispatcher 5b1d5c30-64a5-4a9e-9a35-6d8b0b8a2f11 deactivated\n");
  g_clear_pointer (&dispatcher, aq_dispatcher_free);
  g_clear_pointer (&log, aq_event_log_free);
  world_tear_down (&world, NULL);
}

static void
test_bad_levels (void)
{
  const char * const bad[] = { "", "loud", "events=", "events=loud", "others=info", "events=info,", "trace" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      AqLogLevels levels = AQ_LOG_LEVELS_DEFAULT;
      g_autoptr(GError) error = NULL;

      g_assert_false (aq_log_levels_parse (bad[i], &levels, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
}

int
main (int    argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  lines = g_string_new (NULL);
  g_log_set_writer_func (catch_message, NULL, NULL);

  g_test_add_func ("/event-log/by default only failures are told", test_failures_by_default);
  g_test_add_func ("/event-log/critical means critical", test_nothing_below_critical);
  g_test_add_func ("/event-log/how a job ended stands between its start and its end", test_every_step);
  g_test_add_func ("/event-log/results are told at debug level", test_results_are_for_debugging);
  g_test_add_func ("/event-log/a failure has the level of its job", test_a_failure_has_the_level_of_its_job);
  g_test_add_func ("/event-log/an attempt that was not the last is told", test_an_attempt_that_was_not_the_last_is_told);
  g_test_add_func ("/event-log/a failure is told before callbacks are done",
                   test_a_failure_is_told_before_callbacks_are_done);
  g_test_add_func ("/event-log/a poll is told when it differs from the last", test_polls_when_they_change);
  g_test_add_func ("/event-log/wrong levels are refused", test_bad_levels);

  status = g_test_run ();
  g_string_free (lines, TRUE);
  return status;
}

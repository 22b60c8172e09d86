/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Agents' slots, with real workers over the memory store
 */

#include "config.h"

#include "fixture.h"

#include "core/aq-engine-agents.h"
#include "core/aq-engine-private.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const char * const usual_plugins[] = { "demo", "examples", "exec", "hostile", "pi", "probe", NULL };

static void
test_a_function_gets_its_arguments_and_gives_its_result (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "demo.multiply", "(14, 3)"), "42");
  assert_value (fixture_run (fixture, "demo.echo", "(<('x', [1, 2])>,)"), "<('x', [1, 2])>");
  assert_value (fixture_run (fixture, "demo.noop", "()"), "()");
  assert_value (fixture_run (fixture, "demo.sleep", "(0.002,)"), "()");
}

static void
test_a_function_that_fails_says_why (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  Ending fatal;
  const char *domain;

  assert_failure (fixture_run (fixture, "demo.error", "()"), ASYNCQ_ERROR_FINAL, "^An error occurred\\.$");
  assert_failure (fixture_run (fixture, "demo.multiply", "(1000000, 1000000)"), ASYNCQ_ERROR_FINAL, "does not fit");
  fatal = fixture_run (fixture, "demo.fatal", "('oh',)");
  g_variant_get_child (fatal.value, 0, "&s", &domain);
  g_assert_cmpstr (domain, ==, "demo-error-quark");
  ending_clear (&fatal);
}

static void
test_a_function_knows_its_job (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_submit (fixture, "[{'function': <'probe.context'>, 'queue': <'mail'>}]");
  Ending ending = fixture_wait (fixture, id);
  g_autoptr(GArray) pids = fixture_pids (fixture);
  guint64 found_id, lease;
  guint32 attempt;
  const char *queue, *agent;
  gint32 pid;

  g_variant_get (ending.value, "(tut&s&si)", &found_id, &attempt, &lease, &queue, &agent, &pid);
  g_assert_cmpuint (found_id, ==, id);
  g_assert_cmpuint (attempt, ==, 1);
  g_assert_cmpuint (lease, !=, 0);
  g_assert_cmpstr (queue, ==, "mail");
  g_assert_cmpstr (agent, ==, "main");
  g_assert_cmpint (pid, ==, (gint32) g_array_index (pids, guint32, 0));
  ending_clear (&ending);
}

static void
test_a_crash_names_the_signal_and_the_next_job_runs (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_failure (fixture_run (fixture, "demo.crash", "()"), ASYNCQ_ERROR_CRASHED,
                  "^worker [0-9]+ died of signal SIGSEGV \\(11\\) while it ran demo\\.crash$");
  assert_failure (fixture_run (fixture, "demo.crash", "('KILL',)"), ASYNCQ_ERROR_CRASHED,
                  "died of signal SIGKILL \\(9\\)");
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static char *
make_fifo (Fixture    *fixture,
           const char *name)
{
  char *path = fixture_path (fixture, name);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  return path;
}

static guint64
hold (Fixture    *fixture,
      const char *path)
{
  g_autofree char *arguments = g_strdup_printf ("('%s',)", path);
  guint64 id = fixture_call (fixture, "probe.hold", arguments);

  while (TRUE)
    {
      g_autofree char *state = fixture_state (fixture, id);

      if (g_str_equal (state, "active"))
        return id;
      fixture_turn ();
    }
}

static void
let_go (const char *path,
        const char *text)
{
  FILE *file = g_fopen (path, "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
test_a_crash_leaves_the_other_slots_alone (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  g_autofree char *fifo = make_fifo (fixture, "fifo");
  guint64 held = hold (fixture, fifo);

  assert_failure (fixture_run (fixture, "demo.crash", "('ABRT',)"), ASYNCQ_ERROR_CRASHED, "SIGABRT \\(6\\)");
  let_go (fifo, "still here");
  assert_value (fixture_wait (fixture, held), "'still here'");
}

/* after these, the function is known to be tiny, so that its jobs go in batches */
static void
make_known (Fixture    *fixture,
            const char *function)
{
  for (int i = 0; i < 60; i++)
    assert_value (fixture_run (fixture, function, "(false,)"), "()");
}

/* @n jobs, of which the one at @index gets "true". Returns: the first one's id */
static guint64
submit_batch (Fixture    *fixture,
              const char *function,
              guint       n,
              guint       index)
{
  g_autoptr(GString) entries = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (entries, "%s{'function': <'%s'>, 'arguments': <(%s,)>}", i > 0 ? ", " : "",
                            function, i == index ? "true" : "false");
  g_string_append_c (entries, ']');
  return fixture_submit (fixture, entries->str);
}

static void
test_a_long_job_does_not_hold_those_behind_it (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  g_autofree char *state = NULL;
  guint64 id;

  make_known (fixture, "hostile.maybe_linger");
  id = submit_batch (fixture, "hostile.maybe_linger", 100, 5);
  for (guint64 i = 0; i < 100; i++)
    if (i != 5)
      assert_value (fixture_wait (fixture, id + i), "()");
  /* it runs all the while */
  state = fixture_state (fixture, id + 5);
  g_assert_cmpstr (state, ==, "active");
}

static void
test_a_death_in_mid_batch_blames_only_what_ran (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id;

  make_known (fixture, "hostile.maybe_die");
  id = submit_batch (fixture, "hostile.maybe_die", 41, 20);
  for (guint64 i = 0; i < 41; i++)
    {
      g_autoptr(GVariant) job = NULL;
      guint32 attempt;

      if (i == 20)
        assert_failure (fixture_wait (fixture, id + i), ASYNCQ_ERROR_CRASHED, "SIGSEGV.*while it ran hostile.maybe_die$");
      else
        assert_value (fixture_wait (fixture, id + i), "()");
      job = fixture_read (fixture, id + i);
      g_assert_true (g_variant_lookup (job, "Attempt", "u", &attempt));
      /* the one that kills its worker runs as often as the crash limit allows */
      g_assert_cmpuint (attempt, ==, i == 20 ? 3 : 1);
    }
}

/* one that fits nowhere must not be claimed over and over */
static void
test_a_long_job_behind_short_ones_gets_its_turn (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  g_autoptr(GString) entries = g_string_new ("[");
  guint64 id;

  for (int i = 0; i < 60; i++)
    assert_value (fixture_run (fixture, "demo.noop", "()"), "()");
  for (int i = 0; i < 90; i++)
    g_string_append (entries, i % 30 < 28 ? "{'function': <'demo.noop'>}, " : "{'function': <'demo.error'>}, ");
  g_string_append (entries, "{'function': <'demo.sleep'>, 'arguments': <(0.003,)>}]");
  id = fixture_submit (fixture, entries->str);
  for (guint64 i = 0; i < 90; i++)
    {
      Ending ending = fixture_wait (fixture, id + i);

      g_assert_cmpint (ending.outcome, ==, i % 30 < 28 ? ASYNCQ_JOB_OUTCOME_SUCCEEDED : ASYNCQ_JOB_OUTCOME_FAILED);
      ending_clear (&ending);
    }
  assert_value (fixture_wait (fixture, id + 90), "()");
}

static void
test_many_short_jobs_all_end (void)
{
  g_autoptr(Fixture) fixture = fixture_new (3, usual_plugins);
  g_autoptr(GString) entries = g_string_new ("[{'function': <'demo.noop'>}");
  guint64 id;

  for (int i = 1; i < 5000; i++)
    g_string_append (entries, ", {'function': <'demo.noop'>}");
  g_string_append_c (entries, ']');
  id = fixture_submit (fixture, entries->str);
  for (guint64 i = 0; i < 5000; i++)
    assert_value (fixture_wait (fixture, id + i), "()");
}

static void
test_bad_results_fail_their_job (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autoptr(GArray) before = fixture_pids (fixture);
  g_autoptr(GArray) after = NULL;
  Ending ending;
  const char *message;

  assert_failure (fixture_run (fixture, "hostile.wrong_result", "()"), ASYNCQ_ERROR_BAD_RESULT, "type 's', wanted 'i'");
  assert_failure (fixture_run (fixture, "hostile.no_result", "()"), ASYNCQ_ERROR_BAD_RESULT, "nothing and no error");
  assert_failure (fixture_run (fixture, "hostile.large_result", "()"), ASYNCQ_ERROR_TOO_LARGE, "1048577 bytes");
  assert_failure (fixture_run (fixture, "hostile.unnormal_result", "()"), ASYNCQ_ERROR_BAD_RESULT, "normal form");
  assert_failure (fixture_run (fixture, "hostile.both", "()"), ASYNCQ_ERROR_BAD_RESULT, "a job and a value");
  assert_failure (fixture_run (fixture, "hostile.put_unknown", "()"), ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                  "a job that it put.*nobody\\.has_this");
  ending = fixture_run (fixture, "hostile.bad_text", "()");
  g_variant_get_child (ending.value, 2, "&s", &message);
  g_assert_cmpstr (message, ==, "bad \357\277\275 text");
  ending_clear (&ending);

  /* none of it was the worker's fault */
  after = fixture_pids (fixture);
  g_assert_cmpuint (g_array_index (before, guint32, 0), ==, g_array_index (after, guint32, 0));
}

static void
test_hostile_frames_end_the_worker_and_nothing_else (void)
{
  static const struct
  {
    const char *function;
    const char *pattern;
  } cases[] = {
    { "hostile.junk", "protocol error \\(frame 77 is none of a worker's\\)" },
    { "hostile.long_frame", "protocol error \\(a frame of 2147483640 bytes" },
    { "hostile.short_frame", "protocol error \\(bad frame DONE" },
    { "hostile.ready_again", "protocol error \\(frame 5 came out of order" },
    { "hostile.foreign_lease", "protocol error \\(lease [0-9]+ is done, which it does not run" },
    { "hostile.begin_another", "protocol error \\(lease [0-9]+ has begun, which it does not have" },
    { "hostile.begin_itself", "protocol error \\(lease [0-9]+ has begun, which nobody asked for" },
    { "hostile.wrong_type", "protocol error \\(the result of 'hostile.wrong_type' is not of type 'i'" },
    { "hostile.not_normal", "protocol error \\(the result of 'hostile.not_normal' is too large or not in normal form" },
    { "hostile.close_channel", "exited with status 71|closed its channel" },
  };
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_failure (fixture_run (fixture, cases[i].function, "()"), ASYNCQ_ERROR_CRASHED, cases[i].pattern);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_a_worker_that_says_that_it_goes_on_gets_nothing_by_that (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  for (guint i = 0; i < 3; i++)
    assert_value (fixture_run (fixture, "hostile.free_itself", "()"), "1");
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

/* until the only slot has another worker than @pid */
static void
wait_for_another_worker (Fixture *fixture,
                         guint32  pid)
{
  while (TRUE)
    {
      g_autoptr(GArray) now = fixture_pids (fixture);

      if (now->len == 1 && g_array_index (now, guint32, 0) != pid)
        return;
      fixture_turn ();
    }
}

static void
test_the_second_end_of_a_job_is_not_believed (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autoptr(GArray) pids = fixture_pids (fixture);

  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*protocol error (lease * is done, which it does not run)*");
  assert_value (fixture_run (fixture, "hostile.done_twice", "()"), "1");
  wait_for_another_worker (fixture, g_array_index (pids, guint32, 0));
  g_test_assert_expected_messages ();
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_jobs_that_functions_put_and_return_run (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);

  assert_value (fixture_run (fixture, "probe.count_down", "(uint32 5,)"), "'lift off'");
  assert_value (fixture_run (fixture, "probe.fan_out", "(uint32 4,)"), "uint32 12");
  assert_value (fixture_run (fixture, "probe.fan_out", "(uint32 0,)"), "uint32 0");
}

static void
test_members_come_with_the_arguments_of_a_postprocess_function (void)
{
  g_autoptr(Fixture) fixture = fixture_new (3, usual_plugins);
  guint64 id = fixture_submit (fixture,
                               "[{'kind': <'parallel'>},"
                               " {'function': <'pi.generate_sample'>, 'parent': <uint32 0>, 'arguments': <(uint32 300000,)>},"
                               " {'function': <'pi.generate_sample'>, 'parent': <uint32 0>, 'arguments': <(uint32 300000,)>},"
                               " {'function': <'pi.process_samples'>, 'parent': <uint32 0>, 'role': <'postprocess'>}]");
  Ending ending = fixture_wait (fixture, id);

  g_assert_cmpfloat_with_epsilon (g_variant_get_double (ending.value), G_PI, 0.05);
  ending_clear (&ending);
  id = fixture_submit (fixture,
                       "[{'kind': <'parallel'>},"
                       " {'function': <'demo.error'>, 'parent': <uint32 0>},"
                       " {'function': <'pi.process_samples'>, 'parent': <uint32 0>, 'role': <'postprocess'>}]");
  assert_failure (fixture_wait (fixture, id), ASYNCQ_ERROR_FAILED,
                  "^sample [0-9]+ \\(demo\\.error\\) cannot be used: An error occurred\\.$");
}

/* @n members that return a MiB each. Returns: the postprocess job */
static guint64
submit_large (Fixture *fixture,
              guint    n)
{
  g_autoptr(GString) entries = g_string_new ("[{'kind': <'parallel'>}");

  for (guint i = 0; i < n; i++)
    g_string_append (entries, ", {'function': <'probe.bytes'>, 'parent': <uint32 0>, 'arguments': <(uint32 1048576,)>}");
  g_string_append (entries, ", {'function': <'probe.count_bytes'>, 'parent': <uint32 0>, 'role': <'postprocess'>}]");
  return fixture_submit (fixture, entries->str) + n + 1;
}

static void
test_large_results_are_handed_over_up_to_a_limit (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autoptr(GArray) before = fixture_pids (fixture);
  g_autoptr(GArray) after = NULL;

  assert_value (fixture_wait (fixture, submit_large (fixture, 15)), "uint64 15728640");
  assert_failure (fixture_wait (fixture, submit_large (fixture, 16)), ASYNCQ_ERROR_TOO_LARGE,
                  "larger than 16777216 bytes");
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");

  /* no worker has seen it */
  after = fixture_pids (fixture);
  g_assert_cmpuint (g_array_index (before, guint32, 0), ==, g_array_index (after, guint32, 0));
}

static void
test_a_function_knows_what_its_job_belongs_to (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_submit (fixture,
                               "[{'kind': <'serial'>},"
                               " {'function': <'probe.parent'>, 'parent': <uint32 0>},"
                               " {'function': <'probe.parent'>, 'parent': <uint32 0>}]");

  for (guint64 i = 1; i <= 2; i++)
    {
      Ending ending = fixture_wait (fixture, id + i);

      g_assert_cmpuint (g_variant_get_uint64 (ending.value), ==, id);
      ending_clear (&ending);
    }
  assert_value (fixture_run (fixture, "probe.parent", "()"), "uint64 0");
}

static void
test_only_listed_programs_run (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "exec.run", "('/bin/echo', ['a b', '$HOME'])"), "(0, 'a b $HOME\\n', '')");
  assert_value (fixture_run (fixture, "exec.run", "('/bin/false',)"), "(1, '', '')");
  assert_value (fixture_run (fixture, "exec.run", "('/bin/sh', ['-c', 'echo no >&2; exit 3'])"), "(3, '', 'no\\n')");
  assert_failure (fixture_run (fixture, "exec.run", "('/bin/ls',)"), ASYNCQ_ERROR_NOT_ALLOWED, "'/bin/ls' may not be run");
  assert_failure (fixture_run (fixture, "exec.run", "('echo',)"), ASYNCQ_ERROR_NOT_ALLOWED, "'echo' may not be run");
  assert_failure (fixture_run (fixture, "exec.run", "('/bin/sh', ['-c', 'kill -9 $$'])"), ASYNCQ_ERROR_FAILED,
                  "'/bin/sh' died of signal 9");
  assert_failure (fixture_run (fixture, "exec.run", "('/bin/sh', ['-c', 'yes'])"), ASYNCQ_ERROR_TOO_LARGE,
                  "printed more than 262144 bytes");
}

static void
test_workers_end_with_the_service_and_their_jobs_go_back (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  g_autofree char *fifo = make_fifo (fixture, "fifo");
  g_autoptr(GArray) pids = fixture_pids (fixture);
  g_autofree char *state = NULL;
  guint64 held = hold (fixture, fifo);

  g_assert_cmpuint (pids->len, ==, 2);
  aq_work_stop (fixture->work);
  for (guint i = 0; i < pids->len; i++)
    g_assert_cmpint (kill ((pid_t) g_array_index (pids, guint32, i), 0), ==, -1);
  state = fixture_state (fixture, held);
  g_assert_cmpstr (state, ==, "pending");
}

/* tells an attempt to stop, as the engine does */
static void
stop_attempt (Fixture  *fixture,
              guint64   id,
              guint64   lease,
              gboolean  kill)
{
  g_autoptr(GArray) stops = g_array_new (FALSE, FALSE, sizeof (AqStop));
  const AqStop one = { id, lease, kill };

  g_array_append_val (stops, one);
  aq_engine_stop_attempts (fixture->engine, stops, 0);
}

/* the one that @id is at */
static void
stop (Fixture  *fixture,
      guint64   id,
      gboolean  kill)
{
  g_autoptr(GVariant) job = fixture_read (fixture, id);
  guint64 lease;

  g_assert_true (g_variant_lookup (job, "Lease", "t", &lease));
  stop_attempt (fixture, id, lease, kill);
}

static guint64
call_until_active (Fixture    *fixture,
                   const char *function,
                   const char *arguments)
{
  guint64 id = fixture_call (fixture, function, arguments);

  while (TRUE)
    {
      g_autofree char *state = fixture_state (fixture, id);

      if (g_str_equal (state, "active"))
        return id;
      fixture_turn ();
    }
}

static void
test_a_job_that_is_told_to_stop_may_do_so (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = call_until_active (fixture, "probe.wait", "(true,)");

  stop (fixture, id, FALSE);
  assert_value (fixture_wait (fixture, id), "uint32 1");

  /* the next one is left alone */
  assert_value (fixture_run (fixture, "demo.sleep", "(0.002,)"), "()");
}

static void
test_a_job_that_has_stopped_in_time_is_not_killed (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (1, usual_plugins, clock);
  g_autoptr(GArray) before = fixture_pids (fixture);
  g_autoptr(GArray) after = NULL;
  guint64 id = call_until_active (fixture, "probe.wait", "(true,)");

  stop (fixture, id, TRUE);
  aq_clock_advance (clock, AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC - 1);
  assert_value (fixture_wait (fixture, id), "uint32 1");
  aq_clock_advance (clock, AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  after = fixture_pids (fixture);
  g_assert_cmpuint (g_array_index (before, guint32, 0), ==, g_array_index (after, guint32, 0));
}

static void
on_cancelled (const GError *error,
              gpointer      unused)
{
  g_assert_no_error (error);
}

static void
test_a_job_that_does_not_stop_is_killed_when_its_time_is_over (void)
{
  const AqActor actor = { 1000, ":1.7" };
  g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (1, usual_plugins, clock);
  g_autoptr(GArray) before = fixture_pids (fixture);
  g_autoptr(GArray) after = NULL;
  guint64 id = call_until_active (fixture, "probe.stay", "(uint32 1, false)");

  /* or else it would run again after its death */
  aq_engine_cancel (fixture->engine, &actor, id, "", on_cancelled, NULL);
  stop (fixture, id, TRUE);
  stop (fixture, id, TRUE); /* has no time of its own */
  aq_clock_advance (clock, AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC - 1);
  after = fixture_pids (fixture);
  g_assert_cmpuint (g_array_index (before, guint32, 0), ==, g_array_index (after, guint32, 0));
  aq_clock_advance (clock, 1);
  wait_for_another_worker (fixture, g_array_index (before, guint32, 0));
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

typedef struct
{
  Fixture *fixture;
  guint64  id;
  guint64  lease;
} EarlyStop;

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  EarlyStop *early = user_data;

  g_assert_no_error (error);
  stop_attempt (early->fixture, early->id, early->lease, TRUE);
}

static void
on_claimed (AqAgent   *agent,
            AqJob    **jobs,
            guint      n_jobs,
            gpointer   user_data)
{
  EarlyStop *early = user_data;
  AqStore *store = early->fixture->store;

  if (early->lease != 0)
    return;
  early->id = jobs[0]->id;
  early->lease = jobs[0]->lease;
  /* held before the job is, so that this comes right before it would leave */
  aq_gate_hold (aq_store_get_gate (store), aq_store_get_sequence (store), on_flushed, early);
}

static void
on_released (guint64  id,
             gpointer user_data)
{
}

static void
test_a_job_that_is_to_run_once_leaves_when_its_claim_is_flushed (void)
{
  static const AqEngineObserver observer = { on_claimed, on_released };
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  EarlyStop early = { fixture };
  guint64 found;
  Ending ending;

  g_test_summary ("Told to stop before that, it is given back and has not begun");

  aq_engine_set_observer (fixture->engine, &observer, &early);
  ending = fixture_wait (fixture,
                         fixture_submit (fixture, "[{'function': <'probe.context'>, 'retry': <'never'>}]"));
  aq_engine_set_observer (fixture->engine, NULL, NULL);
  g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
  g_variant_get_child (ending.value, 2, "t", &found);
  g_assert_cmpuint (early.lease, >, 0);
  g_assert_cmpuint (found, >, early.lease);
  ending_clear (&ending);
}

static void
test_a_job_that_is_to_run_once_does_not_run_again (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_submit (fixture, "[{'function': <'probe.die'>, 'arguments': <(9, uint32 1)>, 'retry': <'never'>}]");

  assert_failure (fixture_wait (fixture, id), ASYNCQ_ERROR_CRASHED, "SIGKILL");
  id = fixture_submit (fixture, "[{'function': <'probe.wait'>, 'retry': <'never'>}]");
  while (TRUE)
    {
      g_autofree char *state = fixture_state (fixture, id);

      if (g_str_equal (state, "active"))
        break;
      fixture_turn ();
    }
  aq_work_stop (fixture->work);
  assert_failure (fixture_wait (fixture, id), ASYNCQ_ERROR_ABORTED, "interrupted");
}

static void
test_a_callback_is_given_what_its_job_came_to (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  guint64 id;

  id = fixture_submit (fixture,
                       "[{'function': <'examples.bad_function'>},"
                       " {'function': <'examples.handle_name_error'>, 'parent': <uint32 0>, 'role': <'callback'>, 'on': <'failure'>},"
                       " {'function': <'examples.scribble'>, 'parent': <uint32 1>, 'role': <'callback'>, 'on': <'success'>}]");
  assert_value (fixture_wait (fixture, id + 2), "'I handled a name error: SCRIBBLED'");
  id = fixture_submit (fixture,
                       "[{'function': <'examples.divide'>, 'arguments': <(14, 0)>},"
                       " {'function': <'examples.tell'>, 'parent': <uint32 0>, 'role': <'callback'>}]");
  assert_value (fixture_wait (fixture, id + 1), "'it failed: cannot divide 14 by zero'");
  id = fixture_submit (fixture,
                       "[{'kind': <'serial'>},"
                       " {'function': <'examples.first'>, 'parent': <uint32 0>},"
                       " {'function': <'examples.collect'>, 'parent': <uint32 0>, 'role': <'postprocess'>}]");
  assert_value (fixture_wait (fixture, id), "[<'first'>, <'second'>, <'third'>]");
}

static void
test_stops_of_jobs_that_nobody_has_are_ignored (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_call (fixture, "demo.multiply", "(6, 7)");

  assert_value (fixture_wait (fixture, id), "42");
  stop (fixture, id, FALSE);
  stop (fixture, id, TRUE);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
on_added (const GError *error,
          gpointer      user_data)
{
  g_assert_no_error (error);
}

static void
test_an_agent_that_is_added_gets_workers (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  static const AqActor actor = { 0, "" };
  g_autofree char *fifo = make_fifo (fixture, "fifo");
  g_autoptr(AqAgent) agent = NULL;
  g_autoptr(GError) error = NULL;
  guint64 held = hold (fixture, fifo);

  agent = aq_agent_new ("second", 1, "demo.*", NULL, &error);
  g_assert_no_error (error);
  aq_engine_add_agent (fixture->engine, &actor, agent, on_added, NULL);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  let_go (fifo, "");
  assert_value (fixture_wait (fixture, held), "''");
}

static void
change (Fixture    *fixture,
        const char *settings)
{
  static const AqActor actor = { 0, "" };

  aq_engine_set_agent (fixture->engine, &actor, "main", g_variant_new_parsed (settings), on_added, NULL);
}

/* for the pool to see what has changed, and the slots to be there */
static void
wait_for_workers (Fixture *fixture,
                  guint    n_workers)
{
  while (TRUE)
    {
      g_autoptr(GArray) pids = fixture_pids (fixture);

      if (pids->len == n_workers)
        return;
      fixture_turn ();
    }
}

static void
test_a_pool_grows_and_shrinks_while_jobs_run (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autofree char *first_fifo = make_fifo (fixture, "first");
  g_autofree char *second_fifo = make_fifo (fixture, "second");
  guint64 first = hold (fixture, first_fifo);
  guint64 second;

  change (fixture, "{'size': <uint32 3>}");
  wait_for_workers (fixture, 3);
  second = hold (fixture, second_fifo);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  change (fixture, "{'size': <uint32 1>}");
  wait_for_workers (fixture, 2);
  let_go (second_fifo, "of two");
  assert_value (fixture_wait (fixture, second), "'of two'");
  let_go (first_fifo, "of one");
  assert_value (fixture_wait (fixture, first), "'of one'");
  wait_for_workers (fixture, 1);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_slots_that_were_to_go_may_stay (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  g_autofree char *first_fifo = make_fifo (fixture, "first");
  g_autofree char *second_fifo = make_fifo (fixture, "second");
  guint64 first = hold (fixture, first_fifo);
  guint64 second = hold (fixture, second_fifo);
  g_autoptr(GArray) before = fixture_pids (fixture);
  g_autoptr(GArray) after = NULL;

  change (fixture, "{'size': <uint32 1>}");
  fixture_turn ();
  change (fixture, "{'size': <uint32 2>}");
  fixture_turn ();
  let_go (first_fifo, "a");
  let_go (second_fifo, "b");
  assert_value (fixture_wait (fixture, first), "'a'");
  assert_value (fixture_wait (fixture, second), "'b'");
  after = fixture_pids (fixture);
  g_assert_cmpmem (before->data, before->len * sizeof (guint32), after->data, after->len * sizeof (guint32));
}

static void
test_nothing_is_lost_while_a_pool_changes (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  guint64 ids[200];

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *settings = g_strdup_printf ("{'size': <uint32 %u>}", 1 + i * 7 % 4);
      g_autofree char *arguments = g_strdup_printf ("(%u, 2)", i);

      ids[i] = fixture_call (fixture, i % 3 == 0 ? "pi.generate_sample" : "demo.multiply",
                             i % 3 == 0 ? "(uint32 1000,)" : arguments);
      change (fixture, settings);
      if (i % 5 == 0)
        fixture_turn ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      Ending ending = fixture_wait (fixture, ids[i]);

      g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
      ending_clear (&ending);
    }
  wait_for_workers (fixture, 1 + 199 * 7 % 4);
}

static void
test_an_agent_that_is_removed_loses_its_workers (void)
{
  static const AqActor actor = { 0, "" };
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  g_autoptr(AqAgent) other = aq_agent_new ("other", 1, "demo.*", NULL, NULL);

  aq_engine_add_agent (fixture->engine, &actor, other, on_added, NULL);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
  aq_engine_remove_agent (fixture->engine, &actor, "main", on_added, NULL);
  wait_for_workers (fixture, 0);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_a_dead_idle_worker_is_replaced (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autoptr(GArray) pids = fixture_pids (fixture);

  g_test_expect_message ("asyncq-work", G_LOG_LEVEL_WARNING, "*died of signal SIGKILL (9) while it had nothing to do*");
  g_assert_cmpint (kill ((pid_t) g_array_index (pids, guint32, 0), SIGKILL), ==, 0);
  wait_for_another_worker (fixture, g_array_index (pids, guint32, 0));
  g_test_assert_expected_messages ();
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/workers/pool/" #name, test_##name)
  ADD (a_function_gets_its_arguments_and_gives_its_result);
  ADD (a_function_that_fails_says_why);
  ADD (a_function_knows_its_job);
  ADD (a_crash_names_the_signal_and_the_next_job_runs);
  ADD (a_worker_that_says_that_it_goes_on_gets_nothing_by_that);
  ADD (a_crash_leaves_the_other_slots_alone);
  ADD (a_long_job_does_not_hold_those_behind_it);
  ADD (a_death_in_mid_batch_blames_only_what_ran);
  ADD (a_long_job_behind_short_ones_gets_its_turn);
  ADD (many_short_jobs_all_end);
  ADD (bad_results_fail_their_job);
  ADD (hostile_frames_end_the_worker_and_nothing_else);
  ADD (the_second_end_of_a_job_is_not_believed);
  ADD (jobs_that_functions_put_and_return_run);
  ADD (members_come_with_the_arguments_of_a_postprocess_function);
  ADD (large_results_are_handed_over_up_to_a_limit);
  ADD (a_function_knows_what_its_job_belongs_to);
  ADD (only_listed_programs_run);
  ADD (workers_end_with_the_service_and_their_jobs_go_back);
  ADD (a_job_that_is_told_to_stop_may_do_so);
  ADD (a_job_that_has_stopped_in_time_is_not_killed);
  ADD (a_job_that_does_not_stop_is_killed_when_its_time_is_over);
  ADD (a_job_that_is_to_run_once_leaves_when_its_claim_is_flushed);
  ADD (a_job_that_is_to_run_once_does_not_run_again);
  ADD (a_callback_is_given_what_its_job_came_to);
  ADD (stops_of_jobs_that_nobody_has_are_ignored);
  ADD (an_agent_that_is_added_gets_workers);
  ADD (a_pool_grows_and_shrinks_while_jobs_run);
  ADD (slots_that_were_to_go_may_stay);
  ADD (nothing_is_lost_while_a_pool_changes);
  ADD (an_agent_that_is_removed_loses_its_workers);
  ADD (a_dead_idle_worker_is_replaced);
#undef ADD

  return g_test_run ();
}

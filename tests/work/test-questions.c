/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What running jobs ask for, with real workers over the memory store
 */

#include "config.h"

#include "fixture.h"

#include "core/aq-engine-annotations.h"
#include "core/aq-engine-objects.h"

#include <glib/gstdio.h>
#include <signal.h>

static const char * const usual_plugins[] = { "demo", "hostile", "notes", NULL };
static const AqActor somebody = { 1000, ":1.7" };

static void
on_done (const GError *error,
         gpointer      user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
on_annotation (GVariant     *value,
               const GError *error,
               gpointer      user_data)
{
  g_assert_no_error (error);
  *(char **) user_data = value == NULL ? g_strdup ("none") : g_variant_print (value, TRUE);
}

/* waits until the job has it */
static void
assert_annotation (Fixture    *fixture,
                   guint64     id,
                   const char *key,
                   const char *text)
{
  g_autofree char *found = NULL;

  (void) aq_engine_get_annotation (fixture->engine, id, key, -1, 0, on_annotation, &found); /* is over when it is told */
  while (found == NULL)
    fixture_turn ();
  g_assert_cmpstr (found, ==, text);
}

static void
assert_no_annotation (Fixture    *fixture,
                      guint64     id,
                      const char *key)
{
  g_autofree char *found = NULL;

  (void) aq_engine_get_annotation (fixture->engine, id, key, 0, 0, on_annotation, &found); /* likewise */
  while (found == NULL)
    fixture_turn ();
  g_assert_cmpstr (found, ==, "none");
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

/* a job that waits for its annotation "go" without an end */
static guint64
call_waiting (Fixture *fixture)
{
  return call_until_active (fixture, "notes.get", "(uint64 0, 'go', int64 -1)");
}

static void
test_an_annotation_is_seen_while_the_job_runs_and_afterwards (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_call (fixture, "notes.set", "(uint64 0, 'flag', <('a', 7)>)");

  assert_annotation (fixture, id, "flag", "('a', 7)");
  assert_value (fixture_wait (fixture, id), "()");
  assert_annotation (fixture, id, "flag", "('a', 7)");
}

static void
test_a_job_waits_for_what_somebody_sets (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = call_waiting (fixture);

  fixture_annotate (fixture, id, "other", "1");
  fixture_annotate (fixture, id, "go", "true");
  assert_value (fixture_wait (fixture, id), "[<true>]");
}

static void
test_a_job_waits_for_another_ones_annotation (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);
  guint64 id = call_waiting (fixture);
  g_autofree char *set = g_strdup_printf ("(uint64 %" G_GUINT64_FORMAT ", 'go', <'from another'>)", id);
  g_autofree char *get = g_strdup_printf ("(uint64 %" G_GUINT64_FORMAT ", 'go', int64 0)", id);

  assert_value (fixture_run (fixture, "notes.set", set), "()");
  assert_value (fixture_wait (fixture, id), "[<'from another'>]");
  assert_value (fixture_run (fixture, "notes.get", get), "[<'from another'>]");
}

static void
test_who_waits_in_vain_gets_nothing (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "notes.get", "(uint64 0, 'go', int64 0)"), "@av []");
  assert_value (fixture_run (fixture, "notes.get", "(uint64 0, 'go', int64 1000)"), "@av []");
}

static void
test_what_cannot_be_is_the_functions_error (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  g_autofree char *long_key = g_strnfill (129, 'k');
  g_autofree char *bad = g_strdup_printf ("(uint64 0, '%s', int64 0)", long_key);
  g_autofree char *text = g_strnfill (64 * 1024, 'x');
  g_autofree char *large = g_strdup_printf ("(uint64 0, 'k', <'%s'>)", text);
  guint64 id;

  assert_failure (fixture_run (fixture, "notes.get", "(uint64 4711, 'go', int64 -1)"), ASYNCQ_ERROR_NO_SUCH_JOB, "4711");
  assert_failure (fixture_run (fixture, "notes.get", bad), ASYNCQ_ERROR_INVALID, "1 to 128 bytes");
  id = fixture_call (fixture, "notes.set", large);
  assert_failure (fixture_wait (fixture, id), ASYNCQ_ERROR_TOO_LARGE, "at most 65536 are kept");
  assert_no_annotation (fixture, id, "k");
}

static void
test_cancelling_wakes_a_job_that_waits (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = call_waiting (fixture);
  gboolean done = FALSE;
  Ending ending;

  aq_engine_cancel (fixture->engine, &somebody, id, "", on_done, &done);
  ending = fixture_wait (fixture, id);
  g_assert_cmpint (ending.outcome, ==, ASYNCQ_JOB_OUTCOME_CANCELLED);
  ending_clear (&ending);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

static void
test_a_worker_that_dies_while_it_waits_leaves_nothing_behind (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = call_waiting (fixture);
  g_autoptr(GArray) before = fixture_pids (fixture);

  g_assert_cmpint (kill ((pid_t) g_array_index (before, guint32, 0), SIGKILL), ==, 0);
  fixture_annotate (fixture, id, "going", "1");
  while (TRUE)
    {
      g_autoptr(GArray) now = fixture_pids (fixture);

      if (now->len == 1 && g_array_index (now, guint32, 0) != g_array_index (before, guint32, 0))
        break;
      fixture_turn ();
    }
  fixture_annotate (fixture, id, "go", "2");
  assert_value (fixture_wait (fixture, id), "[<2>]");
}

static void
test_stopping_while_jobs_wait_is_in_order (void)
{
  g_autoptr(Fixture) fixture = fixture_new (2, usual_plugins);

  (void) call_waiting (fixture);
  (void) call_waiting (fixture);
}

static void
test_a_flood_is_kept_in_order (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "notes.flood", "(uint32 1000,)"), "uint32 1000");
}

static void
test_the_last_progress_is_always_told (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  guint64 id = fixture_call (fixture, "notes.progress", "(uint32 1000,)");

  assert_value (fixture_wait (fixture, id), "()");
  assert_annotation (fixture, id, "progress", "(1.0, uint64 1000, uint64 1000, 'counting')");
}

static void
test_threads_of_a_function_may_ask (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "notes.threads", "()"), "uint32 4");
}

static void
test_a_checkpoint_outlives_its_worker (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  assert_value (fixture_run (fixture, "notes.checkpoint", "(uint32 2,)"), "uint32 3");
  /* another job begins at the beginning */
  assert_value (fixture_run (fixture, "notes.checkpoint", "(uint32 0,)"), "uint32 1");
}

/* a path where a function leaves lines */
static char *
effects_path (Fixture    *fixture,
              const char *name)
{
  g_autofree char *file = g_strconcat ("effects-", name, NULL);

  return fixture_path (fixture, file);
}

static void
assert_n_effects (const char *path,
                  guint       n_wanted)
{
  g_autofree char *text = NULL;
  guint n_found = 0;

  if (g_file_get_contents (path, &text, NULL, NULL))
    for (const char *at = text; *at != '\0'; at++)
      n_found += *at == '\n';
  g_assert_cmpuint (n_found, ==, n_wanted);
}

static void
test_an_effect_comes_once_wherever_its_worker_dies (void)
{
  static const struct
  {
    const char *how;
    const char *result; /* the attempt that had the effect; 0: in doubt */
    guint       n_effects;
  } cases[] = {
    { "well", "uint32 1", 1 },
    { "die", "uint32 0", 0 },
    { "die late", "uint32 0", 1 },
    { "die after", "uint32 1", 1 },
  };
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = effects_path (fixture, cases[i].how);
      g_autofree char *arguments = g_strdup_printf ("('%s', '%s')", path, cases[i].how);

      assert_value (fixture_run (fixture, "notes.once", arguments), cases[i].result);
      assert_n_effects (path, cases[i].n_effects);
    }
}

static void
test_an_effect_that_failed_may_begin_again (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr(Fixture) fixture = fixture_new_with_clock (1, usual_plugins, clock);
  g_autofree char *path = effects_path (fixture, "fail");
  g_autofree char *entries = NULL;
  guint64 id;

  entries = g_strdup_printf ("[{'function': <'notes.once'>, 'arguments': <('%s', 'fail')>, 'retry': <'m01'>}]", path);
  id = fixture_submit (fixture, entries);
  while (TRUE)
    {
      g_autoptr(GVariant) job = fixture_read (fixture, id);
      guint32 attempt = 0;
      const char *state;

      g_assert_true (g_variant_lookup (job, "State", "&s", &state));
      (void) g_variant_lookup (job, "Attempt", "u", &attempt);
      if (attempt == 1 && g_str_equal (state, "pending"))
        break;
      fixture_turn ();
    }
  aq_clock_advance (clock, 10 * G_USEC_PER_SEC);
  assert_value (fixture_wait (fixture, id), "uint32 2");
  assert_n_effects (path, 1);
}

static void
on_object (GVariant     *value,
           const GError *error,
           gpointer      user_data)
{
  g_assert_no_error (error);
  *(GVariant **) user_data = g_variant_ref (value);
}

static void
assert_object (Fixture *fixture,
               guint32  wanted,
               guint64  wanted_version)
{
  g_autoptr(GVariant) object = NULL;
  g_autoptr(GVariant) value = NULL;
  guint64 version = 0;

  aq_engine_read_object (fixture->engine, "counter", on_object, &object);
  while (object == NULL)
    fixture_turn ();
  value = g_variant_lookup_value (object, "value", NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr(GVariant) boxed = g_steal_pointer (&value);

      value = g_variant_get_variant (boxed);
    }
  g_assert_cmpuint (g_variant_get_uint32 (value), ==, wanted);
  g_assert_true (g_variant_lookup (object, "version", "t", &version));
  g_assert_cmpuint (version, ==, wanted_version);
}

static void
create_counter (Fixture *fixture)
{
  gboolean done = FALSE;

  aq_engine_create_object (fixture->engine, &somebody, "counter", g_variant_new_uint32 (1), on_done, &done);
  while (!done)
    fixture_turn ();
}

static guint64
add (Fixture    *fixture,
     const char *by,
     const char *how)
{
  g_autofree char *entries = NULL;

  entries = g_strdup_printf ("[{'function': <'notes.add'>, 'arguments': <(uint32 %s, '%s')>, 'object': <'counter'>}]",
                             by, how);
  return fixture_submit (fixture, entries);
}

static void
test_an_object_changes_with_the_end_of_a_success_alone (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  create_counter (fixture);
  assert_value (fixture_wait (fixture, add (fixture, "5", "")), "uint32 6");
  assert_object (fixture, 6, 2);
  assert_failure (fixture_wait (fixture, add (fixture, "7", "fail")), ASYNCQ_ERROR_FINAL, "on purpose");
  assert_object (fixture, 6, 2);
  assert_failure (fixture_wait (fixture, add (fixture, "7", "wrong")), ASYNCQ_ERROR_INVALID, "of type 'u', not 's'");
  assert_object (fixture, 6, 2);
  assert_value (fixture_wait (fixture, add (fixture, "10", "")), "uint32 16");
  assert_object (fixture, 16, 3);
}

static void
test_an_object_that_somebody_has_changed_meanwhile_is_a_conflict (void)
{
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);
  gboolean done = FALSE;
  guint64 id;

  create_counter (fixture);
  id = add (fixture, "5", "wait");
  while (TRUE)
    {
      g_autofree char *state = fixture_state (fixture, id);

      if (g_str_equal (state, "active"))
        break;
      fixture_turn ();
    }
  aq_engine_set_object (fixture->engine, &somebody, "counter", g_variant_new_uint32 (100), 0, on_done, &done);
  while (!done)
    fixture_turn ();
  fixture_annotate (fixture, id, "go", "true");
  /* the usual policy tries conflicts again, with what is there then */
  assert_value (fixture_wait (fixture, id), "uint32 105");
  assert_object (fixture, 105, 3);
}

static void
test_hostile_questions_end_the_worker_and_nothing_else (void)
{
  static const struct
  {
    const char *function;
    const char *pattern;
  } cases[] = {
    { "hostile.ask_for_another", "protocol error \\(lease [0-9]+ asks for something, which it does not run" },
    { "hostile.ask_nonsense", "protocol error \\(bad frame ASK: there is no such question" },
    { "hostile.ask_too_much", "protocol error \\(it asks more than 64 questions" },
  };
  g_autoptr(Fixture) fixture = fixture_new (1, usual_plugins);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_failure (fixture_run (fixture, cases[i].function, "()"), ASYNCQ_ERROR_CRASHED, cases[i].pattern);
  assert_value (fixture_run (fixture, "demo.multiply", "(6, 7)"), "42");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add_func ("/questions/" #name, test_##name)
  ADD (an_annotation_is_seen_while_the_job_runs_and_afterwards);
  ADD (a_job_waits_for_what_somebody_sets);
  ADD (a_job_waits_for_another_ones_annotation);
  ADD (who_waits_in_vain_gets_nothing);
  ADD (what_cannot_be_is_the_functions_error);
  ADD (cancelling_wakes_a_job_that_waits);
  ADD (a_worker_that_dies_while_it_waits_leaves_nothing_behind);
  ADD (stopping_while_jobs_wait_is_in_order);
  ADD (a_flood_is_kept_in_order);
  ADD (the_last_progress_is_always_told);
  ADD (threads_of_a_function_may_ask);
  ADD (a_checkpoint_outlives_its_worker);
  ADD (an_effect_comes_once_wherever_its_worker_dies);
  ADD (an_effect_that_failed_may_begin_again);
  ADD (an_object_changes_with_the_end_of_a_success_alone);
  ADD (an_object_that_somebody_has_changed_meanwhile_is_a_conflict);
  ADD (hostile_questions_end_the_worker_and_nothing_else);
#undef ADD

  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Removing completed jobs when somebody asks for it
 */

#include "config.h"

#include "world.h"

#define NOOP "{'function': <'t.noop'>}"

typedef struct
{
  guint    counts[ASYNCQ_N_JOB_OUTCOMES];
  gboolean done;
  GError  *error;
} Cleaned;

static const AqActor somebody = { 1000, ":1.7" };

static void
on_cleaned (const guint  *counts,
            const GError *error,
            gpointer      user_data)
{
  Cleaned *cleaned = user_data;

  g_assert_false (cleaned->done);
  cleaned->done = TRUE;
  memcpy (cleaned->counts, counts, sizeof cleaned->counts);
  if (error != NULL)
    cleaned->error = g_error_copy (error);
}

/* "succeeded failed cancelled" */
static char *
clean (World      *self,
       const char *filter_text,
       gboolean    dry_run)
{
  g_autoptr(AqFilter) filter = aq_filter_parse (filter_text, NULL);
  Cleaned cleaned = { { 0 }, FALSE, NULL };

  if (dry_run)
    aq_engine_count_cleanable (self->engine, filter, on_cleaned, &cleaned);
  else
    aq_engine_clean (self->engine, &somebody, filter, on_cleaned, &cleaned);
  while (!cleaned.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (cleaned.error);
  return g_strdup_printf ("%u %u %u", cleaned.counts[ASYNCQ_JOB_OUTCOME_SUCCEEDED],
                          cleaned.counts[ASYNCQ_JOB_OUTCOME_FAILED], cleaned.counts[ASYNCQ_JOB_OUTCOME_CANCELLED]);
}

static void
assert_clean (World      *self,
              const char *filter,
              const char *expected)
{
  g_autofree char *counts = clean (self, filter, FALSE);

  g_assert_cmpstr (counts, ==, expected);
}

/* three that succeed, one that fails, one that is cancelled, one that waits */
static void
make_jobs (World *self)
{
  Attempt attempt;
  guint64 cancelled;

  g_array_unref (world_submit (self, "[" NOOP ", " NOOP ", " NOOP ", " NOOP "]"));
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (world_claim (self, &attempt));
      world_succeed (self, attempt, "()");
    }
  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  cancelled = world_submit_one (self, "[" NOOP "]");
  g_assert_null (world_cancel (self, cancelled));
  (void) world_submit_one (self, "[{'function': <'t.noop'>, 'queue': <'mail'>}]");
}

static void
test_all_that_have_ended_are_removed (World         *self,
                                      gconstpointer  unused)
{
  make_jobs (self);
  assert_clean (self, "", "3 1 1");
  assert_clean (self, "", "0 0 0");
  g_assert_cmpuint (aq_store_get_sequence (self->store), >, 0);
}

static void
test_only_what_the_filter_accepts_is_removed (World         *self,
                                              gconstpointer  unused)
{
  make_jobs (self);
  assert_clean (self, "queue:mail", "0 0 0");
  assert_clean (self, "age:>1h", "0 0 0");
  assert_clean (self, "state:failed state:cancelled", "0 1 1");
  assert_clean (self, "state:completed function:t.*", "3 0 0");
}

static void
test_a_dry_run_only_counts (World         *self,
                            gconstpointer  unused)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  make_jobs (self);
  first = clean (self, "state:succeeded", TRUE);
  second = clean (self, "state:succeeded", TRUE);
  g_assert_cmpstr (first, ==, "3 0 0");
  g_assert_cmpstr (second, ==, "3 0 0");
}

static void
test_what_an_unfinished_job_waits_for_stays (World         *self,
                                             gconstpointer  unused)
{
  Attempt attempt;

  (void) world_submit_one (self, "[{'kind': <'parallel'>}, {'function': <'t.noop'>, 'parent': <uint32 0>},"
                                 " {'function': <'t.noop'>, 'parent': <uint32 0>}]");
  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
  assert_clean (self, "", "0 0 0");

  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
  assert_clean (self, "", "3 0 0");
}

static void
test_thousands_are_removed_in_steps (World         *self,
                                     gconstpointer  unused)
{
  g_autoptr(GString) entries = g_string_new ("[" NOOP);

  for (guint i = 1; i < 2500; i++)
    g_string_append (entries, ", " NOOP);
  g_string_append_c (entries, ']');
  g_array_unref (world_submit (self, entries->str));
  world_run_all (self);
  assert_clean (self, "", "2500 0 0");
}

static void
test_a_submit_key_is_free_again (World         *self,
                                 gconstpointer  unused)
{
  const char *entry = "[{'function': <'t.noop'>, 'submit-key': <'k'>}]";
  guint64 first = world_submit_one (self, entry);

  world_run_all (self);
  g_assert_cmpuint (world_submit_one (self, entry), ==, first);
  assert_clean (self, "", "1 0 0");
  g_assert_cmpuint (world_submit_one (self, entry), >, first);
}

static void
test_an_engine_that_stops_tells_who_has_asked (World         *self,
                                               gconstpointer  unused)
{
  g_autoptr(AqFilter) filter = aq_filter_parse ("", NULL);
  Cleaned cleaned = { { 0 }, FALSE, NULL };

  make_jobs (self);
  aq_engine_clean (self->engine, &somebody, filter, on_cleaned, &cleaned);
  aq_engine_stop (self->engine);
  g_assert_true (cleaned.done);
  g_assert_error (cleaned.error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  g_clear_error (&cleaned.error);
}

static void
test_a_state_that_has_not_ended_is_a_mistake (void)
{
  static const char * const wrong[] = { "state:new", "state:pending", "state:failed state:active" };
  g_autoptr(AqFilter) right = aq_filter_parse ("state:completed state:expired age:>1d", NULL);

  g_assert_true (aq_filter_check_ended (right, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(AqFilter) filter = aq_filter_parse (wrong[i], NULL);
      g_autoptr(GError) error = NULL;

      g_assert_false (aq_filter_check_ended (filter, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
    }
}

int
main (int    argc,
      char **argv)
{
#define world_test(path, function) g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

  g_test_init (&argc, &argv, NULL);
  world_test ("/clean/all-that-have-ended-are-removed", test_all_that_have_ended_are_removed);
  world_test ("/clean/only-what-the-filter-accepts-is-removed", test_only_what_the_filter_accepts_is_removed);
  world_test ("/clean/a-dry-run-only-counts", test_a_dry_run_only_counts);
  world_test ("/clean/what-an-unfinished-job-waits-for-stays", test_what_an_unfinished_job_waits_for_stays);
  world_test ("/clean/thousands-are-removed-in-steps", test_thousands_are_removed_in_steps);
  world_test ("/clean/a-submit-key-is-free-again", test_a_submit_key_is_free_again);
  world_test ("/clean/an-engine-that-stops-tells-who-has-asked", test_an_engine_that_stops_tells_who_has_asked);
  g_test_add_func ("/clean/a-state-that-has-not-ended-is-a-mistake", test_a_state_that_has_not_ended_is_a_mistake);
  return g_test_run ();
}

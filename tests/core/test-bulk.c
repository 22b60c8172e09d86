/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Changing many jobs at once
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-bulk.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define NOOP "{'function': <'t.noop'>}"
#define LATER "{'function': <'t.noop'>, 'delay': <int64 1000000>}"

static const AqActor somebody = { 1000, ":1.7" };

typedef struct
{
  GVariant *value; /* owned, nullable */
  GError   *error; /* owned, nullable */
  gboolean  done;
} Answer;

static void
on_changed (GVariant     *value,
            const GError *error,
            gpointer      user_data)
{
  Answer *answer = user_data;

  g_assert_false (answer->done);
  answer->done = TRUE;
  if (value != NULL)
    answer->value = g_variant_ref (value);
  if (error != NULL)
    answer->error = g_error_copy (error);
}

static void
begin (World         *self,
       const char    *filter_text,
       AqBulkOptions  options,
       Answer        *answer)
{
  g_autoptr(AqFilter) filter = aq_filter_parse (filter_text, NULL);

  if (options.limit == 0)
    options.limit = G_MAXUINT64;
  aq_engine_change_jobs (self->engine, &somebody, filter, &options, on_changed, answer);
}

/* Returns: (transfer full): the answer */
static GVariant *
change (World         *self,
        const char    *filter,
        AqBulkOptions  options)
{
  Answer answer = { NULL };

  begin (self, filter, options, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, FALSE);
  g_assert_no_error (answer.error);
  return answer.value;
}

static char *
dup_counts (GVariant *answer)
{
  g_autoptr(GVariant) reasons = g_variant_lookup_value (answer, "reasons", G_VARIANT_TYPE ("a{st}"));
  g_autofree char *text = g_variant_print (reasons, FALSE);
  guint64 n_changed, n_skipped, n_failed;

  g_assert_true (g_variant_lookup (answer, "changed", "t", &n_changed));
  g_assert_true (g_variant_lookup (answer, "skipped", "t", &n_skipped));
  g_assert_true (g_variant_lookup (answer, "failed", "t", &n_failed));
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s", n_changed, n_skipped,
                          n_failed, text);
}

/* @expected: "CHANGED SKIPPED FAILED {REASON: NUMBER}" */
static void
assert_change (World         *self,
               const char    *filter,
               AqBulkOptions  options,
               const char    *expected)
{
  g_autoptr(GVariant) answer = change (self, filter, options);
  g_autofree char *counts = dup_counts (answer);

  g_assert_cmpstr (counts, ==, expected);
}

static void
submit_many (World      *self,
             const char *entry,
             guint       n)
{
  g_autoptr(GString) entries = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (entries, "%s%s", i > 0 ? ", " : "", entry);
  g_string_append (entries, "]");
  g_array_unref (world_submit (self, entries->str));
}

/* one that has succeeded, one that has failed, one that runs, one that waits */
static void
make_jobs (World   *self,
           Attempt *out_running)
{
  Attempt attempt;

  submit_many (self, NOOP, 4);
  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  g_assert_true (world_claim (self, out_running));
  world_start (self, *out_running);
}

static void
test_what_has_not_ended_is_cancelled (World         *self,
                                      gconstpointer  unused)
{
  Attempt running;

  make_jobs (self, &running);
  assert_change (self, "", (AqBulkOptions) { AQ_BULK_CANCEL }, "2 2 0 {'already finished': 2}");
  assert_change (self, "queue:mail", (AqBulkOptions) { AQ_BULK_CANCEL }, "0 0 0 {}");
  world_assert_claims (self, 9, "");
}

static void
test_a_dry_run_changes_nothing (World         *self,
                                gconstpointer  unused)
{
  static const char * const expected[AQ_N_BULK_ACTIONS] = {
    [AQ_BULK_CANCEL] = "2 2 0 {'already finished': 2}",
    [AQ_BULK_PRIORITY] = "1 3 0 {'already finished': 2, 'running': 1}",
    [AQ_BULK_REMOVE] = "2 2 0 {'not finished': 2}",
    [AQ_BULK_RETRY] = "1 3 0 {'running': 1, 'due already': 1, 'has succeeded': 1}",
  };
  Attempt running;
  guint64 sequence;

  make_jobs (self, &running);
  sequence = aq_store_get_sequence (self->store);
  for (AqBulkAction action = 0; action < AQ_N_BULK_ACTIONS; action++)
    for (guint again = 0; again < 2; again++)
      assert_change (self, "", (AqBulkOptions) { action, .dry_run = TRUE, .priority = 5 }, expected[action]);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, sequence);
  /* and what it has said is what happens */
  for (AqBulkAction action = AQ_BULK_PRIORITY; action < AQ_N_BULK_ACTIONS; action += 2)
    assert_change (self, "", (AqBulkOptions) { action, .priority = 5 }, expected[action]);
}

static void
test_a_priority_is_changed_of_what_has_not_begun (World         *self,
                                                  gconstpointer  unused)
{
  submit_many (self, NOOP, 2);
  submit_many (self, "{'function': <'t.noop'>, 'priority': <byte 3>}", 1);
  assert_change (self, "", (AqBulkOptions) { AQ_BULK_PRIORITY, .priority = 3 },
                 "2 1 0 {'has that priority already': 1}");
  world_assert_claims (self, 9, "1 2 3");
}

static void
test_those_that_have_succeeded_are_retried_where_they_are_named (World         *self,
                                                                 gconstpointer  unused)
{
  Attempt attempt;

  submit_many (self, NOOP, 2);
  submit_many (self, LATER, 1);
  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  assert_change (self, "function:t.*", (AqBulkOptions) { AQ_BULK_RETRY }, "2 1 0 {'has succeeded': 1}");
  world_assert_claims (self, 9, "3 4");
  assert_change (self, "state:succeeded", (AqBulkOptions) { AQ_BULK_RETRY }, "1 0 0 {}");
  world_assert_claims (self, 9, "5");
}

static void
test_what_cannot_run_by_itself_is_skipped (World         *self,
                                           gconstpointer  unused)
{
  g_array_unref (world_submit (self, "[{'kind': <'batch'>}, {'function': <'t.noop'>, 'parent': <uint32 0>}]"));
  world_run_all (self);
  assert_change (self, "state:completed", (AqBulkOptions) { AQ_BULK_RETRY }, "1 1 0 {'cannot run by itself': 1}");
}

static void
test_what_an_unfinished_job_needs_is_not_removed (World         *self,
                                                  gconstpointer  unused)
{
  Attempt attempt;

  g_array_unref (world_submit (self, "[{'kind': <'parallel'>}, {'function': <'t.noop'>, 'parent': <uint32 0>},"
                                     " {'function': <'t.noop'>, 'parent': <uint32 0>}]"));
  g_assert_true (world_claim (self, &attempt));
  world_succeed (self, attempt, "()");
  assert_change (self, "state:completed", (AqBulkOptions) { AQ_BULK_REMOVE },
                 "0 1 0 {'unfinished jobs depend on it': 1}");
}

static void
test_thousands_are_changed_in_steps_up_to_a_limit (World         *self,
                                                   gconstpointer  unused)
{
  submit_many (self, NOOP, 3500);
  assert_change (self, "", (AqBulkOptions) { AQ_BULK_CANCEL, .limit = 2500 }, "2500 0 0 {}");
  assert_change (self, "", (AqBulkOptions) { AQ_BULK_CANCEL }, "1000 2500 0 {'already finished': 2500}");
  assert_change (self, "state:cancelled", (AqBulkOptions) { AQ_BULK_RETRY }, "3500 0 0 {}");
  assert_change (self, "", (AqBulkOptions) { AQ_BULK_REMOVE }, "3500 3500 0 {'not finished': 3500}");
}

static void
test_five_samples_are_shown (World         *self,
                             gconstpointer  unused)
{
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) samples = NULL;
  g_autoptr(GVariant) first = NULL;
  guint64 id;
  const char *state;

  submit_many (self, NOOP, 8);
  answer = change (self, "", (AqBulkOptions) { AQ_BULK_CANCEL, .dry_run = TRUE });
  samples = g_variant_lookup_value (answer, "samples", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (samples), ==, 5);
  first = g_variant_get_child_value (samples, 0);
  g_assert_true (g_variant_lookup (first, "Id", "t", &id));
  g_assert_cmpuint (id, ==, 8);
  g_assert_true (g_variant_lookup (first, "State", "&s", &state));
  g_assert_cmpstr (state, ==, "pending");
}

static void
test_those_that_fail_are_told_and_the_rest_goes_on (World         *self,
                                                    gconstpointer  unused)
{
  g_autoptr(GError) refusal = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL, "no space is left");
  g_autoptr(GVariant) answer = NULL;
  g_autofree char *counts = NULL;
  g_auto(GStrv) errors = NULL;
  Answer answered = { NULL };

  /* the first thousand is changed, then there is no space */
  submit_many (self, LATER, 1500);
  begin (self, "", (AqBulkOptions) { AQ_BULK_RETRY }, &answered);
  g_main_context_iteration (NULL, FALSE);
  g_assert_false (answered.done);
  aq_store_set_refusal (self->store, refusal);
  while (!answered.done)
    g_main_context_iteration (NULL, FALSE);
  answer = g_steal_pointer (&answered.value);
  counts = dup_counts (answer);
  g_assert_cmpstr (counts, ==, "1000 0 500 {}");
  g_assert_true (g_variant_lookup (answer, "errors", "^as", &errors));
  g_assert_cmpuint (g_strv_length (errors), ==, 5);
  g_assert_cmpstr (errors[0], ==, "no space is left");

  /* and from the start nothing is begun */
  answered = (Answer) { NULL };
  begin (self, "", (AqBulkOptions) { AQ_BULK_RETRY }, &answered);
  g_assert_error (answered.error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL);
  g_clear_error (&answered.error);
}

static void
test_jobs_that_end_meanwhile_are_skipped (World         *self,
                                          gconstpointer  unused)
{
  Answer answered = { NULL };
  g_autoptr(GVariant) answer = NULL;
  g_autofree char *counts = NULL;
  Attempt attempt;

  submit_many (self, NOOP, 1500);
  g_assert_true (world_claim (self, &attempt));
  begin (self, "", (AqBulkOptions) { AQ_BULK_CANCEL }, &answered);
  g_main_context_iteration (NULL, FALSE);
  g_assert_false (answered.done);
  world_succeed (self, attempt, "()");
  while (!answered.done)
    g_main_context_iteration (NULL, FALSE);
  answer = g_steal_pointer (&answered.value);
  counts = dup_counts (answer);
  g_assert_cmpstr (counts, ==, "1499 1 0 {'already finished': 1}");
}

static void
test_an_engine_that_stops_tells_who_has_asked (World         *self,
                                               gconstpointer  unused)
{
  Answer answered = { NULL };

  submit_many (self, NOOP, 3);
  begin (self, "", (AqBulkOptions) { AQ_BULK_CANCEL }, &answered);
  aq_engine_stop (self->engine);
  g_assert_true (answered.done);
  g_assert_error (answered.error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  g_clear_error (&answered.error);
}

static void
test_an_action_that_there_is_not_is_refused (void)
{
  g_autoptr(GError) error = NULL;
  AqBulkAction action;

  g_assert_true (aq_bulk_action_from_string ("retry", &action, NULL));
  g_assert_cmpint (action, ==, AQ_BULK_RETRY);
  g_assert_false (aq_bulk_action_from_string ("cancle", &action, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "did you mean 'cancel'?"));
}

int
main (int    argc,
      char **argv)
{
#define world_test(path, function) g_test_add (path, World, NULL, world_set_up, function, world_tear_down)

  g_test_init (&argc, &argv, NULL);
  world_test ("/bulk/what-has-not-ended-is-cancelled", test_what_has_not_ended_is_cancelled);
  world_test ("/bulk/a-dry-run-changes-nothing", test_a_dry_run_changes_nothing);
  world_test ("/bulk/a-priority-is-changed-of-what-has-not-begun", test_a_priority_is_changed_of_what_has_not_begun);
  world_test ("/bulk/those-that-have-succeeded-are-retried-where-they-are-named",
              test_those_that_have_succeeded_are_retried_where_they_are_named);
  world_test ("/bulk/what-cannot-run-by-itself-is-skipped", test_what_cannot_run_by_itself_is_skipped);
  world_test ("/bulk/what-an-unfinished-job-needs-is-not-removed", test_what_an_unfinished_job_needs_is_not_removed);
  world_test ("/bulk/thousands-are-changed-in-steps-up-to-a-limit", test_thousands_are_changed_in_steps_up_to_a_limit);
  world_test ("/bulk/five-samples-are-shown", test_five_samples_are_shown);
  world_test ("/bulk/those-that-fail-are-told-and-the-rest-goes-on", test_those_that_fail_are_told_and_the_rest_goes_on);
  world_test ("/bulk/jobs-that-end-meanwhile-are-skipped", test_jobs_that_end_meanwhile_are_skipped);
  world_test ("/bulk/an-engine-that-stops-tells-who-has-asked", test_an_engine_that_stops_tells_who_has_asked);
  g_test_add_func ("/bulk/an-action-that-there-is-not-is-refused", test_an_action_that_there_is_not_is_refused);
  return g_test_run ();
}

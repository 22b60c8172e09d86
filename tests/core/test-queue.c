/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Queues, what people change of jobs, unique keys, factories and the switch
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-changes.h"
#include "core/aq-engine-claiming.h"
#include "core/aq-engine-factories.h"
#include "core/aq-engine-queues.h"

#include <string.h>

static const AqActor tester = { 1000, ":1.7" };

/* what came back */
typedef struct
{
  gboolean  answered;
  guint64   id;
  GVariant *value; /* owned */
  GError   *error; /* owned */
} Answer;

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->value, g_variant_unref);
  g_clear_error (&answer->error);
  *answer = (Answer) { FALSE };
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
take (Answer       *answer,
      guint64       id,
      GVariant     *value,
      const GError *error)
{
  g_assert_false (answer->answered);
  answer->answered = TRUE;
  answer->id = id;
  answer->value = value != NULL ? g_variant_ref (value) : NULL;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
on_done (const GError *error,
         gpointer      user_data)
{
  take (user_data, 0, NULL, error);
}

static void
on_job_done (guint64       id,
             const GError *error,
             gpointer      user_data)
{
  take (user_data, id, NULL, error);
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  take (user_data, 0, value, error);
}

static void
expect (World      *world,
        Answer     *answer,
        int         code)
{
  world_settle (world);
  g_assert_true (answer->answered);
  if (code < 0)
    g_assert_no_error (answer->error);
  else
    g_assert_error (answer->error, ASYNCQ_ERROR, code);
}

/* the ids as text "1 2 3" */
static char *
list (World  *world,
      gint64  offset,
      guint   limit)
{
  g_auto(Answer) answer = { FALSE };
  GString *text = g_string_new (NULL);

  aq_engine_list_queued (world->engine, "", offset, limit, on_read, &answer);
  expect (world, &answer, -1);
  for (gsize i = 0; i < g_variant_n_children (answer.value); i++)
    {
      guint64 id;

      g_variant_get_child (answer.value, i, "t", &id);
      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "", id);
    }
  return g_string_free (text, FALSE);
}

static void
assert_list (World      *world,
             const char *expected)
{
  g_autofree char *text = list (world, 0, 10000);

  g_assert_cmpstr (text, ==, expected);
}

static guint64
pull (World  *world,
      gint64  index)
{
  g_auto(Answer) answer = { FALSE };

  aq_engine_pull_index (world->engine, &tester, "", index, on_job_done, &answer);
  expect (world, &answer, -1);
  return answer.id;
}

static void
remove_job (World   *world,
            guint64  id,
            int      code)
{
  g_auto(Answer) answer = { FALSE };

  aq_engine_pull_job (world->engine, &tester, "", id, on_job_done, &answer);
  expect (world, &answer, code);
}

static void
change (World      *world,
        guint64     id,
        const char *changes,
        int         code)
{
  g_auto(Answer) answer = { FALSE };

  aq_engine_change_job (world->engine, &tester, id, g_variant_new_parsed (changes), on_done, &answer);
  expect (world, &answer, code);
}

static guint64
retry (World   *world,
       guint64  id,
       int      code)
{
  g_auto(Answer) answer = { FALSE };

  aq_engine_retry_job (world->engine, &tester, id, on_job_done, &answer);
  expect (world, &answer, code);
  return answer.id;
}

static void
assert_state (World      *world,
              guint64     id,
              const char *expected)
{
  g_autoptr(GVariant) state = world_property (world, id, "State");

  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, expected);
}

static void
test_pulled_jobs_leave_and_come_back_last (World         *world,
                                           gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  guint64 first;

  g_test_summary ("acceptance case D3; behaviour Z29 to Z31");
  for (guint i = 0; i < 10; i++)
    (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
  assert_list (world, "1 2 3 4 5 6 7 8 9 10");
  g_assert_cmpuint (pull (world, -1), ==, 10);
  first = pull (world, 0);
  g_assert_cmpuint (first, ==, 1);
  assert_state (world, first, "new");
  remove_job (world, 6, -1);
  remove_job (world, 6, ASYNCQ_ERROR_NO_SUCH_JOB);
  assert_list (world, "2 3 4 5 7 8 9");
  aq_engine_put_job_again (world->engine, &tester, first, on_done, &answer);
  expect (world, &answer, -1);
  assert_list (world, "2 3 4 5 7 8 9 1");
  answer_clear (&answer);
  aq_engine_put_job_again (world->engine, &tester, first, on_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_BAD_STATE);
  answer_clear (&answer);
  aq_engine_pull_index (world->engine, &tester, "", 8, on_job_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_NO_SUCH_JOB);
}

static void
test_jobs_are_listed_in_the_order_in_which_they_are_claimed (World         *world,
                                                             gconstpointer  unused)
{
  g_autofree char *listed = NULL;
  g_autofree char *page = NULL;
  g_autofree char *claimed = NULL;

  for (guint i = 0; i < 200; i++)
    {
      const char *delay = g_test_rand_bit () ? "'delay': <int64 5000000>, " : "";
      g_autofree char *entry = g_strdup_printf ("[{'function': <'t.noop'>, %s'priority': <%d>}]", delay,
                                                g_test_rand_int_range (0, 4));

      (void) world_submit_one (world, entry);
      aq_clock_advance (world->clock, g_test_rand_int_range (0, 3));
    }
  aq_clock_advance (world->clock, 6 * G_USEC_PER_SEC);
  listed = list (world, 0, 10000);
  page = list (world, 150, 50);
  g_assert_true (g_str_has_suffix (listed, page));
  claimed = world_claim_ids (world, 1000);
  g_assert_cmpstr (listed, ==, claimed);
}

static void
test_nothing_of_a_paused_queue_is_claimed (World         *world,
                                           gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  g_autofree char *none = NULL;
  g_autofree char *some = NULL;

  (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
  aq_engine_pause_queue (world->engine, &tester, "", "repairs", START + 10 * G_USEC_PER_SEC, on_done, &answer);
  expect (world, &answer, -1);
  none = world_claim_ids (world, 10);
  g_assert_cmpstr (none, ==, "");
  aq_clock_advance (world->clock, 10 * G_USEC_PER_SEC);
  world_settle (world);
  some = world_claim_ids (world, 10);
  g_assert_cmpstr (some, ==, "1");
  answer_clear (&answer);
  aq_engine_pause_queue (world->engine, &tester, "nosuch", "", 0, on_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
test_a_queue_that_holds_jobs_is_not_removed (World         *world,
                                             gconstpointer  unused)
{
  g_autoptr(GError) unknown = NULL;
  g_auto(Answer) answer = { FALSE };

  aq_engine_create_queue (world->engine, &tester, "post", on_done, &answer);
  expect (world, &answer, -1);
  g_assert_true (aq_engine_has_queue (world->engine, "post"));
  unknown = world_refuse (world, "[{'function': <'t.noop'>, 'queue': <'pots'>}]");
  g_assert_error (unknown, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE);
  g_assert_nonnull (strstr (unknown->message, "did you mean 'post'"));
  answer_clear (&answer);
  aq_engine_create_queue (world->engine, &tester, "post", on_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_EXISTS);
  (void) world_submit_one (world, "[{'function': <'t.noop'>, 'queue': <'post'>}]");
  answer_clear (&answer);
  aq_engine_remove_queue (world->engine, &tester, "post", on_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_BAD_STATE);
  world_run_all (world);
  answer_clear (&answer);
  aq_engine_remove_queue (world->engine, &tester, "post", on_done, &answer);
  expect (world, &answer, -1);
  g_assert_false (aq_engine_has_queue (world->engine, "post"));
}

static void
test_a_job_is_changed_before_it_begins (World         *world,
                                        gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.echo'>, 'arguments': <(1,)>}]");
  g_autofree char *shown = NULL;

  change (world, id, "{'arguments': <(7,)>, 'priority': <3>}", -1);
  change (world, id, "{'priority': <300>}", ASYNCQ_ERROR_INVALID);
  change (world, id, "{'retry': <'comon'>}", ASYNCQ_ERROR_NO_SUCH_POLICY);
  change (world, id, "{'begin-by': <int64 -1>}", ASYNCQ_ERROR_INVALID);
  change (world, id, "{'arguments': <('x',)>}", ASYNCQ_ERROR_BAD_ARGUMENTS);
  change (world, id, "{'submit-key': <'x'>}", ASYNCQ_ERROR_INVALID);
  world_run_all (world);
  shown = world_show (world, id);
  g_assert_cmpstr (shown, ==, "completed succeeded 7");
  change (world, id, "{'priority': <3>}", ASYNCQ_ERROR_BAD_STATE);
}

static gint64
begin_by (World   *world,
          guint64  id)
{
  g_autoptr(GVariant) value = world_property (world, id, "BeginBy");

  return g_variant_get_int64 (value);
}

/* it was put an hour before it came to its queue, from where its time to begin counts */
static void
test_a_change_of_other_settings_leaves_the_time_to_begin (World         *world,
                                                          gconstpointer  unused)
{
  guint64 first = world_submit_one (world, "[{'function': <'t.noop'>}]");
  g_autofree char *after = g_strdup_printf ("[{'function': <'t.noop'>, 'begin-by': <int64 600000000>, "
                                            "'after-jobs': <[(uint64 %" G_GUINT64_FORMAT ", 'any')]>}]", first);
  guint64 id = world_submit_one (world, after);
  const gint64 hour_usec = G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC;
  Attempt attempt;

  aq_clock_advance (world->clock, hour_usec);
  world_settle (world);
  change (world, id, "{'retry': <'never'>}", -1);
  g_assert_cmpint (begin_by (world, id), ==, 0);
  g_assert_true (world_claim (world, &attempt));
  world_start (world, attempt);
  world_succeed (world, attempt, "()");
  g_assert_cmpint (begin_by (world, id), ==, START + hour_usec + 600 * G_USEC_PER_SEC);
  change (world, id, "{'retry': <'forever'>}", -1);
  g_assert_cmpint (begin_by (world, id), ==, START + hour_usec + 600 * G_USEC_PER_SEC);
  change (world, id, "{'begin-by': <int64 60000000>}", -1);
  g_assert_cmpint (begin_by (world, id), ==, START + hour_usec + 60 * G_USEC_PER_SEC);
  assert_state (world, id, "pending");
}

static void
test_a_job_runs_again_by_hand (World         *world,
                               gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.echo'>, 'arguments': <(4,)>}]");
  g_autofree char *shown = NULL;
  guint64 again;
  Attempt attempt;

  (void) retry (world, id, ASYNCQ_ERROR_BAD_STATE);
  g_assert_true (world_claim (world, &attempt));
  world_start (world, attempt);
  (void) retry (world, id, ASYNCQ_ERROR_BAD_STATE);
  world_succeed (world, attempt, "4");
  again = retry (world, id, -1);
  g_assert_cmpuint (again, !=, id);
  world_run_all (world);
  shown = world_show (world, again);
  g_assert_cmpstr (shown, ==, "completed succeeded 4");
}

static void
test_a_unique_key_keeps_others_out (World         *world,
                                    gconstpointer  unused)
{
  const char *skip = "[{'function': <'t.echo'>, 'arguments': <(1,)>, 'unique-key': <'k'>}]";
  const char *merge = "[{'function': <'t.echo'>, 'arguments': <(2,)>, 'unique-key': <'k'>,"
                      "  'unique-conflict': <'merge'>}]";
  const char *replace = "[{'function': <'t.echo'>, 'arguments': <(3,)>, 'unique-key': <'k'>,"
                        "  'unique-conflict': <'replace'>}]";
  guint64 first = world_submit_one (world, skip);
  guint64 other = world_submit_one (world, "[{'function': <'t.noop'>}]");
  g_autofree char *expected = NULL;
  g_autofree char *shown = NULL;
  guint64 last;

  g_assert_cmpuint (world_submit_one (world, skip), ==, first);
  g_assert_cmpuint (world_submit_one (world, merge), ==, first);
  last = world_submit_one (world, replace);
  g_assert_cmpuint (last, !=, first);
  assert_state (world, first, "completed");
  expected = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, last, other);
  assert_list (world, expected);
  world_run_all (world);
  shown = world_show (world, last);
  g_assert_cmpstr (shown, ==, "completed succeeded 3");
  g_assert_cmpuint (world_submit_one (world, skip), >, last);
}

static void
test_a_merged_job_keeps_its_place (World         *world,
                                   gconstpointer  unused)
{
  const char *text = "[{'function': <'t.scale'>, 'arguments': <(%d, 1)>, 'unique-arguments': <['by']>,"
                     "  'unique-conflict': <'merge'>}]";
  g_autofree char *one = g_strdup_printf (text, 1);
  g_autofree char *two = g_strdup_printf (text, 2);
  guint64 first = world_submit_one (world, one);

  (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
  g_assert_cmpuint (world_submit_one (world, two), ==, first);
  assert_list (world, "1 2");
}

/* what is merged moves in memory: run this with valgrind */
static void
test_a_merged_job_may_be_a_member_by_its_submit_key (World         *world,
                                                     gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.echo'>, 'arguments': <(1,)>, 'unique-key': <'k'>,"
                                        "  'submit-key': <'s'>}]");
  g_autoptr(GArray) ids = world_submit (world, "[{'kind': <'parallel'>},"
                                               " {'function': <'t.noop'>, 'submit-key': <'s'>, 'parent': <0>},"
                                               " {'function': <'t.echo'>, 'arguments': <(2,)>, 'unique-key': <'k'>,"
                                               "  'unique-conflict': <'merge'>}]");
  g_autofree char *shown = NULL;

  g_assert_cmpuint (g_array_index (ids, guint64, 1), ==, id);
  g_assert_cmpuint (g_array_index (ids, guint64, 2), ==, id);
  assert_state (world, g_array_index (ids, guint64, 0), "active");
  world_run_all (world);
  shown = world_show (world, id);
  g_assert_cmpstr (shown, ==, "completed succeeded 2");
  assert_state (world, g_array_index (ids, guint64, 0), "completed");
}

static void
test_only_the_same_function_is_merged (World         *world,
                                       gconstpointer  unused)
{
  guint64 first = world_submit_one (world, "[{'function': <'t.echo'>, 'arguments': <(1,)>, 'submit-key': <'s'>,"
                                           "  'unique-key': <'k'>}]");
  g_autoptr(GVariant) arguments = NULL;
  g_autofree char *text = NULL;

  g_assert_cmpuint (world_submit_one (world, "[{'function': <'t.scale'>, 'arguments': <(5, 6)>, 'submit-key': <'s'>,"
                                             "  'unique-key': <'k'>, 'unique-conflict': <'merge'>}]"),
                    ==, first);
  arguments = world_property (world, first, "Arguments");
  text = g_variant_print (arguments, FALSE);
  g_assert_cmpstr (text, ==, "<(1,)>");
}

static void
test_a_job_for_the_end_of_time_does_not_expire (World         *world,
                                                gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>, 'begin-after': <int64 9223372036854775807>}]");

  change (world, id, "{'begin-by': <int64 3000000000000000>}", -1);
  aq_clock_advance (world->clock, 1);
  world_settle (world);
  assert_state (world, id, "pending");
}

static void
test_bad_unique_keys_are_refused (World         *world,
                                  gconstpointer  unused)
{
  g_autofree char *long_key = g_strnfill (1025, 'k');
  g_autofree char *too_long = g_strdup_printf ("[{'function': <'t.noop'>, 'unique-key': <'%s'>}]", long_key);
  g_autoptr(GError) size = world_refuse (world, too_long);
  g_autoptr(GError) name = world_refuse (world, "[{'function': <'t.noop'>, 'unique-arguments': <['no']>}]");
  g_autoptr(GError) period = world_refuse (world, "[{'function': <'t.noop'>, 'unique-key': <'k'>,"
                                                  "  'unique-scope': <'period'>}]");
  g_autoptr(GError) policy = world_refuse (world, "[{'function': <'t.noop'>, 'retry': <'forevr'>}]");
  g_autoptr(GError) begin_by = world_refuse (world, "[{'function': <'t.noop'>, 'begin-by': <int64 -1>}]");

  g_assert_error (size, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE);
  g_assert_error (name, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS);
  g_assert_error (period, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_assert_error (policy, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_POLICY);
  g_assert_nonnull (strstr (policy->message, "'forever'"));
  g_assert_error (begin_by, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
}

static void
test_a_factory_has_input_of_its_own (World         *world,
                                     gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  g_autoptr(GError) unknown = NULL;
  g_autofree char *own = NULL;
  g_autofree char *given = NULL;
  guint64 first, second;

  g_test_summary ("behaviour M2, M3");
  aq_engine_add_factory (world->engine, &tester, "echoes",
                         g_variant_new_parsed ("{'function': <'t.echo'>, 'arguments': <(5,)>}"), on_done, &answer);
  expect (world, &answer, -1);
  first = world_submit_one (world, "[{'factory': <'echoes'>}]");
  second = world_submit_one (world, "[{'factory': <'echoes'>, 'named': <{'value': <6>}>}]");
  unknown = world_refuse (world, "[{'factory': <'echos'>}]");
  g_assert_error (unknown, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FACTORY);
  g_assert_nonnull (strstr (unknown->message, "did you mean 'echoes'?"));
  world_run_all (world);
  own = world_show (world, first);
  given = world_show (world, second);
  g_assert_cmpstr (own, ==, "completed succeeded 5");
  g_assert_cmpstr (given, ==, "completed succeeded 6");
}

static void
test_the_queue_of_a_factory_is_known (World         *world,
                                      gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };

  aq_engine_add_factory (world->engine, &tester, "letters",
                         g_variant_new_parsed ("{'function': <'t.noop'>, 'queue': <'mial'>}"), on_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_NO_SUCH_QUEUE);
}

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  g_assert_no_error (error);
}

static void
on_claimed (AqJob    **jobs,
            guint      n_jobs,
            guint64    revealed,
            gpointer   user_data)
{
  Attempt *attempt = user_data;

  *attempt = (Attempt) { jobs[0]->id, jobs[0]->lease };
}

/* put and claim are flushed together */
static void
test_a_job_claimed_by_hand_has_not_ended_by_its_put (World         *world,
                                                     gconstpointer  unused)
{
  g_autoptr(GVariant) entries = g_variant_ref_sink (g_variant_new_parsed ("[{'function': <'t.noop'>}]"));
  g_auto(Answer) answer = { FALSE };
  Attempt attempt = { 0, 0 };

  aq_engine_set_claiming (world->engine, FALSE);
  aq_engine_submit_entries (world->engine, &tester, entries, on_submitted, NULL);
  aq_engine_process_next (world->engine, on_job_done, &answer);
  aq_engine_claim (world->engine, world->agent, 1, on_claimed, &attempt);
  world_settle (world);
  g_assert_false (answer.answered);
  world_start (world, attempt);
  world_succeed (world, attempt, "()");
  expect (world, &answer, -1);
}

static void
test_one_job_at_a_time_is_claimed_by_hand (World         *world,
                                           gconstpointer  unused)
{
  g_auto(Answer) answer = { FALSE };
  g_autofree char *none = NULL;
  Attempt attempt;

  g_test_summary ("behaviour M9, M17");
  aq_engine_process_next (world->engine, on_job_done, &answer);
  expect (world, &answer, ASYNCQ_ERROR_BAD_STATE);
  aq_engine_set_claiming (world->engine, FALSE);
  answer_clear (&answer);
  aq_engine_process_next (world->engine, on_job_done, &answer);
  expect (world, &answer, -1);
  g_assert_cmpuint (answer.id, ==, 0);

  (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
  (void) world_submit_one (world, "[{'function': <'t.noop'>}]");
  none = world_claim_ids (world, 10);
  g_assert_cmpstr (none, ==, "");
  answer_clear (&answer);
  aq_engine_process_next (world->engine, on_job_done, &answer);
  g_assert_true (world_claim (world, &attempt));
  g_assert_false (answer.answered);
  world_start (world, attempt);
  world_succeed (world, attempt, "()");
  expect (world, &answer, -1);
  g_assert_cmpuint (answer.id, ==, attempt.id);
  g_assert_false (world_claim (world, &attempt));
}

#define ADD(path, func) g_test_add ("/core/queue/" path, World, NULL, world_set_up, func, world_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pulled-jobs-leave-and-come-back-last", test_pulled_jobs_leave_and_come_back_last);
  ADD ("jobs-are-listed-in-the-order-in-which-they-are-claimed",
       test_jobs_are_listed_in_the_order_in_which_they_are_claimed);
  ADD ("nothing-of-a-paused-queue-is-claimed", test_nothing_of_a_paused_queue_is_claimed);
  ADD ("a-queue-that-holds-jobs-is-not-removed", test_a_queue_that_holds_jobs_is_not_removed);
  ADD ("a-job-is-changed-before-it-begins", test_a_job_is_changed_before_it_begins);
  ADD ("a-job-runs-again-by-hand", test_a_job_runs_again_by_hand);
  ADD ("a-change-of-other-settings-leaves-the-time-to-begin", test_a_change_of_other_settings_leaves_the_time_to_begin);
  ADD ("a-unique-key-keeps-others-out", test_a_unique_key_keeps_others_out);
  ADD ("a-merged-job-keeps-its-place", test_a_merged_job_keeps_its_place);
  ADD ("a-merged-job-may-be-a-member-by-its-submit-key", test_a_merged_job_may_be_a_member_by_its_submit_key);
  ADD ("only-the-same-function-is-merged", test_only_the_same_function_is_merged);
  ADD ("a-job-for-the-end-of-time-does-not-expire", test_a_job_for_the_end_of_time_does_not_expire);
  ADD ("bad-unique-keys-are-refused", test_bad_unique_keys_are_refused);
  ADD ("a-factory-has-input-of-its-own", test_a_factory_has_input_of_its_own);
  ADD ("the-queue-of-a-factory-is-known", test_the_queue_of_a_factory_is_known);
  ADD ("a-job-claimed-by-hand-has-not-ended-by-its-put", test_a_job_claimed_by_hand_has_not_ended_by_its_put);
  ADD ("one-job-at-a-time-is-claimed-by-hand", test_one_job_at_a_time_is_claimed_by_hand);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include <string.h>

#define CALL(value) "{'function': <'t.echo'>, 'arguments': <(" #value ",)>"
#define HEAR(start, parent, on) \
  "{'function': <'t.hear'>, 'arguments': <(" #start ",)>, 'parent': <" #parent ">, 'role': <'callback'>, 'on': <'" on "'>}"
#define HEAR_JOB(start, id, on) \
  "{'function': <'t.hear'>, 'arguments': <(" #start ",)>, 'parent-job': <" #id ">, 'role': <'callback'>, 'on': <'" on "'>}"
#define ADD_TO(start, parent) \
  "{'function': <'t.add'>, 'arguments': <(" #start ",)>, 'parent': <" #parent ">, 'role': <'callback'>, 'on': <'success'>}"

static void
succeed (World      *self,
         guint64     id,
         const char *value)
{
  world_succeed (self, world_claim_job (self, id), value);
}

/* Z58, Z60 */
static void
test_same_result (World         *self,
                  gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (42) "}," HEAR (0, 0, "any") "," HEAR (1, 0, "success") "," HEAR (2, 0, "any") "]");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 42");
  world_assert_show (self, 2, "completed succeeded 42");
  world_assert_show (self, 3, "completed succeeded 43");
  world_assert_show (self, 4, "completed succeeded 44");
}

/* Z61 */
static void
test_order (World         *self,
            gconstpointer  unused)
{
  /* 1: the job; 2, 3: its callbacks; 4: a callback of 2; 5: another job */
  (void) world_submit_one (self, "[" CALL (1) "}," HEAR (0, 0, "any") "," HEAR (0, 0, "any") "," HEAR (0, 1, "any") ","
                                 CALL (2) "}]");
  succeed (self, 1, "1");
  world_assert_show (self, 1, "callbacks succeeded 1");
  succeed (self, 2, "2");
  succeed (self, 4, "4");
  world_assert_show (self, 1, "callbacks succeeded 1");
  succeed (self, 3, "3");
  world_assert_show (self, 1, "completed succeeded 1");
  world_assert_claims (self, 10, "5");
}

static void
test_one_at_a_time (World         *self,
                    gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (1) "}," HEAR (0, 0, "any") "," HEAR (0, 0, "any") "]");
  succeed (self, 1, "1");
  world_assert_claims (self, 10, "2");
}

/* Z59, X6 */
static void
test_chosen_side (World         *self,
                  gconstpointer  unused)
{
  /* 2: on success, 3: on failure, 4: chained to what is skipped */
  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "success") "," HEAR (20, 0, "failure") ","
                                 HEAR (100, 2, "any") "]");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded 15");
  world_assert_show (self, 3, "completed succeeded 5");
  world_assert_show (self, 4, "completed succeeded 105");
  {
    g_autoptr(GVariant) attempt = world_property (self, 3, "Attempt");

    g_assert_cmpuint (g_variant_get_uint32 (attempt), ==, 0);
  }
}

static void
test_failure_is_passed_through (World         *self,
                                gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "success") "," HEAR (20, 0, "failure") ","
                                 HEAR (100, 1, "failure") "]");
  world_fail (self, world_claim_job (self, 1));
  world_run_all (self);
  world_assert_show (self, 1, "completed failed ('asyncq-error-quark', 0, 'no luck')");
  world_assert_show (self, 2, "completed failed ('asyncq-error-quark', 0, 'no luck')");
  world_assert_show (self, 3, "completed succeeded 1020");
  world_assert_show (self, 4, "completed succeeded 1100");
}

/* Z62, F36, D11 */
static void
test_added_while_one_runs (World         *self,
                           gconstpointer  unused)
{
  Attempt attempt;

  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "]");
  succeed (self, 1, "5");
  attempt = world_claim_job (self, 2);
  world_start (self, attempt);
  g_assert_cmpuint (world_submit_one (self, "[" HEAR_JOB (20, 1, "any") "]"), ==, 3);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "15");
  world_assert_show (self, 1, "callbacks succeeded 5");
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 25");
  world_assert_show (self, 1, "completed succeeded 5");
}

static void
test_added_by_itself (World         *self,
                      gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "]");
  succeed (self, 1, "5");
  world_return (self, world_claim_job (self, 2), "[" HEAR_JOB (30, 1, "any") "]", -1, NULL);
  world_assert_show (self, 1, "callbacks succeeded 5");
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 35");
  world_assert_show (self, 1, "completed succeeded 5");
}

/* Z63, D11 */
static void
test_added_after_completion (World         *self,
                             gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}]");
  world_run_all (self);
  g_assert_cmpuint (world_submit_one (self, "[" HEAR_JOB (1, 1, "any") "]"), ==, 2);
  g_assert_cmpuint (world_submit_one (self, "[" HEAR_JOB (2, 1, "failure") "]"), ==, 3);
  world_assert_show (self, 1, "completed succeeded 5");
  world_assert_show (self, 3, "new none ()");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded 6");
  world_assert_show (self, 3, "completed succeeded 5");
}

/* Z64, D11 */
static void
test_failing_callback (World         *self,
                       gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "," HEAR (20, 0, "any") "]");
  succeed (self, 1, "5");
  world_fail (self, world_claim_job (self, 2));
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 5");
  world_assert_show (self, 2, "completed failed ('asyncq-error-quark', 0, 'no luck')");
  world_assert_show (self, 3, "completed succeeded 25");
}

/* Z66 */
static void
test_callback_returns_job (World         *self,
                           gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "," HEAR (20, 0, "any") "]");
  succeed (self, 1, "5");
  world_return (self, world_claim_job (self, 2), "[" CALL (7) "}]", 0, "i");
  world_assert_show (self, 2, "active none ()");
  succeed (self, 3, "25");
  world_assert_show (self, 1, "completed succeeded 5");
  world_assert_show (self, 2, "active none ()");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded 7");
  world_assert_show (self, 1, "completed succeeded 5");
}

static void
test_last_callback_returns_job (World         *self,
                                gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "," HEAR (100, 1, "any") "]");
  succeed (self, 1, "5");
  world_return (self, world_claim_job (self, 2), "[" CALL (7) "}]", 0, "i");
  world_assert_show (self, 1, "completed succeeded 5");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded 7");
  world_assert_show (self, 3, "completed succeeded 107");
}

static void
test_exact_type (World         *self,
                 gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "}," ADD_TO (10, 0) "]");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded 15");
}

static void
test_wrong_type (World         *self,
                 gconstpointer  unused)
{
  world_assert_refused (self, "[{'function': <'t.say'>, 'arguments': <('x',)>}," ADD_TO (10, 0) "]",
                        ASYNCQ_ERROR_BAD_ARGUMENTS, "entry 1: a callback whose type does not fit its parent's result");
  world_assert_refused (self, "[" CALL (1) "},{'function': <'t.add'>, 'arguments': <(1,)>, 'parent': <0>, 'role': <'callback'>}]",
                        ASYNCQ_ERROR_BAD_ARGUMENTS, "takes no failure");
  world_assert_refused (self, "[" CALL (1) "},{'function': <'t.noop'>, 'parent': <0>, 'role': <'callback'>}]",
                        ASYNCQ_ERROR_BAD_ARGUMENTS, "no parameter for the result");
  (void) world_submit_one (self, "[{'function': <'t.say'>, 'arguments': <('x',)>}]");
  world_run_all (self);
  world_assert_refused (self, "[{'function': <'t.add'>, 'arguments': <(1,)>, 'parent-job': <1>, 'role': <'callback'>, "
                              "'on': <'success'>}]", ASYNCQ_ERROR_BAD_ARGUMENTS, "the result of job 1 is of type 's'");
}

static void
test_type_shows_late (World         *self,
                      gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'function': <'t.say'>, 'arguments': <('x',)>}]");
  (void) world_submit_one (self, "[{'function': <'t.add'>, 'arguments': <(1,)>, 'parent-job': <1>, 'role': <'callback'>, "
                                 "'on': <'success'>}," HEAR (9, 0, "failure") "]");
  world_run_all (self);
  world_assert_show (self, 2, "completed failed ('asyncq-error-quark', 4, \"job 1 has a result of type 's', its callback "
                              "takes 'i'\")");
  world_assert_show (self, 3, "completed succeeded 1009");
  world_assert_show (self, 1, "completed succeeded 'said'");
}

static void
test_cancelled_parent (World         *self,
                       gconstpointer  unused)
{
  g_autoptr(GError) none = NULL;

  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "failure") "," HEAR (20, 0, "success") "]");
  none = world_cancel (self, 1);
  g_assert_no_error (none);
  world_assert_show (self, 1, "callbacks cancelled ('asyncq-error-quark', 15, 'cancelled by user 1000: not wanted')");
  world_run_all (self);
  world_assert_show (self, 1, "completed cancelled ('asyncq-error-quark', 15, 'cancelled by user 1000: not wanted')");
  world_assert_show (self, 2, "completed succeeded 1010");
  world_assert_show (self, 3, "completed cancelled ('asyncq-error-quark', 15, 'cancelled by user 1000: not wanted')");
}

static void
test_cancelled_callback (World         *self,
                         gconstpointer  unused)
{
  g_autoptr(GError) none = NULL;
  Attempt attempt;

  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "," HEAR (20, 0, "any") "," HEAR (30, 0, "any") "]");
  succeed (self, 1, "5");
  attempt = world_claim_job (self, 2);
  none = world_cancel (self, 3);
  g_assert_no_error (none);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "15");
  world_assert_show (self, 1, "callbacks succeeded 5");
  world_run_all (self);
  world_assert_show (self, 4, "completed succeeded 35");
  world_assert_show (self, 1, "completed succeeded 5");
}

static void
test_added_behind_cancelled (World         *self,
                             gconstpointer  unused)
{
  g_autoptr(GError) none = NULL;

  (void) world_submit_one (self, "[" CALL (5) "}," HEAR (10, 0, "any") "," HEAR (20, 0, "any") "]");
  none = world_cancel (self, 3);
  g_assert_no_error (none);
  (void) world_submit_one (self, "[" HEAR_JOB (30, uint64 1, "any") "]");
  succeed (self, 1, "5");
  world_assert_claims (self, 10, "2");
}

static void
test_composite_callback (World         *self,
                         gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "},{'kind': <'parallel'>, 'parent': <0>, 'role': <'callback'>, 'on': <'success'>},"
                                 CALL (1) ", 'parent': <1>}," CALL (2) ", 'parent': <1>}]");
  succeed (self, 1, "5");
  world_assert_show (self, 1, "callbacks succeeded 5");
  world_assert_show (self, 2, "active none ()");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 5");
}

static void
test_skipped_composite_callback (World         *self,
                                 gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) "},{'kind': <'serial'>, 'parent': <0>, 'role': <'callback'>, 'on': <'failure'>},"
                                 CALL (1) ", 'parent': <1>}," CALL (2) ", 'parent': <1>}]");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 5");
  world_assert_show (self, 2, "completed succeeded 5");
  for (guint64 id = 3; id <= 4; id++)
    {
      g_autoptr(GVariant) outcome = world_property (self, id, "Outcome");

      g_assert_cmpstr (g_variant_get_string (outcome, NULL), ==, "cancelled");
    }
}

static void
test_defaults (World         *self,
               gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (5) ", 'priority': <byte 7>, 'queue': <''>}," HEAR (10, 0, "any") "]");
  {
    g_autoptr(GVariant) priority = world_property (self, 2, "Priority");

    g_assert_cmpuint (g_variant_get_byte (priority), ==, 7);
  }
}

static void
test_submit_key (World         *self,
                 gconstpointer  unused)
{
  const char *text = "[" CALL (5) ", 'submit-key': <'k'>}," HEAR (1, 0, "any") "," HEAR (2, 0, "any") "]";
  g_autoptr(GArray) first = world_submit (self, text);
  g_autoptr(GArray) second = NULL;

  world_run_all (self);
  second = world_submit (self, text);
  g_assert_cmpmem (first->data, first->len * sizeof (guint64), second->data, second->len * sizeof (guint64));
}

static void
test_deep_chain (World         *self,
                 gconstpointer  unused)
{
  GString *text = g_string_new ("[" CALL (1) "}");

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, ",{'function': <'t.hear'>, 'arguments': <(0,)>, 'parent': <%u>, 'role': <'callback'>,"
                                  " 'on': <'failure'>}", i);
  g_string_append_c (text, ']');
  (void) world_submit_one (self, text->str);
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 1");
  world_assert_show (self, 20001, "completed succeeded 1");
  g_string_free (text, TRUE);
}

static void
test_bad (World         *self,
          gconstpointer  unused)
{
  world_assert_refused (self, "[" HEAR_JOB (1, 99, "any") "]", ASYNCQ_ERROR_NO_SUCH_JOB, "entry 0: there is no job 99");
  world_assert_refused (self, "[" HEAR (1, 0, "any") "]", ASYNCQ_ERROR_INVALID, "not an entry before it");
  world_assert_refused (self, "[" CALL (1) "}," HEAR (1, 0, "some") "]", ASYNCQ_ERROR_INVALID,
                        "success, failure or any");
  world_assert_refused (self, "[" CALL (1) "}," HEAR (1, 0, "first-failure") "]", ASYNCQ_ERROR_INVALID,
                        "has no members");
  world_assert_refused (self, "[" CALL (1) ", 'on': <'any'>}]", ASYNCQ_ERROR_INVALID, "is no callback");
  world_assert_refused (self, "[" CALL (1) ", 'role': <'callback'>}]", ASYNCQ_ERROR_INVALID, "no parent");
}

/* The first two jobs are a parallel one and its member. */
static void
test_no_cycle (World         *self,
               gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'parallel'>}," CALL (1) ", 'parent': <0>}]");
  world_assert_refused (self, "[{'function': <'t.hear'>, 'arguments': <(1,)>, 'parent-job': <2>, 'role': <'callback'>,"
                              "  'after-jobs': <[(uint64 1, 'any')]>}]",
                        ASYNCQ_ERROR_INVALID, "would wait for itself");
  world_assert_refused (self, "[{'function': <'t.noop'>, 'after-jobs': <[(uint64 1, 'any')]>},"
                              " {'function': <'t.noop'>, 'parent-job': <1>, 'after': <[(uint32 0, 'any')]>}]",
                        ASYNCQ_ERROR_INVALID, "would wait for itself");
  world_assert_refused (self, "[{'kind': <'serial'>, 'parent-job': <2>, 'role': <'callback'>},"
                              " {'function': <'t.noop'>, 'parent': <0>, 'after-jobs': <[(uint64 1, 'any')]>}]",
                        ASYNCQ_ERROR_INVALID, "would wait for itself");
  /* when it has its result nobody waits for its callbacks but who has it as a member */
  (void) world_submit_one (self, "[{'function': <'t.hear'>, 'arguments': <(1,)>, 'parent-job': <1>,"
                                 "  'role': <'callback'>, 'after-jobs': <[(uint64 1, 'any'), (uint64 2, 'any')]>}]");
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 1001");
}

static void
assert_cannot_return (World      *self,
                      guint64     id,
                      const char *entries,
                      int         returned)
{
  g_autoptr(GError) error = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, id);
  error = world_try_return (self, attempt, entries, returned, NULL);
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "would wait for itself"));
  world_start (self, attempt);
  world_succeed (self, attempt, "1");
}

static void
test_no_returned_cycle (World         *self,
                        gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (1) ", 'unique-key': <'k'>}]");
  assert_cannot_return (self, 1, "[{'function': <'t.hear'>, 'arguments': <(1,)>, 'parent-job': <1>,"
                                 "  'role': <'callback'>}]", 0);
  (void) world_submit_one (self, "[" CALL (1) "}]");
  assert_cannot_return (self, 2, "[" CALL (1) ", 'after-jobs': <[(uint64 2, 'any')]>}]", 0);
  (void) world_submit_one (self, "[" CALL (1) ", 'unique-key': <'k'>}]");
  assert_cannot_return (self, 3, "[" CALL (1) ", 'unique-key': <'k'>}]", 0);
  (void) world_submit_one (self, "[{'kind': <'serial'>}," CALL (1) ", 'parent': <0>}]");
  assert_cannot_return (self, 5, "[" CALL (1) ", 'parent-job': <4>}]", 0);
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 1");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/callbacks/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("all callbacks of a job get the same result", test_same_result);
  ADD ("callbacks run in the order added, each with its own before the next", test_order);
  ADD ("callbacks run one at a time", test_one_at_a_time);
  ADD ("the side that is not chosen passes the result through", test_chosen_side);
  ADD ("a failure passes through a callback on success", test_failure_is_passed_through);
  ADD ("a callback added while one runs is waited for", test_added_while_one_runs);
  ADD ("a callback may add another one to the same job", test_added_by_itself);
  ADD ("a callback added after completion runs at once", test_added_after_completion);
  ADD ("a failing callback changes nothing of its parent", test_failing_callback);
  ADD ("a callback that returns a job is not waited for", test_callback_returns_job);
  ADD ("a callback that returned a job has its own callbacks later", test_last_callback_returns_job);
  ADD ("a callback may take exactly what its parent returns", test_exact_type);
  ADD ("a callback that takes something else is refused", test_wrong_type);
  ADD ("a callback whose type turns out wrong fails", test_type_shows_late);
  ADD ("callbacks of a cancelled job run", test_cancelled_parent);
  ADD ("behind a cancelled callback the next one waits for its turn", test_cancelled_callback);
  ADD ("one that is added behind a cancelled callback waits for its turn", test_added_behind_cancelled);
  ADD ("a composite job can be a callback", test_composite_callback);
  ADD ("members of a skipped composite job do not run", test_skipped_composite_callback);
  ADD ("a callback has the priority of its parent", test_defaults);
  ADD ("a submit key covers callbacks", test_submit_key);
  ADD ("a chain of twenty thousand callbacks costs no stack", test_deep_chain);
  ADD ("what cannot be a callback is refused", test_bad);
  ADD ("a callback cannot follow what waits for its parent", test_no_cycle);
  ADD ("a job cannot return what waits for it", test_no_returned_cycle);
#undef ADD

  return g_test_run ();
}

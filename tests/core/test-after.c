/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#define CALL(value) "{'function': <'t.echo'>, 'arguments': <(" #value ",)>"
#define AFTER(value, index, on) CALL (value) ", 'after': <[(uint32 " #index ", '" on "')]>}"
#define AFTER_JOB(value, id, on) CALL (value) ", 'after-jobs': <[(uint64 " #id ", '" on "')]>}"
#define DEPTH 100000

static void
test_waits (World         *self,
            gconstpointer  unused)
{
  Attempt attempt;

  (void) world_submit_one (self, "[" AFTER (1, 1, "any") "," CALL (2) "}]");
  world_assert_show (self, 1, "new none ()");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, 2);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "2");
  world_assert_claims (self, 10, "1");
}

static void
test_several (World         *self,
              gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (1) "}," CALL (2) "}," CALL (3) ", 'after': <[(uint32 0, 'success'), "
                                 "(uint32 1, 'any'), (uint32 1, 'success')]>}]");
  world_assert_claims (self, 10, "1 2");
}

static void
test_skipped (World         *self,
              gconstpointer  unused)
{
  Attempt attempt;

  /* 2 follows 1 on success, 3 follows 2 on success, 4 follows 2 on failure, 5 has 2 as a callback's parent */
  (void) world_submit_one (self, "[" CALL (1) "}," AFTER (2, 0, "success") "," AFTER (3, 1, "success") ","
                                 AFTER (4, 1, "failure") ",{'function': <'t.hear'>, 'arguments': <(5,)>, 'parent': <1>, "
                                 "'role': <'callback'>}]");
  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  world_assert_show (self, 2, "callbacks cancelled ('asyncq-error-quark', 33, "
                              "'skipped: job 1, which it follows on success, has failed')");
  world_run_all (self);
  world_assert_show (self, 3, "completed cancelled ('asyncq-error-quark', 33, "
                              "'skipped: job 2, which it follows on success, has been cancelled')");
  world_assert_show (self, 4, "completed succeeded 4");
  world_assert_show (self, 5, "completed succeeded 1005");
}

static void
test_skipped_at_once (World         *self,
                      gconstpointer  unused)
{
  Attempt attempt;

  (void) world_submit_one (self, "[" CALL (1) "}," CALL (2) "}," CALL (3) ", 'after': <[(uint32 0, 'failure'), "
                                 "(uint32 1, 'any')]>}]");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, 1);
  world_succeed (self, attempt, "1");
  world_assert_show (self, 3, "completed cancelled ('asyncq-error-quark', 33, "
                              "'skipped: job 1, which it follows on failure, has succeeded')");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded 2");
}

static void
test_earlier_jobs (World         *self,
                   gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (1) "}]");
  world_run_all (self);
  (void) world_submit_one (self, "[" AFTER_JOB (2, 1, "success") "," AFTER_JOB (3, 1, "failure") "]");
  world_assert_show (self, 3, "completed cancelled ('asyncq-error-quark', 33, "
                              "'skipped: job 1, which it follows on failure, has succeeded')");
  world_assert_claims (self, 10, "2");
  world_assert_refused (self, "[" AFTER_JOB (2, 99, "any") "]", ASYNCQ_ERROR_NO_SUCH_JOB,
                        "entry 0: there is no job 99");
}

static void
test_members_that_follow (World         *self,
                          gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'parallel'>}," CALL (1) ", 'parent': <0>},"
                                       CALL (2) ", 'parent': <0>, 'after': <[(uint32 1, 'failure')]>},"
                                       "{'function': <'t.sum'>, 'arguments': <(0,)>, 'parent': <0>, 'role': <'postprocess'>}]");

  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 1001");
}

static void
test_composite_that_is_skipped (World         *self,
                                gconstpointer  unused)
{
  (void) world_submit_one (self, "[" CALL (1) "},{'kind': <'serial'>, 'after': <[(uint32 0, 'failure')]>},"
                                 CALL (2) ", 'parent': <1>},{'kind': <'parallel'>, 'parent': <1>}," CALL (3) ", 'parent': <3>}]");
  world_run_all (self);
  for (guint64 id = 2; id <= 5; id++)
    {
      g_autoptr(GVariant) state = world_property (self, id, "State");
      g_autoptr(GVariant) outcome = world_property (self, id, "Outcome");

      g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "completed");
      g_assert_cmpstr (g_variant_get_string (outcome, NULL), ==, "cancelled");
    }
}

static void
test_cycles (World         *self,
             gconstpointer  unused)
{
  world_assert_refused (self, "[" AFTER (1, 0, "any") "]", ASYNCQ_ERROR_INVALID, "entry 0: it waits for itself");
  world_assert_refused (self, "[" CALL (0) "}," AFTER (1, 2, "any") "," AFTER (1, 3, "any") "," AFTER (1, 1, "any") "]",
                        ASYNCQ_ERROR_INVALID, "wait for each other");
  /* a member that follows its whole; a callback that its job's sibling's follower waits for */
  world_assert_refused (self, "[{'kind': <'parallel'>}," CALL (1) ", 'parent': <0>, 'after': <[(uint32 0, 'any')]>}]",
                        ASYNCQ_ERROR_INVALID, "entry 1: it and entry 0 wait for each other");
  world_assert_refused (self, "[{'kind': <'serial'>}," CALL (1) ", 'parent': <0>, 'after': <[(uint32 2, 'any')]>},"
                              CALL (2) ", 'parent': <0>}]", ASYNCQ_ERROR_INVALID, "entry 2: it and entry 1 wait");
  world_assert_refused (self, "[" AFTER (1, 1, "any") ",{'function': <'t.hear'>, 'arguments': <(1,)>, 'parent': <0>, "
                              "'role': <'callback'>}]", ASYNCQ_ERROR_INVALID, "entry 1: it and entry 0 wait");
  /* a part that by its submit key is the whole itself; a member that was there before may be one again */
  world_assert_refused (self, "[{'kind': <'parallel'>, 'submit-key': <'k'>}," CALL (1) ", 'parent': <0>, 'submit-key': <'k'>}]",
                        ASYNCQ_ERROR_INVALID, "entry 0: it waits for itself");
  world_assert_refused (self, "[" AFTER (1, 7, "any") "]", ASYNCQ_ERROR_INVALID,
                        "entry 0: it is after entry 7, and there are 1");
  world_assert_refused (self, "[" CALL (1) "}," AFTER (1, 0, "start") "]", ASYNCQ_ERROR_INVALID,
                        "success, failure or any");
}

static char *
make_chain (guint n_jobs)
{
  GString *text = g_string_new ("[" CALL (1) "}");

  for (guint i = 1; i < n_jobs; i++)
    g_string_append_printf (text, ",{'function': <'t.echo'>, 'arguments': <(1,)>, 'after': <[(uint32 %u, 'success')]>}",
                            i - 1);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static void
test_deep_chain (World         *self,
                 gconstpointer  unused)
{
  g_autofree char *text = make_chain (DEPTH + 1);
  Attempt attempt;

  (void) world_submit_one (self, text);
  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  world_assert_show (self, DEPTH + 1, "completed cancelled ('asyncq-error-quark', 33, "
                                      "'skipped: job 100000, which it follows on success, has been cancelled')");
}

static void
test_too_many_edges (World         *self,
                     gconstpointer  unused)
{
  g_autofree char *text = make_chain (DEPTH + 2);

  world_assert_refused (self, text, ASYNCQ_ERROR_TOO_LARGE, "100001 edges");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/after/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("a job waits for one behind it in the list", test_waits);
  ADD ("a job follows several, and one of them twice", test_several);
  ADD ("a job is skipped if what it follows ended in another way", test_skipped);
  ADD ("a job is skipped as soon as it can go no more", test_skipped_at_once);
  ADD ("a job follows one of an earlier submit", test_earlier_jobs);
  ADD ("a member that is skipped counts as ended", test_members_that_follow);
  ADD ("a composite job is skipped with all of its parts", test_composite_that_is_skipped);
  ADD ("a cycle is refused, naming two of it", test_cycles);
  ADD ("a chain of one hundred thousand costs no stack", test_deep_chain);
  ADD ("one edge more than one hundred thousand is refused", test_too_many_edges);
#undef ADD

  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#define CALL(value) "{'function': <'t.echo'>, 'arguments': <(" #value ",)>"
#define MEMBER(value) CALL (value) ", 'parent': <0>}"
#define SUM(start) "{'function': <'t.sum'>, 'arguments': <(" #start ",)>, 'parent': <0>, 'role': <'postprocess'>}"
#define APPEND(value, id) "[" CALL (value) ", 'parent-job': <uint64 " #id ">}]"

/* D14 */
static void
test_member_appends (World         *self,
                     gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'parallel'>}," MEMBER (1) "," MEMBER (2) "," MEMBER (3) ","
                                 "{'function': <'t.count'>, 'parent': <0>, 'role': <'postprocess'>}]");
  world_return (self, world_claim_job (self, 2), APPEND (4, 1), -1, NULL);
  world_fail (self, world_claim_job (self, 3));
  {
    g_autoptr(GVariant) members = world_property (self, 5, "Members");
    g_autofree char *text = g_variant_print (members, FALSE);

    g_assert_cmpstr (text, ==, "[2, 3, 4, 6]");
  }
  world_run_all (self);
  world_assert_show (self, 6, "completed succeeded 4");
  /* the test counts a failure and a value that is no number as 1000: 1 and 2 */
  world_assert_show (self, 1, "completed succeeded 2007");
}

static void
test_before_start (World         *self,
                   gconstpointer  unused)
{
  g_autofree char *text = g_strdup_printf ("[{'kind': <'serial'>, 'begin-after': <int64 %" G_GINT64_FORMAT ">},"
                                           MEMBER (1) "," SUM (0) "]", START + 10 * G_USEC_PER_SEC);

  (void) world_submit_one (self, text);
  g_assert_cmpuint (world_submit_one (self, APPEND (41, 1)), ==, 4);
  world_assert_claims (self, 10, "");
  aq_clock_advance (self->clock, 10 * G_USEC_PER_SEC);
  world_settle (self);
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 42");
}

static void
test_serial (World         *self,
             gconstpointer  unused)
{
  Attempt attempt;

  (void) world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1) "," SUM (0) "]");
  attempt = world_claim_job (self, 2);
  (void) world_submit_one (self, APPEND (2, 1));
  (void) world_submit_one (self, APPEND (3, 1));
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "1");
  world_assert_claims (self, 1, "4");
  world_assert_claims (self, 10, "");
}

/* Z83 */
static void
test_callback_appends (World         *self,
                       gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1) "," SUM (0) ","
                                 "{'function': <'t.hear'>, 'arguments': <(0,)>, 'parent': <1>, 'role': <'callback'>}]");
  world_succeed (self, world_claim_job (self, 2), "1");
  world_assert_show (self, 3, "new none ()");
  world_return (self, world_claim_job (self, 4), APPEND (41, 1), -1, NULL);
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 42");
}

static void
test_batch_and_bare (World         *self,
                     gconstpointer  unused)
{
  Attempt attempt;

  (void) world_submit_one (self, "[{'kind': <'batch'>}," MEMBER (1) "]");
  attempt = world_claim_job (self, 2);
  (void) world_submit_one (self, APPEND (2, 1));
  world_succeed (self, attempt, "1");
  world_assert_show (self, 1, "active none ()");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded {'succeeded': 2, 'failed': 0, 'cancelled': 0, 'expired': 0}");
}

static void
test_too_late (World         *self,
               gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'parallel'>}," MEMBER (1) "," SUM (0) "]");
  world_succeed (self, world_claim_job (self, 2), "1");
  world_assert_refused (self, APPEND (2, 1), ASYNCQ_ERROR_BAD_STATE, "all of its members are done");
  world_run_all (self);
  world_assert_refused (self, APPEND (2, 1), ASYNCQ_ERROR_BAD_STATE, "it has ended");
  world_assert_refused (self, APPEND (2, 2), ASYNCQ_ERROR_INVALID, "is not a composite job");
  world_assert_refused (self, APPEND (2, 77), ASYNCQ_ERROR_NO_SUCH_JOB, "there is no job 77");
  world_assert_refused (self, "[{'function': <'t.count'>, 'parent-job': <1>, 'role': <'postprocess'>}]",
                        ASYNCQ_ERROR_INVALID, "together with its composite job");
}

static void
test_submit_key (World         *self,
                 gconstpointer  unused)
{
  const char *text = "[" CALL (41) ", 'parent-job': <1>, 'submit-key': <'k'>}]";
  guint64 id;

  (void) world_submit_one (self, "[{'kind': <'parallel'>}," MEMBER (1) "," SUM (0) "]");
  id = world_submit_one (self, text);
  g_assert_cmpuint (world_submit_one (self, text), ==, id);
  world_run_all (self);
  g_assert_cmpuint (world_submit_one (self, text), ==, id);
  world_assert_show (self, 1, "completed succeeded 42");
}

static void
test_waits_for_whole (World         *self,
                      gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'parallel'>}," MEMBER (1) "," SUM (0) "," CALL (2) ", 'after': <[(uint32 0, 'any')]>}]");
  world_assert_refused (self, "[" CALL (3) ", 'parent-job': <1>, 'after-jobs': <[(uint64 1, 'any')]>}]",
                        ASYNCQ_ERROR_INVALID, "would wait for itself");
  world_assert_refused (self, "[" CALL (3) ", 'parent-job': <1>, 'after-jobs': <[(uint64 4, 'any')]>}]",
                        ASYNCQ_ERROR_INVALID, "would wait for itself");
  /* through another entry, and through the member of one */
  world_assert_refused (self, "[" CALL (3) ", 'after-jobs': <[(uint64 4, 'any')]>}, "
                        CALL (3) ", 'parent-job': <1>, 'after': <[(uint32 0, 'any')]>}]", ASYNCQ_ERROR_INVALID,
                        "would wait for itself");
  world_assert_refused (self, "[{'kind': <'serial'>, 'parent-job': <1>}," CALL (3) ", 'parent': <0>, "
                        "'after-jobs': <[(uint64 4, 'any')]>}]", ASYNCQ_ERROR_INVALID, "would wait for itself");
  (void) world_submit_one (self, "[" CALL (3) ", 'parent-job': <1>, 'after-jobs': <[(uint64 2, 'any')]>}]");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 4");
}

/* X8, F23, Z85 */
static void
test_interrupted_member (World         *self,
                         gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  Attempt attempt;

  (void) world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (20) "," MEMBER (22) "," SUM (0) "]");
  attempt = world_claim_job (self, 2);
  world_start (self, attempt);
  g_assert_true (aq_engine_interrupt_job (self->engine, attempt.id, attempt.lease, &error));
  world_settle (self);
  attempt = world_claim_job (self, 2);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "20");
  attempt = world_claim_job (self, 3);
  g_assert_true (aq_engine_interrupt_job (self->engine, attempt.id, attempt.lease, &error));
  world_settle (self);
  world_assert_show (self, 4, "new none ()");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 42");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/extension/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("a member appends another one as part of its end", test_member_appends);
  ADD ("a composite job is extended before it starts", test_before_start);
  ADD ("what is appended to a serial job has its turn", test_serial);
  ADD ("a callback of the last member extends the whole", test_callback_appends);
  ADD ("a batch can be extended", test_batch_and_bare);
  ADD ("when all members are done it is too late", test_too_late);
  ADD ("a submit key makes appending happen once", test_submit_key);
  ADD ("a member cannot follow what waits for its whole", test_waits_for_whole);
  ADD ("an interrupted member keeps its turn", test_interrupted_member);
#undef ADD

  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#define MEMBER(value) "{'function': <'t.echo'>, 'arguments': <(" #value ",)>, 'parent': <0>}"
#define HEAR(start, on) \
  "{'function': <'t.hear'>, 'arguments': <(" #start ",)>, 'parent': <0>, 'role': <'callback'>, 'on': <'" on "'>}"

static void
test_counts (World         *self,
             gconstpointer  unused)
{
  g_autoptr(GError) none = NULL;

  (void) world_submit_one (self, "[{'kind': <'batch'>}," MEMBER (1) "," MEMBER (2) "," MEMBER (3) "]");
  world_succeed (self, world_claim_job (self, 2), "1");
  world_fail (self, world_claim_job (self, 3));
  none = world_cancel (self, 4);
  g_assert_no_error (none);
  world_assert_show (self, 1, "completed succeeded {'succeeded': 1, 'failed': 1, 'cancelled': 1, 'expired': 0}");
}

static void
test_empty (World         *self,
            gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'batch'>}]");
  world_assert_show (self, 1, "completed succeeded {'succeeded': 0, 'failed': 0, 'cancelled': 0, 'expired': 0}");
}

static void
test_first_failure (World         *self,
                    gconstpointer  unused)
{
  Attempt attempt;

  /* 5: on first failure, 6: on completion */
  (void) world_submit_one (self, "[{'kind': <'batch'>}," MEMBER (1) "," MEMBER (2) "," MEMBER (3) ","
                                 HEAR (5, "first-failure") "," HEAR (6, "any") "]");
  world_succeed (self, world_claim_job (self, 2), "1");
  attempt = world_claim_job (self, 3);
  world_assert_show (self, 5, "new none ()");
  world_fail (self, attempt);
  world_assert_show (self, 5, "pending none ()");
  world_fail (self, world_claim_job (self, 5));
  world_fail (self, world_claim_job (self, 4));
  world_assert_show (self, 1, "callbacks succeeded {'succeeded': 1, 'failed': 2, 'cancelled': 0, 'expired': 0}");
  world_run_all (self);
  world_assert_show (self, 6, "completed succeeded 1006");
  world_assert_show (self, 1, "completed succeeded {'succeeded': 1, 'failed': 2, 'cancelled': 0, 'expired': 0}");
}

static void
test_first_failure_is_given (World         *self,
                             gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1) "," HEAR (5, "first-failure") "]");
  world_fail (self, world_claim_job (self, 2));
  /* the test's function counts a failure as 1000; the serial job is done, and not with a failure */
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 1005");
}

static void
test_no_failure (World         *self,
                 gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'kind': <'batch'>}," HEAR (5, "first-failure") "," MEMBER (1) "," HEAR (6, "success") "]");
  world_run_all (self);
  world_assert_show (self, 2, "completed succeeded {'succeeded': 1, 'failed': 0, 'cancelled': 0, 'expired': 0}");
  world_assert_show (self, 4, "completed succeeded 1006");
}

static void
test_member_that_failed_before (World         *self,
                                gconstpointer  unused)
{
  (void) world_submit_one (self, "[{'function': <'t.echo'>, 'arguments': <(1,)>, 'submit-key': <'k'>}]");
  world_fail (self, world_claim_job (self, 1));
  (void) world_submit_one (self, "[{'kind': <'batch'>}," HEAR (5, "first-failure") ","
                                 "{'function': <'t.echo'>, 'arguments': <(1,)>, 'submit-key': <'k'>, 'parent': <0>},"
                                 MEMBER (2) "]");
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 1005");
  world_assert_show (self, 2, "completed succeeded {'succeeded': 1, 'failed': 1, 'cancelled': 0, 'expired': 0}");
}

static void
test_no_postprocess (World         *self,
                     gconstpointer  unused)
{
  g_autoptr(GError) error = world_refuse (self, "[{'kind': <'batch'>},{'function': <'t.count'>, 'parent': <0>, "
                                                "'role': <'postprocess'>}]");

  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_assert_nonnull (g_strstr_len (error->message, -1, "is a batch"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/batch/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("the result says how many members ended in which way", test_counts);
  ADD ("a batch without members is done at once", test_empty);
  ADD ("the first failure calls once, while the others run", test_first_failure);
  ADD ("the failure of the first member that failed is handed over", test_first_failure_is_given);
  ADD ("without a failure its callback is skipped", test_no_failure);
  ADD ("a member that had failed before is the first failure", test_member_that_failed_before);
  ADD ("a batch has no postprocess job", test_no_postprocess);
#undef ADD

  return g_test_run ();
}

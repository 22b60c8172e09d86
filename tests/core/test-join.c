/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#define CALL(value) "{'function': <'t.echo'>, 'arguments': <(" #value ",)>"
#define MEMBER(value, parent) CALL (value) ", 'parent': <" #parent ">}"
#define SUM(start, parent) \
  "{'function': <'t.sum'>, 'arguments': <(" #start ",)>, 'parent': <" #parent ">, 'role': <'postprocess'>}"

static void
test_parallel (World         *self,
               gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'parallel'>}," MEMBER (7, 0) "," MEMBER (14, 0) "," MEMBER (21, 0) ","
                                       SUM (0, 0) "]");

  world_assert_show (self, id, "active none ()");
  world_assert_show (self, 5, "new none ()");
  world_run_all (self);
  world_assert_show (self, 5, "completed succeeded 42");
  world_assert_show (self, id, "completed succeeded 42");
}

static void
test_members_run_at_once (World         *self,
                          gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[{'kind': <'parallel'>}," SUM (0, 0) "," MEMBER (1, 0) "," MEMBER (2, 0) "]");

  world_assert_claims (self, 10, "3 4");
}

static void
test_serial_one_by_one (World         *self,
                        gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[{'kind': <'serial'>}," MEMBER (1, 0) "," MEMBER (2, 0) "," SUM (10, 0) "]");
  Attempt attempt;

  world_assert_show (self, 3, "new none ()");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, 2);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "1");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, 3);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "2");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 13");
}

static void
test_few_members (World         *self,
                  gconstpointer  unused)
{
  guint64 none = world_submit_one (self, "[{'kind': <'parallel'>}," SUM (5, 0) "]");
  guint64 one = world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (3, 0) "," SUM (5, 0) "]");
  guint64 nothing = world_submit_one (self, "[{'kind': <'serial'>}]");

  world_assert_show (self, nothing, "completed succeeded []");
  world_run_all (self);
  world_assert_show (self, none, "completed succeeded 5");
  world_assert_show (self, one, "completed succeeded 8");
}

static void
test_without_postprocess (World         *self,
                          gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'parallel'>}," MEMBER (3, 0) "," MEMBER (4, 0) "]");
  g_autofree char *text = NULL;

  world_run_all (self);
  text = world_show (self, id);
  g_assert_cmpstr (text, ==,
                   "completed succeeded [{'id': <uint64 2>, 'function': <'t.echo'>, 'state': <'completed'>, "
                   "'outcome': <'succeeded'>, 'result': <3>}, {'id': <uint64 3>, 'function': <'t.echo'>, "
                   "'state': <'completed'>, 'outcome': <'succeeded'>, 'result': <4>}]");
}

static void
test_failed_member (World         *self,
                    gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (3, 0) "," MEMBER (4, 0) "," SUM (0, 0) "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  world_run_all (self);
  /* the test's sum counts a failure as 1000 */
  world_assert_show (self, id, "completed succeeded 1004");
}

static void
test_failed_postprocess (World         *self,
                         gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'serial'>}," SUM (0, 0) "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_fail (self, attempt);
  world_assert_show (self, id, "completed failed ('asyncq-error-quark', 0, 'no luck')");
}

static void
test_nested (World         *self,
             gconstpointer  unused)
{
  /* serial (1, parallel (2, 3, sum), 4) */
  guint64 id = world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1, 0) ","
                                       "{'kind': <'parallel'>, 'parent': <0>}," MEMBER (2, 2) "," MEMBER (3, 2) ","
                                       SUM (0, 2) "," MEMBER (4, 0) "," SUM (100, 0) "]");
  Attempt attempt;

  world_assert_show (self, 3, "new none ()");
  world_assert_show (self, 4, "new none ()");
  g_assert_true (world_claim (self, &attempt));
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "1");
  world_assert_show (self, 3, "active none ()");
  world_assert_show (self, 7, "new none ()");
  world_run_all (self);
  world_assert_show (self, 3, "completed succeeded 5");
  world_assert_show (self, id, "completed succeeded 110");
}

static void
test_deep (World         *self,
           gconstpointer  unused)
{
  GString *text = g_string_new ("[{'kind': <'serial'>}");
  guint64 id;

  for (guint i = 1; i < 20000; i++)
    g_string_append_printf (text, ", {'kind': <'serial'>, 'parent': <%u>}", i - 1);
  g_string_append (text, "," MEMBER (1, 19999) "]");
  id = world_submit_one (self, text->str);
  world_run_all (self);
  {
    g_autoptr(GVariant) state = world_property (self, id, "State");

    g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "completed");
  }
  g_string_free (text, TRUE);
}

static void
test_long (World         *self,
           gconstpointer  unused)
{
  GString *text = g_string_new ("[{'kind': <'serial'>}");
  guint64 id;

  for (guint i = 0; i < 5000; i++)
    g_string_append (text, "," MEMBER (1, 0));
  g_string_append (text, ",{'function': <'t.count'>, 'parent': <0>, 'role': <'postprocess'>}]");
  id = world_submit_one (self, text->str);
  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 5000");
  g_string_free (text, TRUE);
}

static void
test_scheduled_composite (World         *self,
                          gconstpointer  unused)
{
  g_autofree char *text = g_strdup_printf ("[{'kind': <'parallel'>, 'begin-after': <int64 %" G_GINT64_FORMAT ">},"
                                           MEMBER (1, 0) "]", START + 10 * G_USEC_PER_SEC);
  guint64 id = world_submit_one (self, text);

  world_assert_show (self, id, "pending none ()");
  world_assert_claims (self, 10, "");
  aq_clock_advance (self->clock, 10 * G_USEC_PER_SEC);
  world_settle (self);
  world_assert_show (self, id, "active none ()");
  world_assert_claims (self, 10, "2");
}

static void
test_returned_job (World         *self,
                   gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" CALL (0) "}]");
  Attempt attempt;
  g_autoptr(GError) stale = NULL;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  world_return (self, attempt, "[" CALL (42) "}]", 0, "i");
  world_assert_show (self, id, "active none ()");
  stale = world_try_succeed (self, attempt);
  g_assert_error (stale, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE);
  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 42");
}

static void
test_returned_nested (World         *self,
                      gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" CALL (0) "}]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[" CALL (0) "}]", 0, "i");
  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[{'kind': <'parallel'>}," MEMBER (20, 0) "," MEMBER (22, 0) "," SUM (0, 0) "]", 0, "i");
  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 42");
}

static void
test_returned_wrong_type (World         *self,
                          gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[" CALL (0) "}]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[" CALL (42) "}]", 0, "s");
  world_run_all (self);
  world_assert_show (self, id, "completed failed ('asyncq-error-quark', 5, \"the returned job 2 has a result of type 'i', "
                               "'s' is declared\")");
}

static void
test_returned_that_is_done (World         *self,
                            gconstpointer  unused)
{
  guint64 id;
  Attempt attempt;

  (void) world_submit_one (self, "[" CALL (42) ", 'submit-key': <'k'>}]");
  world_run_all (self);
  id = world_submit_one (self, "[" CALL (0) "}]");
  g_assert_true (world_claim (self, &attempt));
  world_return (self, attempt, "[" CALL (42) ", 'submit-key': <'k'>}]", 0, "i");
  world_assert_show (self, id, "completed succeeded 42");
}

static void
test_member_that_is_done (World         *self,
                          gconstpointer  unused)
{
  guint64 id;

  (void) world_submit_one (self, "[" CALL (40) ", 'submit-key': <'k'>}]");
  world_run_all (self);
  id = world_submit_one (self, "[{'kind': <'serial'>}," CALL (40) ", 'submit-key': <'k'>, 'parent': <0>},"
                               MEMBER (2, 0) "," SUM (0, 0) "]");
  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 42");
}

static void
test_composite_submit_key (World         *self,
                           gconstpointer  unused)
{
  const char *text = "[{'kind': <'parallel'>, 'submit-key': <'k'>}," MEMBER (1, 0) "," MEMBER (2, 0) "," SUM (0, 0) "]";
  g_autoptr(GArray) first = world_submit (self, text);
  g_autoptr(GArray) second = world_submit (self, text);

  g_assert_cmpmem (first->data, first->len * sizeof (guint64), second->data, second->len * sizeof (guint64));
  world_assert_claims (self, 10, "2 3");
}

static void
test_cancel_composite (World         *self,
                       gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1, 0) ","
                                       "{'kind': <'parallel'>, 'parent': <0>}," MEMBER (2, 2) "," SUM (0, 0) "]");
  g_autoptr(GError) none = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  none = world_cancel (self, id);
  g_assert_no_error (none);
  /* a part that an agent has is given back, and does not come again */
  g_assert_true (aq_engine_release_job (self->engine, attempt.id, attempt.lease, NULL));
  for (guint64 i = id; i <= 5; i++)
    {
      g_autoptr(GVariant) outcome = world_property (self, i, "Outcome");

      g_assert_cmpstr (g_variant_get_string (outcome, NULL), ==, "cancelled");
    }
  world_assert_claims (self, 10, "");
}

static void
test_cancel_member (World         *self,
                    gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1, 0) "," MEMBER (2, 0) "," SUM (0, 0) "]");
  g_autoptr(GError) none = world_cancel (self, 3);

  g_assert_no_error (none);
  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 1001");
}

/* behaviour X8: the next one does not run beside the first one */
static void
test_cancelled_turn (World         *self,
                     gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[{'kind': <'serial'>}," MEMBER (1, 0) "," MEMBER (2, 0) "," MEMBER (3, 0) ","
                                              MEMBER (4, 0) "," SUM (0, 0) "]");
  g_autoptr(GError) third = world_cancel (self, 3);
  g_autoptr(GError) fourth = world_cancel (self, 4);
  Attempt attempt;

  g_assert_no_error (third);
  g_assert_no_error (fourth);
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, 2);
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "1");
  world_assert_claims (self, 10, "5");
}

/* behaviour X8: the job that is there already is in no row */
static void
test_turn_behind_known (World         *self,
                        gconstpointer  unused)
{
  guint64 known = world_submit_one (self, "[" CALL (7) ", 'submit-key': <'k'>}]");
  g_autoptr(GArray) ids = world_submit (self, "[{'kind': <'serial'>}," MEMBER (1, 0) ","
                                              CALL (7) ", 'submit-key': <'k'>, 'parent': <0>}," MEMBER (3, 0) "]");
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, known);
  world_succeed (self, attempt, "7");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, g_array_index (ids, guint64, 1));
  world_assert_claims (self, 10, "");
  world_succeed (self, attempt, "1");
  g_assert_true (world_claim (self, &attempt));
  g_assert_cmpuint (attempt.id, ==, g_array_index (ids, guint64, 3));
}

static void
test_waits_for (World         *self,
                gconstpointer  unused)
{
  g_autoptr(GArray) ids = world_submit (self, "[{'kind': <'serial'>}," MEMBER (1, 0) "," MEMBER (2, 0) "," SUM (0, 0) "]");
  g_autoptr(GVariant) waits = world_property (self, 3, "WaitsFor");
  g_autoptr(GVariant) members = world_property (self, 1, "Members");
  g_autofree char *waits_text = g_variant_print (waits, FALSE);
  g_autofree char *members_text = g_variant_print (members, FALSE);

  g_assert_cmpstr (waits_text, ==, "[2]");
  g_assert_cmpstr (members_text, ==, "[2, 3]");
}

static void
test_survives_recovery (World         *self,
                        gconstpointer  unused)
{
  guint64 id = world_submit_one (self, "[{'kind': <'serial'>}," MEMBER (1, 0) "," MEMBER (2, 0) "," SUM (0, 0) "]");
  g_autoptr(GError) error = NULL;
  Attempt attempt;

  g_assert_true (world_claim (self, &attempt));
  world_start (self, attempt);
  g_assert_true (aq_engine_start (self->engine, &error));
  world_settle (self);
  world_assert_show (self, id, "active none ()");
  world_run_all (self);
  world_assert_show (self, id, "completed succeeded 3");
}

static void
test_bad_lists (World         *self,
                gconstpointer  unused)
{
  const struct
  {
    const char *text;
    const char *says;
  } cases[] = {
    { "[{'kind': <'parallel'>}," SUM (0, 0) "," SUM (0, 0) "]", "entry 2: its parent, entry 0, has a postprocess" },
    { "[{'kind': <'parallel'>}," CALL (1) ", 'parent': <0>, 'role': <'postprocess'>}]", "cannot be a postprocess" },
    { "[{'kind': <'parallel'>},{'function': <'t.sum'>, 'arguments': <(1,)>, 'parent': <0>, 'role': <'postprocess'>,"
      "'submit-key': <'k'>}]", "submit key" },
    { "[{'kind': <'parallel'>},{'kind': <'serial'>, 'parent': <0>, 'role': <'postprocess'>}]",
      "entry 1: a postprocess job calls a function" },
    { "[" CALL (1) "}," MEMBER (1, 0) "]", "entry 1: its parent, entry 0, is not a composite" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = world_refuse (self, cases[i].text);

      g_assert_nonnull (g_strstr_len (error->message, -1, cases[i].says));
    }
}

static void
test_result_too_deep (World         *self,
                      gconstpointer  unused)
{
  GString *text = g_string_new ("[{'kind': <'serial'>}");
  g_autofree char *shown = NULL;
  guint64 id;

  for (guint i = 1; i < 5; i++)
    g_string_append_printf (text, ", {'kind': <'serial'>, 'parent': <%u>}", i - 1);
  g_string_append (text, "," MEMBER (1, 4) "]");
  id = world_submit_one (self, text->str);
  world_run_all (self);
  shown = world_show (self, id);
  g_assert_nonnull (g_strstr_len (shown, -1, "it nests deeper than 16 levels"));
  g_string_free (text, TRUE);
}

static void
test_returned_job_does_not_wait_for_who_returns_it (World         *self,
                                                    gconstpointer  unused)
{
  static const char *const entries[] = {
    "[{'function': <'t.noop'>, 'submit-key': <'self'>}]",
    "[{'function': <'t.noop'>, 'after-jobs': <[(uint64 1, 'any')]>}]",
    "[{'kind': <'parallel'>}, {'function': <'t.noop'>, 'parent': <0>, 'after': <[(uint32 2, 'any')]>}, "
    "{'function': <'t.hear'>, 'arguments': <(0,)>, 'parent-job': <uint64 1>, 'role': <'callback'>}]",
  };
  Attempt attempt;

  (void) world_submit_one (self, "[{'function': <'t.noop'>, 'submit-key': <'self'>}]");
  g_assert_true (world_claim (self, &attempt));
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      g_autoptr(GError) error = world_try_return (self, attempt, entries[i], 0, NULL);

      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      g_assert_nonnull (g_strstr_len (error->message, -1, "would wait for itself"));
    }
  world_return (self, attempt, "[{'function': <'t.noop'>}]", 0, "i");
  world_run_all (self);
  world_assert_show (self, 1, "completed succeeded 0");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/join/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("three in parallel add up to 42", test_parallel);
  ADD ("members of a parallel job run at once", test_members_run_at_once);
  ADD ("members of a serial job run one by one", test_serial_one_by_one);
  ADD ("none and one member do", test_few_members);
  ADD ("without postprocess the result is the list of members", test_without_postprocess);
  ADD ("a failed member does not stop the others", test_failed_member);
  ADD ("a failed postprocess fails the whole", test_failed_postprocess);
  ADD ("composite jobs nest, and inner ones wait for their turn", test_nested);
  ADD ("twenty thousand levels cost no stack", test_deep);
  ADD ("a list of members that nests too deeply fails its job", test_result_too_deep);
  ADD ("five thousand members one after another", test_long);
  ADD ("a composite job starts at its time", test_scheduled_composite);
  ADD ("the result of a returned job becomes the outer one's", test_returned_job);
  ADD ("a returned job may return a composite job", test_returned_nested);
  ADD ("a returned result of another type fails the outer job", test_returned_wrong_type);
  ADD ("a returned job may be done already", test_returned_that_is_done);
  ADD ("a returned job does not wait for who returns it", test_returned_job_does_not_wait_for_who_returns_it);
  ADD ("a member may be done already", test_member_that_is_done);
  ADD ("a submit key of a composite job covers its parts", test_composite_submit_key);
  ADD ("cancelling a composite job cancels its parts, or nothing", test_cancel_composite);
  ADD ("a cancelled member counts as ended", test_cancel_member);
  ADD ("a cancelled member gives its turn to nobody", test_cancelled_turn);
  ADD ("behind a job that is there already a member waits for those before it", test_turn_behind_known);
  ADD ("one can see what a job waits for", test_waits_for);
  ADD ("a composite job goes on after a restart", test_survives_recovery);
  ADD ("a list that is wrong as a whole is refused", test_bad_lists);
#undef ADD

  return g_test_run ();
}

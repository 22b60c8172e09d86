/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Specs of jobs, and the entries that they become
 */

#include "config.h"

#include <asyncq-job-spec.h>

static void
assert_entries (AsyncqJobSpec *spec,
                const char    *expected)
{
  g_autoptr(GVariant) entries = asyncq_job_spec_to_entries (spec);
  g_autofree char *text = NULL;

  g_assert_false (g_variant_is_floating (entries));
  g_assert_true (g_variant_is_of_type (entries, G_VARIANT_TYPE ("aa{sv}")));
  text = g_variant_print (entries, FALSE);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_a_call_has_only_what_was_set (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("demo.multiply");

  g_assert_cmpstr (asyncq_job_spec_get_function (spec), ==, "demo.multiply");
  assert_entries (spec, "[{'function': <'demo.multiply'>}]");
}

static void
test_a_call_has_everything_that_was_set (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("demo.multiply");
  g_autoptr(GDateTime) time = g_date_time_new_from_iso8601 ("2006-08-10T15:44:22.000211Z", NULL);

  asyncq_job_spec_add_argument (spec, g_variant_new_int32 (14));
  asyncq_job_spec_set_argument (spec, "z", g_variant_new_string ("old"));
  asyncq_job_spec_set_argument (spec, "z", g_variant_new_string ("new"));
  asyncq_job_spec_set_argument (spec, "y", g_variant_new_int32 (3));
  asyncq_job_spec_set_queue (spec, "mail");
  asyncq_job_spec_set_priority (spec, 7);
  asyncq_job_spec_set_begin_after (spec, time);
  asyncq_job_spec_set_submit_key (spec, "once");
  asyncq_job_spec_set_defer_check (spec, TRUE);

  assert_entries (spec, "[{'function': <'demo.multiply'>, 'arguments': <(14,)>, "
                  "'named': <{'y': <3>, 'z': <'new'>}>, 'begin-after': <int64 1155224662000211>, "
                  "'defer-check': <true>, 'priority': <byte 0x07>, 'queue': <'mail'>, 'submit-key': <'once'>}]");

  asyncq_job_spec_set_begin_after (spec, NULL);
  asyncq_job_spec_set_submit_key (spec, NULL);
  asyncq_job_spec_set_queue (spec, NULL);
  asyncq_job_spec_set_defer_check (spec, FALSE);
  assert_entries (spec, "[{'function': <'demo.multiply'>, 'arguments': <(14,)>, "
                  "'named': <{'y': <3>, 'z': <'new'>}>, 'priority': <byte 0x07>}]");
}

static void
test_a_call_is_treated_as_was_set (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("t.a");
  const char *const all[] = { NULL };
  const char *const some[] = { "x", "y", NULL };

  asyncq_job_spec_set_retry (spec, "forever");
  asyncq_job_spec_set_delay (spec, 1);
  asyncq_job_spec_set_begin_by (spec, 0);
  asyncq_job_spec_set_run_timeout (spec, 2);
  asyncq_job_spec_set_total_timeout (spec, 3);
  asyncq_job_spec_set_crash_limit (spec, 4);
  asyncq_job_spec_set_failure_log_level (spec, "info");
  assert_entries (spec, "[{'function': <'t.a'>, 'begin-by': <int64 0>, 'crash-limit': <uint32 4>, "
                  "'delay': <int64 1>, 'failure-log-level': <'info'>, 'retry': <'forever'>, "
                  "'run-timeout': <int64 2>, 'total-timeout': <int64 3>}]");

  asyncq_job_spec_set_retry (spec, NULL);
  asyncq_job_spec_set_delay (spec, 0);
  asyncq_job_spec_set_begin_by (spec, -5);
  asyncq_job_spec_set_run_timeout (spec, 0);
  asyncq_job_spec_set_total_timeout (spec, 0);
  asyncq_job_spec_set_crash_limit (spec, 0);
  asyncq_job_spec_set_failure_log_level (spec, NULL);
  asyncq_job_spec_set_unique_arguments (spec, all);
  assert_entries (spec, "[{'function': <'t.a'>, 'begin-by': <int64 -5>, 'unique-arguments': <@as []>}]");

  asyncq_job_spec_set_unique_arguments (spec, some);
  asyncq_job_spec_set_unique_key (spec, "k");
  asyncq_job_spec_set_unique_scope (spec, "period");
  asyncq_job_spec_set_unique_period (spec, 9);
  asyncq_job_spec_set_unique_conflict (spec, "merge");
  assert_entries (spec, "[{'function': <'t.a'>, 'begin-by': <int64 -5>, 'unique-arguments': <['x', 'y']>, "
                  "'unique-conflict': <'merge'>, 'unique-key': <'k'>, 'unique-period': <int64 9>, "
                  "'unique-scope': <'period'>}]");
}

static void
test_a_factory_and_a_batch_are_named (void)
{
  g_autoptr(AsyncqJobSpec) batch = asyncq_job_spec_new_batch ();
  g_autoptr(AsyncqJobSpec) clone = asyncq_job_spec_new_from_factory ("nightly");

  asyncq_job_spec_set_argument (clone, "x", g_variant_new_int32 (1));
  asyncq_job_spec_add_member (batch, clone);
  g_assert_null (asyncq_job_spec_get_function (clone));
  assert_entries (batch, "[{'kind': <'batch'>}, "
                  "{'factory': <'nightly'>, 'named': <{'x': <1>}>, 'parent': <uint32 0>}]");
}

static void
test_callbacks_stand_behind_members (void)
{
  g_autoptr(AsyncqJobSpec) batch = asyncq_job_spec_new_batch ();
  g_autoptr(AsyncqJobSpec) member = asyncq_job_spec_new ("t.member");
  g_autoptr(AsyncqJobSpec) first = asyncq_job_spec_new ("t.first");
  g_autoptr(AsyncqJobSpec) then = asyncq_job_spec_new ("t.then");
  g_autoptr(AsyncqJobSpec) chained = asyncq_job_spec_new ("t.chained");

  asyncq_job_spec_add_callback (batch, first, ASYNCQ_JOB_ON_FIRST_FAILURE);
  asyncq_job_spec_add_callback (batch, then, ASYNCQ_JOB_ON_ANY);
  asyncq_job_spec_add_callback (then, chained, ASYNCQ_JOB_ON_SUCCESS);
  asyncq_job_spec_add_member (batch, member);
  assert_entries (batch, "[{'kind': <'batch'>}, {'function': <'t.member'>, 'parent': <uint32 0>}, "
                  "{'function': <'t.first'>, 'parent': <uint32 0>, 'role': <'callback'>, 'on': <'first-failure'>}, "
                  "{'function': <'t.then'>, 'parent': <uint32 0>, 'role': <'callback'>, 'on': <'any'>}, "
                  "{'function': <'t.chained'>, 'parent': <uint32 3>, 'role': <'callback'>, 'on': <'success'>}]");
}

static void
test_what_comes_before_is_in_the_list_once (void)
{
  g_autoptr(AsyncqJobSpec) last = asyncq_job_spec_new ("t.last");
  g_autoptr(AsyncqJobSpec) middle = asyncq_job_spec_new ("t.middle");
  g_autoptr(AsyncqJobSpec) composite = asyncq_job_spec_new_serial ();
  g_autoptr(AsyncqJobSpec) member = asyncq_job_spec_new ("t.member");

  asyncq_job_spec_add_member (composite, member);
  asyncq_job_spec_add_after (last, middle, ASYNCQ_JOB_ON_SUCCESS);
  asyncq_job_spec_add_after (last, member, ASYNCQ_JOB_ON_ANY);
  asyncq_job_spec_add_after (middle, member, ASYNCQ_JOB_ON_FAILURE);
  asyncq_job_spec_add_after_job (last, 7, ASYNCQ_JOB_ON_ANY);
  assert_entries (last, "[{'function': <'t.last'>, 'after': <[(uint32 1, 'success'), (3, 'any')]>, "
                  "'after-jobs': <[(uint64 7, 'any')]>}, "
                  "{'function': <'t.middle'>, 'after': <[(uint32 3, 'failure')]>}, "
                  "{'kind': <'serial'>}, {'function': <'t.member'>, 'parent': <uint32 2>}]");
}

static void
test_a_spec_may_belong_to_a_job_that_is_there (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("t.a");

  asyncq_job_spec_set_parent_job (spec, 5);
  assert_entries (spec, "[{'function': <'t.a'>, 'parent-job': <uint64 5>}]");
  asyncq_job_spec_set_callback_of (spec, 6, ASYNCQ_JOB_ON_FAILURE);
  assert_entries (spec, "[{'function': <'t.a'>, 'parent-job': <uint64 6>, 'role': <'callback'>, "
                  "'on': <'failure'>}]");
  asyncq_job_spec_set_callback_of (spec, 0, ASYNCQ_JOB_ON_ANY);
  assert_entries (spec, "[{'function': <'t.a'>}]");
}

static void
test_a_long_chain_of_callbacks_needs_no_deep_stack (void)
{
  AsyncqJobSpec *top = asyncq_job_spec_new ("t.leaf");
  g_autoptr(GVariant) entries = NULL;
  const guint depth = 100000;

  for (guint i = 0; i < depth; i++)
    {
      AsyncqJobSpec *above = asyncq_job_spec_new ("t.call");

      if (i % 2)
        asyncq_job_spec_add_callback (above, top, ASYNCQ_JOB_ON_SUCCESS);
      else
        asyncq_job_spec_add_after (above, top, ASYNCQ_JOB_ON_SUCCESS);
      g_object_unref (top);
      top = above;
    }
  entries = asyncq_job_spec_to_entries (top);
  g_assert_cmpuint (g_variant_n_children (entries), ==, depth + 1);
  g_object_unref (top);
}

static void
test_parents_stand_before_their_members (void)
{
  g_autoptr(AsyncqJobSpec) outer = asyncq_job_spec_new_serial ();
  g_autoptr(AsyncqJobSpec) inner = asyncq_job_spec_new_parallel ();
  g_autoptr(AsyncqJobSpec) a = asyncq_job_spec_new ("t.a");
  g_autoptr(AsyncqJobSpec) b = asyncq_job_spec_new ("t.b");
  g_autoptr(AsyncqJobSpec) c = asyncq_job_spec_new ("t.c");
  g_autoptr(AsyncqJobSpec) p = asyncq_job_spec_new ("t.p");

  asyncq_job_spec_add_member (outer, inner);
  asyncq_job_spec_add_member (outer, c);
  asyncq_job_spec_add_member (inner, a);
  asyncq_job_spec_add_member (inner, b);
  asyncq_job_spec_set_postprocess (inner, p);

  g_assert_null (asyncq_job_spec_get_function (outer));
  assert_entries (outer, "[{'kind': <'serial'>}, {'kind': <'parallel'>, 'parent': <uint32 0>}, "
                  "{'function': <'t.a'>, 'parent': <uint32 1>}, {'function': <'t.b'>, 'parent': <uint32 1>}, "
                  "{'function': <'t.p'>, 'parent': <uint32 1>, 'role': <'postprocess'>}, "
                  "{'function': <'t.c'>, 'parent': <uint32 0>}]");
  assert_entries (p, "[{'function': <'t.p'>}]");
}

static void
test_composites_without_members_are_possible (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new_parallel ();

  assert_entries (spec, "[{'kind': <'parallel'>}]");
}

static void
test_a_million_levels_need_no_deep_stack (void)
{
  AsyncqJobSpec *top = asyncq_job_spec_new ("t.leaf");
  AsyncqJobSpec *kept = NULL;
  g_autoptr(GVariant) entries = NULL;
  const guint depth = g_test_quick () ? 200000 : 1000000;

  for (guint i = 0; i < depth; i++)
    {
      AsyncqJobSpec *above = i % 2 ? asyncq_job_spec_new_serial () : asyncq_job_spec_new_parallel ();

      asyncq_job_spec_add_member (above, top);
      if (i == depth / 2)
        kept = g_object_ref (top);
      g_object_unref (top);
      top = above;
    }
  entries = asyncq_job_spec_to_entries (top);
  g_assert_cmpuint (g_variant_n_children (entries), ==, depth + 1);

  g_object_unref (top);
  g_clear_pointer (&entries, g_variant_unref);
  entries = asyncq_job_spec_to_entries (kept);
  g_assert_cmpuint (g_variant_n_children (entries), ==, depth / 2 + 1);
  g_object_unref (kept);
}

static void
test_a_tuple_too_long_for_the_bus_goes_as_boxes (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new ("t.wide");
  g_autoptr(GVariant) entries = NULL;
  g_autoptr(GVariant) entry = NULL;
  g_autoptr(GVariant) arguments = NULL;

  for (guint i = 0; i < 300; i++)
    asyncq_job_spec_add_argument (spec, g_variant_new_byte (1));
  entries = asyncq_job_spec_to_entries (spec);
  entry = g_variant_get_child_value (entries, 0);
  arguments = g_variant_lookup_value (entry, "arguments", NULL);
  g_assert_cmpstr (g_variant_get_type_string (arguments), ==, "av");
  g_assert_cmpuint (g_variant_n_children (arguments), ==, 300);
}

static void
test_a_spec_cannot_be_its_own_ancestor (void)
{
  g_autoptr(AsyncqJobSpec) outer = asyncq_job_spec_new_serial ();
  g_autoptr(AsyncqJobSpec) inner = asyncq_job_spec_new_parallel ();
  g_autoptr(AsyncqJobSpec) other = asyncq_job_spec_new_parallel ();

  asyncq_job_spec_add_member (outer, inner);

  g_test_expect_message ("libasyncq", G_LOG_LEVEL_CRITICAL, "*may_adopt*");
  asyncq_job_spec_add_member (outer, outer);
  g_test_assert_expected_messages ();
  g_test_expect_message ("libasyncq", G_LOG_LEVEL_CRITICAL, "*may_adopt*");
  asyncq_job_spec_add_member (inner, outer);
  g_test_assert_expected_messages ();
  g_test_expect_message ("libasyncq", G_LOG_LEVEL_CRITICAL, "*may_adopt*");
  asyncq_job_spec_add_member (other, inner);
  g_test_assert_expected_messages ();

  assert_entries (outer, "[{'kind': <'serial'>}, {'kind': <'parallel'>, 'parent': <uint32 0>}]");
}

static void
test_a_replaced_postprocess_is_free_again (void)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new_serial ();
  g_autoptr(AsyncqJobSpec) other = asyncq_job_spec_new_serial ();
  g_autoptr(AsyncqJobSpec) first = asyncq_job_spec_new ("t.first");
  g_autoptr(AsyncqJobSpec) second = asyncq_job_spec_new ("t.second");

  asyncq_job_spec_set_postprocess (spec, first);
  asyncq_job_spec_set_postprocess (spec, second);
  asyncq_job_spec_add_member (other, first);
  assert_entries (spec, "[{'kind': <'serial'>}, "
                  "{'function': <'t.second'>, 'parent': <uint32 0>, 'role': <'postprocess'>}]");
  assert_entries (other, "[{'kind': <'serial'>}, {'function': <'t.first'>, 'parent': <uint32 0>}]");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/job-spec/a call has only what was set", test_a_call_has_only_what_was_set);
  g_test_add_func ("/job-spec/a call has everything that was set", test_a_call_has_everything_that_was_set);
  g_test_add_func ("/job-spec/a call is treated as was set", test_a_call_is_treated_as_was_set);
  g_test_add_func ("/job-spec/a factory and a batch are named", test_a_factory_and_a_batch_are_named);
  g_test_add_func ("/job-spec/callbacks stand behind members", test_callbacks_stand_behind_members);
  g_test_add_func ("/job-spec/what comes before is in the list once", test_what_comes_before_is_in_the_list_once);
  g_test_add_func ("/job-spec/a spec may belong to a job that is there",
                   test_a_spec_may_belong_to_a_job_that_is_there);
  g_test_add_func ("/job-spec/a long chain of callbacks needs no deep stack",
                   test_a_long_chain_of_callbacks_needs_no_deep_stack);
  g_test_add_func ("/job-spec/parents stand before their members", test_parents_stand_before_their_members);
  g_test_add_func ("/job-spec/composites without members are possible",
                   test_composites_without_members_are_possible);
  g_test_add_func ("/job-spec/a million levels need no deep stack", test_a_million_levels_need_no_deep_stack);
  g_test_add_func ("/job-spec/a tuple too long for the bus goes as boxes",
                   test_a_tuple_too_long_for_the_bus_goes_as_boxes);
  g_test_add_func ("/job-spec/a spec cannot be its own ancestor", test_a_spec_cannot_be_its_own_ancestor);
  g_test_add_func ("/job-spec/a replaced postprocess is free again",
                   test_a_replaced_postprocess_is_free_again);

  return g_test_run ();
}

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
                  "'named': <{'y': <3>, 'z': <'new'>}>, 'queue': <'mail'>, 'priority': <byte 0x07>, "
                  "'begin-after': <int64 1155224662000211>, 'submit-key': <'once'>, 'defer-check': <true>}]");

  asyncq_job_spec_set_begin_after (spec, NULL);
  asyncq_job_spec_set_submit_key (spec, NULL);
  asyncq_job_spec_set_queue (spec, NULL);
  asyncq_job_spec_set_defer_check (spec, FALSE);
  assert_entries (spec, "[{'function': <'demo.multiply'>, 'arguments': <(14,)>, "
                  "'named': <{'y': <3>, 'z': <'new'>}>, 'priority': <byte 0x07>}]");
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1: changing many jobs at once
 */

#include "config.h"

#include "bus-fixture.h"

static void
assert_change (BusFixture *self,
               const char *parameters,
               guint64     n_changed,
               guint64     n_skipped,
               const char *reasons)
{
  g_autoptr(GVariant) answer =
    bus_fixture_call (self, MANAGER_PATH, MANAGER, "ChangeJobs", g_variant_new_parsed (parameters, NULL));
  g_autoptr(GVariant) values = g_variant_get_child_value (answer, 0);
  g_autoptr(GVariant) why = g_variant_lookup_value (values, "reasons", G_VARIANT_TYPE ("a{st}"));
  g_autofree char *text = g_variant_print (why, FALSE);
  guint64 changed, skipped, failed;

  g_assert_true (g_variant_lookup (values, "changed", "t", &changed));
  g_assert_true (g_variant_lookup (values, "skipped", "t", &skipped));
  g_assert_true (g_variant_lookup (values, "failed", "t", &failed));
  g_assert_cmpuint (changed, ==, n_changed);
  g_assert_cmpuint (skipped, ==, n_skipped);
  g_assert_cmpuint (failed, ==, 0);
  g_assert_cmpstr (text, ==, reasons);
}

static void
test_each_action_changes_what_it_can (BusFixture    *self,
                                      gconstpointer  unused)
{
  (void) bus_fixture_submit (self, 6, 7);
  (void) bus_fixture_submit (self, 1, 1);
  (void) bus_fixture_submit (self, 1, 2);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, NULL);

  assert_change (self, "('', 'priority', {'priority': <5>})", 2, 1, "{'already finished': 1}");
  assert_change (self, "('', 'cancel', {'dry-run': <true>, 'why': <'a test'>})", 2, 1, "{'already finished': 1}");
  assert_change (self, "('', 'cancel', {'limit': <1>, 'why': <'a test'>})", 1, 0, "{}");
  assert_change (self, "('state:failed', 'retry', @a{sv} {})", 1, 0, "{}");
  assert_change (self, "('state:completed', 'remove', @a{sv} {})", 2, 0, "{}");
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 2);
}

static void
test_what_makes_no_sense_is_refused (BusFixture    *self,
                                     gconstpointer  unused)
{
  static const struct
  {
    const char *parameters;
    const char *text;
  } cases[] = {
    { "('status:failed', 'cancel', @a{sv} {})", "did you mean 'state:'?" },
    { "('', 'cancle', @a{sv} {})", "did you mean 'cancel'?" },
    { "('', '', @a{sv} {})", "cancel, priority, remove or retry is wanted" },
    { "('', 'priority', @a{sv} {})", "'priority' is wanted" },
    { "('', 'priority', {'priority': <256>})", "0 to 255" },
    { "('', 'retry', {'priority': <5>})", "priority" },
    { "('', 'remove', {'why': <'a test'>})", "why" },
    { "('', 'cancel', {'limit': <0>})", "limit" },
    { "('', 'cancel', {'dry-run': <1>})", "dry-run" },
  };
  guint64 sequence;

  (void) bus_fixture_submit (self, 6, 7);
  sequence = aq_store_get_sequence (self->store);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    bus_fixture_refuse (self, MANAGER_PATH, MANAGER, "ChangeJobs", g_variant_new_parsed (cases[i].parameters, NULL),
                        "org.asyncq.Error.Invalid", cases[i].text);
  g_assert_cmpuint (aq_store_get_sequence (self->store), ==, sequence);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus-change-jobs/each-action-changes-what-it-can", test_each_action_changes_what_it_can);
  bus_test ("/bus-change-jobs/what-makes-no-sense-is-refused", test_what_makes_no_sense_is_refused);
  return g_test_run ();
}

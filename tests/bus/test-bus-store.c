/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1: removing jobs, and holding the store
 */

#include "config.h"

#include "bus-fixture.h"

static void
assert_clean (BusFixture *self,
              const char *parameters,
              const char *expected)
{
  g_autoptr(GVariant) answer =
    bus_fixture_call (self, MANAGER_PATH, MANAGER, "Clean", g_variant_new_parsed (parameters, NULL));

  bus_fixture_assert_value (answer, expected);
}

static void
succeed_one (BusFixture *self)
{
  (void) bus_fixture_submit (self, 6, 7);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
}

static void
test_clean_tells_how_many_of_each_outcome (BusFixture    *self,
                                           gconstpointer  unused)
{
  succeed_one (self);
  succeed_one (self);
  (void) bus_fixture_submit (self, 1, 1);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, NULL);
  (void) bus_fixture_submit (self, 1, 2);

  assert_clean (self, "('', {'dry-run': <true>})",
                "(@a{su} {'succeeded': 2, 'failed': 1, 'cancelled': 0, 'expired': 0},)");
  assert_clean (self, "('state:succeeded', {'dry-run': <false>})",
                "(@a{su} {'succeeded': 2, 'failed': 0, 'cancelled': 0, 'expired': 0},)");
  assert_clean (self, "('queue:mail', @a{sv} {})",
                "(@a{su} {'succeeded': 0, 'failed': 0, 'cancelled': 0, 'expired': 0},)");
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 2);
  assert_clean (self, "('', @a{sv} {})", "(@a{su} {'succeeded': 0, 'failed': 1, 'cancelled': 0, 'expired': 0},)");
  g_assert_cmpuint (bus_fixture_count_jobs (self), ==, 1);
}

static void
test_a_removed_job_is_gone (BusFixture    *self,
                            gconstpointer  unused)
{
  g_autofree char *path = NULL;

  succeed_one (self);
  path = bus_fixture_job_path (self->claimed);
  assert_clean (self, "('', @a{sv} {})", "(@a{su} {'succeeded': 1, 'failed': 0, 'cancelled': 0, 'expired': 0},)");
  bus_fixture_refuse (self, path, JOB, "Wait", g_variant_new ("(x)", (gint64) 0), "org.asyncq.Error.NoSuchJob", "");
}

static void
test_wrong_filters_and_options_are_refused (BusFixture    *self,
                                            gconstpointer  unused)
{
  static const struct
  {
    const char *parameters;
    const char *text;
  } cases[] = {
    { "('state:pending', @a{sv} {})", "state:pending" },
    { "('state:failed state:active', @a{sv} {})", "state:active" },
    { "('status:failed', @a{sv} {})", "did you mean 'state:'?" },
    { "('', {'dry_run': <true>})", "dry_run" },
    { "('', {'dry-run': <1>})", "dry-run" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    bus_fixture_refuse (self, MANAGER_PATH, MANAGER, "Clean", g_variant_new_parsed (cases[i].parameters, NULL),
                        "org.asyncq.Error.Invalid", cases[i].text);
}

static void
test_a_client_that_has_gone_is_cleaned_for (BusFixture    *self,
                                            gconstpointer  unused)
{
  g_autoptr(GDBusConnection) other = bus_fixture_connect (self);

  for (guint i = 0; i < 3; i++)
    succeed_one (self);
  g_dbus_connection_call (other, "org.asyncq", MANAGER_PATH, MANAGER, "Clean", g_variant_new_parsed ("('', @a{sv} {})"),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  g_assert_true (g_dbus_connection_flush_sync (other, NULL, NULL));
  g_assert_true (g_dbus_connection_close_sync (other, NULL, NULL));
  while (bus_fixture_count_jobs (self) > 0)
    g_main_context_iteration (NULL, FALSE);
}

static void
test_a_store_in_memory_cannot_be_held (BusFixture    *self,
                                       gconstpointer  unused)
{
  bus_fixture_refuse (self, MANAGER_PATH, MANAGER, "HoldStore", NULL, "org.asyncq.Error.Invalid", "in memory only");
  bus_fixture_refuse (self, MANAGER_PATH, MANAGER, "ReleaseStore", NULL, "org.asyncq.Error.BadState",
                      "does not hold the store");
}

static void
set_refusal (BusFixture *self,
             int         code,
             const char *message)
{
  g_autoptr(GError) error = g_error_new_literal (ASYNCQ_ERROR, code, message);

  aq_store_set_refusal (self->store, error);
}

static void
test_status_tells_why_new_jobs_are_refused (BusFixture    *self,
                                            gconstpointer  unused)
{
  static const struct
  {
    int         code;
    const char *name;
    const char *advice;
  } cases[] = {
    { ASYNCQ_ERROR_STORE_FULL, "org.asyncq.Error.StoreFull", "free some" },
    { ASYNCQ_ERROR_BUSY, "org.asyncq.Error.Busy", "max-live-bytes" },
    { ASYNCQ_ERROR_STORE_FAILED, "org.asyncq.Error.StoreFailed", "log of asyncqd" },
  };
  g_autoptr(GVariant) status = bus_fixture_get (self, MANAGER_PATH, MANAGER, "Status");

  g_assert_null (g_variant_lookup_value (status, "refusal", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GVariant) refusing = NULL;
      g_autoptr(GVariant) refusal = NULL;
      const char *name;
      const char *message;

      set_refusal (self, cases[i].code, "could not write 'journal/000001': it is broken");
      refusing = bus_fixture_get (self, MANAGER_PATH, MANAGER, "Status");
      refusal = g_variant_lookup_value (refusing, "refusal", G_VARIANT_TYPE_VARDICT);
      g_assert_true (g_variant_lookup (refusal, "error", "&s", &name));
      g_assert_true (g_variant_lookup (refusal, "message", "&s", &message));
      g_assert_cmpstr (name, ==, cases[i].name);
      g_assert_nonnull (strstr (message, "it is broken; "));
      g_assert_nonnull (strstr (message, cases[i].advice));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus-store/clean-tells-how-many-of-each-outcome", test_clean_tells_how_many_of_each_outcome);
  bus_test ("/bus-store/a-removed-job-is-gone", test_a_removed_job_is_gone);
  bus_test ("/bus-store/wrong-filters-and-options-are-refused", test_wrong_filters_and_options_are_refused);
  bus_test ("/bus-store/a-client-that-has-gone-is-cleaned-for", test_a_client_that_has_gone_is_cleaned_for);
  bus_test ("/bus-store/a-store-in-memory-cannot-be-held", test_a_store_in_memory_cannot_be_held);
  bus_test ("/bus-store/status-tells-why-new-jobs-are-refused", test_status_tells_why_new_jobs_are_refused);
  return g_test_run ();
}

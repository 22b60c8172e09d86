/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Job1, and the folder of the jobs
 */

#include "config.h"

#include "bus-fixture.h"

#include "bus/aq-bus-value.h"
#include "core/aq-engine-witness.h"

typedef struct
{
  GVariant *answer;
  GError   *error;
  gboolean  done;
} Wait;

static void
on_waited (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Wait *wait = user_data;

  wait->answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &wait->error);
  wait->done = TRUE;
}

static void
start_wait (GDBusConnection *client,
            guint64          id,
            gint64           timeout_usec,
            Wait            *wait)
{
  g_autofree char *path = bus_fixture_job_path (id);

  *wait = (Wait) { 0 };
  g_dbus_connection_call (client, "org.asyncq", path, JOB, "Wait",
                          g_variant_new ("(x)", timeout_usec), NULL, G_DBUS_CALL_FLAGS_NONE,
                          G_MAXINT, NULL, on_waited, wait);
}

static void
start_log (GDBusConnection *client,
           guint64          id,
           guint            attempt,
           gint64           timeout_usec,
           Wait            *wait)
{
  g_autofree char *path = bus_fixture_job_path (id);

  *wait = (Wait) { 0 };
  g_dbus_connection_call (client, "org.asyncq", path, JOB, "GetLog",
                          g_variant_new ("(utx)", attempt, (guint64) 0, timeout_usec), NULL, G_DBUS_CALL_FLAGS_NONE,
                          G_MAXINT, NULL, on_waited, wait);
}

/* a call that is answered after all earlier ones of this client have been taken in */
static void
round_trip (BusFixture *self)
{
  g_autoptr(GVariant) none = bus_fixture_call (self, "/", "org.freedesktop.DBus.Peer", "Ping", NULL);
}

static void
advance (BusFixture *self,
         gint64      usec)
{
  g_autoptr(GVariant) none =
    bus_fixture_call (self, MANAGER_PATH, TESTING, "Advance", g_variant_new ("(x)", usec));
}

static void
assert_answer (Wait       *wait,
               const char *expected)
{
  bus_fixture_run_until (&wait->done);
  g_assert_no_error (wait->error);
  bus_fixture_assert_value (wait->answer, expected);
  g_clear_pointer (&wait->answer, g_variant_unref);
}

static void
test_wait_gives_outcome_and_result (BusFixture    *self,
                                    gconstpointer  unused)
{
  guint64 id = bus_fixture_submit (self, 6, 7);
  Wait before;
  Wait after;

  start_wait (self->client, id, -1, &before);
  round_trip (self);
  g_assert_false (before.done);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
  assert_answer (&before, "('succeeded', <42>)");

  start_wait (self->client, id, 0, &after);
  assert_answer (&after, "('succeeded', <42>)");
}

static void
test_wait_gives_the_failure (BusFixture    *self,
                             gconstpointer  unused)
{
  Wait wait;

  start_wait (self->client, bus_fixture_submit (self, 6, 7), -1, &wait);
  round_trip (self);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, NULL);
  bus_fixture_run_until (&wait.done);
  g_assert_no_error (wait.error);
  G_STATIC_ASSERT (ASYNCQ_ERROR_FINAL == 1);
  bus_fixture_assert_value (wait.answer, "('failed', <('asyncq-error-quark', 1, 'broken')>)");
  g_variant_unref (wait.answer);
}

static void
test_wait_gives_nothing_as_an_empty_array (BusFixture    *self,
                                           gconstpointer  unused)
{
  g_autoptr(GVariant) answer = bus_fixture_call (self, MANAGER_PATH, MANAGER, "SubmitWords",
                                                 g_variant_new_parsed ("('demo.nothing', @as [])"));
  g_autofree char *path = NULL;
  g_autoptr(GVariant) arguments = NULL;
  guint64 id;
  Wait wait;

  g_variant_get (answer, "(t)", &id);
  start_wait (self->client, id, -1, &wait);
  round_trip (self);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new ("()"));
  assert_answer (&wait, "('succeeded', <@av []>)");

  path = bus_fixture_job_path (id);
  arguments = bus_fixture_get (self, path, JOB, "Arguments");
  bus_fixture_assert_value (arguments, "<@av []>");
}

static void
test_wait_times_out_when_the_clock_has_moved (BusFixture    *self,
                                              gconstpointer  unused)
{
  Wait wait;

  start_wait (self->client, bus_fixture_submit (self, 6, 7), 2 * G_USEC_PER_SEC, &wait);
  round_trip (self);
  advance (self, 2 * G_USEC_PER_SEC - 1);
  g_assert_false (wait.done);
  advance (self, 1);
  bus_fixture_run_until (&wait.done);
  bus_fixture_check_error (wait.error, "org.asyncq.Error.TimedOut", "job 1");
  g_clear_error (&wait.error);

  start_wait (self->client, 1, 0, &wait);
  bus_fixture_run_until (&wait.done);
  bus_fixture_check_error (wait.error, "org.asyncq.Error.TimedOut", "job 1");
  g_clear_error (&wait.error);
}

static void
test_wait_may_be_longer_than_time (BusFixture    *self,
                                   gconstpointer  unused)
{
  Wait wait;

  start_wait (self->client, bus_fixture_submit (self, 6, 7), G_MAXINT64, &wait);
  round_trip (self);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
  assert_answer (&wait, "('succeeded', <42>)");
}

static void
test_a_client_that_vanishes_leaves_nothing (BusFixture    *self,
                                            gconstpointer  unused)
{
  guint64 id = bus_fixture_submit (self, 6, 7);
  GDBusConnection *other = bus_fixture_connect (self);
  Wait forever;
  Wait limited;

  start_wait (other, id, -1, &forever);
  start_wait (other, id, G_USEC_PER_SEC, &limited);
  g_assert_true (g_dbus_connection_flush_sync (other, NULL, NULL));
  round_trip (self);
  g_assert_true (g_dbus_connection_close_sync (other, NULL, NULL));
  bus_fixture_run_until (&forever.done);
  bus_fixture_run_until (&limited.done);
  g_clear_error (&forever.error);
  g_clear_error (&limited.error);
  g_object_unref (other);

  round_trip (self);
  advance (self, 2 * G_USEC_PER_SEC);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
  start_wait (self->client, id, -1, &forever);
  assert_answer (&forever, "('succeeded', <42>)");
}

static GVariant *
tell_one_line (guint64  id,
               guint64  lease,
               gpointer user_data)
{
  const gboolean *said = user_data;

  return *said ? g_variant_ref_sink (g_variant_new_parsed ("{'log': <[(int64 1, uint32 3, 'one')]>}")) : NULL;
}

static void
test_a_log_is_told_when_something_is_said (BusFixture    *self,
                                           gconstpointer  unused)
{
  guint64 id = bus_fixture_submit (self, 6, 7);
  gboolean said = FALSE;
  Wait line;
  Wait end;

  aq_engine_set_witness_func (self->engine, tell_one_line, &said);
  start_log (self->client, id, 0, -1, &line);
  round_trip (self);
  (void) bus_fixture_claim (self);
  round_trip (self);
  g_assert_false (line.done);
  said = TRUE;
  aq_engine_witness_changed (self->engine, id);
  assert_answer (&line, "(uint32 1, [(int64 1, uint32 3, 'one')], uint64 1, true)");

  said = FALSE;
  start_log (self->client, id, 1, -1, &end);
  round_trip (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
  assert_answer (&end, "(uint32 1, @a(xus) [], uint64 0, false)");
}

static void
test_a_reader_that_vanishes_leaves_nothing (BusFixture    *self,
                                            gconstpointer  unused)
{
  guint64 id = bus_fixture_submit (self, 6, 7);
  GDBusConnection *other = bus_fixture_connect (self);
  Wait forever;
  Wait limited;
  Wait after;

  start_log (other, id, 0, -1, &forever);
  start_log (other, id, 0, G_USEC_PER_SEC, &limited);
  g_assert_true (g_dbus_connection_flush_sync (other, NULL, NULL));
  round_trip (self);
  g_assert_true (g_dbus_connection_close_sync (other, NULL, NULL));
  bus_fixture_run_until (&forever.done);
  bus_fixture_run_until (&limited.done);
  g_clear_error (&forever.error);
  g_clear_error (&limited.error);
  g_object_unref (other);

  round_trip (self);
  advance (self, 2 * G_USEC_PER_SEC);
  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
  start_log (self->client, id, 0, -1, &after);
  assert_answer (&after, "(uint32 1, @a(xus) [], uint64 0, false)");
}

static void
test_jobs_are_cancelled (BusFixture    *self,
                                 gconstpointer  unused)
{
  g_autofree char *pending = bus_fixture_job_path (bus_fixture_submit (self, 6, 7));
  g_autofree char *running = NULL;
  g_autoptr(GVariant) told = NULL;
  g_autoptr(GVariant) state = NULL;
  g_autoptr(GVariant) none =
    bus_fixture_call (self, pending, JOB, "Cancel", g_variant_new ("(s)", "not needed"));
  g_autoptr(GVariant) outcome = bus_fixture_get (self, pending, JOB, "Outcome");

  g_assert_cmpstr (g_variant_get_string (outcome, NULL), ==, "cancelled");
  bus_fixture_refuse (self, pending, JOB, "Cancel", g_variant_new ("(s)", ""),
                      "org.asyncq.Error.BadState", "1");

  running = bus_fixture_job_path (bus_fixture_submit (self, 6, 7));
  (void) bus_fixture_claim (self);
  told = bus_fixture_call (self, running, JOB, "Cancel", g_variant_new ("(s)", ""));
  state = bus_fixture_get (self, running, JOB, "State");
  g_assert_cmpstr (g_variant_get_string (state, NULL), !=, "completed");
}

static void
test_unknown_jobs_are_errors (BusFixture    *self,
                              gconstpointer  unused)
{
  static const char * const strange[] = { "0", "01", "x", "1x", "18446744073709551616", "1/2" };

  bus_fixture_refuse (self, "/org/asyncq/jobs/999", JOB, "Wait", g_variant_new ("(x)", G_GINT64_CONSTANT (0)),
                      "org.asyncq.Error.NoSuchJob", "999");
  bus_fixture_refuse (self, "/org/asyncq/jobs/18446744073709551615", JOB, "Cancel",
                      g_variant_new ("(s)", ""), "org.asyncq.Error.NoSuchJob", "18446744073709551615");
  bus_fixture_refuse (self, "/org/asyncq/jobs/999", PROPERTIES, "GetAll", g_variant_new ("(s)", JOB),
                      "org.asyncq.Error.NoSuchJob", "999");
  for (guint i = 0; i < G_N_ELEMENTS (strange); i++)
    {
      g_autofree char *path = g_strconcat ("/org/asyncq/jobs/", strange[i], NULL);
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) answer =
        bus_fixture_call_full (self->client, path, JOB, "Cancel", g_variant_new ("(s)", ""), NULL, &error);

      g_assert_null (answer);
      bus_fixture_check_error (error, "org.freedesktop.DBus.Error.UnknownMethod", "");
    }
}

static void
test_properties_are_those_of_the_interface (BusFixture    *self,
                                            gconstpointer  unused)
{
  g_autofree char *path = bus_fixture_job_path (bus_fixture_submit (self, 6, 7));
  g_autoptr(GVariant) xml_answer =
    bus_fixture_call (self, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL);
  g_autoptr(GVariant) answer =
    bus_fixture_call (self, path, PROPERTIES, "GetAll", g_variant_new ("(s)", JOB));
  g_autoptr(GVariant) all = g_variant_get_child_value (answer, 0);
  g_autoptr(GDBusNodeInfo) node = NULL;
  GDBusInterfaceInfo *interface;
  const char *xml;
  guint n = 0;

  g_variant_get (xml_answer, "(&s)", &xml);
  node = g_dbus_node_info_new_for_xml (xml, NULL);
  interface = g_dbus_node_info_lookup_interface (node, JOB);
  for (GDBusPropertyInfo **info = interface->properties; *info != NULL; info++, n++)
    {
      g_autoptr(GVariant) value =
        g_variant_lookup_value (all, (*info)->name, G_VARIANT_TYPE ((*info)->signature));
      g_autoptr(GVariant) single = bus_fixture_get (self, path, JOB, (*info)->name);

      g_assert_nonnull (value);
      g_assert_cmpvariant (value, single);
    }
  g_assert_cmpuint (n, ==, g_variant_n_children (all));
}

static char *
introspect (BusFixture *self,
            const char *path)
{
  g_autoptr(GVariant) answer =
    bus_fixture_call (self, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL);
  char *xml;

  g_variant_get (answer, "(s)", &xml);
  return xml;
}

static void
test_the_tree_shows_the_newest_jobs (BusFixture    *self,
                                     gconstpointer  unused)
{
  static const char * const parents[] = { "/", "/org", "/org/asyncq" };
  static const char * const children[] = { "\"org\"", "\"asyncq\"", "\"jobs\"" };
  g_autofree char *folder = NULL;

  for (guint i = 0; i < 101; i++)
    (void) bus_fixture_submit (self, i, i);
  for (guint i = 0; i < G_N_ELEMENTS (parents); i++)
    {
      g_autofree char *xml = introspect (self, parents[i]);

      g_assert_nonnull (strstr (xml, children[i]));
    }
  folder = introspect (self, "/org/asyncq/jobs");
  g_assert_nonnull (strstr (folder, "\"101\""));
  g_assert_nonnull (strstr (folder, "\"2\""));
  g_assert_null (strstr (folder, "\"1\""));
}

static void
test_values_that_dbus_has_not_are_shown (void)
{
  static const char * const cases[][2] = {
    { "()", "@av []" },
    { "@mi nothing", "@av []" },
    { "@mi 7", "[<7>]" },
    { "@mmi just nothing", "[<@av []>]" },
    { "(1, ())", "(1, @av [])" },
    { "[(1, @ms 'x'), (2, nothing)]", "[(1, [<'x'>]), (2, @av [])]" },
    { "@ami []", "@aav []" },
    { "<<()>>", "<<@av []>>" },
    { "{'a': <@mi 1>, 'b': <2>}", "{'a': <[<1>]>, 'b': <2>}" },
    { "{1: ()}", "{1: @av []}" },
    { "@{sv} {'a', <1>}", "('a', <1>)" },
    { "handle 3", "3" },
    { "@ah [handle 3]", "@ai [3]" },
    { "[<'mh{'>]", "[<'mh{'>]" },
    { "(@a{sv} {}, 'x')", "(@a{sv} {}, 'x')" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (cases[i][0], NULL));
      g_autoptr(GVariant) shown = g_variant_ref_sink (aq_bus_value_new (value));

      bus_fixture_assert_value (shown, cases[i][1]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/job/wait-gives-outcome-and-result", test_wait_gives_outcome_and_result);
  bus_test ("/bus/job/wait-gives-the-failure", test_wait_gives_the_failure);
  bus_test ("/bus/job/wait-gives-nothing-as-an-empty-array", test_wait_gives_nothing_as_an_empty_array);
  bus_test ("/bus/job/wait-times-out-when-the-clock-has-moved",
            test_wait_times_out_when_the_clock_has_moved);
  bus_test ("/bus/job/wait-may-be-longer-than-time", test_wait_may_be_longer_than_time);
  bus_test ("/bus/job/a-client-that-vanishes-leaves-nothing", test_a_client_that_vanishes_leaves_nothing);
  bus_test ("/bus/job/a-log-is-told-when-something-is-said", test_a_log_is_told_when_something_is_said);
  bus_test ("/bus/job/a-reader-that-vanishes-leaves-nothing", test_a_reader_that_vanishes_leaves_nothing);
  bus_test ("/bus/job/jobs-are-cancelled", test_jobs_are_cancelled);
  bus_test ("/bus/job/unknown-jobs-are-errors", test_unknown_jobs_are_errors);
  bus_test ("/bus/job/properties-are-those-of-the-interface", test_properties_are_those_of_the_interface);
  bus_test ("/bus/job/the-tree-shows-the-newest-jobs", test_the_tree_shows_the_newest_jobs);
  g_test_add_func ("/bus/job/values-that-dbus-has-not-are-shown", test_values_that_dbus_has_not_are_shown);
  return g_test_run ();
}

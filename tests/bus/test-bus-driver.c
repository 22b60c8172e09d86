/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A private connection that looks like one to a message bus
 */

#include "config.h"

#include "bus-fixture.h"

#include <unistd.h>

#define DRIVER "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"

static GVariant *
ask (BusFixture *self,
     const char *method,
     GVariant   *parameters)
{
  return bus_fixture_call (self, DRIVER_PATH, DRIVER, method, parameters);
}

static void
assert_says (BusFixture *self,
             const char *method,
             GVariant   *parameters,
             const char *expected)
{
  g_autoptr(GVariant) answer = ask (self, method, parameters);

  bus_fixture_assert_value (answer, expected);
}

static void
test_every_client_has_a_name_of_its_own (BusFixture    *self,
                                         gconstpointer  unused)
{
  g_autoptr(GDBusConnection) other = bus_fixture_connect (self);

  g_assert_cmpstr (g_dbus_connection_get_unique_name (self->client), ==, ":1.1");
  g_assert_cmpstr (g_dbus_connection_get_unique_name (other), ==, ":1.2");
  g_assert_true (g_dbus_connection_close_sync (other, NULL, NULL));
}

static void
test_names_have_owners (BusFixture    *self,
                        gconstpointer  unused)
{
  assert_says (self, "GetNameOwner", g_variant_new ("(s)", "org.asyncq"), "(':1.0',)");
  assert_says (self, "GetNameOwner", g_variant_new ("(s)", ":1.0"), "(':1.0',)");
  assert_says (self, "GetNameOwner", g_variant_new ("(s)", ":1.1"), "(':1.1',)");
  assert_says (self, "GetNameOwner", g_variant_new ("(s)", DRIVER), "('" DRIVER "',)");
  assert_says (self, "NameHasOwner", g_variant_new ("(s)", "org.asyncq"), "(true,)");
  assert_says (self, "NameHasOwner", g_variant_new ("(s)", "org.elsewhere"), "(false,)");
  assert_says (self, "ListNames", NULL, "(['" DRIVER "', 'org.asyncq', ':1.0', ':1.1'],)");
  assert_says (self, "StartServiceByName", g_variant_new ("(su)", "org.asyncq", 0), "(uint32 2,)");
  bus_fixture_refuse (self, DRIVER_PATH, DRIVER, "GetNameOwner", g_variant_new ("(s)", "org.elsewhere"),
                      "org.freedesktop.DBus.Error.NameHasNoOwner", "org.elsewhere");
  bus_fixture_refuse (self, DRIVER_PATH, DRIVER, "StartServiceByName",
                      g_variant_new ("(su)", "org.elsewhere", 0),
                      "org.freedesktop.DBus.Error.ServiceUnknown", "org.elsewhere");
  bus_fixture_refuse (self, DRIVER_PATH, DRIVER, "RequestName", g_variant_new ("(su)", "org.mine", 0),
                      "org.freedesktop.DBus.Error.AccessDenied", "org.mine");
}

static void
test_credentials_are_the_kernels (BusFixture    *self,
                                  gconstpointer  unused)
{
  g_autofree char *uid = g_strdup_printf ("(uint32 %u,)", geteuid ());
  g_autofree char *pid = g_strdup_printf ("(uint32 %u,)", getpid ());

  assert_says (self, "GetConnectionUnixUser", g_variant_new ("(s)", ":1.1"), uid);
  assert_says (self, "GetConnectionUnixProcessID", g_variant_new ("(s)", ":1.1"), pid);
  assert_says (self, "GetConnectionUnixProcessID", g_variant_new ("(s)", "org.asyncq"), pid);
  bus_fixture_refuse (self, DRIVER_PATH, DRIVER, "GetConnectionCredentials",
                      g_variant_new ("(s)", ":1.7"), "org.freedesktop.DBus.Error.NameHasNoOwner", ":1.7");
}

static void
test_match_rules_are_taken (BusFixture    *self,
                            gconstpointer  unused)
{
  const char *rule = "type='signal',sender='org.asyncq',interface='org.asyncq.Manager1'";
  g_autoptr(GVariant) added = ask (self, "AddMatch", g_variant_new ("(s)", rule));
  g_autoptr(GVariant) removed = ask (self, "RemoveMatch", g_variant_new ("(s)", rule));

  bus_fixture_assert_value (added, "()");
  bus_fixture_assert_value (removed, "()");
}

static void
on_any_signal (GDBusConnection *connection,
               const char      *sender,
               const char      *path,
               const char      *interface,
               const char      *signal,
               GVariant        *parameters,
               gpointer         user_data)
{
  *(gboolean *) user_data |= g_str_equal (signal, "JobsChanged");
}

static void
test_rule_for_every_signal_subscribes (BusFixture    *self,
                                       gconstpointer  unused)
{
  gboolean told = FALSE;
  guint handle =
    g_dbus_connection_signal_subscribe (self->client, "org.asyncq", NULL, NULL, NULL, NULL,
                                        G_DBUS_SIGNAL_FLAGS_NONE, on_any_signal, &told, NULL);

  (void) bus_fixture_submit (self, 6, 7);
  bus_fixture_run_until (&told);
  g_dbus_connection_signal_unsubscribe (self->client, handle);
}

static void
test_monitor_sees_changes (BusFixture    *self,
                           gconstpointer  unused)
{
  gboolean told = FALSE;
  guint handle = g_dbus_connection_signal_subscribe (
    self->client, NULL, MANAGER, "JobsChanged", NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_any_signal,
    &told, NULL);
  g_autoptr(GVariant) none =
    bus_fixture_call (self, DRIVER_PATH, "org.freedesktop.DBus.Monitoring", "BecomeMonitor",
                      g_variant_new_parsed ("(@as [], uint32 0)"));

  (void) bus_fixture_submit (self, 6, 7);
  bus_fixture_run_until (&told);
  g_dbus_connection_signal_unsubscribe (self->client, handle);
}

static void
on_reply (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  GDBusMessage **reply = user_data;

  *reply = g_dbus_connection_send_message_with_reply_finish (G_DBUS_CONNECTION (source), result, &error);
  g_assert_no_error (error);
}

static GDBusMessage *
send (BusFixture *self,
      const char *destination,
      const char *path,
      const char *interface,
      const char *method)
{
  g_autoptr(GDBusMessage) call = g_dbus_message_new_method_call (destination, path, interface, method);
  GDBusMessage *reply = NULL;

  g_dbus_connection_send_message_with_reply (self->client, call, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                             G_MAXINT, NULL, NULL, on_reply, &reply);
  while (reply == NULL)
    g_main_context_iteration (NULL, TRUE);
  return reply;
}

static void
test_every_answer_names_its_sender (BusFixture    *self,
                                    gconstpointer  unused)
{
  static const char * const calls[][3] = {
    { "/", "org.freedesktop.DBus.Peer", "Ping" },
    { "/org/asyncq", "org.freedesktop.DBus.Introspectable", "Introspect" },
    { "/org/asyncq/jobs", "org.freedesktop.DBus.Introspectable", "Introspect" },
    { "/org/asyncq", MANAGER, "ListFunctions" },
    { "/org/asyncq", MANAGER, "NoSuchMethod" },
    { "/nowhere", MANAGER, "ListFunctions" },
  };
  static const char * const destinations[] = { "org.asyncq", ":1.0", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    for (guint j = 0; j < G_N_ELEMENTS (destinations); j++)
      {
        g_autoptr(GDBusMessage) reply =
          send (self, destinations[j], calls[i][0], calls[i][1], calls[i][2]);

        g_assert_cmpstr (g_dbus_message_get_sender (reply), ==, ":1.0");
      }
}

static void
test_nobody_else_is_there (BusFixture    *self,
                           gconstpointer  unused)
{
  g_autoptr(GDBusMessage) reply = send (self, "org.elsewhere", "/", "org.freedesktop.DBus.Peer", "Ping");

  g_assert_cmpstr (g_dbus_message_get_error_name (reply), ==, "org.freedesktop.DBus.Error.ServiceUnknown");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/driver/every-client-has-a-name-of-its-own", test_every_client_has_a_name_of_its_own);
  bus_test ("/bus/driver/names-have-owners", test_names_have_owners);
  bus_test ("/bus/driver/credentials-are-the-kernels", test_credentials_are_the_kernels);
  bus_test ("/bus/driver/match-rules-are-taken", test_match_rules_are_taken);
  bus_test ("/bus/driver/rule-for-every-signal-subscribes", test_rule_for_every_signal_subscribes);
  bus_test ("/bus/driver/monitor-sees-changes", test_monitor_sees_changes);
  bus_test ("/bus/driver/every-answer-names-its-sender", test_every_answer_names_its_sender);
  bus_test ("/bus/driver/nobody-else-is-there", test_nobody_else_is_there);
  return g_test_run ();
}

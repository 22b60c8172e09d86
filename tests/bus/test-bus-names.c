/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * On a message bus: the same objects, under a name, with callers that come and go
 */

#include "config.h"

#include "bus-fixture.h"

static void
on_connected (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  GDBusConnection **client = user_data;
  g_autoptr(GError) error = NULL;

  *client = g_dbus_connection_new_for_address_finish (result, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (*client, FALSE);
}

/* one of its own: the shared one is the daemon's */
static GDBusConnection *
connect_to (GTestDBus *dbus)
{
  GDBusConnection *client = NULL;

  g_dbus_connection_new_for_address (g_test_dbus_get_bus_address (dbus),
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, NULL, on_connected, &client);
  while (client == NULL)
    g_main_context_iteration (NULL, TRUE);
  return client;
}

static void
on_name_appeared (GDBusConnection *connection,
                  const char      *name,
                  const char      *owner,
                  gpointer         user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* the daemon asks for its name and does not wait for it */
static void
wait_for_name (GDBusConnection *client)
{
  gboolean appeared = FALSE;
  guint id = g_bus_watch_name_on_connection (client, "org.asyncq", G_BUS_NAME_WATCHER_FLAGS_NONE,
                                             on_name_appeared, NULL, &appeared, NULL);

  bus_fixture_run_until (&appeared);
  g_bus_unwatch_name (id);
}

static AqBus *
start_second_service (BusFixture *self)
{
  g_autofree char *socket = g_build_filename (self->folder, "run", "second", NULL);
  AqBusSettings settings = {
    .socket_path = socket,
    .bus_type = G_BUS_TYPE_SESSION,
    .uuid = "d10f43dc-ffdf-11dc-abd4-0017f2c49bdd",
    .version = "0.1.0",
  };
  g_autoptr(GError) error = NULL;
  AqBus *bus = aq_bus_new (self->engine, &settings);

  (void) aq_bus_start (bus, &error);
  g_assert_no_error (error);
  return bus;
}

static GVariant *
call (GDBusConnection *client,
      const char      *path,
      const char      *interface,
      const char      *method,
      const char      *parameters)
{
  g_autoptr(GError) error = NULL;
  GVariant *answer = bus_fixture_call_full (client, path, interface, method,
                                            g_variant_new_parsed (parameters, NULL), NULL, &error);

  g_assert_no_error (error);
  return answer;
}

static void
on_jobs_changed (GDBusConnection *connection,
                 const char      *sender,
                 const char      *path,
                 const char      *interface,
                 const char      *signal,
                 GVariant        *parameters,
                 gpointer         user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* the service must forget it: the bus tells it, and then there is nothing to tell */
static void
leave (GDBusConnection *client)
{
  g_assert_true (g_dbus_connection_close_sync (client, NULL, NULL));
  g_object_unref (client);
}

static void
test_callers_on_a_message_bus_are_served (BusFixture    *self,
                                          gconstpointer  unused)
{
  g_autoptr(GTestDBus) dbus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autoptr(AqBus) bus = NULL;
  GDBusConnection *client;
  GDBusConnection *watcher;
  gboolean told = FALSE;

  g_test_dbus_up (dbus);
  bus = start_second_service (self);
  client = connect_to (dbus);
  watcher = connect_to (dbus);
  wait_for_name (client);
  (void) g_dbus_connection_signal_subscribe (watcher, "org.asyncq", MANAGER, "JobsChanged", NULL, NULL,
                                             G_DBUS_SIGNAL_FLAGS_NONE, on_jobs_changed, &told, NULL);
  g_variant_unref (call (watcher, MANAGER_PATH, MANAGER, "Subscribe", "('',)"));

  g_variant_unref (call (client, MANAGER_PATH, MANAGER, "SubmitWords", "('demo.multiply', ['6', '7'])"));
  bus_fixture_run_until (&told);
  leave (watcher);

  (void) bus_fixture_claim (self);
  bus_fixture_finish (self, g_variant_new_int32 (42));
  {
    g_autoptr(GVariant) answer = call (client, "/org/asyncq/jobs/1", JOB, "Wait", "(int64 -1,)");

    bus_fixture_assert_value (answer, "('succeeded', <42>)");
  }
  leave (client);
  g_clear_pointer (&bus, aq_bus_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_test_dbus_down (dbus);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/names/callers-on-a-message-bus-are-served", test_callers_on_a_message_bus_are_served);
  return g_test_run ();
}

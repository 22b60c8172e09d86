/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A bus service and its client in one process
 *
 * Client and service share the main loop, so every call is asynchronous and
 * runs the loop until its answer is there.
 */

#include "config.h"

#include "bus-fixture.h"

#include "store/aq-memory-store.h"

#include <glib/gstdio.h>

typedef struct
{
  GAsyncResult *result; /* owned */
  gboolean      done;
} Answer;

static void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Answer *answer = user_data;

  answer->result = g_object_ref (result);
  answer->done = TRUE;
}

void
bus_fixture_run_until (gboolean *flag)
{
  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
}

GDBusConnection *
bus_fixture_connect (BusFixture *self)
{
  Answer answer = { 0 };
  GDBusConnection *client;
  g_autoptr(GError) error = NULL;

  g_dbus_connection_new_for_address (self->address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL, NULL, on_answer, &answer);
  bus_fixture_run_until (&answer.done);
  client = g_dbus_connection_new_for_address_finish (answer.result, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (client, FALSE);
  g_object_unref (answer.result);
  return client;
}

static void
add_function (GPtrArray  *functions,
              const char *name,
              const char *parameters,
              const char *result_type)
{
  g_autoptr(GError) error = NULL;
  AqFunction *function =
    aq_function_new ("demo", name, parameters, result_type, "For tests", &error);

  g_assert_no_error (error);
  function->version = g_strdup ("1.0");
  function->file = g_strdup ("/nowhere/demo.so");
  function->generation = 1;
  g_ptr_array_add (functions, function);
}

static void
add_functions (BusFixture *self)
{
  GPtrArray *functions = g_ptr_array_new ();

  add_function (functions, "multiply", "x i, y i", "i");
  add_function (functions, "echo", "value v", "v");
  add_function (functions, "nothing", "", "()");
  aq_function_table_set_plugin (aq_engine_get_functions (self->engine), "demo", functions);
  aq_engine_functions_changed (self->engine);
}

void
bus_fixture_set_up (BusFixture    *self,
                    gconstpointer  unused)
{
  g_autoptr(GError) error = NULL;
  AqBusSettings settings = { .uuid = "d10f43dc-ffdf-11dc-abd4-0017f2c49bdd", .version = "0.1.0" };

  self->folder = g_dir_make_tmp ("aq-XXXXXX", &error);
  g_assert_no_error (error);
  self->socket = g_build_filename (self->folder, "run", "bus", NULL);
  self->address = g_strconcat ("unix:path=", self->socket, NULL);

  self->clock = aq_clock_new_manual (START_USEC);
  self->store = aq_memory_store_new (self->clock);
  g_assert_true (aq_store_open (self->store, &error));
  self->engine = aq_engine_new (self->store, self->clock);
  g_assert_true (aq_engine_start (self->engine, &error));
  self->agent = aq_agent_new ("main", 3, NULL, NULL, &error);
  g_assert_true (aq_engine_configure_agent (self->engine, self->agent, &error));
  add_functions (self);

  settings.socket_path = self->socket;
  self->bus = aq_bus_new (self->engine, &settings);
  (void) aq_bus_start (self->bus, &error);
  g_assert_no_error (error);
  self->client = bus_fixture_connect (self);
}

static void
close_client (BusFixture *self)
{
  Answer answer = { 0 };

  if (self->client == NULL || g_dbus_connection_is_closed (self->client))
    return;
  g_dbus_connection_close (self->client, NULL, on_answer, &answer);
  bus_fixture_run_until (&answer.done);
  g_object_unref (answer.result);
}

void
bus_fixture_tear_down (BusFixture    *self,
                       gconstpointer  unused)
{
  g_autofree char *run = g_path_get_dirname (self->socket);
  g_autoptr(GError) error = NULL;

  close_client (self);
  g_clear_object (&self->client);
  g_clear_pointer (&self->bus, aq_bus_free);
  aq_engine_stop (self->engine);
  g_assert_true (aq_store_close (self->store, &error));
  aq_engine_free (self->engine);
  aq_agent_unref (self->agent);
  g_object_unref (self->store);
  /* what GDBus does behind our backs */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  aq_clock_unref (self->clock);

  g_assert_false (g_file_test (self->socket, G_FILE_TEST_EXISTS));
  (void) g_rmdir (run);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->socket);
  g_free (self->address);
}

GVariant *
bus_fixture_call_full (GDBusConnection  *client,
                       const char       *path,
                       const char       *interface,
                       const char       *method,
                       GVariant         *parameters,
                       GUnixFDList      *fds,
                       GError          **error)
{
  Answer answer = { 0 };
  GVariant *value;

  g_dbus_connection_call_with_unix_fd_list (client, "org.asyncq", path, interface, method,
                                            parameters, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                                            fds, NULL, on_answer, &answer);
  bus_fixture_run_until (&answer.done);
  value = g_dbus_connection_call_with_unix_fd_list_finish (client, NULL, answer.result, error);
  g_object_unref (answer.result);
  return value;
}

GVariant *
bus_fixture_call (BusFixture *self,
                  const char *path,
                  const char *interface,
                  const char *method,
                  GVariant   *parameters)
{
  g_autoptr(GError) error = NULL;
  GVariant *value =
    bus_fixture_call_full (self->client, path, interface, method, parameters, NULL, &error);

  g_assert_no_error (error);
  return value;
}

void
bus_fixture_check_error (const GError *error,
                         const char   *name,
                         const char   *text)
{
  g_autofree char *got = NULL;

  g_assert_nonnull (error);
  got = g_dbus_error_get_remote_error (error);
  if (g_strcmp0 (got, name) != 0)
    g_test_message ("%s", error->message);
  g_assert_cmpstr (got, ==, name);
  if (strstr (error->message, text) == NULL)
    g_error ("'%s' is not in the message: %s", text, error->message);
}

void
bus_fixture_refuse (BusFixture *self,
                    const char *path,
                    const char *interface,
                    const char *method,
                    GVariant   *parameters,
                    const char *name,
                    const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value =
    bus_fixture_call_full (self->client, path, interface, method, parameters, NULL, &error);

  g_assert_null (value);
  bus_fixture_check_error (error, name, text);
}

void
bus_fixture_assert_value (GVariant   *value,
                          const char *text)
{
  g_autoptr(GVariant) wanted = g_variant_ref_sink (g_variant_new_parsed (text, NULL));

  g_assert_cmpvariant (value, wanted);
}

guint64
bus_fixture_submit (BusFixture *self,
                    int         x,
                    int         y)
{
  g_autoptr(GVariant) ids = NULL;
  g_autoptr(GVariant) answer = NULL;
  g_autofree char *text = g_strdup_printf ("([{'function': <'demo.multiply'>, "
                                           "'arguments': <(%d, %d)>}],)", x, y);
  guint64 id;

  answer = bus_fixture_call (self, MANAGER_PATH, MANAGER, "Submit",
                             g_variant_new_parsed (text, NULL));
  ids = g_variant_get_child_value (answer, 0);
  g_assert_cmpuint (g_variant_n_children (ids), ==, 1);
  g_variant_get_child (ids, 0, "t", &id);
  return id;
}

guint64
bus_fixture_count_jobs (BusFixture *self)
{
  g_autoptr(GVariant) answer =
    bus_fixture_call (self, MANAGER_PATH, MANAGER, "ListJobs",
                      g_variant_new_parsed ("('', {'count-only': <true>})"));
  const char *text;

  g_variant_get_child (answer, 1, "&s", &text);
  return g_ascii_strtoull (text, NULL, 10);
}

char *
bus_fixture_job_path (guint64 id)
{
  return g_strdup_printf ("/org/asyncq/jobs/%" G_GUINT64_FORMAT, id);
}

GVariant *
bus_fixture_get (BusFixture *self,
                 const char *path,
                 const char *interface,
                 const char *property)
{
  g_autoptr(GVariant) answer = bus_fixture_call (self, path, PROPERTIES, "Get",
                                                 g_variant_new ("(ss)", interface, property));
  GVariant *value;

  g_variant_get (answer, "(v)", &value);
  return value;
}

static void
on_claimed (AqJob    **jobs,
            guint      n_jobs,
            guint64    revealed,
            gpointer   user_data)
{
  BusFixture *self = user_data;

  g_assert_cmpuint (n_jobs, ==, 1);
  self->claimed = jobs[0]->id;
  self->lease = jobs[0]->lease;
}

guint64
bus_fixture_claim (BusFixture *self)
{
  g_autoptr(GError) error = NULL;

  self->claimed = 0;
  aq_engine_claim (self->engine, self->agent, 1, on_claimed, self);
  g_assert_cmpuint (self->claimed, !=, 0);
  g_assert_true (aq_engine_start_job (self->engine, self->claimed, self->lease, 4242, &error));
  return self->claimed;
}

void
bus_fixture_finish (BusFixture *self,
                    GVariant   *value)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "broken");
  g_autoptr(AqResult) result =
    value != NULL ? aq_result_new_variant (value) : aq_result_new_failure (failure);
  AqFinishEvent event = {
    .id = self->claimed,
    .lease = self->lease,
    .started_usec = aq_clock_get_wall (self->clock),
    .ended_usec = aq_clock_get_wall (self->clock),
    .result = result,
    .failed = value == NULL,
    .returned = AQ_DRAFT_NO_PARENT,
  };

  g_assert_true (aq_engine_finish_job (self->engine, &event, &error));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The private socket: where it may be, and who may come in
 */

#include "config.h"

#include "bus-fixture.h"
#include "raw-client.h"

#include "bus/aq-bus-socket.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static guint
get_mode (const char *path)
{
  struct stat status;

  g_assert_cmpint (lstat (path, &status), ==, 0);
  return status.st_mode & 07777;
}

static void
refuse (const char *path,
        int         code,
        const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDBusServer) server = aq_bus_socket_listen (path, &error);

  g_assert_null (server);
  g_assert_error (error, ASYNCQ_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_others_are_kept_out_by_modes (BusFixture    *self,
                                   gconstpointer  unused)
{
  g_autofree char *folder = g_path_get_dirname (self->socket);

  g_assert_cmpuint (get_mode (self->socket), ==, 0660);
  g_assert_cmpuint (get_mode (folder) & 0007, ==, 0);
}

static void
test_long_path_is_refused (BusFixture    *self,
                           gconstpointer  unused)
{
  g_autoptr(GString) path = g_string_new (self->folder);
  g_autoptr(GDBusServer) server = NULL;
  g_autoptr(GError) error = NULL;

  g_string_append_c (path, '/');
  while (path->len < 107)
    g_string_append_c (path, 'x');
  server = aq_bus_socket_listen (path->str, &error);
  g_assert_no_error (error);
  g_dbus_server_start (server);
  g_dbus_server_stop (server);

  g_string_append_c (path, 'x');
  refuse (path->str, ASYNCQ_ERROR_CONFIG, "108 bytes, at most 107");
}

static void
test_relative_path_is_refused (void)
{
  refuse ("run/bus", ASYNCQ_ERROR_CONFIG, "not absolute");
}

static void
test_socket_of_a_living_daemon_is_left_alone (BusFixture    *self,
                                              gconstpointer  unused)
{
  refuse (self->socket, ASYNCQ_ERROR_BUSY, "another daemon");
  (void) bus_fixture_submit (self, 6, 7);
}

static void
test_socket_of_a_dead_daemon_is_replaced (BusFixture    *self,
                                          gconstpointer  unused)
{
  g_autofree char *path = g_build_filename (self->folder, "dead", NULL);
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(GSocket) socket =
    g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr(GDBusServer) server = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
  g_assert_true (g_socket_close (socket, NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  server = aq_bus_socket_listen (path, &error);
  g_assert_no_error (error);
  g_dbus_server_start (server);
  g_dbus_server_stop (server);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_file_that_is_no_socket_is_left_alone (BusFixture    *self,
                                           gconstpointer  unused)
{
  g_autofree char *path = g_build_filename (self->folder, "letter", NULL);

  g_assert_true (g_file_set_contents (path, "dear mother", -1, NULL));
  refuse (path, ASYNCQ_ERROR_CONFIG, "no socket");
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  (void) g_unlink (path);
}

static void
test_folder_that_cannot_be_made_is_named (BusFixture    *self,
                                          gconstpointer  unused)
{
  g_autofree char *file = g_build_filename (self->folder, "file", NULL);
  g_autofree char *folder = g_build_filename (file, "folder", NULL);
  g_autofree char *path = g_build_filename (folder, "bus", NULL);
  g_autoptr(GDBusServer) server = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "", -1, NULL));
  server = aq_bus_socket_listen (path, &error);
  g_assert_null (server);
  g_assert_nonnull (strstr (error->message, folder));
  (void) g_unlink (file);
}

static void
test_external_is_the_only_mechanism (BusFixture    *self,
                                     gconstpointer  unused)
{
  static const char * const lines[] = { "AUTH\r\n", "AUTH ANONYMOUS 61\r\n", "AUTH DBUS_COOKIE_SHA1 30\r\n" };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr(GSocketConnection) raw = raw_client_connect (self->socket);
      g_autofree char *answer = raw_client_say (raw, lines[i]);

      g_assert_cmpstr (answer, ==, "REJECTED EXTERNAL\r\n");
    }
}

static void
test_client_cannot_claim_to_be_somebody_else (BusFixture    *self,
                                              gconstpointer  unused)
{
  g_autoptr(GSocketConnection) raw = raw_client_connect (self->socket);
  /* "4242" */
  g_autofree char *answer = raw_client_say (raw, "AUTH EXTERNAL 34323432\r\n");

  g_assert_true (g_str_has_prefix (answer, "REJECTED"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bus_test ("/bus/socket/others-are-kept-out-by-modes", test_others_are_kept_out_by_modes);
  bus_test ("/bus/socket/long-path-is-refused", test_long_path_is_refused);
  g_test_add_func ("/bus/socket/relative-path-is-refused", test_relative_path_is_refused);
  bus_test ("/bus/socket/socket-of-a-living-daemon-is-left-alone",
            test_socket_of_a_living_daemon_is_left_alone);
  bus_test ("/bus/socket/socket-of-a-dead-daemon-is-replaced", test_socket_of_a_dead_daemon_is_replaced);
  bus_test ("/bus/socket/file-that-is-no-socket-is-left-alone", test_file_that_is_no_socket_is_left_alone);
  bus_test ("/bus/socket/folder-that-cannot-be-made-is-named", test_folder_that_cannot_be_made_is_named);
  bus_test ("/bus/socket/external-is-the-only-mechanism", test_external_is_the_only_mechanism);
  bus_test ("/bus/socket/client-cannot-claim-to-be-somebody-else",
            test_client_cannot_claim_to_be_somebody_else);
  return g_test_run ();
}

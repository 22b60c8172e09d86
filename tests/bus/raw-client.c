/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A client that does as it is told
 */

#include "config.h"

#include "raw-client.h"

#include "bus/aq-bus-host.h"

#include <gio/gunixsocketaddress.h>
#include <unistd.h>

GSocketConnection *
raw_client_connect (const char *path)
{
  g_autoptr(GSocketClient) factory = g_socket_client_new ();
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr(GError) error = NULL;
  GSocketConnection *client =
    g_socket_client_connect (factory, G_SOCKET_CONNECTABLE (address), NULL, &error);

  g_assert_no_error (error);
  /* the byte that carries the credentials */
  g_assert_true (raw_client_write (client, "", 1));
  return client;
}

gboolean
raw_client_write (GSocketConnection *client,
                  const char        *bytes,
                  gssize             n_bytes)
{
  GOutputStream *stream = g_io_stream_get_output_stream (G_IO_STREAM (client));

  return g_output_stream_write_all (stream, bytes, n_bytes >= 0 ? (gsize) n_bytes : strlen (bytes),
                                    NULL, NULL, NULL);
}

static gboolean
on_readable (GSocket      *socket,
             GIOCondition  condition,
             gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* the service shares our main loop: it has to run meanwhile */
static gssize
read_some (GSocketConnection *client,
           char              *buffer,
           gsize              size)
{
  GInputStream *stream = g_io_stream_get_input_stream (G_IO_STREAM (client));
  GSource *source =
    g_socket_create_source (g_socket_connection_get_socket (client), G_IO_IN, NULL);
  gboolean readable = FALSE;

  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), &readable, NULL);
  g_source_attach (source, NULL);
  while (!readable)
    g_main_context_iteration (NULL, TRUE);
  g_source_unref (source);
  return g_input_stream_read (stream, buffer, size, NULL, NULL);
}

char *
raw_client_say (GSocketConnection *client,
                const char        *line)
{
  char answer[200];
  gssize n;

  g_assert_true (raw_client_write (client, line, -1));
  n = read_some (client, answer, sizeof answer);
  g_assert_cmpint (n, >=, 0);
  return g_strndup (answer, n);
}

void
raw_client_log_in (GSocketConnection *client)
{
  g_autofree char *uid = g_strdup_printf ("%u", geteuid ());
  g_autoptr(GString) line = g_string_new ("AUTH EXTERNAL ");
  g_autofree char *answer = NULL;

  for (const char *c = uid; *c != '\0'; c++)
    g_string_append_printf (line, "%02x", *c);
  g_string_append (line, "\r\n");
  answer = raw_client_say (client, line->str);
  g_assert_true (g_str_has_prefix (answer, "OK "));
  g_assert_true (raw_client_write (client, "BEGIN\r\n", -1));
}

gboolean
raw_client_call (GSocketConnection *client,
                 const char        *method,
                 GVariant          *parameters)
{
  g_autoptr(GDBusMessage) message =
    g_dbus_message_new_method_call (NULL, AQ_BUS_MANAGER_PATH, AQ_BUS_MANAGER_INTERFACE, method);
  g_autofree guchar *blob = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;

  g_dbus_message_set_serial (message, 1);
  if (parameters != NULL)
    g_dbus_message_set_body (message, parameters);
  blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, &error);
  g_assert_no_error (error);
  return raw_client_write (client, (const char *) blob, size);
}

void
raw_client_answer (GSocketConnection *client)
{
  char buffer[4096];

  g_assert_cmpint (read_some (client, buffer, sizeof buffer), >, 0);
}

gsize
raw_client_drain (GSocketConnection *client)
{
  gsize total = 0;
  gssize n;
  char buffer[4096];

  while ((n = read_some (client, buffer, sizeof buffer)) > 0)
    total += n;
  return total;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Listening sockets
 *
 * libsoup could listen by itself. It does not, because connections are counted
 * before anything is read from them.
 */

#include "config.h"

#include "monitor/aq-monitor-listener.h"

#include "libasyncq/asyncq-error.h"
#include "socket/aq-socket-place.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 128
/* accepted in one turn of the loop: others want their turn, too */
#define MAX_ACCEPTS 32
/* without descriptors there is nothing to do but wait until some are free */
#define PAUSE_MSEC 250

struct _AqMonitorListener
{
  GSocket           *socket; /* owned */
  char              *path;   /* of a Unix socket, else NULL */
  GSource           *source; /* owned: incoming, or the end of a pause */
  AqMonitorAccepted  accepted;
  gpointer           user_data;
};

static void wait_for_connections (AqMonitorListener *self);

static AqMonitorListener *
listen_at (GSocketAddress  *address,
           const char      *name,
           GError         **error)
{
  g_autoptr(AqMonitorListener) self = g_new0 (AqMonitorListener, 1);
  g_autoptr(GError) reason = NULL;

  self->socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_DEFAULT, &reason);
  if (self->socket != NULL)
    {
      g_socket_set_blocking (self->socket, FALSE);
      g_socket_set_listen_backlog (self->socket, BACKLOG);
    }
  if (self->socket == NULL || !g_socket_bind (self->socket, address, TRUE, &reason) ||
      !g_socket_listen (self->socket, &reason))
    {
      g_set_error (error, ASYNCQ_ERROR,
                   g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE) ? ASYNCQ_ERROR_BUSY
                                                                                   : ASYNCQ_ERROR_FAILED,
                   "the monitor could not listen at '%s': %s", name, reason->message);
      return NULL;
    }
  return g_steal_pointer (&self);
}

static AqMonitorListener *
listen_at_path (const char  *path,
                GError     **error)
{
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  /* so that there is no moment at which others could connect */
  mode_t old_mask = umask (0777 & ~AQ_SOCKET_PLACE_MODE);
  AqMonitorListener *self = listen_at (address, path, error);

  (void) umask (old_mask);
  if (self != NULL)
    self->path = g_strdup (path);
  return self;
}

/**
 * aq_monitor_listener_new_unix:
 * @path: where; its folder is made if there is none
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_CONFIG` if the path cannot be used, `ASYNCQ_ERROR_BUSY`
 * if somebody listens there, else `ASYNCQ_ERROR_FAILED`; the message names it.
 *
 * Returns: (transfer full): a listener, not started, or %NULL with @error set
 *
 * Since: 0.1
 */
AqMonitorListener *
aq_monitor_listener_new_unix (const char  *path,
                              GError     **error)
{
  AqMonitorListener *self;
  int lock = aq_socket_place_take (path, "the monitor", error);

  if (lock < 0)
    return NULL;
  self = listen_at_path (path, error);
  (void) close (lock);
  return self;
}

/* TCP */

/* names are not looked up: the loop does not wait for a name server */
static GSocketAddress *
parse_address (const char  *text,
               GError     **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = colon != NULL ? g_strndup (text, colon - text) : NULL;
  GSocketAddress *address = NULL;
  guint64 port;
  gsize length;

  if (host != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    {
      length = strlen (host);
      if (g_str_equal (host, "localhost"))
        address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
      else if (length > 2 && host[0] == '[' && host[length - 1] == ']')
        {
          host[length - 1] = '\0';
          address = g_inet_socket_address_new_from_string (host + 1, port);
        }
      else if (strchr (host, ':') == NULL)
        address = g_inet_socket_address_new_from_string (host, port);
    }
  if (address == NULL)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                 "the monitor cannot listen at '%s': 127.0.0.1:PORT, [::1]:PORT or localhost:PORT is wanted",
                 text);
  return address;
}

/**
 * aq_monitor_listener_new_tcp:
 * @host_and_port: a numeric address or `localhost`, and a port; 0 takes a free one
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`, `ASYNCQ_ERROR_BUSY`, `ASYNCQ_ERROR_FAILED`; the
 * message names the address.
 *
 * Returns: (transfer full): a listener, not started, or %NULL with @error set
 *
 * Since: 0.1
 */
AqMonitorListener *
aq_monitor_listener_new_tcp (const char  *host_and_port,
                             GError     **error)
{
  g_autoptr(GSocketAddress) address = parse_address (host_and_port, error);

  return address != NULL ? listen_at (address, host_and_port, error) : NULL;
}

static void
drop_source (AqMonitorListener *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
aq_monitor_listener_free (AqMonitorListener *self)
{
  drop_source (self);
  if (self->path != NULL)
    (void) g_unlink (self->path);
  g_clear_object (&self->socket);
  g_free (self->path);
  g_free (self);
}

static GInetSocketAddress *
dup_local_address (AqMonitorListener *self)
{
  g_autoptr(GSocketAddress) address = g_socket_get_local_address (self->socket, NULL);

  return G_IS_INET_SOCKET_ADDRESS (address) ? G_INET_SOCKET_ADDRESS (g_steal_pointer (&address)) : NULL;
}

/* Returns: 0 for a Unix socket */
guint
aq_monitor_listener_get_port (AqMonitorListener *self)
{
  g_autoptr(GInetSocketAddress) address = dup_local_address (self);

  return address != NULL ? g_inet_socket_address_get_port (address) : 0;
}

/* Returns: (transfer full): ws+unix:PATH, or ws://HOST:PORT/ */
char *
aq_monitor_listener_dup_address (AqMonitorListener *self)
{
  g_autoptr(GInetSocketAddress) address = dup_local_address (self);
  g_autofree char *host = NULL;

  if (address == NULL)
    return g_strconcat ("ws+unix:", self->path, NULL);
  host = g_inet_address_to_string (g_inet_socket_address_get_address (address));
  return g_strdup_printf (strchr (host, ':') != NULL ? "ws://[%s]:%u/" : "ws://%s:%u/", host,
                          aq_monitor_listener_get_port (self));
}

static gboolean
on_pause_over (gpointer user_data)
{
  AqMonitorListener *self = user_data;

  wait_for_connections (self);
  return G_SOURCE_REMOVE;
}

static void
pause_accepting (AqMonitorListener *self,
                 const GError      *error)
{
  g_warning ("could not accept a connection of the monitor, trying again soon: %s", error->message);
  drop_source (self);
  self->source = g_timeout_source_new (PAUSE_MSEC);
  g_source_set_callback (self->source, on_pause_over, self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

static gboolean
on_incoming (GSocket      *socket,
             GIOCondition  condition,
             gpointer      user_data)
{
  AqMonitorListener *self = user_data;

  for (guint i = 0; i < MAX_ACCEPTS; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GSocket) accepted = g_socket_accept (socket, NULL, &error);

      if (accepted != NULL)
        {
          self->accepted (accepted, self->user_data);
          continue;
        }
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) &&
          !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
        {
          pause_accepting (self, error);
          return G_SOURCE_REMOVE;
        }
      break;
    }
  return G_SOURCE_CONTINUE;
}

static void
wait_for_connections (AqMonitorListener *self)
{
  drop_source (self);
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, (GSourceFunc) (void (*) (void)) on_incoming, self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

/**
 * aq_monitor_listener_start:
 * @self: a listener
 * @accepted: called with each connection, which it may keep a reference to
 * @user_data: for @accepted
 *
 * Since: 0.1
 */
void
aq_monitor_listener_start (AqMonitorListener *self,
                           AqMonitorAccepted  accepted,
                           gpointer           user_data)
{
  self->accepted = accepted;
  self->user_data = user_data;
  wait_for_connections (self);
}

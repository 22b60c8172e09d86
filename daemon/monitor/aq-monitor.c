/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The monitor
 *
 * Listeners take connections, places count them, the server serves them. On the
 * Unix socket the kernel names the user at the other end, and that is all that
 * counts; on TCP the guard decides request by request.
 */

#include "config.h"

#include "monitor/aq-monitor.h"

#include "monitor/aq-monitor-guard.h"
#include "monitor/aq-monitor-listener.h"
#include "monitor/aq-monitor-server.h"
#include "monitor/aq-monitor-stream.h"

#include <gio/gunixcredentialsmessage.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* reliability S9, S10 */
#define MAX_QUEUED_BYTES (1024 * 1024)
/* a line of a megabyte still gets an answer that says what is wrong with it */
#define MAX_MESSAGE_BYTES (1024 * 1024)
#define MAX_MESSAGES_PER_SECOND 100

struct _AqMonitor
{
  AqMonitorContext     context;
  char                *socket_path;
  char                *tcp;
  char                *token_file;
  char               **allowed_hosts;
  char               **allowed_origins;
  gboolean             optional;
  AqMonitorPeerLimits  limits;

  AqMonitorPlaces     *places;        /* owned; and the rest, while it is started */
  AqMonitorListener   *unix_listener; /* nullable */
  AqMonitorListener   *tcp_listener;  /* nullable */
  AqMonitorGuard      *guard;
  AqMonitorServer     *server;
  char                *address;       /* "": it listens nowhere */
  guint64              n_refused;     /* connections for which there was no place, or whose user is another */
};

static guint
value_or (guint value,
          guint otherwise)
{
  return value != 0 ? value : otherwise;
}

/**
 * aq_monitor_new:
 * @context: what the monitor may look at; all of it outlives the monitor
 * @settings: where it listens, and for whom
 *
 * Returns: (transfer full): a monitor, not started
 *
 * Since: 0.1
 */
AqMonitor *
aq_monitor_new (const AqMonitorContext  *context,
                const AqMonitorSettings *settings)
{
  AqMonitor *self = g_new0 (AqMonitor, 1);

  self->context = *context;
  self->socket_path = g_strdup (settings->socket_path);
  self->tcp = g_strdup (settings->tcp);
  self->token_file = g_strdup (settings->token_file);
  self->allowed_hosts = g_strdupv ((char **) settings->allowed_hosts);
  self->allowed_origins = g_strdupv ((char **) settings->allowed_origins);
  self->optional = settings->optional;
  self->limits = (AqMonitorPeerLimits) {
    .ping_seconds = value_or (settings->ping_seconds, AQ_MONITOR_DEFAULT_PING_SECONDS),
    .max_queued_bytes = MAX_QUEUED_BYTES,
    .max_message_bytes = MAX_MESSAGE_BYTES,
    .max_per_second = MAX_MESSAGES_PER_SECOND,
  };
  self->places =
    aq_monitor_places_new (value_or (settings->max_connections, AQ_MONITOR_DEFAULT_CONNECTIONS),
                           value_or (settings->max_connections_each, AQ_MONITOR_DEFAULT_CONNECTIONS_EACH));
  self->address = g_strdup ("");
  return self;
}

/* who is at the other end: "uid 1000", or an address; NULL: may not be there */
static char *
identify (GSocket  *socket,
          gboolean *out_allowed)
{
  g_autoptr(GSocketAddress) address = NULL;

  if (g_socket_get_family (socket) == G_SOCKET_FAMILY_UNIX)
    {
      g_autoptr(GCredentials) credentials = g_socket_get_credentials (socket, NULL);
      uid_t uid = credentials != NULL ? g_credentials_get_unix_user (credentials, NULL) : (uid_t) -1;

      *out_allowed = uid == geteuid () || uid == 0;
      return g_strdup_printf ("uid %u", uid);
    }
  *out_allowed = TRUE;
  address = g_socket_get_remote_address (socket, NULL);
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return g_strdup ("an unknown address");
  return g_inet_address_to_string (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
}

/* said before anything is read, as far as it fits: whoever floods us is not waited for */
static void
turn_away (GSocket *socket)
{
  static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

  (void) g_socket_send (socket, answer, strlen (answer), NULL, NULL);
}

/* the first, the second, the fourth …: a flood of them makes no flood of lines */
static gboolean
is_worth_a_line (guint64 n)
{
  return (n & (n - 1)) == 0;
}

static void
on_accepted (GSocket *socket,
             gpointer user_data)
{
  AqMonitor *self = user_data;
  gboolean allowed = FALSE;
  g_autofree char *owner = identify (socket, &allowed);
  g_autoptr(AqMonitorStream) stream = NULL;
  g_autoptr(GError) error = NULL;

  g_socket_set_blocking (socket, FALSE);
  if (!allowed)
    {
      self->n_refused++;
      g_message ("monitor refuses %s: the socket is for our own user and root", owner);
      return;
    }
  stream = aq_monitor_stream_new (socket, self->places, owner, &error);
  if (stream == NULL)
    {
      turn_away (socket);
      if (is_worth_a_line (++self->n_refused))
        g_message ("monitor refuses a connection, number %" G_GUINT64_FORMAT ": %s", self->n_refused,
                   error->message);
      return;
    }
  aq_monitor_server_accept (self->server, stream);
}

/* FALSE with @error set, unless it may be missing */
static gboolean
may_go_on (AqMonitor          *self,
           AqMonitorListener  *listener,
           GError             *reason,
           GError            **error)
{
  if (listener != NULL)
    return TRUE;
  if (!self->optional)
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  g_warning ("%s; going on without", reason->message);
  g_error_free (reason);
  return TRUE;
}

static gboolean
open_listeners (AqMonitor  *self,
                GError    **error)
{
  GError *reason = NULL;

  if (self->socket_path != NULL)
    {
      self->unix_listener = aq_monitor_listener_new_unix (self->socket_path, &reason);
      if (!may_go_on (self, self->unix_listener, reason, error))
        return FALSE;
    }
  reason = NULL;
  if (self->tcp != NULL)
    {
      self->tcp_listener = aq_monitor_listener_new_tcp (self->tcp, &reason);
      if (!may_go_on (self, self->tcp_listener, reason, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_guard (AqMonitor  *self,
            GError    **error)
{
  g_autofree char *token = NULL;
  guint port = 0;

  if (self->tcp_listener != NULL)
    {
      token = aq_monitor_token_load (self->token_file, error);
      if (token == NULL)
        return FALSE;
      port = aq_monitor_listener_get_port (self->tcp_listener);
    }
  self->guard = aq_monitor_guard_new (token, port, (const char * const *) self->allowed_hosts,
                                      (const char * const *) self->allowed_origins);
  return TRUE;
}

static char *
dup_address (AqMonitor *self)
{
  g_autofree char *unix_address =
    self->unix_listener != NULL ? aq_monitor_listener_dup_address (self->unix_listener) : NULL;
  g_autofree char *tcp_address =
    self->tcp_listener != NULL ? aq_monitor_listener_dup_address (self->tcp_listener) : NULL;

  if (unix_address != NULL && tcp_address != NULL)
    return g_strconcat (unix_address, " ", tcp_address, NULL);
  return g_strdup (unix_address != NULL ? unix_address : tcp_address != NULL ? tcp_address : "");
}

/**
 * aq_monitor_start:
 * @self: a monitor
 * @error: return location for an error
 *
 * Starts to listen.
 *
 * Errors: `ASYNCQ_ERROR_BUSY` if an address is in use, `ASYNCQ_ERROR_CONFIG`,
 * `ASYNCQ_ERROR_FAILED`; the message names the address or the file.
 *
 * Returns: whether it listens wherever it has to
 *
 * Since: 0.1
 */
gboolean
aq_monitor_start (AqMonitor  *self,
                  GError    **error)
{
  if (!open_listeners (self, error) || !make_guard (self, error))
    {
      aq_monitor_stop (self);
      return FALSE;
    }
  self->server = aq_monitor_server_new (&self->context, self->guard, &self->limits);
  if (self->unix_listener != NULL)
    aq_monitor_listener_start (self->unix_listener, on_accepted, self);
  if (self->tcp_listener != NULL)
    aq_monitor_listener_start (self->tcp_listener, on_accepted, self);
  g_free (self->address);
  self->address = dup_address (self);
  return TRUE;
}

/* closes everything; may be called when it is not started */
void
aq_monitor_stop (AqMonitor *self)
{
  g_clear_pointer (&self->unix_listener, aq_monitor_listener_free);
  g_clear_pointer (&self->tcp_listener, aq_monitor_listener_free);
  g_clear_pointer (&self->server, aq_monitor_server_free);
  g_clear_pointer (&self->guard, aq_monitor_guard_free);
}

void
aq_monitor_free (AqMonitor *self)
{
  aq_monitor_stop (self);
  aq_monitor_places_unref (self->places);
  g_free (self->socket_path);
  g_free (self->tcp);
  g_free (self->token_file);
  g_strfreev (self->allowed_hosts);
  g_strfreev (self->allowed_origins);
  g_free (self->address);
  g_free (self);
}

/**
 * aq_monitor_get_address:
 * @self: a monitor
 *
 * Returns: where it listens: `ws+unix:PATH`, `ws://HOST:PORT/`, both with a
 *   space between them, or "" before the start
 *
 * Since: 0.1
 */
const char *
aq_monitor_get_address (AqMonitor *self)
{
  return self->address;
}

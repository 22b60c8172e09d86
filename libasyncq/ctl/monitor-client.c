/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A client of the monitor
 *
 * The monitor speaks a text protocol, "asyncq.text", over WebSocket: every message
 * to it is a line. This is the only file of asyncqctl that knows libsoup.
 *
 * Everything comes in the default main context. A handler may free the client.
 */

#include "config.h"

#include "monitor-client.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n.h>
#include <libsoup/soup.h>
#include <string.h>

#define PROTOCOL "asyncq.text"
#define UNIX_PREFIX "ws+unix:"
/* an answer may tell of 400 polls with 1,000 jobs each */
#define MAX_MESSAGE_BYTES (64 * 1024 * 1024)

struct _MonitorClient
{
  SoupWebsocketConnection *connection; /* owned */
  MonitorClientMessage     message;
  MonitorClientClosed      closed;
  gpointer                 user_data;
  char                    *failure;    /* of the connection, nullable */
};

/*
 * A session and a message for an address: "ws+unix:PATH", "ws://HOST:PORT/", or both with a blank
 * between them, of which the first is taken.
 */
static gboolean
prepare (const char   *address,
         SoupSession **out_session,
         SoupMessage **out_message)
{
  if (g_str_has_prefix (address, UNIX_PREFIX))
    {
      g_auto(GStrv) both = g_strsplit (address + strlen (UNIX_PREFIX), " ws://", 2);
      g_autoptr(GSocketAddress) socket_address = g_unix_socket_address_new (both[0]);

      *out_session = soup_session_new_with_options ("remote-connectable", socket_address, NULL);
      *out_message = soup_message_new (SOUP_METHOD_GET, "ws://localhost/");
      return TRUE;
    }
  *out_message = g_str_has_prefix (address, "ws://") ? soup_message_new (SOUP_METHOD_GET, address) : NULL;
  if (*out_message == NULL)
    return FALSE;
  *out_session = soup_session_new ();
  return TRUE;
}

/* ---- connecting ---- */

typedef struct
{
  SoupWebsocketConnection *connection;
  GError                  *error;
  gboolean                 done;
} Attempt;

static void
on_connected (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Attempt *attempt = user_data;

  attempt->connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &attempt->error);
  attempt->done = TRUE;
}

/* says what an attempt failed of; consumes @reason */
static void
describe_failure (const char   *address,
                  SoupMessage  *message,
                  GError       *reason,
                  GError      **error)
{
  guint status = soup_message_get_status (message);

  if (status == SOUP_STATUS_UNAUTHORIZED)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_ALLOWED,
                 /* TRANSLATORS: %s is an address */
                 _("the monitor at '%s' wants its token, in ASYNCQ_MONITOR_TOKEN"), address);
  else if (status >= 300)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_ALLOWED,
                 /* TRANSLATORS: an address, and the number and text of an HTTP status */
                 _("the monitor at '%s' refuses: %u %s"), address, status,
                 soup_message_get_reason_phrase (message));
  else
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                 /* TRANSLATORS: an address, and what the system says */
                 _("no monitor answers at '%s': %s"), address, reason->message);
  g_error_free (reason);
}

static SoupWebsocketConnection *
connect_to (const char  *address,
            GError     **error)
{
  g_autoptr(SoupSession) session = NULL;
  g_autoptr(SoupMessage) message = NULL;
  const char *token = g_getenv ("ASYNCQ_MONITOR_TOKEN");
  char *protocols[] = { (char *) PROTOCOL, NULL };
  Attempt attempt = { NULL, NULL, FALSE };

  if (!prepare (address, &session, &message))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   /* TRANSLATORS: %s is what was given for an address */
                   _("'%s' is no address of a monitor"), address);
      return NULL;
    }
  if (token != NULL)
    {
      g_autofree char *value = g_strconcat ("Bearer ", token, NULL);

      soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
    }
  soup_session_websocket_connect_async (session, message, NULL, protocols, G_PRIORITY_DEFAULT, NULL,
                                        on_connected, &attempt);
  while (!attempt.done)
    g_main_context_iteration (NULL, TRUE);
  if (attempt.connection == NULL)
    describe_failure (address, message, attempt.error, error);
  return attempt.connection;
}

/* ---- the conversation ---- */

static void
on_message (SoupWebsocketConnection *connection,
            int                      type,
            GBytes                  *message,
            gpointer                 user_data)
{
  MonitorClient *self = user_data;

  /* libsoup has checked that it is UTF-8, and ends it with a NUL */
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    self->message (g_bytes_get_data (message, NULL), self->user_data);
}

static void
on_error (SoupWebsocketConnection *connection,
          GError                  *error,
          gpointer                 user_data)
{
  MonitorClient *self = user_data;

  g_free (self->failure);
  self->failure = g_strdup (error->message);
}

static void
on_closed (SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  MonitorClient *self = user_data;
  const char *data = soup_websocket_connection_get_close_data (connection);
  gushort code = soup_websocket_connection_get_close_code (connection);
  g_autofree char *reason = NULL;

  if (self->failure != NULL)
    reason = g_strdup (self->failure);
  else if (code != SOUP_WEBSOCKET_CLOSE_NORMAL)
    reason = data != NULL && *data != '\0' ? g_strdup (data) : g_strdup (_("the connection has ended"));
  self->closed (reason, self->user_data);
}

/*
 * Connects, and blocks until that is done. @address is what the daemon has for its
 * property MonitorAddress. Nothing is called before this has returned.
 */
MonitorClient *
monitor_client_new (const char            *address,
                    MonitorClientMessage   message,
                    MonitorClientClosed    closed,
                    gpointer               user_data,
                    GError               **error)
{
  SoupWebsocketConnection *connection = connect_to (address, error);
  MonitorClient *self;

  if (connection == NULL)
    return NULL;
  self = g_new0 (MonitorClient, 1);
  self->connection = connection;
  self->message = message;
  self->closed = closed;
  self->user_data = user_data;
  soup_websocket_connection_set_max_incoming_payload_size (connection, MAX_MESSAGE_BYTES);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), self);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), self);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  return self;
}

void
monitor_client_free (MonitorClient *self)
{
  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_object_unref (self->connection);
  g_free (self->failure);
  g_free (self);
}

/* a line after the end is lost: nobody would answer it */
void
monitor_client_say (MonitorClient *self,
                    const char    *line)
{
  if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (self->connection, line);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The server
 *
 * One handler has every path, so that the guard, which runs before anything else
 * is read, has them, too: in libsoup an early handler of "/" would not see a
 * request for a path that has a handler of its own. Bodies are refused: nothing
 * we serve needs one. Range and extensions are taken out of a request before
 * libsoup looks at them; HTTP/2 is not offered without TLS.
 *
 * After the answer 101 the connection is taken from libsoup's HTTP server and
 * given to a peer, with our own extension (see aq-monitor-frames.h).
 */

#include "config.h"

#include "monitor/aq-monitor-server.h"

#include <string.h>

#define SUBPROTOCOL "asyncq.text"
#define STREAM_KEY "aq-monitor-stream"
#define MAX_SHOWN 80
#define MISDIRECTED 421

static const char welcome[] =
  "This is the monitor of asyncqd. It speaks WebSocket, subprotocol " SUBPROTOCOL ", at / and /ws:\n"
  "send \"help\", or use asyncqctl monitor.\n";

struct _AqMonitorServer
{
  AqMonitorContext     context;
  AqMonitorGuard      *guard;  /* not owned */
  AqMonitorPeerLimits  limits;
  SoupServer          *soup;   /* owned */
  AqWatchFeed         *feed;   /* owned */
  GPtrArray           *peers;  /* of AqMonitorPeer, owned */
};

static AqMonitorStream *
get_stream (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address (message)), STREAM_KEY);
}

/* requests */

/* libsoup does not know 421 (RFC 9110, section 15.5.20) */
static const char *
get_phrase (guint status)
{
  return status == MISDIRECTED ? "Misdirected Request" : soup_status_get_phrase (status);
}

static void
respond (SoupServerMessage *message,
         guint              status,
         const char        *text)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Connection", "close");
  /* a failed handshake has said something already */
  soup_server_message_set_status (message, status, get_phrase (status));
  soup_message_body_truncate (soup_server_message_get_response_body (message));
  if (text != NULL)
    soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, text,
                                      strlen (text));
}

/* libsoup answers when it has read the body; nobody says how long that is, so we do not wait for it */
static void
respond_at_once (SoupServerMessage *message,
                 guint              status,
                 const char        *text)
{
  g_autoptr(GIOStream) stream = soup_server_message_steal_connection (message);
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %" G_GSIZE_FORMAT
                                             "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s",
                                             status, get_phrase (status), strlen (text), text);

  if (stream == NULL)
    return;
  /* these are the first bytes on their way, so there is room for them; if not, there is nobody to tell */
  (void) g_pollable_output_stream_write_nonblocking (
    G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)), answer, strlen (answer), NULL, NULL);
  (void) g_io_stream_close (stream, NULL, NULL);
}

/* what a stranger has sent, fit for the log */
static char *
shorten (const char *text)
{
  g_autofree char *start = g_strndup (text != NULL ? text : "", MAX_SHOWN);

  return g_strescape (start, NULL);
}

static gboolean
has_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return soup_message_headers_get_list (headers, "Transfer-Encoding") != NULL ||
         soup_message_headers_get_content_length (headers) > 0;
}

static void
refuse (SoupServerMessage      *message,
        const AqMonitorRequest *request,
        guint                   status,
        const char             *reason)
{
  g_autoptr(AqMonitorStream) stream = g_object_ref (get_stream (message));
  g_autofree char *path = shorten (request->path);
  g_autofree char *host = shorten (request->host);
  g_autofree char *origin = shorten (request->origin);
  g_autofree char *text = g_strdup_printf ("%s\n", reason);

  g_message ("monitor refuses %s %s of %s with %u: %s (Host \"%s\", Origin \"%s\")", request->method, path,
             aq_monitor_stream_get_owner (stream), status, reason, host, origin);
  if (status == SOUP_STATUS_UNAUTHORIZED)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "WWW-Authenticate",
                                  "Bearer realm=\"asyncq\"");
  aq_monitor_stream_linger (stream);
  if (has_body (message))
    respond_at_once (message, status, text);
  else
    respond (message, status, text);
}

typedef struct
{
  const char *name;
  const char *value;
  guint       n;
} HeaderCount;

static void
count_header (const char *name,
              const char *value,
              gpointer    user_data)
{
  HeaderCount *header = user_data;

  if (g_ascii_strcasecmp (name, header->name) != 0)
    return;
  header->value = value;
  header->n++;
}

/* libsoup's own getters join several, or take one of them */
static const char *
get_header (SoupMessageHeaders *headers,
            const char         *name,
            guint              *out_n)
{
  HeaderCount header = { .name = name };

  soup_message_headers_foreach (headers, count_header, &header);
  *out_n = header.n;
  return header.value;
}

/* a header that must not come twice */
static const char *
get_only_header (SoupMessageHeaders *headers,
                 const char         *name)
{
  guint n;
  const char *value = get_header (headers, name, &n);

  return n > 1 ? "" : value;
}

static void
describe_request (SoupServerMessage *message,
                  AqMonitorRequest  *request)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  *request = (AqMonitorRequest) {
    .local = aq_monitor_stream_is_local (get_stream (message)),
    .method = soup_server_message_get_method (message),
    .path = g_uri_get_path (soup_server_message_get_uri (message)),
    .upgrade = soup_message_headers_get_list (headers, "Upgrade") != NULL,
    .authorization = get_only_header (headers, "Authorization"),
    .cookie = get_only_header (headers, "Cookie"),
  };
  request->host = get_header (headers, "Host", &request->n_hosts);
  request->origin = get_header (headers, "Origin", &request->n_origins);
}

static gboolean
has_path (const AqMonitorRequest *request)
{
  return g_str_equal (request->path, "/") || g_str_equal (request->path, "/ws");
}

/* the guard, and what is wrong with a request whoever sends it */
static void
on_headers (SoupServer        *soup,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  AqMonitorServer *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  AqMonitorRequest request;
  const char *reason = NULL;
  guint status;

  soup_message_headers_remove (headers, "Range");
  soup_message_headers_remove (headers, "Sec-WebSocket-Extensions");
  describe_request (message, &request);
  status = aq_monitor_guard_check (self->guard, &request, &reason);
  if (status != 0)
    refuse (message, &request, status, reason);
  else if (has_body (message))
    refuse (message, &request, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "a request must not have a body");
  else if (g_str_equal (request.path, "/login") ? !g_str_equal (request.method, "POST")
                                                : has_path (&request) && !g_str_equal (request.method, "GET"))
    refuse (message, &request, SOUP_STATUS_METHOD_NOT_ALLOWED, "that method is not for this path");
}

static void
log_in (AqMonitorServer   *self,
        SoupServerMessage *message)
{
  g_autofree char *cookie = g_strdup_printf (AQ_MONITOR_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict",
                                             aq_monitor_guard_get_session (self->guard));

  soup_message_headers_append (soup_server_message_get_response_headers (message), "Set-Cookie", cookie);
  respond (message, SOUP_STATUS_NO_CONTENT, NULL);
}

static void
on_gone (AqMonitorPeer *peer,
         const char    *reason,
         gpointer       user_data)
{
  AqMonitorServer *self = user_data;

  if (reason != NULL)
    g_message ("monitor has closed a connection: %s", reason);
  (void) g_ptr_array_remove_fast (self->peers, peer);
}

static void
on_switched (SoupServerMessage *message,
             gpointer           user_data)
{
  AqMonitorServer *self = user_data;
  AqMonitorStream *stream = get_stream (message);
  g_autoptr(GIOStream) stolen = NULL;

  if (soup_server_message_get_status (message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;
  g_object_ref (message);
  stolen = soup_server_message_steal_connection (message);
  if (stolen != NULL)
    g_ptr_array_add (self->peers,
                     aq_monitor_peer_new (&self->context, self->feed, stream, stolen,
                                          soup_server_message_get_uri (message), &self->limits, on_gone, self));
  g_object_unref (message);
}

static void
upgrade (AqMonitorServer        *self,
         SoupServerMessage      *message,
         const AqMonitorRequest *request)
{
  static const char * const protocols[] = { SUBPROTOCOL, NULL };

  if (soup_websocket_server_process_handshake (message, NULL, (char **) protocols, NULL, NULL))
    g_signal_connect (message, "wrote-informational", G_CALLBACK (on_switched), self);
  else
    refuse (message, request, SOUP_STATUS_BAD_REQUEST,
            "that is no WebSocket handshake of version 13, or not for subprotocol " SUBPROTOCOL);
}

static void
on_request (SoupServer        *soup,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  AqMonitorServer *self = user_data;
  AqMonitorRequest request;

  describe_request (message, &request);
  if (g_str_equal (request.path, "/login"))
    log_in (self, message);
  else if (!has_path (&request))
    refuse (message, &request, SOUP_STATUS_NOT_FOUND, "there is nothing at this path");
  else if (request.upgrade)
    upgrade (self, message, &request);
  else
    respond (message, SOUP_STATUS_OK, welcome);
}

/* what is refused has a body all the same, which must not be gathered */
static void
on_request_started (SoupServer        *soup,
                    SoupServerMessage *message,
                    gpointer           user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
free_peer (gpointer peer)
{
  aq_monitor_peer_free (peer);
}

/**
 * aq_monitor_server_new:
 * @context: what peers may look at
 * @guard: who may come in; outlives the server
 * @limits: what peers are held to
 *
 * Returns: (transfer full): a server
 *
 * Since: 0.1
 */
AqMonitorServer *
aq_monitor_server_new (const AqMonitorContext    *context,
                       AqMonitorGuard            *guard,
                       const AqMonitorPeerLimits *limits)
{
  AqMonitorServer *self = g_new0 (AqMonitorServer, 1);

  self->context = *context;
  self->guard = guard;
  self->limits = *limits;
  self->feed = aq_watch_feed_new (context->engine);
  self->peers = g_ptr_array_new_with_free_func (free_peer);
  self->soup = soup_server_new (NULL, NULL);
  soup_server_remove_websocket_extension (self->soup, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  g_signal_connect (self->soup, "request-started", G_CALLBACK (on_request_started), self);
  soup_server_add_early_handler (self->soup, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  return self;
}

void
aq_monitor_server_free (AqMonitorServer *self)
{
  g_ptr_array_unref (self->peers);
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  aq_watch_feed_free (self->feed);
  g_free (self);
}

/**
 * aq_monitor_server_accept:
 * @self: a server
 * @stream: a connection whose owner may be served
 *
 * Since: 0.1
 */
void
aq_monitor_server_accept (AqMonitorServer *self,
                          AqMonitorStream *stream)
{
  /* libsoup wants addresses of TCP; the remote one is ours alone, so it leads back to the stream */
  g_autoptr(GSocketAddress) local = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr(GSocketAddress) remote = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr(GError) error = NULL;

  g_object_set_data_full (G_OBJECT (remote), STREAM_KEY, g_object_ref (stream), g_object_unref);
  if (!soup_server_accept_iostream (self->soup, G_IO_STREAM (stream), local, remote, &error))
    g_warning ("monitor could not serve a connection: %s", error->message);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One peer
 *
 * libsoup's queue has no bound, so it never has more than one message of ours:
 * the next is given to it when the kernel has taken the one before (`queued` of
 * the frames equals `written` of the stream). What waits meanwhile waits here:
 * answers, at most max_queued_bytes, and the lines of the watch, which bounds
 * itself. A peer that breaks a limit is closed with a code and a reason.
 *
 * What a peer does not do is counted in pings, which libsoup sends every
 * `ping_seconds` of the main loop's time: no message for IDLE_PINGS closes a
 * peer without a watch, no sign of life for DEAD_PINGS and no byte taken for
 * STALLED_PINGS cut off any. A manual clock that is moved by a year cuts nobody.
 *
 * The end is one way: a close, answered by the peer or timed out, or an error;
 * then gone(), from the main loop and never from within a call of libsoup's or of the session.
 */

#include "config.h"

#include "monitor/aq-monitor-peer.h"

#include "monitor/aq-text-session.h"
#include "monitor/aq-watch.h"

#define IDLE_PINGS 10
#define DEAD_PINGS 3
#define STALLED_PINGS 2
/* in one message: several lines, but small enough that pongs do not wait for long */
#define MAX_LINES_BYTES (64 * 1024)
/* for a close to reach a peer that reads slowly */
#define CLOSE_SECONDS 5

struct _AqMonitorPeer
{
  AqMonitorStream         *stream;     /* owned */
  SoupWebsocketConnection *connection; /* owned */
  AqMonitorFrames         *frames;     /* owned */
  AqTextSession           *session;    /* owned */
  AqWatchFeed             *feed;       /* not owned */
  AqWatch                 *watch;      /* owned, nullable */
  AqMonitorPeerLimits      limits;
  AqMonitorPeerGone        gone;
  gpointer                 user_data;

  GQueue    answers;       /* of char *, owned: not sent yet */
  gsize     answers_bytes;
  gboolean  last_answer;   /* close when they are sent */
  guint64   written_base;  /* bytes that the stream had written before there were frames */
  GSource  *writable;      /* owned, nullable: libsoup still has a message of ours */
  GSource  *end;           /* owned, nullable: closes with `code` and `reason`, or tells that it is gone */
  GSource  *close_timer;   /* owned, nullable: cuts a peer that does not take a close */

  gushort   code;          /* to close with; 0: nothing to close */
  char     *reason;        /* nullable */
  gboolean  closed;

  guint     pings_since_message;
  guint     pings_since_life;
  guint     pings_since_progress;
  guint64   last_written;
};

static void pump (AqMonitorPeer *self);

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* bytes that libsoup was given and the kernel has not taken */
static guint64
get_queued (AqMonitorPeer *self)
{
  return aq_monitor_frames_get_queued (self->frames) -
         (aq_monitor_stream_get_written (self->stream) - self->written_base);
}

/* ending */

static gboolean
on_close_timeout (gpointer user_data)
{
  AqMonitorPeer *self = user_data;

  drop_source (&self->close_timer);
  aq_monitor_stream_cut (self->stream);
  return G_SOURCE_REMOVE;
}

/* the peer has a while to take the close, and what was sent before it */
static void
close_connection (AqMonitorPeer *self)
{
  if (soup_websocket_connection_get_state (self->connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  aq_monitor_stream_linger (self->stream);
  soup_websocket_connection_close (self->connection, self->code, self->reason);
  if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_CLOSED)
    return;
  self->close_timer = g_timeout_source_new_seconds (CLOSE_SECONDS);
  g_source_set_callback (self->close_timer, on_close_timeout, self, NULL);
  g_source_attach (self->close_timer, g_main_context_get_thread_default ());
}

static gboolean
on_end (gpointer user_data)
{
  AqMonitorPeer *self = user_data;

  drop_source (&self->end);
  if (!self->closed)
    close_connection (self);
  else
    self->gone (self, self->reason, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
end_soon (AqMonitorPeer *self)
{
  if (self->end != NULL)
    return;
  self->end = g_idle_source_new ();
  g_source_set_priority (self->end, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->end, on_end, self, NULL);
  g_source_attach (self->end, g_main_context_get_thread_default ());
}

/**
 * aq_monitor_peer_close:
 * @self: a peer
 * @code: of RFC 6455, section 7.4.1
 * @reason: (nullable): for the peer and the log; at most 123 bytes are sent
 *
 * Ends the connection soon, from the main loop; its gone() follows. What came
 * first counts.
 *
 * Since: 0.1
 */
void
aq_monitor_peer_close (AqMonitorPeer *self,
                       gushort        code,
                       const char    *reason)
{
  if (self->code != 0 || self->closed)
    return;
  self->code = code;
  self->reason = g_strdup (reason);
  end_soon (self);
}

static void
on_closed (SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  AqMonitorPeer *self = user_data;

  self->closed = TRUE;
  drop_source (&self->writable);
  drop_source (&self->close_timer);
  end_soon (self);
}

/* RFC 6455, section 7.1.7: the connection is failed; libsoup would say so without a reason, or not at all */
static void
on_error (SoupWebsocketConnection *connection,
          GError                  *error,
          gpointer                 user_data)
{
  AqMonitorPeer *self = user_data;
  const char *reason = error->message;

  if (error->domain != SOUP_WEBSOCKET_ERROR)
    return;
  if (error->code == SOUP_WEBSOCKET_CLOSE_TOO_BIG)
    reason = "a message is too long";
  if (self->code == 0)
    {
      self->code = error->code;
      self->reason = g_strdup (reason);
    }
  close_connection (self);
  /* libsoup would gather what comes until the peer has answered the close, so nobody waits for that */
  on_closed (connection, self);
}

/* sending */

static gboolean
on_writable (GObject  *stream,
             gpointer  user_data)
{
  AqMonitorPeer *self = user_data;

  drop_source (&self->writable);
  pump (self);
  return G_SOURCE_REMOVE;
}

static void
wait_until_writable (AqMonitorPeer *self)
{
  GIOStream *stream = soup_websocket_connection_get_io_stream (self->connection);

  if (self->writable != NULL)
    return;
  self->writable = g_pollable_output_stream_create_source (
    G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)), NULL);
  g_source_set_callback (self->writable, (GSourceFunc) (void (*) (void)) on_writable, self, NULL);
  g_source_attach (self->writable, g_main_context_get_thread_default ());
}

static char *
take_text (AqMonitorPeer *self)
{
  char *text = g_queue_pop_head (&self->answers);

  if (text != NULL)
    self->answers_bytes -= strlen (text);
  else if (self->watch != NULL)
    text = aq_watch_take (self->watch, MAX_LINES_BYTES);
  return text;
}

static gboolean
has_text (AqMonitorPeer *self)
{
  return !g_queue_is_empty (&self->answers) || (self->watch != NULL && aq_watch_has_lines (self->watch));
}

static gboolean
is_open (AqMonitorPeer *self)
{
  return !self->closed && self->code == 0 &&
         soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN;
}

/* gives libsoup the next message, if it has none */
static void
pump (AqMonitorPeer *self)
{
  while (is_open (self) && has_text (self))
    {
      g_autofree char *text = NULL;

      if (get_queued (self) > 0)
        {
          wait_until_writable (self);
          return;
        }
      text = take_text (self);
      if (text != NULL)
        soup_websocket_connection_send_text (self->connection, text);
    }
  if (self->last_answer && g_queue_is_empty (&self->answers))
    aq_monitor_peer_close (self, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
}

static void
on_reply (const char *text,
          gboolean    close,
          gpointer    user_data)
{
  AqMonitorPeer *self = user_data;

  if (!is_open (self) || self->last_answer)
    return;
  if (text != NULL)
    {
      /* RFC 6455, section 8.1: text is UTF-8 */
      char *valid = g_utf8_make_valid (text, -1);

      g_queue_push_tail (&self->answers, valid);
      self->answers_bytes += strlen (valid);
    }
  self->last_answer |= close;
  pump (self);
  if (self->answers_bytes > self->limits.max_queued_bytes)
    aq_monitor_peer_close (self, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "answers are not read");
}

static void
on_lines_ready (gpointer user_data)
{
  pump (user_data);
}

static gboolean
on_watch (const char  *arguments,
          GError     **error,
          gpointer     user_data)
{
  AqMonitorPeer *self = user_data;
  AqWatch *watch = aq_watch_new (self->feed, arguments, on_lines_ready, self, error);

  if (watch == NULL)
    return FALSE;
  /* a new one replaces the old one */
  g_clear_pointer (&self->watch, aq_watch_free);
  self->watch = watch;
  return TRUE;
}

/* receiving */

static void
on_message (SoupWebsocketConnection *connection,
            SoupWebsocketDataType    type,
            GBytes                  *message,
            gpointer                 user_data)
{
  AqMonitorPeer *self = user_data;
  gsize length;
  const char *line = g_bytes_get_data (message, &length);

  self->pings_since_message = 0;
  self->pings_since_life = 0;
  if (is_open (self) && !self->last_answer)
    aq_text_session_line (self->session, line, length);
}

static void
on_pong (SoupWebsocketConnection *connection,
         GBytes                  *message,
         gpointer                 user_data)
{
  AqMonitorPeer *self = user_data;

  self->pings_since_life = 0;
}

/* a ping of the peer: its answer must not join others that wait */
static gboolean
may_answer (gpointer user_data)
{
  AqMonitorPeer *self = user_data;

  return get_queued (self) <= self->limits.max_queued_bytes;
}

/* called before each ping of ours */
static void
on_pinging (gpointer user_data)
{
  AqMonitorPeer *self = user_data;
  guint64 written = aq_monitor_stream_get_written (self->stream);

  if (written != self->last_written || get_queued (self) == 0)
    self->pings_since_progress = 0;
  self->last_written = written;

  if (++self->pings_since_progress > STALLED_PINGS)
    aq_monitor_peer_close (self, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "what is sent is not read");
  else if (++self->pings_since_life > DEAD_PINGS)
    aq_monitor_peer_close (self, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION, "pings are not answered");
  else if (self->watch == NULL && ++self->pings_since_message > IDLE_PINGS)
    aq_monitor_peer_close (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "there was nothing to do for a while");
}

/* lifecycle */

static void
open_connection (AqMonitorPeer *self,
                 GIOStream     *stolen,
                 GUri          *uri)
{
  GList *extensions = g_list_prepend (NULL, g_object_ref (self->frames));

  self->connection = soup_websocket_connection_new (stolen, uri, SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL,
                                                    extensions);
  soup_websocket_connection_set_max_incoming_payload_size (self->connection, self->limits.max_message_bytes);
  soup_websocket_connection_set_keepalive_interval (self->connection, self->limits.ping_seconds);
  g_signal_connect (self->connection, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->connection, "pong", G_CALLBACK (on_pong), self);
  g_signal_connect (self->connection, "error", G_CALLBACK (on_error), self);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
}

/**
 * aq_monitor_peer_new:
 * @context: what the peer may look at; outlives it
 * @feed: for its watch; outlives it
 * @stream: the connection
 * @stolen: the same, as libsoup gave it back after the handshake
 * @uri: what was asked for
 * @limits: what the peer is held to
 * @gone: called once when the connection has ended
 * @user_data: for @gone
 *
 * Returns: (transfer full): a peer
 *
 * Since: 0.1
 */
AqMonitorPeer *
aq_monitor_peer_new (AqMonitorContext          *context,
                     AqWatchFeed               *feed,
                     AqMonitorStream           *stream,
                     GIOStream                 *stolen,
                     GUri                      *uri,
                     const AqMonitorPeerLimits *limits,
                     AqMonitorPeerGone          gone,
                     gpointer                   user_data)
{
  AqMonitorPeer *self = g_new0 (AqMonitorPeer, 1);

  self->stream = g_object_ref (stream);
  self->feed = feed;
  self->limits = *limits;
  self->gone = gone;
  self->user_data = user_data;
  g_queue_init (&self->answers);
  self->written_base = aq_monitor_stream_get_written (stream);
  self->last_written = self->written_base;
  self->frames = aq_monitor_frames_new (limits->max_message_bytes, limits->max_per_second);
  aq_monitor_frames_set_peer (self->frames, may_answer, on_pinging, self);
  self->session = aq_text_session_new (context, on_reply, on_watch, self);
  open_connection (self, stolen, uri);
  aq_monitor_stream_keep (stream);
  return self;
}

void
aq_monitor_peer_free (AqMonitorPeer *self)
{
  drop_source (&self->writable);
  drop_source (&self->end);
  drop_source (&self->close_timer);
  aq_monitor_frames_set_peer (self->frames, NULL, NULL, NULL);
  g_signal_handlers_disconnect_by_data (self->connection, self);
  aq_text_session_free (self->session);
  g_clear_pointer (&self->watch, aq_watch_free);
  g_object_unref (self->connection);
  g_object_unref (self->frames);
  g_object_unref (self->stream);
  g_queue_clear_full (&self->answers, g_free);
  g_free (self->reason);
  g_free (self);
}

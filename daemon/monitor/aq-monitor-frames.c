/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * WebSocket frames
 *
 * libsoup bounds one frame, but neither the sum of the fragments of a message,
 * nor how many frames come, nor how many answers to pings wait for a peer that
 * does not read. An extension sees each frame, so these limits are here; what
 * breaks one ends the connection with a code of RFC 6455, section 7.4.1.
 *
 * A second is one of the main loop's: this is a matter of transport.
 */

#include "config.h"

#include "monitor/aq-monitor-frames.h"

/* RFC 6455, section 5.2 */
#define FIN 0x80
#define OPCODE 0x0f
#define CONTROL 0x08
#define OPCODE_CONTINUATION 0x0
#define OPCODE_PING 0x9

struct _AqMonitorFrames
{
  SoupWebsocketExtension parent_instance;

  guint max_message_bytes;
  guint max_per_second;

  AqMonitorFramesMayAnswer may_answer;
  AqMonitorFramesPinging   pinging;
  gpointer                 user_data;

  guint    n_this_second;
  GSource *second;        /* owned, nullable: runs while n_this_second is not 0 */
  gsize    message_bytes; /* of the message whose fragments are coming */
  guint64  queued;        /* bytes of all frames that libsoup was given to send */
};

G_DEFINE_FINAL_TYPE (AqMonitorFrames, aq_monitor_frames, SOUP_TYPE_WEBSOCKET_EXTENSION)

static gboolean
on_second (gpointer user_data)
{
  AqMonitorFrames *self = user_data;

  self->n_this_second = 0;
  g_clear_pointer (&self->second, g_source_unref);
  return G_SOURCE_REMOVE;
}

static gboolean
count_frame (AqMonitorFrames  *self,
             GError          **error)
{
  if (self->second == NULL)
    {
      self->second = g_timeout_source_new_seconds (1);
      g_source_set_callback (self->second, on_second, self, NULL);
      g_source_attach (self->second, g_main_context_get_thread_default ());
    }
  if (++self->n_this_second <= self->max_per_second)
    return TRUE;
  g_set_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION,
               "more than %u messages a second", self->max_per_second);
  return FALSE;
}

static gboolean
check_frame (AqMonitorFrames  *self,
             guint8            first,
             gsize             length,
             GError          **error)
{
  if ((first & CONTROL) != 0)
    {
      if ((first & OPCODE) != OPCODE_PING || self->may_answer == NULL || self->may_answer (self->user_data))
        return TRUE;
      g_set_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION,
                   "answers are not read");
      return FALSE;
    }
  if ((first & OPCODE) != OPCODE_CONTINUATION)
    self->message_bytes = 0;
  self->message_bytes += length;
  if (self->message_bytes <= self->max_message_bytes)
    return TRUE;
  g_set_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
               "a message of more than %u bytes", self->max_message_bytes);
  return FALSE;
}

static GBytes *
aq_monitor_frames_process_incoming (SoupWebsocketExtension  *extension,
                                    guint8                  *header,
                                    GBytes                  *payload,
                                    GError                 **error)
{
  AqMonitorFrames *self = AQ_MONITOR_FRAMES (extension);

  if (count_frame (self, error) && check_frame (self, header[0], g_bytes_get_size (payload), error))
    return payload;
  g_bytes_unref (payload);
  return NULL;
}

/* RFC 6455, section 5.2: what a server sends is not masked */
static gsize
get_frame_size (gsize payload)
{
  return payload + (payload < 126 ? 2 : payload < 65536 ? 4 : 10);
}

static GBytes *
aq_monitor_frames_process_outgoing (SoupWebsocketExtension  *extension,
                                    guint8                  *header,
                                    GBytes                  *payload,
                                    GError                 **error)
{
  AqMonitorFrames *self = AQ_MONITOR_FRAMES (extension);

  self->queued += get_frame_size (g_bytes_get_size (payload));
  if ((header[0] & OPCODE) == OPCODE_PING && self->pinging != NULL)
    self->pinging (self->user_data);
  return payload;
}

static void
aq_monitor_frames_finalize (GObject *object)
{
  AqMonitorFrames *self = AQ_MONITOR_FRAMES (object);

  if (self->second != NULL)
    g_source_destroy (self->second);
  g_clear_pointer (&self->second, g_source_unref);
  G_OBJECT_CLASS (aq_monitor_frames_parent_class)->finalize (object);
}

static void
aq_monitor_frames_init (AqMonitorFrames *self)
{
}

static void
aq_monitor_frames_class_init (AqMonitorFramesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = aq_monitor_frames_finalize;
  SOUP_WEBSOCKET_EXTENSION_CLASS (class)->process_incoming_message = aq_monitor_frames_process_incoming;
  SOUP_WEBSOCKET_EXTENSION_CLASS (class)->process_outgoing_message = aq_monitor_frames_process_outgoing;
}

/**
 * aq_monitor_frames_new:
 * @max_message_bytes: of a message, the sum of its fragments
 * @max_per_second: how many frames may come
 *
 * Returns: (transfer full): an extension for one connection
 *
 * Since: 0.1
 */
AqMonitorFrames *
aq_monitor_frames_new (guint max_message_bytes,
                       guint max_per_second)
{
  AqMonitorFrames *self = g_object_new (AQ_TYPE_MONITOR_FRAMES, NULL);

  self->max_message_bytes = max_message_bytes;
  self->max_per_second = max_per_second;
  return self;
}

/**
 * aq_monitor_frames_set_peer:
 * @self: an extension
 * @may_answer: (nullable): asked at each ping of the peer
 * @pinging: (nullable): called when a ping is sent; must not close the connection
 * @user_data: for both; unset them before it goes
 *
 * Since: 0.1
 */
void
aq_monitor_frames_set_peer (AqMonitorFrames          *self,
                            AqMonitorFramesMayAnswer  may_answer,
                            AqMonitorFramesPinging    pinging,
                            gpointer                  user_data)
{
  self->may_answer = may_answer;
  self->pinging = pinging;
  self->user_data = user_data;
}

/* Returns: bytes of all frames that libsoup was given to send, sent or not */
guint64
aq_monitor_frames_get_queued (AqMonitorFrames *self)
{
  return self->queued;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A connection of the monitor
 *
 * libsoup tells neither how much of what it was given it has written, nor when
 * a connection that it holds ends. This stream, which libsoup reads and writes
 * through, does: `written` counts bytes that the kernel took, and the place among
 * all connections is held from the accept until the stream is gone.
 *
 * A server that closes while data of the client is unread makes the kernel reset
 * the connection, and the client may never see why. aq_monitor_stream_linger()
 * has the rest read and thrown away for a while after the close (RFC 9112, 9.6).
 */

#include "config.h"

#include "monitor/aq-monitor-stream.h"

#include "libasyncq/asyncq-error.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

/* for a request to come, and its answer to go */
#define REQUEST_SECONDS 30
#define LINGER_SECONDS 2
#define LINGER_MAX_BYTES (16 * 1024 * 1024)

struct _AqMonitorPlaces
{
  grefcount   ref_count;
  guint       max_all;
  guint       max_each;
  guint       n_all;
  GHashTable *each; /* owner → how many, as a pointer */
};

/* what the client still sends after the close */
typedef struct
{
  int      fd;     /* owned */
  gsize    n_bytes;
  GSource *input;  /* owned */
  GSource *timer;  /* owned */
} Drain;

/* counts what passes through */
#define AQ_TYPE_MONITOR_OUTPUT (aq_monitor_output_get_type ())
G_DECLARE_FINAL_TYPE (AqMonitorOutput, aq_monitor_output, AQ, MONITOR_OUTPUT, GFilterOutputStream)

struct _AqMonitorOutput
{
  GFilterOutputStream parent_instance;
  guint64             written;
};

struct _AqMonitorStream
{
  GSocketConnection parent_instance;

  AqMonitorPlaces *places; /* owned */
  char            *owner;  /* whose place it has */
  AqMonitorOutput *output; /* owned, made when asked for */
  GSource         *timer;  /* owned, nullable: ends a connection without a WebSocket */
  gboolean         linger;
};

static void aq_monitor_output_init_pollable (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AqMonitorOutput, aq_monitor_output, G_TYPE_FILTER_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      aq_monitor_output_init_pollable))
G_DEFINE_FINAL_TYPE (AqMonitorStream, aq_monitor_stream, G_TYPE_SOCKET_CONNECTION)

/* places */

/**
 * aq_monitor_places_new:
 * @max_all: how many connections there may be
 * @max_each: and how many of one owner
 *
 * Returns: (transfer full): free places
 *
 * Since: 0.1
 */
AqMonitorPlaces *
aq_monitor_places_new (guint max_all,
                       guint max_each)
{
  AqMonitorPlaces *self = g_new0 (AqMonitorPlaces, 1);

  g_ref_count_init (&self->ref_count);
  self->max_all = max_all;
  self->max_each = max_each;
  self->each = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

AqMonitorPlaces *
aq_monitor_places_ref (AqMonitorPlaces *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_monitor_places_unref (AqMonitorPlaces *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->each);
  g_free (self);
}

guint
aq_monitor_places_count (AqMonitorPlaces *self)
{
  return self->n_all;
}

static guint
count_of (AqMonitorPlaces *self,
          const char      *owner)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->each, owner));
}

static gboolean
take_place (AqMonitorPlaces  *self,
            const char       *owner,
            GError          **error)
{
  guint n = count_of (self, owner);

  if (self->n_all >= self->max_all || n >= self->max_each)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY,
                   "%s has %u connections, and there are %u in all: at most %u and %u are allowed", owner, n,
                   self->n_all, self->max_each, self->max_all);
      return FALSE;
    }
  self->n_all++;
  (void) g_hash_table_insert (self->each, g_strdup (owner), GUINT_TO_POINTER (n + 1));
  return TRUE;
}

static void
leave_place (AqMonitorPlaces *self,
             const char      *owner)
{
  guint n = count_of (self, owner);

  self->n_all--;
  if (n > 1)
    (void) g_hash_table_insert (self->each, g_strdup (owner), GUINT_TO_POINTER (n - 1));
  else
    (void) g_hash_table_remove (self->each, owner);
}

/* output */

static GPollableOutputStream *
get_base (gpointer self)
{
  return G_POLLABLE_OUTPUT_STREAM (g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self)));
}

static gssize
count (AqMonitorOutput *self,
       gssize           n_bytes)
{
  if (n_bytes > 0)
    self->written += n_bytes;
  return n_bytes;
}

static gssize
aq_monitor_output_write (GOutputStream  *stream,
                         const void     *buffer,
                         gsize           n_bytes,
                         GCancellable   *cancellable,
                         GError        **error)
{
  return count (AQ_MONITOR_OUTPUT (stream),
                g_output_stream_write (G_OUTPUT_STREAM (get_base (stream)), buffer, n_bytes, cancellable, error));
}

static gssize
aq_monitor_output_write_nonblocking (GPollableOutputStream  *stream,
                                     const void             *buffer,
                                     gsize                   n_bytes,
                                     GError                **error)
{
  return count (AQ_MONITOR_OUTPUT (stream),
                g_pollable_output_stream_write_nonblocking (get_base (stream), buffer, n_bytes, NULL, error));
}

static gboolean
aq_monitor_output_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (get_base (stream));
}

static GSource *
aq_monitor_output_create_source (GPollableOutputStream *stream,
                                 GCancellable          *cancellable)
{
  g_autoptr(GSource) base = g_pollable_output_stream_create_source (get_base (stream), NULL);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static void
aq_monitor_output_init (AqMonitorOutput *self)
{
}

static void
aq_monitor_output_class_init (AqMonitorOutputClass *class)
{
  G_OUTPUT_STREAM_CLASS (class)->write_fn = aq_monitor_output_write;
}

static void
aq_monitor_output_init_pollable (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = aq_monitor_output_is_writable;
  iface->create_source = aq_monitor_output_create_source;
  iface->write_nonblocking = aq_monitor_output_write_nonblocking;
}

/* lingering */

static void
drain_free (Drain *drain)
{
  g_source_destroy (drain->input);
  g_source_unref (drain->input);
  g_source_destroy (drain->timer);
  g_source_unref (drain->timer);
  (void) close (drain->fd);
  g_free (drain);
}

static gboolean
on_drain_input (int          fd,
                GIOCondition condition,
                gpointer     user_data)
{
  Drain *drain = user_data;
  char buffer[16 * 1024];
  gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n > 0)
    drain->n_bytes += n;
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || drain->n_bytes > LINGER_MAX_BYTES)
    drain_free (drain);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_drain_timeout (gpointer user_data)
{
  drain_free (user_data);
  return G_SOURCE_CONTINUE;
}

static void
drain (int socket_fd)
{
  int fd = fcntl (socket_fd, F_DUPFD_CLOEXEC, 0);
  Drain *drain;

  if (fd < 0)
    return;
  (void) shutdown (fd, SHUT_WR);
  drain = g_new0 (Drain, 1);
  drain->fd = fd;
  drain->input = g_unix_fd_source_new (fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (drain->input, (GSourceFunc) (void (*) (void)) on_drain_input, drain, NULL);
  g_source_attach (drain->input, g_main_context_get_thread_default ());
  drain->timer = g_timeout_source_new_seconds (LINGER_SECONDS);
  g_source_set_callback (drain->timer, on_drain_timeout, drain, NULL);
  g_source_attach (drain->timer, g_main_context_get_thread_default ());
}

/* the stream */

static void
stop_timer (AqMonitorStream *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static GOutputStream *
aq_monitor_stream_get_output_stream (GIOStream *stream)
{
  AqMonitorStream *self = AQ_MONITOR_STREAM (stream);

  if (self->output == NULL)
    self->output = g_object_new (
      AQ_TYPE_MONITOR_OUTPUT, "base-stream",
      G_IO_STREAM_CLASS (aq_monitor_stream_parent_class)->get_output_stream (stream), "close-base-stream",
      FALSE, NULL);
  return G_OUTPUT_STREAM (self->output);
}

static void
begin_close (AqMonitorStream *self)
{
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (self));

  stop_timer (self);
  if (self->linger && !g_socket_is_closed (socket))
    drain (g_socket_get_fd (socket));
  self->linger = FALSE;
}

static gboolean
aq_monitor_stream_close (GIOStream     *stream,
                         GCancellable  *cancellable,
                         GError       **error)
{
  begin_close (AQ_MONITOR_STREAM (stream));
  return G_IO_STREAM_CLASS (aq_monitor_stream_parent_class)->close_fn (stream, cancellable, error);
}

static void
aq_monitor_stream_close_async (GIOStream           *stream,
                               int                  priority,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  begin_close (AQ_MONITOR_STREAM (stream));
  G_IO_STREAM_CLASS (aq_monitor_stream_parent_class)->close_async (stream, priority, cancellable, callback,
                                                                   user_data);
}

static void
aq_monitor_stream_finalize (GObject *object)
{
  AqMonitorStream *self = AQ_MONITOR_STREAM (object);

  stop_timer (self);
  g_clear_object (&self->output);
  if (self->places != NULL)
    leave_place (self->places, self->owner);
  g_clear_pointer (&self->places, aq_monitor_places_unref);
  g_free (self->owner);
  G_OBJECT_CLASS (aq_monitor_stream_parent_class)->finalize (object);
}

static void
aq_monitor_stream_init (AqMonitorStream *self)
{
}

static void
aq_monitor_stream_class_init (AqMonitorStreamClass *class)
{
  G_OBJECT_CLASS (class)->finalize = aq_monitor_stream_finalize;
  G_IO_STREAM_CLASS (class)->get_output_stream = aq_monitor_stream_get_output_stream;
  G_IO_STREAM_CLASS (class)->close_fn = aq_monitor_stream_close;
  G_IO_STREAM_CLASS (class)->close_async = aq_monitor_stream_close_async;
}

static gboolean
on_request_timeout (gpointer user_data)
{
  AqMonitorStream *self = user_data;

  stop_timer (self);
  aq_monitor_stream_cut (self);
  return G_SOURCE_REMOVE;
}

/**
 * aq_monitor_stream_new:
 * @socket: an accepted socket
 * @places: takes one, until the stream is gone
 * @owner: whose: "uid 1000" or an address
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_BUSY` when no place is free.
 *
 * Returns: (transfer full): a stream, or %NULL with @error set
 *
 * Since: 0.1
 */
AqMonitorStream *
aq_monitor_stream_new (GSocket          *socket,
                       AqMonitorPlaces  *places,
                       const char       *owner,
                       GError          **error)
{
  AqMonitorStream *self;

  if (!take_place (places, owner, error))
    return NULL;
  self = g_object_new (AQ_TYPE_MONITOR_STREAM, "socket", socket, NULL);
  self->places = aq_monitor_places_ref (places);
  self->owner = g_strdup (owner);
  self->timer = g_timeout_source_new_seconds (REQUEST_SECONDS);
  g_source_set_callback (self->timer, on_request_timeout, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  return self;
}

/* Returns: whether it came over the Unix socket */
gboolean
aq_monitor_stream_is_local (AqMonitorStream *self)
{
  return g_socket_get_family (g_socket_connection_get_socket (G_SOCKET_CONNECTION (self))) ==
         G_SOCKET_FAMILY_UNIX;
}

const char *
aq_monitor_stream_get_owner (AqMonitorStream *self)
{
  return self->owner;
}

/* Returns: bytes that the kernel took, since the accept */
guint64
aq_monitor_stream_get_written (AqMonitorStream *self)
{
  return self->output != NULL ? self->output->written : 0;
}

/* it is a WebSocket now: there is no hurry any more */
void
aq_monitor_stream_keep (AqMonitorStream *self)
{
  stop_timer (self);
}

/* ends it at once: whoever reads or writes it sees that */
void
aq_monitor_stream_cut (AqMonitorStream *self)
{
  /* fails only when it has ended */
  (void) g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (self)), TRUE, TRUE, NULL);
}

/* what the client still sends when it is closed shall not keep our last words from it */
void
aq_monitor_stream_linger (AqMonitorStream *self)
{
  self->linger = TRUE;
}

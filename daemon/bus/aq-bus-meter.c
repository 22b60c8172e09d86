/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Meter of a connection
 *
 * GDBus has a queue of messages for each connection and no way to ask for its
 * length; g_dbus_connection_flush() would tell when it is empty, but blocks a
 * thread of GIO's one pool for as long as the peer does not read. So every
 * message of ours carries a mark, which counts for as long as the message
 * lives: until it is written, or dropped with its connection. A signal's mark
 * also tells when the signal is taken from the queue, by a filter that GDBus
 * calls right before it writes a message: all earlier ones are written then.
 *
 * The counts are shared by the main context, which adds, and GDBus's worker
 * thread, which runs the filter. They are atomic integers, and nothing else in
 * here is touched by both; `owner` belongs to the main context alone. The meter
 * lives as long as a filter or a mark refers to it.
 *
 * GDBus's lock on its queue orders the two threads already. That the count of
 * references and the meter of a mark are plain atomics as well, and not GLib's
 * functions, says so to the thread sanitizer, which does not see that lock.
 */

#include "config.h"

#include "bus/aq-bus-meter.h"

/* what may wait for a peer that does not read: the longest answer, and some more */
#define MAX_QUEUED_BYTES (64 * 1024 * 1024)
#define MAX_OPEN_CALLS 65536

struct _AqBusMeter
{
  int             ref_count; /* atomic */
  GMainContext   *context;
  AqBusMeterFunc  on_taken;
  AqBusMeterFunc  on_overrun;
  gpointer        owner; /* main context only; NULL once the owner is gone */

  gsize           queued_bytes; /* atomic */
  int             open_calls;   /* atomic */
};

/* hangs on a message until that is freed */
typedef struct
{
  AqBusMeter *meter; /* owned; atomic, and set last */
  gsize       size;
  gboolean    tell; /* that it was taken */
} Mark;

static GQuark
mark_quark (void)
{
  return g_quark_from_static_string ("aq-bus-meter-mark");
}

static AqBusMeter *
meter_ref (AqBusMeter *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
meter_unref (gpointer data)
{
  AqBusMeter *self = data;

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;

  /* a filter that has ended dropped its reference here, after what it last did in the other thread */
  (void) g_atomic_int_get (&self->open_calls);
  g_main_context_unref (self->context);
  g_free (self);
}

static void
mark_free (gpointer data)
{
  Mark *mark = data;
  AqBusMeter *meter = g_atomic_pointer_get (&mark->meter);

  (void) g_atomic_pointer_add (&meter->queued_bytes, -(gssize) mark->size);
  meter_unref (meter);
  g_free (mark);
}

/**
 * aq_bus_meter_new:
 * @on_taken: called after a message marked with aq_bus_meter_mark_signal() has
 *   left the queue, and with it all earlier ones
 * @on_overrun: called, perhaps more than once, when more waits than may
 * @owner: for both
 *
 * Returns: (transfer full): a meter, whose functions are called in the
 *   thread-default main context
 *
 * Since: 0.1
 */
AqBusMeter *
aq_bus_meter_new (AqBusMeterFunc on_taken,
                  AqBusMeterFunc on_overrun,
                  gpointer       owner)
{
  AqBusMeter *self = g_new0 (AqBusMeter, 1);

  self->ref_count = 1;
  self->context = g_main_context_ref_thread_default ();
  self->on_taken = on_taken;
  self->on_overrun = on_overrun;
  self->owner = owner;
  return self;
}

/**
 * aq_bus_meter_free:
 * @self: (transfer full): a meter
 *
 * No function is called after this.
 *
 * Since: 0.1
 */
void
aq_bus_meter_free (AqBusMeter *self)
{
  self->owner = NULL;
  meter_unref (self);
}

/**
 * aq_bus_meter_is_overrun:
 * @self: a meter
 *
 * Returns: whether more waits than may: then nothing should be added. The owner
 *   is told, but later, and a thousand answers may come before
 *
 * Since: 0.1
 */
gboolean
aq_bus_meter_is_overrun (AqBusMeter *self)
{
  return (gsize) g_atomic_pointer_get (&self->queued_bytes) > MAX_QUEUED_BYTES;
}

static gboolean
tell_taken (gpointer data)
{
  AqBusMeter *self = data;

  if (self->owner != NULL)
    self->on_taken (self->owner);
  return G_SOURCE_REMOVE;
}

static gboolean
tell_overrun (gpointer data)
{
  AqBusMeter *self = data;

  if (self->owner != NULL)
    self->on_overrun (self->owner);
  return G_SOURCE_REMOVE;
}

static void
tell (AqBusMeter  *self,
      GSourceFunc  func)
{
  g_autoptr(GSource) source = g_idle_source_new ();
  GMainContext *context = self->context; /* the reference is the last that this thread does to the meter */

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, meter_ref (self), meter_unref);
  g_source_attach (source, context);
}

static void
look_at_mark (GDBusMessage *message)
{
  Mark *mark = g_object_get_qdata (G_OBJECT (message), mark_quark ());

  AqBusMeter *meter = mark == NULL ? NULL : g_atomic_pointer_get (&mark->meter);

  if (meter != NULL && mark->tell)
    tell (meter, tell_taken);
}

static void
count_outgoing (AqBusMeter   *self,
                GDBusMessage *message)
{
  GDBusMessageType type = g_dbus_message_get_message_type (message);

  if (type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR)
    (void) g_atomic_int_add (&self->open_calls, -1);
}

static void
count_incoming (AqBusMeter   *self,
                GDBusMessage *message)
{
  if (g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL ||
      (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) != 0)
    return;
  if (g_atomic_int_add (&self->open_calls, 1) >= MAX_OPEN_CALLS)
    tell (self, tell_overrun);
}

/* in GDBus's worker thread */
static GDBusMessage *
count_calls (GDBusConnection *connection,
             GDBusMessage    *message,
             gboolean         incoming,
             gpointer         user_data)
{
  if (incoming)
    count_incoming (user_data, message);
  else
    count_outgoing (user_data, message);
  return message;
}

/* in GDBus's worker thread */
static GDBusMessage *
look_at_marks (GDBusConnection *connection,
            GDBusMessage    *message,
            gboolean         incoming,
            gpointer         user_data)
{
  if (!incoming)
    look_at_mark (message);
  return message;
}

/**
 * aq_bus_meter_watch:
 * @connection: a connection, before the first marked message
 *
 * Has the marks of all meters looked at on what leaves @connection, which may
 * carry the messages of many peers.
 *
 * Since: 0.1
 */
void
aq_bus_meter_watch (GDBusConnection *connection)
{
  (void) g_dbus_connection_add_filter (connection, look_at_marks, NULL, NULL);
}

/**
 * aq_bus_meter_count_calls:
 * @self: a meter
 * @connection: a private connection, whose messages have not begun to flow
 *
 * Counts the calls that have no answer yet, until @connection ends.
 *
 * Since: 0.1
 */
void
aq_bus_meter_count_calls (AqBusMeter      *self,
                          GDBusConnection *connection)
{
  (void) g_dbus_connection_add_filter (connection, count_calls, meter_ref (self), meter_unref);
}

static void
mark_message (AqBusMeter   *self,
              GDBusMessage *message,
              gsize         size,
              gboolean      tell_when_taken)
{
  Mark *mark = g_new (Mark, 1);

  mark->size = size;
  mark->tell = tell_when_taken;
  g_atomic_pointer_set (&mark->meter, meter_ref (self));
  g_object_set_qdata_full (G_OBJECT (message), mark_quark (), mark, mark_free);

  if ((gsize) g_atomic_pointer_add (&self->queued_bytes, size) + size > MAX_QUEUED_BYTES)
    tell (self, tell_overrun);
}

/**
 * aq_bus_meter_mark_reply:
 * @self: a meter
 * @message: an answer that is about to be sent
 * @size: about how many bytes it has
 *
 * Counts @message until it is written or dropped.
 *
 * Since: 0.1
 */
void
aq_bus_meter_mark_reply (AqBusMeter   *self,
                         GDBusMessage *message,
                         gsize         size)
{
  mark_message (self, message, size, FALSE);
}

/**
 * aq_bus_meter_mark_signal:
 * @self: a meter
 * @message: a signal that is about to be sent
 * @size: about how many bytes it has
 *
 * Counts @message as aq_bus_meter_mark_reply() does, and tells the owner when it
 * leaves the queue.
 *
 * Since: 0.1
 */
void
aq_bus_meter_mark_signal (AqBusMeter   *self,
                          GDBusMessage *message,
                          gsize         size)
{
  mark_message (self, message, size, TRUE);
}

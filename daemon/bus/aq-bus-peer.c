/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One peer of the bus service
 *
 * A subscriber is told of changes in signals of bounded size. The next one is
 * sent when the one before has left GDBus's queue, so that at most two wait
 * there, and less than 256 KiB; what comes meanwhile waits in the backlog. A
 * backlog that grows long is coalesced to the newest change of each job. If it
 * is still long and the peer has read nothing for a while, or if it is longer
 * than any honest one, the peer is given up.
 *
 * After aq_bus_peer_close() the object is a shell that late answers find: it
 * sends nothing and refers to nothing.
 */

#include "config.h"

#include "bus/aq-bus-peer.h"

#include "bus/aq-bus-backlog.h"
#include "bus/aq-bus-meter.h"
#include "bus/aq-bus-wait.h"

/* 24 bytes each */
#define LONG_BACKLOG 32768
#define LONGEST_BACKLOG (2 * 1024 * 1024)
#define MAX_SILENCE_USEC (5 * G_USEC_PER_SEC)

struct _AqBusPeer
{
  grefcount        ref_count;
  char            *name;
  guint32          uid;

  /* until it is closed, then NULL */
  const AqBusHost *host;       /* not owned */
  GDBusConnection *connection; /* owned */
  AqBusMeter      *meter;      /* owned */
  GHashTable      *waits;      /* of AqBusWait, as a set; owned */
  AqBusPeerExcess  excess;
  gpointer         user_data;
  guint            n_holds;    /* of the store */

  /* subscribers only */
  AqFilter        *filter;     /* owned, nullable: everything */
  AqBusBacklog    *backlog;    /* owned, NULL for others */
  gint64           coalesce_at; /* length of the backlog */
  gboolean         sending;    /* a signal is in GDBus's queue */
  gint64           sent_usec;  /* monotonic: when it was put there */
};

static void
on_overrun (gpointer owner)
{
  AqBusPeer *self = owner;

  self->excess (self, "it reads too few of the answers to its calls", self->user_data);
}

static void
send_changes (AqBusPeer *self)
{
  g_autoptr(GDBusMessage) signal = NULL;
  GVariant *body;

  if (self->sending || self->backlog == NULL || aq_bus_backlog_get_length (self->backlog) == 0)
    return;

  body = aq_bus_backlog_take_batch (self->backlog);
  signal = g_dbus_message_new_signal (AQ_BUS_MANAGER_PATH, AQ_BUS_MANAGER_INTERFACE, "JobsChanged");
  aq_bus_meter_mark_signal (self->meter, signal, g_variant_get_size (body));
  g_dbus_message_set_body (signal, body);
  if ((g_dbus_connection_get_flags (self->connection) &
       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION) != 0)
    g_dbus_message_set_destination (signal, self->name);
  else
    g_dbus_message_set_sender (signal, AQ_BUS_OWN_NAME);

  self->sending = TRUE;
  self->sent_usec = aq_clock_get_monotonic (aq_engine_get_clock (self->host->engine));
  /* fails only when the connection has ended: then the peer is closed soon */
  (void) g_dbus_connection_send_message (self->connection, signal,
                                         G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static void
on_taken (gpointer owner)
{
  AqBusPeer *self = owner;

  self->sending = FALSE;
  send_changes (self);
}

/**
 * aq_bus_peer_new:
 * @host: what it may see
 * @connection: how to reach it
 * @name: its unique name
 * @uid: the user that it runs as, from the kernel or the bus
 * @excess: called when it holds up more than it may; must close it
 * @user_data: for @excess
 *
 * Returns: (transfer full): a peer that has subscribed to nothing; close it
 *   when it vanishes
 *
 * Since: 0.1
 */
AqBusPeer *
aq_bus_peer_new (const AqBusHost *host,
                 GDBusConnection *connection,
                 const char      *name,
                 guint32          uid,
                 AqBusPeerExcess  excess,
                 gpointer         user_data)
{
  AqBusPeer *self = g_new0 (AqBusPeer, 1);

  g_ref_count_init (&self->ref_count);
  self->host = host;
  self->connection = g_object_ref (connection);
  self->name = g_strdup (name);
  self->uid = uid;
  self->excess = excess;
  self->user_data = user_data;
  self->meter = aq_bus_meter_new (on_taken, on_overrun, self);
  self->waits = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) aq_bus_wait_free, NULL);
  return self;
}

AqBusPeer *
aq_bus_peer_ref (AqBusPeer *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_bus_peer_unref (AqBusPeer *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  aq_bus_peer_close (self);
  g_free (self->name);
  g_free (self);
}

/**
 * aq_bus_peer_close:
 * @self: a peer
 *
 * Drops its waits, its subscription and its holds of the store: nobody is there any more. What is still
 * on its way to it is dropped when it comes.
 *
 * Since: 0.1
 */
void
aq_bus_peer_close (AqBusPeer *self)
{
  aq_bus_peer_unsubscribe (self);
  while (aq_bus_peer_drop_hold (self))
    continue;
  g_clear_pointer (&self->waits, g_hash_table_unref);
  g_clear_pointer (&self->meter, aq_bus_meter_free);
  g_clear_object (&self->connection);
  self->host = NULL;
}

/**
 * aq_bus_peer_count_calls:
 * @self: a peer that has its connection for itself
 *
 * Bounds the number of its calls that have no answer yet.
 *
 * Since: 0.1
 */
void
aq_bus_peer_count_calls (AqBusPeer *self)
{
  aq_bus_meter_count_calls (self->meter, self->connection);
}

/* Returns: (nullable): NULL once it is closed */
const AqBusHost *
aq_bus_peer_get_host (AqBusPeer *self)
{
  return self->host;
}

const char *
aq_bus_peer_get_name (AqBusPeer *self)
{
  return self->name;
}

guint32
aq_bus_peer_get_uid (AqBusPeer *self)
{
  return self->uid;
}

/* borrows the name: lives no longer than the peer */
AqActor
aq_bus_peer_get_actor (AqBusPeer *self)
{
  return (AqActor) { .uid = self->uid, .sender = self->name };
}

GHashTable *
aq_bus_peer_get_waits (AqBusPeer *self)
{
  return self->waits;
}

/**
 * aq_bus_peer_is_overrun:
 * @self: a peer that is not closed
 *
 * Returns: whether it has read so few answers that it is about to be cut off;
 *   none is sent to it any more
 *
 * Since: 0.1
 */
gboolean
aq_bus_peer_is_overrun (AqBusPeer *self)
{
  return aq_bus_meter_is_overrun (self->meter);
}

static gboolean
try_send_reply (AqBusPeer     *self,
                GDBusMessage  *reply,
                GError       **error)
{
  GVariant *body = g_dbus_message_get_body (reply);

  aq_bus_meter_mark_reply (self->meter, reply, body != NULL ? g_variant_get_size (body) : 0);
  if ((g_dbus_connection_get_flags (self->connection) &
       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION) == 0)
    g_dbus_message_set_sender (reply, AQ_BUS_OWN_NAME);
  return g_dbus_connection_send_message (self->connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                         NULL, error);
}

/**
 * aq_bus_peer_send_reply:
 * @self: a peer
 * @call: what it has called
 * @reply: an answer or an error, with its body
 *
 * Sends @reply, or drops it when the peer is closed or has read too few before. What does not fit into a
 * message is replaced by an error: a caller must not wait for ever.
 *
 * Since: 0.1
 */
void
aq_bus_peer_send_reply (AqBusPeer    *self,
                        GDBusMessage *call,
                        GDBusMessage *reply)
{
  g_autoptr(GDBusMessage) failure = NULL;
  g_autoptr(GError) error = NULL;

  /* one that reads nothing is about to be cut off: what came for it would only pile up */
  if (self->connection == NULL || aq_bus_meter_is_overrun (self->meter) ||
      try_send_reply (self, reply, &error) || g_dbus_connection_is_closed (self->connection))
    return;

  failure = g_dbus_message_new_method_error (call, "org.asyncq.Error.TooLarge",
                                             "the answer cannot be sent: %s", error->message);
  /* fails only when the connection has ended meanwhile: then nobody waits for it */
  (void) try_send_reply (self, failure, NULL);
}

/**
 * aq_bus_peer_add_hold:
 * @self: a peer
 *
 * The store is held on its behalf, once more.
 *
 * Returns: %FALSE if the peer is closed, so that the hold is still the caller's
 *
 * Since: 0.1
 */
gboolean
aq_bus_peer_add_hold (AqBusPeer *self)
{
  if (self->host == NULL)
    return FALSE;
  self->n_holds++;
  return TRUE;
}

/**
 * aq_bus_peer_drop_hold:
 * @self: a peer
 *
 * Releases the store once.
 *
 * Returns: %FALSE if it holds the store no more
 *
 * Since: 0.1
 */
gboolean
aq_bus_peer_drop_hold (AqBusPeer *self)
{
  if (self->n_holds == 0)
    return FALSE;
  self->n_holds--;
  aq_store_release (aq_engine_get_store (self->host->engine));
  return TRUE;
}

/**
 * aq_bus_peer_subscribe:
 * @self: a peer that is not closed
 * @filter: (nullable): which jobs; %NULL means all
 *
 * Tells it of changes from now on; replaces an earlier subscription.
 *
 * Since: 0.1
 */
void
aq_bus_peer_subscribe (AqBusPeer *self,
                       AqFilter  *filter)
{
  g_clear_pointer (&self->filter, aq_filter_unref);
  self->filter = filter != NULL ? aq_filter_ref (filter) : NULL;
  self->coalesce_at = LONG_BACKLOG;
  if (self->backlog != NULL)
    return;
  self->backlog = aq_bus_backlog_new ();
  self->host->subscribers (1, self->host->bus);
}

void
aq_bus_peer_unsubscribe (AqBusPeer *self)
{
  g_clear_pointer (&self->filter, aq_filter_unref);
  if (self->backlog == NULL)
    return;
  g_clear_pointer (&self->backlog, aq_bus_backlog_free);
  self->host->subscribers (-1, self->host->bus);
}

gboolean
aq_bus_peer_is_subscribed (AqBusPeer *self)
{
  return self->backlog != NULL;
}

static gboolean
is_silent (AqBusPeer *self)
{
  gint64 now = aq_clock_get_monotonic (aq_engine_get_clock (self->host->engine));

  return self->sending && now - self->sent_usec >= MAX_SILENCE_USEC;
}

/* the cost is spread: the next time is when it has doubled */
static void
bound_backlog (AqBusPeer *self)
{
  guint length = aq_bus_backlog_get_length (self->backlog);

  if (length >= self->coalesce_at)
    {
      length = aq_bus_backlog_coalesce (self->backlog);
      self->coalesce_at = MAX (2 * (gint64) length, LONG_BACKLOG);
    }
  if (length >= LONGEST_BACKLOG || (length >= LONG_BACKLOG && is_silent (self)))
    self->excess (self, "it does not read the signals that it has subscribed to", self->user_data);
}

/**
 * aq_bus_peer_changed:
 * @self: a peer
 * @changes: (array length=n_changes): what has changed, and is flushed
 * @n_changes: how many
 *
 * Tells the peer of those changes that it has subscribed to, states and not
 * annotations: these may come by the thousand. May close it.
 *
 * Since: 0.1
 */
void
aq_bus_peer_changed (AqBusPeer         *self,
                     const AqJobChange *changes,
                     guint              n_changes)
{
  if (self->backlog == NULL)
    return;

  for (guint i = 0; i < n_changes; i++)
    if (!changes[i].is_annotation &&
        (self->filter == NULL || aq_engine_job_matches (self->host->engine, changes[i].id, self->filter)))
      aq_bus_backlog_add (self->backlog, &changes[i]);
  send_changes (self);
  bound_backlog (self); /* last: it may close us */
}

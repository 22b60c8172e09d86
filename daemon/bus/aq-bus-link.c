/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One private connection: its peer, its objects and its driver, from the
 * moment it is accepted until it is closed
 */

#include "config.h"

#include "bus/aq-bus-link.h"

#include "bus/aq-bus-driver.h"
#include "bus/aq-bus-meter.h"
#include "bus/aq-bus-router.h"

struct _AqBusLink
{
  AqBusRouter     router; /* first: the objects are given this */
  AqBusPeer      *peer;   /* owned */
  AqBusDriver    *driver; /* owned */
  gulong          closed_id;
  gboolean        closing; /* told to close, and not closed yet */
  AqBusLinkEnded  ended;
  gpointer        user_data;
};

static void
route (AqBusRouter           *router,
       GDBusMethodInvocation *invocation,
       AqBusHandler           handle)
{
  AqBusLink *self = (AqBusLink *) router;
  AqBusCall *call = aq_bus_call_new (self->peer, invocation);

  /* it may have called a thousand times before it is cut off: no work for an answer that is dropped */
  if (aq_bus_peer_is_overrun (self->peer))
    aq_bus_call_drop (call);
  else
    handle (call, g_dbus_method_invocation_get_parameters (invocation));
}

static void
on_closed (GDBusConnection *connection,
           gboolean         remote_peer_vanished,
           GError          *error,
           gpointer         user_data)
{
  AqBusLink *self = user_data;

  self->ended (self, self->user_data);
}

static void
on_excess (AqBusPeer  *peer,
           const char *why,
           gpointer    user_data)
{
  AqBusLink *self = user_data;

  if (self->closing)
    return;
  self->closing = TRUE;
  g_warning ("closing the connection of client %s (user %u): %s", aq_bus_peer_get_name (peer),
             aq_bus_peer_get_uid (peer), why);
  /* "closed" follows, later */
  aq_bus_peer_unsubscribe (peer);
  g_dbus_connection_close (self->router.connection, NULL, NULL, NULL);
}

/**
 * aq_bus_link_new:
 * @host: what the peer may see
 * @connection: a connection whose messages have not begun to flow
 * @name: the unique name to give the peer
 * @ended: called, later, when the connection has ended
 * @user_data: for @ended
 * @error: return location for an error
 *
 * Serves a private connection.
 *
 * Errors: those of GDBus.
 *
 * Returns: (transfer full): the link, or %NULL with @error set
 *
 * Since: 0.1
 */
AqBusLink *
aq_bus_link_new (const AqBusHost  *host,
                 GDBusConnection  *connection,
                 const char       *name,
                 AqBusLinkEnded    ended,
                 gpointer          user_data,
                 GError          **error)
{
  g_autoptr(AqBusLink) self = g_new0 (AqBusLink, 1);
  GCredentials *credentials = g_dbus_connection_get_peer_credentials (connection);
  guint32 uid = g_credentials_get_unix_user (credentials, NULL);

  self->router.host = host;
  self->router.connection = g_object_ref (connection);
  self->router.route = route;
  self->ended = ended;
  self->user_data = user_data;
  self->peer = aq_bus_peer_new (host, connection, name, uid, on_excess, self);
  aq_bus_peer_count_calls (self->peer);
  aq_bus_meter_watch (connection);
  self->driver = aq_bus_driver_new (&self->router, error);
  if (self->driver == NULL || !aq_bus_router_export (&self->router, error))
    return NULL;
  self->closed_id = g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  return g_steal_pointer (&self);
}

/**
 * aq_bus_link_free:
 * @self: (transfer full): a link
 *
 * Ends the connection if it has not ended, and everything that its peer waits
 * for.
 *
 * Since: 0.1
 */
void
aq_bus_link_free (AqBusLink *self)
{
  if (self->closed_id != 0)
    g_signal_handler_disconnect (self->router.connection, self->closed_id);
  aq_bus_router_unexport (&self->router);
  g_clear_pointer (&self->driver, aq_bus_driver_free);
  aq_bus_peer_close (self->peer);
  g_clear_pointer (&self->peer, aq_bus_peer_unref);
  if (!g_dbus_connection_is_closed (self->router.connection))
    g_dbus_connection_close (self->router.connection, NULL, NULL, NULL);
  g_object_unref (self->router.connection);
  g_free (self);
}

AqBusPeer *
aq_bus_link_get_peer (AqBusLink *self)
{
  return self->peer;
}

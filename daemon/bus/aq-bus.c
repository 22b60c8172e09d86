/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The bus service
 *
 * Owns the private socket, its connections and our presence on a message bus,
 * and hands the engine's news of changed jobs to all of them. It asks for that
 * news only while somebody can hear it: the engine is faster alone.
 */

#include "config.h"

#include "bus/aq-bus.h"

#include "bus/aq-bus-link.h"
#include "bus/aq-bus-names.h"
#include "bus/aq-bus-socket.h"

#define MAX_CONNECTIONS 512

struct _AqBus
{
  AqBusHost    host;
  char        *socket_path;
  GBusType     bus_type;

  /* while it is started */
  GDBusServer *server;  /* owned */
  GHashTable  *links;   /* of AqBusLink, as a set; owned */
  AqBusNames  *names;   /* owned, nullable */
  guint64      n_peers; /* ever: the next unique name */
  gboolean     full;    /* and the log says so */

  guint        n_subscribers;
  guint        changed; /* handle; 0 while there are no subscribers */
};

static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  AqBus *self = user_data;
  GHashTableIter iter;
  gpointer link;

  g_hash_table_iter_init (&iter, self->links);
  while (g_hash_table_iter_next (&iter, &link, NULL))
    aq_bus_peer_changed (aq_bus_link_get_peer (link), changes, n_changes);
  if (self->names != NULL)
    aq_bus_names_changed (self->names, changes, n_changes);
}

static void
count_subscribers (int      change,
                   gpointer bus)
{
  AqBus *self = bus;

  self->n_subscribers += change;
  if (self->n_subscribers > 0 && self->changed == 0)
    self->changed = aq_engine_add_changed (self->host.engine, on_changed, self);
  else if (self->n_subscribers == 0 && self->changed != 0)
    {
      aq_engine_remove_changed (self->host.engine, self->changed);
      self->changed = 0;
    }
}

static void
on_link_ended (AqBusLink *link,
               gpointer   user_data)
{
  AqBus *self = user_data;

  (void) g_hash_table_remove (self->links, link);
  /* it is said again after a real change only: who is refused may try a thousand times a second */
  if (g_hash_table_size (self->links) < MAX_CONNECTIONS / 2)
    self->full = FALSE;
}

static gboolean
on_new_connection (GDBusServer     *server,
                   GDBusConnection *connection,
                   gpointer         user_data)
{
  AqBus *self = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  AqBusLink *link;

  if (g_hash_table_size (self->links) >= MAX_CONNECTIONS)
    {
      if (!self->full)
        g_warning ("refusing clients: there are %d connections already", MAX_CONNECTIONS);
      self->full = TRUE;
      return FALSE;
    }
  name = g_strdup_printf (":1.%" G_GUINT64_FORMAT, ++self->n_peers);
  link = aq_bus_link_new (&self->host, connection, name, on_link_ended, self, &error);
  if (link == NULL)
    {
      g_warning ("could not serve a client: %s", error->message);
      return FALSE;
    }
  (void) g_hash_table_add (self->links, link);
  /* a client that was quick has gone already, and it may be that nobody heard "closed" */
  if (g_dbus_connection_is_closed (connection))
    on_link_ended (link, self);
  return TRUE;
}

static gboolean
start_names (AqBus   *self,
             GError **error)
{
  g_autoptr(GDBusConnection) connection = g_bus_get_sync (self->bus_type, NULL, error);

  if (connection == NULL)
    {
      g_prefix_error (error, "could not connect to the message bus: ");
      return FALSE;
    }
  self->names = aq_bus_names_new (&self->host, connection, error);
  return self->names != NULL;
}

/**
 * aq_bus_new:
 * @engine: what is served; must outlive the service
 * @settings: how
 *
 * Returns: (transfer full): the service, not started
 *
 * Since: 0.1
 */
AqBus *
aq_bus_new (AqEngine            *engine,
            const AqBusSettings *settings)
{
  AqBus *self = g_new0 (AqBus, 1);

  self->host.engine = engine;
  self->host.uuid = g_strdup (settings->uuid);
  self->host.version = g_strdup (settings->version);
  self->host.monitor_address =
    g_strdup (settings->monitor_address != NULL ? settings->monitor_address : "");
  self->host.retention = settings->retention != NULL ? aq_retention_ref (settings->retention) : NULL;
  self->host.dup_pids = settings->dup_pids;
  self->host.count_jobs = settings->count_jobs;
  self->host.get_cgroups = settings->get_cgroups;
  self->host.list_running = settings->list_running;
  self->host.list_troubles = settings->list_troubles;
  self->host.is_ending = settings->is_ending;
  self->host.list_plugins = settings->list_plugins;
  self->host.reload_plugin = settings->reload_plugin;
  self->host.user_data = settings->user_data;
  self->host.subscribers = count_subscribers;
  self->host.bus = self;
  self->socket_path = g_strdup (settings->socket_path);
  self->bus_type = settings->bus_type;
  return self;
}

void
aq_bus_free (AqBus *self)
{
  aq_bus_stop (self);
  g_free (self->host.uuid);
  g_free (self->host.version);
  g_free (self->host.monitor_address);
  g_clear_pointer (&self->host.retention, aq_retention_unref);
  g_free (self->socket_path);
  g_free (self);
}

/**
 * aq_bus_start:
 * @self: a service that is not started
 * @error: return location for an error
 *
 * Starts to listen. Blocks while it connects to a message bus.
 *
 * Errors: those of aq_bus_socket_listen(), and GIO's.
 *
 * Returns: whether the service can be reached
 *
 * Since: 0.1
 */
gboolean
aq_bus_start (AqBus   *self,
              GError **error)
{
  self->host.started_usec =
    aq_clock_get_monotonic (aq_engine_get_clock (self->host.engine));
  self->links = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) aq_bus_link_free, NULL);
  self->server = aq_bus_socket_listen (self->socket_path, error);
  if (self->server == NULL)
    return FALSE;
  g_signal_connect (self->server, "new-connection", G_CALLBACK (on_new_connection), self);
  /* also because a server that was never started does not remove its socket */
  g_dbus_server_start (self->server);
  if (self->bus_type != G_BUS_TYPE_NONE && !start_names (self, error))
    {
      aq_bus_stop (self);
      return FALSE;
    }
  return TRUE;
}

/**
 * aq_bus_stop:
 * @self: a service
 *
 * Ends all connections, removes the socket, and gives up the name. Nothing is
 * answered after this.
 *
 * Since: 0.1
 */
void
aq_bus_stop (AqBus *self)
{
  if (self->server != NULL)
    {
      (void) g_signal_handlers_disconnect_by_data (self->server, self);
      g_dbus_server_stop (self->server);
    }
  g_clear_object (&self->server);
  g_clear_pointer (&self->names, aq_bus_names_free);
  g_clear_pointer (&self->links, g_hash_table_unref);
}

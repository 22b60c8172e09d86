/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * On a message bus
 *
 * A caller is known by its unique name. At its first call the bus is asked for
 * its user; calls that come before the answer wait for it. A caller that has
 * left the bus is forgotten, with what it waits for. Who may call at all is the
 * bus's policy, and the same rule as on the private socket: our own user, or
 * root.
 */

#include "config.h"

#include "bus/aq-bus-names.h"

#include "bus/aq-bus-meter.h"
#include "bus/aq-bus-router.h"

#include <unistd.h>

struct _AqBusNames
{
  AqBusRouter  router;  /* first: the objects are given this */
  GHashTable  *callers; /* unique name → Caller, owned */
  guint        name_id;
};

/* a call that came before we knew its caller */
typedef struct
{
  GDBusMethodInvocation *invocation; /* owned */
  AqBusHandler           handle;
} EarlyCall;

typedef struct
{
  AqBusNames   *names;       /* not owned */
  char         *name;
  guint         watch_id;
  GCancellable *cancellable; /* owned: of the question for its user */
  GQueue        early;       /* of EarlyCall, owned */
  AqBusPeer    *peer;        /* owned; NULL until its user is known */
} Caller;

static void
early_call_free (gpointer data)
{
  EarlyCall *early = data;

  g_object_unref (early->invocation);
  g_free (early);
}

static void
caller_free (gpointer data)
{
  Caller *caller = data;

  g_bus_unwatch_name (caller->watch_id);
  g_cancellable_cancel (caller->cancellable);
  g_object_unref (caller->cancellable);
  g_queue_clear_full (&caller->early, early_call_free);
  if (caller->peer != NULL)
    aq_bus_peer_close (caller->peer);
  g_clear_pointer (&caller->peer, aq_bus_peer_unref);
  g_free (caller->name);
  g_free (caller);
}

static void
on_vanished (GDBusConnection *connection,
             const char      *name,
             gpointer         user_data)
{
  Caller *caller = user_data;

  (void) g_hash_table_remove (caller->names->callers, caller->name);
}

static void
on_excess (AqBusPeer  *peer,
           const char *why,
           gpointer    user_data)
{
  g_warning ("ending the subscription of client %s (user %u): %s", aq_bus_peer_get_name (peer),
             aq_bus_peer_get_uid (peer), why);
  aq_bus_peer_unsubscribe (peer);
}

static void
refuse (GDBusMethodInvocation *invocation,
        guint32                uid)
{
  g_dbus_method_invocation_return_error (invocation, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_ALLOWED,
                                         "user %u may not use the daemon of user %u", uid,
                                         geteuid ());
}

static void
serve_early_calls (Caller  *caller,
                   guint32  uid)
{
  EarlyCall *early;

  while ((early = g_queue_pop_head (&caller->early)) != NULL)
    {
      GDBusMethodInvocation *invocation = g_object_ref (early->invocation);

      if (uid == geteuid () || uid == 0)
        early->handle (aq_bus_call_new (caller->peer, invocation),
                       g_dbus_method_invocation_get_parameters (invocation));
      else
        refuse (invocation, uid);
      early_call_free (early);
    }
}

static void
on_user_known (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GError) error = NULL;
  AqBusNames *self;
  Caller *caller = user_data;
  guint32 uid;

  answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* and the caller is freed */

  self = caller->names;
  if (answer == NULL)
    {
      /* it has left the bus: nobody reads an answer */
      (void) g_hash_table_remove (self->callers, caller->name);
      return;
    }
  g_variant_get (answer, "(u)", &uid);
  caller->peer = aq_bus_peer_new (self->router.host, self->router.connection, caller->name, uid,
                                  on_excess, caller);
  serve_early_calls (caller, uid);
  if (uid != geteuid () && uid != 0)
    (void) g_hash_table_remove (self->callers, caller->name);
}

static Caller *
add_caller (AqBusNames *self,
            const char *name)
{
  Caller *caller = g_new0 (Caller, 1);

  caller->names = self;
  caller->name = g_strdup (name);
  caller->cancellable = g_cancellable_new ();
  g_queue_init (&caller->early);
  caller->watch_id = g_bus_watch_name_on_connection (
    self->router.connection, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, caller, NULL);
  g_dbus_connection_call (self->router.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "GetConnectionUnixUser",
                          g_variant_new ("(s)", name), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, caller->cancellable, on_user_known, caller);
  (void) g_hash_table_insert (self->callers, caller->name, caller);
  return caller;
}

static void
route (AqBusRouter           *router,
       GDBusMethodInvocation *invocation,
       AqBusHandler           handle)
{
  AqBusNames *self = (AqBusNames *) router;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  Caller *caller = g_hash_table_lookup (self->callers, sender);
  EarlyCall *early;

  if (caller == NULL)
    caller = add_caller (self, sender);
  if (caller->peer != NULL)
    {
      handle (aq_bus_call_new (caller->peer, invocation),
              g_dbus_method_invocation_get_parameters (invocation));
      return;
    }
  early = g_new (EarlyCall, 1);
  early->invocation = invocation;
  early->handle = handle;
  g_queue_push_tail (&caller->early, early);
}

static void
on_name_lost (GDBusConnection *connection,
              const char      *name,
              gpointer         user_data)
{
  g_warning ("the name '%s' on the message bus belongs to somebody else, or the bus has gone; "
             "clients reach this daemon by its private socket only", name);
}

/**
 * aq_bus_names_new:
 * @host: what callers may see
 * @connection: a connection to a message bus
 * @error: return location for an error
 *
 * Serves those who call us on a message bus.
 *
 * Errors: those of GDBus.
 *
 * Returns: (transfer full): our presence there, or %NULL with @error set
 *
 * Since: 0.1
 */
AqBusNames *
aq_bus_names_new (const AqBusHost  *host,
                  GDBusConnection  *connection,
                  GError          **error)
{
  g_autoptr(AqBusNames) self = g_new0 (AqBusNames, 1);

  self->router.host = host;
  self->router.connection = g_object_ref (connection);
  self->router.route = route;
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, caller_free);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  aq_bus_meter_watch (connection);
  if (!aq_bus_router_export (&self->router, error))
    return NULL;
  self->name_id = g_bus_own_name_on_connection (connection, AQ_BUS_NAME,
                                                G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL,
                                                on_name_lost, self, NULL);
  return g_steal_pointer (&self);
}

void
aq_bus_names_free (AqBusNames *self)
{
  if (self->name_id != 0)
    g_bus_unown_name (self->name_id);
  aq_bus_router_unexport (&self->router);
  g_hash_table_unref (self->callers);
  g_object_unref (self->router.connection);
  g_free (self);
}

/**
 * aq_bus_names_changed:
 * @self: our presence on a bus
 * @changes: (array length=n_changes): what has changed, and is flushed
 * @n_changes: how many
 *
 * Tells every caller that has subscribed.
 *
 * Since: 0.1
 */
void
aq_bus_names_changed (AqBusNames        *self,
                      const AqJobChange *changes,
                      guint              n_changes)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->callers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Caller *caller = value;

      if (caller->peer != NULL)
        aq_bus_peer_changed (caller->peer, changes, n_changes);
    }
}

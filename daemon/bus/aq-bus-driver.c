/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The bus driver of a private connection
 *
 * Two are on this bus: we, who are `:1.0` and own org.asyncq, and the peer,
 * who is what Hello tells it. Match rules are taken and forgotten: a signal is
 * only sent to those who have subscribed to it; but a rule for every signal is a
 * subscription to all jobs, for those who only watch cannot ask for it otherwise.
 * A message to anybody else is
 * answered as a bus would answer it; where it has no destination at all, it is
 * for us, so a peer need not even say Hello.
 */

#include "config.h"

#include "bus/aq-bus-driver.h"

#include "bus/aq-bus-driver-interfaces.h"

#include <unistd.h>

#define DRIVER_NAME "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"

/* StartServiceByName and ReleaseName, in the D-Bus specification */
#define ALREADY_RUNNING 2
#define NON_EXISTENT 2

struct _AqBusDriver
{
  AqBusRouter *router; /* not owned: of the connection, outlives us */
  AqBusObject  object;
  AqBusObject  monitoring;
};

static GDBusConnection *
get_connection (AqBusCall *call)
{
  return g_dbus_method_invocation_get_connection (call->invocation);
}

/* NULL: nobody has this name */
static const char *
find_owner (AqBusPeer  *peer,
            const char *name)
{
  if (g_str_equal (name, AQ_BUS_NAME) || g_str_equal (name, AQ_BUS_OWN_NAME))
    return AQ_BUS_OWN_NAME;
  if (g_str_equal (name, DRIVER_NAME))
    return DRIVER_NAME;
  if (g_str_equal (name, aq_bus_peer_get_name (peer)))
    return aq_bus_peer_get_name (peer);
  return NULL;
}

static void
fail (AqBusCall  *call,
      int         code,
      const char *name,
      const char *reason)
{
  g_autoptr(GError) error = g_error_new (G_DBUS_ERROR, code, "the name '%.255s' %s", name, reason);

  aq_bus_call_fail (call, error);
}

static void
fail_no_owner (AqBusCall  *call,
               const char *name)
{
  fail (call, G_DBUS_ERROR_NAME_HAS_NO_OWNER, name, "has no owner on this connection");
}

static void
handle_hello (AqBusCall *call,
              GVariant  *parameters)
{
  aq_bus_call_reply (call, g_variant_new ("(s)", aq_bus_peer_get_name (call->peer)));
}

/* a rule of somebody who does not know what to look for: gdbus monitor, dbus-monitor */
static gboolean
asks_for_every_signal (const char *rule)
{
  return strstr (rule, "interface=") == NULL && strstr (rule, "member=") == NULL &&
         strstr (rule, "arg") == NULL && strstr (rule, "sender='" DRIVER_NAME "'") == NULL;
}

static void
handle_add_match (AqBusCall *call,
                  GVariant  *parameters)
{
  const char *rule;

  g_variant_get (parameters, "(&s)", &rule);
  if (asks_for_every_signal (rule) && !aq_bus_peer_is_subscribed (call->peer))
    aq_bus_peer_subscribe (call->peer, NULL);
  aq_bus_call_reply (call, NULL);
}

static void
handle_remove_match (AqBusCall *call,
                     GVariant  *parameters)
{
  aq_bus_call_reply (call, NULL);
}

static void
handle_request_name (AqBusCall *call,
                     GVariant  *parameters)
{
  const char *name;

  g_variant_get (parameters, "(&su)", &name, NULL);
  fail (call, G_DBUS_ERROR_ACCESS_DENIED, name, "cannot be owned on a private connection");
}

static void
handle_release_name (AqBusCall *call,
                     GVariant  *parameters)
{
  aq_bus_call_reply (call, g_variant_new ("(u)", NON_EXISTENT));
}

static void
handle_start_service (AqBusCall *call,
                      GVariant  *parameters)
{
  const char *name;

  g_variant_get (parameters, "(&su)", &name, NULL);
  if (find_owner (call->peer, name) != NULL)
    aq_bus_call_reply (call, g_variant_new ("(u)", ALREADY_RUNNING));
  else
    fail (call, G_DBUS_ERROR_SERVICE_UNKNOWN, name, "cannot be started on a private connection");
}

static void
handle_name_has_owner (AqBusCall *call,
                       GVariant  *parameters)
{
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_bus_call_reply (call, g_variant_new ("(b)", find_owner (call->peer, name) != NULL));
}

static void
handle_get_name_owner (AqBusCall *call,
                       GVariant  *parameters)
{
  const char *name;
  const char *owner;

  g_variant_get (parameters, "(&s)", &name);
  owner = find_owner (call->peer, name);
  if (owner != NULL)
    aq_bus_call_reply (call, g_variant_new ("(s)", owner));
  else
    fail_no_owner (call, name);
}

static void
handle_list_names (AqBusCall *call,
                   GVariant  *parameters)
{
  const char * const names[] = { DRIVER_NAME, AQ_BUS_NAME, AQ_BUS_OWN_NAME,
                                 aq_bus_peer_get_name (call->peer), NULL };

  aq_bus_call_reply (call, g_variant_new ("(^as)", names));
}

static void
handle_list_activatable_names (AqBusCall *call,
                               GVariant  *parameters)
{
  const char * const names[] = { DRIVER_NAME, AQ_BUS_NAME, NULL };

  aq_bus_call_reply (call, g_variant_new ("(^as)", names));
}

/* we are the driver, too */
static gboolean
get_credentials (AqBusCall  *call,
                 const char *name,
                 guint32    *out_uid,
                 guint32    *out_pid)
{
  const char *owner = find_owner (call->peer, name);
  GCredentials *credentials = g_dbus_connection_get_peer_credentials (get_connection (call));

  if (owner == NULL)
    return FALSE;
  if (g_str_equal (owner, aq_bus_peer_get_name (call->peer)))
    {
      *out_uid = aq_bus_peer_get_uid (call->peer);
      *out_pid = credentials != NULL ? MAX (g_credentials_get_unix_pid (credentials, NULL), 0) : 0;
    }
  else
    {
      *out_uid = geteuid ();
      *out_pid = getpid ();
    }
  return TRUE;
}

static void
handle_get_user (AqBusCall *call,
                 GVariant  *parameters)
{
  const char *name;
  guint32 uid;
  guint32 pid;

  g_variant_get (parameters, "(&s)", &name);
  if (get_credentials (call, name, &uid, &pid))
    aq_bus_call_reply (call, g_variant_new ("(u)", uid));
  else
    fail_no_owner (call, name);
}

static void
handle_get_process_id (AqBusCall *call,
                       GVariant  *parameters)
{
  const char *name;
  guint32 uid;
  guint32 pid;

  g_variant_get (parameters, "(&s)", &name);
  if (get_credentials (call, name, &uid, &pid))
    aq_bus_call_reply (call, g_variant_new ("(u)", pid));
  else
    fail_no_owner (call, name);
}

static void
handle_get_credentials (AqBusCall *call,
                        GVariant  *parameters)
{
  GVariantBuilder builder;
  const char *name;
  guint32 uid;
  guint32 pid;

  g_variant_get (parameters, "(&s)", &name);
  if (!get_credentials (call, name, &uid, &pid))
    {
      fail_no_owner (call, name);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "UnixUserID", g_variant_new_uint32 (uid));
  if (pid != 0)
    g_variant_builder_add (&builder, "{sv}", "ProcessID", g_variant_new_uint32 (pid));
  aq_bus_call_reply (call, g_variant_new ("(a{sv})", &builder));
}

static void
handle_get_id (AqBusCall *call,
               GVariant  *parameters)
{
  aq_bus_call_reply (call, g_variant_new ("(s)", g_dbus_connection_get_guid (get_connection (call))));
}

/* a monitor loses its name, and busctl shows nothing before it has */
static void
send_name_lost (GDBusConnection *connection,
                const char      *name)
{
  g_autoptr(GDBusMessage) signal =
    g_dbus_message_new_signal (DRIVER_PATH, DRIVER_NAME, "NameLost");

  g_dbus_message_set_sender (signal, DRIVER_NAME);
  g_dbus_message_set_body (signal, g_variant_new ("(s)", name));
  /* fails only when the connection has ended */
  (void) g_dbus_connection_send_message (connection, signal, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                         NULL, NULL);
}

static void
handle_become_monitor (AqBusCall *call,
                       GVariant  *parameters)
{
  g_autoptr(GDBusConnection) connection = g_object_ref (get_connection (call));
  g_autofree char *name = g_strdup (aq_bus_peer_get_name (call->peer));

  aq_bus_peer_subscribe (call->peer, NULL);
  aq_bus_call_reply (call, NULL);
  send_name_lost (connection, name);
}

static const AqBusMethod methods[] = {
  { "Hello", handle_hello },
  { "AddMatch", handle_add_match },
  { "RemoveMatch", handle_remove_match },
  { "RequestName", handle_request_name },
  { "ReleaseName", handle_release_name },
  { "StartServiceByName", handle_start_service },
  { "NameHasOwner", handle_name_has_owner },
  { "GetNameOwner", handle_get_name_owner },
  { "ListNames", handle_list_names },
  { "ListActivatableNames", handle_list_activatable_names },
  { "GetConnectionUnixUser", handle_get_user },
  { "GetConnectionUnixProcessID", handle_get_process_id },
  { "GetConnectionCredentials", handle_get_credentials },
  { "GetId", handle_get_id },
  { "BecomeMonitor", handle_become_monitor },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

static gboolean
is_for_us (GDBusMessage *message)
{
  const char *destination = g_dbus_message_get_destination (message);

  return destination == NULL || g_str_equal (destination, AQ_BUS_NAME) ||
         g_str_equal (destination, AQ_BUS_OWN_NAME) || g_str_equal (destination, DRIVER_NAME);
}

static void
refuse (GDBusConnection *connection,
        GDBusMessage    *message)
{
  g_autoptr(GDBusMessage) reply = NULL;

  if (g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL ||
      (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) != 0)
    return;

  reply = g_dbus_message_new_method_error (message, "org.freedesktop.DBus.Error.ServiceUnknown",
                                           "nobody is called '%s' on this connection, only "
                                           AQ_BUS_NAME " is here",
                                           g_dbus_message_get_destination (message));
  /* fails only when the connection has ended */
  (void) g_dbus_connection_send_message (connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                         NULL);
}

/* ours name their sender already; what GDBus answers by itself does not */
static GDBusMessage *
add_sender (GDBusMessage *message)
{
  GDBusMessage *copy;

  if (g_dbus_message_get_sender (message) != NULL)
    return message;
  if (!g_dbus_message_get_locked (message))
    {
      g_dbus_message_set_sender (message, AQ_BUS_OWN_NAME);
      return message;
    }
  copy = g_dbus_message_copy (message, NULL);
  if (copy == NULL)
    return message;
  g_object_unref (message);
  g_dbus_message_set_sender (copy, AQ_BUS_OWN_NAME);
  return copy;
}

/* in GDBus's worker thread: uses constants only */
static GDBusMessage *
filter_names (GDBusConnection *connection,
              GDBusMessage    *message,
              gboolean         incoming,
              gpointer         user_data)
{
  if (!incoming)
    return add_sender (message);
  if (is_for_us (message))
    return message;
  refuse (connection, message);
  g_object_unref (message);
  return NULL;
}

static gboolean
export_all (AqBusDriver  *self,
            GError      **error)
{
  return aq_bus_router_register (self->router, &self->object, &interface, DRIVER_PATH,
                                 aq_bus_driver_org_freedesktop_dbus_interface_info (), error) &&
         aq_bus_router_register (self->router, &self->monitoring, &interface, DRIVER_PATH,
                                 aq_bus_driver_org_freedesktop_dbus_monitoring_interface_info (), error);
}

/**
 * aq_bus_driver_new:
 * @router: (transfer none): of a private connection, whose messages have not
 *   begun to flow
 * @error: return location for an error
 *
 * Makes a private connection look like one to a message bus.
 *
 * Errors: those of GDBus.
 *
 * Returns: (transfer full): its driver, or %NULL with @error set
 *
 * Since: 0.1
 */
AqBusDriver *
aq_bus_driver_new (AqBusRouter  *router,
                   GError      **error)
{
  g_autoptr(AqBusDriver) self = g_new0 (AqBusDriver, 1);

  self->router = router;
  if (!export_all (self, error))
    return NULL;
  (void) g_dbus_connection_add_filter (router->connection, filter_names, NULL, NULL);
  return g_steal_pointer (&self);
}

void
aq_bus_driver_free (AqBusDriver *self)
{
  aq_bus_router_unregister (self->router, &self->object);
  aq_bus_router_unregister (self->router, &self->monitoring);
  g_free (self);
}

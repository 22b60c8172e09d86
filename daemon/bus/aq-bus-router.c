/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Our objects on one connection
 *
 * All of them have one vtable: a call is looked up in the table of its object's
 * interface, and handed on with the peer that has made it.
 */

#include "config.h"

#include "bus/aq-bus-router.h"

#include "bus/aq-bus-agent.h"
#include "bus/aq-bus-agents.h"
#include "bus/aq-bus-job.h"
#include "bus/aq-bus-jobs.h"
#include "bus/aq-bus-limit.h"
#include "bus/aq-bus-limits.h"
#include "bus/aq-bus-plugin.h"
#include "bus/aq-bus-plugins.h"
#include "bus/aq-bus-manager.h"
#include "bus/aq-bus-properties.h"
#include "bus/aq-bus-queue.h"
#include "bus/aq-bus-queues.h"
#include "bus/aq-bus-schedule.h"
#include "bus/aq-bus-schedules.h"
#include "bus/aq-bus-testing.h"

/* NULL: GDBus and the table do not agree */
static AqBusHandler
find_handler (const AqBusInterface  *self,
              GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);

  if (aq_bus_properties_is_call (invocation))
    return self->properties;
  for (guint i = 0; i < self->n_methods; i++)
    if (g_str_equal (self->methods[i].name, name))
      return self->methods[i].handle;
  return NULL;
}

static void
on_method_call (GDBusConnection       *connection,
                const char            *sender,
                const char            *object_path,
                const char            *interface_name,
                const char            *method_name,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  AqBusObject *object = user_data;
  AqBusHandler handle = find_handler (object->interface, invocation);

  g_assert (handle != NULL);
  object->router->route (object->router, invocation, handle);
}

static const GDBusInterfaceVTable vtable = { .method_call = on_method_call };

/**
 * aq_bus_router_register:
 * @self: a router
 * @object: where to remember it; must outlive the registration
 * @interface: what handles its calls
 * @path: the object's path
 * @info: (transfer none): the description of the interface
 * @error: return location for an error
 *
 * Puts an object with one interface on the connection.
 *
 * Errors: those of GDBus.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_router_register (AqBusRouter          *self,
                        AqBusObject          *object,
                        const AqBusInterface *interface,
                        const char           *path,
                        GDBusInterfaceInfo   *info,
                        GError              **error)
{
  object->router = self;
  object->interface = interface;
  object->id = g_dbus_connection_register_object (self->connection, path, info, &vtable, object,
                                                  NULL, error);
  return object->id != 0;
}

/* none: Introspect of the path above is answered by an object of its own, which can wait for the engine */
static char **
enumerate_nodes (GDBusConnection *connection,
                 const char      *sender,
                 const char      *object_path,
                 gpointer         user_data)
{
  return g_new0 (char *, 1);
}

static GDBusInterfaceInfo **
introspect_node (GDBusConnection *connection,
                 const char      *sender,
                 const char      *object_path,
                 const char      *node,
                 gpointer         user_data)
{
  const AqBusObject *object = user_data;
  GDBusInterfaceInfo **interfaces;

  if (node == NULL || !object->is_node (node))
    return NULL;

  interfaces = g_new0 (GDBusInterfaceInfo *, 2);
  interfaces[0] = g_dbus_interface_info_ref (object->info);
  return interfaces;
}

static const GDBusInterfaceVTable *
dispatch_node (GDBusConnection *connection,
               const char      *sender,
               const char      *object_path,
               const char      *interface_name,
               const char      *node,
               gpointer        *out_user_data,
               gpointer         user_data)
{
  *out_user_data = user_data;
  return &vtable;
}

static const GDBusSubtreeVTable subtree_vtable = {
  .enumerate = enumerate_nodes,
  .introspect = introspect_node,
  .dispatch = dispatch_node,
};

/**
 * aq_bus_router_register_subtree:
 * @self: a router
 * @object: where to remember it; must outlive the registration
 * @interface: what handles the calls of its objects
 * @path: the path above all of them
 * @info: (transfer none): the description of the interface
 * @is_node: which labels below @path are objects
 * @error: return location for an error
 *
 * Puts all objects of one kind, those to come too, on the connection.
 *
 * Errors: those of GDBus.
 *
 * Returns: whether they are there
 *
 * Since: 0.1
 */
gboolean
aq_bus_router_register_subtree (AqBusRouter          *self,
                                AqBusObject          *object,
                                const AqBusInterface *interface,
                                const char           *path,
                                GDBusInterfaceInfo   *info,
                                AqBusIsNode           is_node,
                                GError              **error)
{
  object->router = self;
  object->interface = interface;
  object->info = info;
  object->is_node = is_node;
  object->id = g_dbus_connection_register_subtree (self->connection, path, &subtree_vtable,
                                                   G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, object, NULL,
                                                   error);
  return object->id != 0;
}

/**
 * aq_bus_router_unregister:
 * @self: a router
 * @object: something on its connection, or not
 *
 * Since: 0.1
 */
void
aq_bus_router_unregister (AqBusRouter *self,
                          AqBusObject *object)
{
  if (object->id != 0)
    (void) g_dbus_connection_unregister_object (self->connection, object->id);
  object->id = 0;
}

static void
unregister_subtree (AqBusRouter *self,
                    AqBusObject *object)
{
  if (object->id != 0)
    (void) g_dbus_connection_unregister_subtree (self->connection, object->id);
  object->id = 0;
}

static gboolean
export_all (AqBusRouter  *self,
            GError      **error)
{
  gboolean manual = aq_clock_is_manual (aq_engine_get_clock (self->host->engine));

  return aq_bus_manager_export (self, error) && (!manual || aq_bus_testing_export (self, error)) &&
         aq_bus_jobs_export (self, error) && aq_bus_job_export (self, error) &&
         aq_bus_queues_export (self, error) && aq_bus_queue_export (self, error) &&
         aq_bus_agents_export (self, error) && aq_bus_agent_export (self, error) &&
         aq_bus_schedules_export (self, error) && aq_bus_schedule_export (self, error) &&
         aq_bus_limits_export (self, error) && aq_bus_limit_export (self, error) &&
         aq_bus_plugins_export (self, error) && aq_bus_plugin_export (self, error);
}

/**
 * aq_bus_router_export:
 * @self: a router, without objects
 * @error: return location for an error
 *
 * Puts the manager, the jobs, the queues, the agents, the schedules, the limits, the plugins, and where
 * the clock is a manual one, the testing interface on the connection.
 *
 * Errors: those of GDBus.
 *
 * Returns: whether all are there; else none is
 *
 * Since: 0.1
 */
gboolean
aq_bus_router_export (AqBusRouter  *self,
                      GError      **error)
{
  if (export_all (self, error))
    return TRUE;

  aq_bus_router_unexport (self);
  return FALSE;
}

/**
 * aq_bus_router_unexport:
 * @self: a router
 *
 * Takes the objects off the connection; no call comes through them any more.
 *
 * Since: 0.1
 */
void
aq_bus_router_unexport (AqBusRouter *self)
{
  aq_bus_router_unregister (self, &self->manager);
  aq_bus_router_unregister (self, &self->testing);
  aq_bus_router_unregister (self, &self->folder);
  unregister_subtree (self, &self->jobs);
  aq_bus_router_unregister (self, &self->queue_folder);
  unregister_subtree (self, &self->queues);
  aq_bus_router_unregister (self, &self->agent_folder);
  unregister_subtree (self, &self->agents);
  aq_bus_router_unregister (self, &self->schedule_folder);
  unregister_subtree (self, &self->schedules);
  aq_bus_router_unregister (self, &self->limit_folder);
  unregister_subtree (self, &self->limits);
  aq_bus_router_unregister (self, &self->plugin_folder);
  unregister_subtree (self, &self->plugins);
}

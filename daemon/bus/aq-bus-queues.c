/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which queues there are: the folder of the queues, and methods of org.asyncq.Manager1
 */

#include "config.h"

#include "bus/aq-bus-queues.h"

#include "bus/aq-bus-folder.h"
#include "core/aq-engine-queues.h"

void
aq_bus_queues_create (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_create_queue (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_queues_remove (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_remove_queue (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_queues_list (AqBusCall *call,
                    GVariant  *parameters)
{
  aq_engine_list_queues (aq_bus_call_get_engine (call), aq_bus_call_read, call);
}

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  aq_engine_list_queues (aq_bus_call_get_engine (call), aq_bus_folder_read, call);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/**
 * aq_bus_queues_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the folder of the queues on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_queues_export (AqBusRouter  *router,
                      GError      **error)
{
  return aq_bus_folder_export (router, &router->queue_folder, &interface, AQ_BUS_QUEUES_PATH, error);
}

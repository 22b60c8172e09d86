/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Agent1
 *
 * One subtree answers for all agents, as for the queues.
 */

#include "config.h"

#include "bus/aq-bus-agent.h"

#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-label.h"
#include "bus/aq-bus-properties.h"
#include "core/aq-engine-agents.h"

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_read_agent (aq_bus_call_get_engine (call), name, aq_bus_properties_read, call);
}

static void
handle_change (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  g_autoptr(GVariant) settings = g_variant_get_child_value (parameters, 0);

  aq_engine_set_agent (aq_bus_call_get_engine (call), &actor, name, settings, aq_bus_call_done, call);
}

static const AqBusMethod methods[] = {
  { "Change", handle_change },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

/**
 * aq_bus_agent_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts all agents, those to come too, on the router's connection.
 *
 * Returns: whether they are there
 *
 * Since: 0.1
 */
gboolean
aq_bus_agent_export (AqBusRouter  *router,
                     GError      **error)
{
  return aq_bus_router_register_subtree (router, &router->agents, &interface, AQ_BUS_AGENTS_PATH,
                                         aq_bus_agent1_interface_info (), aq_bus_label_is_name, error);
}

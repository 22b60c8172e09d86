/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1: factories
 */

#include "config.h"

#include "bus/aq-bus-factories.h"

#include "core/aq-engine-factories.h"

void
aq_bus_factories_add (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) entry = NULL;
  const char *name;

  g_variant_get (parameters, "(&s@a{sv})", &name, &entry);
  aq_engine_add_factory (aq_bus_call_get_engine (call), &actor, name, entry, aq_bus_call_done, call);
}

void
aq_bus_factories_remove (AqBusCall *call,
                         GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_remove_factory (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_factories_list (AqBusCall *call,
                       GVariant  *parameters)
{
  aq_engine_list_factories (aq_bus_call_get_engine (call), aq_bus_call_read, call);
}

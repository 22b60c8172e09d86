/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which agents there are: the folder of the agents, and methods of org.asyncq.Manager1
 */

#include "config.h"

#include "bus/aq-bus-agents.h"

#include "bus/aq-bus-folder.h"
#include "bus/aq-bus-options.h"
#include "core/aq-engine-agents.h"
#include "core/aq-lane.h"

void
aq_bus_agents_add (AqBusCall *call,
                   GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(AqAgent) agent = NULL;
  g_autoptr(GError) error = NULL;
  const char *name;

  g_variant_get (parameters, "(&s@a{sv})", &name, &settings);
  agent = aq_agent_new_from_settings (name, NULL, settings, &error);
  if (agent != NULL)
    aq_engine_add_agent (aq_bus_call_get_engine (call), &actor, agent, aq_bus_call_done, call);
  else
    aq_bus_call_fail (call, error);
}

void
aq_bus_agents_remove (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_remove_agent (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_agents_list (AqBusCall *call,
                    GVariant  *parameters)
{
  aq_engine_list_agents (aq_bus_call_get_engine (call), aq_bus_call_read, call);
}

void
aq_bus_agents_explain (AqBusCall *call,
                       GVariant  *parameters)
{
  static const char * const keys[] = { "function", "priority", "queue", "tags", NULL };
  g_autoptr(GVariant) options = g_variant_get_child_value (parameters, 0);
  g_autofree char *queue = NULL;
  g_autofree char *function = NULL;
  g_auto(GStrv) tags = NULL;
  g_autoptr(GError) error = NULL;
  guint64 priority = AQ_PRIORITY_DEFAULT;

  if (aq_bus_options_check (options, keys, &error) &&
      aq_bus_options_get_uint (options, "priority", 0, G_MAXUINT8, &priority, &error) &&
      aq_bus_options_dup_string (options, "queue", &queue, &error) &&
      aq_bus_options_dup_string (options, "function", &function, &error) &&
      aq_bus_options_dup_strings (options, "tags", &tags, &error))
    {
      const AqLane lane = {
        .queue = queue != NULL ? queue : (char *) "", .function = function, .tags = tags, .priority = (guint8) priority
      };

      aq_bus_call_reply_flushed (call, aq_engine_explain_agents (aq_bus_call_get_engine (call), &lane));
    }
  else
    aq_bus_call_fail (call, error);
}

/* folder */

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  aq_engine_list_agents (aq_bus_call_get_engine (call), aq_bus_folder_read, call);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/**
 * aq_bus_agents_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the folder of the agents on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_agents_export (AqBusRouter  *router,
                      GError      **error)
{
  return aq_bus_folder_export (router, &router->agent_folder, &interface, AQ_BUS_AGENTS_PATH, error);
}

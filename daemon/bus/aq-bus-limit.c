/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Limit1
 *
 * Every limit is an object, and none is registered: one subtree answers for all
 * of them, as for the queues.
 */

#include "config.h"

#include "bus/aq-bus-limit.h"

#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-label.h"
#include "bus/aq-bus-limits.h"
#include "bus/aq-bus-properties.h"
#include "core/aq-engine-limits.h"

/* what the engine calls a property, and what it is where a limit does not have it */
static const struct
{
  const char *name;
  const char *key;
  const char *none;
} properties[] = {
  { "Burst", "burst", "uint32 0" },
  { "Created", "created", "int64 0" },
  { "CreatedBy", "by", "uint32 0" },
  { "InUse", "in-use", "uint64 0" },
  { "Instances", "instances", "uint32 0" },
  { "Name", "name", "''" },
  { "Period", "period", "int64 0" },
  { "Rate", "rate", "uint32 0" },
  { "Size", "size", "uint32 0" },
  { "Waiting", "waiting", "uint64 0" },
};

static GVariant *
new_properties (GVariant *limit)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (limit, properties[i].key, NULL);

      g_variant_dict_insert_value (&dict, properties[i].name,
                                   value != NULL ? value : g_variant_new_parsed (properties[i].none));
    }
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  AqBusCall *call = user_data;
  g_autoptr(GVariant) all = NULL;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  all = new_properties (value);
  aq_bus_call_reply (call, aq_bus_properties_answer (call->invocation, all));
}

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_read_limit (aq_bus_call_get_engine (call), name, on_read, call);
}

static void
handle_change (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  g_autoptr(GVariant) given = g_variant_get_child_value (parameters, 0);
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GError) error = NULL;

  settings = aq_bus_limits_parse (given, &error);
  if (settings != NULL)
    aq_engine_set_limit (aq_bus_call_get_engine (call), &actor, name, settings, FALSE, aq_bus_call_done, call);
  else
    aq_bus_call_fail (call, error);
}

static void
on_uses_read (GVariant     *value,
              const GError *error,
              gpointer      user_data)
{
  AqBusCall *call = user_data;
  g_autoptr(GVariant) uses = NULL;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  uses = g_variant_lookup_value (value, "uses", G_VARIANT_TYPE ("aa{sv}"));
  aq_bus_call_reply (call, g_variant_new_tuple (&uses, 1));
}

static void
handle_uses (AqBusCall *call,
             GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_read_limit (aq_bus_call_get_engine (call), name, on_uses_read, call);
}

static const AqBusMethod methods[] = {
  { "Change", handle_change },
  { "Uses", handle_uses },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

/**
 * aq_bus_limit_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts all limits, those to come too, on the router's connection.
 *
 * Returns: whether they are there
 *
 * Since: 0.1
 */
gboolean
aq_bus_limit_export (AqBusRouter  *router,
                     GError      **error)
{
  return aq_bus_router_register_subtree (router, &router->limits, &interface, AQ_BUS_LIMITS_PATH,
                                         aq_bus_limit1_interface_info (), aq_bus_label_is_name, error);
}

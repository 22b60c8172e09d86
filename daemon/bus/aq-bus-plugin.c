/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Plugin1
 *
 * Every plugin that there is, was or is refused is an object, in one subtree as the
 * queues are. What is told of one is asked of the daemon at each call.
 */

#include "config.h"

#include "bus/aq-bus-plugin.h"

#include "bus/aq-bus-function.h"
#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-label.h"
#include "bus/aq-bus-plugins.h"
#include "bus/aq-bus-properties.h"
#include "core/aq-engine-quarantine.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* what the daemon calls a property, and what it is where a plugin does not have it */
static const struct
{
  const char *name;
  const char *key;
  const char *none;
} properties[] = {
  { "Build", "build", "''" },
  { "File", "file", "''" },
  { "Generation", "generation", "uint32 0" },
  { "Id", "id", "''" },
  { "Loaded", "loaded", "int64 0" },
  { "Notes", "notes", "@as []" },
  { "Refusal", "refusal", "''" },
  { "Sandboxes", "sandboxes", "@a{sas} {}" },
  { "State", "state", "''" },
  { "Version", "version", "''" },
  { "Workers", "workers", "@a{uu} {}" },
};

/* Returns: (transfer full) (nullable): the entry of the plugin */
static GVariant *
find_plugin (AqBusCall  *call,
             const char *id)
{
  g_autoptr(GVariant) plugins = aq_bus_plugins_dup (aq_bus_call_get_host (call));

  for (gsize i = 0; i < g_variant_n_children (plugins); i++)
    {
      g_autoptr(GVariant) plugin = g_variant_get_child_value (plugins, i);
      const char *other = "";

      if (g_variant_lookup (plugin, "id", "&s", &other) && *other != '\0' && g_str_equal (id, other))
        return g_steal_pointer (&plugin);
    }
  return NULL;
}

static void
refuse_unknown (AqBusCall  *call,
                const char *id)
{
  g_autoptr(GError) error = NULL;

  error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_PLUGIN,
                       "there is no plugin '%s': no plugin directory has a file '%s.so'", id, id);
  aq_bus_call_fail (call, error);
}

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autofree char *id = aq_bus_call_dup_name (call);
  g_autoptr(GVariant) plugin = find_plugin (call, id);
  g_autoptr(GVariant) all = NULL;
  GVariantDict dict;

  if (plugin == NULL)
    {
      refuse_unknown (call, id);
      return;
    }
  g_variant_dict_init (&dict, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (plugin, properties[i].key, NULL);

      g_variant_dict_insert_value (&dict, properties[i].name,
                                   value != NULL ? value : g_variant_new_parsed (properties[i].none));
    }
  g_variant_dict_insert_value (&dict, "Functions", aq_bus_function_list (aq_bus_call_get_engine (call), id));
  all = g_variant_ref_sink (g_variant_dict_end (&dict));
  aq_bus_call_reply_flushed (call, aq_bus_properties_answer (call->invocation, all));
}

static void
handle_reload (AqBusCall *call,
               GVariant  *parameters)
{
  const AqBusHost *host = aq_bus_call_get_host (call);
  g_autofree char *id = aq_bus_call_dup_name (call);

  if (host->reload_plugin != NULL && host->reload_plugin (id, host->user_data))
    aq_bus_call_reply (call, NULL);
  else
    refuse_unknown (call, id);
}

static void
handle_release (AqBusCall *call,
                GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *id = aq_bus_call_dup_name (call);
  g_autofree char *prefix = g_strconcat (id, ".", NULL);
  g_autofree char *name = NULL;
  const char *function;

  g_variant_get (parameters, "(&s)", &function);
  name = g_str_has_prefix (function, prefix) ? g_strdup (function) : g_strconcat (prefix, function, NULL);
  aq_engine_release_function (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

static const AqBusMethod methods[] = {
  { "Release", handle_release },
  { "Reload", handle_reload },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

/* puts all plugins, those to come too, on the router's connection */
gboolean
aq_bus_plugin_export (AqBusRouter  *router,
                      GError      **error)
{
  return aq_bus_router_register_subtree (router, &router->plugins, &interface, AQ_BUS_PLUGINS_PATH,
                                         aq_bus_plugin1_interface_info (), aq_bus_label_is_name, error);
}

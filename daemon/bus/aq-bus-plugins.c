/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which plugins there are: the folder of the plugins, and a method of org.asyncq.Manager1
 */

#include "config.h"

#include "bus/aq-bus-plugins.h"

#include "bus/aq-bus-folder.h"
#include "bus/aq-bus-function.h"
#include "bus/aq-bus-label.h"

GVariant *
aq_bus_plugins_dup (const AqBusHost *host)
{
  GVariant *list = host->list_plugins != NULL ? host->list_plugins (host->user_data) : NULL;

  return g_variant_ref_sink (list != NULL ? list : g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
}

void
aq_bus_plugins_list (AqBusCall *call,
                     GVariant  *parameters)
{
  const AqBusHost *host = aq_bus_call_get_host (call);
  g_autoptr(GVariant) plugins = aq_bus_plugins_dup (host);
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; i < g_variant_n_children (plugins); i++)
    {
      g_autoptr(GVariant) plugin = g_variant_get_child_value (plugins, i);
      const char *id = "";
      GVariantDict dict;

      (void) g_variant_lookup (plugin, "id", "&s", &id);
      g_variant_dict_init (&dict, plugin);
      g_variant_dict_insert_value (&dict, "functions", aq_bus_function_list (host->engine, id));
      g_variant_builder_add_value (&list, g_variant_dict_end (&dict));
    }
  aq_bus_call_reply_flushed (call, g_variant_new ("(aa{sv})", &list));
}

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autoptr(GVariant) plugins = aq_bus_plugins_dup (aq_bus_call_get_host (call));
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < g_variant_n_children (plugins); i++)
    {
      g_autoptr(GVariant) plugin = g_variant_get_child_value (plugins, i);
      const char *id = "";

      (void) g_variant_lookup (plugin, "id", "&s", &id);
      if (*id != '\0')
        g_ptr_array_add (labels, aq_bus_label_escape (id));
    }
  aq_bus_folder_answer (call, labels);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/* puts the folder of the plugins on the router's connection */
gboolean
aq_bus_plugins_export (AqBusRouter  *router,
                       GError      **error)
{
  return aq_bus_folder_export (router, &router->plugin_folder, &interface, AQ_BUS_PLUGINS_PATH, error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * An object above others
 *
 * It has Introspect and nothing else. GDBus would ask a subtree for its nodes and
 * want them at once; what is in the store may only be shown when it is flushed, so
 * a folder answers for itself.
 */

#include "config.h"

#include "bus/aq-bus-folder.h"

#include "bus/aq-bus-label.h"

static const char introspectable_xml[] =
  "<node>"
  "  <interface name='org.freedesktop.DBus.Introspectable'>"
  "    <method name='Introspect'>"
  "      <arg type='s' name='xml_data' direction='out'/>"
  "    </method>"
  "  </interface>"
  "</node>";

static const char answer_head[] =
  "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
  "                      \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n"
  "<node>\n"
  "  <interface name=\"org.freedesktop.DBus.Introspectable\">\n"
  "    <method name=\"Introspect\">\n"
  "      <arg type=\"s\" name=\"xml_data\" direction=\"out\"/>\n"
  "    </method>\n"
  "  </interface>\n"
  "  <interface name=\"org.freedesktop.DBus.Peer\">\n"
  "    <method name=\"Ping\"/>\n"
  "    <method name=\"GetMachineId\">\n"
  "      <arg type=\"s\" name=\"machine_uuid\" direction=\"out\"/>\n"
  "    </method>\n"
  "  </interface>\n";

/**
 * aq_bus_folder_answer:
 * @call: (transfer full): a call of Introspect
 * @labels: (element-type utf8): what is below the folder
 *
 * Since: 0.1
 */
void
aq_bus_folder_answer (AqBusCall *call,
                      GPtrArray *labels)
{
  g_autoptr(GString) xml = g_string_new (answer_head);

  for (guint i = 0; i < labels->len; i++)
    g_string_append_printf (xml, "  <node name=\"%s\"/>\n", (const char *) g_ptr_array_index (labels, i));
  g_string_append (xml, "</node>\n");
  aq_bus_call_reply (call, g_variant_new ("(s)", xml->str));
}

/**
 * aq_bus_folder_read:
 * @list: (nullable): `aa{sv}`: what is below the folder, each with its "Name" or "name"
 * @error: (nullable): why it could not be read
 * @call: an #AqBusCall of Introspect
 *
 * For the engine: answers the call that @call is.
 *
 * Since: 0.1
 */
void
aq_bus_folder_read (GVariant     *list,
                    const GError *error,
                    gpointer      call)
{
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr(GVariant) member = g_variant_get_child_value (list, i);
      const char *name = "";

      if (!g_variant_lookup (member, "Name", "&s", &name))
        (void) g_variant_lookup (member, "name", "&s", &name);
      g_ptr_array_add (labels, aq_bus_label_escape (name));
    }
  aq_bus_folder_answer (call, labels);
}

/**
 * aq_bus_folder_export:
 * @router: (transfer none): who makes the calls
 * @object: where to remember it
 * @interface: what handles Introspect
 * @path: the folder's path
 * @error: return location for an error
 *
 * Returns: whether the folder is on the router's connection
 *
 * Since: 0.1
 */
gboolean
aq_bus_folder_export (AqBusRouter          *router,
                      AqBusObject          *object,
                      const AqBusInterface *interface,
                      const char           *path,
                      GError              **error)
{
  g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspectable_xml, NULL);

  return aq_bus_router_register (router, object, interface, path, node->interfaces[0], error);
}

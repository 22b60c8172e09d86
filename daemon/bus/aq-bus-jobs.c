/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The folder of the jobs
 *
 * The object above the jobs has Introspect and nothing else. GDBus would ask a
 * subtree for its nodes and want them at once; what is in the store may only be
 * shown when it is flushed, so this answers for itself, and names the newest
 * jobs only: there may be millions.
 */

#include "config.h"

#include "bus/aq-bus-jobs.h"

#define N_SHOWN 100

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

static void
on_listed (GVariant     *value,
           const GError *error,
           gpointer      user_data)
{
  AqBusCall *call = user_data;
  g_autoptr(GString) xml = NULL;
  g_autoptr(GVariant) jobs = NULL;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }

  xml = g_string_new (answer_head);
  jobs = g_variant_get_child_value (value, 0);
  for (gsize i = 0; i < g_variant_n_children (jobs); i++)
    {
      g_autoptr(GVariant) job = g_variant_get_child_value (jobs, i);
      guint64 id = 0;

      (void) g_variant_lookup (job, "Id", "t", &id);
      g_string_append_printf (xml, "  <node name=\"%" G_GUINT64_FORMAT "\"/>\n", id);
    }
  g_string_append (xml, "</node>\n");
  aq_bus_call_reply (call, g_variant_new ("(s)", xml->str));
}

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autoptr(AqFilter) everything = aq_filter_parse ("", NULL);

  aq_engine_list_jobs (aq_bus_call_get_engine (call), everything, G_MAXUINT64, N_SHOWN, FALSE,
                       on_listed, call);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/**
 * aq_bus_jobs_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the folder of the jobs on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_jobs_export (AqBusRouter  *router,
                    GError      **error)
{
  g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspectable_xml, NULL);

  return aq_bus_router_register (router, &router->folder, &interface, AQ_BUS_JOBS_PATH, node->interfaces[0],
                                 error);
}

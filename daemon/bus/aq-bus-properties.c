/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.freedesktop.DBus.Properties
 *
 * A vtable without get_property gets Get and GetAll as method calls, which can
 * be answered later. GDBus has made sure by then that the interface and the
 * property exist, and has refused every Set, for all of ours are read-only.
 */

#include "config.h"

#include "bus/aq-bus-properties.h"

gboolean
aq_bus_properties_is_call (GDBusMethodInvocation *invocation)
{
  return g_str_equal (g_dbus_method_invocation_get_interface_name (invocation),
                      AQ_BUS_PROPERTIES_INTERFACE);
}

/**
 * aq_bus_properties_answer:
 * @invocation: a call of Get or GetAll
 * @properties: `a{sv}`: all properties of the interface that it names
 *
 * Returns: (transfer floating): the answer
 *
 * Since: 0.1
 */
GVariant *
aq_bus_properties_answer (GDBusMethodInvocation *invocation,
                          GVariant              *properties)
{
  const GDBusPropertyInfo *info = g_dbus_method_invocation_get_property_info (invocation);
  g_autoptr(GVariant) value = NULL;

  if (info == NULL)
    return g_variant_new ("(@a{sv})", properties);

  value = g_variant_lookup_value (properties, info->name, G_VARIANT_TYPE (info->signature));
  g_assert (value != NULL);
  return g_variant_new ("(v)", value);
}

void
aq_bus_properties_read (GVariant     *properties,
                        const GError *error,
                        gpointer      call)
{
  AqBusCall *self = call;

  if (error != NULL)
    aq_bus_call_fail (self, error);
  else
    aq_bus_call_reply (self, aq_bus_properties_answer (self->invocation, properties));
}

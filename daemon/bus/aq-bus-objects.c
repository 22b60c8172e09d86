/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1: objects
 */

#include "config.h"

#include "bus/aq-bus-objects.h"

#include "bus/aq-bus-value.h"
#include "core/aq-engine-objects.h"

#define MAX_LIST_LENGTH 1000

void
aq_bus_objects_create (AqBusCall *call,
                       GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) value = NULL;
  const char *name;

  g_variant_get (parameters, "(&sv)", &name, &value);
  aq_engine_create_object (aq_bus_call_get_engine (call), &actor, name, value, aq_bus_call_done, call);
}

void
aq_bus_objects_set (AqBusCall *call,
                    GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) value = NULL;
  const char *name;
  guint64 version;

  g_variant_get (parameters, "(&svt)", &name, &value, &version);
  aq_engine_set_object (aq_bus_call_get_engine (call), &actor, name, value, version, aq_bus_call_done, call);
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  AqBusCall *call = user_data;
  g_autoptr(GVariant) view = NULL;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  view = g_variant_ref_sink (aq_bus_value_new (value));
  aq_bus_call_reply (call, g_variant_new_tuple (&view, 1));
}

void
aq_bus_objects_read (AqBusCall *call,
                     GVariant  *parameters)
{
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_read_object (aq_bus_call_get_engine (call), name, on_read, call);
}

void
aq_bus_objects_remove (AqBusCall *call,
                       GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_remove_object (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_objects_list (AqBusCall *call,
                     GVariant  *parameters)
{
  const char *glob, *after;
  guint32 limit;

  g_variant_get (parameters, "(&s&su)", &glob, &after, &limit);
  if (limit < 1 || limit > MAX_LIST_LENGTH)
    {
      g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'limit' is %u, 1 to %d is wanted",
                                             limit, MAX_LIST_LENGTH);

      aq_bus_call_fail (call, error);
      return;
    }
  aq_engine_list_objects (aq_bus_call_get_engine (call), glob, after, limit, aq_bus_call_read, call);
}

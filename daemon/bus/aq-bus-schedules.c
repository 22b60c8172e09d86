/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which schedules there are: the folder of the schedules, and methods of org.asyncq.Manager1
 */

#include "config.h"

#include "bus/aq-bus-schedules.h"

#include "bus/aq-bus-folder.h"
#include "core/aq-engine-schedules.h"

void
aq_bus_schedules_add (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) settings = NULL;
  const char *name;

  g_variant_get (parameters, "(&s@a{sv})", &name, &settings);
  aq_engine_add_schedule (aq_bus_call_get_engine (call), &actor, name, settings, aq_bus_call_done, call);
}

void
aq_bus_schedules_remove (AqBusCall *call,
                         GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_remove_schedule (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_schedules_list (AqBusCall *call,
                       GVariant  *parameters)
{
  aq_engine_list_schedules (aq_bus_call_get_engine (call), aq_bus_call_read, call);
}

void
aq_bus_schedules_preview (AqBusCall *call,
                          GVariant  *parameters)
{
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GVariant) preview = NULL;
  g_autoptr(GError) error = NULL;
  guint32 n_times;

  g_variant_get (parameters, "(@a{sv}u)", &settings, &n_times);
  preview = aq_engine_preview_calendar (aq_bus_call_get_engine (call), settings, n_times, &error);
  if (preview != NULL)
    aq_bus_call_reply (call, preview);
  else
    aq_bus_call_fail (call, error);
}

void
aq_bus_schedules_set (AqBusCall *call,
                      GVariant  *parameters)
{
  gboolean is_scheduling;

  g_variant_get (parameters, "(b)", &is_scheduling);
  aq_engine_set_scheduling (aq_bus_call_get_engine (call), is_scheduling);
  aq_bus_call_reply (call, NULL);
}

void
aq_bus_schedules_next (AqBusCall *call,
                       GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);

  aq_engine_schedule_next (aq_bus_call_get_engine (call), &actor, aq_bus_call_job_done, call);
}

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  aq_engine_list_schedules (aq_bus_call_get_engine (call), aq_bus_folder_read, call);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/**
 * aq_bus_schedules_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the folder of the schedules on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_schedules_export (AqBusRouter  *router,
                         GError      **error)
{
  return aq_bus_folder_export (router, &router->schedule_folder, &interface, AQ_BUS_SCHEDULES_PATH, error);
}

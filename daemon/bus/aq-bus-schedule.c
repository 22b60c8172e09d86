/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Schedule1
 *
 * Every schedule is an object, and none is registered: one subtree answers for
 * all of them, as for the jobs.
 */

#include "config.h"

#include "bus/aq-bus-schedule.h"

#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-label.h"
#include "bus/aq-bus-properties.h"
#include "core/aq-engine-schedules.h"

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_read_schedule (aq_bus_call_get_engine (call), name, aq_bus_properties_read, call);
}

static void
handle_change (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  g_autoptr(GVariant) settings = g_variant_get_child_value (parameters, 0);

  aq_engine_change_schedule (aq_bus_call_get_engine (call), &actor, name, settings, aq_bus_call_done, call);
}

static void
handle_pause (AqBusCall *call,
              GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  const char *reason;

  g_variant_get (parameters, "(&s)", &reason);
  aq_engine_pause_schedule (aq_bus_call_get_engine (call), &actor, name, reason, aq_bus_call_done, call);
}

static void
handle_resume (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_resume_schedule (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

static void
handle_trigger (AqBusCall *call,
                GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_trigger_schedule (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_job_done, call);
}

static void
handle_preview (AqBusCall *call,
                GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);
  guint32 n_times;

  g_variant_get (parameters, "(u)", &n_times);
  aq_engine_preview_schedule (aq_bus_call_get_engine (call), name, n_times, aq_bus_call_read, call);
}

static const AqBusMethod methods[] = {
  { "Change", handle_change },
  { "Pause", handle_pause },
  { "Preview", handle_preview },
  { "Resume", handle_resume },
  { "Trigger", handle_trigger },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

/**
 * aq_bus_schedule_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts all schedules, those to come too, on the router's connection.
 *
 * Returns: whether they are there
 *
 * Since: 0.1
 */
gboolean
aq_bus_schedule_export (AqBusRouter  *router,
                        GError      **error)
{
  return aq_bus_router_register_subtree (router, &router->schedules, &interface, AQ_BUS_SCHEDULES_PATH,
                                         aq_bus_schedule1_interface_info (), aq_bus_label_is_name, error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Testing1
 */

#include "config.h"

#include "bus/aq-bus-testing.h"

#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-properties.h"
#include "core/aq-engine-claiming.h"

/* a hundred years: both clocks stay far from the end of their range */
#define MAX_INTERVAL_USEC (G_GINT64_CONSTANT (100) * 366 * 24 * 3600 * G_USEC_PER_SEC)
#define MAX_WALL_USEC (G_MAXINT64 / 2)
/* 9999-12-31T23:59:59Z */
#define MAX_TIME_USEC (G_GINT64_CONSTANT (253402300799) * G_USEC_PER_SEC)

static AqClock *
get_clock (AqBusCall *call)
{
  return aq_engine_get_clock (aq_bus_call_get_engine (call));
}

static void
handle_advance (AqBusCall *call,
                GVariant  *parameters)
{
  AqEngine *engine = aq_bus_call_get_engine (call);
  AqClock *clock = get_clock (call);
  gint64 interval_usec;

  g_variant_get (parameters, "(x)", &interval_usec);
  if (interval_usec < 0 || interval_usec > MAX_INTERVAL_USEC ||
      aq_clock_get_wall (clock) > MAX_WALL_USEC)
    {
      g_autoptr(GError) error = NULL;

      g_set_error_literal (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "'interval' is not 0 to 100 years, in microseconds");
      aq_bus_call_fail (call, error);
      return;
    }
  aq_clock_advance (clock, interval_usec);
  aq_engine_when_flushed (engine, aq_bus_call_done, call);
}

static void
handle_set_time (AqBusCall *call,
                 GVariant  *parameters)
{
  gint64 time_usec;

  g_variant_get (parameters, "(x)", &time_usec);
  if (time_usec < 0 || time_usec > MAX_TIME_USEC)
    {
      g_autoptr(GError) error = NULL;

      g_set_error_literal (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                           "'time' is not from 1970 to 9999, in microseconds");
      aq_bus_call_fail (call, error);
      return;
    }
  aq_clock_set_wall (get_clock (call), time_usec);
  aq_engine_when_flushed (aq_bus_call_get_engine (call), aq_bus_call_done, call);
}

static void
handle_process_next (AqBusCall *call,
                     GVariant  *parameters)
{
  aq_engine_process_next (aq_bus_call_get_engine (call), aq_bus_call_job_done, call);
}

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  GVariantBuilder builder;
  g_autoptr(GVariant) properties = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "Now",
                         g_variant_new_int64 (aq_clock_get_wall (get_clock (call))));
  properties = g_variant_ref_sink (g_variant_builder_end (&builder));
  aq_bus_call_reply (call, aq_bus_properties_answer (call->invocation, properties));
}

static const AqBusMethod methods[] = {
  { "Advance", handle_advance },
  { "ProcessNext", handle_process_next },
  { "SetTime", handle_set_time },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

/**
 * aq_bus_testing_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Lets the router's peers move the clock, which must be a manual one.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_testing_export (AqBusRouter  *router,
                       GError      **error)
{
  return aq_bus_router_register (router, &router->testing, &interface, AQ_BUS_MANAGER_PATH,
                                 aq_bus_testing1_interface_info (), error);
}

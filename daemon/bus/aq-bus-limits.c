/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Which limits there are: the folder of the limits, and methods of org.asyncq.Manager1
 */

#include "config.h"

#include "bus/aq-bus-limits.h"

#include "bus/aq-bus-folder.h"
#include "bus/aq-bus-options.h"
#include "core/aq-engine-limits.h"

/* the core says what a number may be; here it only gets the type that is wanted */
static gboolean
add_number (GVariantDict  *dict,
            GVariant      *settings,
            const char    *key,
            GError       **error)
{
  guint64 number;

  if (!g_variant_lookup (settings, key, "*", NULL))
    return TRUE;
  if (!aq_bus_options_get_uint (settings, key, 0, G_MAXUINT32, &number, error))
    return FALSE;
  g_variant_dict_insert (dict, key, "u", (guint32) number);
  return TRUE;
}

GVariant *
aq_bus_limits_parse (GVariant  *settings,
                     GError   **error)
{
  static const char * const keys[] = { "burst", "drop", "period", "rate", "size", NULL };
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GVariant) drop = g_variant_lookup_value (settings, "drop", NULL);
  guint64 period_usec;

  if (!aq_bus_options_check (settings, keys, error) || !add_number (&dict, settings, "size", error) ||
      !add_number (&dict, settings, "rate", error) || !add_number (&dict, settings, "burst", error))
    return NULL;
  if (g_variant_lookup (settings, "period", "*", NULL))
    {
      if (!aq_bus_options_get_uint (settings, "period", 0, G_MAXINT64, &period_usec, error))
        return NULL;
      g_variant_dict_insert (&dict, "period", "x", (gint64) period_usec);
    }
  /* only a change may have it, says the rule */
  if (drop != NULL)
    g_variant_dict_insert_value (&dict, "drop", drop);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

void
aq_bus_limits_create (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) given = NULL;
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GError) error = NULL;
  const char *name;

  g_variant_get (parameters, "(&s@a{sv})", &name, &given);
  settings = aq_bus_limits_parse (given, &error);
  if (settings != NULL)
    aq_engine_set_limit (aq_bus_call_get_engine (call), &actor, name, settings, TRUE, aq_bus_call_done, call);
  else
    aq_bus_call_fail (call, error);
}

void
aq_bus_limits_remove (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *name;

  g_variant_get (parameters, "(&s)", &name);
  aq_engine_remove_limit (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

void
aq_bus_limits_list (AqBusCall *call,
                    GVariant  *parameters)
{
  aq_engine_list_limits (aq_bus_call_get_engine (call), aq_bus_call_read, call);
}

static void
handle_introspect (AqBusCall *call,
                   GVariant  *parameters)
{
  aq_engine_list_limits (aq_bus_call_get_engine (call), aq_bus_folder_read, call);
}

static const AqBusMethod methods[] = {
  { "Introspect", handle_introspect },
};

static const AqBusInterface interface = { .methods = methods, .n_methods = G_N_ELEMENTS (methods) };

/**
 * aq_bus_limits_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the folder of the limits on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_limits_export (AqBusRouter  *router,
                      GError      **error)
{
  return aq_bus_folder_export (router, &router->limit_folder, &interface, AQ_BUS_LIMITS_PATH, error);
}

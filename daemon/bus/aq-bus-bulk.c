/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1: changing many jobs at once
 */

#include "config.h"

#include "bus/aq-bus-bulk.h"

#include "bus/aq-bus-options.h"
#include "core/aq-engine-bulk.h"

/* each action has the options that it needs, and no others */
static gboolean
check_keys (AqBulkAction   action,
            GVariant      *options,
            GError       **error)
{
  static const char * const keys[][4] = {
    [AQ_BULK_CANCEL] = { "dry-run", "limit", "why", NULL },
    [AQ_BULK_PRIORITY] = { "dry-run", "limit", "priority", NULL },
    [AQ_BULK_REMOVE] = { "dry-run", "limit", NULL },
    [AQ_BULK_RETRY] = { "dry-run", "limit", NULL },
  };
  g_autoptr(GVariant) priority = g_variant_lookup_value (options, "priority", NULL);

  G_STATIC_ASSERT (G_N_ELEMENTS (keys) == AQ_N_BULK_ACTIONS);
  if (!aq_bus_options_check (options, keys[action], error))
    return FALSE;
  if (action != AQ_BULK_PRIORITY || priority != NULL)
    return TRUE;
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "option 'priority' is wanted");
  return FALSE;
}

/* @out_why: (transfer full) (nullable): what the options point to */
static gboolean
parse_options (const char     *action,
               GVariant       *options,
               AqBulkOptions  *out_options,
               char          **out_why,
               GError        **error)
{
  AqBulkOptions parsed = { .limit = G_MAXUINT64 };
  guint64 priority = 0;

  if (!aq_bulk_action_from_string (action, &parsed.action, error) || !check_keys (parsed.action, options, error) ||
      !aq_bus_options_get_boolean (options, "dry-run", &parsed.dry_run, error) ||
      !aq_bus_options_get_uint (options, "limit", 1, G_MAXINT64, &parsed.limit, error) ||
      !aq_bus_options_get_uint (options, "priority", 0, G_MAXUINT8, &priority, error) ||
      !aq_bus_options_dup_string (options, "why", out_why, error))
    return FALSE;
  parsed.priority = priority;
  parsed.why = *out_why;
  *out_options = parsed;
  return TRUE;
}

void
aq_bus_bulk_change (AqBusCall *call,
                    GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) values = NULL;
  g_autoptr(AqFilter) filter = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *why = NULL;
  const char *text, *action;
  AqBulkOptions options;

  g_variant_get (parameters, "(&s&s@a{sv})", &text, &action, &values);
  filter = aq_filter_parse (text, &error);
  if (filter != NULL && parse_options (action, values, &options, &why, &error))
    aq_engine_change_jobs (aq_bus_call_get_engine (call), &actor, filter, &options, aq_bus_call_read, call);
  else
    aq_bus_call_fail (call, error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1
 *
 * Takes the arguments apart, asks the engine, puts the answer together. GDBus
 * has checked the types of the arguments; what lies in their dictionaries is
 * checked here or in the core.
 */

#include "config.h"

#include "bus/aq-bus-manager.h"

#include "bus/aq-bus-agents.h"
#include "bus/aq-bus-bulk.h"
#include "bus/aq-bus-entries.h"
#include "bus/aq-bus-factories.h"
#include "bus/aq-bus-function.h"
#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-limits.h"
#include "bus/aq-bus-objects.h"
#include "bus/aq-bus-options.h"
#include "bus/aq-bus-plugins.h"
#include "bus/aq-bus-properties.h"
#include "bus/aq-bus-queues.h"
#include "bus/aq-bus-schedules.h"
#include "bus/aq-bus-status.h"
#include "bus/aq-bus-store.h"
#include "bus/aq-bus-value.h"
#include "core/aq-engine-claiming.h"
#include "core/aq-engine-why.h"

#define MAX_LIST_LENGTH 10000

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  AqBusCall *call = user_data;

  if (error != NULL)
    aq_bus_call_fail (call, error);
  else
    aq_bus_call_reply (call, g_variant_new ("(@at)",
                                            g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids,
                                                                       n_ids, sizeof *ids)));
}

static void
on_word_submitted (const guint64 *ids,
                   guint          n_ids,
                   const GError  *error,
                   gpointer       user_data)
{
  AqBusCall *call = user_data;

  if (error != NULL)
    aq_bus_call_fail (call, error);
  else
    aq_bus_call_reply (call, g_variant_new ("(t)", ids[0]));
}

static void
submit_entries (AqBusCall *call,
                GVariant  *entries)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);

  aq_engine_submit_entries (aq_bus_call_get_engine (call), &actor, entries, on_submitted, call);
}

static void
handle_submit (AqBusCall *call,
               GVariant  *parameters)
{
  g_autoptr(GVariant) entries = g_variant_get_child_value (parameters, 0);

  submit_entries (call, entries);
}

static void
handle_submit_bulk (AqBusCall *call,
                    GVariant  *parameters)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  g_autoptr(GVariant) entries = NULL;
  g_autoptr(GError) error = NULL;
  gint32 index;

  g_variant_get (parameters, "(h)", &index);
  entries = aq_bus_entries_read (g_dbus_message_get_unix_fd_list (message), index, &error);
  if (entries != NULL)
    submit_entries (call, entries);
  else
    aq_bus_call_fail (call, error);
}

static void
handle_submit_words (AqBusCall *call,
                     GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree const char **words = NULL;
  const char *function;

  g_variant_get (parameters, "(&s^a&s)", &function, &words);
  aq_engine_submit_words (aq_bus_call_get_engine (call), &actor, function, words, on_word_submitted,
                          call);
}

static void
on_listed (GVariant     *value,
           const GError *error,
           gpointer      user_data)
{
  AqBusCall *call = user_data;

  if (error != NULL)
    aq_bus_call_fail (call, error);
  else
    aq_bus_call_reply (call, aq_bus_value_new_list (value));
}

static gboolean
parse_list_options (GVariant  *options,
                    guint64   *out_below_id,
                    guint     *out_limit,
                    gboolean  *out_count_only,
                    GError   **error)
{
  static const char * const keys[] = { "count-only", "cursor", "limit", NULL };
  g_autofree char *cursor = NULL;
  guint64 limit = MAX_LIST_LENGTH;
  guint64 below_id = G_MAXUINT64;
  gboolean count_only = FALSE;

  if (!aq_bus_options_check (options, keys, error) ||
      !aq_bus_options_get_uint (options, "limit", 1, MAX_LIST_LENGTH, &limit, error) ||
      !aq_bus_options_get_boolean (options, "count-only", &count_only, error) ||
      !aq_bus_options_dup_string (options, "cursor", &cursor, error))
    return FALSE;
  if (cursor != NULL && cursor[0] != '\0' &&
      !g_ascii_string_to_unsigned (cursor, 10, 1, G_MAXUINT64, &below_id, NULL))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "option 'cursor' is '%.32s', one that ListJobs has given is wanted", cursor);
      return FALSE;
    }
  *out_below_id = below_id;
  *out_limit = limit;
  *out_count_only = count_only;
  return TRUE;
}

static void
handle_list_jobs (AqBusCall *call,
                  GVariant  *parameters)
{
  g_autoptr(GVariant) options = NULL;
  g_autoptr(AqFilter) filter = NULL;
  g_autoptr(GError) error = NULL;
  const char *text;
  guint64 below_id;
  guint limit;
  gboolean count_only;

  g_variant_get (parameters, "(&s@a{sv})", &text, &options);
  filter = aq_filter_parse (text, &error);
  if (filter != NULL && parse_list_options (options, &below_id, &limit, &count_only, &error))
    aq_engine_list_jobs (aq_bus_call_get_engine (call), filter, below_id, limit, count_only,
                         on_listed, call);
  else
    aq_bus_call_fail (call, error);
}

static void
handle_list_functions (AqBusCall *call,
                       GVariant  *parameters)
{
  GVariant *functions = aq_bus_function_list (aq_bus_call_get_engine (call), NULL);

  aq_bus_call_reply_flushed (call, g_variant_new_tuple (&functions, 1));
}

static void
handle_list_policies (AqBusCall *call,
                      GVariant  *parameters)
{
  g_autoptr(GPtrArray) policies =
    aq_retry_policies_list (aq_engine_get_policies (aq_bus_call_get_engine (call)));
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < policies->len; i++)
    {
      AqRetryPolicy *policy = g_ptr_array_index (policies, i);
      g_auto(GStrv) plan = aq_retry_policy_describe (policy, 0);

      g_variant_builder_open (&builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (aq_retry_policy_get_name (policy)));
      g_variant_builder_add (&builder, "{sv}", "plan", g_variant_new_strv ((const char * const *) plan, -1));
      g_variant_builder_close (&builder);
    }
  aq_bus_call_reply (call, g_variant_new ("(aa{sv})", &builder));
}

static void
handle_set_claiming (AqBusCall *call,
                     GVariant  *parameters)
{
  gboolean is_claiming;

  g_variant_get (parameters, "(b)", &is_claiming);
  aq_engine_set_claiming (aq_bus_call_get_engine (call), is_claiming);
  aq_bus_call_reply (call, NULL);
}

static void
handle_drain (AqBusCall *call,
              GVariant  *parameters)
{
  aq_engine_set_claiming (aq_bus_call_get_engine (call), FALSE);
  aq_bus_call_reply (call, g_variant_new ("(@aa{sv})", aq_bus_status_running (aq_bus_call_get_host (call))));
}

static void
handle_statistics (AqBusCall *call,
                   GVariant  *parameters)
{
  aq_engine_read_statistics (aq_bus_call_get_engine (call), aq_bus_call_read, call);
}

static void
handle_subscribe (AqBusCall *call,
                  GVariant  *parameters)
{
  g_autoptr(AqFilter) filter = NULL;
  g_autoptr(GError) error = NULL;
  const char *text;

  g_variant_get (parameters, "(&s)", &text);
  filter = aq_filter_parse (text, &error);
  if (filter == NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  aq_bus_peer_subscribe (call->peer, text[0] != '\0' ? filter : NULL);
  aq_bus_call_reply (call, NULL);
}

static void
handle_unsubscribe (AqBusCall *call,
                    GVariant  *parameters)
{
  aq_bus_peer_unsubscribe (call->peer);
  aq_bus_call_reply (call, NULL);
}

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autoptr(GVariant) properties =
    g_variant_ref_sink (aq_bus_status_properties (aq_bus_call_get_host (call)));

  aq_bus_call_reply_flushed (call, aq_bus_properties_answer (call->invocation, properties));
}

static const AqBusMethod methods[] = {
  { "AddAgent", aq_bus_agents_add },
  { "AddFactory", aq_bus_factories_add },
  { "AddSchedule", aq_bus_schedules_add },
  { "ChangeJobs", aq_bus_bulk_change },
  { "Clean", aq_bus_store_clean },
  { "CreateObject", aq_bus_objects_create },
  { "CreateLimit", aq_bus_limits_create },
  { "CreateQueue", aq_bus_queues_create },
  { "Drain", handle_drain },
  { "ExplainAgents", aq_bus_agents_explain },
  { "HoldStore", aq_bus_store_hold },
  { "ListAgents", aq_bus_agents_list },
  { "ListFactories", aq_bus_factories_list },
  { "ListFunctions", handle_list_functions },
  { "ListJobs", handle_list_jobs },
  { "ListObjects", aq_bus_objects_list },
  { "ListLimits", aq_bus_limits_list },
  { "ListPlugins", aq_bus_plugins_list },
  { "ListPolicies", handle_list_policies },
  { "ListQueues", aq_bus_queues_list },
  { "ListSchedules", aq_bus_schedules_list },
  { "PreviewCalendar", aq_bus_schedules_preview },
  { "ReadObject", aq_bus_objects_read },
  { "ReleaseStore", aq_bus_store_release },
  { "RemoveAgent", aq_bus_agents_remove },
  { "RemoveFactory", aq_bus_factories_remove },
  { "RemoveObject", aq_bus_objects_remove },
  { "RemoveLimit", aq_bus_limits_remove },
  { "RemoveQueue", aq_bus_queues_remove },
  { "RemoveSchedule", aq_bus_schedules_remove },
  { "ScheduleNext", aq_bus_schedules_next },
  { "SetClaiming", handle_set_claiming },
  { "SetObject", aq_bus_objects_set },
  { "SetScheduling", aq_bus_schedules_set },
  { "Statistics", handle_statistics },
  { "Submit", handle_submit },
  { "SubmitBulk", handle_submit_bulk },
  { "SubmitWords", handle_submit_words },
  { "Subscribe", handle_subscribe },
  { "Unsubscribe", handle_unsubscribe },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

/**
 * aq_bus_manager_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts the manager on the router's connection.
 *
 * Returns: whether it is there
 *
 * Since: 0.1
 */
gboolean
aq_bus_manager_export (AqBusRouter  *router,
                       GError      **error)
{
  return aq_bus_router_register (router, &router->manager, &interface, AQ_BUS_MANAGER_PATH,
                                 aq_bus_manager1_interface_info (), error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Job1
 *
 * Every job is an object, and none is registered: one subtree answers for all
 * of them, also for those that its listing leaves out.
 */

#include "config.h"

#include "bus/aq-bus-job.h"

#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-properties.h"
#include "bus/aq-bus-value.h"
#include "bus/aq-bus-wait.h"
#include "core/aq-engine-annotations.h"
#include "core/aq-engine-changes.h"
#include "core/aq-engine-why.h"
#include "core/aq-failure-view.h"

static gboolean
parse_id (const char *text,
          guint64    *out_id)
{
  /* one object, one path: no sign, no leading zero */
  return text[0] != '0' && g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT64, out_id, NULL);
}

/* the subtree only lets through paths that are a job's */
static guint64
get_id (AqBusCall *call)
{
  const char *path = g_dbus_method_invocation_get_object_path (call->invocation);
  guint64 id = 0;

  (void) parse_id (strrchr (path, '/') + 1, &id);
  return id;
}

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  AqBusCall *call = user_data;
  g_autoptr(GVariant) properties = NULL;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  properties = g_variant_ref_sink (aq_bus_value_new_view (value));
  aq_bus_call_reply (call, aq_bus_properties_answer (call->invocation, properties));
}

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  aq_engine_read_job (aq_bus_call_get_engine (call), get_id (call), on_read, call);
}

static void
handle_wait (AqBusCall *call,
             GVariant  *parameters)
{
  gint64 timeout_usec;

  /* nobody would see its end; and such calls are not counted, so there might be any number */
  if (!aq_bus_call_wants_reply (call))
    {
      aq_bus_call_drop (call);
      return;
    }
  g_variant_get (parameters, "(x)", &timeout_usec);
  aq_bus_wait_start (call, get_id (call), timeout_usec);
}

static void
handle_cancel (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *why;

  g_variant_get (parameters, "(&s)", &why);
  aq_engine_cancel (aq_bus_call_get_engine (call), &actor, get_id (call), why, aq_bus_call_done, call);
}

static void
handle_change (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) changes = g_variant_get_child_value (parameters, 0);

  aq_engine_change_job (aq_bus_call_get_engine (call), &actor, get_id (call), changes, aq_bus_call_done, call);
}

static void
handle_set_arguments (AqBusCall *call,
                      GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) boxed = g_variant_get_child_value (parameters, 0);
  g_autoptr(GVariant) changes = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{s@v}", "arguments", boxed);
  changes = g_variant_ref_sink (g_variant_builder_end (&builder));
  aq_engine_change_job (aq_bus_call_get_engine (call), &actor, get_id (call), changes, aq_bus_call_done, call);
}

static void
handle_retry (AqBusCall *call,
              GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);

  aq_engine_retry_job (aq_bus_call_get_engine (call), &actor, get_id (call), aq_bus_call_job_done, call);
}

static void
handle_snooze (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  gint64 delay_usec;

  g_variant_get (parameters, "(x)", &delay_usec);
  aq_engine_snooze_job (aq_bus_call_get_engine (call), &actor, get_id (call), delay_usec, aq_bus_call_done, call);
}

static void
handle_put (AqBusCall *call,
            GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);

  aq_engine_put_job_again (aq_bus_call_get_engine (call), &actor, get_id (call), aq_bus_call_done, call);
}

static void
handle_failure (AqBusCall *call,
                GVariant  *parameters)
{
  const char *detail;

  g_variant_get (parameters, "(&s)", &detail);
  aq_engine_read_failure (aq_bus_call_get_engine (call), get_id (call), detail, aq_bus_call_read, call);
}

static void
handle_annotate (AqBusCall *call,
                 GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autoptr(GVariant) value = NULL;
  const char *key;

  g_variant_get (parameters, "(&sv)", &key, &value);
  aq_engine_annotate (aq_bus_call_get_engine (call), &actor, get_id (call), 0, key, value, aq_bus_call_done, call);
}

static void
handle_remove_annotation (AqBusCall *call,
                          GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  const char *key;

  g_variant_get (parameters, "(&s)", &key);
  aq_engine_annotate (aq_bus_call_get_engine (call), &actor, get_id (call), 0, key, NULL, aq_bus_call_done, call);
}

static void
handle_annotation (AqBusCall *call,
                   GVariant  *parameters)
{
  const char *key;
  gint64 timeout_usec;
  gint64 poll_usec;

  /* as in a wait for the job */
  if (!aq_bus_call_wants_reply (call))
    {
      aq_bus_call_drop (call);
      return;
    }
  g_variant_get (parameters, "(&sxx)", &key, &timeout_usec, &poll_usec);
  aq_bus_wait_start_annotation (call, get_id (call), key, timeout_usec, poll_usec);
}

static void
handle_get_log (AqBusCall *call,
                GVariant  *parameters)
{
  gint64 timeout_usec;
  guint64 from;
  guint attempt;

  /* as in a wait for the job */
  if (!aq_bus_call_wants_reply (call))
    {
      aq_bus_call_drop (call);
      return;
    }
  g_variant_get (parameters, "(utx)", &attempt, &from, &timeout_usec);
  aq_bus_wait_start_log (call, get_id (call), attempt, from, timeout_usec);
}

static void
handle_why (AqBusCall *call,
            GVariant  *parameters)
{
  aq_engine_explain_job (aq_bus_call_get_engine (call), get_id (call), aq_bus_call_read, call);
}

static const AqBusMethod methods[] = {
  { "Annotate", handle_annotate },
  { "Annotation", handle_annotation },
  { "Cancel", handle_cancel },
  { "Change", handle_change },
  { "Failure", handle_failure },
  { "GetLog", handle_get_log },
  { "Put", handle_put },
  { "RemoveAnnotation", handle_remove_annotation },
  { "Retry", handle_retry },
  { "SetArguments", handle_set_arguments },
  { "Snooze", handle_snooze },
  { "Wait", handle_wait },
  { "Why", handle_why },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

static gboolean
is_node (const char *node)
{
  guint64 id;

  return parse_id (node, &id);
}

/**
 * aq_bus_job_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts all jobs, those to come too, on the router's connection.
 *
 * Returns: whether they are there
 *
 * Since: 0.1
 */
gboolean
aq_bus_job_export (AqBusRouter  *router,
                   GError      **error)
{
  return aq_bus_router_register_subtree (router, &router->jobs, &interface, AQ_BUS_JOBS_PATH,
                                         aq_bus_job1_interface_info (), is_node, error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Queue1
 *
 * Every queue is an object, and none is registered: one subtree answers for all
 * of them, as for the jobs.
 */

#include "config.h"

#include "bus/aq-bus-queue.h"

#include "bus/aq-bus-interfaces.h"
#include "bus/aq-bus-label.h"
#include "bus/aq-bus-properties.h"
#include "core/aq-engine-queues.h"

static void
handle_properties (AqBusCall *call,
                   GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_read_queue (aq_bus_call_get_engine (call), name, aq_bus_properties_read, call);
}

static void
handle_list (AqBusCall *call,
             GVariant  *parameters)
{
  g_autofree char *name = aq_bus_call_dup_name (call);
  gint64 offset;
  guint32 limit;

  g_variant_get (parameters, "(xu)", &offset, &limit);
  aq_engine_list_queued (aq_bus_call_get_engine (call), name, offset, limit != 0 ? limit : G_MAXUINT, aq_bus_call_read,
                         call);
}

static void
handle_pull (AqBusCall *call,
             GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  gint64 index;

  g_variant_get (parameters, "(x)", &index);
  aq_engine_pull_index (aq_bus_call_get_engine (call), &actor, name, index, aq_bus_call_job_done, call);
}

static void
on_removed (guint64       id,
            const GError *error,
            gpointer      user_data)
{
  aq_bus_call_done (error, user_data);
}

static void
handle_remove (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  guint64 id;

  g_variant_get (parameters, "(t)", &id);
  aq_engine_pull_job (aq_bus_call_get_engine (call), &actor, name, id, on_removed, call);
}

static void
handle_pause (AqBusCall *call,
              GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);
  const char *reason;
  gint64 until_usec;

  g_variant_get (parameters, "(&sx)", &reason, &until_usec);
  aq_engine_pause_queue (aq_bus_call_get_engine (call), &actor, name, reason, until_usec, aq_bus_call_done, call);
}

static void
handle_resume (AqBusCall *call,
               GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  g_autofree char *name = aq_bus_call_dup_name (call);

  aq_engine_resume_queue (aq_bus_call_get_engine (call), &actor, name, aq_bus_call_done, call);
}

static const AqBusMethod methods[] = {
  { "List", handle_list },
  { "Pause", handle_pause },
  { "Pull", handle_pull },
  { "Remove", handle_remove },
  { "Resume", handle_resume },
};

static const AqBusInterface interface = {
  .methods = methods,
  .n_methods = G_N_ELEMENTS (methods),
  .properties = handle_properties,
};

static gboolean
is_node (const char *node)
{
  g_autofree char *name = aq_bus_label_unescape (node);

  return name != NULL;
}

/**
 * aq_bus_queue_export:
 * @router: (transfer none): who makes the calls
 * @error: return location for an error
 *
 * Puts all queues, those to come too, on the router's connection.
 *
 * Returns: whether they are there
 *
 * Since: 0.1
 */
gboolean
aq_bus_queue_export (AqBusRouter  *router,
                     GError      **error)
{
  return aq_bus_router_register_subtree (router, &router->queues, &interface, AQ_BUS_QUEUES_PATH,
                                         aq_bus_queue1_interface_info (), is_node, error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the daemon is doing
 */

#include "config.h"

#include "bus/aq-bus-status.h"

#include "bus/aq-bus-error.h"
#include "core/aq-engine-agents.h"
#include "core/aq-engine-claiming.h"
#include "core/aq-engine-schedules.h"

static GVariant *
workers (const AqBusHost *host,
         const char      *agent)
{
  g_autoptr(GArray) pids =
    host->dup_pids != NULL ? host->dup_pids (agent, host->user_data) : NULL;

  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids != NULL ? pids->data : NULL,
                                    pids != NULL ? pids->len : 0, sizeof (guint32));
}

/* aa{sv}, floating: why slots of the agent have no worker */
static GVariant *
troubles (const AqBusHost *host,
          const char      *agent)
{
  return host->list_troubles != NULL ? host->list_troubles (agent, host->user_data)
                                     : g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
}

GVariant *
aq_bus_status_running (const AqBusHost *host)
{
  return host->list_running != NULL ? host->list_running (host->user_data)
                                    : g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0);
}

static void
add_agent (GVariantBuilder *builder,
           const AqBusHost *host,
           const AqAgent   *agent)
{
  const char * const *queues = (const char * const *) agent->queues;
  guint n_jobs =
    host->count_jobs != NULL ? host->count_jobs (agent->name, host->user_data) : 0;

  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (builder, "{sv}", "name", g_variant_new_string (agent->name));
  g_variant_builder_add (builder, "{sv}", "size", g_variant_new_uint32 (agent->size));
  g_variant_builder_add (builder, "{sv}", "filter", g_variant_new_string (agent->filter));
  g_variant_builder_add (builder, "{sv}", "queues", g_variant_new_strv (queues, -1));
  g_variant_builder_add (builder, "{sv}", "len", g_variant_new_uint32 (n_jobs));
  g_variant_builder_add (builder, "{sv}", "workers", workers (host, agent->name));
  g_variant_builder_add (builder, "{sv}", "troubles", troubles (host, agent->name));
  g_variant_builder_close (builder);
}

static GVariant *
agents (const AqBusHost *host)
{
  GPtrArray *all = aq_engine_get_agents (host->engine);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < all->len; i++)
    add_agent (&builder, host, g_ptr_array_index (all, i));
  return g_variant_builder_end (&builder);
}

/* of one queue, or of all that have none of their own */
static void
add_kept (GVariantBuilder   *builder,
          const AqRetention *retention,
          const char        *queue)
{
  for (AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    {
      gint64 keep_usec = aq_retention_get_time (retention, queue, outcome);
      guint64 n_jobs = aq_retention_get_number (retention, queue, outcome);

      g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
      if (queue != NULL)
        g_variant_builder_add (builder, "{sv}", "queue", g_variant_new_string (queue));
      g_variant_builder_add (builder, "{sv}", "outcome",
                             g_variant_new_string (asyncq_job_outcome_to_string (outcome)));
      g_variant_builder_add (builder, "{sv}", "keep", g_variant_new_int64 (keep_usec));
      g_variant_builder_add (builder, "{sv}", "keep-completed", g_variant_new_uint64 (n_jobs));
      g_variant_builder_close (builder);
    }
}

static GVariant *
kept (const AqRetention *retention)
{
  g_autoptr(GList) queues = aq_retention_list_queues (retention);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  add_kept (&builder, retention, NULL);
  for (GList *queue = queues; queue != NULL; queue = queue->next)
    add_kept (&builder, retention, queue->data);
  return g_variant_builder_end (&builder);
}

static GVariant *
refusal (const GError *why)
{
  g_autofree char *name = aq_bus_error_dup_name (why);
  g_autofree char *text = aq_bus_error_dup_text (why);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "error", g_variant_new_string (name));
  g_variant_builder_add (&builder, "{sv}", "message", g_variant_new_string (text));
  return g_variant_builder_end (&builder);
}

static GVariant *
status (const AqBusHost *host)
{
  AqStore *store = aq_engine_get_store (host->engine);
  gint64 now = aq_clock_get_monotonic (aq_engine_get_clock (host->engine));
  const char *path = aq_store_get_path (store);
  gboolean is_ending = host->is_ending != NULL && host->is_ending (host->user_data);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "status", g_variant_new_string (is_ending ? "DRAINING" : "RUNNING"));
  g_variant_builder_add (&builder, "{sv}", "uptime",
                         g_variant_new_int64 (now - host->started_usec));
  g_variant_builder_add (&builder, "{sv}", "store", g_variant_new_string (path != NULL ? path : ""));
  g_variant_builder_add (&builder, "{sv}", "sequence",
                         g_variant_new_uint64 (aq_store_get_sequence (store)));
  g_variant_builder_add (&builder, "{sv}", "jobs", aq_engine_count_jobs (host->engine));
  g_variant_builder_add (&builder, "{sv}", "agents", agents (host));
  g_variant_builder_add (&builder, "{sv}", "running", aq_bus_status_running (host));
  g_variant_builder_add (&builder, "{sv}", "unserved", aq_engine_dup_unserved (host->engine));
  if (host->get_cgroups != NULL)
    g_variant_builder_add (&builder, "{sv}", "cgroups", g_variant_new_string (host->get_cgroups (host->user_data)));
  if (host->retention != NULL)
    g_variant_builder_add (&builder, "{sv}", "retention", kept (host->retention));
  if (aq_store_get_refusal (store) != NULL)
    g_variant_builder_add (&builder, "{sv}", "refusal", refusal (aq_store_get_refusal (store)));
  return g_variant_builder_end (&builder);
}

GVariant *
aq_bus_status_properties (const AqBusHost *host)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "UUID", g_variant_new_string (host->uuid));
  g_variant_builder_add (&builder, "{sv}", "Version", g_variant_new_string (host->version));
  g_variant_builder_add (&builder, "{sv}", "MonitorAddress",
                         g_variant_new_string (host->monitor_address));
  g_variant_builder_add (&builder, "{sv}", "Claiming",
                         g_variant_new_boolean (aq_engine_get_claiming (host->engine)));
  g_variant_builder_add (&builder, "{sv}", "Scheduling",
                         g_variant_new_boolean (aq_engine_get_scheduling (host->engine)));
  g_variant_builder_add (&builder, "{sv}", "Now",
                         g_variant_new_int64 (aq_clock_get_wall (aq_engine_get_clock (host->engine))));
  g_variant_builder_add (&builder, "{sv}", "Status", status (host));
  return g_variant_builder_end (&builder);
}

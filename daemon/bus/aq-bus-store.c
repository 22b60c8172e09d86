/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * org.asyncq.Manager1: removing jobs, and holding the store
 *
 * A hold belongs to the peer that has asked for it and ends with it, so that a
 * program that dies does not keep the store from being cleaned up for ever.
 */

#include "config.h"

#include "bus/aq-bus-store.h"

#include "bus/aq-bus-options.h"

static void
on_cleaned (const guint  *counts,
            const GError *error,
            gpointer      user_data)
{
  AqBusCall *call = user_data;
  GVariantBuilder builder;

  if (error != NULL)
    {
      aq_bus_call_fail (call, error);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  for (AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    g_variant_builder_add (&builder, "{su}", asyncq_job_outcome_to_string (outcome), counts[outcome]);
  aq_bus_call_reply (call, g_variant_new ("(a{su})", &builder));
}

static AqFilter *
parse_filter (const char  *text,
              GError     **error)
{
  g_autoptr(AqFilter) filter = aq_filter_parse (text, error);

  if (filter == NULL || !aq_filter_check_ended (filter, error))
    return NULL;
  return g_steal_pointer (&filter);
}

static gboolean
parse_options (GVariant  *options,
               gboolean  *out_dry_run,
               GError   **error)
{
  static const char * const keys[] = { "dry-run", NULL };

  *out_dry_run = FALSE;
  return aq_bus_options_check (options, keys, error) &&
         aq_bus_options_get_boolean (options, "dry-run", out_dry_run, error);
}

void
aq_bus_store_clean (AqBusCall *call,
                    GVariant  *parameters)
{
  AqActor actor = aq_bus_peer_get_actor (call->peer);
  AqEngine *engine = aq_bus_call_get_engine (call);
  g_autoptr(GVariant) options = NULL;
  g_autoptr(AqFilter) filter = NULL;
  g_autoptr(GError) error = NULL;
  const char *text;
  gboolean dry_run;

  g_variant_get (parameters, "(&s@a{sv})", &text, &options);
  filter = parse_filter (text, &error);
  if (filter == NULL || !parse_options (options, &dry_run, &error))
    aq_bus_call_fail (call, error);
  else if (dry_run)
    aq_engine_count_cleanable (engine, filter, on_cleaned, call);
  else
    aq_engine_clean (engine, &actor, filter, on_cleaned, call);
}

static GVariant *
new_held (AqStore           *store,
          const AqStoreHold *hold)
{
  const char *path = aq_store_get_path (store);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "segment", g_variant_new_uint64 (hold->segment));
  g_variant_builder_add (&builder, "{sv}", "end", g_variant_new_uint64 (hold->end));
  g_variant_builder_add (&builder, "{sv}", "crc", g_variant_new_uint32 (hold->crc));
  g_variant_builder_add (&builder, "{sv}", "next-sequence", g_variant_new_uint64 (hold->next_sequence));
  return g_variant_new ("(sa{sv})", path != NULL ? path : "", &builder);
}

typedef struct
{
  AqBusCall *call;  /* owned */
  AqStore   *store; /* a reference: the peer may be gone when it is held */
} Hold;

static void
on_held (const AqStoreHold *position,
         const GError      *error,
         gpointer           user_data)
{
  Hold *hold = user_data;

  if (error != NULL)
    aq_bus_call_fail (hold->call, error);
  else if (!aq_bus_peer_add_hold (hold->call->peer))
    {
      aq_store_release (hold->store);
      aq_bus_call_drop (hold->call);
    }
  else
    aq_bus_call_reply (hold->call, new_held (hold->store, position));
  g_object_unref (hold->store);
  g_free (hold);
}

void
aq_bus_store_hold (AqBusCall *call,
                   GVariant  *parameters)
{
  Hold *hold = g_new (Hold, 1);

  hold->call = call;
  hold->store = g_object_ref (aq_engine_get_store (aq_bus_call_get_engine (call)));
  aq_store_hold (hold->store, on_held, hold);
}

void
aq_bus_store_release (AqBusCall *call,
                      GVariant  *parameters)
{
  g_autoptr(GError) error = NULL;

  if (aq_bus_peer_drop_hold (call->peer))
    {
      aq_bus_call_reply (call, NULL);
      return;
    }
  g_set_error_literal (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
                       "this connection does not hold the store: it has called ReleaseStore as often as HoldStore");
  aq_bus_call_fail (call, error);
}

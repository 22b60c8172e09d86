/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: who takes which jobs
 *
 * Source: behaviour Z95.
 */

#include "config.h"

#include "core/aq-engine-agents.h"

#include "core/aq-engine-private.h"
#include "core/aq-lane.h"

#define MAX_UNSERVED 20
/* at the most so many lanes are looked at: it is asked with each status */
#define MAX_LOOKS 5000

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

static char *
explain (AqAgent      *agent,
         const AqLane *lane)
{
  return lane->function != NULL ? aq_agent_explain (agent, lane) : aq_agent_explain_queue (agent, lane->queue);
}

/**
 * aq_engine_explain_agents:
 * @self: an engine
 * @lane: a lane; its function may be %NULL: any
 *
 * Returns: (transfer floating): (asa{ss}): the names of the agents that take jobs
 *   of the lane, and of those that take none, each with why
 *
 * Since: 0.1
 */
GVariant *
aq_engine_explain_agents (AqEngine     *self,
                          const AqLane *lane)
{
  GVariantBuilder takers, refusals;

  g_variant_builder_init (&takers, G_VARIANT_TYPE_STRING_ARRAY);
  g_variant_builder_init (&refusals, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < self->agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (self->agents, i);
      g_autofree char *why = explain (agent, lane);

      if (why == NULL)
        g_variant_builder_add (&takers, "s", agent->name);
      else
        g_variant_builder_add (&refusals, "{ss}", agent->name, why);
    }
  return g_variant_new ("(asa{ss})", &takers, &refusals);
}

typedef struct
{
  AqEngine        *engine;
  GVariantBuilder  builder;
  guint            n_lanes;
  guint            n_looks;
} Unserved;

static gboolean
note_unserved (const AqLane *lane,
               gpointer      user_data)
{
  Unserved *unserved = user_data;
  GPtrArray *agents = unserved->engine->agents;
  g_autoptr(GVariant) explained = NULL;
  g_autoptr(GVariant) refusals = NULL;
  GVariantDict dict;

  if (++unserved->n_looks > MAX_LOOKS)
    return TRUE;
  for (guint i = 0; i < agents->len; i++)
    if (aq_agent_accepts (g_ptr_array_index (agents, i), lane))
      return FALSE;
  explained = g_variant_ref_sink (aq_engine_explain_agents (unserved->engine, lane));
  refusals = g_variant_get_child_value (explained, 1);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "queue", "s", lane->queue);
  g_variant_dict_insert (&dict, "function", "s", lane->function);
  g_variant_dict_insert_value (&dict, "refusals", refusals);
  g_variant_builder_add_value (&unserved->builder, g_variant_dict_end (&dict));
  return ++unserved->n_lanes == MAX_UNSERVED;
}

static gboolean
find_unserved (AqTransaction  *transaction,
               gpointer        event,
               GError        **error)
{
  (void) aq_transaction_next_due (transaction, 0, note_unserved, event);
  return TRUE;
}

/**
 * aq_engine_dup_unserved:
 * @self: an engine
 *
 * Source: behaviour Z95.
 *
 * Returns: (transfer floating): aa{sv}: of what jobs are due that no agent takes, as
 *   far as some thousand lanes of the first jobs tell
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_unserved (AqEngine *self)
{
  Unserved unserved = { .engine = self };

  g_variant_builder_init (&unserved.builder, G_VARIANT_TYPE ("aa{sv}"));
  aq_store_apply (self->store, &aq_engine_self, find_unserved, &unserved, on_nothing, NULL);
  return g_variant_builder_end (&unserved.builder);
}

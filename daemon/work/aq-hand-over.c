/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a claim has given to workers
 *
 * The frames are in the workers' outgoing streams already, up to a position in each.
 * They go when all that they reveal is flushed. If that cannot be, their jobs are
 * given back.
 */

#include "config.h"

#include "work/aq-hand-over.h"

typedef struct
{
  AqSlot   *slot;   /* owned */
  AqWorker *worker; /* owned */
  guint64   position;
  guint     n_drops;
} Part;

struct _AqHandOver
{
  AqAgent *agent; /* owned */
  guint    n_parts;
  Part     parts[];
};

/**
 * aq_hand_over_new:
 * @agent: the agent whose workers they are
 * @max_parts: how many slots may be added
 */
AqHandOver *
aq_hand_over_new (AqAgent *agent,
                  guint    max_parts)
{
  AqHandOver *self = g_malloc (sizeof *self + max_parts * sizeof self->parts[0]);

  self->agent = aq_agent_ref (agent);
  self->n_parts = 0;
  return self;
}

/* adds what the slot's worker has been given so far; the slot has one */
void
aq_hand_over_add (AqHandOver *self,
                  AqSlot     *slot)
{
  AqWorker *worker = aq_slot_get_worker (slot);

  self->parts[self->n_parts++] = (Part) {
    .slot = aq_slot_ref (slot),
    .worker = aq_worker_ref (worker),
    .position = aq_worker_get_position (worker),
    .n_drops = aq_worker_get_n_drops (worker),
  };
}

static void
hand_over_free (AqHandOver *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    {
      aq_worker_unref (self->parts[i].worker);
      aq_slot_unref (self->parts[i].slot);
    }
  aq_agent_unref (self->agent);
  g_free (self);
}

static gboolean
is_running (const AqHandOver *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    if (aq_slot_is_running (self->parts[i].slot))
      return TRUE;
  return FALSE;
}

/* What it reveals is flushed, or never will be. */
static void
on_gate (const GError *error,
         gpointer      user_data)
{
  AqHandOver *self = user_data;

  if (error != NULL && is_running (self))
    g_warning ("agent '%s': jobs are not handed over: %s", self->agent->name, error->message);
  for (guint i = 0; i < self->n_parts; i++)
    {
      const Part *part = &self->parts[i];

      if (error == NULL)
        aq_slot_send (part->slot, part->worker, part->position, part->n_drops);
      else
        aq_slot_take_back (part->slot);
    }
  hand_over_free (self);
}

/**
 * aq_hand_over_leave:
 * @self: (transfer full): what is handed over
 * @gate: the store's gate
 * @revealed: what it reveals, and all before it; see aq_gate_hold()
 */
void
aq_hand_over_leave (AqHandOver *self,
                    AqGate     *gate,
                    guint64     revealed)
{
  aq_gate_hold (gate, revealed, on_gate, self);
}

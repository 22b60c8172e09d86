/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: stops
 *
 * Tells the one who has workers which attempts are to stop, once the reason is
 * flushed: a worker does not hear of what a crash can undo either.
 */

#include "config.h"

#include "core/aq-engine-private.h"

typedef struct
{
  AqEngine *engine; /* NULL once it is gone */
  GArray   *stops; /* of AqStop, owned */
} Stops;

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  Stops *held = user_data;
  AqEngine *self = held->engine;

  if (self != NULL)
    g_ptr_array_remove_fast (self->held_stops, held);
  /* a store that has failed tells nobody anything, and is left as it is */
  for (guint i = 0; error == NULL && self != NULL && self->stop_func != NULL && i < held->stops->len; i++)
    {
      const AqStop *stop = &g_array_index (held->stops, AqStop, i);

      self->stop_func (stop->id, stop->lease, stop->kill, self->stop_data);
    }
  g_array_unref (held->stops);
  g_free (held);
}

/**
 * aq_engine_stop_attempts:
 * @self: an engine
 * @stops: (element-type AqStop): attempts that a transaction wants stopped
 * @sequence: of that transaction
 *
 * Since: 0.1
 */
void
aq_engine_stop_attempts (AqEngine *self,
                         GArray   *stops,
                         guint64   sequence)
{
  Stops *held;

  if (stops->len == 0)
    return;
  held = g_new (Stops, 1);
  *held = (Stops) { self, g_array_ref (stops) };
  if (self->held_stops == NULL)
    self->held_stops = g_ptr_array_new ();
  g_ptr_array_add (self->held_stops, held);
  aq_gate_hold (aq_store_get_gate (self->store), sequence, on_flushed, held);
}

/**
 * aq_engine_set_stop_func:
 * @self: an engine
 * @func: (nullable): called for each attempt that a worker is to stop
 * @user_data: for @func
 *
 * The attempt may have ended in the meantime: then its lease is not current.
 *
 * Since: 0.1
 */
void
aq_engine_set_stop_func (AqEngine     *self,
                         AqEngineStop  func,
                         gpointer      user_data)
{
  self->stop_func = func;
  self->stop_data = user_data;
}

/* lifecycle */

/* The gate of the store may open when the engine is gone. */
void
aq_engine_stops_clear (AqEngine *self)
{
  for (guint i = 0; self->held_stops != NULL && i < self->held_stops->len; i++)
    ((Stops *) g_ptr_array_index (self->held_stops, i))->engine = NULL;
  g_clear_pointer (&self->held_stops, g_ptr_array_unref);
}

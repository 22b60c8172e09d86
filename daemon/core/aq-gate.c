/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Output gate
 *
 * A ring of what is held, in the order of arrival. Whoever holds something for
 * an old sequence behind a newer one waits a little longer than needed, which
 * is harmless, and keeps this a plain queue. Functions called from here may
 * hold more, and may open the gate again (the memory store does), so every
 * step looks at the ring afresh.
 */

#include "config.h"

#include "core/aq-gate.h"

typedef struct
{
  guint64    sequence;
  AqGateFunc func;
  gpointer   user_data;
} Held;

struct _AqGate
{
  guint64  flushed;
  GError  *failure; /* set once the store has failed for good */
  Held    *held;    /* ring of n_allocated, a power of two */
  guint    n_allocated;
  guint    head;
  guint    n_held;
};

AqGate *
aq_gate_new (void)
{
  AqGate *self = g_new0 (AqGate, 1);

  self->n_allocated = 64;
  self->held = g_new (Held, self->n_allocated);
  return self;
}

void
aq_gate_free (AqGate *self)
{
  g_clear_error (&self->failure);
  g_free (self->held);
  g_free (self);
}

/**
 * aq_gate_get_flushed:
 * @self: a gate
 *
 * Returns: the newest sequence that is flushed; 0 before the first
 *
 * Since: 0.1
 */
guint64
aq_gate_get_flushed (AqGate *self)
{
  return self->flushed;
}

static void
grow (AqGate *self)
{
  Held *larger = g_new (Held, self->n_allocated * 2);

  for (guint i = 0; i < self->n_held; i++)
    larger[i] = self->held[(self->head + i) & (self->n_allocated - 1)];
  g_free (self->held);
  self->held = larger;
  self->head = 0;
  self->n_allocated *= 2;
}

static Held
pop (AqGate *self)
{
  Held held = self->held[self->head];

  self->head = (self->head + 1) & (self->n_allocated - 1);
  self->n_held--;
  return held;
}

/**
 * aq_gate_hold:
 * @self: a gate
 * @sequence: the newest sequence that @func may reveal
 * @func: called once, when @sequence is flushed, which may be at once, or when
 *   the store has failed
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_gate_hold (AqGate     *self,
              guint64     sequence,
              AqGateFunc  func,
              gpointer    user_data)
{
  if (sequence <= self->flushed || self->failure != NULL)
    {
      func (sequence <= self->flushed ? NULL : self->failure, user_data);
      return;
    }

  if (self->n_held == self->n_allocated)
    grow (self);
  self->held[(self->head + self->n_held) & (self->n_allocated - 1)] = (Held) { sequence, func, user_data };
  self->n_held++;
}

/**
 * aq_gate_open:
 * @self: a gate
 * @flushed: the newest sequence that is flushed, not lower than before
 *
 * For stores: lets out what was held for sequences up to @flushed.
 *
 * Since: 0.1
 */
void
aq_gate_open (AqGate  *self,
              guint64  flushed)
{
  g_assert (flushed >= self->flushed);

  self->flushed = flushed;
  while (self->n_held > 0 && self->held[self->head].sequence <= self->flushed)
    {
      Held held = pop (self);

      held.func (NULL, held.user_data);
    }
}

/**
 * aq_gate_fail:
 * @self: a gate
 * @error: why nothing more will be flushed
 *
 * For stores: tells everyone who waits, and everyone who comes later.
 *
 * Since: 0.1
 */
void
aq_gate_fail (AqGate       *self,
              const GError *error)
{
  if (self->failure == NULL)
    self->failure = g_error_copy (error);
  while (self->n_held > 0)
    {
      Held held = pop (self);

      held.func (self->failure, held.user_data);
    }
}

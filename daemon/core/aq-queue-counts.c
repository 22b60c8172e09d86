/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Counts of a queue
 *
 * Kept as jobs go from state to state, so nobody has to look through them. How
 * many there are follows from the store; what happened lately is known from the
 * start of the daemon on. All lanes of a queue share one of these.
 */

#include "config.h"

#include "core/aq-queue-counts.h"

AqQueueCounts *
aq_queue_counts_new (const char *name,
                     gboolean    with_flow)
{
  AqQueueCounts *self = g_new0 (AqQueueCounts, 1);

  self->ref_count = 1;
  self->name = g_ref_string_new_intern (name);
  if (with_flow)
    self->steps = g_new0 (AqFlow, AQ_FLOW_N_STEPS);
  return self;
}

AqQueueCounts *
aq_queue_counts_ref (AqQueueCounts *self)
{
  self->ref_count++;
  return self;
}

void
aq_queue_counts_unref (AqQueueCounts *self)
{
  if (--self->ref_count > 0)
    return;

  g_ref_string_release (self->name);
  g_free (self->steps);
  g_free (self);
}

static AqFlow *
get_step (AqQueueCounts *self,
          gint64         number)
{
  return &self->steps[number % AQ_FLOW_N_STEPS];
}

/**
 * aq_queue_counts_advance:
 * @self: counts
 * @monotonic_usec: now
 *
 * Goes on to the step of now; what was never reached is empty.
 *
 * Returns: (nullable): where to count what happens now
 *
 * Since: 0.1
 */
AqFlow *
aq_queue_counts_advance (AqQueueCounts *self,
                         gint64         monotonic_usec)
{
  gint64 number = MAX (MAX (monotonic_usec, 0) / AQ_FLOW_STEP_USEC, self->newest);
  gint64 first = MAX (self->newest + 1, number - AQ_FLOW_N_STEPS + 1);

  if (self->steps == NULL)
    return NULL;
  for (gint64 empty = first; empty <= number; empty++)
    *get_step (self, empty) = (AqFlow) { 0 };
  self->newest = number;
  self->now = get_step (self, number);
  self->now_ends_usec = (number + 1) * AQ_FLOW_STEP_USEC;
  return self->now;
}

/**
 * aq_queue_counts_get_flow:
 * @self: counts
 * @monotonic_usec: now
 * @usec: how far back to look, at most a quarter of an hour
 *
 * Returns: what happened in that time, the first step of it left out
 *
 * Since: 0.1
 */
AqFlow
aq_queue_counts_get_flow (AqQueueCounts *self,
                          gint64         monotonic_usec,
                          gint64         usec)
{
  AqFlow sum = { 0 };
  gint64 n_steps = MIN (usec / AQ_FLOW_STEP_USEC, AQ_FLOW_N_STEPS);

  if (aq_queue_counts_edit (self, monotonic_usec) == NULL)
    return sum;
  for (gint64 number = MAX (self->newest - n_steps + 1, 0); number <= self->newest; number++)
    {
      const AqFlow *step = get_step (self, number);

      sum.n_put += step->n_put;
      sum.n_started += step->n_started;
      sum.n_ended += step->n_ended;
      sum.n_failed += step->n_failed;
    }
  return sum;
}

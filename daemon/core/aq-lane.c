/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lane
 */

#include "config.h"

#include "core/aq-lane.h"

AqLane *
aq_lane_new (const char *queue,
             const char *function,
             const char *arguments_type)
{
  AqLane *self = g_new0 (AqLane, 1);

  self->ref_count = 1;
  self->ready_index = G_MAXUINT;
  self->queue = g_ref_string_new_intern (queue);
  self->function = g_ref_string_new_intern (function);
  self->arguments_type = g_ref_string_new_intern (arguments_type);
  return self;
}

AqLane *
aq_lane_ref (AqLane *self)
{
  self->ref_count++;
  return self;
}

void
aq_lane_unref (AqLane *self)
{
  if (--self->ref_count > 0)
    return;

  g_assert (aq_due_queue_peek (&self->due) == NULL);
  aq_due_queue_clear (&self->due);
  g_clear_pointer (&self->counts, aq_queue_counts_unref);
  g_ref_string_release (self->queue);
  g_ref_string_release (self->function);
  g_ref_string_release (self->arguments_type);
  g_free (self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lane and queue order
 */

#include "config.h"

#include "core/aq-lane.h"

/* 55 bits of microseconds reach the year 3111 */
#define DUE_BITS 55
#define DUE_MAX ((G_GINT64_CONSTANT (1) << DUE_BITS) - 1)

/**
 * aq_queue_order_of:
 * @job: a job
 *
 * Makes the job's place in queue order: priority, put back before others, due
 * time, scheduled before plain on a tie, order of the put.
 *
 * Source: behaviour Z28; design, section 5.
 *
 * Returns: the place; places of different jobs differ
 *
 * Since: 0.1
 */
AqOrder
aq_queue_order_of (const AqJob *job)
{
  guint64 due = CLAMP (job->due_usec, 0, DUE_MAX);
  guint64 plain = !(job->flags & AQ_JOB_PUT_BACK);
  guint64 unscheduled = !(job->flags & AQ_JOB_SCHEDULED);

  return (AqOrder) {
    .high = (guint64) job->priority << 56 | plain << DUE_BITS | due,
    .low = unscheduled << 63 | job->order,
  };
}

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

  g_assert (self->due.n_jobs == 0);
  aq_job_heap_clear (&self->due);
  g_ref_string_release (self->queue);
  g_ref_string_release (self->function);
  g_ref_string_release (self->arguments_type);
  g_free (self);
}

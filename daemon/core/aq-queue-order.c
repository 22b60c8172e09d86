/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Queue order
 */

#include "config.h"

#include "core/aq-queue-order.h"

#define DUE_MAX ((G_GINT64_CONSTANT (1) << AQ_ORDER_DUE_BITS) - 1)

int
aq_order_compare (AqOrder a,
                  AqOrder b)
{
  if (a.high != b.high)
    return a.high < b.high ? -1 : 1;
  if (a.low != b.low)
    return a.low < b.low ? -1 : 1;
  return 0;
}

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
    .high = (guint64) job->priority << 56 | plain << AQ_ORDER_DUE_BITS | due,
    .low = unscheduled << 63 | job->order,
  };
}

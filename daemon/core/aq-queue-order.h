/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

/* the lowest bits of `high`: microseconds, which reach the year 3111; above them put back or not, and the priority */
#define AQ_ORDER_DUE_BITS 55

/* a job's place among others: smaller comes first */
typedef struct
{
  guint64 high;
  guint64 low;
} AqOrder;

int      aq_order_compare  (AqOrder      a,
                            AqOrder      b);
AqOrder  aq_queue_order_of (const AqJob *job);

G_END_DECLS

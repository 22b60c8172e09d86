/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

/*
 * The jobs of one queue that call one function with arguments of one type, and
 * of these the ones that are due, in queue order. A filter accepts or refuses a
 * lane as a whole, so what a filter refuses costs nothing at a claim.
 */
struct _AqLane
{
  guint       ref_count;      /* one a job, and one a holder */
  guint32     n_due;
  guint32     n_allocated;
  GRefString *queue;
  GRefString *function;       /* plugin.function, or the name of the composite kind */
  GRefString *arguments_type; /* a GVariant tuple type */
  struct _AqLaneEntry *due;   /* 4-ary heap, the first is the next */
};

/* position in queue order: smaller comes first */
typedef struct
{
  guint64 high; /* priority, put back or not, due time */
  guint64 low;  /* scheduled or not, order of the put */
} AqQueueOrder;

AqLane       *aq_lane_new     (const char   *queue,
                               const char   *function,
                               const char   *arguments_type);
AqLane       *aq_lane_ref     (AqLane       *self);
void          aq_lane_unref   (AqLane       *self);
void          aq_lane_insert  (AqLane       *self,
                               AqJob        *job);
void          aq_lane_remove  (AqLane       *self,
                               AqJob        *job);
AqJob        *aq_lane_peek    (AqLane       *self,
                               AqQueueOrder *out_order);

AqQueueOrder  aq_queue_order_of      (const AqJob  *job);
int           aq_queue_order_compare (AqQueueOrder  a,
                                      AqQueueOrder  b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqLane, aq_lane_unref)

G_END_DECLS

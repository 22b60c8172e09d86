/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job-heap.h"
#include "core/aq-job-run.h"

G_BEGIN_DECLS

/* Jobs that are due, not owned, in queue order. Zeroed memory is an empty queue. */
typedef struct
{
  AqJob     *first;       /* nullable: the queue is empty */
  AqOrder    first_order;
  AqJobRun   runs[AQ_N_DUE_RUNS];
  AqJobHeap  heap;        /* what fits no run */
} AqDueQueue;

void    aq_due_queue_clear  (AqDueQueue       *self);
void    aq_due_queue_insert (AqDueQueue       *self,
                             AqJob            *job);
void    aq_due_queue_remove (AqDueQueue       *self,
                             AqJob            *job);
AqJob  *aq_due_queue_peek   (const AqDueQueue *self);
guint64 aq_due_queue_count  (const AqDueQueue *self);
void    aq_due_queue_list   (const AqDueQueue *self,
                             guint64           first_jobs,
                             GPtrArray        *out_jobs); /* of AqJob, in no order */

guint64 aq_due_queue_count_before
                            (const AqDueQueue *self,
                             AqOrder           order);
AqJob  *aq_due_queue_get_oldest
                            (const AqDueQueue *self);

G_END_DECLS

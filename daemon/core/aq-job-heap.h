/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-queue-order.h"

G_BEGIN_DECLS

typedef struct
{
  AqOrder  order;
  AqJob   *job;
} AqJobHeapEntry;

/* Jobs in order, not owned. A job is in one heap at the most. Zeroed memory is an empty heap. */
typedef struct
{
  guint32         n_jobs;
  guint32         n_allocated;
  AqJobHeapEntry *entries;
} AqJobHeap;

void     aq_job_heap_clear    (AqJobHeap       *self);
void     aq_job_heap_insert   (AqJobHeap       *self,
                               AqJob           *job,
                               AqOrder          order);
void     aq_job_heap_remove   (AqJobHeap       *self,
                               AqJob           *job);
AqJob   *aq_job_heap_peek     (const AqJobHeap *self);
gboolean aq_job_heap_contains (const AqJobHeap *self,
                               const AqJob     *job);

G_END_DECLS

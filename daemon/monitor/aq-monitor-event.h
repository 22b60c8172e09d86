/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"
#include "core/aq-lane.h"

G_BEGIN_DECLS

/*
 * Changes of jobs as JSON, one line each, rendered once for however many watch.
 * A batch has whole transactions, in their order. Immutable.
 */
typedef struct _AqMonitorBatch AqMonitorBatch;

/* how far a reader with a filter is in a batch; starts as zeros */
typedef struct
{
  guint next; /* event to look at */
  guint n;    /* of how many of its transaction the reader was told */
} AqMonitorCursor;

/* @lanes: (element-type AqLane): of each change's job; NULL for a job that is gone */
AqMonitorBatch *aq_monitor_batch_new          (const AqJobChange *changes,
                                               AqLane           **lanes,
                                               guint              n_changes);
AqMonitorBatch *aq_monitor_batch_new_for      (AqEngine          *engine,
                                               const AqJobChange *changes,
                                               guint              n_changes);
AqMonitorBatch *aq_monitor_batch_ref          (AqMonitorBatch    *self);
void            aq_monitor_batch_unref        (AqMonitorBatch    *self);
gboolean        aq_monitor_batch_is_shared    (AqMonitorBatch    *self);
gboolean        aq_monitor_batch_is_of        (AqMonitorBatch    *self,
                                               const AqJobChange *changes,
                                               guint              n_changes);
guint           aq_monitor_batch_get_length   (AqMonitorBatch    *self);
guint64         aq_monitor_batch_get_sequence (AqMonitorBatch    *self);
guint           aq_monitor_batch_find         (AqMonitorBatch    *self,
                                               guint64            after_sequence);
gboolean        aq_monitor_batch_append       (AqMonitorBatch    *self,
                                               AqFilter          *filter,
                                               AqMonitorCursor   *cursor,
                                               gsize              max_bytes,
                                               GString           *lines);

void            aq_monitor_event_append_resync (GString          *lines,
                                                guint64           since,
                                                const char       *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorBatch, aq_monitor_batch_unref)

G_END_DECLS

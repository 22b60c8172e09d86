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

/* @lanes: (element-type AqLane): of each change's job; NULL for a job that is gone */
AqMonitorBatch *aq_monitor_batch_new          (const AqJobChange *changes,
                                               AqLane           **lanes,
                                               guint              n_changes);
AqMonitorBatch *aq_monitor_batch_new_for      (AqEngine          *engine,
                                               const AqJobChange *changes,
                                               guint              n_changes);
AqMonitorBatch *aq_monitor_batch_ref          (AqMonitorBatch    *self);
void            aq_monitor_batch_unref        (AqMonitorBatch    *self);
gsize           aq_monitor_batch_get_size     (AqMonitorBatch    *self);
guint64         aq_monitor_batch_get_sequence (AqMonitorBatch    *self);
void            aq_monitor_batch_append       (AqMonitorBatch    *self,
                                               AqFilter          *filter,
                                               guint64            after_sequence,
                                               GString           *lines);

void            aq_monitor_event_append_resync (GString          *lines,
                                                guint64           since,
                                                const char       *reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqMonitorBatch, aq_monitor_batch_unref)

G_END_DECLS

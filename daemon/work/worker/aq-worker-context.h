/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-job-context.h"
#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

#define AQ_TYPE_WORKER_CONTEXT (aq_worker_context_get_type ())
G_DECLARE_FINAL_TYPE (AqWorkerContext, aq_worker_context, AQ, WORKER_CONTEXT, AsyncqJobContext)

AqWorkerContext *aq_worker_context_new          (const char      *agent);
void             aq_worker_context_begin        (AqWorkerContext *self,
                                                 const AqWireRun *run,
                                                 GHashTable      *settings);
gboolean         aq_worker_context_is_shared    (AqWorkerContext *self);
void             aq_worker_context_cancel       (AqWorkerContext *self);
GVariant        *aq_worker_context_dup_puts     (AqWorkerContext *self);
guint32          aq_worker_context_get_returned (AqWorkerContext *self);
gint64           aq_worker_context_get_snooze   (AqWorkerContext *self);

G_END_DECLS

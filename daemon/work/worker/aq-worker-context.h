/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "libasyncq/asyncq-job-context.h"
#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

#define AQ_TYPE_WORKER_CONTEXT (aq_worker_context_get_type ())
G_DECLARE_FINAL_TYPE (AqWorkerContext, aq_worker_context, AQ, WORKER_CONTEXT, AsyncqJobContext)

/* Who has what a job asks for: the daemon, or a stand-in. Called from any thread. */
typedef struct
{
  gboolean (*ask)          (AqWireAsk  *ask,
                            GVariant  **out_value,
                            gpointer    user_data,
                            GError    **error);
  /* the same, without waiting */
  gboolean (*tell)         (AqWireAsk  *ask,
                            gpointer    user_data,
                            GError    **error);
  void     (*set_progress) (guint64     lease,
                            GVariant   *progress,
                            gpointer    user_data);
  /* a deferred job has told how it ended */
  void     (*ended)        (guint64     lease,
                            gpointer    user_data);
  /* a line for the log of the job: nobody answers */
  void     (*log_line)     (AqWireAsk  *ask,
                            gpointer    user_data);
} AqWorkerContextHooks;

/* @hooks and @user_data: live as long as the process */
AqWorkerContext *aq_worker_context_new          (const char                 *agent,
                                                 const AqWorkerContextHooks *hooks,
                                                 gpointer                    user_data);
void             aq_worker_context_begin        (AqWorkerContext *self,
                                                 const AqWireRun *run,
                                                 GHashTable      *settings);
gboolean         aq_worker_context_is_shared    (AqWorkerContext *self);
void             aq_worker_context_cancel       (AqWorkerContext *self);
GVariant        *aq_worker_context_dup_puts     (AqWorkerContext *self);
guint32          aq_worker_context_get_returned (AqWorkerContext *self);
gint64           aq_worker_context_get_snooze   (AqWorkerContext *self);
GVariant        *aq_worker_context_get_changed  (AqWorkerContext *self);
gboolean         aq_worker_context_is_deferred  (AqWorkerContext *self);
gboolean         aq_worker_context_take_end     (AqWorkerContext *self,
                                                 GVariant       **out_value,
                                                 GError         **out_failure);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"
#include "core/aq-retry-policy.h"
#include "work/aq-death.h"
#include "work/aq-ladder.h"
#include "work/aq-plugin.h"
#include "work/aq-resource-guard.h"
#include "work/aq-run-queue.h"
#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/* One worker process, the socket to it, and the jobs that it has. */
typedef struct _AqWorker AqWorker;

typedef struct
{
  void     (*ready)    (AqWorker         *worker,
                        gpointer          user_data);
  /* a job that may be begun beside others is */
  gboolean (*begun)    (AqWorker         *worker,
                        guint64           lease,
                        gpointer          user_data,
                        GError          **error);
  /* the first in line is done, or any that has begun; FALSE, with an error, where @done cannot be true */
  gboolean (*done)     (AqWorker         *worker,
                        const AqWireDone *done,
                        gpointer          user_data,
                        GError          **error);
  /* the main thread takes its time; these have not begun, and come back */
  gboolean (*returned) (AqWorker         *worker,
                        GArray           *leases,
                        gpointer          user_data,
                        GError          **error);
  /* it does not take its time any more, where several jobs may have begun */
  void     (*freed)    (AqWorker         *worker,
                        gpointer          user_data);
  /* a running job asks for something; FALSE, with an error, where it cannot ask that */
  gboolean (*asked)    (AqWorker         *worker,
                        const AqWireAsk  *ask,
                        gpointer          user_data,
                        GError          **error);
  /* all that had come is handled */
  void     (*handled)  (AqWorker         *worker,
                        gpointer          user_data);
  /* the first in line has printed something, which is in its witness already */
  void     (*printed)  (AqWorker         *worker,
                        AqRun            *run,
                        gpointer          user_data);
  /* the process is gone and reaped; what @death owns may be taken */
  void     (*ended)    (AqWorker         *worker,
                        AqDeath          *death,
                        gpointer          user_data);
} AqWorkerHooks;

AqWorker *aq_worker_new          (AqClock              *clock,
                                  const char           *program,
                                  const char           *agent,
                                  const AqWorkerHooks  *hooks,
                                  gpointer              user_data,
                                  GError              **error);
AqWorker *aq_worker_ref          (AqWorker             *self);
void      aq_worker_unref        (AqWorker             *self);
void      aq_worker_kill         (AqWorker             *self);
void      aq_worker_kill_for     (AqWorker             *self,
                                  char                 *reason);
void      aq_worker_terminate_for (AqWorker            *self,
                                  char                 *reason);
void      aq_worker_retire       (AqWorker             *self,
                                  const AqLadderTimes  *times);
void      aq_worker_end          (AqWorker             *self);

/* whether it runs jobs with that sandbox, or, blank, with any; one that is unfit is of no use */
gboolean  aq_worker_has_profile  (AqWorker             *self,
                                  const AqProfile      *profile);
gboolean  aq_worker_is_blank     (AqWorker             *self);
gboolean  aq_worker_is_unfit     (AqWorker             *self);
void      aq_worker_collect      (AqWorker             *self);
guint     aq_worker_get_pid      (AqWorker             *self);
void      aq_worker_set_guard    (AqWorker             *self,
                                  AqResourceGuard      *guard);
AqResourceGuard *
          aq_worker_get_guard    (AqWorker             *self);
gboolean  aq_worker_was_killed   (AqWorker             *self);
gboolean  aq_worker_is_ready     (AqWorker             *self);
gboolean  aq_worker_is_doomed    (AqWorker             *self);
void      aq_worker_count_plugins (AqWorker            *self,
                                  GHashTable           *workers);
gboolean  aq_worker_has_older    (AqWorker             *self,
                                  const char           *plugin,
                                  AqPlugin             *newest);

/* the jobs in line; the first one is what it runs */
guint     aq_worker_get_n_runs   (AqWorker             *self);
double    aq_worker_get_load     (AqWorker             *self);
gsize     aq_worker_get_unsent   (AqWorker             *self);
AqRun    *aq_worker_get_run      (AqWorker             *self,
                                  guint                 index);
AqRun    *aq_worker_get_running  (AqWorker             *self);
gboolean  aq_worker_find_run     (AqWorker             *self,
                                  guint64               lease,
                                  guint                *out_index);
void      aq_worker_push_run     (AqWorker             *self,
                                  const AqWireRun      *run,
                                  AqPluginFunction     *function,
                                  GRefString           *queue);
void      aq_worker_bind_run     (AqWorker             *self,
                                  const char           *object,
                                  guint64               version);
void      aq_worker_limit_run    (AqWorker             *self,
                                  const AqResourceGrant *grant);
void      aq_worker_drop_runs    (AqWorker             *self,
                                  guint                 index,
                                  guint                 n_runs);

/* what is pushed goes out once this position is allowed */
guint64   aq_worker_get_position (AqWorker             *self);
void      aq_worker_send_until   (AqWorker             *self,
                                  guint64               position);
guint     aq_worker_get_n_sendable (AqWorker           *self);
void      aq_worker_drop_unsendable (AqWorker          *self);
guint     aq_worker_get_n_drops  (AqWorker             *self);
void      aq_worker_cancel       (AqWorker             *self,
                                  guint64               lease);
void      aq_worker_answer       (AqWorker             *self,
                                  const AqWireAnswer   *answer);

GPtrArray *aq_worker_dup_plugins (AqWorker             *self,
                                  AqPlugin             *first);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqWorker, aq_worker_unref)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-list.h"
#include "core/aq-filter.h"
#include "core/aq-retry-policies.h"
#include "core/aq-rules.h"

G_BEGIN_DECLS

/*
 * The door of the core: takes what the services bring, applies the rule for it,
 * and tells those who must know. Bus, monitor and workers talk to this and to
 * nothing below it.
 *
 * Every answer through a callback comes when it is flushed. A callback may be
 * called before the call that started it has returned.
 */
typedef struct _AqEngine AqEngine;

typedef void (*AqEngineDone)      (const GError      *error,
                                   gpointer           user_data);
typedef void (*AqEngineSubmitted) (const guint64     *ids,
                                   guint              n_ids,
                                   const GError      *error,
                                   gpointer           user_data);
/* @id: the job that it came to, 0 with @error */
typedef void (*AqEngineJobDone)   (guint64            id,
                                   const GError      *error,
                                   gpointer           user_data);
/* @jobs: borrowed until the callback returns; @revealed: flush before a hand-over */
typedef void (*AqEngineClaimed)   (AqJob            **jobs,
                                   guint              n_jobs,
                                   guint64            revealed,
                                   gpointer           user_data);
/* @value: what was read; NULL with @error */
typedef void (*AqEngineRead)      (GVariant          *value,
                                   const GError      *error,
                                   gpointer           user_data);
/* flushed changes, in the order of their transactions */
typedef void (*AqEngineChanged)   (const AqJobChange *changes,
                                   guint              n_changes,
                                   gpointer           user_data);
/* @counts: of each outcome, ASYNCQ_N_JOB_OUTCOMES of them; with @error, how far it came */
typedef void (*AqEngineCleaned)   (const guint       *counts,
                                   const GError      *error,
                                   gpointer           user_data);
typedef void (*AqEngineNotify)    (gpointer           user_data);
/* an attempt is to stop; @kill: its time is over, so if it does not stop by itself it is to be killed */
typedef void (*AqEngineStop)      (guint64            id,
                                   guint64            lease,
                                   gboolean           kill,
                                   gpointer           user_data);

/* who follows claims, for the record; called with what is not flushed yet */
typedef struct
{
  void (*claimed)  (AqAgent   *agent,
                    AqJob    **jobs,
                    guint      n_jobs,
                    gpointer   user_data);
  void (*released) (guint64    id,
                    gpointer   user_data);
} AqEngineObserver;

/* who has completed and how: what somebody waiting for a job is told */
typedef void (*AqEngineAwaited)   (AsyncqJobOutcome   outcome,
                                   AqResult          *result,
                                   const GError      *error,
                                   gpointer           user_data);
typedef struct _AqEngineWait AqEngineWait;

AqEngine        *aq_engine_new             (AqStore             *store,
                                            AqClock             *clock);
void             aq_engine_free            (AqEngine            *self);
gboolean         aq_engine_start           (AqEngine            *self,
                                            GError             **error);
void             aq_engine_stop            (AqEngine            *self);
AqClock         *aq_engine_get_clock       (AqEngine            *self);
AqStore         *aq_engine_get_store       (AqEngine            *self);
AqFunctionTable *aq_engine_get_functions   (AqEngine            *self);
/* the retry policies that jobs can be submitted with: at first the built-in ones */
AqRetryPolicies *aq_engine_get_policies    (AqEngine            *self);
/* what entries may name now; @queue: of those that name none */
AqDraftContext   aq_engine_get_draft_context (AqEngine          *self,
                                            const char          *queue);
void             aq_engine_set_policies    (AqEngine            *self,
                                            AqRetryPolicies     *policies);

/* holds @func until everything applied so far is flushed */
void             aq_engine_when_flushed    (AqEngine            *self,
                                            AqGateFunc           func,
                                            gpointer             user_data);

/* submits and reads, for bus and monitor */
void             aq_engine_submit          (AqEngine            *self,
                                            const AqActor       *actor,
                                            const AqDraft       *drafts,
                                            guint                n_drafts,
                                            AqEngineSubmitted    done,
                                            gpointer             user_data);
void             aq_engine_submit_entries  (AqEngine            *self,
                                            const AqActor       *actor,
                                            GVariant            *entries,
                                            AqEngineSubmitted    done,
                                            gpointer             user_data);
void             aq_engine_submit_words    (AqEngine            *self,
                                            const AqActor       *actor,
                                            const char          *function,
                                            const char * const  *words,
                                            AqEngineSubmitted    done,
                                            gpointer             user_data);
void             aq_engine_cancel          (AqEngine            *self,
                                            const AqActor       *actor,
                                            guint64              id,
                                            const char          *why,
                                            AqEngineDone         done,
                                            gpointer             user_data);
/* a{sv} with the keys of org.asyncq.Job1's properties */
void             aq_engine_read_job        (AqEngine            *self,
                                            guint64              id,
                                            AqEngineRead         done,
                                            gpointer             user_data);
/* (aa{sv}s): ListJobs */
void             aq_engine_list_jobs       (AqEngine            *self,
                                            AqFilter            *filter,
                                            guint64              below_id,
                                            guint                limit,
                                            gboolean             count_only,
                                            AqEngineRead         done,
                                            gpointer             user_data);
/* a{su}: how many jobs in each state */
GVariant        *aq_engine_count_jobs      (AqEngine            *self);
/* how long, and how many, completed jobs are kept */
void             aq_engine_set_retention   (AqEngine            *self,
                                            AqRetention         *retention);
/* removes jobs that have ended, or only counts them */
void             aq_engine_clean           (AqEngine            *self,
                                            const AqActor       *actor,
                                            AqFilter            *filter,
                                            AqEngineCleaned      done,
                                            gpointer             user_data);
void             aq_engine_count_cleanable (AqEngine            *self,
                                            AqFilter            *filter,
                                            AqEngineCleaned      done,
                                            gpointer             user_data);
/* calls @done once, when the job has completed or there is no such job; the
 * wait is over then, or with aq_engine_wait_cancel() */
AqEngineWait    *aq_engine_wait            (AqEngine            *self,
                                            guint64              id,
                                            AqEngineAwaited      done,
                                            gpointer             user_data);
void             aq_engine_wait_cancel     (AqEngineWait        *wait);
guint            aq_engine_add_changed     (AqEngine            *self,
                                            AqEngineChanged      func,
                                            gpointer             user_data);
void             aq_engine_remove_changed  (AqEngine            *self,
                                            guint                handle);
/* (element-type AqLane): of the job of each change; NULL where a job is gone */
GPtrArray       *aq_engine_ref_lanes       (AqEngine            *self,
                                            const AqJobChange   *changes,
                                            guint                n_changes);
/* whether @filter accepts the job: for subscriptions */
gboolean         aq_engine_job_matches     (AqEngine            *self,
                                            guint64              id,
                                            AqFilter            *filter);

/* agents: from the configuration, or added (and stored) at run time */
gboolean         aq_engine_configure_agent (AqEngine            *self,
                                            AqAgent             *agent,
                                            GError             **error);
void             aq_engine_add_agent       (AqEngine            *self,
                                            const AqActor       *actor,
                                            AqAgent             *agent,
                                            AqEngineDone         done,
                                            gpointer             user_data);
/* (transfer none) (element-type AqAgent) */
GPtrArray       *aq_engine_get_agents      (AqEngine            *self);

void             aq_engine_set_observer    (AqEngine               *self,
                                            const AqEngineObserver *observer,
                                            gpointer                user_data);

/* claims and ends, for work */

/* @func is called when there may be something to claim, or a new agent */
void             aq_engine_set_work_func   (AqEngine            *self,
                                            AqEngineNotify       func,
                                            gpointer             user_data);
/* @func is called for each attempt that a worker is to stop, once that is flushed */
void             aq_engine_set_stop_func   (AqEngine            *self,
                                            AqEngineStop         func,
                                            gpointer             user_data);
void             aq_engine_functions_changed (AqEngine          *self);
void             aq_engine_claim           (AqEngine            *self,
                                            AqAgent             *agent,
                                            guint                max_jobs,
                                            AqEngineClaimed      func,
                                            gpointer             user_data);
void             aq_engine_claim_function  (AqEngine            *self,
                                            AqAgent             *agent,
                                            const char          *function,
                                            gboolean             passes,
                                            guint                max_jobs,
                                            AqEngineClaimed      func,
                                            gpointer             user_data);
/* jobs aa{sv} for a job that is given its members, else NULL */
GVariant        *aq_engine_dup_handed_over     (AqEngine            *self,
                                            const AqJob         *job);
gboolean         aq_engine_start_job       (AqEngine            *self,
                                            guint64              id,
                                            guint64              lease,
                                            guint32              worker,
                                            GError             **error);
gboolean         aq_engine_finish_job      (AqEngine            *self,
                                            const AqFinishEvent *event,
                                            GError             **error);
gboolean         aq_engine_release_job     (AqEngine            *self,
                                            guint64              id,
                                            guint64              lease,
                                            GError             **error);
gboolean         aq_engine_interrupt_job   (AqEngine            *self,
                                            guint64              id,
                                            guint64              lease,
                                            GError             **error);
gboolean         aq_engine_interrupt_attempt (AqEngine          *self,
                                            guint64              id,
                                            guint64              lease,
                                            const AqUsage       *usage,
                                            GVariant            *evidence,
                                            GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqEngine, aq_engine_free)

G_END_DECLS

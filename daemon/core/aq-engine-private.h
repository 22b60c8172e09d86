/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* Shared by the files of the engine: aq-engine.c the wiring and agents,
 * aq-engine-requests.c what clients ask for, aq-engine-clean.c removing jobs,
 * aq-engine-watch.c who waits, aq-engine-work.c claims and what becomes of them,
 * aq-engine-expiry.c removing what is kept no longer. */

/* a request to remove jobs that is not done */
typedef struct _AqEngineClean AqEngineClean;

typedef struct
{
  guint           handle;
  AqEngineChanged func;
  gpointer        user_data;
} AqEngineListener;

struct _AqEngine
{
  AqStore         *store;     /* owned */
  AqClock         *clock;     /* owned */
  AqFunctionTable *functions; /* owned */
  AqRetryPolicies *policies;  /* owned */
  GPtrArray       *agents;    /* of AqAgent, a reference each */
  gboolean         running;
  guint64          recovered; /* the transaction with which it began, and which makes its leases its own */

  /* work */
  AqEngineNotify   work_func; /* nullable */
  gpointer         work_data;
  AqEngineStop     stop_func; /* nullable */
  gpointer         stop_data;
  GSource         *poke;      /* owned: calls work_func at the end of the loop turn */
  gboolean         poked;
  AqTimer         *due_timers[AQ_N_TIME_KINDS]; /* owned, nullable: when the next job becomes due or overdue */
  gint64           due_usec[AQ_N_TIME_KINDS]; /* what they are set to; G_MAXINT64 where they are not */
  GPtrArray       *claimed;   /* of AqJob, used again and again */

  const AqEngineObserver *observer; /* nullable */
  gpointer         observer_data;

  GPtrArray       *cleans;    /* of AqEngineClean, owned by themselves */

  /* those who watch */
  GArray          *listeners; /* of AqEngineListener */
  guint            next_handle;
  GHashTable      *waits;     /* job id → GPtrArray of AqEngineWait */
  GArray          *changes;   /* of AqJobChange: applied, not flushed */

  /* expiry */
  AqRetention     *retention; /* owned */
  AqTimer         *expiry_timer; /* owned, nullable */
  GSource         *expiry_step;  /* owned, nullable: the next transaction of many */
  gint64           expiry_usec;  /* what the timer is set to; G_MAXINT64 where it is not */
};

extern const AqActor aq_engine_self;

void aq_engine_poke           (AqEngine      *self);
void aq_engine_stop_attempts  (AqEngine      *self,
                               GArray        *stops,
                               guint64        sequence);
void aq_engine_clean_stop     (AqEngine      *self);
void aq_engine_watch_init     (AqEngine      *self);
void aq_engine_watch_clear    (AqEngine      *self);
void aq_engine_expiry_init    (AqEngine      *self);
void aq_engine_expiry_stop    (AqEngine      *self);
void aq_engine_expiry_clear   (AqEngine      *self);
void aq_engine_look_for_expiry (AqEngine     *self);
gboolean aq_engine_needs_fetch (AqEngine      *self,
                               const AqDraft *drafts,
                               guint          n_drafts,
                               guint          returned);
void aq_engine_fetch_for_put  (AqEngine      *self,
                               const AqDraft *drafts,
                               guint          n_drafts,
                               guint          returned,
                               AqFetchedFunc  func,
                               gpointer       user_data);

/* Returns: (nullable): why nothing but jobs' ends and what makes space is to be stored now */
const GError *aq_engine_get_refusal (AqEngine *self);

G_END_DECLS

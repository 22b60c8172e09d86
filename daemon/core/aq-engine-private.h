/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine-why.h"
#include "core/aq-engine-witness.h"
#include "core/aq-queue.h"
#include "core/aq-run-times.h"

G_BEGIN_DECLS

/* Shared by the files of the engine: aq-engine.c the wiring, aq-engine-agents.c agents, aq-engine-takers.c who
 * takes which jobs, aq-engine-requests.c what clients ask for, aq-engine-request.c one such request,
 * aq-engine-queues.c queues, aq-engine-quarantine.c functions that crash,
 * aq-engine-schedules.c schedules, aq-engine-schedule-run.c those that are due,
 * aq-engine-claiming.c the switch, aq-engine-walk.c rules that go over all jobs,
 * aq-engine-clean.c removing jobs, aq-engine-bulk.c changing many jobs,
 * aq-engine-watch.c who waits, aq-engine-work.c claims and what becomes of them,
 * aq-engine-witness.c what is known of attempts that run,
 * aq-engine-expiry.c removing what is kept no longer, aq-engine-why.c what is told of jobs and how it goes. */

/* a rule that goes over all jobs, and is not done */
typedef struct _AqEngineWalk AqEngineWalk;
/* somebody who wants one job to be claimed while claiming is off */
typedef struct _AqEngineStep AqEngineStep;

/* every job that a cancel ends keeps its own copy, and there may be a million */
#define AQ_ENGINE_MAX_WHY_BYTES 1024

/* What is asked for, and who is to be told: one of done, job_done and read. */
typedef struct
{
  AqRule           rule;
  gpointer         event;      /* owned */
  GDestroyNotify   free_event;
  void           (*applied) (AqEngine *engine); /* nullable: it has changed something */
  const guint64   *id;         /* with job_done: where the event has it */
  GVariant       **value;      /* with read: likewise */
  AqEngineDone     done;
  AqEngineJobDone  job_done;
  AqEngineRead     read;
  gpointer         user_data;
  gboolean         is_addition; /* it takes memory for good: refused also while the store is busy */
} AqEngineRequest;

/* What a rule is given that reads one thing by its name, or all of a kind: see aq_engine_apply_read(). */
typedef struct
{
  AqEngine *engine;
  char     *name;  /* owned; NULL: all of them */
  GVariant *value; /* owned, nullable: what the rule has read */
} AqEngineReading;

/* A rule that is applied until its walk is at its end. */
typedef struct
{
  AqRule           rule;
  gpointer         event;      /* owned by who is told in the end */
  AqJobWalk       *walk;       /* the event's */
  GArray          *away;       /* nullable, the event's: of guint64: what is to be fetched before the next step */
  void           (*stepped) (AqEngine *engine,
                             gpointer  event,
                             guint64   sequence); /* nullable: a step was taken */
  void           (*done)    (gpointer      event,
                             const GError *error); /* called once, later */
} AqEngineWalkRequest;

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
  AqQueueTable    *queues;    /* owned: of configuration and agents */
  GHashTable      *factories; /* name → GVariant, owned: the entries that the store has */
  GHashTable      *settings;  /* of jobs that were submitted; see aq_job_settings_intern() */
  GPtrArray       *agents;    /* of AqAgent, a reference each */
  GPtrArray       *configured; /* of AqAgent, likewise: that it was started with */
  guint            n_slots;   /* for which the store keeps space */
  gboolean         running;
  guint64          recovered; /* the transaction with which it began, and which makes its leases its own */

  /* work */
  AqEngineNotify   work_func; /* nullable */
  gpointer         work_data;
  AqEngineStop     stop_func; /* nullable */
  gpointer         stop_data;
  GPtrArray       *held_stops; /* what is not flushed yet; nullable */
  GSource         *poke;      /* owned: calls work_func at the end of the loop turn */
  gboolean         poked;
  AqTimer         *due_timers[AQ_N_TIME_KINDS]; /* owned, nullable: when the next job becomes due or overdue */
  gint64           due_usec[AQ_N_TIME_KINDS]; /* what they are set to; G_MAXINT64 where they are not */
  guint            quarantine_jobs; /* that crash quarantine their function; 0: none does */
  GPtrArray       *claimed;   /* of AqJob, used again and again */

  const AqEngineObserver *observer; /* nullable */
  gpointer         observer_data;

  GPtrArray       *walks;     /* of AqEngineWalk, owned by themselves */

  /* what is told of jobs */
  AqRunTimes      *run_times;  /* owned: since the start */
  gint64           since_usec; /* wall clock: the start */
  AqEngineRoom     room_func;  /* nullable */
  gpointer         room_data;

  /* the switch */
  gboolean         claiming;
  GPtrArray       *steps;     /* of AqEngineStep, owned */
  guint            steps_handle; /* of the listener for their ends, 0 before the first */

  /* pauses that end by themselves */
  AqTimer         *resume_timer; /* owned, nullable */
  gint64           resume_usec;  /* what it is set to; G_MAXINT64 where it is not */

  /* schedules */
  gboolean         scheduling;     /* the switch */
  GHashTable      *schedules;      /* name → gint64, owned: when those are due that are at all */
  AqTimer         *schedule_timer; /* owned, nullable */
  gint64           schedule_usec;  /* what it is set to; G_MAXINT64 where it is not */
  gboolean         schedules_wait; /* some are due, and the store makes room for their jobs */
  gboolean         schedules_denied; /* there was none the last time */
  AqTimer         *schedule_pause; /* owned, nullable: when to ask for it again */

  /* those who watch */
  GArray          *listeners; /* of AqEngineListener */
  guint            next_handle;
  GHashTable      *waits;     /* job id → GPtrArray of AqEngineWait */
  GArray          *changes;   /* of AqJobChange: applied, not flushed */
  GHashTable      *annotation_waits; /* job id → who waits for which of its annotations */
  guint            n_annotation_waits; /* of all, wherever they are */
  AqEngineWitness  witness_func; /* nullable: what is known of attempts that run */
  gpointer         witness_data;
  GHashTable      *log_waits; /* job id → GPtrArray of AqEngineLogWait, those that are listed */
  guint            n_log_waits; /* of all, wherever they are */

  /* expiry */
  AqRetention     *retention; /* owned */
  AqTimer         *expiry_timer; /* owned, nullable */
  GSource         *expiry_step;  /* owned, nullable: the next transaction of many */
  gint64           expiry_usec;  /* what the timer is set to; G_MAXINT64 where it is not */
};

extern const AqActor aq_engine_self;

void aq_engine_poke           (AqEngine      *self);
void aq_engine_apply_request  (AqEngine      *self,
                               const AqActor *actor,
                               const AqEngineRequest *request);
void aq_engine_apply_read     (AqEngine      *self,
                               AqRule         rule,
                               const char    *name,
                               AqEngineRead   done,
                               gpointer       user_data);
gboolean aq_engine_check_why  (const char    *why,
                               GError       **error);
void aq_engine_agents_init    (AqEngine      *self);
void aq_engine_agents_load    (AqEngine      *self);
void aq_engine_agents_clear   (AqEngine      *self);
void aq_engine_look_for_slots (AqEngine      *self);
void aq_engine_factories_init (AqEngine      *self);
void aq_engine_factories_load (AqEngine      *self);
void aq_engine_factories_clear (AqEngine     *self);
gboolean aq_engine_check_template (AqEngine  *self,
                               GVariant      *entry,
                               const char    *noun,
                               GError       **error);
void aq_engine_schedules_init (AqEngine      *self);
void aq_engine_schedules_load (AqEngine      *self);
void aq_engine_schedules_stop (AqEngine      *self);
void aq_engine_schedules_clear (AqEngine     *self);
void aq_engine_look_for_schedules (AqEngine  *self);
void aq_engine_rearm_schedules (AqEngine     *self);
void aq_engine_note_schedule  (AqEngine      *self,
                               const char    *name,
                               gint64         next_usec);
void aq_engine_queues_init    (AqEngine      *self);
void aq_engine_queues_stop    (AqEngine      *self);
void aq_engine_queues_clear   (AqEngine      *self);
void aq_engine_look_for_resume (AqEngine     *self);
guint aq_engine_limit_claim   (AqEngine      *self,
                               guint          max_jobs);
void aq_engine_note_claimed   (AqEngine      *self,
                               guint64        id,
                               guint64        sequence);
void aq_engine_claiming_init  (AqEngine      *self);
void aq_engine_claiming_clear (AqEngine      *self);
void aq_engine_set_due_timers (AqEngine      *self);
void aq_engine_stops_clear    (AqEngine      *self);
void aq_engine_stop_attempts  (AqEngine      *self,
                               GArray        *stops,
                               guint64        sequence);
void aq_engine_walk           (AqEngine      *self,
                               const AqActor *actor,
                               const AqEngineWalkRequest *request);
void aq_engine_walks_stop     (AqEngine      *self);
void aq_engine_watch_init     (AqEngine      *self);
void aq_engine_watch_clear    (AqEngine      *self);
void aq_engine_witness_init (AqEngine *self);
void aq_engine_witness_clear (AqEngine *self);
void aq_engine_annotation_waits_init (AqEngine *self);
void aq_engine_annotation_waits_clear (AqEngine *self);
void aq_engine_annotation_waits_tell (AqEngine *self,
                               guint64        id);
void aq_engine_tell_quarantine (AqEngine    *self,
                                const char  *name);
void aq_engine_note_run       (AqEngine      *self,
                               const AqFinishEvent *event);
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

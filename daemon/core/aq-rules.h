/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-draft-list.h"
#include "core/aq-filter.h"
#include "core/aq-function-table.h"
#include "core/aq-job-walk.h"
#include "core/aq-queue.h"
#include "core/aq-store.h"
#include "core/aq-usage.h"

G_BEGIN_DECLS

/*
 * The rules, one struct for each event. Every field is input but those that
 * start out_. What comes in is borrowed until the rule returns.
 */

typedef struct
{
  const AqDraft *drafts;
  guint          n_drafts;
  guint64       *out_ids; /* n_drafts of them, from the caller */
  const GError  *refusal; /* nullable: why only jobs that there are already may be named */
  const AqQueueTable *queues; /* nullable: every queue is known then */
} AqPutEvent;

typedef struct
{
  AqAgent         *agent;
  guint            max_jobs;
  AqFunctionTable *functions; /* a job whose function is not there waits */
  GPtrArray       *out_jobs;  /* of AqJob, borrowed until `applied` returns; from the caller */
  guint64          out_revealed; /* newest sequence that put one of them: flush it before a hand-over */
  gboolean         out_found; /* of aq_rule_can_claim() */
  gboolean         out_once; /* one of them is to run at most once: flush the claim itself */
  const char      *function; /* nullable: any; else claim jobs of this one */
  gboolean         passes;   /* with `function`: also behind others; else it ends with the first of another one */
} AqClaimEvent;

typedef struct
{
  guint64 id;
  guint64 lease;
  guint32 worker; /* pid */
} AqStartEvent;

/* the end of one attempt, as its worker tells it */
typedef struct
{
  guint64        id;
  guint64        lease;
  gint64         started_usec; /* wall clock */
  gint64         ended_usec;
  guint32        worker;       /* pid */
  AqResult      *result;       /* the value, or the failure; NULL with `returned` */
  gboolean       failed;
  AqCause        cause;        /* with `failed`; of AQ_CAUSE_ERROR domain and code are those of `result` */
  gboolean       snoozed;      /* it asks to run again later: no result, and not `failed` */
  gint64         snooze_usec;  /* with `snoozed`: how much later */
  const AqUsage *usage;        /* nullable: nobody has measured it */
  const char    *build;        /* nullable: which build of the plugin ran it */
  AqFunctionTable *functions;  /* nullable: crashes are counted against none */
  guint          quarantine_jobs; /* how many that crash quarantine it; 0: none does */
  GVariant      *evidence;     /* nullable: a{sv}: what is known of the attempt beside, see org.asyncq.Job1.Attempts */
  const AqDraft *puts;         /* jobs that the function put: they commit with its end */
  guint          n_puts;
  guint          returned;     /* index of the put whose result becomes this one's, or AQ_DRAFT_NO_PARENT */
  const char    *result_type;  /* what a returned job's result must be; nullable */
  const AqQueueTable *queues;  /* nullable: every queue is known then */
  GVariant      *object_value; /* nullable: what the object that the job is bound to is to become … */
  const char    *object;       /* … its name … */
  guint64        object_version; /* … and the version that the function has seen */
  GRefString    *out_function; /* that ran: interned, the store's */
  gboolean       out_quarantined; /* which is not run any more from now on: see aq-quarantine.c */
} AqFinishEvent;

/* what a tick found */
typedef struct
{
  GArray *out_stops; /* of AqStop: attempts that workers are to stop; from the caller */
} AqTickEvent;

typedef struct
{
  guint64  id;
  guint64  lease;
  gboolean kill; /* its time is over: to be killed when it does not stop by itself */
} AqStop;

/* changes of a job that has not begun; each field only if its bit is set */
typedef enum
{
  AQ_CHANGE_ARGUMENTS = 1 << 0,
  AQ_CHANGE_QUEUE = 1 << 1,
  AQ_CHANGE_PRIORITY = 1 << 2,
  AQ_CHANGE_BEGIN_AFTER = 1 << 3, /* begin_after_usec or delay_usec; both 0: as soon as possible */
  AQ_CHANGE_SETTINGS = 1 << 4     /* the settings as a whole */
} AqChangeMask;

typedef struct
{
  guint64        id;
  AqChangeMask   mask;
  const AqDraft *draft; /* where the new values are */
  const AqQueueTable *queues; /* nullable */
} AqChangeEvent;

/* run it again, or now */
typedef struct
{
  guint64 id;
  guint64 out_id; /* of one that had completed: a new job that runs the same */
  const AqQueueTable *queues; /* nullable */
} AqRetryEvent;

typedef struct
{
  guint64 id;
  gint64  delay_usec;
} AqSnoozeEvent;

typedef struct
{
  const char *queue;
  guint64     id;    /* 0: by index */
  gint64      index; /* in claim order, from the end if negative */
  guint64     out_id;
  const AqQueueTable *queues; /* nullable, as in all that follow */
} AqPullEvent;

/* create, remove and resume a queue */
typedef struct
{
  const char         *name;
  const AqQueueTable *queues;
} AqQueueEvent;

typedef struct
{
  const char         *name;
  const char         *reason;
  gint64              until_usec; /* wall clock; 0: until it is resumed */
  const AqQueueTable *queues;
} AqPauseEvent;

typedef struct
{
  const char *name;
  gint64      offset;
  guint       limit;
  GArray     *out_ids; /* of guint64; from the caller */
  const AqQueueTable *queues;
} AqListQueuedEvent;

typedef struct
{
  const char *name;
  GVariant   *entry; /* a{sv}; NULL: to be removed */
  const AqQueueTable *queues; /* nullable */
} AqFactoryEvent;

/* something is noted on a job */
typedef struct
{
  guint64     id;
  guint64     lease; /* of the attempt that says so; 0: somebody from outside */
  const char *key;
  GVariant   *value; /* nullable: removes it */
} AqAnnotateEvent;

/* what an attempt leaves to the next one */
typedef struct
{
  guint64   id;
  guint64   lease;
  GVariant *value; /* nullable: removes it */
} AqCheckpointEvent;

/* an effect that is to be at most once begins, or has ended */
typedef struct
{
  guint64     id;
  guint64     lease;
  const char *name;
  GVariant   *result;    /* of an end; nullable: it did not come to pass */
  GVariant   *out_value; /* of a begin: a{sv}, "result" v if it was there before; owned by the caller */
} AqOnceEvent;

typedef struct
{
  const char *name;
  GVariant   *value;   /* NULL: to be removed */
  guint64     version; /* of a change: the one that it has now; 0: any */
} AqObjectEvent;

typedef struct
{
  const char *name;
  GVariant   *settings; /* a{sv}; NULL: to be removed */
  gboolean    create;   /* else it is there, and what is not given stays */
} AqLimitEvent;

/* a schedule is made, changed or removed */
typedef struct
{
  const char *name;
  GVariant   *settings; /* a{sv}: see aq_job_schedule_new(); NULL: to be removed */
  gboolean    is_new;
  const AqQueueTable *queues; /* nullable */
  gint64      out_next_usec;  /* when it is due, here and below: G_MAXINT64: not by itself */
} AqSetScheduleEvent;

/* a schedule makes no more jobs, or makes them again */
typedef struct
{
  const char *name;
  gboolean    paused;
  const char *reason; /* with `paused` */
  gint64      out_next_usec;
} AqPauseScheduleEvent;

/* what a schedule that is due makes its job of */
typedef struct
{
  const AqDraftContext *context;
  const AqQueueTable   *queues; /* nullable */
} AqSchedulePut;

/* a schedule makes a job beside its plan */
typedef struct
{
  const char    *name;
  AqSchedulePut  put;
  guint64        out_id;
} AqTriggerScheduleEvent;

typedef struct
{
  char   *name;      /* owned by the array */
  gint64  next_usec; /* changed by the rule */
} AqScheduleDue;

/* time has passed */
typedef struct
{
  GArray        *due;       /* of AqScheduleDue: those to look at, in this order */
  AqSchedulePut  put;
  guint          max_looks; /* at due times; measuring makes it less where there are fewer */
  gboolean       only_one;  /* no more than one job */
  GArray        *out_stops; /* of AqStop: what is replaced; from the caller */
  GPtrArray     *out_complaints; /* of char *: what went wrong, for the log; from the caller */
  guint64        out_id;    /* of the newest job; 0: none */
  guint64        out_max_bytes; /* measured */
} AqRunSchedulesEvent;

/* in one transaction; who keeps the time comes again at once when there are more */
#define AQ_MAX_SCHEDULE_LOOKS 1000

/* the clock was set, or may have been */
typedef struct
{
  GArray *out_due; /* of AqScheduleDue: those that are due at another time now; from the caller */
} AqRearmSchedulesEvent;

/* into its queue, at the end */
typedef struct
{
  guint64 id; /* of one that was pulled */
} AqPutAgainEvent;

/* back into the queue: a job that was handed over and not begun, or stopped by no fault of its own */
typedef struct
{
  guint64        id;
  guint64        lease;
  const AqUsage *usage;    /* of one that has begun; nullable, and so is … */
  GVariant      *evidence; /* … a{sv}: as of AqFinishEvent */
} AqReleaseEvent;

typedef struct
{
  guint64     id;
  const char *why;
  GArray     *out_stops; /* of AqStop: what runs and is to stop; from the caller, nullable */
} AqCancelEvent;

typedef struct
{
  AqAgent *agent;
} AqAddAgentEvent;

/* an agent that there is, stored or configured, is another one from now on, or is removed */
typedef struct
{
  AqAgent *was;
  AqAgent *agent; /* NULL: it is removed */
} AqSetAgentEvent;

typedef struct
{
  const AqRetention *retention;
  guint              out_n_removed; /* not 0: there may be more */
  gint64             out_next_usec; /* when to come again, wall clock; G_MAXINT64: not by itself */
} AqExpireEvent;

/* one step of a walk */
typedef struct
{
  AqJobWalk walk;
  gboolean  dry_run;
  guint     max_jobs;  /* how many are removed */
  guint     out_counts[ASYNCQ_N_JOB_OUTCOMES]; /* added to */
} AqCleanEvent;

/* what has become of a dispatcher */
typedef enum
{
  AQ_DISPATCHER_REGISTERED,
  AQ_DISPATCHER_ACTIVATED,
  AQ_DISPATCHER_DEACTIVATED,
  AQ_DISPATCHER_REACTIVATED, /* it was thought dead, and is not */
  AQ_DISPATCHER_UNREGISTERED
} AqDispatcherStep;

#define AQ_N_DISPATCHER_STEPS (AQ_DISPATCHER_UNREGISTERED + 1)

typedef struct
{
  AqDispatcherStep step;
  char             uuid[37];
} AqDispatcherNews;

/* a dispatcher registers, activates, deactivates or unregisters itself, or gives a sign of life */
typedef struct
{
  const char *uuid;
  gint64      ping_interval_usec;       /* of a registration; 0: the default */
  gint64      ping_death_interval_usec; /* of a registration; 0: the default */
  gboolean    alone;    /* the store is locked: who is marked as active there is dead */
  GArray     *out_news; /* of AqDispatcherNews, of it and of its neighbour; from the caller */
} AqDispatcherEvent;

gboolean aq_rule_put            (AqTransaction *transaction,
                                 gpointer       put_event,
                                 GError       **error);
/* whether a claim would find a job; no rule */
gboolean aq_rule_can_claim      (AqTransaction *transaction,
                                 AqClaimEvent  *event);
gboolean aq_rule_claim          (AqTransaction *transaction,
                                 gpointer       claim_event,
                                 GError       **error);
gboolean aq_rule_start          (AqTransaction *transaction,
                                 gpointer       start_event,
                                 GError       **error);
gboolean aq_rule_finish         (AqTransaction *transaction,
                                 gpointer       finish_event,
                                 GError       **error);
gboolean aq_rule_release        (AqTransaction *transaction,
                                 gpointer       release_event,
                                 GError       **error);
gboolean aq_rule_interrupt      (AqTransaction *transaction,
                                 gpointer       release_event,
                                 GError       **error);
gboolean aq_rule_cancel         (AqTransaction *transaction,
                                 gpointer       cancel_event,
                                 GError       **error);
gboolean aq_rule_recover        (AqTransaction *transaction,
                                 gpointer       unused,
                                 GError       **error);
gboolean aq_rule_tick           (AqTransaction *transaction,
                                 gpointer       tick_event, /* nullable */
                                 GError       **error);
gboolean aq_rule_expire         (AqTransaction *transaction,
                                 gpointer       expire_event,
                                 GError       **error);
gboolean aq_rule_clean          (AqTransaction *transaction,
                                 gpointer       clean_event,
                                 GError       **error);
/* whether an unfinished job depends on one that is completed; no rule */
gboolean aq_rule_clean_must_keep (AqTransaction *transaction,
                                 const AqJobBrief *brief);
gboolean aq_rule_add_agent      (AqTransaction *transaction,
                                 gpointer       add_agent_event,
                                 GError       **error);
gboolean aq_rule_set_agent      (AqTransaction *transaction,
                                 gpointer       set_agent_event,
                                 GError       **error);
gboolean aq_rule_create_queue   (AqTransaction *transaction,
                                 gpointer       queue_event,
                                 GError       **error);
gboolean aq_rule_remove_queue   (AqTransaction *transaction,
                                 gpointer       queue_event,
                                 GError       **error);
gboolean aq_rule_pause_queue    (AqTransaction *transaction,
                                 gpointer       pause_event,
                                 GError       **error);
gboolean aq_rule_resume_queue   (AqTransaction *transaction,
                                 gpointer       queue_event,
                                 GError       **error);
gboolean aq_rule_end_pauses     (AqTransaction *transaction,
                                 gpointer       unused,
                                 GError       **error);
gboolean aq_rule_list_queued    (AqTransaction *transaction,
                                 gpointer       list_queued_event,
                                 GError       **error);
gboolean aq_rule_pull           (AqTransaction *transaction,
                                 gpointer       pull_event,
                                 GError       **error);
gboolean aq_rule_put_again      (AqTransaction *transaction,
                                 gpointer       put_again_event,
                                 GError       **error);
gboolean aq_rule_change         (AqTransaction *transaction,
                                 gpointer       change_event,
                                 GError       **error);
gboolean aq_rule_retry          (AqTransaction *transaction,
                                 gpointer       retry_event,
                                 GError       **error);
/* whether aq_rule_retry() would run it; no rule */
gboolean aq_rule_can_retry      (AqTransaction *transaction,
                                 const AqRetryEvent *event,
                                 GError       **error);
gboolean aq_rule_snooze         (AqTransaction *transaction,
                                 gpointer       snooze_event,
                                 GError       **error);
gboolean aq_rule_set_factory    (AqTransaction *transaction,
                                 gpointer       factory_event,
                                 GError       **error);
gboolean aq_rule_annotate       (AqTransaction *transaction,
                                 gpointer       annotate_event,
                                 GError       **error);
gboolean aq_rule_set_checkpoint (AqTransaction *transaction,
                                 gpointer       checkpoint_event,
                                 GError       **error);
gboolean aq_rule_begin_once     (AqTransaction *transaction,
                                 gpointer       once_event,
                                 GError       **error);
gboolean aq_rule_end_once       (AqTransaction *transaction,
                                 gpointer       once_event,
                                 GError       **error);
gboolean aq_rule_create_object  (AqTransaction *transaction,
                                 gpointer       object_event,
                                 GError       **error);
gboolean aq_rule_set_object     (AqTransaction *transaction,
                                 gpointer       object_event,
                                 GError       **error);
gboolean aq_rule_remove_object  (AqTransaction *transaction,
                                 gpointer       object_event,
                                 GError       **error);
gboolean aq_rule_set_limit      (AqTransaction *transaction,
                                 gpointer       limit_event,
                                 GError       **error);
gboolean aq_rule_set_schedule   (AqTransaction *transaction,
                                 gpointer       set_schedule_event,
                                 GError       **error);
gboolean aq_rule_pause_schedule (AqTransaction *transaction,
                                 gpointer       pause_schedule_event,
                                 GError       **error);
gboolean aq_rule_trigger_schedule
                                (AqTransaction *transaction,
                                 gpointer       trigger_schedule_event,
                                 GError       **error);
gboolean aq_rule_rearm_schedules (AqTransaction *transaction,
                                 gpointer       rearm_schedules_event,
                                 GError       **error);
gboolean aq_rule_measure_schedules (AqTransaction *transaction,
                                 gpointer       run_schedules_event,
                                 GError       **error);
gboolean aq_rule_run_schedules  (AqTransaction *transaction,
                                 gpointer       run_schedules_event,
                                 GError       **error);
gboolean aq_rule_register_dispatcher
                                (AqTransaction *transaction,
                                 gpointer       dispatcher_event,
                                 GError       **error);
gboolean aq_rule_unregister_dispatcher
                                (AqTransaction *transaction,
                                 gpointer       dispatcher_event,
                                 GError       **error);
gboolean aq_rule_activate_dispatcher
                                (AqTransaction *transaction,
                                 gpointer       dispatcher_event,
                                 GError       **error);
gboolean aq_rule_deactivate_dispatcher
                                (AqTransaction *transaction,
                                 gpointer       dispatcher_event,
                                 GError       **error);
gboolean aq_rule_ping_dispatcher
                                (AqTransaction *transaction,
                                 gpointer       dispatcher_event,
                                 GError       **error);

G_END_DECLS

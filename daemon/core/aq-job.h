/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

#include "core/aq-usage.h"
#include "libasyncq/asyncq-enums.h"

G_BEGIN_DECLS

typedef struct _AqEdge AqEdge;
typedef struct _AqJob AqJob;
typedef struct _AqJobExtra AqJobExtra;
typedef struct _AqJobPast AqJobPast;
typedef struct _AqJobSettings AqJobSettings;
typedef struct _AqLane AqLane;
typedef struct _AqResult AqResult;
typedef struct _AqTime AqTime;

typedef enum
{
  AQ_JOB_CALL,     /* calls a function of a plugin */
  AQ_JOB_PARALLEL, /* composite: its members run at the same time */
  AQ_JOB_SERIAL,   /* composite: its members run one after another */
  AQ_JOB_BATCH     /* composite: as parallel, and its result is how many members ended in which way */
} AqJobKind;

#define AQ_N_JOB_KINDS (AQ_JOB_BATCH + 1)

typedef enum
{
  AQ_JOB_PUT_BACK = 1 << 0,  /* interrupted: before all others of its priority */
  AQ_JOB_SCHEDULED = 1 << 1, /* its begin_after lay in the future when it was put: it waits for its due time */
  AQ_JOB_WAITING = 1 << 2,   /* active, but its result comes from other jobs: holds no slot */
  AQ_JOB_STEADY = 1 << 3,    /* due_usec is of the steady clock: setting the wall clock does not move it */
  AQ_JOB_SKIPPED = 1 << 4,   /* completed without a run: what it waited for ended in another way */
  AQ_JOB_STOPPING = 1 << 5,  /* it runs, and was told to stop: cancelled, or its time is over */
  AQ_JOB_PULLED = 1 << 6,    /* new, because somebody took it out of its queue */
  AQ_JOB_PART_FAILED = 1 << 7, /* composite: a member has failed already */
  AQ_JOB_LEFT_PLACE = 1 << 7 /* a call that is put back: it has no place of its limits, unlike one that was interrupted */
} AqJobFlags;

/* where a store keeps a job beside its table; place_index says where in there */
typedef enum
{
  AQ_JOB_PLACE_NONE,
  AQ_JOB_PLACE_TIMERS,   /* pending, its time has not come */
  AQ_JOB_PLACE_BUSY,     /* assigned or active */
  AQ_JOB_PLACE_DUE_HEAP, /* pending and due: in its lane, in the heap or in one of the runs */
  AQ_JOB_PLACE_DUE_RUN   /* the first run; the others follow */
} AqJobPlace;

#define AQ_N_DUE_RUNS 4

/* the parts of a job that a transaction changes, and a store writes, as a whole */
typedef enum
{
  AQ_JOB_PART_SPEC = 1 << 0,  /* what never changes after the put, and the arguments */
  AQ_JOB_PART_STATE = 1 << 1, /* the small numbers that change with each step */
  AQ_JOB_PART_RUN = 1 << 2,   /* agent, worker, times, usage and evidence of the newest attempt */
  AQ_JOB_PART_RESULT = 1 << 3,
  AQ_JOB_PART_SETTINGS = 1 << 4, /* how it is to be treated, where that is not the default */
  AQ_JOB_PART_PAST = 1 << 5,  /* attempts before the newest one, what was counted, absolute deadlines */
  AQ_JOB_PART_ANNOTATIONS = 1 << 6,
  AQ_JOB_PART_DATA = 1 << 7   /* what an attempt leaves to the next one */
} AqJobParts;

#define AQ_JOB_PART_ALL \
  (AQ_JOB_PART_SPEC | AQ_JOB_PART_STATE | AQ_JOB_PART_RUN | AQ_JOB_PART_RESULT | AQ_JOB_PART_SETTINGS | \
   AQ_JOB_PART_PAST | AQ_JOB_PART_ANNOTATIONS | AQ_JOB_PART_DATA)

/* the two clocks that a time of a job can be of */
typedef enum
{
  AQ_TIME_WALL,  /* calendar times: begin-after and begin-by */
  AQ_TIME_STEADY /* delays, back-off and time-outs: see AqTime */
} AqTimeKind;

#define AQ_N_TIME_KINDS (AQ_TIME_STEADY + 1)

#define AQ_PRIORITY_DEFAULT 128
#define AQ_JOB_NOT_COUNTED 7

/* A value or a failure, shared between the jobs that hand it on. Immutable. */
struct _AqResult
{
  gatomicrefcount ref_count;
  guint32         size;   /* of data, in bytes */
  GRefString     *type;   /* of data, a GVariant type; "(sis)" where it is a failure */
  guchar          data[]; /* serialised in this machine's byte order, aligned to 8 */
};

/* When the rules have to look at a job again, at the latest; memory only. */
typedef struct
{
  gint64  usec;  /* of that clock; G_MAXINT64: not by itself */
  guint32 index; /* the store's */
} AqJobDeadline;

/* What most jobs that wait in a queue do not have. */
struct _AqJobExtra
{
  char       *submit_key; /* SPEC; nullable */
  char       *unique_key; /* SPEC; nullable */
  AqJobSettings *settings; /* SETTINGS; nullable: the defaults */
  AqJobPast  *past;       /* PAST; owned, nullable: there is nothing to tell */
  AqJobDeadline *deadlines; /* memory only, the store's: AQ_N_TIME_KINDS of them, or NULL */
  GRefString *agent;      /* RUN; nullable */
  AqResult   *result;     /* RESULT; nullable */
  GVariant   *annotations; /* ANNOTATIONS; a{sv}, sorted by key; nullable */
  GVariant   *data;       /* DATA; a{sv}: "checkpoint" v, "once" a{sv}, sorted; nullable */
  GArray     *edges_out;  /* of AqEdge, this job is the parent; nullable */
  GArray     *edges_in;   /* of AqEdge, this job is the child, in order; nullable */
  gint64      started_usec; /* RUN; wall clock, 0 before */
  gint64      ended_usec;   /* RUN; wall clock, 0 before */
  gint64      started_steady_usec; /* memory only: when the attempt began, for its time-out */
  GVariant   *evidence;     /* RUN; as aq_evidence_new() makes it: what is known of the attempt beside; nullable */
  AqUsage     usage;        /* RUN; with is_measured */
  guint32     worker;       /* RUN; pid, 0 before */
  guint32     n_bytes : 31; /* memory only, the store's: what of this struct it has counted */
  guint32     is_measured : 1; /* RUN; somebody knows what the attempt has taken */
};

/*
 * One job, as small as can be: there are millions. What is not in memory only
 * is written to the store in the parts that the comments name.
 */
struct _AqJob
{
  guint64     id;               /* SPEC */
  guint64     lease;            /* STATE; of the newest attempt, 0 before the first */
  guint64     order;            /* STATE; grows with each put: the last word in queue order */
  guint64     sequence;         /* of the transaction that changed it last */
  gint64      due_usec;         /* STATE; wall clock, of the steady one with AQ_JOB_STEADY */
  gint64      created_usec;     /* SPEC; wall clock */
  gint64      begin_after_usec; /* SPEC; wall clock, as given; 0 where not given */
  AqLane     *lane;             /* SPEC; owned: queue, function and type of the arguments */
  AqJobExtra *extra;            /* owned, nullable */
  guint32     n_waiting;        /* STATE; edges that must fire before it goes on */
  guint32     attempt;          /* STATE; how often it was started */
  guint32     place_index;      /* memory only: where in its place it is */
  guint32     arguments_size;   /* SPEC */
  guint16     interruptions;    /* STATE */
  guint16     kind : 2;         /* SPEC; AqJobKind */
  guint16     place : 3;        /* memory only: AqJobPlace */
  guint16     leaving : 1;      /* memory only, the store's: it is completed, and looked at when jobs leave memory */
  guint16     postponed : 1;    /* memory only, the store's: it is due for removal, and an unfinished job depends on it */
  guint16     counted : 3;      /* memory only: the state that it is counted under, or AQ_JOB_NOT_COUNTED */
  guint16     outcome : 4;      /* STATE; AsyncqJobOutcome */
  guint8      state;            /* STATE; AsyncqJobState, changed by aq_transaction_step() only */
  guint8      dirty;            /* memory only: AqJobParts that this transaction has changed */
  guint8      priority;         /* SPEC */
  guint8      flags;            /* STATE; AqJobFlags */
  guchar      arguments[];      /* SPEC; a tuple of the lane's type, aligned to 8 */
};

AqJob      *aq_job_new           (guint64        id,
                                  AqLane        *lane,
                                  gconstpointer  arguments,
                                  gsize          arguments_size);
void        aq_job_free          (AqJob         *self);
AqJobExtra *aq_job_ensure_extra  (AqJob         *self);
/* of the newest attempt: both nullable; @evidence: from a worker's words, not trusted */
void        aq_job_set_witness   (AqJob         *self,
                                  const AqUsage *usage,
                                  GVariant      *evidence);
void        aq_job_add_edge      (AqJob         *self,
                                  const AqEdge  *edge);
gboolean    aq_job_is_callback   (const AqJob   *self);
const char *aq_job_get_given_type (const AqJob  *self);
const char *aq_job_get_function  (const AqJob   *self);
const char *aq_job_get_queue     (const AqJob   *self);
GVariant   *aq_job_dup_arguments (const AqJob   *self);
AqResult   *aq_job_get_result    (const AqJob   *self);
gboolean    aq_job_holds_slot    (const AqJob   *self);
gboolean    aq_job_holds_limits  (const AqJob   *self);
gboolean    aq_job_is_due        (const AqJob   *self,
                                  const AqTime  *now);
/* how the job is to be treated: never NULL */
const AqJobSettings *
            aq_job_get_settings  (const AqJob   *self);
AqJobPast  *aq_job_ensure_past   (AqJob         *self);
/* @kind: of which clock; G_MAXINT64: the job has no deadline of it now. Follows from the job alone. */
gint64      aq_job_get_deadline  (const AqJob   *self,
                                  AqTimeKind     kind);

AqResult   *aq_result_new        (const char    *type,
                                  gconstpointer  data,
                                  gsize          size);
AqResult   *aq_result_new_variant (GVariant     *value);
AqResult   *aq_result_new_failure (const GError *failure);
AqResult   *aq_result_ref        (AqResult      *self);
void        aq_result_unref      (AqResult      *self);
GVariant   *aq_result_to_variant (AqResult      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJob, aq_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqResult, aq_result_unref)

G_END_DECLS

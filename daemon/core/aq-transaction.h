/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-agent.h"
#include "core/aq-edge.h"
#include "core/aq-item.h"
#include "core/aq-job-settings.h"
#include "core/aq-job-state.h"
#include "core/aq-job.h"
#include "core/aq-retention.h"

G_BEGIN_DECLS

/*
 * What a rule may read and write. A store makes one, runs a rule on it, and
 * keeps what the rule has changed: all or none. A rule checks first and changes
 * then, so a rule that returns an error has changed nothing.
 *
 * Jobs are borrowed and live until the rule returns. Whoever writes a field of
 * a job says so with aq_transaction_touch().
 */
typedef struct _AqTransaction AqTransaction;
typedef struct _AqTransactionClass AqTransactionClass;

struct _AqTime
{
  gint64 wall_usec;
  gint64 monotonic_usec;
  gint64 steady_usec; /* about the wall clock, but only time moves it, and nobody who sets clocks; goes on over restarts */
};

/* who asked for it */
typedef struct
{
  guint32     uid;
  const char *sender; /* unique bus name, or "" for the daemon itself */
} AqActor;

/* Numbers that belong to the store as a whole. */
typedef struct
{
  guint64 next_id;
  guint64 next_order;
  guint64 next_lease;
  gint64  last_due_usec; /* of the newest put that was due at once */
  gint64  steady_ahead_usec; /* steady clock - wall clock, when a transaction last saw that change */
} AqCounters;

/* what to do when a unique key is taken */
typedef enum
{
  AQ_UNIQUE_SKIP,    /* put no job */
  AQ_UNIQUE_REPLACE, /* cancel the waiting one, and put the new one in its place in the queue */
  AQ_UNIQUE_MERGE    /* give the waiting one the new arguments */
} AqUniqueConflict;

/* how long a job keeps its unique key from others */
typedef enum
{
  AQ_UNIQUE_WAITING,    /* until it is claimed */
  AQ_UNIQUE_UNFINISHED, /* until it has ended */
  AQ_UNIQUE_PERIOD      /* for some time after its put, whatever becomes of it */
} AqUniqueScope;

/* another job that a draft follows */
typedef struct
{
  guint64  job;   /* a job that there is; 0: then `draft` */
  guint    draft; /* index of another draft, before or behind */
  AqEdgeOn on;    /* AQ_EDGE_ON_SUCCESS, _FAILURE or _ANY */
} AqDraftAfter;

/* A job to be created. Borrowed: lives as long as the event that holds it. */
typedef struct
{
  AqJobKind     kind;
  guint         priority;       /* AQ_DRAFT_NO_PRIORITY: of a callback: its parent's */
  const char   *queue;          /* NULL: the default of who puts it, of a callback: its parent's */
  const char   *function;       /* plugin.function; NULL in a composite job */
  const char   *arguments_type; /* a GVariant tuple type */
  gconstpointer arguments;
  gsize         arguments_size;
  gint64        begin_after_usec; /* 0: none */
  const char   *submit_key;       /* nullable */
  guint         parent;           /* index of the draft it belongs to, or AQ_DRAFT_NO_PARENT */
  AqEdgeRole    role;             /* to its parent: AQ_EDGE_MEMBER, AQ_EDGE_POSTPROCESS or AQ_EDGE_CALLBACK */
  AqEdgeOn      on;               /* of a callback; AQ_EDGE_ON_FIRST_FAILURE of composite parents only */
  guint64       parent_job;       /* the job that there is that it belongs to as member or callback; 0: see parent */
  const AqDraftAfter *after;      /* nullable: what it follows */
  guint         n_after;
  const char   *parameter_type;   /* of a callback: the type of its last parameter, which is given the result; NULL: v */
  const char   *result_type;      /* of the function, as declared; NULL: not known */
  const char   *object_type;      /* of the object that the function wants to be bound to, as declared; nullable */
  gint64        delay_usec;       /* steady clock, from the put; 0: none; not together with begin_after_usec */
  AqJobSettings *settings;        /* nullable: the defaults */
  const char   *unique_key;       /* nullable */
  AqUniqueScope unique_scope;
  AqUniqueConflict unique_conflict;
  gint64        unique_period_usec; /* of AQ_UNIQUE_PERIOD */
} AqDraft;

#define AQ_DRAFT_NO_PARENT G_MAXUINT
#define AQ_DRAFT_NO_PRIORITY G_MAXUINT

/* What is known of every job without reading it. */
typedef struct
{
  guint64           id;
  AqLane           *lane;         /* borrowed */
  gint64            created_usec; /* wall clock; of one that is away in steps of 10 ms, rounded down */
  AsyncqJobState    state;
  AsyncqJobOutcome  outcome;
  gboolean          away;         /* completed, and not in memory: see aq_store_fetch() */
} AqJobBrief;

/* what stands for the function in a composite job; no function's name is without a dot */
#define AQ_FUNCTION_PARALLEL "parallel"
#define AQ_FUNCTION_SERIAL "serial"
#define AQ_FUNCTION_BATCH "batch"

/* so many jobs of a lane */
typedef struct
{
  AqLane  *lane; /* borrowed */
  guint64  n_jobs;
} AqLaneCount;

/* what becomes of one limit, or of one instance of a template */
typedef struct
{
  guint64 n_jobs;    /* under it, and not ended */
  guint64 n_holders; /* of these: those that have a place */
  gint64  room_usec; /* steady clock, from when there is room; now or less: there is; G_MAXINT64: when a holder leaves */
  gint64  rate_usec; /* the same of its rate alone, which also those wait for that have a place; G_MININT64: it has none */
} AqLimitState;

typedef gboolean (*AqLaneAccept) (const AqLane *lane,
                                  gpointer      user_data);

struct _AqTransactionClass
{
  AqJob       *(*get_job)        (AqTransaction *self,
                                  guint64        id);
  AqJob       *(*create_job)     (AqTransaction *self,
                                  const AqDraft *draft);
  void         (*touch)          (AqTransaction *self,
                                  AqJob         *job,
                                  AqJobParts     parts);
  void         (*reindex)        (AqTransaction *self,
                                  AqJob         *job); /* its state, due time or order has changed */
  AqJob       *(*next_due)       (AqTransaction *self,
                                  guint64        chooser,
                                  AqLaneAccept   accept,
                                  gpointer       user_data);
  void         (*add_edge)       (AqTransaction *self,
                                  const AqEdge  *edge);
  const GArray *(*get_edges_out) (AqTransaction *self,
                                  guint64        parent);
  const GArray *(*get_edges_in)  (AqTransaction *self,
                                  guint64        child);
  guint64      (*find_submit_key) (AqTransaction *self,
                                  const char    *key);
  AqCounters  *(*edit_counters)  (AqTransaction *self);
  AqAgent     *(*get_agent)      (AqTransaction *self,
                                  const char    *name);
  void         (*set_agent)      (AqTransaction *self,
                                  AqAgent       *agent);
  void         (*remove_agent)   (AqTransaction *self,
                                  const char    *name);
  GPtrArray   *(*list_agents)    (AqTransaction *self);
  GPtrArray   *(*get_busy)       (AqTransaction *self);
  AqJob       *(*iterate)        (AqTransaction *self,
                                  guint64        below_id);
  guint64      (*count_state)    (AqTransaction *self,
                                  AsyncqJobState state);
  gboolean     (*get_brief)      (AqTransaction *self,
                                  guint64        id,
                                  AqJobBrief    *out_brief);
  gboolean     (*iterate_brief)  (AqTransaction *self,
                                  guint64        below_id,
                                  AqJobBrief    *out_brief);
  void         (*remove_job)     (AqTransaction *self,
                                  guint64        id);
  guint        (*expire)         (AqTransaction *self,
                                  const AqRetention *retention,
                                  guint          max_jobs);
  gint64       (*get_next_expiry) (AqTransaction *self,
                                  const AqRetention *retention);
  /* the job moves: what it was before is freed. Its place in the order stays. */
  AqJob       *(*replace_call)   (AqTransaction *self,
                                  AqJob         *job,
                                  const char    *queue,
                                  const char    *arguments_type,
                                  gconstpointer  arguments,
                                  gsize          arguments_size);
  /* one whose deadline, see aq_job_get_deadline(), has passed; the earliest, or NULL */
  AqJob       *(*next_overdue)   (AqTransaction *self);
  guint64      (*count_queue)    (AqTransaction *self,
                                  const char    *queue); /* pending jobs, due or not */
  void         (*list_queue)     (AqTransaction *self,
                                  const char    *queue,
                                  guint64        first_jobs,
                                  GPtrArray     *out_jobs); /* of AqJob, pending, in no order */
  guint64      (*find_unique_key) (AqTransaction *self,
                                  const char    *key); /* the newest job with it, 0: none */
  void         (*set_unique_key) (AqTransaction *self,
                                  AqJob         *job,
                                  const char    *key);
  AqItem      *(*get_item)       (AqTransaction *self,
                                  AqItemKind     kind,
                                  const char    *name);
  void         (*set_item)       (AqTransaction *self,
                                  AqItemKind     kind,
                                  const char    *name,
                                  GVariant      *value); /* NULL removes it */
  GPtrArray   *(*list_items)     (AqTransaction *self,
                                  AqItemKind     kind); /* of AqItem, by name; borrowed */
  void         (*list_before)    (AqTransaction *self,
                                  const AqJob   *job, /* pending and due */
                                  GArray        *out_counts); /* of AqLaneCount: due, and before it in queue order */
  GPtrArray   *(*list_queue_counts) (AqTransaction *self); /* (transfer container): of AqQueueCounts, by name */
  AqJob       *(*get_oldest_due) (AqTransaction *self,
                                  const char    *queue); /* that has been due for longest, or NULL */

  void         (*get_limit_state) (AqTransaction *self,
                                  const AqLimitName *name,
                                  AqLimitState  *out_state);
  void         (*list_holders)   (AqTransaction *self,
                                  const AqLimitName *name,
                                  guint          max_jobs,
                                  GPtrArray     *out_jobs); /* of AqJob, in no order */
  void         (*list_instances) (AqTransaction *self,
                                  const char    *definition,
                                  guint          max_names,
                                  GPtrArray     *out_names); /* of char, owned, in no order */
  /* of which all is free again; nullable */
  const AqLimitName *
               (*find_full_bucket) (AqTransaction *self);
};

/* a store's own transaction starts with this */
struct _AqTransaction
{
  const AqTransactionClass *class;
  AqTime                    now;
  const AqActor            *actor;
};

AqJob        *aq_transaction_get_job         (AqTransaction   *self,
                                              guint64          id);
AqJob        *aq_transaction_find_job        (AqTransaction   *self,
                                              guint64          id);
AqJob        *aq_transaction_require_job     (AqTransaction   *self,
                                              guint64          id,
                                              GError         **error);
AqJob        *aq_transaction_create_job      (AqTransaction   *self,
                                              const AqDraft   *draft);
void          aq_transaction_touch           (AqTransaction   *self,
                                              AqJob           *job,
                                              AqJobParts       parts);
void          aq_transaction_step            (AqTransaction   *self,
                                              AqJob           *job,
                                              AqJobEvent       event);
AqJob        *aq_transaction_next_due        (AqTransaction   *self,
                                              guint64          chooser,
                                              AqLaneAccept     accept,
                                              gpointer         user_data);
void          aq_transaction_add_edge        (AqTransaction   *self,
                                              guint64          parent,
                                              guint64          child,
                                              AqEdgeOn         on,
                                              AqEdgeRole       role,
                                              const char      *type);
const GArray *aq_transaction_get_edges_out   (AqTransaction   *self,
                                              guint64          parent);
const GArray *aq_transaction_get_edges_in    (AqTransaction   *self,
                                              guint64          child);
guint64       aq_transaction_find_submit_key (AqTransaction   *self,
                                              const char      *key);
AqCounters   *aq_transaction_edit_counters   (AqTransaction   *self);
AqAgent      *aq_transaction_get_agent       (AqTransaction   *self,
                                              const char      *name);
void          aq_transaction_set_agent       (AqTransaction   *self,
                                              AqAgent         *agent);
void          aq_transaction_remove_agent    (AqTransaction   *self,
                                              const char      *name);
GPtrArray    *aq_transaction_list_agents     (AqTransaction   *self);
GPtrArray    *aq_transaction_get_busy        (AqTransaction   *self);
AqJob        *aq_transaction_iterate         (AqTransaction   *self,
                                              guint64          below_id);
gboolean      aq_transaction_get_brief       (AqTransaction   *self,
                                              guint64          id,
                                              AqJobBrief      *out_brief);
gboolean      aq_transaction_iterate_brief   (AqTransaction   *self,
                                              guint64          below_id,
                                              AqJobBrief      *out_brief);
void          aq_transaction_remove_job      (AqTransaction   *self,
                                              guint64          id);
guint         aq_transaction_expire          (AqTransaction   *self,
                                              const AqRetention *retention,
                                              guint            max_jobs);
gint64        aq_transaction_get_next_expiry (AqTransaction   *self,
                                              const AqRetention *retention);
guint64       aq_transaction_count_state     (AqTransaction   *self,
                                              AsyncqJobState   state);
AqJob        *aq_transaction_replace_call    (AqTransaction   *self,
                                              AqJob           *job,
                                              const char      *queue,
                                              const char      *arguments_type,
                                              gconstpointer    arguments,
                                              gsize            arguments_size);
void          aq_transaction_reindex         (AqTransaction   *self,
                                              AqJob           *job);
AqJob        *aq_transaction_next_overdue    (AqTransaction   *self);
guint64       aq_transaction_count_queue     (AqTransaction   *self,
                                              const char      *queue);
void          aq_transaction_list_queue      (AqTransaction   *self,
                                              const char      *queue,
                                              guint64          first_jobs,
                                              GPtrArray       *out_jobs);
guint64       aq_transaction_find_unique_key (AqTransaction   *self,
                                              const char      *key);
void          aq_transaction_set_unique_key  (AqTransaction   *self,
                                              AqJob           *job,
                                              const char      *key);
AqItem       *aq_transaction_get_item        (AqTransaction   *self,
                                              AqItemKind       kind,
                                              const char      *name);
void          aq_transaction_set_item        (AqTransaction   *self,
                                              AqItemKind       kind,
                                              const char      *name,
                                              GVariant        *value);
void          aq_transaction_get_limit_state (AqTransaction   *self,
                                              const AqLimitName *name,
                                              AqLimitState    *out_state);
void          aq_transaction_list_holders    (AqTransaction   *self,
                                              const AqLimitName *name,
                                              guint            max_jobs,
                                              GPtrArray       *out_jobs);
void          aq_transaction_list_instances  (AqTransaction   *self,
                                              const char      *definition,
                                              guint            max_names,
                                              GPtrArray       *out_names);
const AqLimitName *
              aq_transaction_find_full_bucket (AqTransaction  *self);
GPtrArray    *aq_transaction_list_items      (AqTransaction   *self,
                                              AqItemKind       kind);
void          aq_transaction_list_before     (AqTransaction   *self,
                                              const AqJob     *job,
                                              GArray          *out_counts);
GPtrArray    *aq_transaction_list_queue_counts
                                             (AqTransaction   *self);
AqJob        *aq_transaction_get_oldest_due  (AqTransaction   *self,
                                              const char      *queue);

G_END_DECLS

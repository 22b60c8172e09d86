/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-agent.h"
#include "core/aq-edge.h"
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

typedef struct
{
  gint64 wall_usec;
  gint64 monotonic_usec;
} AqTime;

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
} AqCounters;

/* A job to be created. Borrowed: lives as long as the event that holds it. */
typedef struct
{
  AqJobKind     kind;
  guint         priority;
  const char   *queue;          /* NULL: the default of who puts it */
  const char   *function;       /* plugin.function; NULL in a composite job */
  const char   *arguments_type; /* a GVariant tuple type */
  gconstpointer arguments;
  gsize         arguments_size;
  gint64        begin_after_usec; /* 0: none */
  const char   *submit_key;       /* nullable */
  guint         parent;           /* index of the composite draft it belongs to, or AQ_DRAFT_NO_PARENT */
  AqEdgeRole    role;             /* to its parent: AQ_EDGE_MEMBER or AQ_EDGE_POSTPROCESS */
} AqDraft;

#define AQ_DRAFT_NO_PARENT G_MAXUINT

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
  void         (*add_agent)      (AqTransaction *self,
                                  AqAgent       *agent);
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
void          aq_transaction_add_agent       (AqTransaction   *self,
                                              AqAgent         *agent);
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

G_END_DECLS

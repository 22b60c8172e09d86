/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"
#include "core/aq-lane.h"
#include "core/aq-store.h"

G_BEGIN_DECLS

/*
 * All of a store's live state as structs in memory, with its indexes: the
 * memory store is this alone, the embedded store is this and a journal.
 */
typedef struct _AqTables AqTables;

/* A completed job of which only this is in memory: the rest is in an image. */
typedef struct
{
  guint64           id;
  AqLane           *lane;         /* borrowed */
  gint64            created_usec; /* wall clock; kept in steps of 10 ms */
  gint64            ended_usec;   /* wall clock */
  AsyncqJobOutcome  outcome;
  const char       *submit_key;   /* nullable */
  const char       *unique_key;   /* nullable */
} AqAwayJob;

/* One thing that a transaction has set. */
typedef struct
{
  AqItemKind  kind;
  GRefString *name;  /* owned */
  GVariant   *value; /* owned; NULL: it was removed */
} AqItemChange;

typedef struct
{
  GRefString *name;  /* owned */
  AqAgent    *agent; /* owned; NULL: it was removed */
} AqAgentChange;

/* What the transaction that just ended has changed. Borrowed until the next one begins. */
typedef struct
{
  AqTime      now;
  GPtrArray  *jobs;    /* of AqJob, whose `dirty` says which parts; in order of first change */
  GArray     *edges;   /* of AqEdge: new ones */
  GArray     *agents;  /* of AqAgentChange, in order */
  GArray     *removed; /* of guint64: ids of jobs that are gone */
  GArray     *items;   /* of AqItemChange, in order */
  gboolean    counters_changed;
} AqChanges;

AqTables         *aq_tables_new           (AqClock       *clock);
void              aq_tables_free          (AqTables      *self);

/* one transaction at a time; not nested */
AqTransaction    *aq_tables_begin         (AqTables      *self,
                                           const AqActor *actor);
/* NULL when nothing was changed */
const AqChanges  *aq_tables_end           (AqTables      *self,
                                           guint64        sequence);
/* after what was kept of @changes: forgets it and clears every job's `dirty` */
void              aq_tables_forget_changes (AqTables     *self);

/* the state changes among them, as AqJobChange */
void              aq_tables_collect_changes (const AqChanges *changes,
                                           guint64        sequence,
                                           GArray        *out_list);

/* completed jobs leave memory, and come back when somebody asks */
guint             aq_tables_evict         (AqTables      *self,
                                           guint64        sequence,
                                           guint          max_jobs);
gboolean          aq_tables_is_away       (AqTables      *self,
                                           guint64        id);
void              aq_tables_bring_back    (AqTables      *self,
                                           AqJob         *job); /* (transfer full) */
guint64           aq_tables_get_live_bytes (AqTables     *self);

const AqCounters *aq_tables_get_counters  (AqTables      *self);
/* of AQ_TIME_WALL a time of the wall clock, of AQ_TIME_STEADY one of the monotonic clock */
gint64            aq_tables_get_next_due  (AqTables      *self,
                                           AqTimeKind     kind);

/* recovery: what images and journal hold, in its order, then finish, which builds the indexes */
AqJob            *aq_tables_lookup_job    (AqTables      *self,
                                           guint64        id);
void              aq_tables_load_job      (AqTables      *self,
                                           AqJob         *job); /* (transfer full); replaces none */
/* the settings that are equal to these */
AqJobSettings    *aq_tables_intern_settings (AqTables    *self,
                                           AqJobSettings *settings); /* (transfer full) */
AqLane           *aq_tables_get_lane      (AqTables      *self,
                                           const char    *queue,
                                           const char    *function,
                                           const char    *arguments_type); /* (transfer full) */
AqLane           *aq_tables_get_lane_for_key (AqTables   *self,
                                           const AqLaneKey *key); /* (transfer full) */
/* FALSE: not possible now, load it whole */
gboolean          aq_tables_load_away     (AqTables      *self,
                                           const AqAwayJob *away);
/* FALSE: there is no such job; the job may be away or not */
gboolean          aq_tables_unload_job    (AqTables      *self,
                                           guint64        id);
void              aq_tables_load_edge     (AqTables      *self,
                                           const AqEdge  *edge);
void              aq_tables_load_agent    (AqTables      *self,
                                           AqAgent       *agent);
/* Returns: whether it was there */
gboolean          aq_tables_unload_agent  (AqTables      *self,
                                           const char    *name);
/* FALSE: it is removed, and is not there */
gboolean          aq_tables_load_item     (AqTables      *self,
                                           AqItemKind     kind,
                                           const char    *name,
                                           GVariant      *value); /* nullable: it is removed */
/* (transfer none): the job, which has moved */
AqJob            *aq_tables_replace_call  (AqTables      *self,
                                           AqJob         *job,
                                           AqLane        *lane, /* (transfer full) */
                                           gconstpointer  arguments,
                                           gsize          arguments_size);
void              aq_tables_load_counters (AqTables      *self,
                                           const AqCounters *counters);
void              aq_tables_finish_load   (AqTables      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqTables, aq_tables_free)

G_END_DECLS

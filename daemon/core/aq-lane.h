/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-due-queue.h"
#include "core/aq-job-settings.h"
#include "core/aq-queue-counts.h"

G_BEGIN_DECLS

/* the store's */
typedef struct _AqLaneGroup AqLaneGroup;
typedef struct _AqLimitUse AqLimitUse;

/* Which lane a job belongs to. Borrowed. */
typedef struct
{
  const char         *queue;
  const char         *function;
  const char         *arguments_type;
  const char         *given_type; /* of what other jobs hand over as the last argument; nullable: nothing is */
  const char * const *tags;       /* sorted; nullable: none */
  const AqLimitName  *limits;     /* n_limits of them, sorted; nullable */
  guint               n_limits;
  guint8              priority;
  gboolean            is_holding; /* its jobs have a place of each of the limits: see aq_job_holds_limits() */
} AqLaneKey;

/*
 * The jobs that whoever claims decides about alike: of one queue, function and
 * types of arguments, one priority, the same tags and under the same limits; and of
 * these the ones that are due, in queue order. A filter or a limit accepts or
 * refuses a lane as a whole, so what is refused costs nothing at a claim.
 */
struct _AqLane
{
  guint       ref_count;      /* one a job, and one a holder */
  guint       ready_index;    /* the store's: its place among the lanes that have due jobs */
  guint       heap_index;     /* the store's: its place in the heap of its group or class */
  guint       queue_index;    /* the store's: its place among the lanes of its queue */
  guint64     refused;        /* the store's: who does not take its jobs; 0 while none is due */
  guint64     accepted;       /* the store's: who takes them; 0 while none is due */
  AqLaneGroup *group;         /* the store's, nullable: where it waits, or has waited, for a limit */
  AqLimitUse **uses;          /* the store's, owned, nullable: what becomes of each of its limits */
  guint64     n_jobs;         /* the store's, of a lane under limits: how many jobs have it */
  guint       number;         /* the store's: stands for it in jobs that are away; 0 while there are none */
  guint64     n_away;         /* the store's: how many of those there are */
  guint64     n_delayed;      /* the store's: how many of its jobs wait for their time */
  GRefString *queue;
  GRefString *function;       /* plugin.function, or the name of the composite kind */
  GRefString *arguments_type; /* a GVariant tuple type */
  GRefString *given_type;     /* of the last argument that other jobs hand over; nullable: they hand over nothing */
  AqQueueCounts *counts;      /* the store's: a reference, one for all lanes of the queue; nullable */
  char      **tags;           /* sorted; nullable: none */
  AqLimitName *limits;        /* n_limits of them, sorted; nullable. Jobs that have ended are under none */
  guint       n_limits;
  guint8      priority;
  gboolean    is_holding;     /* its jobs have a place of each of the limits */
  AqDueQueue  due;
};

/* of the default priority, without tags and limits */
AqLane  *aq_lane_new         (const char      *queue,
                              const char      *function,
                              const char      *arguments_type);
AqLane  *aq_lane_new_for_key (const AqLaneKey *key);
AqLane  *aq_lane_ref         (AqLane          *self);
void     aq_lane_unref       (AqLane          *self);
gboolean aq_lane_has_key     (const AqLane    *self,
                              const AqLaneKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqLane, aq_lane_unref)

G_END_DECLS

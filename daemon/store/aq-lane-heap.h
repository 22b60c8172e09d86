/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-lane.h"

G_BEGIN_DECLS

/* A lane, or a group of lanes that all wait for one limit: the other one is NULL. */
typedef struct
{
  AqOrder      order; /* of its first job */
  AqLane      *lane;
  AqLaneGroup *group;
} AqLaneHeapEntry;

/* Lanes, not owned, by the place of their first jobs in queue order. Zeroed memory is an empty heap. */
typedef struct
{
  AqLaneHeapEntry *entries;
  guint            n_entries;
  guint            n_allocated;
} AqLaneHeap;

void aq_lane_heap_clear  (AqLaneHeap      *self);
void aq_lane_heap_insert (AqLaneHeap      *self,
                          AqLaneHeapEntry  entry);
void aq_lane_heap_remove (AqLaneHeap      *self,
                          guint            index);
void aq_lane_heap_update (AqLaneHeap      *self,
                          guint            index,
                          AqOrder          order);
/* nullable: it is empty */
const AqLaneHeapEntry *
     aq_lane_heap_peek   (const AqLaneHeap *self);

/* Lanes whose jobs wait for one limit, or have waited for it, and that the same agents refuse. */
struct _AqLaneGroup
{
  AqLimitUse  *use;        /* no reference: a lane holds one */
  AqLaneGroup *next;       /* owned by the use: its other groups */
  AqLaneHeap   lanes;
  guint64      refused;
  guint        heap_index; /* in its class, G_MAXUINT: closed, there is no room */
  gboolean     is_holding; /* of jobs that have a place already */
};

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-limit.h"
#include "store/aq-lane-heap.h"

G_BEGIN_DECLS

/* A limit as it was created, and what there is of it. */
typedef struct
{
  GRefString *name;
  AqLimit     limit;    /* nothing in it: there is no such definition, and all its uses have room */
  gboolean    is_there;
  GHashTable *uses;     /* set of AqLimitUse, no reference */
} AqLimitDefinition;

/* One instance of a limit: it is there while unfinished jobs are under it, or its rate is not all free. */
struct _AqLimitUse
{
  AqLimitName        name;       /* a reference each */
  AqLimitDefinition *definition; /* owned by the table of all */
  guint              n_lanes;    /* each of them holds this */
  guint64            n_jobs;
  guint64            n_holders;
  AqLaneGroup       *groups;     /* owned, nullable */
  GVariant          *bucket_value; /* owned, nullable: the bucket that the store has */
  AqBucket           bucket;     /* it, read as the definition counts */
  gint64             room_usec;  /* steady clock: from when its rate has room; 0: now. Not 0: it is in `rooms` */
  gint64             full_usec;  /* steady clock: from when all of its rate is free; with a bucket it is in `fulls` */
};

static inline gboolean
aq_limit_use_has_places (const AqLimitUse *self)
{
  return self->definition->limit.size == 0 || self->n_holders < self->definition->limit.size;
}

/* whether one of its jobs can be claimed; one that is_holding has its place already */
static inline gboolean
aq_limit_use_has_room (const AqLimitUse *self,
                       gboolean          is_holding)
{
  return self->room_usec == 0 && (is_holding || aq_limit_use_has_places (self));
}

G_END_DECLS

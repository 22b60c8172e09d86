/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

#include "libasyncq/asyncq-enums.h"

G_BEGIN_DECLS

/* what happened to jobs of a queue in some time */
typedef struct
{
  guint32 n_put;
  guint32 n_started; /* claims: also of what was given back, or is tried again */
  guint32 n_ended;   /* completed, in whichever way */
  guint32 n_failed;  /* of these, not succeeded */
} AqFlow;

/* a quarter of an hour and the present, in steps of five seconds */
#define AQ_FLOW_STEP_USEC (5 * G_USEC_PER_SEC)
#define AQ_FLOW_N_STEPS 180

/* queues that are more than this have counts, and no flow */
#define AQ_MAX_FLOWS 1024

/* How many jobs of one queue there are, and what happened to them lately. */
typedef struct
{
  guint       ref_count;
  GRefString *name;
  guint64     n_in_state[ASYNCQ_N_JOB_STATES];
  AqFlow     *steps;  /* nullable: AQ_FLOW_N_STEPS of them, a ring */
  gint64      newest; /* the number of the newest step, by the monotonic clock */
  AqFlow     *now;    /* nullable: the newest step */
  gint64      now_ends_usec; /* monotonic clock: from when on it is another one */
} AqQueueCounts;

AqQueueCounts *aq_queue_counts_new      (const char     *name,
                                         gboolean        with_flow);
AqQueueCounts *aq_queue_counts_ref      (AqQueueCounts  *self);
void           aq_queue_counts_unref    (AqQueueCounts  *self);
AqFlow        *aq_queue_counts_advance  (AqQueueCounts  *self,
                                         gint64          monotonic_usec);
/* of the last @usec before now */
AqFlow         aq_queue_counts_get_flow (AqQueueCounts  *self,
                                         gint64          monotonic_usec,
                                         gint64          usec);

/* the flow of the step of now, nullable; each step of each job asks for it */
static inline AqFlow *
aq_queue_counts_edit (AqQueueCounts *self,
                      gint64         monotonic_usec)
{
  return monotonic_usec < self->now_ends_usec ? self->now : aq_queue_counts_advance (self, monotonic_usec);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqQueueCounts, aq_queue_counts_unref)

G_END_DECLS

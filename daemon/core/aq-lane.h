/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-due-queue.h"
#include "core/aq-queue-counts.h"

G_BEGIN_DECLS

/*
 * The jobs of one queue that call one function with arguments of one type, and
 * of these the ones that are due, in queue order. A filter accepts or refuses a
 * lane as a whole, so what a filter refuses costs nothing at a claim.
 */
struct _AqLane
{
  guint       ref_count;      /* one a job, and one a holder */
  guint       ready_index;    /* the store's: its place among the lanes that have due jobs */
  guint       number;         /* the store's: stands for it in jobs that are away; 0 while there are none */
  guint64     n_away;         /* the store's: how many of those there are */
  guint64     n_delayed;      /* the store's: how many of its jobs wait for their time */
  GRefString *queue;
  GRefString *function;       /* plugin.function, or the name of the composite kind */
  GRefString *arguments_type; /* a GVariant tuple type */
  AqQueueCounts *counts;      /* the store's: a reference, one for all lanes of the queue; nullable */
  AqDueQueue  due;
};

AqLane *aq_lane_new   (const char *queue,
                       const char *function,
                       const char *arguments_type);
AqLane *aq_lane_ref   (AqLane     *self);
void    aq_lane_unref (AqLane     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqLane, aq_lane_unref)

G_END_DECLS

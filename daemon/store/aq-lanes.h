/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-lane.h"
#include "store/aq-limit-uses.h"

G_BEGIN_DECLS

/* The lanes that there are, by their names, and by number those that have jobs that are away. */
typedef struct _AqLanes AqLanes;

AqLanes *aq_lanes_new           (AqLimitUses *limits); /* borrowed */
void     aq_lanes_free          (AqLanes    *self);
AqLane  *aq_lanes_get           (AqLanes    *self,
                                 const AqLaneKey *key); /* (transfer full) */
/* a job has the lane from now on, and has it no more: that is counted for its limits */
void     aq_lanes_enter         (AqLanes    *self,
                                 AqLane     *lane);
void     aq_lanes_leave         (AqLanes    *self,
                                 AqLane     *lane);

gboolean aq_lanes_add_away      (AqLanes    *self,
                                 AqLane     *lane);
void     aq_lanes_remove_away   (AqLanes    *self,
                                 guint       number);
AqLane  *aq_lanes_get_by_number (AqLanes    *self,
                                 guint       number);
void     aq_lanes_list_queue    (AqLanes    *self,
                                 const char *queue,
                                 GPtrArray  *out_lanes); /* of AqLane, borrowed */

/* (transfer container) (element-type AqQueueCounts): by name */
GPtrArray *
         aq_lanes_list_counts   (AqLanes    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqLanes, aq_lanes_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"
#include "store/aq-limit-use.h"

G_BEGIN_DECLS

/* The lanes that have due jobs. It owns none of them. */
typedef struct _AqReadyLanes AqReadyLanes;

AqReadyLanes *aq_ready_lanes_new        (void);
void          aq_ready_lanes_free       (AqReadyLanes *self);

void          aq_ready_lanes_insert     (AqReadyLanes *self,
                                         AqLane       *lane);
void          aq_ready_lanes_remove     (AqReadyLanes *self,
                                         AqLane       *lane);
/* its first job is another one */
void          aq_ready_lanes_update     (AqReadyLanes *self,
                                         AqLane       *lane);
/* it may have room now, or none any more */
void          aq_ready_lanes_update_use (AqReadyLanes *self,
                                         AqLimitUse   *use);
/* what was refused may be wanted now */
void          aq_ready_lanes_forget     (AqReadyLanes *self);
AqLane       *aq_ready_lanes_next       (AqReadyLanes *self,
                                         guint64       chooser,
                                         AqLaneAccept  accept,
                                         gpointer      user_data);
/* (transfer none) (element-type AqLane): all, in no order */
GPtrArray    *aq_ready_lanes_list       (AqReadyLanes *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqReadyLanes, aq_ready_lanes_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-limit-use.h"
#include "store/aq-ready-lanes.h"

G_BEGIN_DECLS

/* What becomes of the limits of a store: who has how much of each instance. */
typedef struct _AqLimitUses AqLimitUses;

AqLimitUses *aq_limit_uses_new            (AqReadyLanes       *ready);
void         aq_limit_uses_free           (AqLimitUses        *self);

/* from the items of the store; a value that is NULL: it is gone */
void         aq_limit_uses_set_definition (AqLimitUses        *self,
                                           const char         *name,
                                           GVariant           *value,
                                           gint64              now_usec);
void         aq_limit_uses_set_bucket     (AqLimitUses        *self,
                                           const char         *name,
                                           GVariant           *value,
                                           gint64              now_usec);

/* a lane that has limits is made, and goes */
void         aq_limit_uses_attach         (AqLimitUses        *self,
                                           AqLane             *lane);
void         aq_limit_uses_detach         (AqLimitUses        *self,
                                           AqLane             *lane);
/* a job of such a lane comes and goes */
void         aq_limit_uses_enter          (AqLimitUses        *self,
                                           AqLane             *lane);
void         aq_limit_uses_leave          (AqLimitUses        *self,
                                           AqLane             *lane);

/* rates whose time has come have room from now on */
void         aq_limit_uses_move_due       (AqLimitUses        *self,
                                           gint64              now_usec);
/* steady clock, G_MAXINT64: never. When a rate has room, or is all free */
gint64       aq_limit_uses_get_next       (AqLimitUses        *self);
/* (nullable): a bucket of which all is free */
const AqLimitName *
             aq_limit_uses_find_full      (AqLimitUses        *self,
                                           gint64              now_usec);
const AqLimitUse *
             aq_limit_uses_lookup         (AqLimitUses        *self,
                                           const AqLimitName  *name);
void         aq_limit_uses_list           (AqLimitUses        *self,
                                           const char         *definition,
                                           guint               max_names,
                                           GPtrArray          *out_names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqLimitUses, aq_limit_uses_free)

G_END_DECLS

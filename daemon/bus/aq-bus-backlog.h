/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"

G_BEGIN_DECLS

/* what a subscriber is told at once: about 50 bytes on the wire each, 100 KiB together */
#define AQ_BUS_BACKLOG_BATCH 2048

/* The changes of jobs that one subscriber has not been told of yet, in the order of their transactions. */
typedef struct _AqBusBacklog AqBusBacklog;

AqBusBacklog *aq_bus_backlog_new        (void);
void          aq_bus_backlog_free       (AqBusBacklog      *self);
void          aq_bus_backlog_add        (AqBusBacklog      *self,
                                         const AqJobChange *change);
guint         aq_bus_backlog_get_length (AqBusBacklog      *self);
guint         aq_bus_backlog_coalesce   (AqBusBacklog      *self);
GVariant     *aq_bus_backlog_take_batch (AqBusBacklog      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqBusBacklog, aq_bus_backlog_free)

G_END_DECLS

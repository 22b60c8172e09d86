/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-history-request.h"

G_BEGIN_DECLS

/* so many changes are kept at least */
#define AQ_RECENT_CHANGES 100000

/* The newest changes, in memory: the history of a store that has no journal. */
typedef struct
{
  GArray  *changes; /* of AqJobChange, owned, by sequence */
  guint    first;   /* index in it; what is before is forgotten */
  guint64  begins;  /* everything from this sequence on is there */
} AqRecent;

void     aq_recent_init  (AqRecent          *self);
void     aq_recent_clear (AqRecent          *self);
void     aq_recent_add   (AqRecent          *self,
                          const AqJobChange *changes,
                          guint              n_changes);
void     aq_recent_read  (AqRecent          *self,
                          guint64            flushed,
                          AqHistoryRequest  *request);

G_END_DECLS

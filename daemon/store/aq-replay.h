/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-tables.h"

G_BEGIN_DECLS

/* Recovery: from the frames of a journal, in order, to tables. Zeroed memory with tables is a start. */
typedef struct
{
  AqTables *tables;        /* borrowed */
  guint64   next_id;       /* behind the newest job; 0 before the first */
  char     *lane_type;     /* owned, nullable: the type checked last, of arguments */
  char     *result_type;   /* owned, nullable: likewise, of results */
} AqReplay;

gboolean aq_replay_frame (AqReplay       *self,
                          const AqFrame  *frame,
                          const guint8   *content,
                          GError        **error);
void     aq_replay_clear (AqReplay       *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqReplay, aq_replay_clear)

G_END_DECLS

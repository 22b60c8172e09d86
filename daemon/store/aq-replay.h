/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-job-loader.h"
#include "store/aq-segment.h"

G_BEGIN_DECLS

/* Returns: (nullable): a job that is away, brought back into the tables */
typedef AqJob *(*AqReplayFetchFunc) (guint64    id,
                                     gpointer   user_data,
                                     GError   **error);

/* Recovery: from the frames of a journal, in order, to tables. Zeroed memory with tables is a start. */
typedef struct
{
  AqJobLoader        loader;     /* with the tables */
  guint64            next_id;    /* behind the newest job; 0 before the first */
  AqReplayFetchFunc  fetch;      /* where jobs may be away */
  gpointer           fetch_data;
} AqReplay;

gboolean aq_replay_record (AqReplay      *self,
                           const AqRecord *record,
                           guint64        sequence,
                           GError       **error);
gboolean aq_replay_frame (AqReplay       *self,
                          const AqFrame  *frame,
                          const guint8   *content,
                          GError        **error);
void     aq_replay_clear (AqReplay       *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqReplay, aq_replay_clear)

G_END_DECLS

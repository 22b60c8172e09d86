/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-store-directory.h"

G_BEGIN_DECLS

/* A segment of the journal, as its header says. */
typedef struct
{
  AqSegmentHeader header;
  guint64         file_size; /* in bytes */
  guint64         disk_size; /* what the file takes up on the disk */
} AqChainedSegment;

GArray *aq_segment_chain_read  (AqStoreIo               *io,
                                const AqStoreDirectory  *directory,
                                guint64                  newest,
                                GError                 **error);
void    aq_segment_chain_start (GArray                  *chain,
                                AqJournalPosition       *out_start);

G_END_DECLS

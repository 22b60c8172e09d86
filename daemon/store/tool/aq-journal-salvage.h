/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-fold.h"
#include "store/aq-store-directory.h"
#include "store/tool/aq-meter.h"

G_BEGIN_DECLS

/* What is left of a damaged journal. */
typedef struct
{
  AqStoreIo              *io;            /* borrowed */
  const AqStoreDirectory *directory;     /* borrowed */
  AqFold                 *fold;          /* borrowed: gets every frame that is whole */
  AqMeter                *meter;         /* borrowed */
  GPtrArray              *losses;        /* of char*, borrowed: gets a line for each gap */
  guint64                 next_sequence; /* the first that is wanted, 0: any; then the one behind the last */
} AqJournalSalvage;

gboolean aq_journal_salvage_run     (AqJournalSalvage        *self,
                                     GError                 **error);
gboolean aq_journal_salvage_find_id (AqStoreIo               *io,
                                     const AqStoreDirectory  *directory,
                                     guint8                   out_store_id[AQ_STORE_ID_SIZE]);

G_END_DECLS

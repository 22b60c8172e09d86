/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

/* Writes down how far a journal goes, outside of it. Used by one thread at a time. */
typedef struct
{
  AqStoreIo *io;           /* borrowed */
  int        directory_fd; /* the store's; borrowed */
  guint8     store_id[AQ_STORE_ID_SIZE];
  int        fd;           /* owned; -1: to be opened */
  guint64    counter;      /* of the newest tail */
} AqJournalTail;

void     aq_journal_tail_init  (AqJournalTail           *self,
                                AqStoreIo               *io,
                                int                      directory_fd,
                                const guint8             store_id[AQ_STORE_ID_SIZE],
                                guint64                  counter);
void     aq_journal_tail_clear (AqJournalTail           *self);
gboolean aq_journal_tail_write (AqJournalTail           *self,
                                const AqJournalPosition *position,
                                gboolean                 clean,
                                GError                 **error);

G_END_DECLS

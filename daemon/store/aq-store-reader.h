/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-history-reader.h"
#include "store/aq-history-request.h"
#include "store/aq-image-reader.h"
#include "store/aq-journal.h"

G_BEGIN_DECLS

/*
 * The reader thread, and the loop's side of it: requests for what is on disk, the
 * journal's history and jobs that are away, go there and come back answered.
 */
typedef struct _AqStoreReader AqStoreReader;

/* @request: (transfer full): answered, or with an error */
typedef void (*AqStoreReaderFetchedFunc) (AqFetchRequest *request,
                                          gpointer        user_data);

AqStoreReader *aq_store_reader_new          (AqStoreIo                *io,
                                             int                       directory_fd,
                                             int                       journal_fd,
                                             const guint8              store_id[AQ_STORE_ID_SIZE],
                                             AqJournal                *journal,
                                             AqImageUse               *use,
                                             AqStoreReaderFetchedFunc  fetched,
                                             gpointer                  user_data);
void           aq_store_reader_free         (AqStoreReader            *self);
void           aq_store_reader_read_history (AqStoreReader            *self,
                                             const AqJournalPosition  *end,
                                             AqHistoryRequest         *request);
void           aq_store_reader_fetch        (AqStoreReader            *self,
                                             AqFetchRequest           *request);
void           aq_store_reader_close        (AqStoreReader            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqStoreReader, aq_store_reader_free)

G_END_DECLS

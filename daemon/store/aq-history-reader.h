/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment-writer.h"

G_BEGIN_DECLS

/*
 * Reads changes of jobs from a journal that may still be written to. Used by one
 * thread at a time.
 */
typedef struct _AqHistoryReader AqHistoryReader;

/* Returns: the first segment that is there for certain; those before it may go at any moment */
typedef guint64 (*AqHistoryKeepFunc) (gpointer user_data);

AqHistoryReader *aq_history_reader_new  (AqStoreIo               *io,
                                         int                      directory_fd,
                                         const guint8             store_id[AQ_STORE_ID_SIZE],
                                         AqHistoryKeepFunc        get_keep,
                                         gpointer                 user_data);
void             aq_history_reader_free (AqHistoryReader         *self);
gboolean         aq_history_reader_read (AqHistoryReader         *self,
                                         const AqJournalPosition *end,
                                         guint64                  after_sequence,
                                         guint                    max_changes,
                                         GArray                  *out_changes,
                                         GError                 **error);
void             aq_history_reader_rest (AqHistoryReader         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqHistoryReader, aq_history_reader_free)

G_END_DECLS

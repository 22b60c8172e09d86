/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-history-reader.h"
#include "store/aq-history-request.h"

G_BEGIN_DECLS

/* The loop's side of reading history: requests go to the reader thread, and come back answered. */
typedef struct _AqHistory AqHistory;

AqHistory *aq_history_new   (AqStoreIo               *io,
                             int                      directory_fd,
                             const guint8             store_id[AQ_STORE_ID_SIZE]);
void       aq_history_free  (AqHistory               *self);
void       aq_history_read  (AqHistory               *self,
                             const AqJournalPosition *end,
                             AqHistoryRequest        *request);
void       aq_history_close (AqHistory               *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqHistory, aq_history_free)

G_END_DECLS

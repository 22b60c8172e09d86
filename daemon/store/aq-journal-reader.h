/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment-writer.h"

G_BEGIN_DECLS

/* @content: of @frame, all of it, borrowed. An error stops the reading. */
typedef gboolean (*AqJournalFrameFunc) (const AqFrame  *frame,
                                        const guint8   *content,
                                        gpointer        user_data,
                                        GError        **error);

gboolean aq_journal_read       (AqStoreIo                *io,
                                int                       directory_fd,
                                const guint8              store_id[AQ_STORE_ID_SIZE],
                                const AqJournalPosition  *from,
                                const AqJournalPosition  *tail,
                                AqJournalFrameFunc        func,
                                gpointer                  user_data,
                                AqJournalPosition        *out_end,
                                GError                  **error);
gboolean aq_journal_read_range (AqStoreIo                *io,
                                int                       directory_fd,
                                const guint8              store_id[AQ_STORE_ID_SIZE],
                                const AqJournalPosition  *from,
                                const AqJournalPosition  *until,
                                AqJournalFrameFunc        func,
                                gpointer                  user_data,
                                GError                  **error);

/* for all who read segments */
GArray  *aq_journal_list       (AqStoreIo                *io,
                                int                       directory_fd,
                                GError                  **error);
gboolean aq_journal_set_damage (GError                  **error,
                                guint64                   number,
                                guint64                   offset,
                                guint64                   sequence,
                                const char               *format,
                                ...) G_GNUC_PRINTF (5, 6);

G_END_DECLS

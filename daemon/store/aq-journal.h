/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment-writer.h"

G_BEGIN_DECLS

/*
 * Group commit: transactions are encoded one behind the other, and at the end of
 * each turn of the main loop all that there are go to the journal thread, which
 * writes and flushes them as one frame. This is the loop's side of it.
 */
typedef struct _AqJournal AqJournal;

typedef struct
{
  AqSegmentSizes sizes;
  guint64        reserve_bytes; /* that have to be free, or new work is refused */
  guint64        tail_counter;  /* of the newest tail in `super` */
} AqJournalSettings;

/*
 * Something has moved: what is flushed, which segments are closed, how much room there is,
 * whether work is refused.
 * @flushed: the newest sequence that is; @error: NULL, or why no more will be, then once only
 */
typedef void (*AqJournalFlushedFunc) (guint64       flushed,
                                      const GError *error,
                                      gpointer      user_data);

AqJournal *aq_journal_new         (AqStoreIo               *io,
                                   int                      store_fd,
                                   int                      directory_fd,
                                   const guint8             store_id[AQ_STORE_ID_SIZE],
                                   const AqJournalSettings *settings,
                                   const AqJournalPosition *position,
                                   AqJournalFlushedFunc     func,
                                   gpointer                 user_data,
                                   GError                 **error);
void       aq_journal_free        (AqJournal               *self);
AqBuffer  *aq_journal_begin       (AqJournal               *self);
void       aq_journal_commit      (AqJournal               *self,
                                   guint64                  sequence);
const AqJournalPosition *
           aq_journal_get_flushed (AqJournal               *self);
const AqJournalPosition *
           aq_journal_get_closed  (AqJournal               *self);
void       aq_journal_end_segment (AqJournal               *self);
void       aq_journal_set_keep    (AqJournal               *self,
                                   guint64                  keep_segment);
gboolean   aq_journal_has_taken_keep (AqJournal            *self);
guint64    aq_journal_get_keep    (AqJournal               *self);
const GError *
           aq_journal_get_refusal (AqJournal               *self);
guint64    aq_journal_get_room    (AqJournal               *self);
void       aq_journal_make_room   (AqJournal               *self,
                                   guint64                  n_bytes);
gboolean   aq_journal_is_making_room (AqJournal            *self);
const GError *
           aq_journal_get_room_error (AqJournal            *self);
void       aq_journal_set_reserve (AqJournal               *self,
                                   guint64                  n_bytes);
gboolean   aq_journal_close       (AqJournal               *self,
                                   GError                 **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJournal, aq_journal_free)

G_END_DECLS

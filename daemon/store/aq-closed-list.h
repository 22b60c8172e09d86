/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

/* The ends of closed segments of a journal, in order: the places where a window may end. */
typedef struct
{
  GArray *ends; /* of AqJournalPosition, owned */
} AqClosedList;

void                     aq_closed_list_init       (AqClosedList            *self);
void                     aq_closed_list_clear      (AqClosedList            *self);
gboolean                 aq_closed_list_extend     (AqClosedList            *self,
                                                    AqStoreIo               *io,
                                                    int                      journal_fd,
                                                    const guint8             store_id[AQ_STORE_ID_SIZE],
                                                    const AqJournalPosition *from,
                                                    const AqJournalPosition *end,
                                                    GError                 **error);
void                     aq_closed_list_forget     (AqClosedList            *self,
                                                    const AqJournalPosition *from);
guint64                  aq_closed_list_get_bytes  (AqClosedList            *self,
                                                    const AqJournalPosition *from);
const AqJournalPosition *aq_closed_list_get_newest (AqClosedList            *self);
const AqJournalPosition *aq_closed_list_get_window (AqClosedList            *self,
                                                    const AqJournalPosition *from,
                                                    guint64                  max_bytes);

G_END_DECLS

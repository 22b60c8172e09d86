/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-store.h"
#include "store/aq-journal.h"

G_BEGIN_DECLS

/* Who waits until there is room in the journal for what they are about to write. */
typedef struct _AqRoomQueue AqRoomQueue;

AqRoomQueue *aq_room_queue_new  (AqStore       *store,
                                 AqJournal     *journal);
void         aq_room_queue_free (AqRoomQueue   *self);
void         aq_room_queue_join (AqRoomQueue   *self,
                                 guint64        n_bytes,
                                 guint64        spare_bytes,
                                 AqRoomFunc     func,
                                 gpointer       user_data);
void         aq_room_queue_look (AqRoomQueue   *self);
void         aq_room_queue_end  (AqRoomQueue   *self,
                                 const GError  *why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRoomQueue, aq_room_queue_free)

G_END_DECLS

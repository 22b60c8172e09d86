/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-image.h"
#include "store/aq-page.h"
#include "store/aq-store-directory.h"
#include "store/tool/aq-meter.h"

G_BEGIN_DECLS

/* A store as it is at one position of its journal: an image, and the journal behind it. Read only. */
typedef struct _AqSnapshot AqSnapshot;

/* An error stops it. @entry borrows from a page that is gone with the next one. */
typedef gboolean (*AqSnapshotFunc) (const AqPageEntry  *entry,
                                    gpointer            user_data,
                                    GError            **error);

/* what it is made of, and from where */
typedef struct
{
  AqStoreIo               *io;        /* borrowed */
  const AqStoreDirectory  *directory; /* borrowed */
  const AqSuper           *super;     /* borrowed */
  const AqJournalPosition *until;     /* NULL: to the end of the journal */
  AqMeter                 *meter;     /* borrowed */
} AqSnapshotSource;

AqSnapshot              *aq_snapshot_new          (const AqSnapshotSource  *source,
                                                   GError                 **error);
AqSnapshot              *aq_snapshot_new_of_image (const AqSnapshotSource  *source,
                                                   AqImageLetter            letter,
                                                   GError                 **error);
void                     aq_snapshot_free         (AqSnapshot              *self);
const AqJournalPosition *aq_snapshot_get_end      (AqSnapshot              *self);
GArray                  *aq_snapshot_get_pages    (AqSnapshot              *self);
gboolean                 aq_snapshot_read_page    (AqSnapshot              *self,
                                                   guint64                  page,
                                                   AqBuffer                *out_content,
                                                   GError                 **error);
gboolean                 aq_snapshot_foreach      (AqSnapshot              *self,
                                                   AqSnapshotFunc           func,
                                                   gpointer                 user_data,
                                                   AqMeter                 *meter,
                                                   GError                 **error);
GPtrArray               *aq_snapshot_get_agents   (AqSnapshot              *self);
/* of AqFoldItem, by kind and name, none of them removed; (transfer none) */
GPtrArray               *aq_snapshot_get_items    (AqSnapshot              *self);
gboolean                 aq_snapshot_get_counters (AqSnapshot              *self,
                                                   AqCounters              *out_counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqSnapshot, aq_snapshot_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-fetch-request.h"
#include "store/aq-image-use.h"
#include "store/aq-journal.h"
#include "store/aq-recovery.h"

G_BEGIN_DECLS

/* A store's images as the loop sees them: who follows the journal, and what follows from that. */
typedef struct _AqImages AqImages;

/* @error: NULL, or why the images could not be brought up */
typedef void (*AqImagesFunc) (const GError *error,
                              gpointer      user_data);

AqImages   *aq_images_new        (AqStoreIo               *io,
                                  const AqStoreDirectory  *directory,
                                  const AqRecovery        *recovery,
                                  AqTables                *tables,
                                  AqJournal               *journal,
                                  guint64                  wait_bytes,
                                  GError                 **error);
void        aq_images_free       (AqImages                *self);
AqImageUse *aq_images_get_use    (AqImages                *self);
void        aq_images_follow     (AqImages                *self);
guint64     aq_images_get_sequence (AqImages              *self);
gboolean    aq_images_is_too_old (AqImages                *self,
                                  const AqFetchRequest    *request);
void        aq_images_take_back  (AqImages                *self,
                                  AqFetchRequest          *request);
void        aq_images_checkpoint (AqImages                *self,
                                  guint64                  sequence,
                                  AqImagesFunc             func,
                                  gpointer                 user_data);
void        aq_images_hold       (AqImages                *self,
                                  AqHoldFunc               func,
                                  gpointer                 user_data);
void        aq_images_release    (AqImages                *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqImages, aq_images_free)

G_END_DECLS

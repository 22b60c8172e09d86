/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-store-directory.h"
#include "store/aq-super.h"
#include "store/aq-tables.h"

G_BEGIN_DECLS

/* What was found in a store, and where. */
typedef struct
{
  AqTables          *tables;               /* owned */
  AqJournalPosition  end;                  /* of the journal */
  AqSuper            super;
  gboolean           damaged[AQ_N_IMAGES]; /* images that are no good, whatever super says */
  guint64            image_sequence;       /* the image that was read holds everything up to it; 0: none was */
} AqRecovery;

gboolean aq_recovery_run   (AqRecovery              *self,
                            AqStoreIo               *io,
                            const AqStoreDirectory  *directory,
                            AqClock                 *clock,
                            GError                 **error);
void     aq_recovery_clear (AqRecovery              *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqRecovery, aq_recovery_clear)

G_END_DECLS

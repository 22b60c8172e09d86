/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-image-use.h"
#include "store/aq-image.h"

G_BEGIN_DECLS

/* Brings images up with the journal, one bounded step at a time. Used by one thread at a time. */
typedef struct
{
  AqStoreIo  *io;                   /* borrowed */
  int         directory_fd;         /* borrowed: of the store */
  int         journal_fd;           /* borrowed */
  guint8      store_id[AQ_STORE_ID_SIZE];
  AqImageUse *use;                  /* borrowed */
  const int  *stop;                 /* borrowed, atomic: not 0: leave the image as it is */

  AqSuper     super;                /* what the slots of the images say */
  gboolean    damaged[AQ_N_IMAGES]; /* no good, whatever its slot says */
  gboolean    sparse[AQ_N_IMAGES];  /* good, and mostly unused space: next time it is made as a copy */
  int         super_fd;             /* owned; -1: not open */
} AqImageWriter;

void                aq_image_writer_init       (AqImageWriter           *self,
                                                AqStoreIo               *io,
                                                int                      directory_fd,
                                                int                      journal_fd,
                                                const guint8             store_id[AQ_STORE_ID_SIZE],
                                                const AqSuper           *super,
                                                AqImageUse              *use,
                                                const int               *stop);
void                aq_image_writer_clear      (AqImageWriter           *self);
/* where @letter's next step begins, or NULL: it is to be made from the whole journal */
const AqImageState *aq_image_writer_get_base   (AqImageWriter           *self,
                                                AqImageLetter            letter);
gboolean            aq_image_writer_is_good    (AqImageWriter           *self,
                                                AqImageLetter            letter);
gboolean            aq_image_writer_bring_up   (AqImageWriter           *self,
                                                AqImageLetter            letter,
                                                const AqJournalPosition *until,
                                                GError                 **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

#define AQ_SUPER_NAME "super"

typedef enum
{
  AQ_IMAGE_A,
  AQ_IMAGE_B
} AqImageLetter;

#define AQ_N_IMAGES (AQ_IMAGE_B + 1)

/* What an image holds. */
typedef struct
{
  gboolean          whole;      /* FALSE: never made, or being written to; the rest means nothing */
  guint64           generation; /* grows with each checkpoint of either image */
  AqJournalPosition position;   /* all of the journal before it is in the image */
  guint64           n_values;
  guint64           sum;        /* of the values' checksums, modulo 2^64 */
} AqImageState;

/* What holds a store together: its images, and how far its journal goes at least. */
typedef struct
{
  AqImageState      images[AQ_N_IMAGES];
  gboolean          has_tail;
  guint64           tail_counter; /* of the tail that counts; 0 where there is none */
  AqJournalPosition tail;
} AqSuper;

gboolean             aq_super_create      (AqStoreIo               *io,
                                           int                      directory_fd,
                                           const guint8             store_id[AQ_STORE_ID_SIZE],
                                           GError                 **error);
gboolean             aq_super_read        (AqStoreIo               *io,
                                           int                      directory_fd,
                                           const guint8             store_id[AQ_STORE_ID_SIZE],
                                           AqSuper                 *out_super,
                                           GError                 **error);
int                  aq_super_open        (AqStoreIo               *io,
                                           int                      directory_fd,
                                           GError                 **error);
gboolean             aq_super_write_image (AqStoreIo               *io,
                                           int                      fd,
                                           const guint8             store_id[AQ_STORE_ID_SIZE],
                                           AqImageLetter            letter,
                                           const AqImageState      *state,
                                           GError                 **error);
gboolean             aq_super_write_tail  (AqStoreIo               *io,
                                           int                      fd,
                                           const guint8             store_id[AQ_STORE_ID_SIZE],
                                           guint64                  counter,
                                           const AqJournalPosition *tail,
                                           GError                 **error);
const AqImageState * aq_super_get_newest  (const AqSuper           *self);

G_END_DECLS

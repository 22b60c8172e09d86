/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-fetch-request.h"
#include "store/aq-image-use.h"

G_BEGIN_DECLS

/* Reads single jobs from the newest whole image. Used by one thread at a time. */
typedef struct
{
  AqStoreIo  *io;           /* borrowed */
  int         directory_fd; /* borrowed: of the store */
  guint8      store_id[AQ_STORE_ID_SIZE];
  AqImageUse *use;          /* borrowed */
} AqImageReader;

void aq_image_reader_init (AqImageReader  *self,
                           AqStoreIo      *io,
                           int             directory_fd,
                           const guint8    store_id[AQ_STORE_ID_SIZE],
                           AqImageUse     *use);
void aq_image_reader_read (AqImageReader  *self,
                           AqFetchRequest *request);

G_END_DECLS

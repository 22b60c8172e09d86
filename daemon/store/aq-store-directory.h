/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

/* 1 had no images */
#define AQ_STORE_FORMAT_VERSION 2

/* The directory of a store, held against other daemons while it is open. */
typedef struct
{
  int    fd;         /* owned; carries the lock; -1: not open */
  int    journal_fd; /* owned */
  guint8 store_id[AQ_STORE_ID_SIZE];
} AqStoreDirectory;

gboolean aq_store_directory_open      (AqStoreDirectory  *self,
                                       AqStoreIo         *io,
                                       const char        *path,
                                       GError           **error);
void     aq_store_directory_write_pid (AqStoreDirectory  *self,
                                       AqStoreIo         *io);
void     aq_store_directory_clear     (AqStoreDirectory  *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-segment.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

/* 1 had no images */
#define AQ_STORE_FORMAT_VERSION 3

/* The directory of a store, held against other daemons while it is open. */
typedef struct
{
  int    fd;         /* owned; carries the lock; -1: not open */
  int    journal_fd; /* owned */
  guint8 store_id[AQ_STORE_ID_SIZE];
} AqStoreDirectory;

/* how a store that is there already is opened */
typedef enum
{
  AQ_STORE_ACCESS_ALONE,  /* nobody else may use it meanwhile */
  AQ_STORE_ACCESS_BESIDE, /* whoever holds it keeps its files as they are */
  AQ_STORE_ACCESS_DAMAGED /* alone, and whatever is missing or damaged */
} AqStoreAccess;

gboolean aq_store_directory_open          (AqStoreDirectory  *self,
                                           AqStoreIo         *io,
                                           const char        *path,
                                           GError           **error);
gboolean aq_store_directory_open_existing (AqStoreDirectory  *self,
                                           AqStoreIo         *io,
                                           const char        *path,
                                           AqStoreAccess      access,
                                           GError           **error);
gboolean aq_store_directory_begin         (AqStoreDirectory  *self,
                                           AqStoreIo         *io,
                                           const char        *path,
                                           const guint8      *store_id,
                                           GError           **error);
gboolean aq_store_directory_finish        (AqStoreDirectory  *self,
                                           AqStoreIo         *io,
                                           GError           **error);
void     aq_store_directory_write_pid     (AqStoreDirectory  *self,
                                           AqStoreIo         *io);
void     aq_store_directory_clear         (AqStoreDirectory  *self);

G_END_DECLS

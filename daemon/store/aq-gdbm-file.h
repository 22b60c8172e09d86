/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-buffer.h"
#include "store/aq-store-io.h"

G_BEGIN_DECLS

#define AQ_GDBM_KEY_START_SIZE 4

/* Where a key lies, with its value behind it. */
typedef struct
{
  guint64 offset;
  guint32 key_size;
  guint32 value_size;
  guint32 hash;                              /* of the key, as the file has it */
  guint8  key_start[AQ_GDBM_KEY_START_SIZE]; /* likewise */
} AqGdbmEntry;

/* A file of GDBM's, read without GDBM. Used by one thread at a time. */
typedef struct
{
  AqStoreIo  *io;         /* borrowed */
  int         fd;         /* borrowed */
  const char *name;       /* borrowed: for messages */
  guint64     size;
  guint32     block_size; /* of the header and of each bucket */
  guint32     n_elements; /* that fit a bucket */
  guint32     directory_bits;
  guint8     *header;     /* owned */
  guint64    *directory;  /* owned: where the buckets lie, 2^directory_bits */
  guint8     *bucket;     /* owned: the one that was read last */
} AqGdbmFile;

gboolean aq_gdbm_file_init   (AqGdbmFile         *self,
                              AqStoreIo          *io,
                              int                 fd,
                              const char         *name,
                              GError            **error);
void     aq_gdbm_file_clear  (AqGdbmFile         *self);
gboolean aq_gdbm_file_check  (AqGdbmFile         *self,
                              GArray             *out_entries,
                              GError            **error);
gboolean aq_gdbm_file_lookup (AqGdbmFile         *self,
                              const guint8       *key,
                              gsize               key_size,
                              AqBuffer           *out_value,
                              gboolean           *out_found,
                              GError            **error);
guint32  aq_gdbm_file_hash   (const guint8       *key,
                              gsize               key_size);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqGdbmFile, aq_gdbm_file_clear)

G_END_DECLS

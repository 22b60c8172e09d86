/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "shim.h"

G_BEGIN_DECLS

/* What may be on a disk: names, and the content of the files behind them. */
typedef struct _CrashDisk CrashDisk;

CrashDisk *crash_disk_new        (void);
CrashDisk *crash_disk_copy       (const CrashDisk *self);
void       crash_disk_free       (CrashDisk       *self);

/* as the file system would have done it; @bytes: ShimLog.bytes */
void       crash_disk_apply      (CrashDisk       *self,
                                  const ShimOp    *op,
                                  const guint8    *bytes);
/* of a write, only its bytes from @from to @to */
void       crash_disk_apply_part (CrashDisk       *self,
                                  const ShimOp    *op,
                                  const guint8    *bytes,
                                  gsize            from,
                                  gsize            to);
/* of a write that makes its file longer, the length alone: @junk, nullable, or zeros are there */
void       crash_disk_apply_size (CrashDisk       *self,
                                  const ShimOp    *op,
                                  const guint8    *junk,
                                  gsize            junk_size);
void       crash_disk_prune      (CrashDisk       *self);
gsize      crash_disk_get_size   (const CrashDisk *self,
                                  guint32          file);
/* (transfer none) (nullable): the content of the file of this name */
const guint8 *crash_disk_get_content (const CrashDisk *self,
                                  const char      *name,
                                  gsize           *out_size);
/* equal disks have equal ones */
guint64    crash_disk_hash       (const CrashDisk *self);

/* makes the folder hold exactly this */
void       crash_disk_write      (const CrashDisk *self,
                                  const char      *root);
CrashDisk *crash_disk_read       (const char      *root);
/* so that what is recorded next has the same file numbers */
void       crash_disk_number     (const CrashDisk *self,
                                  ShimLog         *log);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrashDisk, crash_disk_free)

/* of bytes, not for enemies */
guint64    crash_hash            (guint64          seed,
                                  gconstpointer    data,
                                  gsize            size);

G_END_DECLS

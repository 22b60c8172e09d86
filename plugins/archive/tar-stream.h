/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "file-tree.h"

G_BEGIN_DECLS

/* A tar archive being written: for each entry its header, then its bytes, then padding. */
typedef struct
{
  GOutputStream *out;          /* not owned */
  GCancellable  *cancellable;  /* not owned */
} TarStream;

gboolean tar_stream_begin_entry (TarStream            *self,
                                 const char           *name,
                                 const FileTreeEntry  *entry,
                                 GError              **error);
gboolean tar_stream_write       (TarStream            *self,
                                 gconstpointer         data,
                                 gsize                 size,
                                 GError              **error);
gboolean tar_stream_end_entry   (TarStream            *self,
                                 const FileTreeEntry  *entry,
                                 GError              **error);
gboolean tar_stream_end         (TarStream            *self,
                                 GError              **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* what reading a file takes at once */
#define FILE_TREE_CHUNK_BYTES (256 * 1024)

/* one file, folder or link in a tree */
typedef struct
{
  char      *path;       /* owned: below the top, in the file system's bytes; "" is the top itself */
  char      *link;       /* owned, nullable: where a link points */
  GFileType  type;       /* REGULAR, DIRECTORY or SYMBOLIC_LINK */
  guint64    size;       /* bytes; 0 unless REGULAR */
  guint64    mtime_sec;  /* since 1970, UTC */
  guint32    mode;       /* permissions */
  guint32    uid;
  guint32    gid;
} FileTreeEntry;

/* A folder, or a single file, as it was when it was listed. */
typedef struct
{
  GFile     *top;
  GPtrArray *entries; /* of FileTreeEntry, in the order of their paths */
  guint64    n_files; /* regular ones */
  guint64    n_bytes; /* in these */
} FileTree;

/* gives on what was read; FALSE with an error ends it */
typedef gboolean (*FileTreeSink) (gconstpointer   data,
                                  gsize           size,
                                  gpointer        user_data,
                                  GError        **error);

FileTree *file_tree_new  (const char           *path,
                          GCancellable         *cancellable,
                          GError              **error);
void      file_tree_free (FileTree             *self);
gboolean  file_tree_read (FileTree             *self,
                          const FileTreeEntry  *entry,
                          FileTreeSink          sink,
                          gpointer              user_data,
                          GCancellable         *cancellable,
                          GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FileTree, file_tree_free)

G_END_DECLS

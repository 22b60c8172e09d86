/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "file-tree.h"

#include <asyncq-job-context.h>

G_BEGIN_DECLS

/* how far a job is with the bytes of a tree */
typedef struct
{
  AsyncqJobContext *job;     /* not owned */
  char             *message; /* owned: the file that it is at */
  guint64           n_done;
  guint64           n_bytes;
} ArchiveProgress;

void archive_progress_init  (ArchiveProgress     *self,
                             AsyncqJobContext    *job,
                             const FileTree      *tree);
void archive_progress_begin (ArchiveProgress     *self,
                             const FileTreeEntry *entry);
void archive_progress_add   (ArchiveProgress     *self,
                             gsize                n_bytes);
void archive_progress_clear (ArchiveProgress     *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ArchiveProgress, archive_progress_clear)

G_END_DECLS

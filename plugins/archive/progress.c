/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How far a job is
 */

#include "progress.h"

void
archive_progress_init (ArchiveProgress  *self,
                       AsyncqJobContext *job,
                       const FileTree   *tree)
{
  *self = (ArchiveProgress) { job, NULL, 0, tree->n_bytes };
}

void
archive_progress_begin (ArchiveProgress     *self,
                        const FileTreeEntry *entry)
{
  g_free (self->message);
  self->message = g_filename_display_name (entry->path);
}

void
archive_progress_add (ArchiveProgress *self,
                      gsize            n_bytes)
{
  self->n_done += n_bytes;
  asyncq_job_context_set_progress (self->job, (double) self->n_done / (double) MAX (self->n_bytes, 1), self->n_done,
                                   self->n_bytes, self->message);
}

void
archive_progress_clear (ArchiveProgress *self)
{
  g_clear_pointer (&self->message, g_free);
}

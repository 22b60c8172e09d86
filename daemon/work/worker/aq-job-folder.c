/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The temporary folder of the job that runs
 *
 * Is empty when a job begins, and always has the same path, as libraries keep the
 * one that they have seen first. What a job leaves is moved aside at its end,
 * which takes no longer for a million files than for one; the daemon takes it
 * from there. All of it lies in a folder of the worker's own.
 */

#include "config.h"

#include "work/worker/aq-job-folder.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * aq_job_folder_init:
 * @self: (out): a folder for jobs
 * @folder: the worker's own folder, empty
 *
 * Makes the folder and tells libraries of it: `TMPDIR` is set. There must be one
 * thread.
 *
 * Returns: %FALSE with errno
 */
gboolean
aq_job_folder_init (AqJobFolder *self,
                    const char  *folder)
{
  self->current = g_build_filename (folder, "job", NULL);
  self->old = g_build_filename (folder, AQ_JOB_FOLDER_OLD, NULL);
  g_setenv ("TMPDIR", self->current, TRUE);
  (void) g_get_tmp_dir (); /* remembers what it finds, whatever a job sets */
  return mkdir (self->current, 0700) == 0;
}

void
aq_job_folder_begin (AqJobFolder *self)
{
  /* is there where the last job has left nothing */
  if (self->current != NULL)
    (void) mkdir (self->current, 0700);
}

void
aq_job_folder_end (AqJobFolder *self)
{
  g_autofree char *aside = NULL;

  if (self->current == NULL || rmdir (self->current) == 0 || errno == ENOENT)
    return;
  aside = g_strdup_printf ("%s/%u", self->old, self->n_left++);
  (void) mkdir (self->old, 0700); /* the daemon may have taken it away, or not yet */
  (void) chmod (self->current, 0700); /* who moves a folder must be able to write to it */
  /* where a job has made that impossible, it goes with the worker */
  (void) rename (self->current, aside);
}

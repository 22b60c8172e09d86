/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* where in a worker's own folder is what its job has left, for the daemon to take away */
#define AQ_JOB_FOLDER_OLD "old"

/* The temporary folder of the job that runs. */
typedef struct
{
  char *current; /* owned, nullable: it is always the same one */
  char *old;     /* owned, nullable: for what jobs leave */
  guint n_left;
} AqJobFolder;

gboolean aq_job_folder_init  (AqJobFolder *self,
                              const char  *folder);
void     aq_job_folder_begin (AqJobFolder *self);
void     aq_job_folder_end   (AqJobFolder *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-queue-order.h"

G_BEGIN_DECLS

/* Jobs, not owned, that came in queue order. Zeroed memory is an empty run. */
typedef struct
{
  AqJob   **jobs;   /* a ring; NULL is a hole */
  guint32   size;   /* of the ring: a power of two, or 0 */
  guint32   begin;  /* number of the first job; numbers go on over G_MAXUINT32 */
  guint32   end;    /* number behind the last job */
  guint32   n_jobs;
  AqOrder   last;   /* of the last job */
} AqJobRun;

void      aq_job_run_clear   (AqJobRun       *self);
gboolean  aq_job_run_accepts (const AqJobRun *self,
                              AqOrder         order);
void      aq_job_run_append  (AqJobRun       *self,
                              AqJob          *job,
                              AqOrder         order);
void      aq_job_run_remove  (AqJobRun       *self,
                              AqJob          *job);
AqJob    *aq_job_run_peek    (const AqJobRun *self);
void      aq_job_run_list    (const AqJobRun *self,
                              guint64         max_jobs,
                              GPtrArray      *out_jobs);

guint32   aq_job_run_count_before
                             (const AqJobRun *self,
                              AqOrder         order);
AqJob    *aq_job_run_get_next (const AqJobRun *self,
                              AqOrder         order);

G_END_DECLS

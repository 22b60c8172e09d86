/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-filter.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* Over all jobs that a filter accepts, newest first, in steps: there may be millions to look at. */
typedef struct
{
  AqFilter *filter;
  guint64   below_id;  /* where to go on; moved */
  guint     max_looks; /* how many jobs a step looks at */
  guint     n_looks;   /* in this step */
  gboolean  at_end;    /* no step is wanted any more */
} AqJobWalk;

void     aq_job_walk_init (AqJobWalk     *self,
                           AqFilter      *filter);
void     aq_job_walk_step (AqJobWalk     *self);
gboolean aq_job_walk_next (AqJobWalk     *self,
                           AqTransaction *transaction,
                           AqJobBrief    *out_brief);

G_END_DECLS

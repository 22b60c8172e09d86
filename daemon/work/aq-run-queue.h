/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-run.h"

G_BEGIN_DECLS

/* how many jobs a worker may have at once: the one that runs and those behind it */
#define AQ_WORKER_MAX_RUNS 256

/* The jobs that a worker has, in the order in which it was given them. */
typedef struct
{
  AqRun  runs[AQ_WORKER_MAX_RUNS]; /* ring */
  guint  head;
  guint  n_runs;
  double load_nsec;                /* how long they are expected to take */
} AqRunQueue;

void   aq_run_queue_push      (AqRunQueue  *self,
                               const AqRun *run);
AqRun *aq_run_queue_set_alone (AqRunQueue  *self);
void   aq_run_queue_drop      (AqRunQueue  *self,
                               guint        index,
                               guint        n_runs);

static inline AqRun *
aq_run_queue_at (AqRunQueue *self,
                 guint       index)
{
  return &self->runs[(self->head + index) % AQ_WORKER_MAX_RUNS];
}

G_END_DECLS

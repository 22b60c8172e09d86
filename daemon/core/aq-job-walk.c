/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A walk over jobs
 *
 * It goes down by the jobs' numbers. So what is put meanwhile is not met, and what
 * is removed behind it does no harm.
 */

#include "config.h"

#include "core/aq-job-walk.h"

/* some milliseconds */
#define MAX_LOOKS 20000

/**
 * aq_job_walk_init:
 * @self: a walk
 * @filter: which jobs; must live as long as the walk
 *
 * Since: 0.1
 */
void
aq_job_walk_init (AqJobWalk *self,
                  AqFilter  *filter)
{
  *self = (AqJobWalk) { .filter = filter, .below_id = G_MAXUINT64, .max_looks = MAX_LOOKS };
}

/**
 * aq_job_walk_step:
 * @self: a walk that is not at its end
 *
 * Begins a step.
 *
 * Since: 0.1
 */
void
aq_job_walk_step (AqJobWalk *self)
{
  self->n_looks = 0;
}

/**
 * aq_job_walk_next:
 * @self: a walk, in a step
 * @transaction: a transaction
 * @out_brief: return location for the job
 *
 * Returns: whether there is another one in this step
 *
 * Since: 0.1
 */
gboolean
aq_job_walk_next (AqJobWalk     *self,
                  AqTransaction *transaction,
                  AqJobBrief    *out_brief)
{
  for (; self->n_looks < self->max_looks; self->n_looks++)
    {
      if (!aq_transaction_iterate_brief (transaction, self->below_id, out_brief))
        {
          self->at_end = TRUE;
          return FALSE;
        }
      self->below_id = out_brief->id;
      if (!aq_filter_accepts_brief (self->filter, out_brief, transaction->now.wall_usec))
        continue;
      self->n_looks++;
      return TRUE;
    }
  return FALSE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The jobs that one worker has
 *
 * New ones come behind the others. Those that go are mostly the first; what is before
 * a gap is at most the one that runs, or those that have begun.
 */

#include "config.h"

#include "work/aq-run-queue.h"

#include "work/worker/aq-wire.h"

/* takes what @run owns */
void
aq_run_queue_push (AqRunQueue  *self,
                   const AqRun *run)
{
  g_assert (self->n_runs < AQ_WORKER_MAX_RUNS);

  *aq_run_queue_at (self, self->n_runs) = *run;
  self->n_runs++;
  self->load_nsec += run->cost_nsec;
}

/* Returns: (transfer none): the job that was pushed last, which has nothing put behind it from here on */
AqRun *
aq_run_queue_set_alone (AqRunQueue *self)
{
  AqRun *run = aq_run_queue_at (self, self->n_runs - 1);

  self->load_nsec += MAX (AQ_WIRE_SHORT_NSEC - run->cost_nsec, 0);
  run->cost_nsec = MAX (run->cost_nsec, AQ_WIRE_SHORT_NSEC);
  return run;
}

/* clears @n_runs jobs from @index on, and closes the gap */
void
aq_run_queue_drop (AqRunQueue *self,
                   guint       index,
                   guint       n_runs)
{
  for (guint i = 0; i < n_runs; i++)
    {
      self->load_nsec -= aq_run_queue_at (self, index + i)->cost_nsec;
      aq_run_clear (aq_run_queue_at (self, index + i));
    }
  for (guint i = index; i > 0; i--)
    *aq_run_queue_at (self, i - 1 + n_runs) = *aq_run_queue_at (self, i - 1);
  self->head = (self->head + n_runs) % AQ_WORKER_MAX_RUNS;
  self->n_runs -= n_runs;
  if (self->n_runs == 0)
    self->load_nsec = 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Jobs that are to stop
 *
 * Each has its time from when it was told so and runs: then its worker is terminated,
 * and killed in the end, which is told as what the job came to.
 */

#include "config.h"

#include "work/aq-stopping.h"

#include "work/aq-line.h"

static void
on_rung (AqRung    rung,
         char     *reason,
         gpointer  user_data)
{
  AqStopping *self = user_data;

  self->forced = TRUE;
  if (rung == AQ_RUNG_TERMINATED)
    aq_worker_terminate_for (self->worker, reason);
  else
    aq_worker_kill_for (self->worker, reason);
}

static AqLadderTimes
times_of (AqStopping  *self,
          const AqRun *run)
{
  const AqFunctionOptions *options = &run->function->options;
  AqLadderTimes times = *self->times;

  if (options->stop_timeout_usec >= 0)
    times.stop_usec = options->stop_timeout_usec;
  if (options->kill_timeout_usec >= 0)
    times.kill_usec = options->kill_timeout_usec;
  return times;
}

static void
watch_run (AqStopping *self,
           AqRun      *run)
{
  AqLadderTimes times;

  if (!run->stopping || run->ladder != NULL)
    return;
  times = times_of (self, run);
  run->ladder = aq_ladder_new (self->clock, &times, on_rung, self);
}

/* those that run by now, and were told to stop before */
void
aq_stopping_watch (AqStopping *self)
{
  AqRun *run = aq_worker_get_running (self->worker);

  if (run == NULL)
    return;
  watch_run (self, run);
  for (guint i = 1; aq_line_get_concurrent (self->worker) != NULL && i < aq_worker_get_n_sendable (self->worker); i++)
    watch_run (self, aq_worker_get_run (self->worker, i));
}

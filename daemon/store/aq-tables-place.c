/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Tables: where a job is
 *
 * The one place that moves a job between lanes: after whatever has changed its
 * state, its priority, its settings or its parents.
 */

#include "config.h"

#include "store/aq-tables-private.h"

/* a job that has ended is under no limit, and is given nothing, any more: who asks for one finds those that matter to it */
static AqLaneKey
key_of (const AqJob *job)
{
  const AqJobSettings *settings = aq_job_get_settings (job);
  guint n_limits = job->state < ASYNCQ_JOB_STATE_CALLBACKS ? settings->n_limits : 0;

  return (AqLaneKey) {
    .queue = job->lane->queue,
    .function = job->lane->function,
    .arguments_type = job->lane->arguments_type,
    .given_type = job->state < ASYNCQ_JOB_STATE_CALLBACKS ? aq_job_get_given_type (job) : NULL,
    .tags = (const char * const *) settings->tags,
    .limits = n_limits > 0 ? settings->limits : NULL,
    .n_limits = n_limits,
    .priority = job->priority,
    .is_holding = n_limits > 0 && aq_job_holds_limits (job),
  };
}

/* what nearly all jobs are, and are at each step: looked at before every key is compared */
static inline gboolean
is_plain (const AqJob *job)
{
  const AqLane *lane = job->lane;

  return lane->priority == job->priority && lane->tags == NULL && lane->n_limits == 0 &&
         lane->given_type == NULL && (job->extra == NULL || aq_job_get_given_type (job) == NULL) &&
         (job->extra == NULL || job->extra->settings == NULL ||
          (job->extra->settings->tags == NULL && job->extra->settings->n_limits == 0));
}

/* not inlined, so that plain jobs do not pay for its key */
static G_GNUC_NO_INLINE void
update_lane (AqTables *self,
             AqJob    *job)
{
  AqLaneKey key = key_of (job);
  AqLane *lane;

  if (aq_lane_has_key (job->lane, &key))
    return;
  lane = aq_lanes_get (self->lanes, &key);
  aq_schedule_forget (self->schedule, job);
  aq_lanes_enter (self->lanes, lane);
  aq_lanes_leave (self->lanes, job->lane);
  aq_lane_unref (job->lane);
  job->lane = lane;
}

/**
 * aq_tables_choose_lane:
 * @self: tables
 * @job: a job in memory that is in no other index
 *
 * Gives it the lane that it belongs to.
 *
 * Since: 0.1
 */
void
aq_tables_choose_lane (AqTables *self,
                       AqJob    *job)
{
  if (!is_plain (job))
    update_lane (self, job);
}

/**
 * aq_tables_place:
 * @self: tables
 * @job: a job in memory
 * @now: what the clocks show
 *
 * Puts the job where its state, its times and its settings say, wherever it was.
 *
 * Since: 0.1
 */
void
aq_tables_place (AqTables     *self,
                 AqJob        *job,
                 const AqTime *now)
{
  if (!is_plain (job))
    update_lane (self, job);
  aq_schedule_place (self->schedule, job, now);
  aq_deadlines_place (&self->deadlines, job);
}

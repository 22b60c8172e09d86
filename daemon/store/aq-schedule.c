/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Schedule
 *
 * 1. A job is pending exactly if it is among the due ones of its lane, or among
 *    the timers of one clock until its time has come. It is assigned or active
 *    exactly if it is in `busy`. Its `place` says which, and its `place_index`
 *    where in there. `n_delayed` of its lane counts those among the timers.
 * 2. `ready` holds exactly the lanes that have due jobs.
 * 3. What becomes of limits follows from which jobs are in which lanes, and from the
 *    buckets of rates: who moves a job from lane to lane tells `limits`.
 */

#include "config.h"

#include "store/aq-schedule.h"

#include "core/aq-job-heap.h"
#include "core/aq-lane.h"

struct _AqSchedule
{
  AqReadyLanes *ready; /* owned: a due job holds a reference to each of them */
  AqLimitUses *limits; /* owned */
  AqJobHeap  timers[AQ_N_TIME_KINDS]; /* by due time, of each clock */
  GPtrArray *busy;   /* of AqJob, not owned */
};

AqSchedule *
aq_schedule_new (void)
{
  AqSchedule *self = g_new0 (AqSchedule, 1);

  self->ready = aq_ready_lanes_new ();
  self->limits = aq_limit_uses_new (self->ready);
  self->busy = g_ptr_array_new ();
  return self;
}

/**
 * aq_schedule_free:
 * @self: (transfer full): a schedule whose jobs are still there
 *
 * Since: 0.1
 */
void
aq_schedule_free (AqSchedule *self)
{
  const GPtrArray *lanes = aq_ready_lanes_list (self->ready);

  /* lanes must not look at jobs that will be gone */
  for (guint i = 0; i < lanes->len; i++)
    aq_due_queue_clear (&((AqLane *) g_ptr_array_index (lanes, i))->due);
  aq_limit_uses_free (self->limits);
  aq_ready_lanes_free (self->ready);
  g_ptr_array_unref (self->busy);
  for (guint kind = 0; kind < AQ_N_TIME_KINDS; kind++)
    aq_job_heap_clear (&self->timers[kind]);
  g_free (self);
}

static void
insert_due (AqSchedule *self,
            AqJob      *job)
{
  AqLane *lane = job->lane;
  gboolean is_ready = aq_due_queue_peek (&lane->due) != NULL;

  aq_due_queue_insert (&lane->due, job);
  if (!is_ready)
    aq_ready_lanes_insert (self->ready, lane);
  else if (aq_due_queue_peek (&lane->due) == job)
    aq_ready_lanes_update (self->ready, lane);
}

static void
remove_due (AqSchedule *self,
            AqJob      *job)
{
  AqLane *lane = job->lane;
  gboolean was_first = aq_due_queue_peek (&lane->due) == job;

  aq_due_queue_remove (&lane->due, job);
  if (aq_due_queue_peek (&lane->due) == NULL)
    aq_ready_lanes_remove (self->ready, lane);
  else if (was_first)
    aq_ready_lanes_update (self->ready, lane);
}

static void
remove_busy (AqSchedule *self,
             AqJob      *job)
{
  guint index = job->place_index;

  g_ptr_array_remove_index_fast (self->busy, index);
  if (index < self->busy->len)
    ((AqJob *) g_ptr_array_index (self->busy, index))->place_index = index;
  job->place = AQ_JOB_PLACE_NONE;
}

static void
insert_busy (AqSchedule *self,
             AqJob      *job)
{
  job->place = AQ_JOB_PLACE_BUSY;
  job->place_index = self->busy->len;
  g_ptr_array_add (self->busy, job);
}

static void
remove_timer (AqSchedule *self,
              AqJob      *job)
{
  /* what its flags say need not be true any more */
  AqTimeKind kind = aq_job_heap_contains (&self->timers[AQ_TIME_WALL], job) ? AQ_TIME_WALL : AQ_TIME_STEADY;

  aq_job_heap_remove (&self->timers[kind], job);
  job->place = AQ_JOB_PLACE_NONE;
  job->lane->n_delayed--;
}

static void
insert_timer (AqSchedule *self,
              AqJob      *job)
{
  AqTimeKind kind = job->flags & AQ_JOB_STEADY ? AQ_TIME_STEADY : AQ_TIME_WALL;

  job->place = AQ_JOB_PLACE_TIMERS;
  job->lane->n_delayed++;
  aq_job_heap_insert (&self->timers[kind], job, (AqOrder) { job->due_usec, job->id });
}

static void
take_out (AqSchedule *self,
          AqJob      *job)
{
  if (job->place == AQ_JOB_PLACE_NONE)
    return;
  if (job->place == AQ_JOB_PLACE_TIMERS)
    remove_timer (self, job);
  else if (job->place == AQ_JOB_PLACE_BUSY)
    remove_busy (self, job);
  else
    remove_due (self, job);
}

void
aq_schedule_forget (AqSchedule *self,
                    AqJob      *job)
{
  take_out (self, job);
}

void
aq_schedule_place (AqSchedule   *self,
                   AqJob        *job,
                   const AqTime *now)
{
  gboolean busy = job->state == ASYNCQ_JOB_STATE_ASSIGNED || job->state == ASYNCQ_JOB_STATE_ACTIVE;

  if (busy && job->place == AQ_JOB_PLACE_BUSY)
    return;
  take_out (self, job);
  if (busy)
    insert_busy (self, job);
  else if (job->state != ASYNCQ_JOB_STATE_PENDING)
    return;
  else if (aq_job_is_due (job, now))
    insert_due (self, job);
  else
    insert_timer (self, job);
}

static void
move_due (AqSchedule *self,
          AqJobHeap  *timers,
          gint64      now_usec)
{
  AqJob *job;

  while ((job = aq_job_heap_peek (timers)) != NULL && job->due_usec <= now_usec)
    {
      remove_timer (self, job);
      insert_due (self, job);
    }
}

/**
 * aq_schedule_move_due:
 * @self: a schedule
 * @now: what the clocks show
 *
 * Brings all whose time has come to those that are due.
 *
 * Since: 0.1
 */
void
aq_schedule_move_due (AqSchedule   *self,
                      const AqTime *now)
{
  move_due (self, &self->timers[AQ_TIME_WALL], now->wall_usec);
  move_due (self, &self->timers[AQ_TIME_STEADY], now->steady_usec);
  aq_limit_uses_move_due (self->limits, now->steady_usec);
}

/**
 * aq_schedule_next_due:
 * @self: a schedule
 * @now: what the clocks show
 * @chooser: see aq_ready_lanes_next()
 * @accept: whether jobs of a lane are wanted
 * @user_data: for @accept
 *
 * Returns: (nullable): the first job in queue order that is due and wanted, and
 *   that no limit holds back
 *
 * Since: 0.1
 */
AqJob *
aq_schedule_next_due (AqSchedule   *self,
                      const AqTime *now,
                      guint64       chooser,
                      AqLaneAccept  accept,
                      gpointer      user_data)
{
  AqLane *lane;

  aq_schedule_move_due (self, now);
  lane = aq_ready_lanes_next (self->ready, chooser, accept, user_data);
  return lane != NULL ? aq_due_queue_peek (&lane->due) : NULL;
}

/**
 * aq_schedule_list_before:
 * @self: a schedule
 * @now: what the clocks show
 * @job: a job that is due
 * @out_counts: (element-type AqLaneCount): where to append how many due jobs of
 *   which lanes come before it in queue order
 *
 * Since: 0.1
 */
void
aq_schedule_list_before (AqSchedule   *self,
                         const AqTime *now,
                         const AqJob  *job,
                         GArray       *out_counts)
{
  const GPtrArray *lanes = aq_ready_lanes_list (self->ready);
  AqOrder order = aq_queue_order_of (job);

  aq_schedule_move_due (self, now);
  for (guint i = 0; i < lanes->len; i++)
    {
      AqLane *lane = g_ptr_array_index (lanes, i);
      AqLaneCount count = { lane, aq_due_queue_count_before (&lane->due, order) };

      if (count.n_jobs > 0)
        g_array_append_val (out_counts, count);
    }
}

/**
 * aq_schedule_get_next_due:
 * @self: a schedule
 * @kind: of which clock
 *
 * Returns: when the next job that waits for its time becomes due, or the next rate
 *   that is used up has room; %G_MAXINT64 when there is none
 *
 * Since: 0.1
 */
gint64
aq_schedule_get_next_due (AqSchedule *self,
                          AqTimeKind  kind)
{
  const AqJob *job = aq_job_heap_peek (&self->timers[kind]);
  gint64 limit_usec = kind == AQ_TIME_STEADY ? aq_limit_uses_get_next (self->limits) : G_MAXINT64;

  return MIN (job != NULL ? job->due_usec : G_MAXINT64, limit_usec);
}

/**
 * aq_schedule_list_delayed:
 * @self: a schedule
 * @queue: a queue's name
 * @n_delayed: how many jobs of it wait for their time
 * @out_jobs: (element-type AqJob): where to append them
 *
 * Since: 0.1
 */
void
aq_schedule_list_delayed (AqSchedule *self,
                          const char *queue,
                          guint64     n_delayed,
                          GPtrArray  *out_jobs)
{
  for (guint kind = 0; kind < AQ_N_TIME_KINDS; kind++)
    for (guint i = 0; i < self->timers[kind].n_jobs && n_delayed > 0; i++)
      {
        AqJob *job = self->timers[kind].entries[i].job;

        if (!g_str_equal (job->lane->queue, queue))
          continue;
        g_ptr_array_add (out_jobs, job);
        n_delayed--;
      }
}

/**
 * aq_schedule_get_busy:
 * @self: a schedule
 *
 * Returns: (element-type AqJob): the jobs that are assigned or active, in no order
 *
 * Since: 0.1
 */
GPtrArray *
aq_schedule_get_busy (AqSchedule *self)
{
  return self->busy;
}

AqLimitUses *
aq_schedule_get_limits (AqSchedule *self)
{
  return self->limits;
}

GPtrArray *
aq_schedule_list_ready (AqSchedule *self)
{
  return aq_ready_lanes_list (self->ready);
}

void
aq_schedule_forget_refusals (AqSchedule *self)
{
  aq_ready_lanes_forget (self->ready);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Run of jobs
 *
 * What comes in order needs no sorting: a ring of pointers, eight bytes a job,
 * and neither adding the last nor taking the first looks at any other job.
 *
 * Jobs are numbered as they come, and a job knows its number (place_index): its
 * slot is the number modulo the size of the ring, so numbers stay when the ring
 * grows. One that is taken out of the middle leaves a hole. The first and the
 * last slot are never holes, and holes are not more than jobs, or few.
 */

#include "config.h"

#include "core/aq-job-run.h"

#define MIN_SIZE 16
/* a ring of at most this size keeps it, and its holes */
#define SMALL_SIZE 1024
#define MAX_SIZE (1u << 30)

/* how many jobs ahead of the first one memory is asked for: about as long as it
 * takes to come, a job's whole way through the rules being some 400 ns */
#define PREFETCH_AHEAD 3
#define CACHE_LINE_BYTES 64

void
aq_job_run_clear (AqJobRun *self)
{
  g_free (self->jobs);
  *self = (AqJobRun) { NULL };
}

static inline AqJob **
slot_of (const AqJobRun *self,
         guint32         number)
{
  return &self->jobs[number & (self->size - 1)];
}

static guint32
count_slots (const AqJobRun *self)
{
  return self->end - self->begin;
}

static void
resize (AqJobRun *self,
        guint32   size)
{
  AqJobRun old = *self;

  self->jobs = g_new (AqJob *, size);
  self->size = size;
  for (guint32 number = self->begin; number != self->end; number++)
    *slot_of (self, number) = *slot_of (&old, number);
  g_free (old.jobs);
}

/* Numbers the jobs anew, without holes. */
static void
compact (AqJobRun *self)
{
  guint32 end = self->begin;

  for (guint32 number = self->begin; number != self->end; number++)
    {
      AqJob *job = *slot_of (self, number);

      if (job == NULL)
        continue;
      job->place_index = end;
      *slot_of (self, end++) = job;
    }
  self->end = end;
}

/**
 * aq_job_run_accepts:
 * @self: a run
 * @order: a job's place in queue order
 *
 * Returns: whether that job can be appended
 *
 * Since: 0.1
 */
gboolean
aq_job_run_accepts (const AqJobRun *self,
                    AqOrder         order)
{
  return self->n_jobs == 0 || (aq_order_compare (self->last, order) <= 0 && count_slots (self) < MAX_SIZE);
}

/**
 * aq_job_run_append:
 * @self: a run
 * @job: a job that it accepts
 * @order: its place in queue order
 *
 * Since: 0.1
 */
void
aq_job_run_append (AqJobRun *self,
                   AqJob    *job,
                   AqOrder   order)
{
  g_assert (aq_job_run_accepts (self, order));

  if (count_slots (self) == self->size)
    resize (self, MAX (MIN_SIZE, self->size * 2));
  job->place_index = self->end;
  *slot_of (self, self->end++) = job;
  self->n_jobs++;
  self->last = order;
}

static void
sweep_first (AqJobRun *self)
{
  while (self->begin != self->end && *slot_of (self, self->begin) == NULL)
    self->begin++;
}

static void
sweep_last (AqJobRun *self)
{
  while (*slot_of (self, self->end - 1) == NULL)
    self->end--;
  self->last = aq_queue_order_of (*slot_of (self, self->end - 1));
}

/* Of a queue too long for the caches every job would be waited for when its turn comes. */
static void
prefetch (const AqJobRun *self)
{
  const AqJob *job;

  if (count_slots (self) <= PREFETCH_AHEAD)
    return;
  job = *slot_of (self, self->begin + PREFETCH_AHEAD);
  if (job == NULL)
    return; /* it was taken out of turn */
  __builtin_prefetch (job, 1);
  __builtin_prefetch ((const char *) job + CACHE_LINE_BYTES, 1);
}

/* a queue that was long once must not hold its memory for ever */
static void
tidy (AqJobRun *self)
{
  if (self->size <= SMALL_SIZE)
    return;
  if (count_slots (self) / 2 > MAX (self->n_jobs, SMALL_SIZE / 4))
    compact (self);
  if (count_slots (self) < self->size / 8)
    resize (self, self->size / 2);
}

/**
 * aq_job_run_remove:
 * @self: a run
 * @job: a job that is in it
 *
 * Takes the job out, be it the first or not. What the job says of its place in
 * queue order need not be true any more.
 *
 * Since: 0.1
 */
void
aq_job_run_remove (AqJobRun *self,
                   AqJob    *job)
{
  guint32 number = job->place_index;

  g_assert (number - self->begin < count_slots (self) && *slot_of (self, number) == job);

  *slot_of (self, number) = NULL;
  self->n_jobs--;
  if (number == self->begin)
    {
      sweep_first (self);
      prefetch (self);
    }
  else if (number == self->end - 1)
    sweep_last (self);
  tidy (self);
}

/**
 * aq_job_run_peek:
 * @self: a run
 *
 * Returns: (nullable): the first job
 *
 * Since: 0.1
 */
AqJob *
aq_job_run_peek (const AqJobRun *self)
{
  return self->n_jobs > 0 ? *slot_of (self, self->begin) : NULL;
}

/**
 * aq_job_run_list:
 * @self: a run
 * @max_jobs: how many jobs at most
 * @out_jobs: (element-type AqJob): where to append its first jobs
 *
 * Since: 0.1
 */
void
aq_job_run_list (const AqJobRun *self,
                 guint64         max_jobs,
                 GPtrArray      *out_jobs)
{
  for (guint32 number = self->begin; number != self->end && max_jobs > 0; number++)
    {
      AqJob *job = *slot_of (self, number);

      if (job == NULL)
        continue;
      g_ptr_array_add (out_jobs, job);
      max_jobs--;
    }
}

/* Returns: how many slots, holes among them, are before the first job that is not before @order */
static guint32
count_slots_before (const AqJobRun *self,
                    AqOrder         order)
{
  guint32 low = 0;
  guint32 high = count_slots (self);

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      guint32 slot = middle;

      while (slot < high && *slot_of (self, self->begin + slot) == NULL)
        slot++;
      if (slot < high && aq_order_compare (aq_queue_order_of (*slot_of (self, self->begin + slot)), order) < 0)
        low = slot + 1;
      else
        high = middle;
    }
  return low;
}

/**
 * aq_job_run_count_before:
 * @self: a run
 * @order: a place in queue order
 *
 * Returns: how many of its jobs come before that
 *
 * Since: 0.1
 */
guint32
aq_job_run_count_before (const AqJobRun *self,
                         AqOrder         order)
{
  guint32 n_slots = count_slots_before (self, order);
  guint32 n_jobs = 0;

  for (guint32 i = 0; i < n_slots; i++)
    n_jobs += *slot_of (self, self->begin + i) != NULL;
  return n_jobs;
}

/**
 * aq_job_run_get_next:
 * @self: a run
 * @order: a place in queue order
 *
 * Returns: (nullable): its first job that is not before that
 *
 * Since: 0.1
 */
AqJob *
aq_job_run_get_next (const AqJobRun *self,
                     AqOrder         order)
{
  guint32 slot = count_slots_before (self, order);

  while (slot < count_slots (self) && *slot_of (self, self->begin + slot) == NULL)
    slot++;
  return slot < count_slots (self) ? *slot_of (self, self->begin + slot) : NULL;
}

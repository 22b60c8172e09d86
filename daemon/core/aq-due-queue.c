/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Queue of due jobs
 *
 * Jobs of one priority mostly come in queue order, since due times of puts never
 * decrease, and so do jobs that were put back. So each is appended to one of a few
 * runs: to the one whose last job is the nearest before it, which keeps as many
 * priorities apart as there are runs. What comes before all last jobs, with no run
 * empty, goes to a heap. The first job of all is the least of the first ones.
 *
 * A job knows which of them it is in (place), and where (place_index).
 */

#include "config.h"

#include "core/aq-due-queue.h"

/* place has three bits */
G_STATIC_ASSERT (AQ_JOB_PLACE_DUE_RUN + AQ_N_DUE_RUNS <= 1 << 3);

/**
 * aq_due_queue_clear:
 * @self: a queue
 *
 * Forgets all jobs, without looking at them.
 *
 * Since: 0.1
 */
void
aq_due_queue_clear (AqDueQueue *self)
{
  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    aq_job_run_clear (&self->runs[i]);
  aq_job_heap_clear (&self->heap);
  self->first = NULL;
}

/* Returns: (nullable): the run for a job, an empty one where it follows on none */
static AqJobRun *
choose_run (AqDueQueue *self,
            AqOrder     order)
{
  AqJobRun *best = NULL;

  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    {
      AqJobRun *run = &self->runs[i];

      if (!aq_job_run_accepts (run, order))
        continue;
      if (best == NULL || best->n_jobs == 0 || (run->n_jobs > 0 && aq_order_compare (run->last, best->last) > 0))
        best = run;
    }
  return best;
}

/**
 * aq_due_queue_insert:
 * @self: a queue
 * @job: a job that has no place
 *
 * Since: 0.1
 */
void
aq_due_queue_insert (AqDueQueue *self,
                     AqJob      *job)
{
  AqOrder order = aq_queue_order_of (job);
  AqJobRun *run = choose_run (self, order);

  g_assert (job->place == AQ_JOB_PLACE_NONE);

  if (run != NULL)
    {
      job->place = AQ_JOB_PLACE_DUE_RUN + (run - self->runs);
      aq_job_run_append (run, job, order);
    }
  else
    {
      job->place = AQ_JOB_PLACE_DUE_HEAP;
      aq_job_heap_insert (&self->heap, job, order);
    }
  if (self->first == NULL || aq_order_compare (order, self->first_order) < 0)
    {
      self->first = job;
      self->first_order = order;
    }
}

static void
find_first (AqDueQueue *self)
{
  self->first = aq_job_heap_peek (&self->heap);
  if (self->first != NULL)
    self->first_order = self->heap.entries[0].order;
  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    {
      AqJob *job = aq_job_run_peek (&self->runs[i]);
      AqOrder order;

      if (job == NULL)
        continue;
      order = aq_queue_order_of (job);
      if (self->first != NULL && aq_order_compare (self->first_order, order) < 0)
        continue;
      self->first = job;
      self->first_order = order;
    }
}

/**
 * aq_due_queue_remove:
 * @self: a queue
 * @job: a job that is in it
 *
 * What the job says of its place in queue order need not be true any more.
 *
 * Since: 0.1
 */
void
aq_due_queue_remove (AqDueQueue *self,
                     AqJob      *job)
{
  g_assert (job->place >= AQ_JOB_PLACE_DUE_HEAP);

  if (job->place == AQ_JOB_PLACE_DUE_HEAP)
    aq_job_heap_remove (&self->heap, job);
  else
    aq_job_run_remove (&self->runs[job->place - AQ_JOB_PLACE_DUE_RUN], job);
  job->place = AQ_JOB_PLACE_NONE;
  if (job == self->first)
    find_first (self);
}

/**
 * aq_due_queue_peek:
 * @self: a queue
 *
 * Returns: (nullable): the first job
 *
 * Since: 0.1
 */
AqJob *
aq_due_queue_peek (const AqDueQueue *self)
{
  return self->first;
}

guint64
aq_due_queue_count (const AqDueQueue *self)
{
  guint64 n_jobs = self->heap.n_jobs;

  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    n_jobs += self->runs[i].n_jobs;
  return n_jobs;
}

/**
 * aq_due_queue_list:
 * @self: a queue
 * @first_jobs: how many of its first jobs are wanted
 * @out_jobs: (element-type AqJob): where to append these, and perhaps some others,
 *   in no order
 *
 * Since: 0.1
 */
void
aq_due_queue_list (const AqDueQueue *self,
                   guint64           first_jobs,
                   GPtrArray        *out_jobs)
{
  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    aq_job_run_list (&self->runs[i], first_jobs, out_jobs);
  for (guint i = 0; i < self->heap.n_jobs; i++)
    g_ptr_array_add (out_jobs, self->heap.entries[i].job);
}

/**
 * aq_due_queue_count_before:
 * @self: a queue
 * @order: a place in queue order
 *
 * Returns: how many of its jobs come before that
 *
 * Since: 0.1
 */
guint64
aq_due_queue_count_before (const AqDueQueue *self,
                           AqOrder           order)
{
  guint64 n_jobs = 0;

  if (self->first == NULL || aq_order_compare (self->first_order, order) >= 0)
    return 0;
  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    n_jobs += aq_job_run_count_before (&self->runs[i], order);
  for (guint i = 0; i < self->heap.n_jobs; i++)
    n_jobs += aq_order_compare (self->heap.entries[i].order, order) < 0;
  return n_jobs;
}

static void
offer_oldest (AqJob **oldest,
              AqJob  *job)
{
  if (*oldest == NULL || job->due_usec < (*oldest)->due_usec)
    *oldest = job;
}

/**
 * aq_due_queue_get_oldest:
 * @self: a queue
 *
 * Returns: (nullable): the job that has been due for longest
 *
 * Since: 0.1
 */
AqJob *
aq_due_queue_get_oldest (const AqDueQueue *self)
{
  AqJob *oldest = NULL;

  for (guint i = 0; i < self->heap.n_jobs; i++)
    offer_oldest (&oldest, self->heap.entries[i].job);
  for (guint i = 0; i < AQ_N_DUE_RUNS; i++)
    for (AqJob *job = aq_job_run_peek (&self->runs[i]); job != NULL;)
      {
        /* jobs that only their due times keep apart stand together, oldest first */
        AqOrder next = { ((aq_queue_order_of (job).high >> AQ_ORDER_DUE_BITS) + 1) << AQ_ORDER_DUE_BITS, 0 };

        offer_oldest (&oldest, job);
        job = next.high != 0 ? aq_job_run_get_next (&self->runs[i], next) : NULL;
      }
  return oldest;
}

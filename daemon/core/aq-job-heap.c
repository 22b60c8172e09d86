/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Heap of jobs
 *
 * 4-ary, with the order beside the pointer, so that taking the first touches a
 * few cache lines and no other job. A job knows its place (place_index), so it
 * can be taken out of the middle.
 */

#include "config.h"

#include "core/aq-job-heap.h"

#define ARITY 4

void
aq_job_heap_clear (AqJobHeap *self)
{
  g_clear_pointer (&self->entries, g_free);
  self->n_jobs = self->n_allocated = 0;
}

static inline void
place (AqJobHeap      *self,
       guint           index,
       AqJobHeapEntry  entry)
{
  self->entries[index] = entry;
  entry.job->place_index = index;
}

static void
sift_up (AqJobHeap      *self,
         guint           index,
         AqJobHeapEntry  entry)
{
  while (index > 0)
    {
      guint parent = (index - 1) / ARITY;

      if (aq_order_compare (self->entries[parent].order, entry.order) <= 0)
        break;
      place (self, index, self->entries[parent]);
      index = parent;
    }
  place (self, index, entry);
}

static void
sift_down (AqJobHeap      *self,
           guint           index,
           AqJobHeapEntry  entry)
{
  for (;;)
    {
      guint first = index * ARITY + 1;
      guint last = MIN (first + ARITY, self->n_jobs);
      guint least = first;

      if (first >= self->n_jobs)
        break;
      for (guint i = first + 1; i < last; i++)
        if (aq_order_compare (self->entries[i].order, self->entries[least].order) < 0)
          least = i;
      if (aq_order_compare (entry.order, self->entries[least].order) <= 0)
        break;
      place (self, index, self->entries[least]);
      index = least;
    }
  place (self, index, entry);
}

/**
 * aq_job_heap_insert:
 * @self: a heap
 * @job: a job that is in none
 * @order: its place
 *
 * Since: 0.1
 */
void
aq_job_heap_insert (AqJobHeap *self,
                    AqJob     *job,
                    AqOrder    order)
{
  if (self->n_jobs == self->n_allocated)
    {
      self->n_allocated = MAX (16, self->n_allocated * 2);
      self->entries = g_renew (AqJobHeapEntry, self->entries, self->n_allocated);
    }
  self->n_jobs++;
  sift_up (self, self->n_jobs - 1, (AqJobHeapEntry) { order, job });
}

/* a queue that was long once must not hold its memory for ever */
static void
shrink (AqJobHeap *self)
{
  if (self->n_allocated <= 1024 || self->n_jobs > self->n_allocated / 8)
    return;
  self->n_allocated /= 2;
  self->entries = g_renew (AqJobHeapEntry, self->entries, self->n_allocated);
}

/**
 * aq_job_heap_remove:
 * @self: a heap
 * @job: a job that is in it
 *
 * Since: 0.1
 */
void
aq_job_heap_remove (AqJobHeap *self,
                    AqJob     *job)
{
  guint index = job->place_index;
  AqJobHeapEntry last;

  g_assert (index < self->n_jobs && self->entries[index].job == job);

  last = self->entries[--self->n_jobs];
  if (last.job != job)
    {
      if (index > 0 && aq_order_compare (last.order, self->entries[(index - 1) / ARITY].order) < 0)
        sift_up (self, index, last);
      else
        sift_down (self, index, last);
    }
  shrink (self);
}

/**
 * aq_job_heap_peek:
 * @self: a heap
 *
 * Returns: (nullable): the first job
 *
 * Since: 0.1
 */
AqJob *
aq_job_heap_peek (const AqJobHeap *self)
{
  return self->n_jobs > 0 ? self->entries[0].job : NULL;
}

/**
 * aq_job_heap_contains:
 * @self: a heap
 * @job: a job that is in some heap
 *
 * Returns: whether it is in this one
 *
 * Since: 0.1
 */
gboolean
aq_job_heap_contains (const AqJobHeap *self,
                      const AqJob     *job)
{
  return job->place_index < self->n_jobs && self->entries[job->place_index].job == job;
}

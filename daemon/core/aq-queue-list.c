/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * List of a queue
 *
 * A store keeps the jobs of a queue in many small orders, see lanes, and in
 * none as a whole. So a page is selected: its first and its last job are brought
 * to their places as quicksort would do it, and only what is between is sorted.
 * That takes a time that grows with the end of the page, where enough jobs are due,
 * and else with the queue.
 *
 * Jobs that are due come first, in queue order. The others follow by the time at
 * which they become due, and of those that do so together in queue order, since
 * that is how they will be claimed.
 */

#include "config.h"

#include "core/aq-queue-list.h"

#include "core/aq-queue-order.h"

#include <stdlib.h>

typedef struct
{
  gint64  begin_usec; /* wall clock; G_MININT64: it is due */
  AqOrder order;
  AqJob  *job;
} Place;

static int
compare (const Place *a,
         const Place *b)
{
  if (a->begin_usec != b->begin_usec)
    return a->begin_usec < b->begin_usec ? -1 : 1;
  return aq_order_compare (a->order, b->order);
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  return compare (a, b);
}

static gint64
get_begin (const AqJob  *job,
           const AqTime *now)
{
  if (aq_job_is_due (job, now))
    return G_MININT64;
  return job->flags & AQ_JOB_STEADY ? job->due_usec - now->steady_usec + now->wall_usec : job->due_usec;
}

static void
swap (Place *a,
      Place *b)
{
  Place other = *a;

  *a = *b;
  *b = other;
}

/* the middle one of three goes to the middle */
static void
choose_pivot (Place *places,
              gsize  first,
              gsize  last)
{
  gsize middle = first + (last - first) / 2;

  if (compare (&places[middle], &places[first]) < 0)
    swap (&places[middle], &places[first]);
  if (compare (&places[last], &places[middle]) < 0)
    swap (&places[last], &places[middle]);
  if (compare (&places[middle], &places[first]) < 0)
    swap (&places[middle], &places[first]);
}

/* Brings the place that comes at @index to there, smaller ones before and greater ones behind it. */
static void
select_place (Place *places,
              gsize  first,
              gsize  last,
              gsize  index)
{
  while (first < last)
    {
      gsize i = first, j = last;
      Place pivot;

      choose_pivot (places, first, last);
      pivot = places[first + (last - first) / 2];
      while (i <= j)
        {
          while (compare (&places[i], &pivot) < 0)
            i++;
          while (compare (&pivot, &places[j]) < 0)
            j--;
          if (i > j)
            break;
          swap (&places[i++], &places[j]);
          if (j == 0)
            break;
          j--;
        }
      if (index <= j)
        last = j;
      else if (index >= i)
        first = i;
      else
        return;
    }
}

/**
 * aq_queue_list_page:
 * @transaction: a transaction
 * @queue: a queue's name
 * @offset: how many jobs to leave out
 * @limit: how many jobs at most
 *
 * Source: behaviour Z28, Z29.
 *
 * Returns: (transfer container) (element-type AqJob): the jobs, in the order in
 *   which they will be claimed, if nothing comes in between
 *
 * Since: 0.1
 */
GPtrArray *
aq_queue_list_page (AqTransaction *transaction,
                    const char    *queue,
                    guint64        offset,
                    guint          limit)
{
  GPtrArray *jobs = g_ptr_array_new ();
  g_autofree Place *places = NULL;
  gsize n_jobs, n_page;

  aq_transaction_list_queue (transaction, queue, offset < G_MAXUINT64 - limit ? offset + limit : G_MAXUINT64, jobs);
  n_jobs = jobs->len;
  n_page = offset < n_jobs ? MIN (limit, n_jobs - offset) : 0;
  places = g_new (Place, n_jobs);
  for (gsize i = 0; i < n_jobs; i++)
    {
      AqJob *job = g_ptr_array_index (jobs, i);

      places[i] = (Place) { get_begin (job, &transaction->now), aq_queue_order_of (job), job };
    }
  g_ptr_array_set_size (jobs, 0);
  if (n_page == 0)
    return jobs;

  select_place (places, 0, n_jobs - 1, offset);
  select_place (places, offset, n_jobs - 1, offset + n_page - 1);
  qsort (places + offset, n_page, sizeof (Place), compare_places);
  for (gsize i = 0; i < n_page; i++)
    g_ptr_array_add (jobs, places[offset + i].job);
  return jobs;
}

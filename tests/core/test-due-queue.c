/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Runs of jobs, and the queue of due jobs that is made of them and a heap
 */

#include "config.h"

#include "core/aq-due-queue.h"
#include "core/aq-lane.h"

static AqJob *
new_job (AqLane  *lane,
         guint64  id,
         guint    priority,
         guint    flags,
         gint64   due_usec)
{
  AqJob *job = aq_job_new (id, aq_lane_ref (lane), NULL, 0);

  job->order = id;
  job->priority = priority;
  job->flags = flags;
  job->due_usec = due_usec;
  return job;
}

static void
append (AqJobRun *run,
        AqJob    *job)
{
  aq_job_run_append (run, job, aq_queue_order_of (job));
}

static void
remove_and_free (AqJobRun *run,
                 AqJob    *job)
{
  aq_job_run_remove (run, job);
  aq_job_free (job);
}

static void
test_run_gives_what_it_was_given (void)
{
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  /* numbers go on over the end of 32 bits while the ring grows and goes round */
  AqJobRun run = { .begin = G_MAXUINT32 - 100, .end = G_MAXUINT32 - 100 };
  guint64 n_in = 0;
  guint64 n_out = 0;

  g_assert_null (aq_job_run_peek (&run));
  for (guint round = 1; round < 60; round++)
    {
      for (guint i = 0; i < 100; i++)
        {
          n_in++;
          append (&run, new_job (lane, n_in, 128, 0, n_in / 3));
        }
      for (guint i = 0; i < 80 + round % 30 && n_out < n_in; i++)
        {
          AqJob *job = aq_job_run_peek (&run);

          g_assert_cmpuint (job->id, ==, ++n_out);
          remove_and_free (&run, job);
        }
      g_assert_cmpuint (run.n_jobs, ==, n_in - n_out);
    }
  while (run.n_jobs > 0)
    {
      g_assert_cmpuint (aq_job_run_peek (&run)->id, ==, ++n_out);
      remove_and_free (&run, aq_job_run_peek (&run));
    }
  g_assert_cmpuint (n_out, ==, n_in);
  g_assert_null (aq_job_run_peek (&run));
  aq_job_run_clear (&run);
}

static void
test_run_accepts_what_comes_behind_its_last (void)
{
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  AqJob *jobs[4];
  AqJobRun run = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      jobs[i] = new_job (lane, i + 1, 128, 0, 1000 + i);
      g_assert_true (aq_job_run_accepts (&run, aq_queue_order_of (jobs[i])));
      append (&run, jobs[i]);
    }
  g_assert_false (aq_job_run_accepts (&run, aq_queue_order_of (jobs[2])));

  g_test_message ("The last one goes after the one before it has: what counts is the second then");
  remove_and_free (&run, jobs[2]);
  remove_and_free (&run, jobs[3]);
  g_assert_cmpint (aq_order_compare (run.last, aq_queue_order_of (jobs[1])), ==, 0);
  remove_and_free (&run, jobs[0]);
  g_assert_true (aq_job_run_peek (&run) == jobs[1]);
  remove_and_free (&run, jobs[1]);
  g_assert_true (aq_job_run_accepts (&run, (AqOrder) { 0, 0 }));
  aq_job_run_clear (&run);
}

static void
test_holes_take_no_more_than_jobs (void)
{
  const guint n_jobs = 100000;
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  AqJobRun run = { NULL };

  for (guint i = 0; i < n_jobs; i++)
    {
      g_ptr_array_add (jobs, new_job (lane, i + 1, 128, 0, 1000));
      append (&run, g_ptr_array_index (jobs, i));
    }

  g_test_message ("All but the first, the last and each hundredth are taken out");
  for (guint i = 1; i < n_jobs - 1; i++)
    if (i % 100 != 0)
      remove_and_free (&run, g_ptr_array_index (jobs, i));
  g_assert_cmpuint (run.n_jobs, ==, n_jobs / 100 + 1);
  g_assert_cmpuint (run.end - run.begin, <=, 2 * run.n_jobs + 1);
  g_assert_cmpuint (run.size, <=, 16 * run.n_jobs);
  for (guint i = 0; i < n_jobs; i += 100)
    {
      g_assert_true (aq_job_run_peek (&run) == g_ptr_array_index (jobs, i));
      remove_and_free (&run, g_ptr_array_index (jobs, i));
    }
  g_assert_true (aq_job_run_peek (&run) == g_ptr_array_index (jobs, n_jobs - 1));
  remove_and_free (&run, g_ptr_array_index (jobs, n_jobs - 1));
  g_assert_cmpuint (run.size, <=, 1024);
  aq_job_run_clear (&run);
}

static void
test_jobs_in_order_need_no_heap (void)
{
  const guint priorities[] = { 200, 128, 10, 128, 255 };
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  guint64 last = 0;
  AqDueQueue queue = { NULL };
  AqJob *job;

  g_test_summary ("Four priorities, mixed, as they are put: each finds a run of its own");
  for (guint i = 0; i < 1000; i++)
    aq_due_queue_insert (&queue, new_job (lane, i + 1, priorities[i % G_N_ELEMENTS (priorities)], 0, i / 7));
  g_assert_cmpuint (queue.heap.n_jobs, ==, 0);
  while ((job = aq_due_queue_peek (&queue)) != NULL)
    {
      AqOrder order = aq_queue_order_of (job);

      g_assert_cmpuint (order.high, >=, last);
      last = order.high;
      aq_due_queue_remove (&queue, job);
      aq_job_free (job);
    }
  aq_due_queue_clear (&queue);
}

/* where @job is in @jobs, which are in queue order, or belongs */
static guint
find_index (GPtrArray *jobs,
            AqJob     *job)
{
  AqOrder order = aq_queue_order_of (job);
  guint low = 0;
  guint high = jobs->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (aq_order_compare (aq_queue_order_of (g_ptr_array_index (jobs, middle)), order) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* mostly as jobs are put; some are scheduled, put back, urgent, or come at any time at all */
static AqJob *
new_random_job (AqLane  *lane,
                GRand   *random,
                guint64  id)
{
  guint kind = g_rand_int_range (random, 0, 20);
  gint64 now_usec = id / 4;

  switch (kind)
    {
    case 0:
      return new_job (lane, id, 128, AQ_JOB_SCHEDULED, now_usec - g_rand_int_range (random, 0, 100));
    case 1:
      return new_job (lane, id, 128, AQ_JOB_PUT_BACK, now_usec);
    case 2:
      return new_job (lane, id, g_rand_int_range (random, 0, 256), 0, now_usec);
    case 3:
      return new_job (lane, id, 128, 0, g_rand_int (random));
    default:
      return new_job (lane, id, 128, 0, now_usec);
    }
}

static void
play (AqLane  *lane,
      GRand   *random,
      guint64  n_steps)
{
  g_autoptr(GPtrArray) expected = g_ptr_array_new ();
  AqDueQueue queue = { NULL };
  gboolean growing = TRUE;

  for (guint64 id = 1; id <= n_steps || expected->len > 0; id++)
    {
      guint chance = g_rand_int_range (random, 0, 10);

      if (id % 1500 == 0)
        growing = !growing;
      if (id <= n_steps && chance < (growing ? 7 : 3))
        {
          AqJob *job = new_random_job (lane, random, id);

          aq_due_queue_insert (&queue, job);
          g_ptr_array_insert (expected, find_index (expected, job), job);
        }
      else if (expected->len > 0)
        {
          guint index = chance < 9 ? 0 : g_rand_int_range (random, 0, expected->len);
          AqJob *job = g_ptr_array_index (expected, index);

          aq_due_queue_remove (&queue, job);
          g_assert_cmpint (job->place, ==, AQ_JOB_PLACE_NONE);
          g_ptr_array_remove_index (expected, index);
          aq_job_free (job);
        }
      g_assert_true (aq_due_queue_peek (&queue) == (expected->len > 0 ? expected->pdata[0] : NULL));
    }
  aq_due_queue_clear (&queue);
}

static void
test_queue_against_sorting (void)
{
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");

  g_test_summary ("Put, taken from the front and out of the middle at random: the first is always the least");
  for (guint seed = 0; seed < 10; seed++)
    {
      g_autoptr(GRand) random = g_rand_new_with_seed (seed);

      play (lane, random, 10000);
    }
}

static void
test_a_job_that_has_changed_can_be_taken_out (void)
{
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  AqDueQueue queue = { NULL };
  AqJob *jobs[8];

  g_test_summary ("A rule gives a job its new due time first, and it is moved then");
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      /* falling, so that they are in all runs and in the heap */
      jobs[i] = new_job (lane, i + 1, 128 - i, 0, 1000);
      aq_due_queue_insert (&queue, jobs[i]);
    }
  g_assert_cmpuint (queue.heap.n_jobs, ==, G_N_ELEMENTS (jobs) - AQ_N_DUE_RUNS);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      jobs[i]->priority = 255 - i;
      jobs[i]->due_usec = 2000;
      aq_due_queue_remove (&queue, jobs[i]);
      aq_due_queue_insert (&queue, jobs[i]);
    }
  for (guint i = G_N_ELEMENTS (jobs); i > 0; i--)
    {
      g_assert_true (aq_due_queue_peek (&queue) == jobs[i - 1]);
      aq_due_queue_remove (&queue, jobs[i - 1]);
      aq_job_free (jobs[i - 1]);
    }
  g_assert_null (aq_due_queue_peek (&queue));
  aq_due_queue_clear (&queue);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/job-run/jobs come out as they went in, over the end of 32 bits", test_run_gives_what_it_was_given);
  g_test_add_func ("/job-run/what comes behind the last job is accepted", test_run_accepts_what_comes_behind_its_last);
  g_test_add_func ("/job-run/holes take no more than jobs", test_holes_take_no_more_than_jobs);
  g_test_add_func ("/due-queue/jobs that come in order need no heap", test_jobs_in_order_need_no_heap);
  g_test_add_func ("/due-queue/the first is what sorting puts first", test_queue_against_sorting);
  g_test_add_func ("/due-queue/a job that has changed can be taken out", test_a_job_that_has_changed_can_be_taken_out);

  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "core/aq-agent.h"
#include "core/aq-job-heap.h"
#include "core/aq-job-state.h"
#include "core/aq-lane.h"
#include "core/aq-name.h"

static void
test_completed_is_never_left (void)
{
  for (guint event = 0; event < AQ_N_JOB_EVENTS; event++)
    {
      g_autoptr(GError) error = NULL;
      AsyncqJobState to = ASYNCQ_JOB_STATE_NEW;

      g_assert_false (aq_job_state_next (ASYNCQ_JOB_STATE_COMPLETED, event, &to, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE);
      g_assert_cmpint (to, ==, ASYNCQ_JOB_STATE_NEW);
    }
}

static void
test_normal_path (void)
{
  const AqJobEvent events[] = { AQ_JOB_EVENT_PUT, AQ_JOB_EVENT_CLAIM, AQ_JOB_EVENT_START, AQ_JOB_EVENT_RETURN,
                                AQ_JOB_EVENT_CALLBACKS_DONE };
  AsyncqJobState state = ASYNCQ_JOB_STATE_NEW;

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_assert_true (aq_job_state_next (state, events[i], &state, NULL));
      g_assert_cmpint (state, ==, (int) i + 1);
    }
}

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
test_queue_order (void)
{
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  const guint64 expected[] = { 6, 5, 4, 2, 1, 3 };
  AqJob *jobs[] = {
    new_job (lane, 1, 128, 0, 1000),
    new_job (lane, 2, 128, AQ_JOB_SCHEDULED, 1000),
    new_job (lane, 3, 128, 0, 1001),
    new_job (lane, 4, 128, 0, 999),
    new_job (lane, 5, 128, AQ_JOB_PUT_BACK, 5000),
    new_job (lane, 6, 0, 0, 9000),
  };

  for (guint i = 1; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpint (aq_order_compare (aq_queue_order_of (jobs[expected[i - 1] - 1]),
                                       aq_queue_order_of (jobs[expected[i] - 1])), <, 0);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    aq_job_free (jobs[i]);
}

static void
test_heap_against_sorting (void)
{
  g_autoptr(AqLane) lane = aq_lane_new ("", "demo.echo", "()");
  g_autoptr(GPtrArray) out = g_ptr_array_new ();
  gint64 last = G_MININT64;
  AqJobHeap heap = { 0 };
  AqJob *job;

  for (guint i = 0; i < 5000; i++)
    {
      job = new_job (lane, i + 1, 128, 0, g_test_rand_int_range (1, 1000));
      aq_job_heap_insert (&heap, job, aq_queue_order_of (job));
      if (i % 3 == 0)
        g_ptr_array_add (out, job);
    }
  for (guint i = 0; i < out->len; i++)
    {
      aq_job_heap_remove (&heap, g_ptr_array_index (out, i));
      aq_job_free (g_ptr_array_index (out, i));
    }
  while ((job = aq_job_heap_peek (&heap)) != NULL)
    {
      g_assert_cmpint (job->due_usec, >=, last);
      last = job->due_usec;
      aq_job_heap_remove (&heap, job);
      aq_job_free (job);
    }
  aq_job_heap_clear (&heap);
}

static gboolean
accepts (AqAgent    *agent,
         const char *queue,
         const char *function)
{
  g_autoptr(AqLane) lane = aq_lane_new (queue, function, "()");
  g_autofree char *why = aq_agent_explain (agent, lane);

  g_assert_cmpint (why == NULL, ==, aq_agent_accepts (agent, lane));
  return why == NULL;
}

static void
test_agent_accepts (void)
{
  const char * const queues[] = { "mail", "", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(AqAgent) agent = aq_agent_new ("a", 2, "pi.*", queues, &error);
  g_autoptr(AqAgent) all = aq_agent_new ("b", 2, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (accepts (agent, "", "pi.generate_sample"));
  g_assert_true (accepts (agent, "mail", "pi.generate_sample"));
  g_assert_false (accepts (agent, "other", "pi.generate_sample"));
  g_assert_false (accepts (agent, "mail", "demo.echo"));
  g_assert_true (accepts (all, "other", "demo.echo"));
}

static void
test_agent_refused (void)
{
  const char * const bad_queue[] = { "a b", NULL };
  const struct
  {
    const char         *name;
    guint               size;
    const char * const *queues;
    const char         *says;
  } cases[] = {
    { "", 3, NULL, "cannot be the name of an agent" },
    { "a/b", 3, NULL, "cannot be the name of an agent" },
    { "a", 0, NULL, "size 0" },
    { "a", AQ_AGENT_MAX_SIZE + 1, NULL, "size 257" },
    { "a", 3, bad_queue, "queue 'a b'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_null (aq_agent_new (cases[i].name, cases[i].size, NULL, cases[i].queues, &error));
      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
      g_assert_nonnull (g_strstr_len (error->message, -1, cases[i].says));
    }
}

static void
test_names (void)
{
  g_autofree char *long_symbol = g_strnfill (65, 'a');
  g_autofree char *long_name = g_strnfill (129, 'a');

  g_assert_true (aq_name_is_function ("pi.generate_sample"));
  g_assert_true (aq_name_is_function ("_p.f1"));
  g_assert_false (aq_name_is_function ("pi"));
  g_assert_false (aq_name_is_function ("pi."));
  g_assert_false (aq_name_is_function (".f"));
  g_assert_false (aq_name_is_function ("1pi.f"));
  g_assert_false (aq_name_is_function ("pi.f.g"));
  g_assert_false (aq_name_is_function ("pi.f-g"));
  g_assert_false (aq_name_is_symbol (long_symbol));
  g_assert_true (aq_name_is_symbol (long_symbol + 1));
  g_assert_true (aq_name_is_queue (""));
  g_assert_false (aq_name_is_agent (""));
  g_assert_false (aq_name_is_queue (long_name));
  g_assert_true (aq_name_is_queue (long_name + 1));
  g_assert_false (aq_name_is_queue ("a/b"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/job/a completed job takes no event", test_completed_is_never_left);
  g_test_add_func ("/job/the normal path goes through all six states", test_normal_path);
  g_test_add_func ("/queue/order is priority, put back, due time, scheduled, put", test_queue_order);
  g_test_add_func ("/queue/a heap gives what sorting gives, with jobs taken out of the middle", test_heap_against_sorting);
  g_test_add_func ("/agent/an agent accepts by queue and glob", test_agent_accepts);
  g_test_add_func ("/agent/a wrong agent is refused by the setting's name", test_agent_refused);
  g_test_add_func ("/names/only plain names are names", test_names);

  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "world.h"

#include "core/aq-dispatcher.h"

#define NOOP "{'function': <'t.noop'>}"
#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  World         world;
  AqDispatcher *dispatcher;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  world_set_up (&self->world, NULL);
  self->dispatcher = aq_dispatcher_new (self->world.engine, "5b1d5c30-64a5-4a9e-9a35-6d8b0b8a2f11", AQ_DISPATCHER_DEFAULT_POLL_USEC);
  aq_dispatcher_start (self->dispatcher);
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  aq_dispatcher_free (self->dispatcher);
  world_tear_down (&self->world, NULL);
}

static void
advance (Fixture *self,
         gint64   interval_usec)
{
  aq_clock_advance (self->world.clock, interval_usec);
  world_settle (&self->world);
}

/* submits one, and has it claimed */
static Attempt
begin_one (Fixture *self)
{
  Attempt attempt;

  (void) world_submit_one (&self->world, "[" NOOP "]");
  g_assert_true (world_claim (&self->world, &attempt));
  return attempt;
}

static AqPollAgent *
newest (Fixture *self)
{
  AqPollAgent *entry = aq_poll_get_agent (aq_dispatcher_get_newest_poll (self->dispatcher), "", "main");

  g_assert_nonnull (entry);
  return entry;
}

static void
test_key (void)
{
  const gint64 time_usec = START + 211;

  g_assert_cmpuint (aq_poll_key_from_time (time_usec), ==, G_GUINT64_CONSTANT (6420106068108777167));
  g_assert_cmpuint (aq_poll_key_from_time (time_usec + 5 * SECOND), ==, G_GUINT64_CONSTANT (6420106068024891087));
  for (gint64 t = time_usec; t < time_usec + 400 * 86400 * SECOND; t += 86399 * SECOND + 12345)
    g_assert_cmpint (aq_poll_key_to_time (aq_poll_key_from_time (t)), ==, t);
}

static void
test_polls_open_at_ticks (Fixture       *self,
                          gconstpointer  unused)
{
  g_autoptr(GPtrArray) polls = NULL;

  advance (self, 12 * SECOND);
  polls = aq_dispatcher_list_polls (self->dispatcher, &AQ_POLL_RANGE_ALL);
  g_assert_cmpuint (polls->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (((AqPoll *) polls->pdata[i])->time_usec, ==, START + (10 - 5 * (gint64) i) * SECOND);
}

static void
test_new_and_active_jobs (Fixture       *self,
                          gconstpointer  unused)
{
  Attempt attempt = begin_one (self);
  g_autoptr(GArray) active = NULL;
  g_autoptr(GArray) others = NULL;

  world_start (&self->world, attempt);
  g_assert_cmpuint (newest (self)->new_jobs->len, ==, 1);
  g_assert_cmpuint (newest (self)->len, ==, 0);
  g_assert_cmpuint (newest (self)->size, ==, 3);
  advance (self, 5 * SECOND);
  g_assert_cmpuint (newest (self)->new_jobs->len, ==, 0);
  g_assert_cmpuint (newest (self)->len, ==, 1);
  g_assert_cmpuint (g_array_index (newest (self)->active_jobs, guint64, 0), ==, attempt.id);

  active = aq_dispatcher_list_active (self->dispatcher, NULL, "main");
  others = aq_dispatcher_list_active (self->dispatcher, "mail", NULL);
  g_assert_cmpuint (active->len, ==, 1);
  g_assert_cmpuint (others->len, ==, 0);
  world_succeed (&self->world, attempt, "()");
  advance (self, 5 * SECOND);
  g_assert_cmpuint (newest (self)->len, ==, 0);
}

static void
test_job_record (Fixture       *self,
                 gconstpointer  unused)
{
  const AqPoll *poll = aq_dispatcher_get_newest_poll (self->dispatcher);
  g_autoptr(AqDispatcherJob) running = NULL;
  g_autoptr(AqDispatcherJob) done = NULL;
  Attempt attempt;

  (void) world_submit_one (&self->world, "[{'function': <'t.scale'>, 'arguments': <(7, 6)>}]");
  g_assert_true (world_claim (&self->world, &attempt));
  world_start (&self->world, attempt);
  running = aq_dispatcher_dup_job (self->dispatcher, attempt.id);
  g_assert_cmpstr (running->call, ==, "t.scale(7, 6)");
  g_assert_cmpstr (running->agent, ==, "main");
  g_assert_cmpuint (running->poll_key, ==, poll->key);
  g_assert_cmpuint (running->worker, ==, 4711);
  g_assert_cmpint (running->completed_usec, ==, 0);
  g_assert_null (running->result);

  world_succeed (&self->world, attempt, "42");
  done = aq_dispatcher_dup_job (self->dispatcher, attempt.id);
  g_assert_cmpint (done->completed_usec, ==, START);
  g_assert_cmpstr (done->result, ==, "42");
  g_assert_false (done->failed);
  g_assert_null (aq_dispatcher_dup_job (self->dispatcher, 99));
}

static void
test_job_without_value (Fixture       *self,
                        gconstpointer  unused)
{
  Attempt attempt = begin_one (self);
  g_autoptr(AqDispatcherJob) job = NULL;

  world_succeed (&self->world, attempt, "()");
  job = aq_dispatcher_dup_job (self->dispatcher, attempt.id);
  g_assert_cmpstr (job->result, ==, "None");
}

static void
test_statistics (Fixture       *self,
                 gconstpointer  unused)
{
  AqPollRange range = AQ_POLL_RANGE_ALL;
  AqDispatcherStatistics s;
  Attempt attempt;
  guint64 quick;
  guint64 slow;

  attempt = begin_one (self);
  quick = attempt.id;
  world_start (&self->world, attempt);
  world_succeed (&self->world, attempt, "()");
  advance (self, 5 * SECOND);
  attempt = begin_one (self);
  slow = attempt.id;
  world_start (&self->world, attempt);
  aq_dispatcher_get_statistics (self->dispatcher, &range, &s);
  g_assert_cmpuint (s.n_started, ==, 2);
  g_assert_cmpuint (s.n_successful, ==, 1);
  g_assert_cmpuint (s.longest_active, ==, slow);

  advance (self, 3 * SECOND);
  world_fail (&self->world, attempt);
  aq_dispatcher_get_statistics (self->dispatcher, &range, &s);
  g_assert_cmpuint (s.n_failed, ==, 1);
  g_assert_cmpuint (s.longest_failed, ==, slow);
  g_assert_cmpuint (s.shortest_successful, ==, quick);
  g_assert_cmpuint (s.longest_active, ==, 0);
  /* the newest first: behaviour Z130 */
  g_assert_cmpint (s.start_usec, ==, START + 5 * SECOND);
  g_assert_cmpint (s.end_usec, ==, START);

  range.agent = "other";
  aq_dispatcher_get_statistics (self->dispatcher, &range, &s);
  g_assert_cmpuint (s.n_started, ==, 0);
}

static void
test_rings_are_bounded (Fixture       *self,
                        gconstpointer  unused)
{
  AqDispatcherStatistics s;
  g_autoptr(GPtrArray) polls = NULL;

  for (guint i = 0; i < 250; i++)
    world_succeed (&self->world, begin_one (self), "()");
  aq_dispatcher_get_statistics (self->dispatcher, &AQ_POLL_RANGE_ALL, &s);
  g_assert_cmpuint (s.n_started, ==, 250);
  g_assert_cmpuint (s.n_successful, ==, 200);
  g_assert_cmpuint (s.n_unknown, ==, 50);

  advance (self, 3000 * SECOND);
  polls = aq_dispatcher_list_polls (self->dispatcher, &AQ_POLL_RANGE_ALL);
  g_assert_cmpuint (polls->len, ==, AQ_DISPATCHER_N_POLLS);
}

static void
test_many_new_jobs (Fixture       *self,
                    gconstpointer  unused)
{
  AqDispatcherStatistics s;

  for (guint i = 0; i < 1200; i++)
    (void) begin_one (self);
  g_assert_cmpuint (newest (self)->new_jobs->len, ==, AQ_POLL_MAX_NEW_JOBS);
  g_assert_cmpuint (newest (self)->n_new_jobs, ==, 1200);
  aq_dispatcher_get_statistics (self->dispatcher, &AQ_POLL_RANGE_ALL, &s);
  g_assert_cmpuint (s.n_started, ==, 1200);
}

static void
test_released_counts_once (Fixture       *self,
                           gconstpointer  unused)
{
  Attempt attempt = begin_one (self);

  g_assert_true (aq_engine_release_job (self->world.engine, attempt.id, attempt.lease, NULL));
  g_assert_cmpuint (newest (self)->n_new_jobs, ==, 0);
  g_assert_true (world_claim (&self->world, &attempt));
  g_assert_cmpuint (newest (self)->n_new_jobs, ==, 1);
}

static guint
count_range (Fixture *self,
             guint64  at_key,
             guint64  before_key,
             guint64  since_key)
{
  AqPollRange range = { at_key, before_key, since_key };
  g_autoptr(GPtrArray) polls = aq_dispatcher_list_polls (self->dispatcher, &range);

  return polls->len;
}

static void
test_ranges (Fixture       *self,
             gconstpointer  unused)
{
  g_autoptr(GPtrArray) polls = NULL;
  guint64 keys[5];

  advance (self, 20 * SECOND);
  polls = aq_dispatcher_list_polls (self->dispatcher, &AQ_POLL_RANGE_ALL);
  g_assert_cmpuint (polls->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    keys[i] = ((AqPoll *) polls->pdata[i])->key;

  g_assert_cmpuint (count_range (self, keys[1], 0, G_MAXUINT64), ==, 4);
  g_assert_cmpuint (count_range (self, 0, keys[1], G_MAXUINT64), ==, 3);
  g_assert_cmpuint (count_range (self, 0, 0, keys[2]), ==, 3);
  g_assert_cmpuint (count_range (self, keys[1], 0, keys[2]), ==, 2);
  g_assert_cmpuint (count_range (self, 0, 0, keys[0] - 1), ==, 0);
}

static void
test_status (Fixture       *self,
             gconstpointer  unused)
{
  g_assert_cmpint (aq_dispatcher_get_status (self->dispatcher), ==, AQ_DISPATCHER_RUNNING);
  aq_dispatcher_stop (self->dispatcher);
  g_assert_cmpint (aq_dispatcher_get_status (self->dispatcher), ==, AQ_DISPATCHER_STOPPED);
  g_assert_cmpint (aq_dispatcher_get_activated (self->dispatcher), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/dispatcher/a poll's key is that of the originals, and has its time", test_key);
#define ADD(name, func) g_test_add ("/dispatcher/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("a poll opens at each tick", test_polls_open_at_ticks);
  ADD ("new jobs grow while a poll is open, active ones are as of its opening", test_new_and_active_jobs);
  ADD ("a job's record follows it", test_job_record);
  ADD ("a job without a value has the result None", test_job_without_value);
  ADD ("statistics count by poll, and name the extremes", test_statistics);
  ADD ("the rings hold 400 polls and 200 jobs", test_rings_are_bounded);
  ADD ("a poll names 1,000 new jobs and counts the rest", test_many_new_jobs);
  ADD ("a job that is given back counts once", test_released_counts_once);
  ADD ("at, before and since pick polls", test_ranges);
  ADD ("a stopped dispatcher says so", test_status);
#undef ADD

  return g_test_run ();
}

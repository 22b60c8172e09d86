/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Statistics: depth, age, what happened lately, run times
 */

#include "config.h"

#include "world.h"

#include "core/aq-engine-changes.h"
#include "core/aq-engine-queues.h"
#include "core/aq-engine-why.h"
#include "core/aq-queue-counts.h"
#include "core/aq-run-times.h"

#define SECOND G_GINT64_CONSTANT (1000000)

static const AqActor tester = { 1000, ":1.7" };

static void
on_read (GVariant     *value,
         const GError *error,
         gpointer      user_data)
{
  GVariant **out_value = user_data;

  g_assert_no_error (error);
  *out_value = g_variant_ref (value);
}

static void
on_done (const GError *error,
         gpointer      user_data)
{
  g_assert_no_error (error);
}

/* what is told of a queue under @key, as text; "none" of one that is not told of */
static char *
show_queue (World      *world,
            const char *queue,
            const char *key)
{
  g_autoptr(GVariant) statistics = NULL;
  g_autoptr(GVariant) queues = NULL;

  aq_engine_read_statistics (world->engine, on_read, &statistics);
  world_settle (world);
  queues = g_variant_lookup_value (statistics, "queues", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (queues); i++)
    {
      g_autoptr(GVariant) told = g_variant_get_child_value (queues, i);
      g_autoptr(GVariant) value = g_variant_lookup_value (told, key, NULL);
      const char *name;

      g_assert_true (g_variant_lookup (told, "name", "&s", &name));
      if (g_str_equal (name, queue))
        return g_variant_print (value, FALSE);
    }
  return g_strdup ("none");
}

static void
assert_queue (World      *world,
              const char *queue,
              const char *key,
              const char *expected)
{
  g_autofree char *text = show_queue (world, queue, key);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_depth (World      *world,
              const char *queue,
              guint       n_pending,
              guint       n_running,
              guint       n_completed)
{
  g_autofree char *expected =
    g_strdup_printf ("{'new': 0, 'pending': %u, 'assigned': 0, 'active': %u, 'callbacks': 0, 'completed': %u}", n_pending,
                     n_running, n_completed);

  assert_queue (world, queue, "jobs", expected);
}

static void
test_depth (World         *world,
            gconstpointer  unused)
{
  g_autoptr(GVariant) changes = g_variant_ref_sink (g_variant_new_parsed ("{'queue': <'mail'>}"));
  guint64 first = world_submit_one (world, "[{'function': <'t.noop'>}]");
  guint64 second = world_submit_one (world, "[{'function': <'t.noop'>}]");
  Attempt attempt;

  assert_depth (world, "", 2, 0, 0);
  aq_engine_change_job (world->engine, &tester, second, changes, on_done, NULL);
  world_settle (world);
  assert_depth (world, "", 1, 0, 0);
  assert_depth (world, "mail", 1, 0, 0);
  attempt = world_claim_job (world, first);
  world_start (world, attempt);
  assert_depth (world, "", 0, 1, 0);
  world_succeed (world, attempt, "()");
  assert_depth (world, "", 0, 0, 1);
  assert_queue (world, "mail", "put", "[0, 0, 0]");
  assert_queue (world, "", "put", "[2, 2, 2]");
  assert_queue (world, "", "started", "[1, 1, 1]");
  assert_queue (world, "", "ended", "[1, 1, 1]");
  assert_queue (world, "", "failed", "[0, 0, 0]");
}

static void
test_window (World         *world,
             gconstpointer  unused)
{
  guint64 id = world_submit_one (world, "[{'function': <'t.noop'>}]");

  g_assert_no_error (world_cancel (world, id));
  assert_queue (world, "", "failed", "[1, 1, 1]");
  aq_clock_advance (world->clock, 60 * SECOND);
  assert_queue (world, "", "failed", "[0, 1, 1]");
  aq_clock_advance (world->clock, 240 * SECOND);
  assert_queue (world, "", "failed", "[0, 0, 1]");
  aq_clock_advance (world->clock, 600 * SECOND);
  assert_queue (world, "", "failed", "[0, 0, 0]");
}

static void
test_oldest (World         *world,
             gconstpointer  unused)
{
  (void) world_submit_one (world, "[{'function': <'t.noop'>, 'delay': <int64 30000000>}]");
  assert_queue (world, "", "oldest", "0");
  (void) world_submit_one (world, "[{'function': <'t.noop'>, 'priority': <byte 200>}]");
  aq_clock_advance (world->clock, 10 * SECOND);
  (void) world_submit_one (world, "[{'function': <'t.noop'>, 'priority': <byte 1>}]");
  (void) world_submit_one (world, "[{'function': <'t.echo'>, 'arguments': <(1,)>}]");
  assert_queue (world, "", "oldest", "2");
  assert_queue (world, "", "oldest-age", "10000000");
  g_assert_no_error (world_cancel (world, 2));
  assert_queue (world, "", "oldest-age", "0");
  aq_clock_advance (world->clock, 25 * SECOND);
  assert_queue (world, "", "oldest-age", "25000000");
}

static void
test_quantiles (void)
{
  g_autoptr(AqRunTimes) times = aq_run_times_new ();
  g_autoptr(GArray) list = NULL;
  GRefString *function = g_ref_string_new_intern ("t.work");
  const AqRunTime *time;
  gint64 mean_usec;

  g_assert_false (aq_run_times_get_mean (times, "t.work", &mean_usec));
  for (guint i = 1; i <= 1000; i++)
    aq_run_times_add (times, function, 1000 * i, i > 990);
  list = aq_run_times_list (times);
  g_assert_cmpuint (list->len, ==, 1);
  time = &g_array_index (list, AqRunTime, 0);
  g_assert_cmpstr (time->function, ==, "t.work");
  g_assert_cmpuint (time->n_runs, ==, 1000);
  g_assert_cmpuint (time->n_failed, ==, 10);
  g_assert_cmpint (time->mean_usec, ==, 500500);
  g_assert_cmpint (time->max_usec, ==, 1000000);
  g_assert_cmpint (ABS (time->p50_usec - 500000), <=, 500000 / 16);
  g_assert_cmpint (ABS (time->p90_usec - 900000), <=, 900000 / 16);
  g_assert_cmpint (ABS (time->p99_usec - 990000), <=, 990000 / 16);
  g_assert_true (aq_run_times_get_mean (times, "t.work", &mean_usec));
  g_assert_cmpint (mean_usec, ==, 500500);
  g_assert_false (aq_run_times_get_mean (times, "t.never", &mean_usec));
  g_ref_string_release (function);
}

static void
test_extremes (void)
{
  static const gint64 extremes[] = { G_MININT64, 0, 1, 7, 8, G_MAXINT64 };

  for (guint i = 0; i < G_N_ELEMENTS (extremes); i++)
    {
      g_autoptr(AqRunTimes) times = aq_run_times_new ();
      g_autoptr(GArray) list = NULL;
      GRefString *function = g_ref_string_new_intern ("t.work");

      aq_run_times_add (times, function, extremes[i], FALSE);
      list = aq_run_times_list (times);
      g_assert_cmpint (g_array_index (list, AqRunTime, 0).max_usec, ==, MAX (extremes[i], 0));
      g_assert_cmpint (g_array_index (list, AqRunTime, 0).p50_usec, <=, MAX (extremes[i], 0));
      g_ref_string_release (function);
    }
}

static void
test_many_functions (void)
{
  g_autoptr(AqRunTimes) times = aq_run_times_new ();
  g_autoptr(GArray) list = NULL;

  for (guint i = 0; i < AQ_MAX_RUN_TIMES + 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("t.f%u", i);
      GRefString *function = g_ref_string_new_intern (name);

      aq_run_times_add (times, function, i, FALSE);
      aq_run_times_add (times, function, i, FALSE);
      g_ref_string_release (function);
    }
  list = aq_run_times_list (times);
  g_assert_cmpuint (list->len, ==, AQ_MAX_RUN_TIMES + 1);
  g_assert_cmpstr (g_array_index (list, AqRunTime, 0).function, ==, "");
  g_assert_cmpuint (g_array_index (list, AqRunTime, 0).n_runs, ==, 200);
}

static void
test_flow (void)
{
  g_autoptr(AqQueueCounts) counts = aq_queue_counts_new ("mail", TRUE);
  g_autoptr(AqQueueCounts) plain = aq_queue_counts_new ("more", FALSE);

  for (guint second = 0; second < 3600; second++)
    aq_queue_counts_edit (counts, second * SECOND)->n_put++;
  g_assert_cmpuint (aq_queue_counts_get_flow (counts, 3599 * SECOND, 60 * SECOND).n_put, ==, 60);
  g_assert_cmpuint (aq_queue_counts_get_flow (counts, 3599 * SECOND, 900 * SECOND).n_put, ==, 900);
  g_assert_cmpuint (aq_queue_counts_get_flow (counts, 9999 * SECOND, 900 * SECOND).n_put, ==, 0);
  g_assert_null (aq_queue_counts_edit (plain, 0));
  g_assert_cmpuint (aq_queue_counts_get_flow (plain, 0, 60 * SECOND).n_put, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/statistics/" name, World, NULL, world_set_up, func, world_tear_down)
  ADD ("how many there are follows the jobs, also to another queue", test_depth);
  ADD ("what happened is forgotten after its time", test_window);
  ADD ("the oldest has been due for longest, whatever its priority", test_oldest);
#undef ADD
  g_test_add_func ("/statistics/quantiles are a sixteenth off at most", test_quantiles);
  g_test_add_func ("/statistics/no time is too short or too long", test_extremes);
  g_test_add_func ("/statistics/functions beyond a thousand are not told apart", test_many_functions);
  g_test_add_func ("/statistics/what happens is counted in steps", test_flow);
  return g_test_run ();
}

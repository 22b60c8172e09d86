/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * At the core's door: submit, run in a real worker, durable end
 *
 *   bench-core WORKER PLUGIN [--without-images | --memory]
 *
 * The client is in this process and talks to the engine; the journal, the
 * workers and the plugin are those of the daemon. A job counts when its end is
 * flushed and told.
 */

#include "config.h"

#include "core/aq-engine.h"
#include "store/aq-embedded-store.h"
#include "store/aq-memory-store.h"
#include "work/aq-work.h"

#include "bench-table.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define BULKS_IN_FLIGHT 4
#define N_WORKERS_IN_MEMORY 2

typedef struct
{
  AqEngine  *engine;
  GMainLoop *loop;
  guint      n_at_once;  /* drafts in one submit */
  guint      n_credits;  /* ended jobs that are not replaced yet */
  guint64    n_done;
  double     until;
} Door;

static void
on_submitted (const guint64 *ids,
              guint          n_ids,
              const GError  *error,
              gpointer       user_data)
{
  if (error != NULL)
    bench_fail ("could not submit: %s", error->message);
}

static void
submit (Door *self)
{
  static const AqActor actor = { .uid = 0, .sender = "" };
  AqDraft drafts[1000];

  g_assert (self->n_at_once <= G_N_ELEMENTS (drafts));
  for (guint i = 0; i < self->n_at_once; i++)
    drafts[i] = (AqDraft) {
      .kind = AQ_JOB_CALL,
      .priority = AQ_PRIORITY_DEFAULT,
      .queue = "",
      .function = "demo.noop",
      .arguments_type = "()",
      .arguments = "",
      .arguments_size = 1, /* an empty tuple is one zero byte */
      .parent = AQ_DRAFT_NO_PARENT,
    };
  aq_engine_submit (self->engine, &actor, drafts, self->n_at_once, on_submitted, self);
}

/* each submit that has ended as a whole makes room for another one */
static void
on_changed (const AqJobChange *changes,
            guint              n_changes,
            gpointer           user_data)
{
  Door *self = user_data;

  for (guint i = 0; i < n_changes; i++)
    if (changes[i].state == ASYNCQ_JOB_STATE_COMPLETED)
      {
        g_assert_cmpint (changes[i].outcome, ==, ASYNCQ_JOB_OUTCOME_SUCCEEDED);
        self->n_credits++;
        self->n_done++;
      }
  if (bench_now () >= self->until)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  while (self->n_credits >= self->n_at_once)
    {
      self->n_credits -= self->n_at_once;
      submit (self);
    }
}

static void
measure (BenchTable *table,
         Door       *door,
         const char *what,
         guint       n_at_once,
         guint       n_submits,
         double      wanted_ratio)
{
  double start;
  double rate;

  bench_table_measure_raw (table);
  start = bench_now ();
  door->n_at_once = n_at_once;
  door->n_credits = 0;
  door->n_done = 0;
  door->until = start + bench_seconds ();
  for (guint i = 0; i < n_submits; i++)
    submit (door);
  g_main_loop_run (door->loop);
  rate = door->n_done / (bench_now () - start);
  bench_table_add_rate (table, what, rate, wanted_ratio);

  /* what is under way ends before the next measure */
  door->until = G_MAXDOUBLE;
  door->n_at_once = G_MAXUINT;
  while (door->n_credits < n_submits * n_at_once)
    g_main_context_iteration (NULL, TRUE);
}

static void
on_started (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  GAsyncResult **out_result = user_data;

  *out_result = g_object_ref (result);
}

static AqWork *
start_work (AqEngine   *engine,
            BenchTable *table,
            const char *worker,
            const char *plugin)
{
  g_autofree char *folder = g_build_filename (table->folder, "plugins", NULL);
  g_autofree char *copy = g_build_filename (folder, "demo.so", NULL);
  const char *folders[] = { folder, NULL };
  AqWorkSettings settings = { .worker_program = worker, .plugin_directories = folders,
                              .stop_timeout_usec = AQ_WORK_DEFAULT_STOP_TIMEOUT_USEC,
                              .kill_timeout_usec = AQ_WORK_DEFAULT_KILL_TIMEOUT_USEC };
  g_autoptr(GFile) from = g_file_new_for_path (plugin);
  g_autoptr(GFile) to = g_file_new_for_path (copy);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  AqWork *work;

  (void) g_mkdir (folder, 0755); /* the copy fails where this did */
  if (!g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, &error))
    bench_fail ("%s", error->message);
  work = aq_work_new (engine, &settings);
  aq_work_start_async (work, NULL, on_started, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (!aq_work_start_finish (work, result, &error))
    bench_fail ("%s", error->message);
  return work;
}

static void
on_held (const AqStoreHold *hold,
         const GError      *error,
         gpointer           user_data)
{
  if (error != NULL)
    bench_fail ("%s", error->message);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(AqClock) clock = aq_clock_new_system ();
  g_autoptr(AqStore) store = NULL;
  g_autoptr(AqEngine) engine = NULL;
  g_autoptr(AqWork) work = NULL;
  g_autoptr(AqAgent) agent = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  gboolean in_memory = argc == 4 && strcmp (argv[3], "--memory") == 0;
  BenchTable table;
  Door door = { .loop = loop };

  if (argc < 3 || argc > 4 || (argc == 4 && !in_memory && strcmp (argv[3], "--without-images") != 0))
    bench_fail ("usage: bench-core WORKER PLUGIN [--without-images | --memory]");
  bench_table_init (&table, "At the core's door: submit, run, durable end; jobs of demo.noop");
  path = g_build_filename (table.folder, "store", NULL);
  store = in_memory ? aq_memory_store_new (clock) : aq_embedded_store_new (path, clock);
  engine = aq_engine_new (store, clock);
  agent = aq_agent_new (AQ_AGENT_DEFAULT_NAME, in_memory ? N_WORKERS_IN_MEMORY : AQ_AGENT_DEFAULT_SIZE, "", NULL,
                        &error);
  if (agent == NULL || !aq_store_open (store, &error) ||
      !aq_engine_configure_agent (engine, agent, &error) || !aq_engine_start (engine, &error))
    bench_fail ("%s", error->message);
  /* no image is written while the store is held */
  if (argc == 4 && !in_memory)
    aq_store_hold (store, on_held, NULL);
  door.engine = engine;
  work = start_work (engine, &table, argv[1], argv[2]);
  (void) aq_engine_add_changed (engine, on_changed, &door); /* for as long as the engine lives */

  measure (&table, &door, "one at a time", 1, 1, 0.2);
  measure (&table, &door, "256 in flight", 1, 256, 10);
  measure (&table, &door, "bulks of 1,000, 4 in flight", 1000, BULKS_IN_FLIGHT, 25);

  aq_work_stop (work);
  aq_engine_stop (engine);
  if (!aq_store_close (store, &error))
    bench_fail ("%s", error->message);
  return bench_table_finish (&table);
}

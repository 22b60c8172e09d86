/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Reading history
 *
 * Changes a second through aq_store_read_history(), from a journal in which half
 * of the jobs were put one a transaction and the other half in bulks of 1,000.
 */

#include "config.h"

#include "bench-table.h"

#include "core/aq-rules.h"
#include "store/aq-embedded-store.h"
#include "store/aq-memory-store.h"

#define N_JOBS 500000
#define JOBS_A_BULK 1000
#define TRANSACTIONS_A_TURN 256
#define N_JOBS_IN_MEMORY 50000 /* of each half: all of them are remembered */

typedef struct
{
  AqStore  *store;
  guint     max_changes;
  gboolean  done;
  guint64   n_changes;
  GArray   *latencies;  /* of gint64 */
  gint64    asked_usec;
} Reading;

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  if (error != NULL)
    bench_fail ("%s", error->message);
}

static void
flush (AqStore *store)
{
  while (aq_gate_get_flushed (aq_store_get_gate (store)) < aq_store_get_sequence (store))
    g_main_context_iteration (NULL, TRUE);
}

static void
put (AqStore *store,
     guint    n_jobs,
     guint    jobs_a_transaction)
{
  static const char arguments[100] = "a hundred bytes";
  AqDraft drafts[JOBS_A_BULK];
  guint64 ids[JOBS_A_BULK];
  AqPutEvent event = { .drafts = drafts, .n_drafts = jobs_a_transaction, .out_ids = ids };

  for (guint i = 0; i < jobs_a_transaction; i++)
    drafts[i] = (AqDraft) {
      .kind = AQ_JOB_CALL,
      .priority = AQ_PRIORITY_DEFAULT,
      .queue = "",
      .function = "test.echo",
      .arguments_type = "(ay)",
      .arguments = arguments,
      .arguments_size = sizeof arguments,
      .parent = AQ_DRAFT_NO_PARENT,
    };
  for (guint i = 0; i < n_jobs / jobs_a_transaction; i++)
    {
      aq_store_apply (store, NULL, aq_rule_put, &event, on_applied, NULL);
      if (i % TRANSACTIONS_A_TURN == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  flush (store);
}

static void ask (Reading *self,
                 guint64  after);

static void
on_history (const AqJobChange *changes,
            guint              n_changes,
            const GError      *error,
            gpointer           user_data)
{
  Reading *self = user_data;
  gint64 usec = g_get_monotonic_time () - self->asked_usec;

  if (error != NULL)
    bench_fail ("%s", error->message);
  g_array_append_val (self->latencies, usec);
  self->n_changes += n_changes;
  self->done = n_changes == 0;
  if (!self->done)
    ask (self, changes[n_changes - 1].sequence);
}

static void
ask (Reading *self,
     guint64  after)
{
  self->asked_usec = g_get_monotonic_time ();
  aq_store_read_history (self->store, after, self->max_changes, on_history, self);
}

static void
measure (BenchTable *table,
         AqStore    *store,
         const char *what,
         guint       max_changes,
         guint64     n_expected)
{
  Reading reading = {
    .store = store,
    .max_changes = max_changes,
    .latencies = g_array_new (FALSE, FALSE, sizeof (gint64)),
  };
  g_autofree char *line = g_strdup_printf ("%s, %u an answer", what, max_changes);
  double start = bench_now ();

  ask (&reading, 0);
  while (!reading.done)
    g_main_context_iteration (NULL, TRUE);
  if (reading.n_changes != n_expected)
    bench_fail ("%" G_GUINT64_FORMAT " changes came, not %" G_GUINT64_FORMAT, reading.n_changes,
                n_expected);
  bench_table_add_rate (table, line, reading.n_changes / (bench_now () - start), 0);
  bench_table_add_latency (table, "  an answer", reading.latencies);
  g_array_unref (reading.latencies);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(AqClock) clock = aq_clock_new_system ();
  g_autoptr(AqStore) memory = aq_memory_store_new (clock);
  g_autoptr(AqStore) embedded = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  BenchTable table;

  bench_table_init (&table, "Reading history: changes of jobs with 100 bytes of arguments");
  path = g_build_filename (table.folder, "store", NULL);
  embedded = aq_embedded_store_new (path, clock);
  if (!aq_store_open (memory, &error) || !aq_store_open (embedded, &error))
    bench_fail ("%s", error->message);
  put (embedded, N_JOBS, 1);
  put (embedded, N_JOBS, JOBS_A_BULK);
  measure (&table, embedded, "embedded, first time", 1000, 2 * N_JOBS);
  measure (&table, embedded, "embedded", 1, 2 * N_JOBS);
  measure (&table, embedded, "embedded", 100, 2 * N_JOBS);
  measure (&table, embedded, "embedded", 1000, 2 * N_JOBS);
  measure (&table, embedded, "embedded", 10000, 2 * N_JOBS);
  put (memory, N_JOBS_IN_MEMORY, 1);
  put (memory, N_JOBS_IN_MEMORY, JOBS_A_BULK);
  measure (&table, memory, "memory", 1000, 2 * N_JOBS_IN_MEMORY);

  if (!aq_store_close (memory, &error) || !aq_store_close (embedded, &error))
    bench_fail ("%s", error->message);
  return bench_table_finish (&table);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Memory a job, and what a long queue costs
 *
 * Tables alone, without a journal: bytes resident for each queued job with 100
 * bytes of arguments and for each completed one that is away; and how many jobs a
 * second are claimed and finished in a short and in a long queue.
 *
 *   bench-memory [JOBS]
 */

#include "config.h"

#include "core/aq-rules.h"
#include "core/aq-transaction.h"
#include "store/aq-tables.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_JOBS 1000000
#define SHORT_QUEUE 1000
#define ARGUMENTS_BYTES 100
#define PIECE 1000
#define N_ROUNDS 20
#define ROUND_JOBS 100000

typedef struct
{
  AqClock         *clock;
  AqTables        *tables;
  AqFunctionTable *functions;
  AqAgent         *agent;
  AqResult        *result;
  char             arguments[ARGUMENTS_BYTES];
  guint64          sequence;
} Bench;

static void
bench_init (Bench *self)
{
  g_autoptr(GPtrArray) functions = g_ptr_array_new ();

  *self = (Bench) { .clock = aq_clock_new_manual (1155225842000211) };
  self->tables = aq_tables_new (self->clock);
  self->functions = aq_function_table_new ();
  g_ptr_array_add (functions, aq_function_new ("bench", "echo", "text s", "s", "", NULL));
  aq_function_table_set_plugin (self->functions, "bench", g_steal_pointer (&functions));
  self->agent = aq_agent_new ("main", 3, NULL, NULL, NULL);
  self->result = aq_result_new_variant (g_variant_new_string ("done"));
  memset (self->arguments, 'x', sizeof self->arguments - 2);
}

static void
bench_clear (Bench *self)
{
  aq_result_unref (self->result);
  aq_agent_unref (self->agent);
  aq_function_table_free (self->functions);
  aq_tables_free (self->tables);
  aq_clock_unref (self->clock);
}

static gint64
resident_bytes (void)
{
  g_autofree char *text = NULL;
  char **words;
  gint64 pages;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  words = g_strsplit (text, " ", -1);
  pages = g_ascii_strtoll (words[1], NULL, 10);
  g_strfreev (words);
  return pages * sysconf (_SC_PAGESIZE);
}

static void
apply (Bench    *self,
       AqRule    rule,
       gpointer  event)
{
  gboolean ok = rule (aq_tables_begin (self->tables, NULL), event, NULL);

  g_assert_true (ok);
  if (aq_tables_end (self->tables, self->sequence + 1) != NULL)
    self->sequence++;
  aq_tables_forget_changes (self->tables);
}

static void
put (Bench *self,
     guint  n)
{
  AqDraft drafts[PIECE];
  guint64 ids[PIECE];
  AqPutEvent event = { .drafts = drafts, .n_drafts = n, .out_ids = ids };

  for (guint i = 0; i < n; i++)
    drafts[i] = (AqDraft) {
      .priority = AQ_PRIORITY_DEFAULT,
      .queue = "",
      .function = "bench.echo",
      .arguments_type = "(s)",
      .arguments = self->arguments,
      .arguments_size = sizeof self->arguments,
      .parent = AQ_DRAFT_NO_PARENT,
    };
  apply (self, aq_rule_put, &event);
}

static guint
run (Bench *self,
     guint  n)
{
  g_autoptr(GPtrArray) jobs = g_ptr_array_new ();
  AqClaimEvent event = { self->agent, n, self->functions, jobs, 0 };

  apply (self, aq_rule_claim, &event);
  for (guint i = 0; i < jobs->len; i++)
    {
      const AqJob *job = g_ptr_array_index (jobs, i);
      AqFinishEvent end = {
        .id = job->id,
        .lease = job->lease,
        .started_usec = 1155225842000211,
        .ended_usec = 1155225842000211,
        .worker = 1,
        .result = self->result,
        .returned = AQ_DRAFT_NO_PARENT,
      };

      apply (self, aq_rule_finish, &end);
    }
  return jobs->len;
}

/* as fast as possible, with as many jobs put as were run. Returns: jobs a second */
static double
measure_rate (Bench *self,
              guint  n_jobs)
{
  gint64 start_usec = g_get_monotonic_time ();
  guint n = 0;

  while (n < n_jobs)
    {
      put (self, 10);
      n += run (self, 10);
      aq_tables_evict (self->tables, self->sequence, 20);
    }
  return n / ((g_get_monotonic_time () - start_usec) / 1e6);
}

/* Bytes resident for each of @n_jobs jobs that are put into @self. */
static void
measure_queued (Bench *self,
                guint  n_jobs)
{
  gint64 before = resident_bytes ();

  for (guint i = 0; i < n_jobs; i += PIECE)
    put (self, PIECE);
  printf ("%u queued jobs with %d bytes of arguments: %.1f bytes resident each (counted: %.1f)\n", n_jobs,
          ARGUMENTS_BYTES, (double) (resident_bytes () - before) / n_jobs,
          (double) aq_tables_get_live_bytes (self->tables) / n_jobs);
}

/* In turns, and the best of each, so that what else the machine does slows both. */
static void
measure_rates (Bench *short_queue,
               Bench *long_queue,
               guint  n_jobs)
{
  double short_rate = 0;
  double long_rate = 0;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      double rate = measure_rate (short_queue, ROUND_JOBS);

      short_rate = MAX (short_rate, rate);
      rate = measure_rate (long_queue, ROUND_JOBS);
      long_rate = MAX (long_rate, rate);
    }
  printf ("claimed and finished: %.0f jobs/s with %d queued, %.0f with %u: %.0f %%\n", short_rate, SHORT_QUEUE, long_rate,
          n_jobs, 100 * long_rate / short_rate);
}

static void
measure_away (Bench *self,
              guint  n_jobs)
{
  gint64 before;
  guint n_away = 0;

  put (self, PIECE);
  run (self, PIECE);
  while (aq_tables_evict (self->tables, self->sequence, PIECE) > 0)
    ;
  before = resident_bytes ();
  for (; n_away < n_jobs; n_away += PIECE)
    {
      put (self, PIECE);
      run (self, PIECE);
      while (aq_tables_evict (self->tables, self->sequence, PIECE) > 0)
        ;
    }
  printf ("%u completed jobs that are away: %.1f bytes resident each\n", n_away,
          (double) (resident_bytes () - before) / n_away);
}

int
main (int   argc,
      char *argv[])
{
  guint n_jobs = argc > 1 ? strtoul (argv[1], NULL, 10) : DEFAULT_JOBS;
  Bench short_queue;
  Bench long_queue;
  Bench away;

  bench_init (&short_queue);
  put (&short_queue, SHORT_QUEUE);
  measure_rate (&short_queue, ROUND_JOBS);
  bench_init (&long_queue);
  measure_queued (&long_queue, n_jobs);
  measure_rates (&short_queue, &long_queue, n_jobs);
  bench_clear (&short_queue);
  bench_clear (&long_queue);

  /* what is free must not be used again unseen */
  malloc_trim (0);
  bench_init (&away);
  measure_away (&away, n_jobs);
  bench_clear (&away);
  return 0;
}

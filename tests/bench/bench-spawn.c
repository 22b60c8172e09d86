/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How long it takes until a worker is ready
 *
 * From the spawn to READY, one worker after the other, as a slot starts them:
 *
 *   bench-spawn WORKER [NUMBER]
 *
 * The wanted figure is a median below 5 ms on an idle machine.
 */

#include "config.h"

#include "core/aq-clock.h"
#include "work/aq-worker.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_NUMBER 200
#define WANTED_MSEC 5.0

typedef struct
{
  AqWorker *worker; /* owned */
  gint64    begun_usec;
  gint64    ready_usec;
  gboolean  ended;
} Spawn;

static void
on_ready (AqWorker *worker,
          gpointer  user_data)
{
  static const AqLadderTimes times = { G_USEC_PER_SEC, G_USEC_PER_SEC };
  Spawn *self = user_data;

  self->ready_usec = g_get_monotonic_time ();
  aq_worker_retire (worker, &times);
}

static void
on_handled (AqWorker *worker,
            gpointer  user_data)
{
}

static void
on_ended (AqWorker *worker,
          AqDeath  *death,
          gpointer  user_data)
{
  Spawn *self = user_data;

  if (self->ready_usec == 0)
    {
      g_printerr ("bench-spawn: %s\n", death->how);
      exit (1);
    }
  self->ended = TRUE;
}

/* Returns: milliseconds */
static double
spawn_one (AqClock    *clock,
           const char *program)
{
  static const AqWorkerHooks hooks = { .ready = on_ready, .handled = on_handled, .ended = on_ended };
  g_autoptr(GError) error = NULL;
  Spawn self = { .begun_usec = g_get_monotonic_time () };

  self.worker = aq_worker_new (clock, program, "main", &hooks, &self, &error);
  if (self.worker == NULL)
    {
      g_printerr ("bench-spawn: %s\n", error->message);
      exit (1);
    }
  while (!self.ended)
    g_main_context_iteration (NULL, TRUE);
  aq_worker_unref (self.worker);
  return (double) (self.ready_usec - self.begun_usec) / 1000;
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  const double *first = a;
  const double *second = b;

  return (*first > *second) - (*first < *second);
}

int
main (int    argc,
      char **argv)
{
  guint n_spawns = argc > 2 ? (guint) MAX (atoi (argv[2]), 1) : DEFAULT_NUMBER;
  g_autoptr(AqClock) clock = aq_clock_new_system ();
  g_autofree double *msec = g_new (double, n_spawns);

  if (argc < 2)
    {
      g_printerr ("bench-spawn: the path of asyncq-worker is wanted\n");
      return 2;
    }
  for (guint i = 0; i < n_spawns; i++)
    msec[i] = spawn_one (clock, argv[1]);
  qsort (msec, n_spawns, sizeof *msec, compare);
  printf ("spawn to ready, %u workers: median %.2f ms, p99 %.2f ms, slowest %.2f ms (median wanted: below %.0f ms)\n",
          n_spawns, msec[n_spawns / 2], msec[n_spawns * 99 / 100], msec[n_spawns - 1], WANTED_MSEC);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What one look at running jobs costs
 *
 * 64 processes of two threads each, as workers are, with limits of memory,
 * processor time and processes; and again with a child each.
 *
 * usage: bench-watch [PROCESSES]
 */

#include "config.h"

#include "work/aq-resource-watch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_PROCESSES 64
#define N_LOOKS 400
#define PERIOD_USEC 15000.0

static gpointer
stay (gpointer unused)
{
  for (;;)
    (void) pause ();
  return NULL;
}

/* a pipe tells when it is there */
static pid_t
spawn (gboolean has_child)
{
  int ends[2];
  char word;
  pid_t pid;

  if (pipe (ends) != 0 || (pid = fork ()) < 0)
    {
      g_printerr ("could not start a process\n");
      exit (EXIT_FAILURE);
    }
  if (pid == 0)
    {
      (void) setpgid (0, 0);
      (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (has_child && fork () == 0)
        {
          (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
          stay (NULL);
        }
      g_thread_unref (g_thread_new ("watcher", stay, NULL));
      (void) !write (ends[1], "x", 1);
      stay (NULL);
    }
  (void) !read (ends[0], &word, 1);
  (void) close (ends[0]);
  (void) close (ends[1]);
  return pid;
}

static void
on_exceeded (AqResource resource,
             guint64    used,
             gpointer   user_data)
{
  g_printerr ("a limit is exceeded, which is none of this benchmark\n");
  exit (EXIT_FAILURE);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  return *(const gint64 *) a < *(const gint64 *) b ? -1 : 1;
}

static void
look (AqResourceWatch *watch,
      guint            n_processes,
      const char      *what)
{
  gint64 usecs[N_LOOKS];
  double median;

  for (guint i = 0; i < N_LOOKS; i++)
    {
      gint64 begin = g_get_monotonic_time ();

      aq_resource_watch_look (watch);
      usecs[i] = g_get_monotonic_time () - begin;
    }
  qsort (usecs, N_LOOKS, sizeof usecs[0], compare);
  median = (double) usecs[N_LOOKS / 2];
  g_print ("%-40s %8.0f us at p50, %8" G_GINT64_FORMAT " us at p99; p50: %6.2f us a worker, %5.1f %% of a core\n", what,
           median, usecs[N_LOOKS * 99 / 100], median / n_processes, 100 * median / PERIOD_USEC);
}

static void
measure (guint                   n_processes,
         gboolean                has_child,
         const AqResourceLimits *limits,
         const char             *what)
{
  g_autoptr(AqResourceWatch) watch = aq_resource_watch_new ();
  g_autofree AqResourceWatched *watched = g_new0 (AqResourceWatched, n_processes);
  g_autofree pid_t *pids = g_new0 (pid_t, n_processes);

  for (guint i = 0; i < n_processes; i++)
    {
      pids[i] = spawn (has_child);
      watched[i].tree = aq_process_tree_new (pids[i]);
      watched[i].limits = limits;
      watched[i].exceeded = on_exceeded;
      aq_resource_watch_add (watch, &watched[i]);
    }
  aq_resource_watch_look (watch); /* opens what stays open */
  look (watch, n_processes, what);
  for (guint i = 0; i < n_processes; i++)
    {
      aq_resource_watch_remove (watch, &watched[i]);
      aq_process_tree_free (watched[i].tree);
      (void) kill (-pids[i], SIGKILL);
      (void) waitpid (pids[i], NULL, 0);
    }
}

int
main (int    argc,
      char **argv)
{
  const AqResourceLimits memory = { .memory_bytes = G_GUINT64_CONSTANT (1) << 40 };
  const AqResourceLimits all = { .memory_bytes = G_GUINT64_CONSTANT (1) << 40, .cpu_usec = G_MAXINT64 / 2,
                                 .n_processes = 1000 };
  guint n_processes = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : DEFAULT_PROCESSES;

  g_print ("a look at %u workers, every 15 ms:\n", n_processes);
  measure (n_processes, FALSE, &memory, "memory");
  measure (n_processes, FALSE, &all, "memory, processor time and processes");
  measure (n_processes, TRUE, &all, "... with a child each");
  return EXIT_SUCCESS;
}

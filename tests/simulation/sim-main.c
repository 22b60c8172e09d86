/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Programs of histories
 *
 * One seed is one history. A seed in which something is wrong is printed with the
 * command that repeats it.
 */

#include "config.h"

#include "sim-main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gint64 first_seed = 1;
static int n_seeds = 1000;
static int n_processes = 2;
static gint64 only_seed = -1;
static gboolean verbose;
static gboolean show_counts;

static const GOptionEntry entries[] = {
  { "seed", 's', 0, G_OPTION_ARG_INT64, &only_seed, "Run this history alone", "SEED" },
  { "first", 'f', 0, G_OPTION_ARG_INT64, &first_seed, "The first of the seeds (default 1)", "SEED" },
  { "seeds", 'n', 0, G_OPTION_ARG_INT, &n_seeds, "How many seeds (default 1000)", "COUNT" },
  { "processes", 'p', 0, G_OPTION_ARG_INT, &n_processes, "How many at a time (default 2)", "COUNT" },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "Tell every step", NULL },
  { "counts", 'c', 0, G_OPTION_ARG_NONE, &show_counts, "Tell how often each thing was done", NULL },
  { NULL }
};

/* for whoever finds something wrong, wherever that is */
static guint64 running_seed;
static const char *program;
static const SimHistory *history;

static void
tell_seed (void)
{
  g_autofree char *text = g_strdup_printf ("# seed %" G_GUINT64_FORMAT " fails; it is repeated by: %s --seed=%"
                                           G_GUINT64_FORMAT " --verbose\n", running_seed, program, running_seed);

  (void) !write (STDERR_FILENO, text, strlen (text));
}

void
sim_violation (const char *format,
               ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_printerr ("# violation: %s\n", text);
  tell_seed ();
  _exit (1);
}

/* an assertion of the rules has failed */
static void
on_abort (int number)
{
  tell_seed ();
  signal (number, SIG_DFL);
  raise (number);
}

static guint64
run (guint64 seed)
{
  running_seed = seed;
  return history->run (seed, verbose);
}

/* every n-th seed; each a second time now and then, which must be the same */
static int
run_share (guint share)
{
  guint64 sum = 0;

  for (int i = share; i < n_seeds; i += n_processes)
    {
      guint64 seed = first_seed + i;
      guint64 hash = run (seed);

      if (i % 100 < n_processes && run (seed) != hash)
        sim_violation ("the same seed gives another history");
      sum ^= hash * (seed * 2 + 1);
    }
  g_print ("# process %u: hash of its histories %016" G_GINT64_MODIFIER "x\n", share, sum);
  if (show_counts)
    history->print_counts ();
  return 0;
}

static gboolean
run_all (void)
{
  gboolean good = TRUE;
  int status;

  for (guint share = 0; share < (guint) n_processes; share++)
    {
      pid_t pid = fork ();

      if (pid == 0)
        {
          int result = run_share (share);

          fflush (stdout);
          _exit (result);
        }
      g_assert (pid > 0);
    }
  while (wait (&status) > 0)
    good &= WIFEXITED (status) && WEXITSTATUS (status) == 0;
  return good;
}

int
sim_main (int               argc,
          char            **argv,
          const SimHistory *self)
{
  g_autoptr(GOptionContext) context = g_option_context_new ("- histories by chance");
  g_autoptr(GError) error = NULL;
  gboolean good = TRUE;

  program = argv[0];
  history = self;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  setvbuf (stdout, NULL, _IOLBF, 0);
  signal (SIGABRT, on_abort);
  signal (SIGTRAP, on_abort);
  signal (SIGSEGV, on_abort);
  if (only_seed >= 0)
    {
      guint64 hash = run (only_seed);

      g_print ("# seed %" G_GINT64_FORMAT ": hash of its history %016" G_GINT64_MODIFIER "x\n", only_seed, hash);
      return 0;
    }
  good = run_all ();
  g_print ("%s 1 %d histories from seed %" G_GINT64_FORMAT "\n1..1\n", good ? "ok" : "not ok", n_seeds, first_seed);
  return good ? 0 : 1;
}

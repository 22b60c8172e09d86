/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncq-worker: loads plugins and runs their functions, so that the daemon
 * does neither. One process is one slot of an agent.
 */

#include "config.h"

#include "work/worker/aq-crash.h"
#include "work/worker/aq-crash-report.h"
#include "work/worker/aq-describe.h"
#include "work/worker/aq-leftovers.h"
#include "work/worker/aq-meter.h"
#include "work/worker/aq-parent.h"
#include "work/worker/aq-remove.h"
#include "work/worker/aq-runner.h"
#include "work/worker/aq-trial.h"
#include "work/worker/aq-wire.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct
{
  gboolean describe;
  gboolean run;
  char    *object;
  char    *checkpoint;
  gboolean version;
  int      descriptor;
  int      parent;
  char    *clean;
  char    *sweep;
  char   **files;
} Options;

/* What the daemon had open or blocked is not for plugins. */
static gboolean
shed_inheritance (AqMeter *meter)
{
  gboolean has_report = aq_crash_has_report ();
  sigset_t none;

  for (int number = 1; number < NSIG; number++)
    (void) signal (number, SIG_DFL); /* fails for those that have no other */
  (void) signal (SIGPIPE, SIG_IGN);
  sigemptyset (&none);
  if (sigprocmask (SIG_SETMASK, &none, NULL) < 0 ||
      close_range (has_report ? AQ_CRASH_REPORT_FD + 1 : AQ_WIRE_CHANNEL_FD + 1, ~0U, 0) < 0 ||
      fcntl (AQ_WIRE_CHANNEL_FD, F_SETFD, FD_CLOEXEC) < 0 ||
      (has_report && fcntl (AQ_CRASH_REPORT_FD, F_SETFD, FD_CLOEXEC) < 0))
    return FALSE;
  /* their files in /proc are not ours any more below */
  aq_meter_open (meter);
  if (has_report)
    aq_crash_install (meter->status_fd);
  /* others of our user must not look into users' data, nor into core files of it */
  return prctl (PR_SET_DUMPABLE, 0) == 0;
}

static int
serve (int parent)
{
  AqMeter meter;

  if (!aq_parent_tie (parent))
    return 0;
  if (!shed_inheritance (&meter))
    {
      g_printerr ("asyncq-worker: could not set up the process\n");
      return AQ_WIRE_EXIT_CHANNEL;
    }
  if (!aq_parent_watch ())
    return 0;
  aq_leftovers_init ();
  (void) setvbuf (stdout, NULL, _IOLBF, BUFSIZ); /* else what a function has printed is lost when it crashes */
  aq_runner_run (AQ_WIRE_CHANNEL_FD, &meter);
}

/* Who removes what may be a lot has no hurry. */
static int
clean (const Options *options)
{
  if (options->parent > 0 && !aq_parent_tie (options->parent))
    return 0;
  (void) setpriority (PRIO_PROCESS, 0, 19); /* else it is quicker, at others' cost */
  if (options->clean != NULL)
    return aq_remove_contents (options->clean) ? 0 : EXIT_FAILURE;
  return aq_remove_left_over (options->sweep) ? 0 : EXIT_FAILURE;
}

/* A plugin was loaded: its destructors and exit handlers are not for this process to run. */
G_NORETURN
static void
leave (int status)
{
  (void) fflush (NULL); /* what was to be said is said, or nobody listens */
  _exit (status);
}

static int
run (const Options *options)
{
  if (options->version)
    {
      g_print ("asyncq-worker %s\n", VERSION);
      return 0;
    }
  if (options->describe && options->files != NULL && options->files[0] != NULL &&
      options->files[1] == NULL)
    {
      if (options->parent > 0 && !aq_parent_tie (options->parent))
        return 0;
      leave (options->descriptor >= 0 ? aq_describe_for_daemon (options->descriptor, options->files[0])
                                      : aq_describe_for_people (options->files[0]));
    }
  if (options->clean != NULL || options->sweep != NULL)
    return clean (options);
  if (options->run && !options->describe && options->files != NULL && options->files[0] != NULL)
    leave (aq_trial_run ((const char *const *) options->files, options->object, options->checkpoint));
  if (!options->describe && !options->run && options->parent > 0 && options->files == NULL)
    return serve (options->parent);

  g_printerr ("asyncq-worker: is started by asyncqd; by hand: asyncq-worker --describe FILE, or\n"
              "asyncq-worker --run FILE:FUNCTION [ARG…]\n");
  return AQ_WIRE_EXIT_USAGE;
}

int
main (int    argc,
      char **argv)
{
  Options options = { .descriptor = -1 };
  const GOptionEntry entries[] = {
    { "describe", 0, 0, G_OPTION_ARG_NONE, &options.describe, "Tell what is in a plugin", NULL },
    { "descriptor", 0, 0, G_OPTION_ARG_INT, &options.descriptor,
      "Describe the file behind this descriptor, for a program", "N" },
    { "run", 0, 0, G_OPTION_ARG_NONE, &options.run, "Run one function of a plugin, without a daemon", NULL },
    { "object", 0, 0, G_OPTION_ARG_STRING, &options.object, "The value of its object", "VALUE" },
    { "checkpoint", 0, 0, G_OPTION_ARG_STRING, &options.checkpoint, "What an earlier attempt has left", "VALUE" },
    { "clean", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &options.clean, "Empty a folder", "FOLDER" },
    { "sweep", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &options.sweep,
      "Remove temporary folders of daemons that are gone", "FOLDER" },
    { "parent", 0, 0, G_OPTION_ARG_INT, &options.parent, "The daemon to work for", "PID" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options.version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "[FILE…]" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  g_autoptr(GError) error = NULL;
  int status;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("asyncq-worker: %s\n", error->message);
      return AQ_WIRE_EXIT_USAGE;
    }
  status = run (&options);
  g_strfreev (options.files);
  g_free (options.object);
  g_free (options.clean);
  g_free (options.sweep);
  g_free (options.checkpoint);
  return status;
}

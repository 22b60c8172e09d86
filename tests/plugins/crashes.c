/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Crashes in places of all kinds, output and log lines: what is kept of an attempt
 */

#include <asyncq-plugin.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* no compiler is to see through these */
static volatile int *volatile nowhere;
static volatile int zero;

__attribute__ ((always_inline))
static inline int
crash_inlined (void)
{
  return *nowhere;
}

__attribute__ ((noinline))
static int
crash_in_static (int depth)
{
  return depth + crash_inlined ();
}

ASYNCQ_EXPORT GVariant *
crashes_segv (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  return g_variant_new_int32 (crash_in_static (1));
}

ASYNCQ_EXPORT GVariant *
crashes_abort (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  abort ();
}

ASYNCQ_EXPORT GVariant *
crashes_divide (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  return g_variant_new_int32 (1 / zero);
}

/* a pointer to no function */
ASYNCQ_EXPORT GVariant *
crashes_wild_call (AsyncqJobContext  *job,
                   GVariant          *arguments,
                   GError           **error)
{
  int (*volatile function) (void) = NULL;

  return g_variant_new_int32 (function () + 1);
}

__attribute__ ((noinline))
static int
recurse (volatile char *above)
{
  volatile char here[256];

  here[0] = (char) (above[0] + 1);
  if (zero > 0)
    return here[0];
  return recurse (here) + here[0];
}

ASYNCQ_EXPORT GVariant *
crashes_overflow (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  volatile char here[1] = { 0 };

  return g_variant_new_int32 (recurse (here));
}

static void *
crash_in_thread (void *unused)
{
  return GINT_TO_POINTER (crash_in_static (2));
}

ASYNCQ_EXPORT GVariant *
crashes_thread (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  pthread_t thread;

  if (pthread_create (&thread, NULL, crash_in_thread, NULL) == 0)
    pthread_join (thread, NULL);
  return g_variant_new_int32 (0);
}

static void
leave_by_own_handler (int number)
{
  _exit (23);
}

ASYNCQ_EXPORT GVariant *
crashes_own_handler (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  (void) signal (SIGSEGV, leave_by_own_handler);
  return g_variant_new_int32 (crash_in_static (3));
}

/* the stack is overwritten, and where to return to with it */
__attribute__ ((noinline))
static void
smash (volatile char *frame)
{
  for (int i = 0; i < 4096; i++)
    frame[i] = 'A';
}

__attribute__ ((noinline))
static int
crash_on_bad_stack (void)
{
  volatile char frame[16];

  smash (frame);
  return *nowhere + frame[0];
}

ASYNCQ_EXPORT GVariant *
crashes_smashed (AsyncqJobContext  *job,
                 GVariant          *arguments,
                 GError           **error)
{
  return g_variant_new_int32 (crash_on_bad_stack ());
}

ASYNCQ_EXPORT GVariant *
crashes_refused_memory (AsyncqJobContext  *job,
                        GVariant          *arguments,
                        GError           **error)
{
  g_free (g_malloc (G_MAXSSIZE - 1));
  return g_variant_new_int32 (0);
}

/* prints on both streams and logs; crashes if told so */
ASYNCQ_EXPORT GVariant *
crashes_talk (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  gboolean crash;

  g_variant_get (arguments, "(b)", &crash);
  printf ("said on stdout\n");
  fprintf (stderr, "said on stderr\n");
  asyncq_job_context_log (job, G_LOG_LEVEL_MESSAGE, "step %d", 1);
  asyncq_job_context_log (job, G_LOG_LEVEL_WARNING, "two\nlines \xff");
  printf ("no end of a line");
  if (crash)
    {
      fflush (stdout);
      abort ();
    }
  return g_variant_new_int32 (0);
}

/* logs each line that it reads from a file, until the writer has gone; crashes then if told so */
ASYNCQ_EXPORT GVariant *
crashes_repeat (AsyncqJobContext  *job,
                GVariant          *arguments,
                GError           **error)
{
  char line[100];
  const char *path;
  gboolean crash;
  FILE *file;

  g_variant_get (arguments, "(&sb)", &path, &crash);
  asyncq_job_context_log (job, G_LOG_LEVEL_INFO, "listening");
  file = fopen (path, "re");
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    asyncq_job_context_log (job, G_LOG_LEVEL_INFO, "%s", g_strchomp (line));
  if (crash)
    abort ();
  if (file != NULL)
    (void) fclose (file); /* was only read */
  return g_variant_new_int32 (0);
}

/* more lines than are kept */
ASYNCQ_EXPORT GVariant *
crashes_log_much (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  for (int i = 0; i < 3000; i++)
    asyncq_job_context_log (job, G_LOG_LEVEL_INFO, "line %d", i);
  return g_variant_new_int32 (0);
}

/* prints that many bytes */
ASYNCQ_EXPORT GVariant *
crashes_print_much (AsyncqJobContext  *job,
                    GVariant          *arguments,
                    GError           **error)
{
  char piece[4096];
  guint32 left;

  memset (piece, 'x', sizeof piece);
  g_variant_get (arguments, "(u)", &left);
  while (left > 0)
    {
      ssize_t n_written = write (STDOUT_FILENO, piece, MIN (left, sizeof piece));

      if (n_written <= 0)
        abort ();
      left -= (guint32) n_written;
    }
  return g_variant_new_int32 (0);
}

/* takes processor time and memory: so many milliseconds, so many MiB */
ASYNCQ_EXPORT GVariant *
crashes_take (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  clock_t end;
  guint32 msec;
  guint32 mib;
  char *memory;

  g_variant_get (arguments, "(uu)", &msec, &mib);
  memory = g_malloc ((gsize) mib << 20);
  memset (memory, 1, (gsize) mib << 20);
  end = clock () + (clock_t) msec * (CLOCKS_PER_SEC / 1000);
  while (clock () < end)
    ;
  g_free (memory);
  return g_variant_new_int32 (0);
}

ASYNCQ_EXPORT GVariant *
crashes_print_limited (AsyncqJobContext  *job,
                       GVariant          *arguments,
                       GError           **error)
{
  return crashes_print_much (job, arguments, error);
}

static const AsyncqFunction functions[] = {
  { "segv", "", "i", "Reads from nowhere in an inlined function of a static one", NULL },
  { "abort", "", "i", "Aborts", NULL },
  { "divide", "", "i", "Divides by zero", NULL },
  { "wild_call", "", "i", "Calls what is no function", NULL },
  { "overflow", "", "i", "Calls itself until the stack is full", NULL },
  { "thread", "", "i", "Crashes in another thread", NULL },
  { "own_handler", "", "i", "Crashes with a handler of its own", NULL },
  { "smashed", "", "i", "Crashes with a stack that was overwritten", NULL },
  { "refused_memory", "", "i", "Wants more memory than there can be", NULL },
  { "talk", "crash b = false", "i", "Prints and logs", NULL },
  { "log_much", "", "i", "Logs more than is kept", NULL },
  { "print_much", "bytes u", "i", "Prints a lot", NULL },
  { "print_limited", "bytes u", "i", "Likewise, and may print 10,000 bytes", NULL, "output=10000" },
  { "repeat", "path s, crash b", "i", "Logs what it reads", NULL },
  { "take", "msec u, mib u", "i", "Takes time and memory", NULL },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "crashes",
  .version = "1",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};

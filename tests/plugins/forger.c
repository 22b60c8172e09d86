/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions that write what only the worker itself should: frames, the report of
 * a crash, and texts that give orders to a terminal
 */

#include <asyncq-plugin.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHANNEL 3
#define REPORT 4

/* as daemon/work/worker/aq-crash-report.h has it */
#define REPORT_BYTES (4096 + 128 * 1024 + 256 * 1024)
#define STACK_OFFSET 4096
#define MAPS_OFFSET (4096 + 128 * 1024)

typedef struct
{
  guint32 magic, size;
  gint32  signal, code;
  guint64 address, peak_bytes;
  gint32  last_error;
  guint32 unused, thread_id, n_registers;
  char    thread[16];
  guint64 registers[40];
  guint64 stack_address;
  guint32 stack_size, maps_size;
} Report;

static void
die (void)
{
  sigset_t all;

  (void) sigemptyset (&all);
  (void) sigprocmask (SIG_SETMASK, &all, NULL);
  (void) signal (SIGSEGV, SIG_DFL); /* what was forged is not written over */
  (void) raise (SIGSEGV);
}

static void
put_maps (guint8     *report,
          const char *line)
{
  gsize length = strlen (line);

  for (gsize at = 0; at + length <= REPORT_BYTES - MAPS_OFFSET; at += length)
    memcpy (report + MAPS_OFFSET + at, line, length);
}

/* a stack that leads back to itself, in code that there is */
static void
put_loop (guint8 *bytes,
          Report *report)
{
  guint64 *words = (guint64 *) (gpointer) (bytes + STACK_OFFSET);
  FILE *maps = fopen ("/proc/self/maps", "r");

  for (gsize i = 0; i < 128 * 1024 / sizeof *words; i += 2)
    {
      words[i] = 0x10000 + i / 2 * 8;
      words[i + 1] = (guint64) (gsize) put_maps;
    }
  report->stack_address = 0x10000;
  report->registers[6] = 0x10000;
  report->registers[7] = 0x10000;
  report->registers[16] = (guint64) (gsize) put_maps;
  if (maps == NULL)
    return;
  report->maps_size = (guint32) fread (bytes + MAPS_OFFSET, 1, 256 * 1024, maps);
  (void) fclose (maps); /* it was only read */
}

static void
forge (guint8     *bytes,
       const char *how)
{
  Report *report = (Report *) (gpointer) bytes;

  *report = (Report) {
    .magic = 0x61637271u, .size = sizeof *report, .signal = SIGSEGV, .n_registers = 17,
    .peak_bytes = G_MAXUINT64, .stack_size = 128 * 1024, .maps_size = 256 * 1024,
  };
  memset (report->thread, 0x1b, sizeof report->thread);
  if (g_str_equal (how, "junk"))
    for (gsize i = sizeof *report; i < REPORT_BYTES; i++)
      bytes[i] = (guint8) g_random_int ();
  else if (g_str_equal (how, "sizes"))
    report->stack_size = report->maps_size = report->n_registers = G_MAXUINT32;
  else if (g_str_equal (how, "registers"))
    report->n_registers = G_MAXUINT32;
  else if (g_str_equal (how, "wrap"))
    report->registers[7] = G_MAXUINT64 - 2;
  else if (g_str_equal (how, "end"))
    report->stack_address = G_MAXUINT64 - 1;
  else if (g_str_equal (how, "loop"))
    put_loop (bytes, report);
  else
    put_maps (bytes, how);
}

ASYNCQ_EXPORT GVariant *
forger_crash (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  const char *how;
  guint8 *bytes = mmap (NULL, REPORT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, REPORT, 0);

  g_variant_get (arguments, "(&s)", &how);
  if (bytes == MAP_FAILED)
    abort (); /* then the test fails */
  forge (bytes, how);
  die ();
  return NULL;
}

ASYNCQ_EXPORT GVariant *
forger_fail (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  const char *text;

  g_variant_get (arguments, "(&s)", &text);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", text);
  return NULL;
}

/* bytes to stdout, so many times */
ASYNCQ_EXPORT GVariant *
forger_print (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  g_autoptr(GVariant) bytes = g_variant_get_child_value (arguments, 0);
  guint32 n_times;

  g_variant_get_child (arguments, 1, "u", &n_times);
  for (guint i = 0; i < n_times; i++)
    if (write (STDOUT_FILENO, g_variant_get_data (bytes), g_variant_get_size (bytes)) < 0)
      break;
  return NULL;
}

ASYNCQ_EXPORT GVariant *
forger_log (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  const char *text;
  guint32 n_times;

  g_variant_get (arguments, "(&su)", &text, &n_times);
  for (guint i = 0; i < n_times; i++)
    asyncq_job_context_log (job, G_LOG_LEVEL_MESSAGE, "%s", text);
  return NULL;
}

/* frames as they are, so many times, with its lease where there are 8 times the byte 'L'; then waits to be judged */
ASYNCQ_EXPORT GVariant *
forger_frames (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  g_autoptr(GVariant) value = g_variant_get_child_value (arguments, 0);
  gsize size = g_variant_get_size (value);
  g_autofree guint8 *bytes = g_memdup2 (g_variant_get_data (value), size);
  guint64 lease = asyncq_job_context_get_lease (job);
  guint32 n_times;
  gboolean wait;

  g_variant_get_child (arguments, 1, "u", &n_times);
  g_variant_get_child (arguments, 2, "b", &wait);
  for (gsize i = 0; i + 8 <= size; i += 4)
    if (memcmp (bytes + i, "LLLLLLLL", 8) == 0)
      memcpy (bytes + i, &lease, sizeof lease);
  for (gsize at = 0; at < size * n_times;)
    {
      gssize n_written = write (CHANNEL, bytes + at % size, size - at % size);

      if (n_written < 0)
        abort (); /* it was judged */
      at += (gsize) n_written;
    }
  while (wait)
    (void) pause (); /* only ever returns to be called again */
  return NULL;
}

/* ---- later ---- */

static gpointer
return_it (gpointer user_data)
{
  asyncq_job_context_return_value (user_data, NULL);
  return NULL;
}

/* two threads end it at the same time */
ASYNCQ_EXPORT GVariant *
forger_twice (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  asyncq_job_context_defer (job);
  g_object_ref (job);
  g_thread_unref (g_thread_new ("one", return_it, job));
  g_thread_unref (g_thread_new ("two", return_it, job));
  return NULL;
}

static gboolean
on_idle (gpointer user_data)
{
  (void) raise (SIGSEGV); /* it leaves its report */
  return G_SOURCE_REMOVE;
}

/* dies once it has been called for so many jobs */
ASYNCQ_EXPORT GVariant *
forger_die_together (AsyncqJobContext  *job,
                     GVariant          *arguments,
                     GError           **error)
{
  static guint n_open;
  guint32 n_jobs;

  g_variant_get (arguments, "(u)", &n_jobs);
  asyncq_job_context_defer (job);
  g_object_ref (job);
  if (++n_open == n_jobs)
    (void) g_idle_add (on_idle, NULL);
  return NULL;
}

static const AsyncqFunction functions[] = {
  { "crash", "how s", "()", "Crashes, and says where it likes", .options = "stop-timeout=1s" },
  { "die_together", "jobs u", "()", "Dies with many jobs open", .options = "deferred concurrent=256" },
  { "fail", "text s", "()", "Fails \033[2J\033]0;owned\007with that" },
  { "frames", "bytes ay, times u, wait b", "()", "Writes into the channel" },
  { "log", "text s, times u", "()", "Logs" },
  { "print", "bytes ay, times u", "()", "Prints" },
  { "twice", "", "()", "Ends twice at once", .options = "deferred" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "forger",
  .version = "1.0\033[2J",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};

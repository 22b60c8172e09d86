/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Takes as much as it is told to, of one thing at a time
 *
 * Each function ends by itself, after what it was told to take: where a limit does
 * not work the machine survives, and the job succeeds, which a test notices.
 */

#include <asyncq-plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB ((gsize) 1024 * 1024)
#define CHILD_SECONDS 20

static GVariant *
fail_errno (const char  *what,
            GError     **error)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (saved), "%s: %s", what, g_strerror (saved));
  return NULL;
}

static gint64
processor_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* (n_mib): about 1 GiB a second of memory that is used */
ASYNCQ_EXPORT GVariant *
greedy_leak (AsyncqJobContext *job,
             GVariant         *arguments,
             GError          **error)
{
  guint32 n_mib;

  g_variant_get (arguments, "(u)", &n_mib);
  for (guint32 i = 0; i < n_mib; i += 8)
    {
      char *memory = g_malloc (8 * MIB);

      memset (memory, 1, 8 * MIB);
      g_usleep (8000); /* the rate is what is tested: 1 GiB/s */
    }
  return g_variant_new_uint32 (n_mib);
}

/* (n_mib): address space, all at once, and ends the process if it does not get it */
ASYNCQ_EXPORT GVariant *
greedy_allocate (AsyncqJobContext *job,
                 GVariant         *arguments,
                 GError          **error)
{
  guint32 n_mib;
  char *memory;

  g_variant_get (arguments, "(u)", &n_mib);
  memory = g_malloc ((gsize) n_mib * MIB);
  memory[0] = 1;
  return g_variant_new_uint32 (n_mib);
}

/* (n_msec): of processor time */
ASYNCQ_EXPORT GVariant *
greedy_spin (AsyncqJobContext *job,
             GVariant         *arguments,
             GError          **error)
{
  gint64 begin_usec = processor_usec ();
  guint32 n_msec;

  g_variant_get (arguments, "(u)", &n_msec);
  while (processor_usec () - begin_usec < (gint64) n_msec * 1000)
    ;
  return g_variant_new_uint32 (n_msec);
}

/* a child takes the processor time, and is waited for */
ASYNCQ_EXPORT GVariant *
greedy_spin_child (AsyncqJobContext *job,
                   GVariant         *arguments,
                   GError          **error)
{
  guint32 n_msec;
  pid_t child;

  g_variant_get (arguments, "(u)", &n_msec);
  child = fork ();
  if (child < 0)
    return fail_errno ("fork", error);
  if (child == 0)
    {
      while (processor_usec () < (gint64) n_msec * 1000)
        ;
      _exit (0);
    }
  (void) waitpid (child, NULL, 0);
  return g_variant_new_uint32 (n_msec);
}

/* (n, apart): so many processes, which stay for a while; apart: in sessions of their own. No child starts another. */
ASYNCQ_EXPORT GVariant *
greedy_fork (AsyncqJobContext *job,
             GVariant         *arguments,
             GError          **error)
{
  gboolean apart;
  guint32 n;

  g_variant_get (arguments, "(ub)", &n, &apart);
  for (guint32 i = 0; i < n; i++)
    {
      pid_t child = fork ();

      if (child < 0)
        return fail_errno ("fork", error);
      if (child > 0)
        continue;
      (void) alarm (CHILD_SECONDS);
      if (apart)
        (void) setsid ();
      for (;;)
        (void) pause ();
    }
  for (guint i = 0; i < CHILD_SECONDS * 10; i++)
    g_usleep (100000); /* until it is killed for its children, which end by themselves otherwise */
  return g_variant_new_uint32 (n);
}

/* (n) → how many descriptors it could open before one was refused */
ASYNCQ_EXPORT GVariant *
greedy_open (AsyncqJobContext *job,
             GVariant         *arguments,
             GError          **error)
{
  g_autofree int *fds = NULL;
  guint32 n;
  guint32 n_open = 0;

  g_variant_get (arguments, "(u)", &n);
  fds = g_new (int, n);
  while (n_open < n && (fds[n_open] = open ("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    n_open++;
  for (guint32 i = 0; i < n_open; i++)
    (void) close (fds[i]);
  return g_variant_new_uint32 (n_open);
}

/* (path, n_kib) */
ASYNCQ_EXPORT GVariant *
greedy_write (AsyncqJobContext *job,
              GVariant         *arguments,
              GError          **error)
{
  static const char kib[1024];
  const char *path;
  guint32 n_kib;
  int fd;

  g_variant_get (arguments, "(&su)", &path, &n_kib);
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_errno (path, error);
  for (guint32 i = 0; i < n_kib; i++)
    if (write (fd, kib, sizeof kib) != (gssize) sizeof kib)
      {
        (void) close (fd);
        return fail_errno (path, error);
      }
  (void) close (fd);
  return g_variant_new_uint32 (n_kib);
}

/* (n_kib): on stderr */
ASYNCQ_EXPORT GVariant *
greedy_print (AsyncqJobContext *job,
              GVariant         *arguments,
              GError          **error)
{
  static const char line[] = "greedy greedy greedy greedy greedy greedy greedy greedy greedy \n";
  guint32 n_kib;

  g_variant_get (arguments, "(u)", &n_kib);
  for (guint32 i = 0; i < n_kib * 16; i++)
    if (write (STDERR_FILENO, line, sizeof line - 1) < 0)
      return fail_errno ("stderr", error);
  /* a limit of it is noticed by who reads it */
  if (n_kib > 64)
    g_usleep (10 * G_USEC_PER_SEC); /* until it is killed */
  return g_variant_new_uint32 (n_kib);
}

/* (n_msec): of wall time, whatever it is told meanwhile */
ASYNCQ_EXPORT GVariant *
greedy_stay (AsyncqJobContext *job,
             GVariant         *arguments,
             GError          **error)
{
  guint32 n_msec;

  g_variant_get (arguments, "(u)", &n_msec);
  g_usleep ((gulong) n_msec * 1000); /* its run time is what is tested */
  return g_variant_new_uint32 (n_msec);
}

static const AsyncqFunction functions[] = {
  { .name = "leak", .parameters = "n_mib u", .result = "u", .options = "memory=256M" },
  { .name = "allocate", .parameters = "n_mib u", .result = "u", .options = "memory=256M" },
  { .name = "spin", .parameters = "n_msec u", .result = "u", .options = "cpu-time=300ms" },
  { .name = "spin_child", .parameters = "n_msec u", .result = "u", .options = "cpu-time=300ms" },
  { .name = "fork", .parameters = "n u, apart b = false", .result = "u", .options = "processes=20" },
  { .name = "open", .parameters = "n u", .result = "u", .options = "open-files=64" },
  { .name = "write", .parameters = "path s, n_kib u", .result = "u", .options = "file-size=64K" },
  { .name = "print", .parameters = "n_kib u", .result = "u", .options = "output=64K" },
  { .name = "stay", .parameters = "n_msec u", .result = "u", .options = "run-time=100ms stop-timeout=50ms" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "greedy",
  .version = "1.0",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
};

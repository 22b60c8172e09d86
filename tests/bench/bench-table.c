/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the disk can do, and a table of what we make of it
 *
 * The raw rate is measured in the folder that the store is in, right before each
 * line of the table, because disks of virtual machines are not steady; so the
 * ratio to it says how much a job costs whatever the disk. A ratio below the one
 * that is wanted makes the exit status 1.
 */

#include "bench-table.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RAW_BYTES 512

/**
 * bench_fail:
 * @format: what went wrong, as printf() takes it
 *
 * Ends a benchmark that cannot go on.
 */
void
bench_fail (const char *format,
            ...)
{
  va_list arguments;

  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  exit (EXIT_FAILURE);
}

/**
 * bench_now:
 *
 * Returns: seconds since some moment, for intervals
 */
double
bench_now (void)
{
  return g_get_monotonic_time () / (double) G_USEC_PER_SEC;
}

/**
 * bench_seconds:
 *
 * Returns: for how long one rate is measured: $ASYNCQ_BENCH_SECONDS, 3 by default
 */
double
bench_seconds (void)
{
  const char *seconds = g_getenv ("ASYNCQ_BENCH_SECONDS");

  return seconds != NULL ? g_ascii_strtod (seconds, NULL) : 3.0;
}

static double
measure_raw (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "raw", NULL);
  char block[RAW_BYTES];
  double start, elapsed;
  guint n = 0;
  int fd;

  memset (block, 'x', sizeof block);
  fd = g_open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    bench_fail ("could not open '%s': %s", path, g_strerror (errno));
  start = bench_now ();
  do
    {
      if (write (fd, block, sizeof block) != sizeof block || fdatasync (fd) != 0)
        bench_fail ("could not write '%s': %s", path, g_strerror (errno));
      n++;
      elapsed = bench_now () - start;
    }
  while (elapsed < bench_seconds () / 3);
  (void) close (fd); /* every byte of it was flushed */
  (void) g_unlink (path); /* goes with the folder otherwise */
  return n / elapsed;
}

/**
 * bench_table_init:
 * @self: a table
 * @title: what is measured
 *
 * Makes a folder in the current one, or in $ASYNCQ_BENCH_FOLDER, and prints the
 * head of the table.
 */
void
bench_table_init (BenchTable *self,
                  const char *title)
{
  const char *parent = g_getenv ("ASYNCQ_BENCH_FOLDER");
  g_autofree char *here = g_get_current_dir ();

  self->folder = g_build_filename (parent != NULL ? parent : here, "asyncq-bench-XXXXXX", NULL);
  if (g_mkdtemp_full (self->folder, 0755) == NULL)
    bench_fail ("could not make folder '%s': %s", self->folder, g_strerror (errno));
  self->short_of_aim = FALSE;
  self->raw = 0;
  printf ("%s\nraw: 512 B appended + fdatasync, one at a time\n", title);
  printf ("%-40s %10s %10s %8s %8s\n", "", "1/s", "raw 1/s", "x raw", "wanted");
  fflush (stdout);
}

/**
 * bench_table_measure_raw:
 * @self: a table
 *
 * Measures the raw rate, for the next line of the table.
 */
void
bench_table_measure_raw (BenchTable *self)
{
  self->raw = measure_raw (self->folder);
}

/**
 * bench_table_add_rate:
 * @self: a table
 * @what: what was done
 * @per_second: how often
 * @wanted_ratio: to raw; 0: none
 *
 * Prints a line; with the ratio to raw, where bench_table_measure_raw() was called.
 */
void
bench_table_add_rate (BenchTable *self,
                      const char *what,
                      double      per_second,
                      double      wanted_ratio)
{
  double ratio = self->raw > 0 ? per_second / self->raw : 0;

  printf ("%-40s %10.0f", what, per_second);
  if (self->raw > 0)
    printf (" %10.0f %8.2f", self->raw, ratio);
  if (wanted_ratio > 0)
    printf (" %8.2f%s", wanted_ratio, ratio < wanted_ratio ? "  SHORT" : "");
  printf ("\n");
  fflush (stdout);
  if (ratio < wanted_ratio)
    self->short_of_aim = TRUE;
}

static int
compare_usecs (gconstpointer a,
               gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

/**
 * bench_table_add_latency:
 * @self: a table
 * @what: what took that long
 * @usecs: (element-type gint64): microseconds; sorted here
 *
 * Prints a line with the median and the 99th percentile.
 */
void
bench_table_add_latency (BenchTable *self,
                         const char *what,
                         GArray     *usecs)
{
  g_array_sort (usecs, compare_usecs);
  printf ("%-40s p50 %.2f ms, p99 %.2f ms\n", what,
          g_array_index (usecs, gint64, usecs->len / 2) / 1000.0,
          g_array_index (usecs, gint64, usecs->len * 99 / 100) / 1000.0);
  fflush (stdout);
}

static void
remove_tree (const char *path)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);

      remove_tree (inside);
    }
  (void) g_remove (path); /* what stays is in the way of nobody */
}

/**
 * bench_table_finish:
 * @self: a table
 *
 * Removes the folder.
 *
 * Returns: the exit status of the program
 */
int
bench_table_finish (BenchTable *self)
{
  remove_tree (self->folder);
  g_clear_pointer (&self->folder, g_free);
  return self->short_of_aim ? EXIT_FAILURE : EXIT_SUCCESS;
}

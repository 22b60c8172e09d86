/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncq-symbolizer: what the stack of a crashed worker means
 *
 * Gets the report of the crash as descriptor 3, the plugins that the worker had
 * loaded as those behind it, and a memory file as its stdout. What it reads was
 * written by a process that had gone wrong, and is parsed by a library that trusts
 * much: so it may take little, and ends soon whatever comes. The daemon believes
 * as little of what it writes.
 */

#include "config.h"

#include "work/worker/aq-crash-report.h"
#include "work/worker/symbolizer/aq-memory-map.h"
#include "work/worker/symbolizer/aq-stack-trace.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define REPORT_FD 3
#define MAX_FILES 16
#define MAX_SECONDS 5
#define MAX_MEMORY_BYTES (1024 * 1024 * 1024)

static gboolean
limit (int    resource,
       rlim_t most)
{
  return setrlimit (resource, &(struct rlimit) { most, most }) == 0;
}

/* a sanitizer takes terabytes of addresses for itself, which cost nothing */
static gboolean
limit_memory (void)
{
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
  return TRUE;
#else
  return limit (RLIMIT_AS, MAX_MEMORY_BYTES);
#endif
}

static gboolean
confine (int parent)
{
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid () != parent)
    return FALSE;
  (void) alarm (MAX_SECONDS);
  g_unsetenv ("DEBUGINFOD_URLS"); /* nothing is fetched from anywhere */
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl (PR_SET_DUMPABLE, 0) == 0 &&
         limit (RLIMIT_CPU, MAX_SECONDS) && limit_memory () && limit (RLIMIT_CORE, 0) &&
         limit (RLIMIT_FSIZE, AQ_MAX_STACK_BYTES);
}

static gboolean
read_all (gpointer data,
          gsize    size,
          gsize    offset)
{
  return pread (REPORT_FD, data, size, (off_t) offset) == (gssize) size;
}

static gboolean
check (const AqCrashReport *report)
{
  return report->magic == AQ_CRASH_MAGIC && report->size == sizeof *report &&
         report->stack_size <= AQ_CRASH_MAX_STACK_BYTES && report->maps_size <= AQ_CRASH_MAX_MAPS_BYTES &&
         report->stack_address < G_MAXUINT64 - AQ_CRASH_MAX_STACK_BYTES;
}

static guint
find_files (int *files)
{
  guint n_files = 0;

  for (int fd = REPORT_FD + 1; n_files < MAX_FILES && fcntl (fd, F_GETFD) >= 0; fd++)
    files[n_files++] = fd;
  return n_files;
}

int
main (int    argc,
      char **argv)
{
  g_autofree guint8 *stack = g_malloc (AQ_CRASH_MAX_STACK_BYTES);
  g_autofree char *maps = g_malloc (AQ_CRASH_MAX_MAPS_BYTES + 1);
  g_autoptr(GPtrArray) objects = NULL;
  g_autoptr(GVariant) frames = NULL;
  AqCrashReport report;
  int files[MAX_FILES];
  guint n_files = find_files (files);
  gsize size;

  if (argc != 2 || !g_str_has_prefix (argv[1], "--parent=") || !confine (atoi (argv[1] + strlen ("--parent="))))
    {
      g_printerr ("asyncq-symbolizer: is started by asyncqd\n");
      return 64;
    }
  if (!read_all (&report, sizeof report, 0) || !check (&report) ||
      !read_all (stack, report.stack_size, AQ_CRASH_STACK_OFFSET) ||
      !read_all (maps, report.maps_size, AQ_CRASH_MAPS_OFFSET))
    return 65;
  maps[report.maps_size] = '\0';
  objects = aq_memory_map_parse (maps, files, n_files);
  frames = g_variant_ref_sink (aq_stack_trace_new (&report, stack, objects));
  size = g_variant_get_size (frames);
  return write (STDOUT_FILENO, g_variant_get_data (frames), size) == (gssize) size ? 0 : 74;
}

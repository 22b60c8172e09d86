/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * When a worker has done enough
 *
 * A process that plugins have run in for long may have leaked memory, or worse.
 * It is replaced after so many jobs, or when it is found to be too large between
 * two jobs. Its memory is looked at ten times a second at most, when a job has
 * ended: short jobs come by the ten thousand.
 */

#include "config.h"

#include "work/aq-recycle.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LOOK_USEC (G_USEC_PER_SEC / 10)

/**
 * aq_recycle_get_room:
 * @self: what the worker has done
 * @limits: when it is enough
 * @n_runs: how many jobs it has
 *
 * Returns: how many more it may be given
 *
 * Since: 0.1
 */
guint
aq_recycle_get_room (const AqRecycle       *self,
                     const AqRecycleLimits *limits,
                     guint                  n_runs)
{
  if (limits->max_jobs == 0)
    return G_MAXUINT;
  return limits->max_jobs - MIN (self->n_jobs + n_runs, limits->max_jobs);
}

/* Returns: resident bytes, 0 where the process is gone */
static guint64
get_memory (guint pid)
{
  char path[32];
  char text[128];
  unsigned long n_pages = 0;
  gssize n_read;
  int fd;

  g_snprintf (path, sizeof path, "/proc/%u/statm", pid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  n_read = read (fd, text, sizeof text - 1);
  (void) close (fd); /* it was only read */
  text[MAX (n_read, 0)] = '\0';
  return sscanf (text, "%*u %lu", &n_pages) == 1 ? (guint64) n_pages * (guint64) sysconf (_SC_PAGESIZE) : 0;
}

/**
 * aq_recycle_is_due:
 * @self: what the worker has done
 * @limits: when it is enough
 * @clock: the clock
 * @pid: the worker, which has no jobs
 *
 * Returns: whether it is to be replaced
 *
 * Since: 0.1
 */
gboolean
aq_recycle_is_due (AqRecycle             *self,
                   const AqRecycleLimits *limits,
                   AqClock               *clock,
                   guint                  pid)
{
  gint64 now_usec;

  if (aq_recycle_get_room (self, limits, 0) == 0)
    return TRUE;
  if (limits->max_memory_bytes == 0 || self->n_jobs == 0)
    return FALSE;
  now_usec = aq_clock_get_monotonic (clock);
  if (self->looked_usec != 0 && now_usec - self->looked_usec < LOOK_USEC)
    return FALSE;
  self->looked_usec = now_usec;
  return get_memory (pid) > limits->max_memory_bytes;
}

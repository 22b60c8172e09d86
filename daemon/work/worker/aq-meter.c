/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a job takes: processor time, memory, disks
 *
 * Time and disks are the difference to the end of the job before: one system call
 * a job, and another one for the children of a job that is not the shortest. The
 * peak of the memory is the kernel's for the process, which is set back before a
 * job and read after it. That takes files of /proc, and so is done only
 * for jobs that run long enough; what a shorter one is told to have had at the
 * most is what was read last. ru_maxrss is of no use: it begins with the peak of
 * the daemon that has started us.
 *
 * Of jobs that run at the same time each gets what was taken since any of them
 * ended: the sum is right. Everything here runs on the runner's thread.
 */

#include "config.h"

#include "work/worker/aq-meter.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* of ru_inblock and ru_oublock, see getrusage(2) */
#define BLOCK_BYTES 512

static guint64
usec_of (const struct timeval *time)
{
  return (guint64) time->tv_sec * G_USEC_PER_SEC + (guint64) time->tv_usec;
}

static void
add_usage (AqWireUsage *sum,
           int          who)
{
  struct rusage usage;

  if (getrusage (who, &usage) < 0)
    return; /* not for these */
  sum->user_usec += usec_of (&usage.ru_utime);
  sum->system_usec += usec_of (&usage.ru_stime);
  sum->read_bytes += (guint64) usage.ru_inblock * BLOCK_BYTES;
  sum->written_bytes += (guint64) usage.ru_oublock * BLOCK_BYTES;
}

/* Returns: the most that was resident since the peak was set back; 0: not known */
static guint64
read_peak (AqMeter *self)
{
  char text[4096];
  gssize n_read = self->status_fd < 0 ? -1 : pread (self->status_fd, text, sizeof text - 1, 0);
  const char *line;

  if (n_read <= 0)
    return 0;
  text[n_read] = '\0';
  line = strstr (text, "\nVmHWM:");
  return line == NULL ? 0 : g_ascii_strtoull (line + strlen ("\nVmHWM:"), NULL, 10) * 1024;
}

/**
 * aq_meter_open:
 * @self: (out): a meter
 *
 * Opens what it reads later. The process may not be able to do so once it has
 * given up rights.
 */
void
aq_meter_open (AqMeter *self)
{
  *self = (AqMeter) { .n_open = 0 };
  self->reset_fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  self->status_fd = open ("/proc/self/status", O_RDONLY | O_CLOEXEC);
  self->taken.peak_bytes = read_peak (self);
}

/**
 * aq_meter_begin:
 * @self: a meter
 * @fine: whether the job is expected to run for %AQ_METER_FINE_NSEC, or may
 *
 * A job begins.
 */
void
aq_meter_begin (AqMeter  *self,
                gboolean  fine)
{
  /* the peak of one that runs already stays */
  if (fine && self->n_open == 0 && self->reset_fd >= 0 && pwrite (self->reset_fd, "5", 1, 0) < 0)
    self->reset_fd = -1; /* it is not for us, or a plugin has closed it: the peak is that of the process */
  self->n_open++;
}

/**
 * aq_meter_end:
 * @self: a meter
 * @run_nsec: how long the job has run
 * @out_usage: (out): what it has taken
 *
 * A job has ended.
 */
void
aq_meter_end (AqMeter     *self,
              guint64      run_nsec,
              AqWireUsage *out_usage)
{
  AqWireUsage now;

  self->n_open--;
  if (run_nsec >= AQ_METER_FINE_NSEC)
    {
      self->taken.peak_bytes = read_peak (self);
      self->children = (AqWireUsage) { 0 };
      add_usage (&self->children, RUSAGE_CHILDREN);
    }
  now = self->children;
  add_usage (&now, RUSAGE_SELF);
  *out_usage = (AqWireUsage) {
    .user_usec = now.user_usec - self->taken.user_usec,
    .system_usec = now.system_usec - self->taken.system_usec,
    .peak_bytes = self->taken.peak_bytes,
    .read_bytes = now.read_bytes - self->taken.read_bytes,
    .written_bytes = now.written_bytes - self->taken.written_bytes,
  };
  now.peak_bytes = self->taken.peak_bytes;
  self->taken = now;
}

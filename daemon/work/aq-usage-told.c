/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What jobs have taken, as it is told
 *
 * A worker may tell any number; what nothing can have taken becomes the most that
 * something can, so that sums do not wrap and nobody sees a negative time.
 */

#include "config.h"

#include "work/aq-usage-told.h"

/* a hundred years, a pebibyte, an exbibyte */
#define MAX_USEC AQ_WIRE_MAX_SNOOZE_USEC
#define MAX_MEMORY_BYTES (G_GUINT64_CONSTANT (1) << 50)
#define MAX_DISK_BYTES (G_GUINT64_CONSTANT (1) << 60)

/* of ru_inblock and ru_oublock */
#define BLOCK_BYTES 512

AqUsage
aq_usage_from_worker (const AqWireUsage *told)
{
  return (AqUsage) {
    .user_usec = (gint64) MIN (told->user_usec, MAX_USEC),
    .system_usec = (gint64) MIN (told->system_usec, MAX_USEC),
    .peak_bytes = MIN (told->peak_bytes, MAX_MEMORY_BYTES),
    .read_bytes = MIN (told->read_bytes, MAX_DISK_BYTES),
    .written_bytes = MIN (told->written_bytes, MAX_DISK_BYTES),
  };
}

/**
 * aq_usage_from_kernel:
 * @usage: of a child that has ended, with what it had started and waited for
 *
 * The kernel begins ru_maxrss of a child with our own, whose memory it has shared
 * for a moment: so it says something only where it is more than that.
 */
AqUsage
aq_usage_from_kernel (const struct rusage *usage)
{
  guint64 peak_kib = (guint64) usage->ru_maxrss;
  struct rusage ours;

  if (getrusage (RUSAGE_SELF, &ours) < 0 || peak_kib <= (guint64) ours.ru_maxrss)
    peak_kib = 0;
  return (AqUsage) {
    .user_usec = (gint64) usage->ru_utime.tv_sec * G_USEC_PER_SEC + usage->ru_utime.tv_usec,
    .system_usec = (gint64) usage->ru_stime.tv_sec * G_USEC_PER_SEC + usage->ru_stime.tv_usec,
    .peak_bytes = peak_kib * 1024,
    .read_bytes = (guint64) usage->ru_inblock * BLOCK_BYTES,
    .written_bytes = (guint64) usage->ru_oublock * BLOCK_BYTES,
  };
}

/* of the peak the higher one counts */
void
aq_usage_add (AqUsage       *self,
              const AqUsage *more)
{
  self->user_usec = MIN (self->user_usec + more->user_usec, MAX_USEC);
  self->system_usec = MIN (self->system_usec + more->system_usec, MAX_USEC);
  self->peak_bytes = MAX (self->peak_bytes, more->peak_bytes);
  self->read_bytes = MIN (self->read_bytes + more->read_bytes, MAX_DISK_BYTES);
  self->written_bytes = MIN (self->written_bytes + more->written_bytes, MAX_DISK_BYTES);
}

/* the peak stays */
void
aq_usage_subtract (AqUsage       *self,
                   const AqUsage *less)
{
  self->user_usec = MAX (self->user_usec - less->user_usec, 0);
  self->system_usec = MAX (self->system_usec - less->system_usec, 0);
  self->read_bytes -= MIN (less->read_bytes, self->read_bytes);
  self->written_bytes -= MIN (less->written_bytes, self->written_bytes);
}

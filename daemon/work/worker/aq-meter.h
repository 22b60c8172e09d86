/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-wire.h"

G_BEGIN_DECLS

/* What this process takes, job by job. */
typedef struct
{
  AqWireUsage taken;      /* by the process up to the end of the last job; its peak: as last read */
  AqWireUsage children;   /* of these, what its children took that are gone, as last read */
  guint       n_open;     /* jobs that have begun and not ended */
  int         reset_fd;   /* /proc/self/clear_refs; -1: this system has none */
  int         status_fd;  /* /proc/self/status; likewise */
} AqMeter;

/* a job that runs for less is not worth reading files for */
#define AQ_METER_FINE_NSEC (50 * 1000)

void aq_meter_open  (AqMeter     *self);
void aq_meter_begin (AqMeter     *self,
                     gboolean     fine);
void aq_meter_end   (AqMeter     *self,
                     guint64      run_nsec,
                     AqWireUsage *out_usage);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long the attempts of each function took, since the daemon was started. */
typedef struct _AqRunTimes AqRunTimes;

/* functions that are more than this are not told apart */
#define AQ_MAX_RUN_TIMES 1000

typedef struct
{
  const char *function; /* borrowed; "" for all those that are not told apart */
  guint64     n_runs;
  guint64     n_failed;
  gint64      mean_usec;
  gint64      p50_usec; /* half of them took no longer; at most a sixteenth off */
  gint64      p90_usec;
  gint64      p99_usec;
  gint64      max_usec; /* exact */
} AqRunTime;

AqRunTimes *aq_run_times_new      (void);
void        aq_run_times_free     (AqRunTimes *self);
void        aq_run_times_add      (AqRunTimes *self,
                                   GRefString *function,
                                   gint64      usec,
                                   gboolean    failed);
gboolean    aq_run_times_get_mean (AqRunTimes *self,
                                   const char *function,
                                   gint64     *out_usec);
/* (transfer full) (element-type AqRunTime): by name */
GArray     *aq_run_times_list     (AqRunTimes *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRunTimes, aq_run_times_free)

G_END_DECLS

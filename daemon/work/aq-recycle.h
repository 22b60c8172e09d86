/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-clock.h"

G_BEGIN_DECLS

/* when a worker has done enough; 0: never */
typedef struct
{
  guint   max_jobs;
  guint64 max_memory_bytes; /* resident, while it has no jobs */
} AqRecycleLimits;

/* What one worker has done. Zero-initialised for a new one. */
typedef struct
{
  guint  n_jobs;
  gint64 looked_usec; /* monotonic: at its memory */
} AqRecycle;

guint    aq_recycle_get_room (const AqRecycle       *self,
                              const AqRecycleLimits *limits,
                              guint                  n_runs);
gboolean aq_recycle_is_due   (AqRecycle             *self,
                              const AqRecycleLimits *limits,
                              AqClock               *clock,
                              guint                  pid);

G_END_DECLS

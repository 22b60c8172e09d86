/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The sizes that an embedded store goes by. */
typedef struct
{
  guint64 segment_min_bytes; /* of the first segment of the journal; 4 KiB at least */
  guint64 segment_max_bytes; /* that segments grow to; not below the minimum */
  guint64 max_result_bytes;  /* that one running job may end with */
  guint64 max_live_bytes;    /* of jobs in memory, beyond which new ones are refused */
  guint   n_slots;           /* jobs that may run at once, at the start */
} AqEmbeddedSettings;

void aq_embedded_settings_init (AqEmbeddedSettings *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/* The settings of an embedded store */

#include "config.h"

#include "store/aq-embedded-settings.h"

#include "store/aq-segment.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

/* the defaults */
void
aq_embedded_settings_init (AqEmbeddedSettings *self)
{
  *self = (AqEmbeddedSettings) {
    .segment_min_bytes = AQ_SEGMENT_MIN_SIZE,
    .segment_max_bytes = AQ_SEGMENT_MAX_SIZE,
    .max_result_bytes = MIB,
    .max_live_bytes = 1024 * MIB,
    .n_slots = 3,
  };
}

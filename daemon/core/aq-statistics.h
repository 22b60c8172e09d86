/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-run-times.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* What org.asyncq.Manager1.Statistics tells. */
typedef struct
{
  AqRunTimes *run_times;
  gint64      since_usec; /* wall clock: since when what happens is counted */
  GVariant   *out_value;  /* (transfer full): a{sv} */
} AqStatisticsEvent;

gboolean aq_rule_read_statistics (AqTransaction  *transaction,
                                  gpointer        statistics_event,
                                  GError        **error);

G_END_DECLS

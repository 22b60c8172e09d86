/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* What there is to read of the log of one attempt. */
typedef struct
{
  guint     attempt;  /* its number; 0: there is no such attempt */
  gboolean  may_grow; /* it runs, or may still come */
  GVariant *lines;    /* AQ_EVIDENCE_LOG_TYPE, owned: from the first that was asked for */
  guint64   next;     /* number of the line that will come behind those: all count, also those that are not kept */
} AqJobLog;

/* @live: (nullable): evidence of the attempt that runs, not trusted; @attempt: 0: the newest; @from: a line's number */
void     aq_job_log_read  (AqJobLog    *out_log,
                           const AqJob *job,
                           GVariant    *live,
                           guint        attempt,
                           guint64      from);
void     aq_job_log_clear (AqJobLog    *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqJobLog, aq_job_log_clear)

G_END_DECLS

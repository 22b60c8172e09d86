/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* a hundred years: added to any time there will be, it is still a time */
#define AQ_MAX_DELAY_USEC (G_GINT64_CONSTANT (36525) * 24 * 3600 * G_USEC_PER_SEC)

/* When a job is to begin, and until when: see aq-job-times.c. */
void aq_job_times_set_settings  (AqTransaction *transaction,
                                 AqJob         *job,
                                 AqJobSettings *settings);
void aq_job_times_set_begin     (AqTransaction *transaction,
                                 AqJob         *job,
                                 gint64         begin_after_usec,
                                 gint64         delay_usec);
void aq_job_times_make_due      (AqTransaction *transaction,
                                 AqJob         *job);
void aq_job_times_snooze        (AqTransaction *transaction,
                                 AqJob         *job,
                                 gint64         delay_usec);

G_END_DECLS

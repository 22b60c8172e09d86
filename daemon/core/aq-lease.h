/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job-past.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* What the rules of an attempt have in common: an attempt is (job, lease). */

/* the job, if @lease is its current one and the attempt is not over; errors: NO_SUCH_JOB, STALE_LEASE */
AqJob         *aq_lease_require    (AqTransaction   *transaction,
                                    guint64          id,
                                    guint64          lease,
                                    GError         **error);
void           aq_lease_begin      (AqTransaction   *transaction,
                                    AqJob           *job,
                                    gint64           started_usec,
                                    guint32          worker);
/* the attempt of an active job is over, and the job not: @result is its failure, nullable */
void           aq_lease_remember   (AqTransaction   *transaction,
                                    AqJob           *job,
                                    AqAttemptEnd     end,
                                    gint64           ended_usec,
                                    AqResult        *result);
/* pending again, by RETRY or INTERRUPT: after a pause, or else before all others */
void           aq_lease_run_again  (AqTransaction   *transaction,
                                    AqJob           *job,
                                    AqJobEvent       event,
                                    gint64           pause_usec);
/* not begun, and pending again */
void           aq_lease_give_back  (AqTransaction   *transaction,
                                    AqJob           *job);
/* (transfer none): who decides whether the job runs again: never NULL */
AqRetryPolicy *aq_lease_get_policy (const AqJob     *job);
void           aq_lease_decide     (const AqJob     *job,
                                    const AqCause   *cause,
                                    AqRetryDecision *out_decision);
/* whether it was told to stop because somebody cancelled it */
gboolean       aq_lease_is_cancelled (const AqJob   *job);
void           aq_lease_end_cancelled (AqTransaction *transaction,
                                       AqJob         *job,
                                       const char    *how);
/* (transfer full): the failure of a job that @uid has cancelled */
AqResult      *aq_lease_new_cancelled (guint32       uid,
                                       const char   *why);

G_END_DECLS

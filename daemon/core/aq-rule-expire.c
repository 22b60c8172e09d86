/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule for what is kept: completed jobs are removed when their time is over
 *
 * There may be millions, so a transaction does a bounded piece of it. A job that
 * an unfinished one depends on is not removed.
 */

#include "config.h"

#include "core/aq-rules.h"

/* jobs that one transaction removes */
#define MAX_REMOVED 1000

/**
 * aq_rule_expire:
 * @transaction: a transaction
 * @expire_event: an #AqExpireEvent
 * @error: return location for an error
 *
 * Removes completed jobs that are kept no longer, at most 1,000.
 *
 * Source: behaviour A14.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_expire (AqTransaction  *transaction,
                gpointer        expire_event,
                GError        **error)
{
  AqExpireEvent *event = expire_event;

  event->out_n_removed = aq_transaction_expire (transaction, event->retention, MAX_REMOVED);
  event->out_next_usec = aq_transaction_get_next_expiry (transaction, event->retention);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule for the passing of time
 */

#include "config.h"

#include "core/aq-join.h"
#include "core/aq-lane.h"
#include "core/aq-limit.h"
#include "core/aq-overdue.h"
#include "core/aq-rules.h"

/* no agent and table of functions have it */
#define CHOOSER_COMPOSITE G_MAXUINT32

/* in one transaction; who keeps the time comes again at once when there are more */
#define MAX_OVERDUE 1000

static gboolean
is_composite_lane (const AqLane *lane,
                   gpointer      unused)
{
  /* a function's name has a dot */
  return g_str_equal (lane->function, AQ_FUNCTION_PARALLEL) || g_str_equal (lane->function, AQ_FUNCTION_SERIAL) ||
         g_str_equal (lane->function, AQ_FUNCTION_BATCH);
}

/**
 * aq_rule_tick:
 * @transaction: a transaction
 * @tick_event: (nullable): an #AqTickEvent
 * @error: return location for an error
 *
 * Time has passed: starts the composite jobs that have become due, and sees to
 * the jobs whose deadlines have passed. Other jobs wait to be claimed. Rates of
 * which all is free again are forgotten.
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
aq_rule_tick (AqTransaction  *transaction,
              gpointer        tick_event,
              GError        **error)
{
  AqTickEvent *event = tick_event;
  AqJob *job;

  /* first: a composite job whose time to begin has passed does not begin */
  for (guint i = 0; i < MAX_OVERDUE && (job = aq_transaction_next_overdue (transaction)) != NULL; i++)
    (void) aq_overdue_end (transaction, job, event != NULL ? event->out_stops : NULL);
  while ((job = aq_transaction_next_due (transaction, CHOOSER_COMPOSITE, is_composite_lane, NULL)) != NULL)
    aq_join_start (transaction, job);
  for (guint i = 0; i < MAX_OVERDUE && aq_limit_drop_bucket (transaction); i++)
    ;
  return TRUE;
}

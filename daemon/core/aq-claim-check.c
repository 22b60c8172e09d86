/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a claim asks of a lane
 *
 * The conditions stand here once: a claim stops at the first that does not hold,
 * and who explains why a job waits asks for all that do not.
 */

#include "config.h"

#include "core/aq-claim-check.h"

#include "core/aq-lane.h"
#include "core/aq-quarantine.h"
#include "core/aq-queue.h"

static gboolean
agent_accepts (const AqClaimCheck *self,
               const AqLane       *lane)
{
  return self->agent != NULL && aq_agent_accepts (self->agent, lane);
}

static gboolean
function_is_there (const AqClaimCheck *self,
                   const AqLane       *lane)
{
  return aq_function_table_lookup (self->functions, lane->function) != NULL;
}

static gboolean
queue_goes_on (const AqClaimCheck *self,
               const AqLane       *lane)
{
  return !self->has_pauses || !aq_queue_is_paused (self->transaction, lane->queue);
}

/* a function that is not there is another obstacle */
static gboolean
arguments_fit (const AqClaimCheck *self,
               const AqLane       *lane)
{
  const AqFunction *function = aq_function_table_lookup (self->functions, lane->function);

  return function == NULL || aq_function_takes (function, lane->arguments_type, lane->given_type);
}

static gboolean
function_is_free (const AqClaimCheck *self,
                  const AqLane       *lane)
{
  return !self->has_quarantines || !aq_quarantine_holds (self->transaction, lane->function);
}

static const struct
{
  AqObstacles obstacle; /* if it does not hold */
  gboolean  (*holds) (const AqClaimCheck *self,
                      const AqLane       *lane);
} conditions[] = {
  { AQ_OBSTACLE_AGENT, agent_accepts },
  { AQ_OBSTACLE_FUNCTION, function_is_there },
  { AQ_OBSTACLE_PAUSE, queue_goes_on },
  { AQ_OBSTACLE_ARGUMENTS, arguments_fit },
  { AQ_OBSTACLE_QUARANTINE, function_is_free },
};

/**
 * aq_claim_check_new:
 * @transaction: a transaction
 * @agent: who claims
 * @functions: the functions that there are
 *
 * Returns: what decides about a lane
 *
 * Since: 0.1
 */
AqClaimCheck
aq_claim_check_new (AqTransaction   *transaction,
                    AqAgent         *agent,
                    AqFunctionTable *functions)
{
  gboolean has_pauses = aq_transaction_list_items (transaction, AQ_ITEM_PAUSE)->len > 0;
  guint n_paused = has_pauses ? aq_queue_count_paused (transaction) : 0;

  return (AqClaimCheck) { transaction, agent, functions,
                          (guint64) agent->serial << 40 | (guint64) aq_function_table_get_serial (functions) << 16 |
                          (n_paused & 0xffff),
                          has_pauses, aq_quarantine_is_any (transaction) };
}

/**
 * aq_claim_check_accepts:
 * @lane: a lane
 * @check: an #AqClaimCheck
 *
 * Source: behaviour Z28, Z33, Z35.
 *
 * Returns: whether its due jobs can be claimed
 *
 * Since: 0.1
 */
gboolean
aq_claim_check_accepts (const AqLane *lane,
                        gpointer      check)
{
  const AqClaimCheck *self = check;

  for (guint i = 0; i < G_N_ELEMENTS (conditions); i++)
    if (!conditions[i].holds (self, lane))
      return FALSE;
  return TRUE;
}

/**
 * aq_claim_check_list_obstacles:
 * @self: whose claim it is
 * @lane: a lane
 *
 * Returns: all that keeps its due jobs from being claimed; none exactly if
 *   aq_claim_check_accepts()
 *
 * Since: 0.1
 */
AqObstacles
aq_claim_check_list_obstacles (const AqClaimCheck *self,
                               const AqLane       *lane)
{
  AqObstacles obstacles = 0;

  for (guint i = 0; i < G_N_ELEMENTS (conditions); i++)
    if (!conditions[i].holds (self, lane))
      obstacles |= conditions[i].obstacle;
  return obstacles;
}

/**
 * aq_claim_check_list_common:
 * @transaction: a transaction
 * @functions: the functions that there are
 * @lane: a lane
 *
 * Returns: what keeps its due jobs from being claimed by whichever agent
 *
 * Since: 0.1
 */
AqObstacles
aq_claim_check_list_common (AqTransaction   *transaction,
                            AqFunctionTable *functions,
                            const AqLane    *lane)
{
  const AqClaimCheck nobody = { .transaction = transaction, .functions = functions, .has_pauses = TRUE,
                                .has_quarantines = TRUE };

  return aq_claim_check_list_obstacles (&nobody, lane) & ~AQ_OBSTACLE_AGENT;
}

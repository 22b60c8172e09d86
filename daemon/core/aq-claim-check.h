/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-function-table.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* what keeps the due jobs of a lane from being claimed */
typedef enum
{
  AQ_OBSTACLE_AGENT = 1 << 0,    /* the agent does not take them */
  AQ_OBSTACLE_FUNCTION = 1 << 1, /* their function is not there */
  AQ_OBSTACLE_PAUSE = 1 << 2,    /* their queue is paused */
  AQ_OBSTACLE_ARGUMENTS = 1 << 3, /* the function takes other arguments now */
  AQ_OBSTACLE_QUARANTINE = 1 << 4 /* the function has crashed too often: see aq-quarantine.c */
} AqObstacles;

/* Whose claim it is, and what it has to know. Borrowed: good while the rule runs. */
typedef struct
{
  AqTransaction   *transaction;
  AqAgent         *agent; /* nullable: nobody, who takes nothing */
  AqFunctionTable *functions;
  guint64          chooser;    /* stands for agent, functions and pauses: see aq_transaction_next_due() */
  gboolean         has_pauses; /* mostly there are none, and no lane has to be looked up … */
  gboolean         has_quarantines; /* … likewise */
} AqClaimCheck;

AqClaimCheck aq_claim_check_new            (AqTransaction      *transaction,
                                            AqAgent            *agent,
                                            AqFunctionTable    *functions);
/* an AqLaneAccept: @check is an AqClaimCheck */
gboolean     aq_claim_check_accepts        (const AqLane       *lane,
                                            gpointer            check);
AqObstacles  aq_claim_check_list_obstacles (const AqClaimCheck *self,
                                            const AqLane       *lane);
AqObstacles  aq_claim_check_list_common    (AqTransaction      *transaction,
                                            AqFunctionTable    *functions,
                                            const AqLane       *lane);

G_END_DECLS

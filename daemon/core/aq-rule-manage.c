/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules for what people set up: agents
 */

#include "config.h"

#include "core/aq-rules.h"

/**
 * aq_rule_add_agent:
 * @transaction: a transaction
 * @add_agent_event: an #AqAddAgentEvent
 * @error: return location for an error
 *
 * Somebody adds an agent.
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`.
 *
 * Returns: whether it was added
 *
 * Since: 0.1
 */
gboolean
aq_rule_add_agent (AqTransaction  *transaction,
                   gpointer        add_agent_event,
                   GError        **error)
{
  const AqAddAgentEvent *event = add_agent_event;

  if (aq_transaction_get_agent (transaction, event->agent->name) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an agent '%s' already", event->agent->name);
      return FALSE;
    }
  aq_transaction_add_agent (transaction, event->agent);
  return TRUE;
}

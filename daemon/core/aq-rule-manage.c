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
  aq_transaction_set_agent (transaction, event->agent);
  return TRUE;
}

static gboolean
check_idle (AqTransaction  *transaction,
            const char     *agent,
            GError        **error)
{
  GPtrArray *busy = aq_transaction_get_busy (transaction);
  guint64 first = 0;
  guint n_jobs = 0;

  for (guint i = 0; i < busy->len; i++)
    {
      const AqJob *job = g_ptr_array_index (busy, i);

      if (!aq_job_holds_slot (job) || job->extra == NULL || g_strcmp0 (job->extra->agent, agent) != 0)
        continue;
      n_jobs++;
      first = first == 0 ? job->id : MIN (first, job->id);
    }
  if (n_jobs == 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
               "agent '%s' has %u job%s, the first is %" G_GUINT64_FORMAT " (\"asyncqctl agent set %s "
               "--filter=-function:*\" lets it take no more)", agent, n_jobs, n_jobs == 1 ? "" : "s", first, agent);
  return FALSE;
}

/* Jobs may wait in a queue that only this agent has named: it is one that was created from now on. */
static void
keep_queues (AqTransaction         *transaction,
             const AqSetAgentEvent *event)
{
  const char * const none[] = { NULL };
  const char * const *named = event->agent != NULL ? (const char * const *) event->agent->queues : none;

  for (char **queue = event->was->queues; *queue != NULL; queue++)
    if (**queue != '\0' && !g_strv_contains (named, *queue) &&
        aq_transaction_get_item (transaction, AQ_ITEM_QUEUE, *queue) == NULL)
      (void) aq_rule_create_queue (transaction, &(AqQueueEvent) { .name = *queue }, NULL);
}

/**
 * aq_rule_set_agent:
 * @transaction: a transaction
 * @set_agent_event: an #AqSetAgentEvent
 * @error: return location for an error
 *
 * Somebody changes an agent, or removes one. What it runs goes on, so an agent with
 * jobs cannot be removed.
 *
 * Errors: `ASYNCQ_ERROR_BAD_STATE`.
 * Source: behaviour Z96, Z97.
 *
 * Returns: whether it was changed or removed
 *
 * Since: 0.1
 */
gboolean
aq_rule_set_agent (AqTransaction  *transaction,
                   gpointer        set_agent_event,
                   GError        **error)
{
  const AqSetAgentEvent *event = set_agent_event;

  if (event->agent == NULL && !check_idle (transaction, event->was->name, error))
    return FALSE;
  keep_queues (transaction, event);
  if (event->agent != NULL)
    aq_transaction_set_agent (transaction, event->agent);
  else
    aq_transaction_remove_agent (transaction, event->was->name);
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule of factories
 */

#include "config.h"

#include "core/aq-rules.h"

#include "libasyncq/asyncq-error.h"

/**
 * aq_rule_set_factory:
 * @transaction: a transaction
 * @factory_event: an #AqFactoryEvent
 * @error: return location for an error
 *
 * Somebody adds a factory, or removes one.
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_NO_SUCH_FACTORY`,
 * `ASYNCQ_ERROR_NO_SUCH_QUEUE`.
 * Source: behaviour M2.
 *
 * Returns: whether it was added or removed
 *
 * Since: 0.1
 */
gboolean
aq_rule_set_factory (AqTransaction  *transaction,
                     gpointer        factory_event,
                     GError        **error)
{
  const AqFactoryEvent *event = factory_event;
  const char *queue = "";
  gboolean is_there = aq_transaction_get_item (transaction, AQ_ITEM_FACTORY, event->name) != NULL;

  if (event->entry != NULL && is_there)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is a factory '%s' already", event->name);
      return FALSE;
    }
  if (event->entry == NULL && !is_there)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FACTORY, "there is no factory '%s'", event->name);
      return FALSE;
    }
  if (event->entry != NULL)
    (void) g_variant_lookup (event->entry, "queue", "&s", &queue);
  if (!aq_queue_require (transaction, event->queues, queue, error))
    return FALSE;
  aq_transaction_set_item (transaction, AQ_ITEM_FACTORY, event->name, event->entry);
  return TRUE;
}

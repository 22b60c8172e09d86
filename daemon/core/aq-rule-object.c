/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rules of objects
 */

#include "config.h"

#include "core/aq-object.h"
#include "core/aq-rules.h"
#include "libasyncq/asyncq-error.h"

/**
 * aq_rule_create_object:
 * @transaction: a transaction
 * @object_event: an #AqObjectEvent
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_EXISTS`, `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether there is such an object now, at version 1
 *
 * Since: 0.1
 */
gboolean
aq_rule_create_object (AqTransaction  *transaction,
                       gpointer        object_event,
                       GError        **error)
{
  const AqObjectEvent *event = object_event;

  if (!aq_object_check_name (event->name, error) || !aq_object_check_value (NULL, event->value, error))
    return FALSE;
  if (aq_transaction_get_item (transaction, AQ_ITEM_OBJECT, event->name) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an object '%s' already", event->name);
      return FALSE;
    }
  aq_object_set (transaction, event->name, event->value, 1);
  return TRUE;
}

/**
 * aq_rule_set_object:
 * @transaction: a transaction
 * @object_event: an #AqObjectEvent
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`; `ASYNCQ_ERROR_INVALID` if the value is of
 * another type; `ASYNCQ_ERROR_CONFLICT` if the object has another version than
 * was thought; `ASYNCQ_ERROR_TOO_LARGE`.
 *
 * Returns: whether it has the new value, and a new version
 *
 * Since: 0.1
 */
gboolean
aq_rule_set_object (AqTransaction  *transaction,
                    gpointer        object_event,
                    GError        **error)
{
  const AqObjectEvent *event = object_event;
  const AqItem *item = aq_object_require (transaction, event->name, error);
  guint64 version;

  if (item == NULL || !aq_object_check_value (item, event->value, error))
    return FALSE;
  version = aq_object_get_version (item);
  if (event->version != 0 && event->version != version)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFLICT,
                   "object '%s' was changed meanwhile: it has version %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT,
                   event->name, version, event->version);
      return FALSE;
    }
  aq_object_set (transaction, event->name, event->value, version + 1);
  return TRUE;
}

/**
 * aq_rule_remove_object:
 * @transaction: a transaction
 * @object_event: an #AqObjectEvent
 * @error: return location for an error
 *
 * Jobs that are bound to it fail when they run.
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`.
 *
 * Returns: whether it was there, and is not any more
 *
 * Since: 0.1
 */
gboolean
aq_rule_remove_object (AqTransaction  *transaction,
                       gpointer        object_event,
                       GError        **error)
{
  const AqObjectEvent *event = object_event;

  if (aq_object_require (transaction, event->name, error) == NULL)
    return FALSE;
  aq_transaction_set_item (transaction, AQ_ITEM_OBJECT, event->name, NULL);
  return TRUE;
}

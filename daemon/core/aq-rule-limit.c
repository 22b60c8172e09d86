/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Rule of limits
 */

#include "config.h"

#include "core/aq-limit-name.h"
#include "core/aq-limit.h"
#include "core/aq-rules.h"

#include "libasyncq/asyncq-error.h"

/* what is given takes the place of what there is */
static GVariant *
join_settings (const AqItem *item,
               GVariant     *settings)
{
  GVariantDict dict;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_dict_init (&dict, item != NULL ? item->value : NULL);
  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (&dict, key, value);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static GVariant *
sign (AqTransaction *transaction,
      GVariant      *settings)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, settings);
  g_variant_dict_insert (&dict, "created", "x", transaction->now.wall_usec);
  g_variant_dict_insert (&dict, "by", "u", transaction->actor->uid);
  return g_variant_dict_end (&dict);
}

static gboolean
refuse_key (GVariant    *settings,
            const char  *key,
            GError     **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (settings, key, NULL);

  if (value != NULL)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'%s' of a limit cannot be set", key);
  return value != NULL;
}

static gboolean
set_limit (AqTransaction       *transaction,
           const AqLimitEvent  *event,
           GError             **error)
{
  const AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_LIMIT, event->name);
  g_autoptr(GVariant) settings = NULL;
  AqLimit limit;

  if (event->create && !aq_limit_name_check (event->name, error))
    return FALSE;
  if (event->create && item != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is a limit '%s' already", event->name);
      return FALSE;
    }
  if (!event->create && !aq_limit_require (transaction, event->name, error))
    return FALSE;
  if (refuse_key (event->settings, "created", error) || refuse_key (event->settings, "by", error))
    return FALSE;
  settings = join_settings (item, event->settings);
  if (!aq_limit_read (&limit, settings, error))
    return FALSE;
  aq_transaction_set_item (transaction, AQ_ITEM_LIMIT, event->name,
                           event->create ? sign (transaction, settings) : settings);
  return TRUE;
}

/**
 * aq_rule_set_limit:
 * @transaction: a transaction
 * @limit_event: an #AqLimitEvent
 * @error: return location for an error
 *
 * Somebody adds a limit, changes one, or removes one. Jobs under one that is
 * removed run as if they had none; they are under it again if it comes again.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_EXISTS`,
 * `ASYNCQ_ERROR_NO_SUCH_LIMIT`.
 * Source: behaviour Z41, Z44, X27.
 *
 * Returns: whether it was
 *
 * Since: 0.1
 */
gboolean
aq_rule_set_limit (AqTransaction  *transaction,
                   gpointer        limit_event,
                   GError        **error)
{
  const AqLimitEvent *event = limit_event;

  if (event->settings != NULL)
    return set_limit (transaction, event, error);
  if (!aq_limit_require (transaction, event->name, error))
    return FALSE;
  aq_transaction_set_item (transaction, AQ_ITEM_LIMIT, event->name, NULL);
  return TRUE;
}

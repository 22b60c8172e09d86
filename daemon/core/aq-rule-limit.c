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

/* what one name in "drop" takes along */
static const struct
{
  const char *name;
  const char *keys[3];
} parts[] = {
  { "size", { "size" } },
  { "rate", { "rate", "period", "burst" } },
  { "burst", { "burst" } },
};

static gboolean
drop_part (GVariantDict  *settings,
           GVariant      *given,
           const char    *name,
           GError       **error)
{
  guint part = 0;

  while (part < G_N_ELEMENTS (parts) && !g_str_equal (parts[part].name, name))
    part++;
  if (part == G_N_ELEMENTS (parts))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "'drop' of a limit has '%s': size, rate and burst can be dropped", name);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (parts[part].keys) && parts[part].keys[i] != NULL; i++)
    {
      const char *key = parts[part].keys[i];
      g_autoptr(GVariant) value = g_variant_lookup_value (given, key, NULL);

      if (value != NULL)
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                       "'%s' of a limit is given, and dropped with '%s'", key, name);
          return FALSE;
        }
      g_variant_dict_remove (settings, key);
    }
  return TRUE;
}

/*
 * Takes away what "drop" as of @given names.
 *
 * Returns: (transfer full) (nullable): the settings without
 */
static GVariant *
drop_parts (GVariant  *settings,
            GVariant  *given,
            GError   **error)
{
  g_autoptr(GVariant) names = g_variant_lookup_value (given, "drop", NULL);
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (settings);
  const char *name;
  GVariantIter iter;

  if (names == NULL)
    return g_variant_ref (settings);
  if (!g_variant_is_of_type (names, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "'drop' of a limit is of type '%s', 'as' is wanted",
                   g_variant_get_type_string (names));
      return NULL;
    }
  g_variant_dict_remove (&dict, "drop");
  g_variant_iter_init (&iter, names);
  while (g_variant_iter_next (&iter, "&s", &name))
    if (!drop_part (&dict, given, name, error))
      return NULL;
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
  g_autoptr(GVariant) joined = NULL;
  g_autoptr(GVariant) settings = NULL;
  AqLimit before = { 0 };
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
  joined = join_settings (item, event->settings);
  /* a new one has nothing to drop: then it is no key of a limit */
  settings = event->create ? g_variant_ref (joined) : drop_parts (joined, event->settings, error);
  if (settings == NULL || !aq_limit_read (&limit, settings, error))
    return FALSE;
  if (item != NULL)
    (void) aq_limit_read (&before, item->value, NULL);
  aq_transaction_set_item (transaction, AQ_ITEM_LIMIT, event->name,
                           event->create ? sign (transaction, settings) : settings);
  aq_limit_convert_buckets (transaction, event->name, &before, &limit);
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Object
 */

#include "config.h"

#include "core/aq-object.h"

#include "core/aq-job-settings.h"
#include "core/aq-suggestion.h"
#include "core/aq-value.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define MAX_NAME_BYTES 240

G_STATIC_ASSERT (MAX_NAME_BYTES <= AQ_ITEM_MAX_NAME_BYTES);

GVariant *
aq_object_get_value (const AqItem *self)
{
  return g_variant_lookup_value (self->value, "value", NULL);
}

guint64
aq_object_get_version (const AqItem *self)
{
  guint64 version = 0;

  (void) g_variant_lookup (self->value, "version", "t", &version);
  return version;
}

gint64
aq_object_get_changed (const AqItem *self)
{
  gint64 changed_usec = 0;

  (void) g_variant_lookup (self->value, "changed", "x", &changed_usec);
  return changed_usec;
}

gboolean
aq_object_check_name (const char  *name,
                      GError     **error)
{
  gsize length = strlen (name);
  gsize n_allowed = strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.:/-");

  if (length >= 1 && length <= MAX_NAME_BYTES && n_allowed == length)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%.240s' cannot be the name of an object: 1 to %d of A-Z a-z 0-9 _ . : / - are wanted", name,
               MAX_NAME_BYTES);
  return FALSE;
}

/**
 * aq_object_require:
 * @transaction: a transaction
 * @name: the name of an object
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`.
 *
 * Returns: (transfer none) (nullable): the object
 *
 * Since: 0.1
 */
AqItem *
aq_object_require (AqTransaction  *transaction,
                   const char     *name,
                   GError        **error)
{
  AqItem *item = aq_transaction_get_item (transaction, AQ_ITEM_OBJECT, name);
  AqSuggestion suggestion;
  GPtrArray *items;

  if (item != NULL)
    return item;
  aq_suggestion_init (&suggestion, name);
  items = aq_transaction_list_items (transaction, AQ_ITEM_OBJECT);
  for (guint i = 0; i < items->len; i++)
    aq_suggestion_offer (&suggestion, ((const AqItem *) g_ptr_array_index (items, i))->name);
  if (suggestion.best != NULL)
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_OBJECT,
                 "there is no object '%s'; did you mean '%s'?", name, suggestion.best);
  else
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_OBJECT, "there is no object '%s'", name);
  return NULL;
}

/**
 * aq_object_check_value:
 * @self: (nullable): an object; %NULL: one that is to be created
 * @value: its value to be
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_TOO_LARGE`, `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether it can be that
 *
 * Since: 0.1
 */
gboolean
aq_object_check_value (const AqItem  *self,
                       GVariant      *value,
                       GError       **error)
{
  g_autoptr(GVariant) now = self != NULL ? aq_object_get_value (self) : NULL;

  if (!aq_value_check (value, AQ_MAX_OBJECT_BYTES, error))
    {
      g_prefix_error (error, "the value of the object is too large: ");
      return FALSE;
    }
  if (now == NULL || g_variant_type_equal (g_variant_get_type (now), g_variant_get_type (value)))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "object '%s' is of type '%s', and the new value of type '%s'",
               self->name, g_variant_get_type_string (now), g_variant_get_type_string (value));
  return FALSE;
}

/**
 * aq_object_set:
 * @transaction: a transaction
 * @name: the object's name
 * @value: its value from now on
 * @version: its version from now on
 *
 * Since: 0.1
 */
void
aq_object_set (AqTransaction *transaction,
               const char    *name,
               GVariant      *value,
               guint64        version)
{
  g_autoptr(GVariant) item = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "changed", g_variant_new_int64 (transaction->now.wall_usec));
  g_variant_builder_add (&builder, "{sv}", "value", value);
  g_variant_builder_add (&builder, "{sv}", "version", g_variant_new_uint64 (version));
  item = g_variant_ref_sink (g_variant_builder_end (&builder));
  /* serialises it: the value is mostly a slice of a message that would have to stay as long as it does */
  (void) g_variant_get_data (item);
  aq_transaction_set_item (transaction, AQ_ITEM_OBJECT, name, item);
}

static gboolean
check_draft (AqTransaction  *transaction,
             const AqDraft  *draft,
             GError        **error)
{
  const char *name = draft->settings->object;
  const AqItem *item = aq_object_require (transaction, name, error);
  g_autoptr(GVariant) value = NULL;

  if (item == NULL)
    return FALSE;
  if (draft->object_type == NULL)
    return TRUE;
  value = aq_object_get_value (item);
  if (g_str_equal (g_variant_get_type_string (value), draft->object_type))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
               "function '%s' is bound to an object of type '%s', and object '%s' is of type '%s'", draft->function,
               draft->object_type, name, g_variant_get_type_string (value));
  return FALSE;
}

/**
 * aq_object_check_drafts:
 * @transaction: a transaction
 * @drafts: (array length=n_drafts): drafts that are to be put
 * @n_drafts: how many
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_NO_SUCH_OBJECT`, `ASYNCQ_ERROR_BAD_ARGUMENTS`.
 *
 * Returns: whether each object is there that one is bound to, and of the type
 *   that its function has declared
 *
 * Since: 0.1
 */
gboolean
aq_object_check_drafts (AqTransaction  *transaction,
                        const AqDraft  *drafts,
                        guint           n_drafts,
                        GError        **error)
{
  for (guint i = 0; i < n_drafts; i++)
    {
      if (drafts[i].settings == NULL || drafts[i].settings->object == NULL)
        continue;
      if (!check_draft (transaction, &drafts[i], error))
        {
          g_prefix_error (error, "entry %u: ", i);
          return FALSE;
        }
    }
  return TRUE;
}

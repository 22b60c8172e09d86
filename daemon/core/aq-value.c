/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Limits of a user's value: arguments and results
 *
 * D-Bus itself refuses what nests too deeply, so a value that could be kept
 * here but not be told to anybody is refused at the door.
 */

#include "config.h"

#include "core/aq-value.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

/* the longest signature that D-Bus knows; what stands for a type there is no longer than it */
#define MAX_TYPE_LENGTH 255

static gboolean
is_type_deeper (const GVariantType *type,
                guint               levels)
{
  if (!g_variant_type_is_container (type))
    return FALSE;
  if (levels == 0)
    return TRUE;
  if (g_variant_type_is_variant (type))
    return FALSE;
  if (g_variant_type_is_array (type) || g_variant_type_is_maybe (type))
    return is_type_deeper (g_variant_type_element (type), levels - 1);

  for (const GVariantType *item = g_variant_type_first (type); item != NULL; item = g_variant_type_next (item))
    if (is_type_deeper (item, levels - 1))
      return TRUE;
  return FALSE;
}

static gboolean
check_type (const GVariantType  *type,
            guint                levels,
            GError             **error)
{
  gsize length = g_variant_type_get_string_length (type);

  if (length > MAX_TYPE_LENGTH)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "its type has %" G_GSIZE_FORMAT " characters, at most %d are taken", length, MAX_TYPE_LENGTH);
      return FALSE;
    }
  if (is_type_deeper (type, levels))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE, "it nests deeper than %d levels", AQ_MAX_VALUE_DEPTH);
      return FALSE;
    }
  return TRUE;
}

/* only variants can hold more than the type of @value says, which check_type() has passed */
static gboolean
check_variants (GVariant  *value,
                guint      levels,
                GError   **error)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr(GVariant) inner = g_variant_get_variant (value);

      return check_type (g_variant_get_type (inner), levels - 1, error) && check_variants (inner, levels - 1, error);
    }
  if (strchr (g_variant_get_type_string (value), 'v') == NULL)
    return TRUE;

  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      if (!check_variants (child, levels - 1, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * aq_value_check:
 * @value: a value, in normal form
 * @max_bytes: how large it may be, serialised
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_TOO_LARGE`, saying by how much.
 * Source: design, section 11.
 *
 * Returns: whether the value is within the limits of size and depth, and its type
 *   within those of D-Bus
 *
 * Since: 0.1
 */
gboolean
aq_value_check (GVariant  *value,
                gsize      max_bytes,
                GError   **error)
{
  gsize size = g_variant_get_size (value);

  if (size > max_bytes)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "%" G_GSIZE_FORMAT " bytes are given, at most %" G_GSIZE_FORMAT " are taken", size, max_bytes);
      return FALSE;
    }
  return check_type (g_variant_get_type (value), AQ_MAX_VALUE_DEPTH, error) &&
         check_variants (value, AQ_MAX_VALUE_DEPTH, error);
}

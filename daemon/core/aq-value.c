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

static gboolean
is_deeper (GVariant *value,
           guint     levels)
{
  if (!g_variant_is_container (value))
    return FALSE;
  if (levels == 0)
    return TRUE;
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      if (is_deeper (child, levels - 1))
        return TRUE;
    }
  return FALSE;
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
 * Returns: whether the value is within the limits of size and depth
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
  /* without a variant in it, the type itself bounds the depth */
  if (strchr (g_variant_get_type_string (value), 'v') != NULL && is_deeper (value, AQ_MAX_VALUE_DEPTH))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE, "it nests deeper than %d levels", AQ_MAX_VALUE_DEPTH);
      return FALSE;
    }
  return TRUE;
}

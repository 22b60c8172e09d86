/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Annotation
 */

#include "config.h"

#include "core/aq-annotation.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

/**
 * aq_annotation_check_key:
 * @key: a key
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether it can be the key of an annotation
 *
 * Since: 0.1
 */
gboolean
aq_annotation_check_key (const char  *key,
                         GError     **error)
{
  gsize length = strlen (key);

  if (length >= 1 && length <= AQ_MAX_ANNOTATION_KEY_BYTES && g_utf8_validate (key, length, NULL))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "the key of an annotation has %" G_GSIZE_FORMAT " bytes, 1 to %d of UTF-8 are wanted", length,
               AQ_MAX_ANNOTATION_KEY_BYTES);
  return FALSE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Draft value
 *
 * One value of an entry. Everything that is wrong with an entry is refused here,
 * so that messages of one kind read alike.
 */

#include "config.h"

#include "core/aq-draft-value.h"

#include "libasyncq/asyncq-error.h"

#include <string.h>

/**
 * aq_draft_refuse:
 * @error: return location for an error
 * @code: an #AsyncqError
 * @format: printf()-like
 * @...: for @format
 *
 * Returns: %FALSE
 *
 * Since: 0.1
 */
gboolean
aq_draft_refuse (GError     **error,
                 int          code,
                 const char  *format,
                 ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (ASYNCQ_ERROR, code, format, arguments);
  va_end (arguments);
  return FALSE;
}

/* what has one entry, as a factory or a schedule, names no place */
void
aq_draft_drop_place (GError **error)
{
  static const char place[] = "entry 0: ";
  GError *whole = error != NULL ? *error : NULL;

  if (whole != NULL && g_str_has_prefix (whole->message, place))
    memmove (whole->message, whole->message + strlen (place), strlen (whole->message) - strlen (place) + 1);
}

gboolean
aq_draft_get_string (const char  *key,
                     GVariant    *value,
                     const char **out_text,
                     GError     **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is of type '%s', 's' is wanted", key,
                            g_variant_get_type_string (value));
  *out_text = g_variant_get_string (value, NULL);
  return TRUE;
}

/**
 * aq_draft_get_integer:
 * @key: of the entry
 * @value: of any integer type: a client in a script does not choose
 * @minimum: that is taken
 * @maximum: that is taken
 * @out_number: (out): the number; untouched on failure
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether it is a number in range
 *
 * Since: 0.1
 */
gboolean
aq_draft_get_integer (const char  *key,
                      GVariant    *value,
                      gint64       minimum,
                      gint64       maximum,
                      gint64      *out_number,
                      GError     **error)
{
  gint64 number;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      number = g_variant_get_byte (value);
      break;
    case G_VARIANT_CLASS_INT16:
      number = g_variant_get_int16 (value);
      break;
    case G_VARIANT_CLASS_UINT16:
      number = g_variant_get_uint16 (value);
      break;
    case G_VARIANT_CLASS_INT32:
      number = g_variant_get_int32 (value);
      break;
    case G_VARIANT_CLASS_UINT32:
      number = g_variant_get_uint32 (value);
      break;
    case G_VARIANT_CLASS_INT64:
      number = g_variant_get_int64 (value);
      break;
    case G_VARIANT_CLASS_UINT64:
      number = MIN (g_variant_get_uint64 (value), (guint64) G_MAXINT64);
      break;
    default:
      return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is of type '%s', an integer is wanted", key,
                              g_variant_get_type_string (value));
    }
  if (number < minimum || number > maximum)
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID,
                            "'%s' is %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " is wanted",
                            key, number,
                            minimum, maximum);
  *out_number = number;
  return TRUE;
}

gboolean
aq_draft_get_boolean (const char  *key,
                      GVariant    *value,
                      gboolean    *out_boolean,
                      GError     **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return aq_draft_refuse (error, ASYNCQ_ERROR_INVALID, "'%s' is of type '%s', 'b' is wanted", key,
                            g_variant_get_type_string (value));
  *out_boolean = g_variant_get_boolean (value);
  return TRUE;
}

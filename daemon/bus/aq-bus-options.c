/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Options of a call
 */

#include "config.h"

#include "bus/aq-bus-options.h"

#include "libasyncq/asyncq-error.h"

/**
 * aq_bus_options_check:
 * @options: `a{sv}`
 * @keys: (array zero-terminated): the keys that there are
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether all keys of @options are known
 *
 * Since: 0.1
 */
gboolean
aq_bus_options_check (GVariant            *options,
                      const char * const  *keys,
                      GError             **error)
{
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL))
    if (!g_strv_contains (keys, key))
      {
        g_autofree char *known = g_strjoinv (", ", (char **) keys);

        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                     "there is no option '%.64s'; there are: %s", key, known);
        return FALSE;
      }
  return TRUE;
}

static gboolean
fail_type (const char  *key,
           GVariant    *value,
           const char  *wanted,
           GError     **error)
{
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "option '%s' is of type '%.32s', %s is wanted", key,
               g_variant_get_type_string (value), wanted);
  return FALSE;
}

gboolean
aq_bus_options_get_boolean (GVariant    *options,
                            const char  *key,
                            gboolean    *out_value,
                            GError     **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (options, key, NULL);

  if (value == NULL)
    return TRUE;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return fail_type (key, value, "a boolean", error);
  *out_value = g_variant_get_boolean (value);
  return TRUE;
}

/* a negative number comes out as one that is over every maximum */
static gboolean
read_integer (GVariant *value,
              guint64  *out_number)
{
  gint64 number;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      *out_number = g_variant_get_byte (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *out_number = g_variant_get_uint16 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *out_number = g_variant_get_uint32 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      *out_number = g_variant_get_uint64 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      number = g_variant_get_int16 (value);
      break;
    case G_VARIANT_CLASS_INT32:
      number = g_variant_get_int32 (value);
      break;
    case G_VARIANT_CLASS_INT64:
      number = g_variant_get_int64 (value);
      break;
    default:
      return FALSE;
    }
  *out_number = number >= 0 ? (guint64) number : G_MAXUINT64;
  return TRUE;
}

/**
 * aq_bus_options_get_uint:
 * @options: `a{sv}`
 * @key: a key
 * @minimum: least value
 * @maximum: greatest value, less than %G_MAXUINT64
 * @out_value: (inout): the value
 * @error: return location for an error
 *
 * Reads a number of any integer type: many languages have but one.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether the option is in order, or not there
 *
 * Since: 0.1
 */
gboolean
aq_bus_options_get_uint (GVariant    *options,
                         const char  *key,
                         guint64      minimum,
                         guint64      maximum,
                         guint64     *out_value,
                         GError     **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (options, key, NULL);
  guint64 number;

  if (value == NULL)
    return TRUE;
  if (!read_integer (value, &number))
    return fail_type (key, value, "an integer", error);
  if (number < minimum || number > maximum)
    {
      g_autofree char *text = g_variant_print (value, FALSE);

      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "option '%s' is %s, %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " is wanted",
                   key, text, minimum, maximum);
      return FALSE;
    }
  *out_value = number;
  return TRUE;
}

gboolean
aq_bus_options_dup_string (GVariant    *options,
                           const char  *key,
                           char       **out_value,
                           GError     **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (options, key, NULL);

  if (value == NULL)
    return TRUE;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return fail_type (key, value, "a string", error);
  *out_value = g_variant_dup_string (value, NULL);
  return TRUE;
}

gboolean
aq_bus_options_dup_strings (GVariant    *options,
                            const char  *key,
                            char      ***out_value,
                            GError     **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (options, key, NULL);

  if (value == NULL)
    return TRUE;
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return fail_type (key, value, "an array of strings", error);
  *out_value = g_variant_dup_strv (value, NULL);
  return TRUE;
}

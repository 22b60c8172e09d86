/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Name of a limit
 */

#include "config.h"

#include "core/aq-limit-name.h"

#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

/* sets INVALID. Returns: FALSE, so that callers can return it */
gboolean
aq_limit_refuse (GError     **error,
                 const char  *format,
                 ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, format, arguments);
  va_end (arguments);
  return FALSE;
}

static gboolean
is_plain (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("_.:-", c) != NULL);
}

/* Returns: (nullable): the end of {argument}, which @text begins with; NULL if it does not */
static const char *
skip_argument (const char *text)
{
  const char *end = *text == '{' ? strchr (text, '}') : NULL;
  g_autofree char *name = end != NULL ? g_strndup (text + 1, end - text - 1) : NULL;

  return name != NULL && aq_name_is_symbol (name) ? end + 1 : NULL;
}

/**
 * aq_limit_name_check:
 * @definition: what is to be the name of a limit
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_INVALID`.
 *
 * Returns: whether it can be: 1 to %AQ_LIMIT_MAX_NAME_BYTES of A-Z a-z 0-9 _ . : -,
 *   and in it {argument}
 *
 * Since: 0.1
 */
gboolean
aq_limit_name_check (const char  *definition,
                     GError     **error)
{
  const char *at = definition;

  while (at != NULL && *at != '\0')
    at = is_plain (*at) ? at + 1 : skip_argument (at);
  if (at != NULL && *definition != '\0' && strlen (definition) <= AQ_LIMIT_MAX_NAME_BYTES)
    return TRUE;
  return aq_limit_refuse (error, "'%s' cannot be the name of a limit: 1 to %d of A-Z a-z 0-9 _ . : - are wanted, "
                          "and where an argument is to stand its name as {name}", definition, AQ_LIMIT_MAX_NAME_BYTES);
}

static char *
get_text (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) || g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH))
    return g_variant_dup_string (value, NULL);
  return g_variant_print (value, FALSE);
}

static void
append_encoded (GString    *instance,
                const char *text)
{
  for (; *text != '\0'; text++)
    if (is_plain (*text))
      g_string_append_c (instance, *text);
    else
      g_string_append_printf (instance, "%%%02X", (guchar) *text);
}

/* Returns: whether there is such an argument */
static gboolean
append_argument (GString         *instance,
                 const char      *name,
                 AsyncqSignature *signature,
                 GVariant        *arguments)
{
  guint n_parameters = signature != NULL ? asyncq_signature_get_n_parameters (signature) : 0;
  g_autoptr(GVariant) value = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < n_parameters && i < g_variant_n_children (arguments); i++)
    if (g_str_equal (asyncq_signature_get_name (signature, i), name))
      value = g_variant_get_child_value (arguments, i);
  if (value == NULL)
    return FALSE;
  text = get_text (value);
  append_encoded (instance, text);
  return TRUE;
}

/**
 * aq_limit_name_expand:
 * @definition: the name of a limit, as aq_limit_name_check() wants it
 * @function: plugin.function
 * @signature: (nullable): its parameters; %NULL: they are not known
 * @arguments: a tuple: those of the job
 * @error: return location for an error
 *
 * An argument stands as its text: a string as it is, other values as GVariant text
 * without types. What cannot be in a name is percent-encoded.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, naming the argument that there is not.
 *
 * Returns: (transfer full): the instance that the job is under
 *
 * Since: 0.1
 */
char *
aq_limit_name_expand (const char       *definition,
                      const char       *function,
                      AsyncqSignature  *signature,
                      GVariant         *arguments,
                      GError          **error)
{
  g_autoptr(GString) instance = g_string_new (NULL);
  const char *at = definition;

  while (*at != '\0')
    {
      const char *end = skip_argument (at);
      g_autofree char *name = NULL;

      if (end == NULL)
        {
          g_string_append_c (instance, *at++);
          continue;
        }
      name = g_strndup (at + 1, end - at - 2);
      if (!append_argument (instance, name, signature, arguments))
        {
          (void) aq_limit_refuse (error, "limit '%s' wants the argument '%s', which '%s' has not", definition, name,
                                  function);
          return NULL;
        }
      at = end;
    }
  if (instance->len > AQ_LIMIT_MAX_INSTANCE_BYTES)
    {
      (void) aq_limit_refuse (error, "limit '%s' would be one of %" G_GSIZE_FORMAT " bytes with the arguments of this "
                              "job, at most %d are taken", definition, instance->len, AQ_LIMIT_MAX_INSTANCE_BYTES);
      return NULL;
    }
  return g_string_free (g_steal_pointer (&instance), FALSE);
}

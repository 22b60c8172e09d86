/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Arguments of a call, as a JSON file has them
 *
 * A value is of the type that is declared; every message says where in the file
 * it belongs to.
 */

#include "config.h"

#include "ctl-json-arguments.h"

#include <glib/gi18n.h>

void
ctl_json_set_fault (GError     **error,
                    const char  *place,
                    const char  *format,
                    ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "%s: %s", place, what);
}

/* a value as JSON has it, of the declared type; floating, or NULL with @error set */
static GVariant *
convert (JsonNode            *node,
         const GVariantType  *type,
         const char          *place,
         GError             **error)
{
  g_autofree char *type_text = type != NULL ? g_variant_type_dup_string (type) : NULL;
  g_autoptr(GError) reason = NULL;
  GVariant *value;

  if (type != NULL && g_variant_type_equal (type, G_VARIANT_TYPE_VARIANT))
    {
      value = convert (node, NULL, place, error);
      return value != NULL ? g_variant_new_variant (value) : NULL;
    }
  value = json_gvariant_deserialize (node, type_text, &reason);
  if (value == NULL && type != NULL)
    /* TRANSLATORS: the type that is wanted, and what a parser says */
    ctl_json_set_fault (error, place, _("this is not of type '%s': %s"), type_text, reason->message);
  else if (value == NULL)
    ctl_json_set_fault (error, place, "%s", reason->message);
  return value;
}

static int
find_parameter (AsyncqSignature *signature,
                const char      *name)
{
  for (guint i = 0; i < asyncq_signature_get_n_parameters (signature); i++)
    if (g_str_equal (asyncq_signature_get_name (signature, i), name))
      return (int) i;
  return -1;
}

/* @signature: NULL where the function is not known */
static gboolean
read_positional (AsyncqJobSpec    *spec,
                 AsyncqSignature  *signature,
                 JsonArray        *array,
                 const char       *place,
                 GError          **error)
{
  guint n = json_array_get_length (array);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s[%u]", place, i);
      const GVariantType *type = NULL;
      GVariant *value;

      if (signature != NULL && i < asyncq_signature_get_n_parameters (signature))
        type = asyncq_signature_get_value_type (signature, i);
      value = convert (json_array_get_element (array, i), type, here, error);
      if (value == NULL)
        return FALSE;
      asyncq_job_spec_add_argument (spec, value);
    }
  return TRUE;
}

static gboolean
read_named (AsyncqJobSpec    *spec,
            AsyncqSignature  *signature,
            JsonObject       *object,
            const char       *place,
            GError          **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      g_autofree char *here = g_strdup_printf ("%s.%s", place, name);
      int index = signature != NULL ? find_parameter (signature, name) : -1;
      GVariant *value;

      value = convert (node, index >= 0 ? asyncq_signature_get_value_type (signature, (guint) index) : NULL,
                       here, error);
      if (value == NULL)
        return FALSE;
      asyncq_job_spec_set_argument (spec, name, value);
    }
  return TRUE;
}

/* what would be refused by the daemon is refused here, where the place is known */
static gboolean
check_arguments (AsyncqJobSpec    *spec,
                 AsyncqSignature  *signature,
                 guint             n_open,
                 const char       *place,
                 GError          **error)
{
  g_autoptr(GVariant) entries = asyncq_job_spec_to_entries (spec);
  g_autoptr(GVariant) entry = g_variant_get_child_value (entries, 0);
  g_autoptr(GVariant) positional = g_variant_lookup_value (entry, "arguments", NULL);
  g_autoptr(GVariant) named = g_variant_lookup_value (entry, "named", NULL);
  g_autoptr(GVariant) bound = asyncq_signature_bind (signature, positional, named, n_open, error);

  if (bound == NULL)
    g_prefix_error (error, "%s: %s: ", place, asyncq_job_spec_get_function (spec));
  return bound != NULL;
}

gboolean
ctl_json_read_arguments (AsyncqJobSpec    *spec,
                         AsyncqSignature  *signature,
                         JsonNode         *node,
                         guint             n_open,
                         const char       *place,
                         GError          **error)
{
  g_autofree char *here = g_strconcat (place, ".arguments", NULL);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      if (!read_positional (spec, signature, json_node_get_array (node), here, error))
        return FALSE;
    }
  else if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      if (!read_named (spec, signature, json_node_get_object (node), here, error))
        return FALSE;
    }
  else if (node != NULL)
    {
      ctl_json_set_fault (error, here, _("a list, or an object with names, is wanted"));
      return FALSE;
    }
  return signature == NULL || check_arguments (spec, signature, n_open, place, error);
}

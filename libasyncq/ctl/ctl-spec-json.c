/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Jobs from a JSON file; asyncqctl(1) describes the format
 *
 * A job is a text, read as a command line, or an object with one of "function",
 * "parallel" and "serial". Every message says where in the file it belongs to.
 */

#include "config.h"

#include "ctl-spec.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

typedef struct
{
  CtlFunctions *functions;
  gboolean      defer_check;
} Reader;

static AsyncqJobSpec *read_job (Reader      *reader,
                                JsonNode    *node,
                                const char  *place,
                                guint        n_open,
                                GError     **error);

static void G_GNUC_PRINTF (3, 4)
set_fault (GError     **error,
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

/* ---- arguments ---- */

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
    set_fault (error, place, _("this is not of type '%s': %s"), type_text, reason->message);
  else if (value == NULL)
    set_fault (error, place, "%s", reason->message);
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

static gboolean
read_arguments (Reader         *reader,
                AsyncqJobSpec  *spec,
                JsonObject     *object,
                const char     *place,
                guint           n_open,
                GError        **error)
{
  g_autoptr(GError) unknown = NULL;
  g_autoptr(AsyncqSignature) signature = NULL;
  g_autofree char *here = g_strconcat (place, ".arguments", NULL);
  JsonNode *node = json_object_get_member (object, "arguments");
  AsyncqFunctionInfo *info =
      ctl_functions_find (reader->functions, asyncq_job_spec_get_function (spec), &unknown);

  if (info == NULL && !reader->defer_check &&
      !json_object_get_boolean_member_with_default (object, "defer_check", FALSE))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&unknown), "%s: ", place);
      return FALSE;
    }
  if (info != NULL)
    {
      signature = asyncq_function_info_parse_signature (info, error);
      if (signature == NULL)
        return FALSE;
    }
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
      set_fault (error, here, _("a list, or an object with names, is wanted"));
      return FALSE;
    }
  return signature == NULL || check_arguments (spec, signature, n_open, place, error);
}

/* ---- settings ---- */

static const struct
{
  const char *name;
  GType       type; /* 0: whatever its reader accepts */
} keys[] = {
  { "function", G_TYPE_STRING },
  { "arguments", 0 },
  { "parallel", 0 },
  { "serial", 0 },
  { "postprocess", 0 },
  { "queue", G_TYPE_STRING },
  { "priority", G_TYPE_INT64 },
  { "at", G_TYPE_STRING },
  { "after", G_TYPE_STRING },
  { "key", G_TYPE_STRING },
  { "defer_check", G_TYPE_BOOLEAN },
};

static gboolean
check_key (const char  *name,
           JsonNode    *node,
           const char  *place,
           GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!g_str_equal (keys[i].name, name))
        continue;
      if (keys[i].type == 0 ||
          (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == keys[i].type))
        return TRUE;
      /* TRANSLATORS: %s is the name of a member of a JSON object */
      set_fault (error, place, _("'%s' is of the wrong type"), name);
      return FALSE;
    }
  /* TRANSLATORS: %s is the name of a member of a JSON object */
  set_fault (error, place, _("'%s' is not known"), name);
  return FALSE;
}

static gboolean
check_keys (JsonObject  *object,
            const char  *place,
            GError     **error)
{
  guint n_kinds = 0;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      if (!check_key (name, node, place, error))
        return FALSE;
      n_kinds += g_str_equal (name, "function") || g_str_equal (name, "parallel") ||
                 g_str_equal (name, "serial");
    }
  if (n_kinds != 1)
    {
      set_fault (error, place, _("one of 'function', 'parallel' and 'serial' is wanted"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_settings (AsyncqJobSpec  *spec,
               JsonObject     *object,
               const char     *place,
               GError        **error)
{
  gint64 priority = json_object_get_int_member_with_default (object, "priority", 128);
  const char *at = json_object_get_string_member_with_default (object, "at", NULL);
  const char *after = json_object_get_string_member_with_default (object, "after", NULL);

  if (priority < 0 || priority > 255)
    {
      set_fault (error, place, _("'priority' is 0, most urgent, to 255"));
      return FALSE;
    }
  if (json_object_has_member (object, "priority"))
    asyncq_job_spec_set_priority (spec, (guint) priority);
  asyncq_job_spec_set_queue (spec, json_object_get_string_member_with_default (object, "queue", NULL));
  asyncq_job_spec_set_submit_key (spec, json_object_get_string_member_with_default (object, "key", NULL));
  if (!ctl_spec_set_time (spec, at, after, error))
    {
      g_prefix_error (error, "%s: ", place);
      return FALSE;
    }
  return TRUE;
}

/* ---- jobs ---- */

static AsyncqJobSpec *
read_call (Reader      *reader,
           JsonObject  *object,
           const char  *place,
           guint        n_open,
           GError     **error)
{
  g_autoptr(AsyncqJobSpec) spec = NULL;
  gboolean defer_check =
      json_object_get_boolean_member_with_default (object, "defer_check", reader->defer_check);

  spec = asyncq_job_spec_new (json_object_get_string_member (object, "function"));
  asyncq_job_spec_set_defer_check (spec, defer_check);
  if (!read_arguments (reader, spec, object, place, n_open, error))
    return NULL;
  return g_steal_pointer (&spec);
}

static AsyncqJobSpec *
read_composite (Reader      *reader,
                JsonObject  *object,
                const char  *place,
                GError     **error)
{
  gboolean serial = json_object_has_member (object, "serial");
  const char *kind = serial ? "serial" : "parallel";
  JsonNode *members = json_object_get_member (object, kind);
  JsonNode *postprocess = json_object_get_member (object, "postprocess");
  g_autoptr(AsyncqJobSpec) spec = serial ? asyncq_job_spec_new_serial () : asyncq_job_spec_new_parallel ();
  guint n;

  if (!JSON_NODE_HOLDS_ARRAY (members))
    {
      /* TRANSLATORS: %s is the name of a member of a JSON object */
      set_fault (error, place, _("'%s' is a list of jobs"), kind);
      return NULL;
    }
  n = json_array_get_length (json_node_get_array (members));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *here = g_strdup_printf ("%s.%s[%u]", place, kind, i);
      g_autoptr(AsyncqJobSpec) member = NULL;

      member = read_job (reader, json_array_get_element (json_node_get_array (members), i), here, 0, error);
      if (member == NULL)
        return NULL;
      asyncq_job_spec_add_member (spec, member);
    }
  if (postprocess != NULL)
    {
      g_autofree char *here = g_strconcat (place, ".postprocess", NULL);
      g_autoptr(AsyncqJobSpec) last = read_job (reader, postprocess, here, 1, error);

      if (last == NULL)
        return NULL;
      if (asyncq_job_spec_get_function (last) == NULL)
        {
          set_fault (error, here, _("this has to be a function"));
          return NULL;
        }
      asyncq_job_spec_set_postprocess (spec, last);
    }
  return g_steal_pointer (&spec);
}

static AsyncqJobSpec *
read_job (Reader      *reader,
          JsonNode    *node,
          const char  *place,
          guint        n_open,
          GError     **error)
{
  g_autoptr(AsyncqJobSpec) spec = NULL;
  JsonObject *object;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      spec = ctl_spec_of_line (reader->functions, json_node_get_string (node), n_open,
                               reader->defer_check, error);
      if (spec == NULL)
        g_prefix_error (error, "%s: ", place);
      return g_steal_pointer (&spec);
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      set_fault (error, place, _("a job is a text or an object"));
      return NULL;
    }
  object = json_node_get_object (node);
  if (!check_keys (object, place, error))
    return NULL;
  if (json_object_has_member (object, "function"))
    spec = read_call (reader, object, place, n_open, error);
  else
    spec = read_composite (reader, object, place, error);
  if (spec == NULL || !read_settings (spec, object, place, error))
    return NULL;
  return g_steal_pointer (&spec);
}

/* one job, or a list of jobs */
GPtrArray *
ctl_spec_read_json (CtlFunctions  *functions,
                    const char    *text,
                    gboolean       defer_check,
                    GError       **error)
{
  Reader reader = { functions, defer_check };
  g_autoptr(GPtrArray) specs = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GError) reason = NULL;
  g_autoptr(JsonNode) root = json_from_string (text, &reason);
  AsyncqJobSpec *spec;
  guint n;

  if (root == NULL)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   /* TRANSLATORS: %s is what a parser says */
                   _("the file is not JSON: %s"), reason != NULL ? reason->message : _("it is empty"));
      return NULL;
    }
  if (!JSON_NODE_HOLDS_ARRAY (root))
    {
      spec = read_job (&reader, root, "$", 0, error);
      if (spec == NULL)
        return NULL;
      g_ptr_array_add (specs, spec);
      return g_steal_pointer (&specs);
    }
  n = json_array_get_length (json_node_get_array (root));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *place = g_strdup_printf ("$[%u]", i);

      spec = read_job (&reader, json_array_get_element (json_node_get_array (root), i), place, 0, error);
      if (spec == NULL)
        return NULL;
      g_ptr_array_add (specs, spec);
    }
  return g_steal_pointer (&specs);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Jobs from a JSON file; asyncqctl(1) describes the format
 *
 * A job is a text, read as a command line, or an object with one of "function",
 * "factory", "parallel", "serial" and "batch". Every message says where in the file it belongs to.
 */

#include "config.h"

#include "ctl-spec.h"

#include "ctl-json-arguments.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* a job that another one names, which may stand behind it */
typedef struct
{
  AsyncqJobSpec *spec;  /* that comes after it; borrowed of the tree */
  char          *name;  /* NULL: see index */
  gint64         index; /* in the list of the file */
  AsyncqJobOn    on;
  char          *place;
} Reference;

typedef struct
{
  CtlFunctions *functions;
  gboolean      defer_check;
  GHashTable   *names;      /* char* to AsyncqJobSpec, borrowed of the tree */
  GArray       *references; /* of Reference */
} Reader;

static AsyncqJobSpec *read_job (Reader      *reader,
                                JsonNode    *node,
                                const char  *place,
                                guint        n_open,
                                GError     **error);

/* ---- settings ---- */

/* besides the settings, which have a table of their own */
static const struct
{
  const char *name;
  GType       type; /* 0: whatever its reader accepts */
} keys[] = {
  { "function", G_TYPE_STRING },
  { "factory", G_TYPE_STRING },
  { "arguments", 0 },
  { "parallel", 0 },
  { "serial", 0 },
  { "batch", 0 },
  { "postprocess", 0 },
  { "name", G_TYPE_STRING },
  { "on", G_TYPE_STRING },
  { "callbacks", 0 },
  { "callback_of", 0 },
  { "after_jobs", 0 },
  { "append_to", 0 },
  { "defer_check", G_TYPE_BOOLEAN },
};

static const char *const kinds[] = { "function", "factory", "parallel", "serial", "batch", NULL };

static gboolean
check_key (const char  *name,
           JsonNode    *node,
           const char  *place,
           GError     **error)
{
  CtlSettingId id;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!g_str_equal (keys[i].name, name))
        continue;
      if (keys[i].type == 0 ||
          (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == keys[i].type))
        return TRUE;
      /* TRANSLATORS: %s is the name of a member of a JSON object */
      ctl_json_set_fault (error, place, _("'%s' is of the wrong type"), name);
      return FALSE;
    }
  if (ctl_setting_find (name, &id))
    {
      g_autofree char *text = ctl_setting_dup_of_json (id, node, error);

      if (text == NULL)
        g_prefix_error (error, "%s: ", place);
      return text != NULL;
    }
  /* TRANSLATORS: %s is the name of a member of a JSON object */
  ctl_json_set_fault (error, place, _("'%s' is not known"), name);
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
      n_kinds += g_strv_contains (kinds, name);
    }
  if (n_kinds != 1)
    {
      ctl_json_set_fault (error, place, _("one of 'function', 'factory', 'parallel', 'serial' and 'batch' is wanted"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
collect_settings (JsonObject   *object,
                  CtlSettings  *settings,
                  GError      **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  CtlSettingId id;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      if (!ctl_setting_find (name, &id))
        continue;
      g_free (settings->texts[id]);
      settings->texts[id] = ctl_setting_dup_of_json (id, node, error);
      if (settings->texts[id] == NULL)
        return FALSE;
    }
  return ctl_settings_check (settings, error);
}

static gboolean
read_settings (AsyncqJobSpec  *spec,
               JsonObject     *object,
               const char     *place,
               GError        **error)
{
  g_auto(CtlSettings) settings = { { NULL } };

  if (collect_settings (object, &settings, error) && ctl_settings_apply (&settings, spec, CTL_REACH_ALL, error))
    return TRUE;
  g_prefix_error (error, "%s: ", place);
  return FALSE;
}

/* ---- other jobs ---- */

static void
reference_clear (gpointer data)
{
  g_free (((Reference *) data)->name);
  g_free (((Reference *) data)->place);
}

static gboolean
read_on (const char   *text,
         const char   *place,
         AsyncqJobOn  *out_on,
         GError      **error)
{
  if (asyncq_job_on_from_string (text, out_on))
    return TRUE;
  /* TRANSLATORS: %s is what was given; the words are not translated */
  ctl_json_set_fault (error, place, _("'%s' makes no sense: it is success, failure, any or first-failure"), text);
  return FALSE;
}

/* the number of a job that there is: 30, "30", "@30" or "30:failure" */
static gboolean
read_edge (JsonNode     *node,
           const char   *place,
           AsyncqJobOn   otherwise,
           guint64      *out_id,
           AsyncqJobOn  *out_on,
           GError      **error)
{
  g_autofree char *text = NULL;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    text = g_strdup (json_node_get_string (node));
  else
    text = json_to_string (node, FALSE);
  if (ctl_spec_read_edge (text, otherwise, out_id, out_on, error))
    return TRUE;
  g_prefix_error (error, "%s: ", place);
  return FALSE;
}

/* "@30" is a job that there is, "fetch" one of the file, 0 the first of its list; each may have ":failure" behind */
static gboolean
read_after (Reader         *reader,
            AsyncqJobSpec  *spec,
            JsonNode       *node,
            const char     *place,
            GError        **error)
{
  Reference reference = { spec, NULL, -1, ASYNCQ_JOB_ON_SUCCESS, NULL };
  const char *text = NULL;
  const char *colon;
  guint64 id;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    reference.index = json_node_get_int (node);
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_get_string (node);
  else
    {
      ctl_json_set_fault (error, place, _("the name of a job, its place in the list, or a number such as \"@30\" is wanted"));
      return FALSE;
    }
  if (text != NULL && *text == '@')
    {
      if (!read_edge (node, place, ASYNCQ_JOB_ON_SUCCESS, &id, &reference.on, error))
        return FALSE;
      asyncq_job_spec_add_after_job (spec, id, reference.on);
      return TRUE;
    }
  colon = text != NULL ? strrchr (text, ':') : NULL;
  if (colon != NULL && !read_on (colon + 1, place, &reference.on, error))
    return FALSE;
  if (text != NULL)
    reference.name = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  reference.place = g_strdup (place);
  g_array_append_val (reader->references, reference);
  return TRUE;
}

static gboolean
read_callback (Reader         *reader,
               AsyncqJobSpec  *spec,
               JsonNode       *node,
               const char     *place,
               GError        **error)
{
  g_autoptr(AsyncqJobSpec) callback = read_job (reader, node, place, 1, error);
  AsyncqJobOn on = ASYNCQ_JOB_ON_ANY;
  const char *text = NULL;

  if (callback == NULL)
    return FALSE;
  if (asyncq_job_spec_get_function (callback) == NULL)
    {
      ctl_json_set_fault (error, place, _("this has to be a function"));
      return FALSE;
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    text = json_object_get_string_member_with_default (json_node_get_object (node), "on", NULL);
  if (text != NULL && !read_on (text, place, &on, error))
    return FALSE;
  if (on == ASYNCQ_JOB_ON_FIRST_FAILURE && asyncq_job_spec_get_function (spec) != NULL)
    {
      ctl_json_set_fault (error, place, _("only a composite job has a first failure"));
      return FALSE;
    }
  asyncq_job_spec_add_callback (spec, callback, on);
  return TRUE;
}

/* calls @read with each element of a list that may be missing */
static gboolean
read_each (Reader         *reader,
           AsyncqJobSpec  *spec,
           JsonObject     *object,
           const char     *key,
           const char     *place,
           gboolean      (*read) (Reader *reader, AsyncqJobSpec *spec, JsonNode *node, const char *place,
                                  GError **error),
           GError        **error)
{
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *array;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      /* TRANSLATORS: %s is the name of a member of a JSON object */
      ctl_json_set_fault (error, place, _("'%s' is a list of jobs"), key);
      return FALSE;
    }
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *here = g_strdup_printf ("%s.%s[%u]", place, key, i);

      if (!read (reader, spec, json_array_get_element (array, i), here, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_parents (AsyncqJobSpec  *spec,
              JsonObject     *object,
              const char     *place,
              GError        **error)
{
  JsonNode *callback_of = json_object_get_member (object, "callback_of");
  JsonNode *append_to = json_object_get_member (object, "append_to");
  AsyncqJobOn on;
  guint64 id;

  if (callback_of != NULL)
    {
      if (!read_edge (callback_of, place, ASYNCQ_JOB_ON_ANY, &id, &on, error))
        return FALSE;
      asyncq_job_spec_set_callback_of (spec, id, on);
    }
  if (append_to != NULL)
    {
      if (!read_edge (append_to, place, ASYNCQ_JOB_ON_ANY, &id, &on, error))
        return FALSE;
      asyncq_job_spec_set_parent_job (spec, id);
    }
  return TRUE;
}

static gboolean
read_relations (Reader         *reader,
                AsyncqJobSpec  *spec,
                JsonObject     *object,
                const char     *place,
                GError        **error)
{
  const char *name = json_object_get_string_member_with_default (object, "name", NULL);

  if (name != NULL && !g_hash_table_insert (reader->names, g_strdup (name), spec))
    {
      /* TRANSLATORS: %s is the name of a job in a file */
      ctl_json_set_fault (error, place, _("there are two jobs '%s'"), name);
      return FALSE;
    }
  return read_parents (spec, object, place, error) &&
         read_each (reader, spec, object, "callbacks", place, read_callback, error) &&
         read_each (reader, spec, object, "after_jobs", place, read_after, error);
}

/* when all jobs are there */
static gboolean
resolve (Reader     *reader,
         GPtrArray  *specs,
         GError    **error)
{
  for (guint i = 0; i < reader->references->len; i++)
    {
      const Reference *reference = &g_array_index (reader->references, Reference, i);
      AsyncqJobSpec *other = NULL;

      if (reference->name != NULL)
        other = g_hash_table_lookup (reader->names, reference->name);
      else if (reference->index >= 0 && reference->index < specs->len)
        other = g_ptr_array_index (specs, (guint) reference->index);
      if (other == NULL && reference->name != NULL)
        {
          /* TRANSLATORS: %s is the name of a job in a file */
          ctl_json_set_fault (error, reference->place, _("there is no job '%s' in this file"), reference->name);
          return FALSE;
        }
      if (other == NULL)
        {
          ctl_json_set_fault (error, reference->place, _("the list of this file has no such place"));
          return FALSE;
        }
      asyncq_job_spec_add_after (reference->spec, other, reference->on);
    }
  return TRUE;
}

/* ---- jobs ---- */

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
  return ctl_json_read_arguments (spec, signature, json_object_get_member (object, "arguments"), n_open, place,
                                  error);
}

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

/* its declaration is the daemon's to know: values are as JSON has them */
static AsyncqJobSpec *
read_from_factory (JsonObject  *object,
                   const char  *place,
                   GError     **error)
{
  g_autoptr(AsyncqJobSpec) spec =
      asyncq_job_spec_new_from_factory (json_object_get_string_member (object, "factory"));
  JsonNode *arguments = json_object_get_member (object, "arguments");

  return ctl_json_read_arguments (spec, NULL, arguments, 0, place, error) ? g_steal_pointer (&spec) : NULL;
}

static AsyncqJobSpec *
new_composite (const char *kind)
{
  if (g_str_equal (kind, "serial"))
    return asyncq_job_spec_new_serial ();
  return g_str_equal (kind, "parallel") ? asyncq_job_spec_new_parallel () : asyncq_job_spec_new_batch ();
}

static AsyncqJobSpec *
read_composite (Reader      *reader,
                JsonObject  *object,
                const char  *place,
                GError     **error)
{
  const char *kind = json_object_has_member (object, "serial")     ? "serial"
                     : json_object_has_member (object, "parallel") ? "parallel"
                                                                   : "batch";
  JsonNode *members = json_object_get_member (object, kind);
  JsonNode *postprocess = json_object_get_member (object, "postprocess");
  g_autoptr(AsyncqJobSpec) spec = new_composite (kind);
  guint n;

  if (!JSON_NODE_HOLDS_ARRAY (members))
    {
      /* TRANSLATORS: %s is the name of a member of a JSON object */
      ctl_json_set_fault (error, place, _("'%s' is a list of jobs"), kind);
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
  if (postprocess != NULL && g_str_equal (kind, "batch"))
    {
      ctl_json_set_fault (error, place, _("'postprocess' goes with 'parallel' or 'serial'"));
      return NULL;
    }
  if (postprocess != NULL)
    {
      g_autofree char *here = g_strconcat (place, ".postprocess", NULL);
      g_autoptr(AsyncqJobSpec) last = read_job (reader, postprocess, here, 1, error);

      if (last == NULL)
        return NULL;
      if (asyncq_job_spec_get_function (last) == NULL)
        {
          ctl_json_set_fault (error, here, _("this has to be a function"));
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
      ctl_json_set_fault (error, place, _("a job is a text or an object"));
      return NULL;
    }
  object = json_node_get_object (node);
  if (!check_keys (object, place, error))
    return NULL;
  if (json_object_has_member (object, "function"))
    spec = read_call (reader, object, place, n_open + json_object_has_member (object, "callback_of"), error);
  else if (json_object_has_member (object, "factory"))
    spec = read_from_factory (object, place, error);
  else
    spec = read_composite (reader, object, place, error);
  if (spec == NULL || !read_settings (spec, object, place, error) ||
      !read_relations (reader, spec, object, place, error))
    return NULL;
  return g_steal_pointer (&spec);
}

/* one job, or a list of jobs */
static GPtrArray *
read_root (Reader      *reader,
           const char  *text,
           GError     **error)
{
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
      spec = read_job (reader, root, "$", 0, error);
      if (spec == NULL)
        return NULL;
      g_ptr_array_add (specs, spec);
      return g_steal_pointer (&specs);
    }
  n = json_array_get_length (json_node_get_array (root));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *place = g_strdup_printf ("$[%u]", i);

      spec = read_job (reader, json_array_get_element (json_node_get_array (root), i), place, 0, error);
      if (spec == NULL)
        return NULL;
      g_ptr_array_add (specs, spec);
    }
  return g_steal_pointer (&specs);
}

GPtrArray *
ctl_spec_read_json (CtlFunctions  *functions,
                    const char    *text,
                    gboolean       defer_check,
                    GError       **error)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GArray) references = g_array_new (FALSE, FALSE, sizeof (Reference));
  Reader reader = { functions, defer_check, names, references };
  g_autoptr(GPtrArray) specs = NULL;

  g_array_set_clear_func (references, reference_clear);
  specs = read_root (&reader, text, error);
  if (specs == NULL || !resolve (&reader, specs, error))
    return NULL;
  return g_steal_pointer (&specs);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * JSON: for values, jobs and failures
 *
 * Integers beyond 2^53 are strings, since most readers keep numbers as doubles.
 * What is printed by itself carries "schema", the version of its names.
 */

#include "config.h"

#include "ctl-json.h"

#include "ctl-time.h"

#include <math.h>
#include <string.h>

#define SCHEMA 1
#define MAX_SAFE_INTEGER (G_GINT64_CONSTANT (1) << 53)

static JsonNode *
node_of_text (const char *text)
{
  return json_node_init_string (json_node_alloc (), text);
}

static JsonNode *
node_of_int64 (gint64 number)
{
  g_autofree char *text = NULL;

  if (number >= -MAX_SAFE_INTEGER && number <= MAX_SAFE_INTEGER)
    return json_node_init_int (json_node_alloc (), number);
  text = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  return node_of_text (text);
}

static JsonNode *
node_of_uint64 (guint64 number)
{
  g_autofree char *text = NULL;

  if (number <= (guint64) MAX_SAFE_INTEGER)
    return json_node_init_int (json_node_alloc (), (gint64) number);
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  return node_of_text (text);
}

/* JSON has no word for what is not a number, nor for infinity */
static JsonNode *
node_of_double (double number)
{
  if (isfinite (number))
    return json_node_init_double (json_node_alloc (), number);
  return node_of_text (isnan (number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
}

static JsonNode *
node_of_basic (GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return json_node_init_boolean (json_node_alloc (), g_variant_get_boolean (value));
    case G_VARIANT_CLASS_BYTE:
      return node_of_int64 (g_variant_get_byte (value));
    case G_VARIANT_CLASS_INT16:
      return node_of_int64 (g_variant_get_int16 (value));
    case G_VARIANT_CLASS_UINT16:
      return node_of_int64 (g_variant_get_uint16 (value));
    case G_VARIANT_CLASS_INT32:
      return node_of_int64 (g_variant_get_int32 (value));
    case G_VARIANT_CLASS_UINT32:
      return node_of_int64 (g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_INT64:
      return node_of_int64 (g_variant_get_int64 (value));
    case G_VARIANT_CLASS_UINT64:
      return node_of_uint64 (g_variant_get_uint64 (value));
    case G_VARIANT_CLASS_HANDLE:
      return node_of_int64 (g_variant_get_handle (value));
    case G_VARIANT_CLASS_DOUBLE:
      return node_of_double (g_variant_get_double (value));
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return node_of_text (g_variant_get_string (value, NULL));
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      return json_node_init_null (json_node_alloc ());
    }
}

/* a dictionary with keys of any type but containers: their text is the name */
static JsonNode *
node_of_dictionary (GVariant *value)
{
  g_autoptr(JsonObject) object = json_object_new ();
  gsize n = g_variant_n_children (value);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr(GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr(GVariant) item = g_variant_get_child_value (entry, 1);
      g_autofree char *name = NULL;

      if (g_variant_type_is_subtype_of (g_variant_get_type (key), G_VARIANT_TYPE_STRING))
        name = g_variant_dup_string (key, NULL);
      else
        name = g_variant_print (key, FALSE);
      json_object_set_member (object, name, ctl_json_of_variant (item));
    }
  return json_node_init_object (json_node_alloc (), object);
}

JsonNode *
ctl_json_of_variant (GVariant *value)
{
  g_autoptr(JsonArray) array = NULL;
  gsize n;

  if (!g_variant_is_container (value))
    return node_of_basic (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY))
    return node_of_dictionary (value);

  n = g_variant_n_children (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    {
      g_autoptr(GVariant) inner = n > 0 ? g_variant_get_child_value (value, 0) : NULL;

      return inner != NULL ? ctl_json_of_variant (inner) : json_node_init_null (json_node_alloc ());
    }
  array = json_array_sized_new ((guint) n);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) item = g_variant_get_child_value (value, i);

      json_array_add_element (array, ctl_json_of_variant (item));
    }
  return json_node_init_array (json_node_alloc (), array);
}

void
ctl_json_add_variant (JsonObject *object,
                      const char *name,
                      GVariant   *value)
{
  json_object_set_member (object, name,
                          value != NULL ? ctl_json_of_variant (value)
                                        : json_node_init_null (json_node_alloc ()));
}

JsonNode *
ctl_json_of_failure (const GError *failure)
{
  g_autoptr(JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "domain", g_quark_to_string (failure->domain));
  json_object_set_int_member (object, "code", failure->code);
  json_object_set_string_member (object, "message", failure->message);
  return json_node_init_object (json_node_alloc (), object);
}

static gboolean
is_time (const char *name)
{
  static const char *const times[] = { "Created", "BeginAfter", "BeginBy",     "Due",        "Started",
                                       "Ended",   "PausedSince", "PausedUntil", "FreeAt", "started",
                                       "ended",   NULL };

  return g_strv_contains (times, name);
}

/* "BeginAfter" becomes "begin_after" */
static char *
dup_json_name (const char *property)
{
  GString *name = g_string_new (NULL);

  for (const char *p = property; *p != '\0'; p++)
    {
      if (g_ascii_isupper (*p) && p > property)
        g_string_append_c (name, '_');
      g_string_append_c (name, g_ascii_tolower (*p));
    }
  return g_string_free (name, FALSE);
}

static JsonNode *
node_of_times (GVariant *times)
{
  g_autoptr(JsonArray) array = json_array_new ();

  for (gsize i = 0; i < g_variant_n_children (times); i++)
    {
      g_autofree char *time = NULL;
      gint64 usec;

      g_variant_get_child (times, i, "x", &usec);
      time = ctl_dup_time_utc (usec);
      json_array_add_string_element (array, time);
    }
  return json_node_init_array (json_node_alloc (), array);
}

/* of dictionaries, which have times too */
static JsonNode *
node_of_list (GVariant *list)
{
  g_autoptr(JsonArray) array = json_array_new ();

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr(GVariant) item = g_variant_get_child_value (list, i);

      json_array_add_element (array, ctl_json_of_properties (item));
    }
  return json_node_init_array (json_node_alloc (), array);
}

static void
add_property (JsonObject *object,
              const char *property,
              GVariant   *value)
{
  g_autofree char *name = dup_json_name (property);
  g_autofree char *time = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{sv}")))
    {
      json_object_set_member (object, name, node_of_list (value));
      return;
    }
  if (g_str_equal (property, "NextTries") && g_variant_is_of_type (value, G_VARIANT_TYPE ("ax")))
    {
      json_object_set_member (object, name, node_of_times (value));
      return;
    }
  if (!is_time (property) || !g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    {
      ctl_json_add_variant (object, name, value);
      return;
    }
  if (g_variant_get_int64 (value) == 0)
    {
      json_object_set_null_member (object, name);
      return;
    }
  time = ctl_dup_time_utc (g_variant_get_int64 (value));
  json_object_set_string_member (object, name, time);
}

JsonNode *
ctl_json_of_properties (GVariant *properties)
{
  g_autoptr(JsonObject) object = json_object_new ();
  GVariantIter iter;
  const char *property;
  GVariant *item;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &property, &item))
    {
      g_autoptr(GVariant) value = item;

      add_property (object, property, value);
    }
  return json_node_init_object (json_node_alloc (), object);
}

JsonNode *
ctl_json_of_job (AsyncqJobInfo      *job,
                 const char * const *chosen)
{
  g_autoptr(JsonObject) object = json_object_new ();
  g_autoptr(GError) failure = asyncq_job_info_dup_failure (job);
  GVariant *result = asyncq_job_info_get_result (job);
  GVariantIter iter;
  const char *property;
  GVariant *item;

  g_variant_iter_init (&iter, asyncq_job_info_get_properties (job));
  while (g_variant_iter_next (&iter, "{&sv}", &property, &item))
    {
      g_autoptr(GVariant) value = item;

      if (chosen != NULL && !g_strv_contains (chosen, property))
        continue;
      if (!g_str_equal (property, "Result"))
        {
          add_property (object, property, value);
          continue;
        }
      /* what is one property of the bus is two things: a value, or why there is none */
      ctl_json_add_variant (object, "result", result != NULL && !ctl_is_nothing (result) ? result : NULL);
      json_object_set_member (object, "error", failure != NULL ? ctl_json_of_failure (failure)
                                                               : json_node_init_null (json_node_alloc ()));
    }
  return json_node_init_object (json_node_alloc (), object);
}

void
ctl_json_put (CtlContext *context,
              JsonNode   *node)
{
  g_autoptr(JsonNode) owned = node;
  g_autofree char *text = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node))
    json_object_set_int_member (json_node_get_object (node), "schema", SCHEMA);
  text = json_to_string (node, context->json == CTL_JSON_PRETTY);
  ctl_put_raw ("%s\n", text);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Values of jobs, as D-Bus can carry them
 *
 * GVariant has types that D-Bus has not. Arguments and results of jobs may be
 * of any type, so those are shown like this:
 *
 *   ()             an array of variants, empty: no value
 *   a maybe        an array of variants with one or no member
 *   a handle       its number: there is no descriptor beside it
 *   a lone {kv}    a tuple (kv)
 *
 * Nearly every value is as it should be, and is handed on untouched.
 */

#include "config.h"

#include "bus/aq-bus-value.h"

#include <string.h>

/* variants not looked into */
static gboolean
is_plain_type (const char *type)
{
  for (const char *c = type; *c != '\0'; c++)
    if (*c == 'm' || *c == 'h' || (*c == '(' && c[1] == ')') ||
        (*c == '{' && (c == type || c[-1] != 'a')))
      return FALSE;
  return TRUE;
}

static gboolean
is_plain (GVariant *value)
{
  const char *type = g_variant_get_type_string (value);

  if (!is_plain_type (type))
    return FALSE;
  if (strchr (type, 'v') == NULL)
    return TRUE;
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      if (g_variant_is_container (child) && !is_plain (child))
        return FALSE;
    }
  return TRUE;
}

static void append_type (GString            *text,
                         const GVariantType *type);

static void
append_items (GString            *text,
              const GVariantType *type)
{
  for (const GVariantType *item = g_variant_type_first (type); item != NULL;
       item = g_variant_type_next (item))
    append_type (text, item);
}

static void
append_array_type (GString            *text,
                   const GVariantType *element)
{
  g_string_append_c (text, 'a');
  if (g_variant_type_is_dict_entry (element))
    {
      g_string_append_c (text, '{');
      append_items (text, element);
      g_string_append_c (text, '}');
    }
  else
    {
      append_type (text, element);
    }
}

static void
append_type (GString            *text,
             const GVariantType *type)
{
  if (g_variant_type_equal (type, G_VARIANT_TYPE_HANDLE))
    {
      g_string_append_c (text, 'i');
    }
  else if (g_variant_type_is_maybe (type) || g_variant_type_equal (type, G_VARIANT_TYPE_UNIT))
    {
      g_string_append (text, "av");
    }
  else if (g_variant_type_is_array (type))
    {
      append_array_type (text, g_variant_type_element (type));
    }
  else if (g_variant_type_is_tuple (type) || g_variant_type_is_dict_entry (type))
    {
      g_string_append_c (text, '(');
      append_items (text, type);
      g_string_append_c (text, ')');
    }
  else
    {
      /* basic, or a variant */
      g_string_append_c (text, *g_variant_type_peek_string (type));
    }
}

static GVariant *
convert_array (GVariant *value)
{
  g_autoptr(GString) type = g_string_new (NULL);
  GVariantBuilder builder;

  append_type (type, g_variant_get_type (value));
  g_variant_builder_init (&builder, G_VARIANT_TYPE (type->str));
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      if (g_variant_classify (child) == G_VARIANT_CLASS_DICT_ENTRY)
        {
          g_autoptr(GVariant) key = g_variant_get_child_value (child, 0);
          g_autoptr(GVariant) item = g_variant_get_child_value (child, 1);

          g_variant_builder_add_value (
            &builder, g_variant_new_dict_entry (aq_bus_value_new (key), aq_bus_value_new (item)));
        }
      else
        {
          g_variant_builder_add_value (&builder, aq_bus_value_new (child));
        }
    }
  return g_variant_builder_end (&builder);
}

/* also of a lone dictionary entry */
static GVariant *
convert_tuple (GVariant *value)
{
  GVariantBuilder builder;

  if (g_variant_n_children (value) == 0)
    return g_variant_new_array (G_VARIANT_TYPE_VARIANT, NULL, 0);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

      g_variant_builder_add_value (&builder, aq_bus_value_new (child));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
convert_maybe (GVariant *value)
{
  g_autoptr(GVariant) child = g_variant_get_maybe (value);
  GVariant *boxed = child != NULL ? g_variant_new_variant (aq_bus_value_new (child)) : NULL;

  return g_variant_new_array (G_VARIANT_TYPE_VARIANT, &boxed, boxed != NULL ? 1 : 0);
}

static GVariant *
convert_variant (GVariant *value)
{
  g_autoptr(GVariant) child = g_variant_get_variant (value);

  return g_variant_new_variant (aq_bus_value_new (child));
}

/**
 * aq_bus_value_new:
 * @value: a value of any type
 *
 * Returns: (transfer floating): @value itself, or what stands for it on D-Bus
 *
 * Since: 0.1
 */
GVariant *
aq_bus_value_new (GVariant *value)
{
  if (is_plain (value))
    return value;

  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_ARRAY:
      return convert_array (value);
    case G_VARIANT_CLASS_MAYBE:
      return convert_maybe (value);
    case G_VARIANT_CLASS_VARIANT:
      return convert_variant (value);
    case G_VARIANT_CLASS_HANDLE:
      return g_variant_new_int32 (g_variant_get_handle (value));
    default:
      return convert_tuple (value);
    }
}

/* a job's properties that are values of any type, or have some, are variants or a{sv} */
static gboolean
is_free (GVariant *property)
{
  return g_variant_is_of_type (property, G_VARIANT_TYPE_VARIANT) ||
         g_variant_is_of_type (property, G_VARIANT_TYPE_VARDICT);
}

/**
 * aq_bus_value_new_view:
 * @view: `a{sv}`: the properties of a job, as the engine has them
 *
 * Returns: (transfer floating): the same, as D-Bus can carry it
 *
 * Since: 0.1
 */
GVariant *
aq_bus_value_new_view (GVariant *view)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *key;
  GVariant *property;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, view);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &property))
    {
      g_variant_builder_add (&builder, "{sv}", key,
                             is_free (property) ? aq_bus_value_new (property) : property);
      g_variant_unref (property);
    }
  return g_variant_builder_end (&builder);
}

/**
 * aq_bus_value_new_list:
 * @list: `(aa{sv}s)`: an answer of ListJobs, as the engine has it
 *
 * Returns: (transfer floating): the same, as D-Bus can carry it
 *
 * Since: 0.1
 */
GVariant *
aq_bus_value_new_list (GVariant *list)
{
  g_autoptr(GVariant) views = g_variant_get_child_value (list, 0);
  g_autoptr(GVariant) cursor = g_variant_get_child_value (list, 1);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (views); i++)
    {
      g_autoptr(GVariant) view = g_variant_get_child_value (views, i);

      g_variant_builder_add_value (&builder, aq_bus_value_new_view (view));
    }
  return g_variant_new ("(aa{sv}@s)", &builder, cursor);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions, as clients see them
 */

#include "config.h"

#include "bus/aq-bus-function.h"

#include "core/aq-engine-quarantine.h"

static void
add_text (GVariantBuilder *builder,
          const char      *key,
          const char      *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static void
add_function (GVariantBuilder  *list,
              AqEngine         *engine,
              const AqFunction *function)
{
  g_autoptr(GVariant) quarantine = aq_engine_dup_quarantine (engine, function->name);

  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  add_text (list, "name", function->name);
  add_text (list, "parameters", function->parameters);
  add_text (list, "result", function->result_type);
  add_text (list, "description", function->description);
  add_text (list, "plugin", function->plugin);
  add_text (list, "version", function->version);
  g_variant_builder_add (list, "{sv}", "generation", g_variant_new_uint32 (function->generation));
  add_text (list, "file", function->file);
  add_text (list, "build", function->build);
  if (function->options != NULL && function->options[0] != '\0')
    add_text (list, "options", function->options);
  add_text (list, "object", function->object);
  if (quarantine != NULL)
    g_variant_builder_add (list, "{sv}", "quarantine", quarantine);
  g_variant_builder_close (list);
}

GVariant *
aq_bus_function_list (AqEngine   *engine,
                      const char *plugin)
{
  g_autoptr(GPtrArray) functions = aq_function_table_list (aq_engine_get_functions (engine));
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < functions->len; i++)
    {
      const AqFunction *function = g_ptr_array_index (functions, i);

      if (plugin == NULL || g_str_equal (function->plugin, plugin))
        add_function (&list, engine, function);
    }
  return g_variant_builder_end (&list);
}

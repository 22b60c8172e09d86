/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What a plugin says of itself
 *
 * That is the word of a process that has loaded it: it is checked like all that a
 * worker sends.
 */

#include "config.h"

#include "work/aq-plugin-description.h"

#include "libasyncq/asyncq-error.h"
#include "work/worker/aq-build-id.h"

#include <string.h>

/* as they were written, for people */
static char *
join_options (const char *all,
              const char *own)
{
  return g_strconcat (all, all[0] != '\0' && own[0] != '\0' ? " " : "", own, NULL);
}

/**
 * aq_plugin_description_take:
 * @description: what `asyncq-worker --describe` has told
 * @rules: what the configuration says of functions
 * @plugin: a plugin that has nothing of that yet; is told its version, build and functions
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_PLUGIN_ABI`, and those of aq_function_new() and
 * aq_function_options_parse(), for what a plugin cannot say; then @plugin is of no use
 *
 * Returns: (transfer full) (element-type AqFunction): the plugin's functions
 */
GPtrArray *
aq_plugin_description_take (GVariant         *description,
                            AqFunctionRules  *rules,
                            AqPlugin         *plugin,
                            GError          **error)
{
  g_autoptr(GPtrArray) functions = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_function_free);
  g_autoptr(GVariantIter) iter = NULL;
  const char *id, *version, *build, *all, *name, *parameters, *result, *text, *object, *own;

  g_variant_get (description, "(&s&s&s&sa(ssssss))", &id, &version, &build, &all, &iter);
  if (strcmp (id, plugin->id) != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "plugin '%s': found the id '%s', wanted '%s' as the file is named", plugin->file,
                   id, plugin->id);
      return NULL;
    }
  if (!aq_build_id_is_valid (build))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                   "plugin '%s': found a build that is no hexadecimal number, wanted what asyncq-worker writes",
                   plugin->file);
      return NULL;
    }
  plugin->version = g_strdup (version);
  plugin->build = g_strdup (build);
  while (g_variant_iter_next (iter, "(&s&s&s&s&s&s)", &name, &parameters, &result, &text, &object, &own))
    {
      g_autoptr(AqFunction) function = aq_function_new (id, name, parameters, result, text, error);
      g_auto(AqFunctionOptions) options = { 0 };

      aq_function_options_init (&options);
      if (function == NULL || (object[0] != '\0' && !aq_function_set_object (function, object, error)) ||
          !aq_function_options_parse (&options, all, error) || !aq_function_options_parse (&options, own, error))
        return NULL;
      function->version = g_strdup (version);
      function->file = g_strdup (plugin->file);
      function->build = g_strdup (build);
      function->options = join_options (all, own);
      function->generation = plugin->generation;
      aq_function_rules_apply (rules, function->name, &options);
      aq_plugin_add_function (plugin, function->name, function->result_type, &options);
      g_ptr_array_add (functions, g_steal_pointer (&function));
    }
  return g_steal_pointer (&functions);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration of plugins
 *
 * The keys are the plugin's own business.
 */

#include "config.h"

#include "aq-config-private.h"

#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

static gboolean
add_key (GVariantBuilder  *builder,
         AqConfigFiles    *files,
         const char       *group,
         const char       *key,
         GError          **error)
{
  g_autofree char *value = g_key_file_get_string (aq_config_files_get_merged (files), group, key, NULL);

  if (value == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s: group [%s], key '%s': the value is not UTF-8, or has a wrong escape",
                   aq_config_files_get_origin (files, group, key), group, key);
      return FALSE;
    }
  g_variant_builder_add (builder, "{ss}", key, value);
  return TRUE;
}

gboolean
aq_config_plugin_read (AqConfig       *config,
                       AqConfigFiles  *files,
                       const char     *group,
                       GError        **error)
{
  const char *id = group + strlen ("plugin ");
  g_auto(GStrv) keys = g_key_file_get_keys (aq_config_files_get_merged (files), group, NULL, NULL);
  g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  if (!aq_name_is_symbol (id))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s: group [%s]: '%s' cannot be the id of a plugin",
                   aq_config_files_get_origin (files, group, NULL), group, id);
      return FALSE;
    }
  for (char **key = keys; *key != NULL; key++)
    if (!add_key (&builder, files, group, *key, error))
      return FALSE;
  (void) g_hash_table_insert (config->plugin_settings, g_strdup (id),
                              g_variant_ref_sink (g_variant_builder_end (&builder)));
  return TRUE;
}

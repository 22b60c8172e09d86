/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Groups of the configuration
 *
 * A group is a table of settings. Nothing is passed over: a group or a key that
 * there is not is an error, because it is most likely a setting that somebody
 * believes in. Every error names file, group and key.
 */

#include "config.h"

#include "aq-config-group.h"

#include "core/aq-suggestion.h"
#include "libasyncq/asyncq-error.h"

/* "" or "; did you mean 'X'?" */
static char *
suggestion_text (const AqSuggestion *suggestion)
{
  if (suggestion->best == NULL)
    return g_strdup ("");
  return g_strdup_printf ("; did you mean '%s'?", suggestion->best);
}

static gboolean
fail_key (const AqConfigSetting  *settings,
          guint                   n_settings,
          AqConfigFiles          *files,
          const char             *group,
          const char             *key,
          GError                **error)
{
  AqSuggestion suggestion;
  g_autofree char *hint = NULL;

  aq_suggestion_init (&suggestion, key);
  for (guint i = 0; i < n_settings; i++)
    aq_suggestion_offer (&suggestion, settings[i].key);
  hint = suggestion_text (&suggestion);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s: group [%s] has no key '%s'%s",
               aq_config_files_get_origin (files, group, key), group, key, hint);
  return FALSE;
}

static gboolean
fail_value (const AqConfigSetting  *setting,
            AqConfigFiles          *files,
            const char             *group,
            GError                **error)
{
  g_autofree char *value =
    g_key_file_get_value (aq_config_files_get_merged (files), group, setting->key, NULL);

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s: group [%s], key '%s' is '%s', %s is wanted",
               aq_config_files_get_origin (files, group, setting->key), group, setting->key, value,
               setting->wanted);
  return FALSE;
}

static const AqConfigSetting *
find_setting (const AqConfigSetting *settings,
              guint                  n_settings,
              const char            *key)
{
  for (guint i = 0; i < n_settings; i++)
    if (g_str_equal (settings[i].key, key))
      return &settings[i];
  return NULL;
}

/**
 * aq_config_group_fail:
 * @names: (array zero-terminated=1): what groups there are
 * @files: the files
 * @group: a group of @files that is none of them
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`, always; with the group that was meant, if one is near.
 *
 * Returns: %FALSE
 *
 * Since: 0.1
 */
gboolean
aq_config_group_fail (const char * const  *names,
                      AqConfigFiles       *files,
                      const char          *group,
                      GError             **error)
{
  AqSuggestion suggestion;
  g_autofree char *hint = NULL;

  aq_suggestion_init (&suggestion, group);
  for (; *names != NULL; names++)
    aq_suggestion_offer (&suggestion, *names);
  hint = suggestion_text (&suggestion);
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG, "%s: there is no group [%s]%s",
               aq_config_files_get_origin (files, group, NULL), group, hint);
  return FALSE;
}

/**
 * aq_config_group_read:
 * @settings: (array length=n_settings): what the group may say
 * @n_settings: how many
 * @files: the files
 * @group: the group's name in @files
 * @target: what the settings are read into
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`; the message names file, group and key. Then
 * @target has what was read before.
 *
 * Returns: whether all of the group is right
 *
 * Since: 0.1
 */
gboolean
aq_config_group_read (const AqConfigSetting  *settings,
                      guint                   n_settings,
                      AqConfigFiles          *files,
                      const char             *group,
                      gpointer                target,
                      GError                **error)
{
  GKeyFile *file = aq_config_files_get_merged (files);
  g_auto(GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (char **key = keys; *key != NULL; key++)
    {
      const AqConfigSetting *setting = find_setting (settings, n_settings, *key);

      if (setting == NULL)
        return fail_key (settings, n_settings, files, group, *key, error);
      if (!setting->read (setting, file, group, target))
        return fail_value (setting, files, group, error);
    }
  return TRUE;
}

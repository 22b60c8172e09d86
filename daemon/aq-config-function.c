/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration of how functions are run
 *
 * [function PATTERN] has the keys that a plugin declares for its functions, but
 * for `deferred`, which only the plugin knows. [agent NAME] and [limits] have
 * those of them that are limits.
 */

#include "config.h"

#include "aq-config-private.h"

#include "aq-config-value.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define FUNCTION_PREFIX "function "

/* the member of the target is an AqFunctionRule * */
static gboolean
read_option (const AqConfigSetting *setting,
             GKeyFile              *file,
             const char            *group,
             gpointer               target)
{
  AqFunctionRule *rule = G_STRUCT_MEMBER (AqFunctionRule *, target, setting->offset);
  g_autofree char *value = g_key_file_get_string (file, group, setting->key, NULL);

  return value != NULL && aq_function_options_set (&rule->options, setting->key, value, NULL);
}

static AqConfigSetting
setting_of (AqOption option,
            gsize    offset)
{
  return (AqConfigSetting) { aq_option_to_name (option), read_option, offset, aq_option_get_wanted (option), 0, 0 };
}

static guint
list_options (AqConfigSetting *settings,
              gsize            offset)
{
  guint n_settings = 0;

  for (AqOption option = 0; option < AQ_N_OPTIONS; option++)
    if (option != AQ_OPTION_DEFERRED)
      settings[n_settings++] = setting_of (option, offset);
  return n_settings;
}

/**
 * aq_config_function_list_limits:
 * @settings: (out caller-allocates): %AQ_N_OPTIONS of them at the most
 * @offset: of an `AqFunctionRule *` in the target of the group
 *
 * Returns: how many settings there are that limit a function
 */
guint
aq_config_function_list_limits (AqConfigSetting *settings,
                                gsize            offset)
{
  guint n_settings = 0;

  for (AqOption option = 0; option < AQ_N_OPTIONS; option++)
    if (aq_option_is_limit (option))
      settings[n_settings++] = setting_of (option, offset);
  return n_settings;
}

/* Returns: (transfer full): where a group is, for messages */
char *
aq_config_function_dup_place (AqConfigFiles *files,
                              const char    *group)
{
  return g_strdup_printf ("%s: group [%s]", aq_config_files_get_origin (files, group, NULL), group);
}

gboolean
aq_config_function_read (AqConfig       *config,
                         AqConfigFiles  *files,
                         const char     *group,
                         GError        **error)
{
  const char *pattern = group + strlen (FUNCTION_PREFIX);
  g_autofree char *place = aq_config_function_dup_place (files, group);
  g_autoptr(AqFunctionRule) rule = aq_function_rule_new (pattern, place);
  AqConfigSetting settings[AQ_N_OPTIONS];

  if (!aq_function_rule_is_pattern (pattern))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s: '%s' cannot be the name of a function, 'plugin.function' or a pattern such as 'plugin.*'",
                   place, pattern);
      return FALSE;
    }
  if (!aq_config_group_read (settings, list_options (settings, 0), files, group, &rule, error))
    return FALSE;
  aq_function_rules_add (config->function_rules, g_steal_pointer (&rule));
  return TRUE;
}

/* what [limits] is read into: it has one key that is no limit */
typedef struct
{
  AqFunctionRule *rule;
  AqConfig       *config;
} LimitsGroup;

static gboolean
read_cgroup (const AqConfigSetting *setting,
             GKeyFile              *file,
             const char            *group,
             gpointer               target)
{
  static const char *const words[] = { "no", "auto", "require" };
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  LimitsGroup *limits = target;

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_CGROUP_MODES);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (text, words[i]) == 0)
      {
        limits->config->cgroup_mode = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
aq_config_limits_read (AqConfig       *config,
                       AqConfigFiles  *files,
                       const char     *group,
                       GError        **error)
{
  g_autofree char *place = aq_config_function_dup_place (files, group);
  g_autoptr(AqFunctionRule) rule = aq_function_rule_new ("", place);
  LimitsGroup target = { rule, config };
  AqConfigSetting settings[AQ_N_OPTIONS + 1];
  guint n_settings = aq_config_function_list_limits (settings, G_STRUCT_OFFSET (LimitsGroup, rule));

  settings[n_settings++] = (AqConfigSetting) {
    "cgroup", read_cgroup, 0, "'auto', 'no' or 'require'", 0, 0
  };
  if (!aq_config_group_read (settings, n_settings, files, group, &target, error))
    return FALSE;
  aq_function_rules_set_default (config->function_rules, g_steal_pointer (&rule));
  return TRUE;
}

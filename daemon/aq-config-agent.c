/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration of agents
 */

#include "config.h"

#include "aq-config-private.h"

#include "aq-config-value.h"
#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define AGENT_PREFIX "agent "

/* an agent whose keys are not all read yet */
typedef struct
{
  guint            size;
  char            *filter;
  char           **queues;
  AqFunctionRule  *rule; /* its limits */
} Draft;

static void
draft_clear (Draft *draft)
{
  g_free (draft->filter);
  g_strfreev (draft->queues);
  g_clear_pointer (&draft->rule, aq_function_rule_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Draft, draft_clear)

static gboolean
read_queues (const AqConfigSetting *setting,
             GKeyFile              *file,
             const char            *group,
             gpointer               target)
{
  g_auto(GStrv) queues = g_key_file_get_string_list (file, group, setting->key, NULL, NULL);

  if (queues == NULL)
    return FALSE;
  for (char **queue = queues; *queue != NULL; queue++)
    if (!aq_name_is_queue (*queue))
      return FALSE;
  return aq_config_value_read_list (setting, file, group, target);
}

static const AqConfigSetting settings[] = {
  { "filter", aq_config_value_read_string, G_STRUCT_OFFSET (Draft, filter), "a pattern such as 'mail.*'", 0, 0 },
  { "queues", read_queues, G_STRUCT_OFFSET (Draft, queues), "a list of queues' names", 0, 0 },
  { "size", aq_config_value_read_number, G_STRUCT_OFFSET (Draft, size), "1 to 256", 1, AQ_AGENT_MAX_SIZE },
};
G_STATIC_ASSERT (AQ_AGENT_MAX_SIZE == 256); /* the text above says so */

gboolean
aq_config_agent_read (AqConfig       *config,
                      AqConfigFiles  *files,
                      const char     *group,
                      GError        **error)
{
  const char *name = group + strlen (AGENT_PREFIX);
  g_autofree char *place = aq_config_function_dup_place (files, group);
  g_auto(Draft) draft = { .size = AQ_AGENT_DEFAULT_SIZE, .rule = aq_function_rule_new (name, place) };
  AqConfigSetting all[G_N_ELEMENTS (settings) + AQ_N_OPTIONS];
  guint n_settings = aq_config_function_list_limits (all, G_STRUCT_OFFSET (Draft, rule));
  AqAgent *agent;

  memcpy (all + n_settings, settings, sizeof settings);
  n_settings += G_N_ELEMENTS (settings);
  if (!aq_config_group_read (all, n_settings, files, group, &draft, error))
    return FALSE;

  agent = aq_agent_new (name, draft.size, draft.filter, (const char * const *) draft.queues,
                        error);
  if (agent == NULL)
    {
      g_prefix_error (error, "%s: ", place);
      /* wherever else it comes from, here it is a mistake in a file */
      if (error != NULL)
        (*error)->code = ASYNCQ_ERROR_CONFIG;
      return FALSE;
    }
  g_ptr_array_add (config->agents, agent);
  if (draft.rule->options.said != 0)
    aq_function_rules_add_agent (config->function_rules, g_steal_pointer (&draft.rule));
  return TRUE;
}

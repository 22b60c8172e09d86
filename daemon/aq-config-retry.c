/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Configuration of retry policies, and which one a queue has
 *
 * A policy may be named before the group that makes it, so choices are looked
 * up when all groups have been read.
 */

#include "config.h"

#include "aq-config-private.h"

#include "aq-config-value.h"
#include "libasyncq/asyncq-quantity-private.h"
#include "core/aq-name.h"
#include "libasyncq/asyncq-error.h"

#include <string.h>

#define RETRY_PREFIX "retry "
#define QUEUE_PREFIX "queue "
#define MAX_RUNS 1000000000
#define MAX_FACTOR 1000

/* a policy whose keys are not all read yet */
typedef struct
{
  AqRetrySettings settings;
  char           *rules; /* owned */
} Draft;

static void
draft_clear (Draft *draft)
{
  g_free (draft->rules);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Draft, draft_clear)

static gboolean
read_backoff (const AqConfigSetting *setting,
              GKeyFile              *file,
              const char            *group,
              gpointer               target)
{
  static const char *const words[] = { "fixed", "linear", "exponential" };
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);
  Draft *draft = target;

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == AQ_N_BACKOFF_KINDS);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (text, words[i]) == 0)
      {
        draft->settings.backoff = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_duration (const AqConfigSetting *setting,
               GKeyFile              *file,
               const char            *group,
               gpointer               target)
{
  g_autofree char *text = g_key_file_get_string (file, group, setting->key, NULL);

  return text != NULL && asyncq_duration_parse (text, (gint64 *) ((char *) target + setting->offset));
}

/* from min to max; what is not a number lies in no range */
static gboolean
read_fraction (const AqConfigSetting *setting,
               GKeyFile              *file,
               const char            *group,
               gpointer               target)
{
  g_autoptr(GError) error = NULL;
  double number = g_key_file_get_double (file, group, setting->key, &error);

  if (error != NULL || !(number >= setting->min && number <= setting->max))
    return FALSE;
  *(double *) ((char *) target + setting->offset) = number;
  return TRUE;
}

#define MEMBER(name) G_STRUCT_OFFSET (Draft, name)
#define A_DURATION "a duration such as 90s, 12h or 7d"
#define A_NUMBER "0 (without end) to 1000000000"

static const AqConfigSetting settings[] = {
  { "attempts", aq_config_value_read_number, MEMBER (settings.attempts), A_NUMBER, 0, MAX_RUNS },
  { "backoff", read_backoff, 0, "'fixed', 'linear' or 'exponential'", 0, 0 },
  { "crash-limit", aq_config_value_read_number, MEMBER (settings.crash_limit), "1 to 100", 1, 100 },
  { "delay", read_duration, MEMBER (settings.delay_usec), A_DURATION, 0, 0 },
  { "factor", read_fraction, MEMBER (settings.factor), "a number from 1 to 1000", 1, MAX_FACTOR },
  { "interruptions", aq_config_value_read_number, MEMBER (settings.interruptions), A_NUMBER, 0, MAX_RUNS },
  { "jitter", read_fraction, MEMBER (settings.jitter), "a number from 0 to 1", 0, 1 },
  { "max-delay", read_duration, MEMBER (settings.max_delay_usec), A_DURATION, 0, 0 },
  { "rules", aq_config_value_read_string, MEMBER (rules),
    "rules such as 'exit 3 fail; timeout snooze 5min; any retry'", 0, 0 },
  { "step", read_duration, MEMBER (settings.step_usec), A_DURATION, 0, 0 },
};

#undef MEMBER

/* wherever else it comes from, here it is a mistake in a file */
static gboolean
fail_policy (AqConfigFiles *files,
             const char    *group,
             const char    *key,
             GError       **error)
{
  g_prefix_error (error, "%s: group [%s]%s%s%s: ", aq_config_files_get_origin (files, group, key), group,
                  key != NULL ? ", key '" : "", key != NULL ? key : "", key != NULL ? "'" : "");
  if (error != NULL)
    (*error)->code = ASYNCQ_ERROR_CONFIG;
  return FALSE;
}

gboolean
aq_config_retry_read (AqConfig       *config,
                      AqConfigFiles  *files,
                      const char     *group,
                      GError        **error)
{
  g_auto(Draft) draft = { aq_retry_settings_default, NULL };
  const char *name = group + strlen (RETRY_PREFIX);
  g_autoptr(AqRetryPolicy) policy = NULL;
  g_autoptr(GError) failure = NULL;

  if (!aq_name_is_agent (name))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
                   "%s: group [%s]: '%s' cannot be the name of a retry policy",
                   aq_config_files_get_origin (files, group, NULL), group, name);
      return FALSE;
    }
  if (!aq_config_group_read (settings, G_N_ELEMENTS (settings), files, group, &draft, error))
    return FALSE;

  draft.settings.rules = draft.rules;
  policy = aq_retry_policy_new (name, &draft.settings, &failure);
  if (policy == NULL)
    {
      gboolean is_rule = g_error_matches (failure, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);

      g_propagate_error (error, g_steal_pointer (&failure));
      return fail_policy (files, group, is_rule ? "rules" : NULL, error);
    }
  return aq_retry_policies_add (config->policies, policy, error) || fail_policy (files, group, NULL, error);
}

gboolean
aq_config_retry_read_choice (const AqConfigSetting *setting,
                             GKeyFile              *file,
                             const char            *group,
                             gpointer               target)
{
  AqConfig *config = target;
  char *name = g_key_file_get_string (file, group, setting->key, NULL);

  if (name == NULL)
    return FALSE;
  g_hash_table_insert (config->policy_choices, g_strdup (group), name);
  return TRUE;
}

/* NULL: [daemon], which is about all queues */
static const char *
get_queue (const char *group)
{
  if (g_str_equal (group, "daemon"))
    return NULL;
  return g_str_has_prefix (group, QUEUE_PREFIX) ? group + strlen (QUEUE_PREFIX) : "";
}

/**
 * aq_config_retry_choose:
 * @config: a configuration of which all groups have been read
 * @files: the files
 * @error: return location for an error
 *
 * Looks up the policies that [daemon] and the queues name.
 *
 * Errors: `ASYNCQ_ERROR_CONFIG`, naming file, group and key.
 *
 * Returns: whether all of them are there
 *
 * Since: 0.1
 */
gboolean
aq_config_retry_choose (AqConfig       *config,
                        AqConfigFiles  *files,
                        GError        **error)
{
  GHashTableIter iter;
  gpointer group, name;

  g_hash_table_iter_init (&iter, config->policy_choices);
  while (g_hash_table_iter_next (&iter, &group, &name))
    {
      AqRetryPolicy *policy = aq_retry_policies_find (config->policies, name, error);

      if (policy == NULL)
        return fail_policy (files, group, "retry", error);
      aq_retry_policies_set_default (config->policies, get_queue (group), policy);
    }
  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One profile for each sandbox
 *
 * What a daemon's plugins and configuration ask for is a handful of sandboxes, so
 * that none is ever dropped.
 */

#include "config.h"

#include "work/aq-profile-table.h"

#include "work/aq-temporary.h"
#include "work/worker/aq-confinement.h"

struct _AqProfileTable
{
  AqFunctionRules *rules;
  AqTemporary     *temporary;          /* owned: of all profiles */
  char           **plugin_directories; /* owned */
  GHashTable      *profiles;           /* key → AqProfile, owned */
};

/**
 * aq_profile_table_new:
 * @rules: what the configuration says of functions
 * @worker_program: path of asyncq-worker
 * @plugin_directories: (transfer full): where plugins are
 */
AqProfileTable *
aq_profile_table_new (AqFunctionRules  *rules,
                      const char       *worker_program,
                      char            **plugin_directories)
{
  AqProfileTable *self = g_new0 (AqProfileTable, 1);

  self->rules = aq_function_rules_ref (rules);
  self->temporary = aq_temporary_new (worker_program);
  self->plugin_directories = plugin_directories;
  self->profiles = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) aq_profile_unref);
  return self;
}

/* no worker is there any more */
void
aq_profile_table_free (AqProfileTable *self)
{
  g_hash_table_unref (self->profiles);
  aq_temporary_free (self->temporary);
  aq_function_rules_unref (self->rules);
  g_strfreev (self->plugin_directories);
  g_free (self);
}

/**
 * aq_profile_table_ref_profile:
 * @self: a table
 * @function: name of a function
 * @declared: what its plugin asks for
 *
 * Puts together the sandbox of a function.
 *
 * Returns: (nullable) (transfer full): its profile; %NULL where nobody asks for
 *   anything
 */
AqProfile *
aq_profile_table_ref_profile (AqProfileTable  *self,
                              const char      *function,
                              const AqSandbox *declared)
{
  g_auto(AqSandbox) sandbox = { 0 };
  g_autofree char *key = NULL;
  const AqFunctionRule *rule;
  guint position = 0;
  AqProfile *profile;

  aq_sandbox_copy (&sandbox, declared);
  aq_sandbox_normalise (&sandbox);
  while ((rule = aq_function_rules_next (self->rules, function, &position)) != NULL)
    {
      g_auto(AqSandbox) configured = { 0 };

      aq_sandbox_copy (&configured, &rule->options.sandbox);
      aq_sandbox_normalise (&configured);
      aq_sandbox_tighten (&sandbox, &configured);
    }
  if (aq_sandbox_is_empty (&sandbox))
    return NULL;
  key = aq_sandbox_to_text (&sandbox);
  profile = g_hash_table_lookup (self->profiles, key);
  if (profile == NULL)
    {
      profile = aq_profile_new (&sandbox, self->temporary, self->plugin_directories);
      g_hash_table_insert (self->profiles, (char *) aq_profile_get_key (profile), profile);
    }
  return aq_profile_ref (profile);
}

/* gives each function of a new plugin its profile */
void
aq_profile_table_assign (AqProfileTable *self,
                         AqPlugin       *plugin)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, plugin->functions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AqPluginFunction *function = value;

      function->profile = aq_profile_table_ref_profile (self, function->name, &function->options.sandbox);
    }
}

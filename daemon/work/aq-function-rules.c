/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What the configuration says of how functions are run
 *
 * Groups as they were read; who merges them with what a plugin declares decides
 * what they mean: aq-resource-limits.c for limits, aq-profile.c for the sandbox.
 */

#include "config.h"

#include "work/aq-function-rules.h"

#include <string.h>

struct _AqFunctionRules
{
  guint           ref_count;
  GPtrArray      *functions; /* of AqFunctionRule, in the order of the configuration */
  GHashTable     *agents;    /* name → AqFunctionRule, which owns the name */
  AqFunctionRule *common;    /* nullable: [limits] */
};

AqFunctionRule *
aq_function_rule_new (const char *name,
                      const char *place)
{
  AqFunctionRule *self = g_new0 (AqFunctionRule, 1);

  self->name = g_strdup (name);
  self->place = g_strdup (place);
  aq_function_options_init (&self->options);
  return self;
}

void
aq_function_rule_free (AqFunctionRule *self)
{
  g_free (self->name);
  g_free (self->place);
  aq_function_options_clear (&self->options);
  g_free (self);
}

/* whether it can be a name `plugin.function`, in which `*` and `?` stand for others */
gboolean
aq_function_rule_is_pattern (const char *text)
{
  const char *dot = strchr (text, '.');

  if (dot == NULL && strchr (text, '*') == NULL)
    return FALSE;
  return dot != text && (dot == NULL || (dot[1] != '\0' && strchr (dot + 1, '.') == NULL)) &&
         strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.*?") == strlen (text);
}

AqFunctionRules *
aq_function_rules_new (void)
{
  AqFunctionRules *self = g_new0 (AqFunctionRules, 1);

  self->ref_count = 1;
  self->functions = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_function_rule_free);
  self->agents = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) aq_function_rule_free);
  return self;
}

AqFunctionRules *
aq_function_rules_ref (AqFunctionRules *self)
{
  self->ref_count++;
  return self;
}

void
aq_function_rules_unref (AqFunctionRules *self)
{
  if (--self->ref_count > 0)
    return;

  g_ptr_array_unref (self->functions);
  g_hash_table_unref (self->agents);
  g_clear_pointer (&self->common, aq_function_rule_free);
  g_free (self);
}

/* takes @rule, whose name is a pattern */
void
aq_function_rules_add (AqFunctionRules *self,
                       AqFunctionRule  *rule)
{
  g_ptr_array_add (self->functions, rule);
}

/* takes @rule, whose name is that of an agent */
void
aq_function_rules_add_agent (AqFunctionRules *self,
                             AqFunctionRule  *rule)
{
  g_hash_table_replace (self->agents, rule->name, rule);
}

/* takes @rule, which counts where nobody else says anything */
void
aq_function_rules_set_default (AqFunctionRules *self,
                               AqFunctionRule  *rule)
{
  g_clear_pointer (&self->common, aq_function_rule_free);
  self->common = rule;
}

/**
 * aq_function_rules_next:
 * @self: the rules
 * @function: name of a function, `plugin.function`
 * @position: (inout): 0 at first; where to go on
 *
 * Returns: (nullable) (transfer none): the next group [function PATTERN] that is
 *   about the function
 */
const AqFunctionRule *
aq_function_rules_next (AqFunctionRules *self,
                        const char      *function,
                        guint           *position)
{
  while (*position < self->functions->len)
    {
      const AqFunctionRule *rule = g_ptr_array_index (self->functions, (*position)++);

      if (g_pattern_match_simple (rule->name, function))
        return rule;
    }
  return NULL;
}

/* Returns: (nullable) (transfer none): the limits of an agent */
const AqFunctionRule *
aq_function_rules_get_agent (AqFunctionRules *self,
                             const char      *agent)
{
  return g_hash_table_lookup (self->agents, agent);
}

/* Returns: (nullable) (transfer none): the limits where nobody says any */
const AqFunctionRule *
aq_function_rules_get_default (AqFunctionRules *self)
{
  return self->common;
}

static void
take_smaller (gint64 *usec,
              gint64  other_usec)
{
  *usec = *usec < 0 ? other_usec : MIN (*usec, other_usec);
}

/**
 * aq_function_rules_apply:
 * @self: the rules
 * @function: name of a function
 * @options: what its plugin declares
 *
 * Puts into @options what the configuration says of the options that are neither
 * limits nor the sandbox's: how many jobs a worker has at once can only become
 * less; the times to stop are the configuration's, the smallest of several.
 */
void
aq_function_rules_apply (AqFunctionRules   *self,
                         const char        *function,
                         AqFunctionOptions *options)
{
  gint64 stop_usec = -1;
  gint64 kill_usec = -1;
  const AqFunctionRule *rule;
  guint position = 0;

  while ((rule = aq_function_rules_next (self, function, &position)) != NULL)
    {
      if (aq_function_options_says (&rule->options, AQ_OPTION_CONCURRENT))
        options->n_concurrent = MIN (options->n_concurrent, rule->options.n_concurrent);
      if (aq_function_options_says (&rule->options, AQ_OPTION_STOP_TIMEOUT))
        take_smaller (&stop_usec, rule->options.stop_timeout_usec);
      if (aq_function_options_says (&rule->options, AQ_OPTION_KILL_TIMEOUT))
        take_smaller (&kill_usec, rule->options.kill_timeout_usec);
    }
  if (stop_usec >= 0)
    options->stop_timeout_usec = stop_usec;
  if (kill_usec >= 0)
    options->kill_timeout_usec = kill_usec;
}

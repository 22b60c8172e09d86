/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What jobs may take
 *
 * A function's limits at an agent are worked out once for each generation of its
 * plugin, and kept with the function. What of them the system cannot grant is
 * told then, and stays with the function as a note.
 */

#include "config.h"

#include "work/aq-resources.h"

#include "work/aq-resource-ceiling.h"

#include <string.h>

struct _AqResources
{
  guint              ref_count;
  AqFunctionRules   *rules;
  AqCgroups         *cgroups; /* nullable, not owned */
  AqResourceCeiling  ceiling;
  AqResourceWatch   *watch;
  guint64            n_system_kills; /* of the whole system, as seen last */
};

/* Returns: how many processes the kernel has killed for want of memory since it was started */
static guint64
count_system_kills (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/vmstat", &text, NULL, NULL))
    return 0;
  line = strstr (text, "\noom_kill ");
  return line == NULL ? 0 : g_ascii_strtoull (line + strlen ("\noom_kill "), NULL, 10);
}

/**
 * aq_resources_new:
 * @rules: what the configuration says
 * @cgroups: (nullable): the control groups; must live longer
 */
AqResources *
aq_resources_new (AqFunctionRules *rules,
                  AqCgroups       *cgroups)
{
  AqResources *self = g_new0 (AqResources, 1);

  self->ref_count = 1;
  self->rules = aq_function_rules_ref (rules);
  self->cgroups = cgroups;
  self->watch = aq_resource_watch_new ();
  self->n_system_kills = count_system_kills ();
  aq_resource_ceiling_read (&self->ceiling);
  if (cgroups != NULL)
    {
      aq_resource_ceiling_lower (&self->ceiling, AQ_RESOURCE_MEMORY, aq_cgroups_get_memory (cgroups),
                                 "memory.max of the daemon's control group");
      aq_resource_ceiling_lower (&self->ceiling, AQ_RESOURCE_PROCESSES, aq_cgroups_get_processes (cgroups),
                                 "pids.max of the daemon's control group");
    }
  return self;
}

AqResources *
aq_resources_ref (AqResources *self)
{
  self->ref_count++;
  return self;
}

void
aq_resources_unref (AqResources *self)
{
  if (--self->ref_count > 0)
    return;

  aq_resource_watch_free (self->watch);
  aq_function_rules_unref (self->rules);
  g_free (self);
}

static void
free_grant (gpointer data)
{
  if (data != NULL)
    aq_resource_grant_free (data);
}

static void
tell_what_cannot_be (AqResources           *self,
                     AqPluginFunction      *function,
                     const AqResourceGrant *grant)
{
  g_autoptr(GPtrArray) notes = aq_resource_ceiling_check (&self->ceiling, function, grant);

  for (guint i = 0; i < notes->len; i++)
    if (aq_plugin_function_add_note (function, g_ptr_array_index (notes, i)))
      g_warning ("%s", (const char *) g_ptr_array_index (notes, i));
}

/**
 * aq_resources_grant:
 * @self: what jobs may take
 * @function: a function
 * @agent: name of the agent that runs it
 *
 * Returns: (nullable) (transfer none): what a job of it may take, as long as the
 *   function's plugin is there; %NULL: as much as it likes
 */
const AqResourceGrant *
aq_resources_grant (AqResources      *self,
                    AqPluginFunction *function,
                    const char       *agent)
{
  gpointer grant;

  if (function->grants == NULL)
    function->grants = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_grant);
  if (g_hash_table_lookup_extended (function->grants, agent, NULL, &grant))
    return grant;
  grant = aq_resource_limits_merge (function, self->rules, agent);
  g_hash_table_insert (function->grants, g_strdup (agent), grant);
  if (grant != NULL)
    tell_what_cannot_be (self, function, grant);
  return grant;
}

/* works out the limits of all functions of a plugin, so that what cannot be granted is told before a job runs */
void
aq_resources_review (AqResources *self,
                     AqPlugin    *plugin,
                     const char  *agent)
{
  GHashTableIter iter;
  gpointer function;

  g_hash_table_iter_init (&iter, plugin->functions);
  while (g_hash_table_iter_next (&iter, NULL, &function))
    (void) aq_resources_grant (self, function, agent);
}

/* Returns: (transfer none): the daemon's look at running jobs */
AqResourceWatch *
aq_resources_get_watch (AqResources *self)
{
  return self->watch;
}

/* Returns: (transfer none) (nullable) */
AqCgroups *
aq_resources_get_cgroups (AqResources *self)
{
  return self->cgroups;
}

/* A process of ours was killed, and not by us. Returns: whether the kernel has killed one for want of memory meanwhile */
gboolean
aq_resources_system_killed (AqResources *self)
{
  guint64 before = self->n_system_kills;

  self->n_system_kills = count_system_kills ();
  return self->n_system_kills > before;
}

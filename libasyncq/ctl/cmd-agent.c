/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * agent: which jobs run how many at once
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-agent.h"
#include "ctl-fact.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-queue.h"
#include "ctl-table.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define QUEUES_COLUMN 2

typedef struct
{
  int    size;
  char  *filter;
  char **queues;
} AgentOptions;

/* ---- looking ---- */

static char *
dup_queues (GVariant *agent)
{
  g_autofree const char **queues = NULL;
  GString *text = g_string_new (NULL);

  (void) g_variant_lookup (agent, "queues", "^a&s", &queues);
  for (guint i = 0; queues != NULL && queues[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", ctl_queue_to_word (queues[i]));
  return g_string_free (text, FALSE);
}

static const char *
or_star (const char *text)
{
  return *text != '\0' ? text : "*";
}

static void
add_agent (CtlTable *table,
           GVariant *agent)
{
  g_autofree char *queues = dup_queues (agent);
  g_autofree char *jobs = NULL;
  guint32 size = 0;
  guint32 running = 0;

  (void) g_variant_lookup (agent, "size", "u", &size);
  (void) g_variant_lookup (agent, "running", "u", &running);
  jobs = g_strdup_printf ("%u/%u", running, size);
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (agent, "name"));
  ctl_table_add (table, CTL_LOOK_PLAIN, jobs);
  ctl_table_add (table, CTL_LOOK_PLAIN, or_star (queues));
  ctl_table_add (table, CTL_LOOK_PLAIN, or_star (ctl_value_get_text (agent, "filter")));
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_value_get_text (agent, "source"));
}

static void
hint_status (CtlContext *context)
{
  g_autoptr(GVariant) properties = asyncq_client_get_status_sync (context->client, NULL, NULL);
  g_autoptr(GVariant) status = NULL;

  if (properties != NULL)
    status = g_variant_lookup_value (properties, "Status", G_VARIANT_TYPE_VARDICT);
  if (status != NULL)
    ctl_agent_hint_status (context, status);
}

static CtlExit
list_agents (CtlContext  *context,
             char       **words,
             gpointer     options,
             GError     **error)
{
  const char *const headings[] = { _("AGENT"), _(">JOBS"), _("QUEUES"), _("FILTER"), _("FROM"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(GVariant) agents = asyncq_client_list_agents_sync (context->client, NULL, error);

  ctl_table_put_items (table, context, agents, add_agent, ctl_json_of_variant, QUEUES_COLUMN);
  if (agents != NULL)
    hint_status (context);
  return CTL_EXIT_OK; /* unless @error is set */
}

/* Returns: (nullable): one of those that there are */
static GVariant *
find_agent (CtlContext  *context,
            const char  *name,
            GError     **error)
{
  g_autoptr(GVariant) agents = asyncq_client_list_agents_sync (context->client, NULL, error);
  gsize n = agents != NULL ? g_variant_n_children (agents) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr(GVariant) agent = g_variant_get_child_value (agents, i);

      if (g_str_equal (ctl_value_get_text (agent, "name"), name))
        return g_steal_pointer (&agent);
    }
  if (agents != NULL)
    /* TRANSLATORS: %s is the name of an agent */
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_AGENT, _("there is no agent '%s'"), name);
  return NULL;
}

static CtlExit
show_agent (CtlContext  *context,
            char       **words,
            gpointer     options,
            GError     **error)
{
  g_autoptr(GVariant) agent = find_agent (context, words[0], error);

  if (agent != NULL)
    ctl_fact_put_settings (context, agent);
  return ctl_exit_of_success (agent != NULL);
}

/* ---- doing ---- */

/* what was given: the daemon knows what it may be */
static GVariant *
build_settings (const AgentOptions *options)
{
  GVariantDict settings;

  g_variant_dict_init (&settings, NULL);
  if (options->size != G_MININT)
    g_variant_dict_insert (&settings, "size", "i", options->size);
  if (options->filter != NULL)
    g_variant_dict_insert (&settings, "filter", "s", options->filter);
  if (options->queues != NULL)
    {
      g_autoptr(GPtrArray) queues = g_ptr_array_new ();

      /* "*": all of them */
      for (guint i = 0; options->queues[i] != NULL; i++)
        if (!g_str_equal (options->queues[i], "*"))
          g_ptr_array_add (queues, (gpointer) ctl_queue_of_word (options->queues[i]));
      g_variant_dict_insert_value (&settings, "queues",
                                   g_variant_new_strv ((const char * const *) queues->pdata, queues->len));
    }
  return g_variant_dict_end (&settings);
}

static CtlExit
add (CtlContext  *context,
     char       **words,
     gpointer     options,
     GError     **error)
{
  return ctl_exit_of_success (
    asyncq_client_add_agent_sync (context->client, words[0], build_settings (options), NULL, error));
}

static CtlExit
set (CtlContext  *context,
     char       **words,
     gpointer     user_data,
     GError     **error)
{
  const AgentOptions *options = user_data;

  if (options->size == G_MININT && options->filter == NULL && options->queues == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--size, --filter or --queue is wanted"));
      return CTL_EXIT_USAGE;
    }
  return ctl_exit_of_success (
    asyncq_client_change_agent_sync (context->client, words[0], build_settings (options), NULL, error));
}

static CtlExit
remove_agent (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  g_autoptr(GVariant) agent = find_agent (context, words[0], NULL);
  gboolean is_configured = FALSE;

  if (agent != NULL)
    (void) g_variant_lookup (agent, "configured", "b", &is_configured);
  if (!asyncq_client_remove_agent_sync (context->client, words[0], NULL, error))
    return CTL_EXIT_ERROR;
  if (is_configured && !context->quiet)
    /* TRANSLATORS: %s is the name of an agent */
    g_printerr (_("agent %s is configured: it comes back, as it is there, at the next start\n"), words[0]);
  return CTL_EXIT_OK;
}

static const CtlAction actions[] = {
  { "list", 0, 0, list_agents },
  { "show", 1, 1, show_agent },
  { "add", 1, 1, add },
  { "set", 1, 1, set },
  { "remove", 1, 1, remove_agent },
  { NULL },
};

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  AgentOptions options = { .size = G_MININT };
  CtlExit status = CTL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "size", 0, 0, G_OPTION_ARG_INT, &options.size, N_("How many jobs it runs at once, 1 to 256"), N_("NUMBER") },
    { "filter", 0, 0, G_OPTION_ARG_STRING, &options.filter, N_("Which jobs it takes"), N_("FILTER") },
    { "queue", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.queues, N_("A queue that it takes jobs from"), N_("NAME") },
    { NULL }
  };

  if (ctl_options_parse (context, &ctl_verb_agent, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    status = ctl_action_run (context, actions, "agent", words, &options, error);
  g_free (options.filter);
  g_strfreev (options.queues);
  return status;
}

static const char *const action_words[] = { "list", "show", "add", "set", "remove", NULL };

const CtlVerb ctl_verb_agent = {
  .name = "agent",
  .usage = N_("[ACTION [NAME]]"),
  .summary = N_("Show and set which jobs run how many at once."),
  .description = N_("What can be done:\n"
                    "  list          all agents, and what no agent takes\n"
                    "  show NAME     one\n"
                    "  add NAME      a new one, with the settings below\n"
                    "  set NAME      other settings, at once; what runs goes on\n"
                    "  remove NAME   one that has no jobs\n"
                    "A filter has words: function:GLOB, or just GLOB, queue:GLOB, tag:GLOB,\n"
                    "priority:NUMBER, priority:<NUMBER; -WORD is the opposite. An empty one takes\n"
                    "all. Without --queue, or with --queue='*', an agent takes jobs of all queues.\n"
                    "What is set is stored, and wins over the configuration.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl agent add samples --size=1 --filter=pi.generate_sample\n"
                    "  asyncqctl agent set main --filter='-pi.generate_sample -tag:night' --size=4\n"
                    "  asyncqctl agent list\n"),
  .words = action_words,
  .completes = CTL_COMPLETES_AGENTS,
  .run = run,
};

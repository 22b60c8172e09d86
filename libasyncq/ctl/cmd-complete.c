/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * complete: what may stand in a command line, for shells
 *
 * Verbs and options come from the tables that the help comes from; names of
 * functions, queues and so on from the daemon. Without a daemon there are just
 * fewer words: nothing here is an error.
 */

#include "config.h"

#include "ctl-factory.h"
#include "ctl-options.h"
#include "ctl-queue.h"
#include "ctl-setting.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_JOBS 50
#define MAX_OBJECTS 50

/* a word, and what it means: for the shells that show that */
static void
put_word (const char *word,
          const char *meaning)
{
  ctl_put ("%s\t%s\n", word, meaning != NULL ? meaning : "");
}

/* ---- options ---- */

static void
put_options (CtlContext    *context,
             const CtlVerb *verb)
{
  static const char *const nothing[] = { NULL };
  g_autoptr(GArray) entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  CtlContext asking = { .want_entries = entries };

  (void) verb->run (&asking, nothing, NULL); /* hands over its options and does nothing */
  for (guint i = 0; i < entries->len; i++)
    {
      const GOptionEntry *entry = &g_array_index (entries, GOptionEntry, i);
      gboolean has_value = entry->arg != G_OPTION_ARG_NONE && (entry->flags & G_OPTION_FLAG_NO_ARG) == 0;
      gboolean wants_value = has_value && (entry->flags & G_OPTION_FLAG_OPTIONAL_ARG) == 0;
      g_autofree char *word = g_strdup_printf ("--%s%s", entry->long_name, wants_value ? "=" : "");

      put_word (word, _(entry->description));
    }
}

/* what may stand behind --NAME=; the words have that before them */
static void put_objects (CtlContext  *context,
                         const char  *prefix,
                         CtlCompletes what);

static void
put_values (CtlContext *context,
            const char *word)
{
  gsize length = strcspn (word, "=");
  g_autofree char *name = g_strndup (word + strlen ("--"), length - strlen ("--"));
  g_autofree char *prefix = g_strndup (word, length + 1);
  g_auto(GStrv) choices = NULL;
  CtlSettingId id;

  if (g_str_equal (name, "factory"))
    put_objects (context, prefix, CTL_COMPLETES_FACTORIES);
  else if (g_str_equal (name, "append-to") || g_str_equal (name, "callback-of") || g_str_equal (name, "after-job"))
    put_objects (context, prefix, CTL_COMPLETES_JOBS);
  else if (g_str_equal (name, "queue"))
    put_objects (context, prefix, CTL_COMPLETES_QUEUES);
  else if (g_str_equal (name, "match"))
    put_objects (context, prefix, CTL_COMPLETES_FILTERS);
  else if (g_str_equal (name, "limit") || g_str_equal (name, "quota"))
    put_objects (context, prefix, CTL_COMPLETES_LIMITS);
  else if (g_str_equal (name, "object"))
    put_objects (context, prefix, CTL_COMPLETES_OBJECTS);
  else if (g_str_equal (name, "retry"))
    put_objects (context, prefix, CTL_COMPLETES_POLICIES);
  else if (g_str_equal (name, "json"))
    choices = g_strsplit ("short pretty off", " ", -1);
  else if (g_str_equal (name, "color"))
    choices = g_strsplit ("auto always never", " ", -1);
  else if (g_str_equal (name, "failure"))
    choices = g_strsplit ("brief default verbose", " ", -1);
  else if (ctl_setting_find (name, &id) && ctl_settings[id].choices != NULL)
    choices = g_strsplit (ctl_settings[id].choices, " ", -1);
  for (guint i = 0; choices != NULL && choices[i] != NULL; i++)
    {
      g_autofree char *value = g_strconcat (prefix, choices[i], NULL);

      put_word (value, NULL);
    }
}

/* ---- what the daemon knows ---- */

static void
put_with_prefix (const char *prefix,
                 const char *word,
                 const char *meaning)
{
  g_autofree char *whole = g_strconcat (prefix, word, NULL);

  put_word (whole, meaning);
}

static void
put_functions (CtlContext *context,
               const char *prefix)
{
  g_autoptr(GPtrArray) functions = NULL;

  functions = asyncq_client_list_functions_sync (context->client, NULL, NULL);
  for (guint i = 0; functions != NULL && i < functions->len; i++)
    {
      AsyncqFunctionInfo *info = g_ptr_array_index (functions, i);

      put_with_prefix (prefix, asyncq_function_info_get_name (info), asyncq_function_info_get_description (info));
    }
}

static void
put_jobs (CtlContext *context,
          const char *prefix)
{
  g_autoptr(GPtrArray) jobs = NULL;

  jobs = asyncq_client_list_jobs_sync (context->client, "", MAX_JOBS, NULL, NULL, NULL, NULL);
  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      AsyncqJobInfo *job = g_ptr_array_index (jobs, i);
      g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, asyncq_job_info_get_id (job));

      put_with_prefix (prefix, id, asyncq_job_info_get_function (job));
    }
}

/* the member @key of each dictionary of a list */
static void
put_names (GVariant   *list,
           const char *prefix,
           const char *key)
{
  g_autoptr(GVariant) owned = list;

  for (gsize i = 0; owned != NULL && i < g_variant_n_children (owned); i++)
    {
      g_autoptr(GVariant) item = g_variant_get_child_value (owned, i);
      const char *name;

      if (g_variant_lookup (item, key, "&s", &name))
        put_with_prefix (prefix, ctl_queue_to_word (name), NULL);
    }
}

static void
put_filters (void)
{
  static const char *const words[] = { "queue:", "function:", "tag:", "limit:", "priority:", "age:" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    put_word (words[i], NULL);
  for (guint i = 0; i < ASYNCQ_N_JOB_STATES; i++)
    put_with_prefix ("state:", asyncq_job_state_to_string ((AsyncqJobState) i), NULL);
  for (guint i = ASYNCQ_JOB_OUTCOME_NONE + 1; i < ASYNCQ_N_JOB_OUTCOMES; i++)
    put_with_prefix ("state:", asyncq_job_outcome_to_string ((AsyncqJobOutcome) i), NULL);
}

static void
put_objects (CtlContext   *context,
             const char   *prefix,
             CtlCompletes  what)
{
  if (what == CTL_COMPLETES_FILTERS)
    {
      put_filters ();
      return;
    }
  if (ctl_context_connect (context, NULL) == NULL)
    return;
  if (what == CTL_COMPLETES_FUNCTIONS)
    put_functions (context, prefix);
  else if (what == CTL_COMPLETES_JOBS)
    put_jobs (context, prefix);
  else if (what == CTL_COMPLETES_QUEUES)
    put_names (asyncq_client_list_queues_sync (context->client, NULL, NULL), prefix, "Name");
  else if (what == CTL_COMPLETES_FACTORIES)
    put_names (asyncq_client_list_factories_sync (context->client, NULL, NULL), prefix, "name");
  else if (what == CTL_COMPLETES_SCHEDULES)
    put_names (asyncq_client_list_schedules_sync (context->client, NULL, NULL), prefix, "Name");
  else if (what == CTL_COMPLETES_LIMITS)
    put_names (asyncq_client_list_limits_sync (context->client, NULL, NULL), prefix, "name");
  else if (what == CTL_COMPLETES_POLICIES)
    put_names (asyncq_client_list_policies_sync (context->client, NULL, NULL), prefix, "name");
  else if (what == CTL_COMPLETES_AGENTS)
    put_names (asyncq_client_list_agents_sync (context->client, NULL, NULL), prefix, "name");
  else if (what == CTL_COMPLETES_OBJECTS)
    put_names (asyncq_client_list_objects_sync (context->client, "*", "", MAX_OBJECTS, NULL, NULL), prefix, "name");
}

static void
put_parameters (CtlContext *context,
                const char *function)
{
  g_autoptr(GPtrArray) functions = NULL;

  if (ctl_context_connect (context, NULL) == NULL)
    return;
  functions = asyncq_client_list_functions_sync (context->client, NULL, NULL);
  for (guint i = 0; functions != NULL && i < functions->len; i++)
    {
      AsyncqFunctionInfo *info = g_ptr_array_index (functions, i);
      g_autoptr(AsyncqSignature) signature = NULL;

      if (!g_str_equal (asyncq_function_info_get_name (info), function))
        continue;
      signature = asyncq_function_info_parse_signature (info, NULL);
      for (guint j = 0; signature != NULL && j < asyncq_signature_get_n_parameters (signature); j++)
        {
          g_autofree char *word = g_strconcat (asyncq_signature_get_name (signature, j), "=", NULL);

          put_word (word, NULL);
        }
    }
}

/* ---- all together ---- */

static void
put_verbs (void)
{
  for (guint i = 0; ctl_verbs[i] != NULL; i++)
    if (!ctl_verbs[i]->is_hidden)
      put_word (ctl_verbs[i]->name, _(ctl_verbs[i]->summary));
  put_word ("help", _("Show this help, or that of a verb."));
  put_word ("version", _("Print the version."));
}

/* @words: what stands between the verb and the word that is being written */
static void
put_words (CtlContext     *context,
           const CtlVerb  *verb,
           GPtrArray      *words)
{
  const char *first = words->len > 0 ? g_ptr_array_index (words, 0) : NULL;

  if (verb->words != NULL && first == NULL)
    for (guint i = 0; verb->words[i] != NULL; i++)
      put_word (verb->words[i], NULL);
  else if (verb->completes == CTL_COMPLETES_CALL && first != NULL)
    put_parameters (context, first);
  else if (verb->completes == CTL_COMPLETES_CALL)
    put_objects (context, "", CTL_COMPLETES_FUNCTIONS);
  else if (verb->completes == CTL_COMPLETES_PATHS)
    put_word ("/org/asyncq", NULL);
  else
    put_objects (context, "", verb->completes);
}

static const CtlVerb *
find_verb (const char *name)
{
  for (guint i = 0; ctl_verbs[i] != NULL; i++)
    if (g_str_equal (ctl_verbs[i]->name, name))
      return ctl_verbs[i];
  return NULL;
}

/* @words: of the command line, all after "asyncqctl"; the last is being written, and may be empty */
static void
complete (CtlContext         *context,
          const char * const *words)
{
  g_autoptr(GPtrArray) others = g_ptr_array_new ();
  guint n = g_strv_length ((char **) words);
  const char *current = n > 0 ? words[n - 1] : "";
  const CtlVerb *verb = NULL;
  gboolean is_help = FALSE;

  for (guint i = 0; i + 1 < n; i++)
    if (words[i][0] == '-')
      continue;
    else if (verb == NULL && !is_help)
      {
        verb = find_verb (words[i]);
        is_help = verb == NULL;
      }
    else
      g_ptr_array_add (others, (gpointer) words[i]);

  if (g_str_has_prefix (current, "--") && strchr (current, '=') != NULL)
    put_values (context, current);
  else if (*current == '-')
    put_options (context, verb != NULL ? verb : &ctl_verb_complete);
  else if (verb != NULL)
    put_words (context, verb, others);
  else
    put_verbs ();
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;

  if (context->want_entries != NULL)
    return ctl_options_parse (context, &ctl_verb_complete, NULL, CTL_DASH_IS_OPTION, arguments, &words, error)
             ? CTL_EXIT_OK : CTL_EXIT_ERROR;
  if (arguments[0] != NULL && g_str_equal (arguments[0], "--"))
    arguments++;
  complete (context, arguments);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_complete = {
  .name = "complete",
  .usage = N_("-- WORD…"),
  .summary = N_("Print what may stand in place of the last word."),
  .description = N_("For the completion of shells. Each line is a word, a tab and what it means.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl complete -- submit ''\n"),
  .run = run,
  .is_hidden = TRUE,
};

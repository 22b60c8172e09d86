/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * change: other arguments or settings for a job that waits
 */

#include "config.h"

#include "ctl-bulk.h"
#include "ctl-options.h"
#include "ctl-spec.h"
#include "ctl-suggest.h"

#include <glib/gi18n.h>
#include <string.h>

#define ARGUMENTS "arguments"

/* what is to be changed, as it was given */
typedef struct
{
  CtlSettings  settings;
  const char  *arguments; /* nullable: "14 y=3" */
} Change;

static gboolean
set_unknown (const char  *word,
             const char  *name,
             GError     **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  g_ptr_array_add (names, (gpointer) ARGUMENTS);
  for (guint i = 0; i < CTL_N_SETTINGS; i++)
    if (ctl_settings[i].is_change)
      g_ptr_array_add (names, (gpointer) ctl_settings[i].name);
  g_ptr_array_add (names, NULL);
  meant = ctl_suggest (name, (const char * const *) names->pdata);
  if (meant != NULL)
    /* TRANSLATORS: both %s are names of settings */
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' cannot be changed; did you mean '%s'?"), name, meant);
  else
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 /* TRANSLATORS: %s is a word of the command line */
                 _("'%s' makes no sense: write priority=5, retry=never or arguments='14 3'"), word);
  return FALSE;
}

static gboolean
read_pair (Change      *change,
           const char  *word,
           GError     **error)
{
  const char *equals = strchr (word, '=');
  g_autofree char *name = equals != NULL ? g_strndup (word, (gsize) (equals - word)) : g_strdup (word);
  CtlSettingId id;

  if (equals != NULL && g_str_equal (name, ARGUMENTS))
    {
      change->arguments = equals + 1;
      return TRUE;
    }
  if (equals == NULL || !ctl_setting_find (name, &id) || !ctl_settings[id].is_change)
    return set_unknown (word, name, error);
  g_free (change->settings.texts[id]);
  change->settings.texts[id] = g_strdup (equals + 1);
  return TRUE;
}

static gboolean
add_arguments (CtlContext     *context,
               AsyncqJobSpec  *spec,
               AsyncqJobInfo  *job,
               const char     *line,
               GError        **error)
{
  g_auto(CtlFunctions) functions = { NULL };
  g_auto(GStrv) words = NULL;
  g_autoptr(GError) reason = NULL;

  if (!g_shell_parse_argv (line, NULL, &words, &reason) &&
      !g_error_matches (reason, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (words == NULL)
    words = g_new0 (char *, 1);
  return ctl_functions_load (&functions, context, error) &&
         ctl_spec_add_words (spec, &functions, asyncq_job_info_get_function (job), (const char * const *) words,
                             error);
}

/* what Change() takes: what an entry of Submit() has, without the function; not floating */
static GVariant *
make_values (AsyncqJobSpec *spec,
             gboolean       with_arguments)
{
  g_autoptr(GVariant) entries = asyncq_job_spec_to_entries (spec);
  g_autoptr(GVariant) entry = g_variant_get_child_value (entries, 0);
  g_auto(GVariantDict) values = G_VARIANT_DICT_INIT (entry);

  g_variant_dict_remove (&values, "function");
  /* none at all take the place of those that there were, too */
  if (with_arguments && !g_variant_dict_contains (&values, ARGUMENTS) && !g_variant_dict_contains (&values, "named"))
    g_variant_dict_insert_value (&values, ARGUMENTS, g_variant_new_array (G_VARIANT_TYPE_VARIANT, NULL, 0));
  return g_variant_ref_sink (g_variant_dict_end (&values));
}

static gboolean
change_job (CtlContext    *context,
            guint64        id,
            const Change  *change,
            GError       **error)
{
  g_autoptr(AsyncqJobInfo) job = NULL;
  g_autoptr(AsyncqJobSpec) spec = NULL;
  g_autoptr(GVariant) values = NULL;
  AsyncqClient *client = ctl_context_connect (context, error);

  if (client == NULL || (job = asyncq_client_get_job_sync (client, id, NULL, error)) == NULL)
    return FALSE;
  spec = asyncq_job_spec_new (asyncq_job_info_get_function (job));
  if (!ctl_settings_apply (&change->settings, spec, CTL_REACH_ALL, error) ||
      (change->arguments != NULL && !add_arguments (context, spec, job, change->arguments, error)))
    return FALSE;
  values = make_values (spec, change->arguments != NULL);
  return asyncq_client_change_sync (client, id, values, NULL, error);
}

/* @words: without the number of the job */
static gboolean
read_change (Change  *change,
             char   **words,
             GError **error)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (!read_pair (change, words[i], error))
      return FALSE;
  return ctl_settings_check (&change->settings, error);
}

static gboolean
is_priority_alone (const Change *change)
{
  for (guint i = 0; i < CTL_N_SETTINGS; i++)
    if ((change->settings.texts[i] != NULL) != (i == CTL_SETTING_PRIORITY))
      return FALSE;
  return change->arguments == NULL;
}

static CtlExit
change_many (CtlContext     *context,
             const CtlBulk  *bulk,
             const Change   *change,
             GError        **error)
{
  g_auto(GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  const char *text;
  guint64 priority;

  if (!is_priority_alone (change))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _("the priority is what can be changed of many jobs, such as priority=5"));
      return CTL_EXIT_USAGE;
    }
  text = change->settings.texts[CTL_SETTING_PRIORITY];
  if (!g_ascii_string_to_unsigned (text, 10, 0, 255, &priority, NULL))
    {
      /* TRANSLATORS: the name of a setting, its least and its greatest value, what was given */
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is a number from %u to %u, not '%s'"), "priority", 0, 255,
                   text);
      return CTL_EXIT_USAGE;
    }
  g_variant_dict_insert (&options, "priority", "y", (guchar) priority);
  return ctl_bulk_run (bulk, context, "priority", g_variant_dict_end (&options), error);
}

static CtlExit
change_one (CtlContext    *context,
            char         **words,
            const Change  *change,
            GError       **error)
{
  guint64 id;

  if (words[0] == NULL || (words[1] == NULL && change->settings.texts[CTL_SETTING_PRIORITY] == NULL))
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                         _("the number of a job is wanted, and what to change, such as priority=5"));
  else if (ctl_parse_id (words[0], &id, error))
    (void) change_job (context, id, change, error); /* the caller looks at the error */
  return CTL_EXIT_OK;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_auto(CtlBulk) bulk = { NULL };
  Change change = { { { NULL } }, NULL };
  CtlExit status = CTL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "priority", 0, 0, G_OPTION_ARG_STRING, &change.settings.texts[CTL_SETTING_PRIORITY],
      N_("As priority=NUMBER"), N_("NUMBER") },
    CTL_BULK_ENTRIES (bulk),
    { NULL }
  };
  static char *none[] = { NULL };

  if (ctl_options_parse (context, &ctl_verb_change, entries, CTL_DASH_IS_OPTION, arguments, &words, error) &&
      ctl_bulk_check (&bulk, none, error) &&
      read_change (&change, words + (bulk.match == NULL && words[0] != NULL ? 1 : 0), error))
    status = bulk.match != NULL ? change_many (context, &bulk, &change, error)
                                : change_one (context, words, &change, error);
  ctl_settings_clear (&change.settings);
  return status;
}

const CtlVerb ctl_verb_change = {
  .name = "change",
  .usage = N_("JOB|--match=FILTER KEY=VALUE…"),
  .summary = N_("Change arguments or settings of a job that waits."),
  .description = N_("A KEY is arguments, queue, priority, at, after, begin-by, retry, run-timeout,\n"
                    "total-timeout, crash-limit, failure-log-level, limit or tag; a VALUE is as for\n"
                    "submit, that of arguments the words of the call, of several limits or tags with\n"
                    "commas between. A job that runs or has ended stays as it is.\n"
                    "With --match the priority is changed of all jobs that a filter accepts; you are\n"
                    "shown how many and some of them, and are asked.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl change 30 priority=5 retry=never\n"
                    "  asyncqctl change 30 arguments='14 y=3' after=10min\n"
                    "  asyncqctl change --match='queue:mail' --priority=5 --yes\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

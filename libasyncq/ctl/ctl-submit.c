/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What submit and run have in common: their options, and the submitting
 */

#include "config.h"

#include "ctl-submit.h"

#include "ctl-options.h"

#include <glib/gi18n.h>
#include <string.h>

static gboolean
on_callback (const char  *name,
             const char  *value,
             gpointer     data,
             GError     **error)
{
  AsyncqJobOn on = ASYNCQ_JOB_ON_ANY;

  (void) asyncq_job_on_from_string (name + strlen ("--on-"), &on); /* --on-any is the rest */
  ctl_spec_options_add_callback (((CtlContext *) data)->options, on, value);
  return TRUE;
}

static gboolean
on_setting (const char  *name,
            const char  *value,
            gpointer     data,
            GError     **error)
{
  CtlSpecOptions *options = ((CtlContext *) data)->options;
  CtlSettingId id = CTL_SETTING_QUEUE;
  g_autofree char *before = NULL;

  g_return_val_if_fail (ctl_setting_find (name + strlen ("--"), &id), FALSE);
  before = g_steal_pointer (&options->settings.texts[id]);
  if (before != NULL && ctl_settings[id].is_list)
    options->settings.texts[id] = g_strconcat (before, ",", value, NULL);
  else
    options->settings.texts[id] = g_strdup (value != NULL ? value : "");
  return TRUE;
}

static void
add_settings (GArray *entries)
{
  static const GOptionEntry aliases[] = {
    { "delay", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, on_setting, NULL, NULL },
    { "quota", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, on_setting, NULL, NULL },
  };

  for (guint i = 0; i < CTL_N_SETTINGS; i++)
    {
      GOptionEntry entry = { ctl_settings[i].name, 0, 0, G_OPTION_ARG_CALLBACK, on_setting,
                             ctl_settings[i].help, ctl_settings[i].value };

      if (ctl_settings[i].is_optional)
        entry.flags = G_OPTION_FLAG_OPTIONAL_ARG;
      g_array_append_val (entries, entry);
    }
  g_array_append_vals (entries, aliases, G_N_ELEMENTS (aliases));
}

/* (element-type GOptionEntry): what they have in common, without an end */
static GArray *
make_entries (CtlSpecOptions *options)
{
  const GOptionEntry fixed[] = {
    { "parallel", 0, 0, G_OPTION_ARG_NONE, &options->parallel, N_("Every word is a call; all run at the same time"),
      NULL },
    { "serial", 0, 0, G_OPTION_ARG_NONE, &options->serial, N_("Every word is a call; one runs after the other"),
      NULL },
    { "batch", 0, 0, G_OPTION_ARG_NONE, &options->batch, N_("As --parallel; the result is how many did well"),
      NULL },
    { "postprocess", 0, 0, G_OPTION_ARG_STRING, &options->postprocess,
      N_("Makes the result out of the others'"), N_("CALL") },
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &options->file, N_("Read the jobs from JSON; - is standard input"),
      N_("FILE") },
    { "factory", 0, 0, G_OPTION_ARG_STRING, &options->factory, N_("Instead of a function; see \"factory list\""),
      N_("NAME") },
    { "on-success", 0, 0, G_OPTION_ARG_CALLBACK, on_callback, N_("Run this then, with the result"), N_("CALL") },
    { "on-failure", 0, 0, G_OPTION_ARG_CALLBACK, on_callback, N_("Run this then, with the failure"), N_("CALL") },
    { "on-any", 0, 0, G_OPTION_ARG_CALLBACK, on_callback, N_("Run this then, with either"), N_("CALL") },
    { "on-first-failure", 0, 0, G_OPTION_ARG_CALLBACK, on_callback, N_("Run this when a member fails"),
      N_("CALL") },
    { "callback", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_CALLBACK, on_callback, NULL, NULL },
    { "callback-of", 0, 0, G_OPTION_ARG_STRING, &options->callback_of, N_("Run with the result of that job"),
      N_("JOB[:ON]") },
    { "after-job", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->after_jobs, N_("Begin when that job has ended so"),
      N_("JOB[:ON]") },
    { "append-to", 0, 0, G_OPTION_ARG_STRING, &options->append_to, N_("Become a member of that composite job"),
      N_("JOB") },
    { "defer-check", 0, 0, G_OPTION_ARG_NONE, &options->defer_check, N_("Accept a function that no plugin has yet"),
      NULL },
  };
  GArray *entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  g_array_append_vals (entries, fixed, G_N_ELEMENTS (fixed));
  add_settings (entries);
  return entries;
}

gboolean
ctl_submit_parse (CtlContext          *context,
                  const CtlVerb       *verb,
                  const char * const  *arguments,
                  CtlSpecOptions      *options,
                  char              ***out_words,
                  GError             **error)
{
  return ctl_submit_parse_more (context, verb, NULL, CTL_DASH_IS_WORD, arguments, options, out_words, error);
}

gboolean
ctl_submit_parse_more (CtlContext          *context,
                       const CtlVerb       *verb,
                       const GOptionEntry  *more,
                       CtlDash              dash,
                       const char * const  *arguments,
                       CtlSpecOptions      *options,
                       char              ***out_words,
                       GError             **error)
{
  g_autoptr(GArray) entries = make_entries (options);
  const GOptionEntry id_only = { "id-only", 0, 0, G_OPTION_ARG_NONE, &context->no_hints,
                                 N_("Give no hint what to do next"), NULL };
  guint n_more = 0;
  gboolean parsed;

  while (more != NULL && more[n_more].long_name != NULL)
    n_more++;
  /* of two with one name the first is taken */
  g_array_prepend_vals (entries, more, n_more);
  g_array_append_val (entries, id_only);
  context->options = options;
  parsed = ctl_options_parse (context, verb, (const GOptionEntry *) entries->data, dash, arguments,
                              out_words, error);
  context->options = NULL;
  return parsed;
}

static void
dispose_spec (gpointer spec,
              gpointer unused)
{
  g_object_run_dispose (spec);
}

/*
 * Parses the command line and submits what it says. Returns the ids, or NULL
 * with @error set, or without an error where help was asked for and was given.
 */
guint64 *
ctl_submit (CtlContext          *context,
            const CtlVerb       *verb,
            const char * const  *arguments,
            gsize               *out_n_ids,
            GError             **error)
{
  g_auto(CtlSpecOptions) options = { 0 };
  g_auto(GStrv) words = NULL;
  g_autoptr(GPtrArray) specs = NULL;
  guint64 *ids;

  if (!ctl_submit_parse (context, verb, arguments, &options, &words, error))
    return NULL;
  specs = ctl_spec_options_build (context, &options, (const char * const *) words, error);
  if (specs == NULL)
    return NULL;
  ids = asyncq_client_submit_list_sync (context->client, (AsyncqJobSpec **) specs->pdata,
                                        specs->len, out_n_ids, NULL, error);
  /* those that wait for each other were refused, but would hold each other for ever */
  g_ptr_array_foreach (specs, dispose_spec, NULL);
  return ids;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * annotate: notes something on a job
 */

#include "config.h"

#include "ctl-options.h"
#include "ctl-value.h"

#include <glib/gi18n.h>

#define PROGRESS_TYPE G_VARIANT_TYPE ("(dtts)")

/* numbers of a progress are those of its type, also where the text does not say so */
static GVariant *
parse_value (const char *key,
             const char *text)
{
  GVariant *progress = g_str_equal (key, "progress") ? ctl_value_parse (text, PROGRESS_TYPE, NULL) : NULL;

  return progress != NULL ? progress : ctl_value_parse_any (text);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  gboolean remove = FALSE;
  const GOptionEntry entries[] = {
    { "remove", 0, 0, G_OPTION_ARG_NONE, &remove, N_("Take the annotation away"), NULL },
    { NULL },
  };
  g_auto(GStrv) words = NULL;
  g_autoptr(GVariant) value = NULL;
  guint64 id;

  if (!ctl_options_parse (context, &ctl_verb_annotate, entries, CTL_DASH_IS_WORD, arguments, &words, error))
    return CTL_EXIT_OK;
  if (g_strv_length (words) != (remove ? 2 : 3))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _("the number of a job, a key and a value are wanted, or --remove and no value"));
      return CTL_EXIT_USAGE;
    }
  if (!ctl_parse_id (words[0], &id, error) || ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_USAGE;
  if (remove)
    return ctl_exit_of_success (asyncq_client_remove_annotation_sync (context->client, id, words[1], NULL, error));
  value = parse_value (words[1], words[2]);
  return ctl_exit_of_success (asyncq_client_annotate_sync (context->client, id, words[1], value, NULL, error));
}

const CtlVerb ctl_verb_annotate = {
  .name = "annotate",
  .usage = N_("JOB KEY VALUE|JOB KEY --remove"),
  .summary = N_("Note something on a job."),
  .description = N_("Jobs can read it while they run, and \"annotation\" shows it. The value is as\n"
                    "GVariant has it: 5, 'text', [1, 2], true; anything else is a text as it is.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl annotate 30 stop true\n"
                    "  asyncqctl annotate 30 progress \"(0.5, 5, 10, 'half way')\"\n"
                    "  asyncqctl annotate 30 stop --remove\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * What submit and run have in common: their options, and the submitting
 */

#include "config.h"

#include "ctl-submit.h"

#include "ctl-options.h"
#include "ctl-spec.h"

#include <glib/gi18n.h>

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
  g_auto(CtlSpecOptions) options = { .priority = -1 };
  g_auto(GStrv) words = NULL;
  g_autoptr(GPtrArray) specs = NULL;
  gboolean id_only = FALSE;
  const GOptionEntry entries[] = {
    { "parallel", 0, 0, G_OPTION_ARG_NONE, &options.parallel,
      N_("Every word is a call; they run at the same time"), NULL },
    { "serial", 0, 0, G_OPTION_ARG_NONE, &options.serial,
      N_("Every word is a call; they run one after the other"), NULL },
    { "postprocess", 0, 0, G_OPTION_ARG_STRING, &options.postprocess,
      N_("The call that makes the result out of the others'"), N_("CALL") },
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &options.file,
      N_("Read the jobs from a JSON file; - is standard input"), N_("FILE") },
    { "queue", 0, 0, G_OPTION_ARG_STRING, &options.queue, N_("The queue"), N_("NAME") },
    { "priority", 0, 0, G_OPTION_ARG_INT, &options.priority, N_("0, most urgent, to 255"), N_("NUMBER") },
    { "at", 0, 0, G_OPTION_ARG_STRING, &options.at,
      N_("Begin no sooner; RFC 3339, UTC where it has no zone"), N_("TIME") },
    { "after", 0, 0, G_OPTION_ARG_STRING, &options.after,
      N_("Begin no sooner than after this time"), N_("DURATION") },
    { "key", 0, 0, G_OPTION_ARG_STRING, &options.key,
      N_("Submit once: the same key gives the same job again"), N_("KEY") },
    { "defer-check", 0, 0, G_OPTION_ARG_NONE, &options.defer_check,
      N_("Accept a function that no plugin has yet"), NULL },
    { "id-only", 0, 0, G_OPTION_ARG_NONE, &id_only, N_("Give no hint what to do next"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, verb, entries, CTL_DASH_IS_WORD, arguments, &words, error))
    return NULL;
  if (id_only)
    context->no_hints = TRUE;
  specs = ctl_spec_build (context, &options, (const char * const *) words, error);
  if (specs == NULL)
    return NULL;
  return asyncq_client_submit_list_sync (context->client, (AsyncqJobSpec **) specs->pdata,
                                         specs->len, out_n_ids, NULL, error);
}

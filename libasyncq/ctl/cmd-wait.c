/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * wait: waits for jobs and prints their results
 */

#include "config.h"

#include "ctl-options.h"
#include "ctl-wait.h"

#include <glib/gi18n.h>

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 id;

  if (!ctl_options_parse (context, &ctl_verb_wait, NULL, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("the number of a job is wanted"));
      return CTL_EXIT_USAGE;
    }
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (!ctl_parse_id (words[i], &id, error))
        return CTL_EXIT_USAGE;
      g_array_append_val (ids, id);
    }
  return ctl_wait (context, (const guint64 *) ids->data, ids->len, error);
}

const CtlVerb ctl_verb_wait = {
  .name = "wait",
  .usage = N_("JOB…"),
  .summary = N_("Wait for jobs and print their results."),
  .description = N_("The exit status is 0 if all have succeeded, 20 if one has failed, 21 if one was\n"
                    "cancelled, 22 if one has expired, 3 if --timeout has passed before the end.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl wait 30\n"
                    "  asyncqctl wait 30 31 32 --timeout=90s\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

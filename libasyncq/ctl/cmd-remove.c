/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * remove: removes jobs that have ended, all that a filter accepts
 */

#include "config.h"

#include "ctl-bulk.h"
#include "ctl-options.h"

#include <glib/gi18n.h>

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_auto(CtlBulk) bulk = { NULL };
  const GOptionEntry entries[] = {
    CTL_BULK_ENTRIES (bulk),
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_remove, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (bulk.match == NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("which jobs? --match=FILTER is wanted"));
      return CTL_EXIT_USAGE;
    }
  if (!ctl_bulk_check (&bulk, words, error))
    return CTL_EXIT_OK;
  return ctl_bulk_run (&bulk, context, "remove", NULL, error);
}

const CtlVerb ctl_verb_remove = {
  .name = "remove",
  .usage = N_("--match=FILTER"),
  .summary = N_("Remove jobs that have ended, all that a filter accepts."),
  .description = N_("As clean does, and says what it has skipped and why: a job that has not ended,\n"
                    "or that an unfinished one depends on, stays. On a terminal you are shown some\n"
                    "of the jobs and are asked; elsewhere --yes is wanted.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl remove --match='state:failed queue:mail' --dry-run\n"
                    "  asyncqctl remove --match='state:completed age:>2d' --limit=1000 --yes\n"),
  .completes = CTL_COMPLETES_NOTHING,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * snooze: puts off jobs that wait in a queue
 */

#include "config.h"

#include "ctl-jobs.h"
#include "ctl-options.h"
#include "ctl-time.h"

#include <glib/gi18n.h>

static gboolean
snooze_job (CtlContext  *context,
            guint64      id,
            gpointer     user_data,
            GError     **error)
{
  return asyncq_client_snooze_sync (context->client, id, *(const gint64 *) user_data, NULL, error);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GArray) ids = NULL;
  guint n_words;
  gint64 usec;

  if (!ctl_options_parse (context, &ctl_verb_snooze, NULL, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  n_words = g_strv_length (words);
  if (n_words < 2)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _("the numbers of jobs are wanted, and then for how long, such as 15min"));
      return CTL_EXIT_USAGE;
    }
  if (!ctl_parse_duration (words[n_words - 1], &usec, error) ||
      (ids = ctl_jobs_read (words, n_words - 1, error)) == NULL || ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_OK;
  return ctl_jobs_for_each (context, ids, snooze_job, &usec);
}

const CtlVerb ctl_verb_snooze = {
  .name = "snooze",
  .usage = N_("JOB… DURATION"),
  .summary = N_("Put off jobs that wait in a queue."),
  .description = N_("They are not run before the time has passed. It costs no attempt.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl snooze 30 15min\n"
                    "  asyncqctl snooze 30 31 2h30m\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

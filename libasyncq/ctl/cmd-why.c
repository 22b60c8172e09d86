/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * why: what keeps jobs from running
 */

#include "config.h"

#include "ctl-jobs.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-why.h"

#include <glib/gi18n.h>

static gboolean
explain_job (CtlContext  *context,
             guint64      id,
             gpointer     user_data,
             GError     **error)
{
  AsyncqClient *client = ctl_context_connect (context, error);
  g_autoptr(GVariant) explanation = NULL;

  if (client == NULL || (explanation = asyncq_client_explain_job_sync (client, id, NULL, error)) == NULL)
    return FALSE;
  if (context->json != CTL_JSON_OFF)
    ctl_json_put (context, ctl_json_of_variant (explanation));
  else
    ctl_why_put (context, explanation);
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GArray) ids = NULL;

  if (!ctl_options_parse (context, &ctl_verb_why, NULL, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      (ids = ctl_jobs_read (words, G_MAXUINT, error)) == NULL || ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_OK;
  return ctl_jobs_for_each (context, ids, explain_job, NULL);
}

const CtlVerb ctl_verb_why = {
  .name = "why",
  .usage = N_("JOB…"),
  .summary = N_("Tell why jobs do not run, and when they will."),
  .description = N_("Asks the rule that begins jobs, and names everything that keeps a job back: who\n"
                    "paused its queue, which limit is full and who holds it, which agents there are\n"
                    "and why they do not take it, what it waits for, how many come before it. When\n"
                    "it will begin is an estimate, of how long its function and others took before.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl why 30\n"
                    "  asyncqctl why 30 31 --json\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

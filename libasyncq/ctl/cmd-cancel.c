/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * cancel: cancels jobs that have not begun, and asks running ones to stop
 */

#include "config.h"

#include "ctl-bulk.h"
#include "ctl-jobs.h"
#include "ctl-options.h"

#include <glib/gi18n.h>

/* waits until the job has ended; FALSE unless it is cancelled then */
static gboolean
wait_until_cancelled (CtlContext    *context,
                      AsyncqClient  *client,
                      guint64        id,
                      GError       **error)
{
  g_autoptr(GVariant) result = NULL;
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
  AsyncqJobOutcome outcome;

  if (!asyncq_client_wait_sync (client, id, context->timeout_usec, &outcome, &result, NULL, error))
    return FALSE;
  if (outcome == ASYNCQ_JOB_OUTCOME_CANCELLED)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
               /* TRANSLATORS: the number of a job, and its outcome, which is not translated */
               _("job %s had %s before it stopped"), number, asyncq_job_outcome_to_string (outcome));
  return FALSE;
}

static void
say_that_it_runs (guint64 id)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, id);

  /* TRANSLATORS: %s is the number of a job, twice */
  g_printerr (_("asyncqctl: job %s runs; it was asked to stop. To wait for it: asyncqctl wait %s\n"), number, number);
}

/* what can still be done about a job that has ended */
static void
set_ended (guint64       id,
           const GError *reason,
           GError      **error)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, id);

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE,
               /* TRANSLATORS: what the daemon says of a job that has ended, and the job's number */
               _("%s; to run it again: asyncqctl retry %s"), reason->message, number);
}

typedef struct
{
  const char *why;
  gboolean    wait;
} Cancelling;

static gboolean
cancel_job (CtlContext  *context,
            guint64      id,
            gpointer     user_data,
            GError     **error)
{
  const Cancelling *cancelling = user_data;
  AsyncqClient *client = ctl_context_connect (context, error);
  g_autoptr(AsyncqJobInfo) job = NULL;
  g_autoptr(GError) reason = NULL;

  if (client == NULL)
    return FALSE;
  if (!asyncq_client_cancel_sync (client, id, cancelling->why, NULL, &reason))
    {
      if (g_error_matches (reason, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_STATE))
        set_ended (id, reason, error);
      else
        g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (cancelling->wait)
    return wait_until_cancelled (context, client, id, error);

  /* who does not wait is told if there is anything to wait for; it is cancelled in any case */
  job = asyncq_client_get_job_sync (client, id, NULL, NULL);
  if (job != NULL && asyncq_job_info_get_outcome (job) == ASYNCQ_JOB_OUTCOME_NONE && !context->quiet)
    say_that_it_runs (id);
  return TRUE;
}

static CtlExit
cancel_many (CtlContext     *context,
             const CtlBulk  *bulk,
             const char     *why,
             gboolean        wait,
             GError        **error)
{
  g_auto(GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (wait)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--wait and --match exclude each other"));
      return CTL_EXIT_USAGE;
    }
  if (why != NULL)
    g_variant_dict_insert (&options, "why", "s", why);
  return ctl_bulk_run (bulk, context, "cancel", g_variant_dict_end (&options), error);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *why = NULL;
  g_autoptr(GArray) ids = NULL;
  g_auto(CtlBulk) bulk = { NULL };
  Cancelling cancelling = { NULL };
  const GOptionEntry entries[] = {
    { "why", 0, 0, G_OPTION_ARG_STRING, &why, N_("The reason, which is kept with the job"), N_("TEXT") },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &cancelling.wait, N_("Wait until a running job has stopped"), NULL },
    CTL_BULK_ENTRIES (bulk),
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_cancel, entries, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      !ctl_bulk_check (&bulk, words, error))
    return CTL_EXIT_OK;
  if (bulk.match != NULL)
    return cancel_many (context, &bulk, why, cancelling.wait, error);
  if ((ids = ctl_jobs_read (words, G_MAXUINT, error)) == NULL || ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_OK;
  cancelling.why = why;
  return ctl_jobs_for_each (context, ids, cancel_job, &cancelling);
}

const CtlVerb ctl_verb_cancel = {
  .name = "cancel",
  .usage = N_("JOB…|--match=FILTER"),
  .summary = N_("Cancel jobs; running ones are asked to stop."),
  .description = N_("A composite job is cancelled with all of its parts. A running job is asked to\n"
                    "stop, which may take some time, and may still succeed; --wait waits for that.\n"
                    "The exit status is 7 if some of several jobs could not be cancelled.\n"
                    "With --match you are shown how many and some of the jobs, and are asked;\n"
                    "where there is no terminal --yes is wanted.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl cancel 30\n"
                    "  asyncqctl cancel 30 31 --why='sent by mistake' --wait\n"
                    "  asyncqctl cancel --match='queue:mail age:>1h' --dry-run\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * retry: runs jobs again, now
 */

#include "config.h"

#include "ctl-bulk.h"
#include "ctl-jobs.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-wait.h"

#include <glib/gi18n.h>

static void
put_id (CtlContext *context,
        guint64     of,
        guint64     id)
{
  g_autoptr(JsonObject) object = NULL;

  if (context->json == CTL_JSON_OFF)
    {
      ctl_put ("%" G_GUINT64_FORMAT "\n", id);
      return;
    }
  object = json_object_new ();
  json_object_set_int_member (object, "id", (gint64) id);
  json_object_set_int_member (object, "retry_of", (gint64) of);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
}

/* @user_data: the list that gets the number of the job that runs now */
static gboolean
retry_job (CtlContext  *context,
           guint64      id,
           gpointer     user_data,
           GError     **error)
{
  guint64 now;

  if (!asyncq_client_retry_sync (context->client, id, &now, NULL, error))
    return FALSE;
  if (user_data == NULL)
    put_id (context, id, now);
  else
    g_array_append_val ((GArray *) user_data, now);
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GArray) ids = NULL;
  g_autoptr(GArray) started = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_auto(CtlBulk) bulk = { NULL };
  gboolean wait = FALSE;
  CtlExit status;
  CtlExit outcome;
  const GOptionEntry entries[] = {
    { "wait", 0, 0, G_OPTION_ARG_NONE, &wait, N_("Wait for the jobs and print their results"), NULL },
    CTL_BULK_ENTRIES (bulk),
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_retry, entries, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      !ctl_bulk_check (&bulk, words, error))
    return CTL_EXIT_OK;
  if (bulk.match != NULL && !wait)
    return ctl_bulk_run (&bulk, context, "retry", NULL, error);
  if (bulk.match != NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--wait and --match exclude each other"));
      return CTL_EXIT_USAGE;
    }
  if ((ids = ctl_jobs_read (words, G_MAXUINT, error)) == NULL || ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_OK;
  status = ctl_jobs_for_each (context, ids, retry_job, wait ? started : NULL);
  if (started->len == 0)
    return status;
  outcome = ctl_wait (context, (guint64 *) started->data, started->len, error);
  return status == CTL_EXIT_OK ? outcome : status;
}

const CtlVerb ctl_verb_retry = {
  .name = "retry",
  .usage = N_("JOB…|--match=FILTER"),
  .summary = N_("Run jobs again, now, and print their numbers."),
  .description = N_("A job that waits for its next try, or for its time, runs at once. One that has\n"
                    "ended is not touched: a new job with the same call and settings is put, and its\n"
                    "number printed. A job that runs cannot be retried. With --match jobs that have\n"
                    "succeeded are skipped, unless the filter names states of jobs that have ended;\n"
                    "you are shown how many and some of them, and are asked.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl retry 30\n"
                    "  asyncqctl retry 30 31 --wait\n"
                    "  asyncqctl retry --match='state:failed queue:mail' --yes\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * annotation: shows what was noted on a job, or waits for it
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-time.h"

#include <glib/gi18n.h>

#define DEFAULT_POLL_USEC G_USEC_PER_SEC

static void
put_annotation (CtlContext *context,
                const char *key,
                GVariant   *value)
{
  g_autofree char *text = g_variant_print (value, TRUE);

  if (key != NULL)
    ctl_put ("%s=%s\n", key, text);
  else
    ctl_put ("%s\n", text);
}

static CtlExit
put_all (CtlContext  *context,
         guint64      id,
         GError     **error)
{
  g_autoptr(AsyncqJobInfo) job = asyncq_client_get_job_sync (context->client, id, NULL, error);
  g_autoptr(GVariant) annotations = job != NULL ? asyncq_job_info_dup_annotations (job) : NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (annotations == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (annotations));
      return CTL_EXIT_OK;
    }
  g_variant_iter_init (&iter, annotations);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    put_annotation (context, key, value);
  return CTL_EXIT_OK;
}

static CtlExit
put_one (CtlContext  *context,
         guint64      id,
         const char  *key,
         gint64       poll_usec,
         GError     **error)
{
  g_autoptr(GVariant) value = asyncq_client_get_annotation_sync (context->client, id, key,
                                                                 MAX (context->timeout_usec, 0), poll_usec, NULL,
                                                                 error);

  if (value == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    ctl_json_put (context, ctl_json_of_variant (value));
  else
    put_annotation (context, NULL, value);
  return CTL_EXIT_OK;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_autofree char *poll = NULL;
  const GOptionEntry entries[] = {
    { "poll", 0, 0, G_OPTION_ARG_STRING, &poll, N_("How often to look where others write to the store"),
      N_("DURATION") },
    { NULL },
  };
  g_auto(GStrv) words = NULL;
  gint64 poll_usec = DEFAULT_POLL_USEC;
  guint64 id;

  if (!ctl_options_parse (context, &ctl_verb_annotation, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] == NULL || (words[1] != NULL && words[2] != NULL))
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("the number of a job is wanted, and a key or none"));
      return CTL_EXIT_USAGE;
    }
  if (!ctl_parse_id (words[0], &id, error) || (poll != NULL && !ctl_parse_duration (poll, &poll_usec, error)) ||
      ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_USAGE;
  return words[1] != NULL ? put_one (context, id, words[1], poll_usec, error) : put_all (context, id, error);
}

const CtlVerb ctl_verb_annotation = {
  .name = "annotation",
  .usage = N_("JOB [KEY]"),
  .summary = N_("Show what was noted on a job."),
  .description = N_("With --timeout, waits for an annotation that the job has not yet. The exit\n"
                    "status is 3 if it has none in that time.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl annotation 30\n"
                    "  asyncqctl annotation 30 ready --timeout=1min\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * clean: removes jobs that have ended
 *
 * What is gone does not come back. So people are shown what would go and are
 * asked, and programs have to say that they mean it.
 */

#include "config.h"

#include "ctl-ask.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-table.h"

#include <glib/gi18n.h>
#include <string.h>

#define N_SAMPLES 5

static guint
count_of (GVariant         *counts,
          AsyncqJobOutcome  outcome)
{
  guint n = 0;

  (void) g_variant_lookup (counts, asyncq_job_outcome_to_string (outcome), "u", &n);
  return n;
}

static guint64
sum_of (GVariant *counts)
{
  guint64 sum = 0;

  for (AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    sum += count_of (counts, outcome);
  return sum;
}

static void
put_json (CtlContext *context,
          GVariant   *counts,
          gboolean    dry_run)
{
  g_autoptr(JsonObject) object = json_object_new ();

  for (AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    json_object_set_int_member (object, asyncq_job_outcome_to_string (outcome), count_of (counts, outcome));
  json_object_set_int_member (object, "count", (gint64) sum_of (counts));
  json_object_set_boolean_member (object, "dry_run", dry_run);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
}

static void
put_counts (CtlContext *context,
            GVariant   *counts)
{
  const char *const headings[] = { _("STATE"), _(">JOBS"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);

  for (AsyncqJobOutcome outcome = ASYNCQ_JOB_OUTCOME_SUCCEEDED; outcome < ASYNCQ_N_JOB_OUTCOMES; outcome++)
    {
      CtlStateStyle style = ctl_style_of_state (asyncq_job_outcome_to_string (outcome));
      g_autofree char *state = g_strdup_printf ("%s %s", style.sign, style.word);
      g_autofree char *number = g_strdup_printf ("%u", count_of (counts, outcome));

      ctl_table_add (table, style.look, state);
      ctl_table_add (table, CTL_LOOK_PLAIN, number);
    }
  ctl_table_put (table, context, 0);
}

/* some of the jobs that are meant, on stderr */
static gboolean
show_samples (AsyncqClient  *client,
              const char    *filter,
              guint64        n_jobs,
              GError       **error)
{
  /* a filter without a state accepts jobs that have not ended as well */
  g_autofree char *ended =
    strstr (filter, "state:") != NULL ? g_strdup (filter) : g_strconcat ("state:completed ", filter, NULL);
  g_autoptr(GPtrArray) jobs = asyncq_client_list_jobs_sync (client, ended, N_SAMPLES, NULL, NULL, NULL, error);

  if (jobs != NULL)
    ctl_ask_show_samples (jobs, n_jobs);
  return jobs != NULL;
}

static gboolean
ask (guint64 n_jobs)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, n_jobs);
  g_autofree char *question = NULL;

  /* TRANSLATORS: %s is a number; y is what the user has to type, in every language */
  question = g_strdup_printf (
    ngettext ("Remove %s job for ever? [y/N] ", "Remove %s jobs for ever? [y/N] ", (gulong) n_jobs), number);
  return ctl_ask (question);
}

static gboolean
check_asking (gboolean   yes,
              gboolean   dry_run,
              GError   **error)
{
  if (yes || dry_run || ctl_ask_is_possible ())
    return TRUE;
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                       _("jobs are removed for ever, and nobody can be asked: --yes or --dry-run is wanted"));
  return FALSE;
}

/* NULL, without an error, if somebody was asked and said no */
static GVariant *
ask_and_clean (AsyncqClient  *client,
               const char    *filter,
               GError       **error)
{
  g_autoptr(GVariant) counts = asyncq_client_count_cleanable_sync (client, filter, NULL, error);

  if (counts == NULL)
    return NULL;
  if (sum_of (counts) == 0)
    return g_steal_pointer (&counts);
  if (!show_samples (client, filter, sum_of (counts), error))
    return NULL;
  if (ask (sum_of (counts)))
    return asyncq_client_clean_sync (client, filter, NULL, error);
  g_printerr ("%s\n", _("nothing was removed"));
  return NULL;
}

static GVariant *
clean (AsyncqClient  *client,
       const char    *filter,
       gboolean       yes,
       gboolean       dry_run,
       GError       **error)
{
  if (dry_run)
    return asyncq_client_count_cleanable_sync (client, filter, NULL, error);
  if (yes)
    return asyncq_client_clean_sync (client, filter, NULL, error);
  return ask_and_clean (client, filter, error);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *filter = NULL;
  g_autoptr(GVariant) counts = NULL;
  gboolean yes = FALSE;
  gboolean dry_run = FALSE;
  AsyncqClient *client;
  const GOptionEntry entries[] = {
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, N_("Only count them, remove nothing"), NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_("Do not ask"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_clean, entries, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      !check_asking (yes, dry_run, error) || (client = ctl_context_connect (context, error)) == NULL)
    return CTL_EXIT_OK;
  filter = g_strjoinv (" ", words);
  counts = clean (client, filter, yes, dry_run, error);
  if (counts == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    put_json (context, counts, dry_run);
  else if (!context->quiet)
    put_counts (context, counts);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_clean = {
  .name = "clean",
  .usage = N_("[FILTER…]"),
  .summary = N_("Remove jobs that have ended, before their time."),
  .description = N_("Prints how many were removed of each state. A FILTER is as for list, but without\n"
                    "states of jobs that have not ended; without one all that have ended are meant.\n"
                    "A job that an unfinished one depends on stays. On a terminal you are shown some\n"
                    "of the jobs and are asked; elsewhere --yes is wanted. The exit status is 1 if\n"
                    "the answer was no.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl clean --dry-run\n"
                    "  asyncqctl clean state:failed queue:mail\n"
                    "  asyncqctl clean 'age:>2d' --yes --json=short\n"),
  .completes = CTL_COMPLETES_FILTERS,
  .run = run,
};

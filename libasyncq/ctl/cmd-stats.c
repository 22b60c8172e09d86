/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * stats: how many jobs there are, and how it goes with them
 */

#include "config.h"

#include "ctl-fact.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-style.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <glib/gi18n.h>

static void
add_number (CtlTable *table,
            guint64   number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, number);

  ctl_table_add (table, CTL_LOOK_PLAIN, text);
}

static guint64
get_count (GVariant   *counts,
           const char *state)
{
  guint64 n_jobs = 0;

  if (counts != NULL)
    (void) g_variant_lookup (counts, state, "t", &n_jobs);
  return n_jobs;
}

/* of the last minute, five and fifteen: "3 10 42" */
static void
add_flow (CtlTable   *table,
          GVariant   *queue,
          const char *key)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (queue, key, G_VARIANT_TYPE ("au"));
  g_autoptr(GString) text = g_string_new (NULL);
  const guint32 *numbers;
  gsize n_numbers = 0;

  numbers = value != NULL ? g_variant_get_fixed_array (value, &n_numbers, sizeof *numbers) : NULL;
  for (gsize i = 0; i < n_numbers; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? " " : "", numbers[i]);
  ctl_table_add (table, CTL_LOOK_PLAIN, text->str);
}

static void
add_queue (CtlTable *table,
           GVariant *queue)
{
  g_autoptr(GVariant) counts = g_variant_lookup_value (queue, "jobs", G_VARIANT_TYPE ("a{st}"));
  g_autofree char *age = NULL;
  const char *name = "";
  gint64 age_usec = 0;
  guint64 oldest = 0;

  (void) g_variant_lookup (queue, "name", "&s", &name);
  (void) g_variant_lookup (queue, "oldest", "t", &oldest);
  (void) g_variant_lookup (queue, "oldest-age", "x", &age_usec);
  age = oldest != 0 ? ctl_dup_age (age_usec) : g_strdup ("-");
  ctl_table_add (table, CTL_LOOK_PLAIN, *name != '\0' ? name : "-");
  add_number (table, get_count (counts, "new") + get_count (counts, "pending"));
  add_number (table, get_count (counts, "assigned") + get_count (counts, "active") + get_count (counts, "callbacks"));
  add_number (table, get_count (counts, "completed"));
  ctl_table_add (table, CTL_LOOK_PLAIN, age);
  add_flow (table, queue, "put");
  add_flow (table, queue, "ended");
  add_flow (table, queue, "failed");
}

static void
add_function (CtlTable *table,
              GVariant *function)
{
  static const char *const keys[] = { "p50", "p90", "p99", "max" };
  const char *name = "";
  guint64 n_runs = 0;
  guint64 n_failed = 0;

  (void) g_variant_lookup (function, "name", "&s", &name);
  (void) g_variant_lookup (function, "runs", "t", &n_runs);
  (void) g_variant_lookup (function, "failed", "t", &n_failed);
  ctl_table_add (table, CTL_LOOK_PLAIN, *name != '\0' ? name : _("(others)"));
  add_number (table, n_runs);
  add_number (table, n_failed);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = NULL;
      gint64 usec = 0;

      (void) g_variant_lookup (function, keys[i], "x", &usec);
      text = ctl_dup_duration (usec);
      ctl_table_add (table, CTL_LOOK_PLAIN, text);
    }
}

static void
put_table (CtlContext         *context,
           GVariant           *statistics,
           const char         *key,
           const char * const *headings,
           void              (*add) (CtlTable *table,
                                     GVariant *row))
{
  g_autoptr(GVariant) rows = g_variant_lookup_value (statistics, key, G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(CtlTable) table = ctl_table_new (headings);

  if (rows == NULL || g_variant_n_children (rows) == 0)
    return;
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr(GVariant) row = g_variant_get_child_value (rows, i);

      add (table, row);
    }
  ctl_put ("\n");
  ctl_table_put (table, context, 0);
}

static void
put_jobs (GVariant *statistics)
{
  g_autoptr(GVariant) counts = g_variant_lookup_value (statistics, "jobs", G_VARIANT_TYPE ("a{st}"));
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *duration = NULL;
  gint64 time_usec = 0;
  gint64 since_usec = 0;

  for (guint state = 0; state < ASYNCQ_N_JOB_STATES; state++)
    {
      const char *word = asyncq_job_state_to_string (state);

      g_string_append_printf (text, "%s%" G_GUINT64_FORMAT " %s", state > 0 ? ", " : "", get_count (counts, word), word);
    }
  (void) g_variant_lookup (statistics, "time", "x", &time_usec);
  (void) g_variant_lookup (statistics, "since", "x", &since_usec);
  duration = ctl_dup_duration (time_usec - since_usec);
  ctl_fact_put (_("Jobs"), "%s", text->str);
  /* TRANSLATORS: a label, of how long the daemon has been counting */
  ctl_fact_put (_("Counted for"), "%s", duration);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  /* TRANSLATORS: 1/5/15 are minutes */
  const char *const queues[] = { _("QUEUE"), _(">WAITING"), _(">RUNNING"), _(">ENDED"), _(">OLDEST"),
                                 _(">PUT 1/5/15"), _(">ENDED 1/5/15"), _(">FAILED"), NULL };
  const char *const functions[] = { _("FUNCTION"), _(">RUNS"), _(">FAILED"), ">P50", ">P90", ">P99", _(">LONGEST"), NULL };
  g_auto(GStrv) words = NULL;
  g_autoptr(GVariant) statistics = NULL;
  AsyncqClient *client;

  if (!ctl_options_parse (context, &ctl_verb_stats, NULL, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, _("stats takes no word '%s'"), words[0]);
      return CTL_EXIT_USAGE;
    }
  if ((client = ctl_context_connect (context, error)) == NULL ||
      (statistics = asyncq_client_get_statistics_sync (client, NULL, error)) == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (statistics));
      return CTL_EXIT_OK;
    }
  put_jobs (statistics);
  put_table (context, statistics, "queues", queues, add_queue);
  put_table (context, statistics, "functions", functions, add_function);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_stats = {
  .name = "stats",
  .usage = N_("[--json]"),
  .summary = N_("Show how deep the queues are, and how fast jobs run."),
  .description = N_("How many jobs there are is always right. What was put, what ended and how long\n"
                    "functions took is counted since the daemon was started: in the last 1, 5 and 15\n"
                    "minutes; P50, P90 and P99: so many of a hundred runs took no longer.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl stats\n"
                    "  asyncqctl stats --json\n"),
  .run = run,
};

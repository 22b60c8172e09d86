/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * status: the daemon, or a job, on one screen
 */

#include "config.h"

#include "ctl-agent.h"
#include "ctl-fact.h"
#include "ctl-job-view.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-plugin-view.h"
#include "ctl-queue.h"
#include "ctl-retention.h"
#include "ctl-table.h"
#include "ctl-time.h"
#include "ctl-why.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_COUNTED 1000 /* jobs that are looked at to tell how deep the queues are */

/* in a line, nullable; an older daemon cannot tell */
static char *
dup_why (AsyncqClient  *client,
         AsyncqJobInfo *job)
{
  g_autoptr(GVariant) explanation = NULL;

  if (asyncq_job_info_get_state (job) == ASYNCQ_JOB_STATE_COMPLETED)
    return NULL;
  explanation = asyncq_client_explain_job_sync (client, asyncq_job_info_get_id (job), NULL, NULL);
  return explanation != NULL ? ctl_why_dup_line (explanation) : NULL;
}

static gboolean
put_jobs (CtlContext    *context,
          AsyncqClient  *client,
          char         **words,
          GError       **error)
{
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autoptr(AsyncqJobInfo) job = NULL;
      g_autofree char *why = NULL;
      guint64 id;

      if (!ctl_parse_id (words[i], &id, error) ||
          (job = asyncq_client_get_job_sync (client, id, NULL, error)) == NULL)
        return FALSE;
      if (context->json != CTL_JSON_OFF)
        {
          ctl_json_put (context, ctl_json_of_job (job, NULL));
          continue;
        }
      if (i > 0)
        ctl_put ("\n");
      why = dup_why (client, job);
      ctl_job_view_put (context, job, why);
    }
  return TRUE;
}

/* ---- the daemon ---- */

/* how many jobs are in each state, in the order of a job's life */
static void
put_counts (CtlContext *context,
            GVariant   *counts)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint state = 0; state < ASYNCQ_N_JOB_STATES; state++)
    {
      const char *name = asyncq_job_state_to_string (state);
      CtlStateStyle style = ctl_style_of_state (name);
      guint32 n = 0;

      if (!g_variant_lookup (counts, name, "u", &n) || n == 0)
        continue;
      g_string_append_printf (text, "%s%s%s %u %s%s", text->len > 0 ? ", " : "",
                              ctl_style_on (context, style.look), style.sign, n, name,
                              ctl_style_off (context, style.look));
    }
  ctl_fact_put (_("Jobs"), "%s", text->len > 0 ? text->str : _("none"));
}

/* how many jobs that have not ended a queue has */
typedef struct
{
  guint n_waiting;
  guint n_running;
} Depth;

static gboolean
count_by_queue (AsyncqClient  *client,
                GHashTable    *depths,
                gboolean      *out_is_cut,
                GError       **error)
{
  g_autofree char *cursor = NULL;
  g_autoptr(GPtrArray) jobs = NULL;

  jobs = asyncq_client_list_jobs_sync (client, CTL_FILTER_UNFINISHED, MAX_COUNTED, NULL, &cursor, NULL, error);
  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      AsyncqJobInfo *job = g_ptr_array_index (jobs, i);
      AsyncqJobState state = asyncq_job_info_get_state (job);
      Depth *depth = g_hash_table_lookup (depths, asyncq_job_info_get_queue (job));

      if (depth == NULL)
        {
          depth = g_new0 (Depth, 1);
          g_hash_table_insert (depths, g_strdup (asyncq_job_info_get_queue (job)), depth);
        }
      if (state == ASYNCQ_JOB_STATE_NEW || state == ASYNCQ_JOB_STATE_PENDING)
        depth->n_waiting++;
      else
        depth->n_running++;
    }
  *out_is_cut = cursor != NULL;
  return jobs != NULL;
}

/* name to why it is paused, of those that are; an older daemon knows of none */
static GHashTable *
get_pauses (AsyncqClient *client)
{
  GHashTable *pauses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GVariant) queues = asyncq_client_list_queues_sync (client, NULL, NULL);

  for (gsize i = 0; queues != NULL && i < g_variant_n_children (queues); i++)
    {
      g_autoptr(GVariant) queue = g_variant_get_child_value (queues, i);
      char *pause = ctl_queue_dup_pause (queue);
      const char *name;

      if (pause != NULL && g_variant_lookup (queue, "Name", "&s", &name))
        g_hash_table_insert (pauses, g_strdup (name), pause);
      else
        g_free (pause);
    }
  return pauses;
}

/* of a long queue only the newest jobs are looked at: "more than" so many is as good to know */
static gboolean
put_queues (CtlContext    *context,
            AsyncqClient  *client,
            GError       **error)
{
  const char *const headings[] = { _("QUEUE"), _(">WAITING"), _(">RUNNING"), _("PAUSED"), NULL };
  g_autoptr(GHashTable) pauses = get_pauses (client);
  g_autoptr(GHashTable) depths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(GList) names = NULL;
  gboolean is_cut = FALSE;

  if (!count_by_queue (client, depths, &is_cut, error))
    return FALSE;
  names = g_list_sort (g_hash_table_get_keys (depths), (GCompareFunc) strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    {
      const Depth *depth = g_hash_table_lookup (depths, name->data);
      const char *pause = g_hash_table_lookup (pauses, name->data);
      const char *sign = is_cut ? ctl_style_sign ("≥", ">=") : "";
      g_autofree char *waiting = g_strdup_printf ("%s%u", sign, depth->n_waiting);
      g_autofree char *running = g_strdup_printf ("%s%u", sign, depth->n_running);

      ctl_table_add (table, CTL_LOOK_PLAIN, *(const char *) name->data != '\0' ? name->data : "-");
      ctl_table_add (table, CTL_LOOK_PLAIN, waiting);
      ctl_table_add (table, CTL_LOOK_PLAIN, running);
      ctl_table_add (table, pause != NULL ? CTL_LOOK_WAITING : CTL_LOOK_PLAIN, pause != NULL ? pause : "-");
    }
  if (names == NULL)
    return TRUE;
  ctl_put ("\n");
  ctl_table_put (table, context, 3);
  return TRUE;
}

static void
add_agent (CtlTable *table,
           GVariant *agent)
{
  g_autoptr(GVariant) workers = g_variant_lookup_value (agent, "workers", G_VARIANT_TYPE ("au"));
  g_autofree const char **queues = NULL;
  g_autofree char *queues_text = NULL;
  g_autofree char *size_text = NULL;
  g_autofree char *workers_text = NULL;
  const char *name = "";
  const char *filter = "";
  guint32 size = 0;
  guint32 length = 0;

  (void) g_variant_lookup (agent, "name", "&s", &name);
  (void) g_variant_lookup (agent, "filter", "&s", &filter);
  (void) g_variant_lookup (agent, "queues", "^a&s", &queues);
  (void) g_variant_lookup (agent, "size", "u", &size);
  queues_text = queues != NULL && queues[0] != NULL ? g_strjoinv (" ", (char **) queues) : g_strdup ("*");
  if (g_variant_lookup (agent, "len", "u", &length))
    size_text = g_strdup_printf ("%u/%u", length, size);
  else
    size_text = g_strdup_printf ("%u", size);
  workers_text = g_strdup_printf ("%" G_GSIZE_FORMAT, workers != NULL ? g_variant_n_children (workers) : 0);

  ctl_table_add (table, CTL_LOOK_PLAIN, name);
  ctl_table_add (table, CTL_LOOK_PLAIN, size_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, workers_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, queues_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, *filter != '\0' ? filter : "*");
}

static void
put_agents (CtlContext *context,
            GVariant   *status)
{
  const char *const headings[] = { _("AGENT"), _(">JOBS"), _(">WORKERS"), _("QUEUES"), _("FILTER"), NULL };
  g_autoptr(GVariant) agents = g_variant_lookup_value (status, "agents", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr(CtlTable) table = NULL;
  GVariantIter iter;
  GVariant *item;

  if (agents == NULL || g_variant_n_children (agents) == 0)
    {
      ctl_put ("\n%s\n", _("There is no agent, so no job runs."));
      return;
    }
  table = ctl_table_new (headings);
  g_variant_iter_init (&iter, agents);
  while ((item = g_variant_iter_next_value (&iter)) != NULL)
    {
      add_agent (table, item);
      g_variant_unref (item);
    }
  ctl_put ("\n");
  ctl_table_put (table, context, 3);
}

/* why slots have no worker */
static void
put_troubles (CtlContext *context,
              GVariant   *status)
{
  g_autoptr(GVariant) agents = g_variant_lookup_value (status, "agents", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; agents != NULL && i < g_variant_n_children (agents); i++)
    {
      g_autoptr(GVariant) agent = g_variant_get_child_value (agents, i);
      g_autoptr(GVariant) troubles = g_variant_lookup_value (agent, "troubles", G_VARIANT_TYPE ("aa{sv}"));
      const char *name = "";

      (void) g_variant_lookup (agent, "name", "&s", &name);
      for (gsize j = 0; troubles != NULL && j < g_variant_n_children (troubles); j++)
        {
          g_autoptr(GVariant) trouble = g_variant_get_child_value (troubles, j);
          g_autofree char *wait = NULL;
          const char *message = "";
          gint64 next_usec = 0;

          (void) g_variant_lookup (trouble, "message", "&s", &message);
          (void) g_variant_lookup (trouble, "next", "x", &next_usec);
          wait = ctl_dup_duration (MAX (next_usec - g_get_real_time (), 0));
          ctl_put ("%s%s: %s%s", ctl_style_on (context, CTL_LOOK_BAD), name, message,
                   ctl_style_off (context, CTL_LOOK_BAD));
          if (next_usec > 0)
            /* TRANSLATORS: %s is a duration; the next try to start a worker */
            ctl_put (_("; the next try is in %s"), wait);
          ctl_put ("\n");
        }
    }
}

/* why new jobs are refused, if they are */
static void
put_refusal (CtlContext *context,
             GVariant   *status)
{
  g_autoptr(GVariant) refusal = g_variant_lookup_value (status, "refusal", G_VARIANT_TYPE_VARDICT);
  const char *message = "";

  if (refusal == NULL)
    return;
  (void) g_variant_lookup (refusal, "message", "&s", &message);
  ctl_fact_put (_("Refuses"), "%s%s%s", ctl_style_on (context, CTL_LOOK_BAD), message,
            ctl_style_off (context, CTL_LOOK_BAD));
}

/* that no jobs are begun, if that is so */
static void
put_claiming (CtlContext *context,
              GVariant   *properties)
{
  gboolean claiming = TRUE;

  if (g_variant_lookup (properties, "Claiming", "b", &claiming) && !claiming)
    ctl_fact_put (_("Claiming"), _("%soff%s; to begin jobs again: asyncqctl claiming on"),
                  ctl_style_on (context, CTL_LOOK_BAD), ctl_style_off (context, CTL_LOOK_BAD));
}

static void
put_retention (GVariant *status)
{
  g_auto(GStrv) lines = ctl_retention_dup_lines (status);

  for (guint i = 0; lines[i] != NULL; i++)
    ctl_fact_put (_("Keeps"), "%s", lines[i]);
}

static void
put_daemon (CtlContext   *context,
            AsyncqClient *client,
            GVariant     *properties)
{
  g_autoptr(GVariant) status = g_variant_lookup_value (properties, "Status", G_VARIANT_TYPE_VARDICT);
  g_autoptr(GVariant) counts = NULL;
  g_autofree char *uptime_text = NULL;
  g_autofree char *sequence_text = NULL;
  const char *version = "";
  const char *uuid = "";
  const char *store = "";
  const char *state = "";
  const char *monitor = "";
  const char *cgroups;
  guint64 sequence = 0;
  gint64 uptime = 0;

  (void) g_variant_lookup (properties, "Version", "&s", &version);
  (void) g_variant_lookup (properties, "UUID", "&s", &uuid);
  (void) g_variant_lookup (properties, "MonitorAddress", "&s", &monitor);
  if (status == NULL)
    status = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  (void) g_variant_lookup (status, "status", "&s", &state);
  (void) g_variant_lookup (status, "store", "&s", &store);
  (void) g_variant_lookup (status, "uptime", "x", &uptime);
  (void) g_variant_lookup (status, "sequence", "t", &sequence);
  counts = g_variant_lookup_value (status, "jobs", G_VARIANT_TYPE ("a{su}"));
  uptime_text = ctl_dup_duration (uptime);
  sequence_text = g_strdup_printf ("%" G_GUINT64_FORMAT, sequence);

  ctl_put ("%s%s%s %sasyncqd %s%s\n", ctl_style_on (context, CTL_LOOK_GOOD), ctl_style_sign ("●", "*"),
           ctl_style_off (context, CTL_LOOK_GOOD), ctl_style_on (context, CTL_LOOK_HEADING), version,
           ctl_style_off (context, CTL_LOOK_HEADING));
  /* TRANSLATORS: the state of the daemon, which is not translated, and how long it has been running */
  ctl_fact_put (_("State"), _("%s for %s"), state, uptime_text);
  ctl_fact_put (_("Address"), "%s", asyncq_client_get_address (client));
  /* TRANSLATORS: a folder, and the number of the newest transaction */
  ctl_fact_put (_("Store"), _("%s, transaction %s"), *store != '\0' ? store : _("in memory"), sequence_text);
  if (*monitor != '\0')
    ctl_fact_put (_("Monitor"), "%s", monitor);
  ctl_fact_put (_("UUID"), "%s", uuid);
  put_claiming (context, properties);
  if (g_variant_lookup (status, "cgroups", "&s", &cgroups))
    ctl_fact_put (_("Control groups"), "%s", cgroups);
  put_refusal (context, status);
  put_retention (status);
  if (counts != NULL)
    put_counts (context, counts);
  put_agents (context, status);
  put_troubles (context, status);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autoptr(GVariant) properties = NULL;
  AsyncqClient *client;

  if (!ctl_options_parse (context, &ctl_verb_status, NULL, CTL_DASH_IS_OPTION, arguments, &words, error) ||
      (client = ctl_context_connect (context, error)) == NULL)
    return CTL_EXIT_OK;
  if (words[0] != NULL)
    {
      (void) put_jobs (context, client, words, error); /* the caller looks at the error */
      return CTL_EXIT_OK;
    }

  properties = asyncq_client_get_status_sync (client, NULL, error);
  if (properties == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    ctl_json_put (context, ctl_json_of_variant (properties));
  else
    {
      g_autoptr(GVariant) status = g_variant_lookup_value (properties, "Status", G_VARIANT_TYPE_VARDICT);

      put_daemon (context, client, properties);
      ctl_plugin_put_troubles (context);
      (void) put_queues (context, client, error); /* the caller looks at the error */
      if (status != NULL)
        ctl_agent_hint_status (context, status);
    }
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_status = {
  .name = "status",
  .usage = N_("[JOB…]"),
  .summary = N_("Show the daemon, or jobs, for people."),
  .description = N_("Programs use show, or --json.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl status\n"
                    "  asyncqctl status 30\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * drain: begin no more jobs, and see what still runs
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-style.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <glib/gi18n.h>

/* at least so often it is looked again: an attempt may end in ways that are no change of a job's state */
#define LOOK_MSEC 500

static void
add_job (CtlTable *table,
         GVariant *job)
{
  g_autofree char *id = NULL;
  g_autofree char *since = NULL;
  g_autofree char *worker = NULL;
  const char *function = "";
  gboolean stopping = FALSE;
  guint64 number = 0;
  gint64 since_usec = 0;
  guint32 pid = 0;

  (void) g_variant_lookup (job, "job", "t", &number);
  (void) g_variant_lookup (job, "function", "&s", &function);
  (void) g_variant_lookup (job, "since", "x", &since_usec);
  (void) g_variant_lookup (job, "worker", "u", &pid);
  (void) g_variant_lookup (job, "stopping", "b", &stopping);
  id = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  since = since_usec > 0 ? ctl_dup_age (MAX (g_get_real_time () - since_usec, 0)) : g_strdup ("-");
  worker = g_strdup_printf ("%u", pid);
  ctl_table_add (table, CTL_LOOK_PLAIN, id);
  ctl_table_add (table, CTL_LOOK_PLAIN, function);
  ctl_table_add (table, CTL_LOOK_PLAIN, since);
  ctl_table_add (table, CTL_LOOK_PLAIN, worker);
  ctl_table_add (table, CTL_LOOK_PLAIN, stopping ? _("is told to stop") : "-");
}

static void
put_running (CtlContext *context,
             GVariant   *running)
{
  const char *const headings[] = { _(">JOB"), _("FUNCTION"), _(">RUNS FOR"), _(">WORKER"), _("STOPS"), NULL };
  g_autoptr(CtlTable) table = NULL;

  if (context->json != CTL_JSON_OFF)
    {
      ctl_json_put (context, ctl_json_of_variant (running));
      return;
    }
  if (g_variant_n_children (running) == 0)
    {
      ctl_put ("%s\n", _("No job runs, and none is begun; to begin jobs again: asyncqctl claiming on"));
      return;
    }
  table = ctl_table_new (headings);
  for (gsize i = 0; i < g_variant_n_children (running); i++)
    {
      g_autoptr(GVariant) job = g_variant_get_child_value (running, i);

      add_job (table, job);
    }
  ctl_table_put (table, context, 0);
}

static gboolean
wake (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
on_changed (AsyncqClient *client,
            GVariant     *changes,
            gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* @timeout_usec: -1: none. Returns: (nullable): what runs when nothing does any more, or it is too late */
static GVariant *
wait_until_empty (AsyncqClient  *client,
                  gint64         timeout_usec,
                  GError       **error)
{
  guint deadline = 0;
  gboolean late = FALSE;
  g_autoptr(GVariant) running = NULL;
  gboolean woken = FALSE;
  gulong handler;
  guint timer;

  if (!asyncq_client_subscribe_sync (client, "", NULL, error))
    return NULL;
  handler = g_signal_connect (client, "jobs-changed", G_CALLBACK (on_changed), &woken);
  timer = g_timeout_add (LOOK_MSEC, wake, &woken);
  if (timeout_usec >= 0)
    deadline = g_timeout_add ((guint) MIN (timeout_usec / 1000, G_MAXUINT), wake, &late);
  while (TRUE)
    {
      woken = FALSE;
      g_clear_pointer (&running, g_variant_unref);
      running = asyncq_client_drain_sync (client, NULL, error);
      if (running == NULL || g_variant_n_children (running) == 0 || late)
        break;
      while (!woken && !late)
        g_main_context_iteration (NULL, TRUE);
    }
  if (deadline != 0)
    g_source_remove (deadline);
  g_source_remove (timer);
  g_signal_handler_disconnect (client, handler);
  return g_steal_pointer (&running);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  gboolean wait = FALSE;
  const GOptionEntry entries[] = {
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, N_("Wait until nothing runs"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_auto(GStrv) words = NULL;
  g_autoptr(GVariant) running = NULL;
  AsyncqClient *client;

  if (!ctl_options_parse (context, &ctl_verb_drain, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] != NULL)
    {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, _("drain takes no word '%s'"), words[0]);
      return CTL_EXIT_USAGE;
    }
  if ((client = ctl_context_connect (context, error)) == NULL)
    return CTL_EXIT_ERROR;
  running = wait ? wait_until_empty (client, context->timeout_usec, error)
                 : asyncq_client_drain_sync (client, NULL, error);
  if (running == NULL)
    return CTL_EXIT_ERROR;
  put_running (context, running);
  if (g_variant_n_children (running) == 0)
    return CTL_EXIT_OK;
  return wait ? CTL_EXIT_TIMED_OUT : CTL_EXIT_PARTLY;
}

const CtlVerb ctl_verb_drain = {
  .name = "drain",
  .usage = N_("[--wait]"),
  .summary = N_("Begin no more jobs, and show which still run."),
  .description = N_("Jobs are taken in and wait. The exit status is 0 if nothing runs any more, else 7, and 3\n"
                    "if --timeout has passed.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl drain\n"
                    "  asyncqctl drain --wait && systemctl restart asyncqd\n"
                    "  asyncqctl claiming on\n"),
  .run = run,
};

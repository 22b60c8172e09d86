/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * list: jobs, newest first
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define UNFINISHED "state:new state:pending state:assigned state:active state:callbacks"
#define PAGE 1000
#define FUNCTION_COLUMN 2

/* the words as one filter; unless it says which states, those of jobs that have not ended */
static char *
make_filter (char     **words,
             gboolean   all)
{
  g_autofree char *given = g_strjoinv (" ", words);
  gboolean has_state = all;

  for (guint i = 0; words[i] != NULL; i++)
    has_state = has_state || strstr (words[i], "state:") != NULL;
  return has_state ? g_steal_pointer (&given) : g_strconcat (UNFINISHED, " ", given, NULL);
}

static void
add_row (CtlTable      *table,
         AsyncqJobInfo *job,
         gint64         now_usec)
{
  CtlStateStyle style = ctl_style_of_job (job, now_usec);
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, asyncq_job_info_get_id (job));
  g_autofree char *state = g_strdup_printf ("%s %s", style.sign, style.word);
  g_autofree char *attempt = g_strdup_printf ("%u", asyncq_job_info_get_attempt (job));
  g_autofree char *age = ctl_dup_age (now_usec - asyncq_job_info_get_created_usec (job));
  const char *queue = asyncq_job_info_get_queue (job);

  ctl_table_add (table, CTL_LOOK_PLAIN, id);
  ctl_table_add (table, style.look, state);
  ctl_table_add (table, CTL_LOOK_PLAIN, asyncq_job_info_get_function (job));
  ctl_table_add (table, CTL_LOOK_PLAIN, *queue != '\0' ? queue : "-");
  ctl_table_add (table, CTL_LOOK_PLAIN, attempt);
  ctl_table_add (table, CTL_LOOK_PLAIN, age);
}

static void
put_jobs (CtlContext *context,
          CtlTable   *table,
          GPtrArray  *jobs)
{
  gint64 now_usec = g_get_real_time ();

  for (guint i = 0; i < jobs->len; i++)
    if (context->json != CTL_JSON_OFF)
      ctl_json_put (context, ctl_json_of_job (g_ptr_array_index (jobs, i), NULL));
    else
      add_row (table, g_ptr_array_index (jobs, i), now_usec);
}

/* all pages up to @limit; a table is printed at the end, so that its columns fit all rows */
static gboolean
put_list (CtlContext    *context,
          AsyncqClient  *client,
          const char    *filter,
          guint          limit,
          GError       **error)
{
  const char *const headings[] = {
    _(">JOB"), _("STATE"), _("FUNCTION"), _("QUEUE"), _(">TRY"), _(">AGE"), NULL
  };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autofree char *cursor = NULL;
  guint n_jobs = 0;

  do
    {
      g_autoptr(GPtrArray) jobs = NULL;
      g_autofree char *next = NULL;
      guint page = limit > 0 ? MIN (limit - n_jobs, PAGE) : PAGE;

      jobs = asyncq_client_list_jobs_sync (client, filter, page, cursor, &next, NULL, error);
      if (jobs == NULL)
        return FALSE;
      put_jobs (context, table, jobs);
      n_jobs += jobs->len;
      g_free (cursor);
      cursor = g_steal_pointer (&next);
    }
  while (cursor != NULL && (limit == 0 || n_jobs < limit));

  if (context->json == CTL_JSON_OFF && n_jobs > 0)
    ctl_table_put (table, context, FUNCTION_COLUMN);
  if (n_jobs == 0 && !context->quiet && isatty (STDERR_FILENO))
    g_printerr ("%s\n", _("no job; --all lists those that have ended as well"));
  return TRUE;
}

static gboolean
put_count (CtlContext    *context,
           AsyncqClient  *client,
           const char    *filter,
           GError       **error)
{
  g_autoptr(JsonObject) object = NULL;
  guint64 n_jobs;

  if (!asyncq_client_count_jobs_sync (client, filter, &n_jobs, NULL, error))
    return FALSE;
  if (context->json == CTL_JSON_OFF)
    {
      ctl_put ("%" G_GUINT64_FORMAT "\n", n_jobs);
      return TRUE;
    }
  object = json_object_new ();
  json_object_set_int_member (object, "count", (gint64) n_jobs);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
  return TRUE;
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  g_autofree char *filter = NULL;
  AsyncqClient *client;
  gboolean all = FALSE;
  gboolean count = FALSE;
  int limit = 0;
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, N_("Jobs that have ended as well"), NULL },
    { "count", 0, 0, G_OPTION_ARG_NONE, &count, N_("Only say how many"), NULL },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, N_("How many at most"), N_("NUMBER") },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_list, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (limit < 0)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--limit is a number from 1 on"));
      return CTL_EXIT_USAGE;
    }
  client = ctl_context_connect (context, error);
  if (client == NULL)
    return CTL_EXIT_ERROR;

  filter = make_filter (words, all);
  if (count)
    (void) put_count (context, client, filter, error); /* the caller looks at the error */
  else
    (void) put_list (context, client, filter, (guint) limit, error);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_list = {
  .name = "list",
  .usage = N_("[FILTER…]"),
  .summary = N_("List jobs, newest first; unless told otherwise the unfinished."),
  .description = N_("A FILTER is state:STATE, queue:GLOB or function:GLOB. Of several with the same\n"
                    "key one must hold, and every key must. A state is new, pending, assigned,\n"
                    "active, callbacks, completed, or an outcome: succeeded, failed, cancelled,\n"
                    "expired.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl list\n"
                    "  asyncqctl list state:failed function:pi.* --limit=20\n"
                    "  asyncqctl list --all --json=short | jq .id\n"),
  .run = run,
};

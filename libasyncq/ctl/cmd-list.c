/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * list: jobs, newest first, once or again whenever one changes
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE 1000
#define FUNCTION_COLUMN 2
/* how long a list stays at least, and at most: ages change by themselves */
#define WATCH_SHORTEST_MSEC 200
#define WATCH_LONGEST_MSEC 5000

/* what is listed, and how */
typedef struct
{
  const char *filter;
  guint       limit; /* 0: all */
  gboolean    wide;  /* with tags and limits */
} Listing;

/* the words as one filter; unless it says which states, those of jobs that have not ended */
static char *
make_filter (char     **words,
             gboolean   all)
{
  g_autofree char *given = g_strjoinv (" ", words);
  gboolean has_state = all;

  for (guint i = 0; words[i] != NULL; i++)
    has_state = has_state || strstr (words[i], "state:") != NULL;
  /* behind them: an error says at which of their characters it is */
  return has_state ? g_steal_pointer (&given) : g_strconcat (given, " ", CTL_FILTER_UNFINISHED, NULL);
}

static void
add_words (CtlTable          *table,
           const char *const *words)
{
  g_autofree char *text = g_strjoinv (" ", (char **) words);

  ctl_table_add (table, CTL_LOOK_PLAIN, *text != '\0' ? text : "-");
}

static void
add_row (CtlTable      *table,
         AsyncqJobInfo *job,
         gboolean       wide,
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
  if (!wide)
    return;
  add_words (table, asyncq_job_info_get_tags (job));
  add_words (table, asyncq_job_info_get_limits (job));
}

static void
put_jobs (CtlContext *context,
          CtlTable   *table,
          gboolean    wide,
          GPtrArray  *jobs)
{
  gint64 now_usec = g_get_real_time ();

  for (guint i = 0; i < jobs->len; i++)
    if (context->json != CTL_JSON_OFF)
      ctl_json_put (context, ctl_json_of_job (g_ptr_array_index (jobs, i), NULL));
    else
      add_row (table, g_ptr_array_index (jobs, i), wide, now_usec);
}

/* all pages up to its limit; a table is printed at the end, so that its columns fit all rows */
static gboolean
put_list (CtlContext     *context,
          AsyncqClient   *client,
          const Listing  *listing,
          GError        **error)
{
  const char *const headings[] = {
    _(">JOB"), _("STATE"), _("FUNCTION"), _("QUEUE"), _(">TRY"), _(">AGE"), listing->wide ? _("TAGS") : NULL,
    _("LIMITS"), NULL
  };
  guint limit = listing->limit;
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autofree char *cursor = NULL;
  guint n_jobs = 0;

  do
    {
      g_autoptr(GPtrArray) jobs = NULL;
      g_autofree char *next = NULL;
      guint page = limit > 0 ? MIN (limit - n_jobs, PAGE) : PAGE;

      jobs = asyncq_client_list_jobs_sync (client, listing->filter, page, cursor, &next, NULL, error);
      if (jobs == NULL)
        return FALSE;
      put_jobs (context, table, listing->wide, jobs);
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

/* ---- again and again ---- */

typedef struct
{
  CtlContext    *context;
  AsyncqClient  *client;
  const Listing *listing;
  GMainLoop     *loop;
  guint          due;      /* source of the next list, if there was a change */
  guint          refresh;  /* source of the next list, if there is none */
  CtlExit        status;
  GError        *error;
} Watch;

static gboolean on_due (gpointer user_data);

static gboolean
on_refresh (gpointer user_data)
{
  Watch *self = user_data;

  self->refresh = 0;
  return on_due (self);
}

/* on a terminal in the place of the last one, else after it and an empty line */
static gboolean
on_due (gpointer user_data)
{
  Watch *self = user_data;

  self->due = 0;
  g_clear_handle_id (&self->refresh, g_source_remove);
  if (isatty (STDOUT_FILENO))
    ctl_put_raw ("\033[H\033[J");
  else if (self->context->json == CTL_JSON_OFF)
    ctl_put ("\n");
  if (!put_list (self->context, self->client, self->listing, &self->error) || fflush (stdout) != 0)
    g_main_loop_quit (self->loop);
  else if (isatty (STDOUT_FILENO))
    self->refresh = g_timeout_add (WATCH_LONGEST_MSEC, on_refresh, self);
  return G_SOURCE_REMOVE;
}

static void
on_jobs_changed (AsyncqClient *client,
                 GVariant     *changes,
                 gpointer      user_data)
{
  Watch *self = user_data;

  if (self->due == 0)
    self->due = g_timeout_add (WATCH_SHORTEST_MSEC, on_due, self);
}

static void
on_closed (AsyncqClient *client,
           gpointer      user_data)
{
  Watch *self = user_data;

  if (self->error == NULL)
    g_set_error_literal (&self->error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING, _("the daemon has gone away"));
  g_main_loop_quit (self->loop);
}

static gboolean
on_interrupt (gpointer user_data)
{
  Watch *self = user_data;

  self->status = CTL_EXIT_INTERRUPTED;
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_timeout (gpointer user_data)
{
  Watch *self = user_data;

  self->status = CTL_EXIT_TIMED_OUT;
  g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

/* what a job that leaves the list matches as well: neither its state nor its age */
static char *
dup_lasting_filter (char **words)
{
  g_autoptr(GStrvBuilder) lasting = g_strv_builder_new ();
  g_auto(GStrv) kept = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit_set (words[i], " \t\n", -1);

      for (guint j = 0; parts[j] != NULL; j++)
        if (!g_str_has_prefix (parts[j], "state:") && !g_str_has_prefix (parts[j], "age:"))
          g_strv_builder_add (lasting, parts[j]);
    }
  kept = g_strv_builder_end (lasting);
  return g_strjoinv (" ", kept);
}

static CtlExit
watch_list (CtlContext     *context,
            AsyncqClient   *client,
            char          **words,
            const Listing  *listing,
            GError        **error)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *lasting = dup_lasting_filter (words);
  Watch watch = { context, client, listing, loop, 0, 0, CTL_EXIT_OK, NULL };
  guint sources[2];
  guint timeout = 0;

  g_signal_connect (client, "jobs-changed", G_CALLBACK (on_jobs_changed), &watch);
  g_signal_connect (client, "closed", G_CALLBACK (on_closed), &watch);
  if (!asyncq_client_subscribe_sync (client, lasting, NULL, error))
    return CTL_EXIT_ERROR;
  sources[0] = g_unix_signal_add (SIGINT, on_interrupt, &watch);
  sources[1] = g_unix_signal_add (SIGTERM, on_interrupt, &watch);
  if (context->timeout_usec >= 0)
    timeout = g_timeout_add ((guint) MIN (context->timeout_usec / 1000, G_MAXINT), on_timeout, &watch);
  watch.due = g_idle_add (on_due, &watch);
  g_main_loop_run (loop);

  g_signal_handlers_disconnect_by_data (client, &watch);
  g_clear_handle_id (&watch.due, g_source_remove);
  g_clear_handle_id (&watch.refresh, g_source_remove);
  g_clear_handle_id (&timeout, g_source_remove);
  g_source_remove (sources[0]);
  g_source_remove (sources[1]);
  if (watch.error != NULL)
    g_propagate_error (error, watch.error);
  return watch.status;
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
  gboolean watch = FALSE;
  gboolean wide = FALSE;
  int limit = 0;
  Listing listing;
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, N_("Jobs that have ended as well"), NULL },
    { "count", 0, 0, G_OPTION_ARG_NONE, &count, N_("Only say how many"), NULL },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, N_("How many at most"), N_("NUMBER") },
    { "wide", 0, 0, G_OPTION_ARG_NONE, &wide, N_("With tags and limits"), NULL },
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watch, N_("Print the list again when a job changes"), NULL },
    { NULL }
  };

  if (!ctl_options_parse (context, &ctl_verb_list, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (limit < 0)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--limit is a number from 1 on"));
      return CTL_EXIT_USAGE;
    }
  if (watch && count)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--watch and --count do not go together"));
      return CTL_EXIT_USAGE;
    }
  client = ctl_context_connect (context, error);
  if (client == NULL)
    return CTL_EXIT_ERROR;

  filter = make_filter (words, all);
  listing = (Listing) { filter, (guint) limit, wide };
  if (watch)
    return watch_list (context, client, words, &listing, error);
  if (count)
    (void) put_count (context, client, filter, error); /* the caller looks at the error */
  else
    (void) put_list (context, client, &listing, error);
  return CTL_EXIT_OK;
}

const CtlVerb ctl_verb_list = {
  .name = "list",
  .usage = N_("[FILTER…]"),
  .summary = N_("List jobs, newest first; unless told otherwise the unfinished."),
  .description = N_("A FILTER is state:STATE, queue:GLOB, function:GLOB, age:>DURATION or\n"
                    "age:<DURATION, the time since the job was created. Of several with the same key\n"
                    "one must hold, but of ages all, and every key must. A state is new, pending,\n"
                    "assigned, active, callbacks, completed, or an outcome: succeeded, failed,\n"
                    "cancelled, expired.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl list\n"
                    "  asyncqctl list state:failed function:pi.* --limit=20\n"
                    "  asyncqctl list queue:mail 'age:>1h' --watch\n"
                    "  asyncqctl list --all --json=short | jq .id\n"),
  .completes = CTL_COMPLETES_FILTERS,
  .run = run,
};

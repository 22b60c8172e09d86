/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * queue: what waits in which order, and what is let through
 */

#include "config.h"

#include "ctl-action.h"
#include "ctl-agent.h"
#include "ctl-jobs.h"
#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-queue.h"
#include "ctl-table.h"
#include "ctl-time.h"

#include <glib/gi18n.h>

#define DEFAULT_LIMIT 20
#define PAUSE_COLUMN 2
#define FUNCTION_COLUMN 3

typedef struct
{
  char *reason;
  char *until;
  char *duration; /* --for */
  int   limit;
  int   offset;
} QueueOptions;

/* ---- looking ---- */

static void
add_queue (CtlTable *table,
           GVariant *properties)
{
  const char *name = "";
  g_autofree char *pause = ctl_queue_dup_pause (properties);
  g_autofree char *length = NULL;
  guint64 n = 0;

  (void) g_variant_lookup (properties, "Name", "&s", &name);
  (void) g_variant_lookup (properties, "Length", "t", &n);
  length = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  ctl_table_add (table, CTL_LOOK_PLAIN, ctl_queue_to_word (name));
  ctl_table_add (table, CTL_LOOK_PLAIN, length);
  ctl_table_add (table, pause != NULL ? CTL_LOOK_WAITING : CTL_LOOK_PLAIN, pause != NULL ? pause : "-");
}

static CtlExit
list_queues (CtlContext  *context,
             char       **words,
             gpointer     options,
             GError     **error)
{
  const char *const headings[] = { _("QUEUE"), _(">WAITING"), _("PAUSED"), NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);
  g_autoptr(GVariant) queues = asyncq_client_list_queues_sync (context->client, NULL, error);

  for (gsize i = 0; queues != NULL && i < g_variant_n_children (queues); i++)
    {
      g_autoptr(GVariant) properties = g_variant_get_child_value (queues, i);

      if (context->json != CTL_JSON_OFF)
        ctl_json_put (context, ctl_json_of_properties (properties));
      else
        add_queue (table, properties);
    }
  if (queues != NULL && context->json == CTL_JSON_OFF)
    ctl_table_put (table, context, PAUSE_COLUMN);
  for (gsize i = 0; queues != NULL && i < g_variant_n_children (queues); i++)
    {
      g_autoptr(GVariant) properties = g_variant_get_child_value (queues, i);
      const char *name;

      if (g_variant_lookup (properties, "Name", "&s", &name))
        ctl_agent_hint_queue (context, name);
    }
  return CTL_EXIT_OK; /* unless @error is set */
}

static gboolean
add_waiting (CtlContext  *context,
             CtlTable    *table,
             guint64      place,
             guint64      id,
             GError     **error)
{
  gint64 now_usec = g_get_real_time ();
  g_autoptr(AsyncqJobInfo) job = asyncq_client_get_job_sync (context->client, id, NULL, error);
  g_autofree char *place_text = g_strdup_printf ("%" G_GUINT64_FORMAT, place);
  g_autofree char *id_text = g_strdup_printf ("%" G_GUINT64_FORMAT, id);
  g_autofree char *state = NULL;
  g_autofree char *priority = NULL;
  g_autofree char *age = NULL;
  CtlStateStyle style;

  if (job == NULL)
    return FALSE;
  style = ctl_style_of_job (job, now_usec);
  state = g_strdup_printf ("%s %s", style.sign, style.word);
  priority = g_strdup_printf ("%u", asyncq_job_info_get_priority (job));
  age = ctl_dup_age (now_usec - asyncq_job_info_get_created_usec (job));
  ctl_table_add (table, CTL_LOOK_PLAIN, place_text);
  ctl_table_add (table, CTL_LOOK_PLAIN, id_text);
  ctl_table_add (table, style.look, state);
  ctl_table_add (table, CTL_LOOK_PLAIN, asyncq_job_info_get_function (job));
  ctl_table_add (table, CTL_LOOK_PLAIN, priority);
  ctl_table_add (table, CTL_LOOK_PLAIN, age);
  return TRUE;
}

static gboolean
put_waiting (CtlContext     *context,
             const guint64  *ids,
             gsize           n_ids,
             int             offset,
             GError        **error)
{
  const char *const headings[] = { _(">PLACE"), _(">JOB"), _("STATE"), _("FUNCTION"), _(">PRIORITY"), _(">AGE"),
                                   NULL };
  g_autoptr(CtlTable) table = ctl_table_new (headings);

  for (gsize i = 0; i < n_ids; i++)
    {
      g_autoptr(GError) reason = NULL;

      /* one that has been cleaned away meanwhile is left out */
      if (!add_waiting (context, table, (guint64) offset + i, ids[i], &reason) &&
          !g_error_matches (reason, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_JOB))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
    }
  if (n_ids > 0)
    ctl_table_put (table, context, FUNCTION_COLUMN);
  return TRUE;
}

/* its properties, NULL where it has just gone */
static GVariant *
find_queue (CtlContext  *context,
            const char  *wanted,
            GError     **error)
{
  g_autoptr(GVariant) queues = asyncq_client_list_queues_sync (context->client, NULL, error);

  for (gsize i = 0; queues != NULL && i < g_variant_n_children (queues); i++)
    {
      g_autoptr(GVariant) properties = g_variant_get_child_value (queues, i);
      const char *name;

      if (g_variant_lookup (properties, "Name", "&s", &name) && g_str_equal (name, wanted))
        return g_steal_pointer (&properties);
    }
  if (queues != NULL)
    /* TRANSLATORS: %s is the name of a queue */
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_QUEUE, _("there is no queue '%s'"), wanted);
  return NULL;
}

static void
put_queue_json (CtlContext    *context,
                GVariant      *properties,
                const guint64 *ids,
                gsize          n_ids)
{
  g_autoptr(GVariant) list = g_variant_ref_sink (
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, ids, n_ids, sizeof (guint64)));
  JsonNode *node = ctl_json_of_properties (properties);

  ctl_json_add_variant (json_node_get_object (node), "jobs", list);
  ctl_json_put (context, node);
}

static CtlExit
show_queue (CtlContext  *context,
            char       **words,
            gpointer     user_data,
            GError     **error)
{
  const QueueOptions *options = user_data;
  const char *name = ctl_queue_of_word (words[0]);
  g_autoptr(GVariant) properties = NULL;
  g_autofree guint64 *ids = NULL;
  g_autofree char *pause = NULL;
  g_autofree char *length = NULL;
  guint64 n_waiting = 0;
  gsize n_ids;

  /* the list first: it knows better what was meant where there is no such queue */
  ids = asyncq_client_list_queue_sync (context->client, name, options->offset, (guint) options->limit, &n_ids, NULL,
                                       error);
  if (ids == NULL || (properties = find_queue (context, name, error)) == NULL)
    return CTL_EXIT_ERROR;
  if (context->json != CTL_JSON_OFF)
    {
      put_queue_json (context, properties, ids, n_ids);
      return CTL_EXIT_OK;
    }
  pause = ctl_queue_dup_pause (properties);
  (void) g_variant_lookup (properties, "Length", "t", &n_waiting);
  length = g_strdup_printf ("%" G_GUINT64_FORMAT, n_waiting);
  /* TRANSLATORS: the name of a queue, and how many jobs wait in it */
  ctl_put (_("queue %s: %s waiting\n"), ctl_queue_to_word (name), length);
  if (pause != NULL)
    ctl_put ("%s%s%s\n", ctl_style_on (context, CTL_LOOK_WAITING), pause, ctl_style_off (context, CTL_LOOK_WAITING));
  (void) put_waiting (context, ids, n_ids, options->offset, error); /* the caller looks at the error */
  ctl_agent_hint_queue (context, name);
  return CTL_EXIT_OK;
}

/* ---- doing ---- */

static CtlExit
create_queue (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  return ctl_exit_of_success (asyncq_client_create_queue_sync (context->client, words[0], NULL, error));
}

static CtlExit
remove_queue (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  return ctl_exit_of_success (
    asyncq_client_remove_queue_sync (context->client, ctl_queue_of_word (words[0]), NULL, error));
}

/* 0: until it is resumed */
static gboolean
read_end (const QueueOptions  *options,
          gint64              *out_until_usec,
          GError             **error)
{
  g_autoptr(GDateTime) time = NULL;
  gboolean assumed_utc = FALSE;
  gint64 duration;

  *out_until_usec = 0;
  if (options->until != NULL && options->duration != NULL)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, _("--until and --for exclude each other"));
      return FALSE;
    }
  if (options->duration != NULL)
    {
      if (!ctl_parse_duration (options->duration, &duration, error))
        return FALSE;
      *out_until_usec = g_get_real_time () + duration;
      return TRUE;
    }
  if (options->until == NULL)
    return TRUE;
  time = ctl_parse_time (options->until, &assumed_utc, error);
  if (time == NULL)
    return FALSE;
  ctl_say_utc (options->until, time, assumed_utc);
  *out_until_usec = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

static CtlExit
pause_queue (CtlContext  *context,
             char       **words,
             gpointer     user_data,
             GError     **error)
{
  const QueueOptions *options = user_data;
  gint64 until_usec;

  if (!read_end (options, &until_usec, error))
    return CTL_EXIT_USAGE;
  return ctl_exit_of_success (
    asyncq_client_pause_queue_sync (context->client, ctl_queue_of_word (words[0]),
                                    options->reason != NULL ? options->reason : "", until_usec, NULL, error));
}

static CtlExit
resume_queue (CtlContext  *context,
              char       **words,
              gpointer     options,
              GError     **error)
{
  return ctl_exit_of_success (
    asyncq_client_resume_queue_sync (context->client, ctl_queue_of_word (words[0]), NULL, error));
}

/* a place is a number, also from the end; a job has @ before it */
static CtlExit
pull_job (CtlContext  *context,
          char       **words,
          gpointer     options,
          GError     **error)
{
  const char *name = ctl_queue_of_word (words[0]);
  const char *what = words[1] != NULL ? words[1] : "0";
  gboolean done;
  gint64 place;
  guint64 id;

  if (*what == '@' && !ctl_parse_id (what, &id, error))
    return CTL_EXIT_USAGE;
  if (*what == '@')
    done = asyncq_client_remove_from_queue_sync (context->client, name, id, NULL, error);
  else if (g_ascii_string_to_signed (what, 10, G_MININT32, G_MAXINT32, &place, NULL))
    done = asyncq_client_pull_from_queue_sync (context->client, name, place, &id, NULL, error);
  else
    {
      /* TRANSLATORS: %s is a word of the command line */
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                   _("'%s' is no place in a queue; write 0, -1 for the last, or @30 for the job 30"), what);
      return CTL_EXIT_USAGE;
    }
  if (done)
    ctl_put ("%" G_GUINT64_FORMAT "\n", id);
  return ctl_exit_of_success (done);
}

static gboolean
put_job (CtlContext  *context,
         guint64      id,
         gpointer     user_data,
         GError     **error)
{
  return asyncq_client_put_sync (context->client, id, NULL, error);
}

static CtlExit
put_jobs (CtlContext  *context,
          char       **words,
          gpointer     options,
          GError     **error)
{
  g_autoptr(GArray) ids = ctl_jobs_read (words, G_MAXUINT, error);

  return ids != NULL ? ctl_jobs_for_each (context, ids, put_job, NULL) : CTL_EXIT_USAGE;
}

static const CtlAction actions[] = {
  { "list", 0, 0, list_queues },
  { "show", 1, 1, show_queue },
  { "create", 1, 1, create_queue },
  { "remove", 1, 1, remove_queue },
  { "pause", 1, 1, pause_queue },
  { "resume", 1, 1, resume_queue },
  { "pull", 1, 2, pull_job },
  { "put", 1, G_MAXUINT, put_jobs },
  { NULL },
};

static CtlExit
run_action (CtlContext    *context,
            char         **words,
            QueueOptions  *options,
            GError       **error)
{
  if (options->limit < 1 || options->limit > 10000 || options->offset < 0)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _("--limit is a number from 1 to 10000, and --offset one from 0 on"));
      return CTL_EXIT_USAGE;
    }
  return ctl_action_run (context, actions, "queue", words, options, error);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  g_auto(GStrv) words = NULL;
  QueueOptions options = { .limit = DEFAULT_LIMIT };
  CtlExit status = CTL_EXIT_OK;
  const GOptionEntry entries[] = {
    { "reason", 0, 0, G_OPTION_ARG_STRING, &options.reason, N_("Why it is paused"), N_("TEXT") },
    { "until", 0, 0, G_OPTION_ARG_STRING, &options.until, N_("When it goes on by itself"), N_("TIME") },
    { "for", 0, 0, G_OPTION_ARG_STRING, &options.duration, N_("After how long it goes on by itself"),
      N_("DURATION") },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &options.limit, N_("How many jobs are shown at most"), N_("NUMBER") },
    { "offset", 0, 0, G_OPTION_ARG_INT, &options.offset, N_("The place of the first that is shown"), N_("NUMBER") },
    { NULL }
  };

  if (ctl_options_parse (context, &ctl_verb_queue, entries, CTL_DASH_IS_WORD, arguments, &words, error))
    status = run_action (context, words, &options, error);
  g_free (options.reason);
  g_free (options.until);
  g_free (options.duration);
  return status;
}

static const char *const action_words[] = { "list",  "show",   "create", "remove", "pause",
                                            "resume", "pull", "put",    NULL };

const CtlVerb ctl_verb_queue = {
  .name = "queue",
  .usage = N_("[ACTION [WORD…]]"),
  .summary = N_("Show, make, pause and empty queues."),
  .description = N_("The default queue is \"-\". What can be done:\n"
                    "  list              all queues, how many jobs wait, and which are paused\n"
                    "  show NAME         the jobs that wait, in the order in which they will run\n"
                    "  create NAME       a new one; a job cannot be put into one that is not there\n"
                    "  remove NAME       an empty one\n"
                    "  pause NAME        begin no job of it, until the time of --until or --for\n"
                    "  resume NAME       begin jobs of it again\n"
                    "  pull NAME [WHICH] take a job out: a place such as 0 or -1, or a job as @30\n"
                    "  put JOB…          put jobs that were taken out back, at the end\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl queue show mail --limit=5\n"
                    "  asyncqctl queue pause mail --reason='server moves' --for=2h\n"
                    "  asyncqctl queue pull mail -1\n"),
  .words = action_words,
  .completes = CTL_COMPLETES_QUEUES,
  .run = run,
};

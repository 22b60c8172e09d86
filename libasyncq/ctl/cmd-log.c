/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * log: what an attempt of a job has logged, and what it is about to
 */

#include "config.h"

#include "ctl-json.h"
#include "ctl-options.h"
#include "ctl-time.h"
#include "ctl-witness.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* what of which log is wanted */
typedef struct
{
  guint64  id;
  int      attempt;  /* 0: the newest */
  int      n_lines;  /* the newest so many; -1: all */
  gboolean follow;
} Wish;

static void
put_json_line (CtlContext *context,
               gint64      usec,
               guint       level,
               const char *text)
{
  g_autoptr(JsonObject) object = json_object_new ();
  g_autofree char *time = ctl_dup_time_utc (usec);

  json_object_set_string_member (object, "time", time);
  json_object_set_string_member (object, "level", ctl_witness_level_word (level));
  json_object_set_string_member (object, "text", text);
  ctl_json_put (context, json_node_init_object (json_node_alloc (), object));
}

static void
put_lines (CtlContext *context,
           GVariant   *lines,
           gsize       first)
{
  for (gsize i = first; i < g_variant_n_children (lines); i++)
    {
      g_autofree char *time = NULL;
      g_autofree char *plain = NULL;
      const char *text;
      guint32 level;
      gint64 usec;

      g_variant_get_child (lines, i, "(xu&s)", &usec, &level, &text);
      if (context->json != CTL_JSON_OFF)
        {
          put_json_line (context, usec, level, text);
          continue;
        }
      time = ctl_dup_time_local (usec);
      plain = ctl_witness_dup_plain (text);
      ctl_put ("%s %s: %s\n", time, ctl_witness_level_word (level), plain);
    }
  /* who follows it through a pipe wants each line when it is said */
  (void) fflush (stdout); /* a failed write shows in main(), at the end */
}

/* whether another attempt may come behind the one that is over */
static gboolean
may_run_again (CtlContext *context,
               guint64     id)
{
  g_autoptr(AsyncqJobInfo) job = asyncq_client_get_job_sync (context->client, id, NULL, NULL);

  return job != NULL && asyncq_job_info_get_state (job) < ASYNCQ_JOB_STATE_CALLBACKS;
}

static gboolean
follow (CtlContext  *context,
        const Wish  *wish,
        guint        attempt,
        guint64      from,
        gboolean     more,
        GError     **error)
{
  while (more || (wish->attempt == 0 && may_run_again (context, wish->id)))
    {
      g_autoptr(GError) own = NULL;
      g_autoptr(GVariant) lines = NULL;

      /* the daemon answers when there is something: nobody looks again and again */
      if (!more)
        from = 0;
      lines = asyncq_client_get_log_sync (context->client, wish->id, more ? attempt : attempt + 1, from, -1, &attempt,
                                          &from, &more, NULL, &own);
      if (lines == NULL && !more && g_error_matches (own, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID))
        return TRUE; /* it was over meanwhile */
      if (lines == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&own));
          return FALSE;
        }
      put_lines (context, lines, 0);
    }
  return TRUE;
}

static gboolean
show_log (CtlContext  *context,
          const Wish  *wish,
          GError     **error)
{
  guint attempt;
  guint64 next;
  gboolean more;
  g_autoptr(GVariant) lines = asyncq_client_get_log_sync (context->client, wish->id, (guint) wish->attempt, 0, 0,
                                                          &attempt, &next, &more, NULL, error);
  gsize n_lines = lines != NULL ? g_variant_n_children (lines) : 0;

  if (lines == NULL)
    return FALSE;
  put_lines (context, lines, wish->n_lines >= 0 ? n_lines - MIN (n_lines, (gsize) wish->n_lines) : 0);
  return !wish->follow || follow (context, wish, attempt, next, more, error);
}

static CtlExit
run (CtlContext          *context,
     const char * const  *arguments,
     GError             **error)
{
  Wish wish = { .n_lines = -1 };
  const GOptionEntry entries[] = {
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &wish.follow, N_("Go on until the job has ended"), NULL },
    { "lines", 'n', 0, G_OPTION_ARG_INT, &wish.n_lines, N_("Begin with the newest so many lines"), N_("NUMBER") },
    { "attempt", 0, 0, G_OPTION_ARG_INT, &wish.attempt, N_("Of this attempt; else of the newest"), N_("NUMBER") },
    { NULL },
  };
  g_auto(GStrv) words = NULL;

  if (!ctl_options_parse (context, &ctl_verb_log, entries, CTL_DASH_IS_OPTION, arguments, &words, error))
    return CTL_EXIT_OK;
  if (words[0] == NULL || words[1] != NULL || wish.attempt < 0 || wish.n_lines < -1)
    {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                           _("the number of a job is wanted, and numbers that are not negative"));
      return CTL_EXIT_USAGE;
    }
  if (!ctl_parse_id (words[0], &wish.id, error) || ctl_context_connect (context, error) == NULL)
    return CTL_EXIT_USAGE;
  return ctl_exit_of_success (show_log (context, &wish, error));
}

const CtlVerb ctl_verb_log = {
  .name = "log",
  .usage = N_("JOB"),
  .summary = N_("Show what a job has logged."),
  .description = N_("Of a long log the newest lines are kept. With --follow, what comes is shown\n"
                    "as it comes, also of later attempts.\n"
                    "\n"
                    "Examples:\n"
                    "  asyncqctl log 30\n"
                    "  asyncqctl log 30 -n 20 -f\n"
                    "  asyncqctl log 30 --attempt=1 --json\n"),
  .completes = CTL_COMPLETES_JOBS,
  .run = run,
};

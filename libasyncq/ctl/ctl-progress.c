/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The line that shows how a job is getting on, or, where stderr is no terminal, a
 * line every ten seconds of a job that says how far it has come
 *
 * The job is asked for twice a second, and of a composite job those members that
 * had not ended; one question is under way at a time, so a slow daemon is not
 * asked more than it can answer. The first question comes after half a second:
 * a short job shows nothing.
 */

#include "config.h"

#include "ctl-progress.h"

#include "ctl-plain.h"
#include "ctl-style.h"
#include "ctl-time.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#define PERIOD_MSEC 500
#define PLAIN_PERIOD_MSEC 10000
#define MAX_QUESTIONS 64 /* members asked for in one round */

struct _CtlProgress
{
  AsyncqClient  *client;
  guint64        id;
  GCancellable  *cancellable;
  guint          source;
  gboolean       plain;       /* no terminal: lines, and not one line over and over */
  gboolean       shown;
  guint          n_under_way; /* questions */
  AsyncqJobInfo *job;         /* as of the last answer */
  GHashTable    *done;        /* of guint64*: members that have ended */
};

static char *
dup_bar (gsize done,
         gsize total)
{
  const char *full = ctl_style_sign ("█", "#");
  const char *empty = ctl_style_sign ("░", ".");
  GString *bar = g_string_new ("[");

  for (gsize i = 0; i < 10; i++)
    g_string_append (bar, i < done * 10 / total ? full : empty);
  g_string_append_c (bar, ']');
  return g_string_free (bar, FALSE);
}

/* "[#######...] 71 % 710/1000 12/s, 24 s left, building page 71" */
static void
append_progress (GString       *line,
                 AsyncqJobInfo *job,
                 gint64         elapsed_usec)
{
  g_autofree char *bar = NULL;
  guint64 count, total;
  const char *message;
  double fraction;

  (void) asyncq_job_info_get_progress (job, &fraction, &count, &total, &message);
  if (fraction < 0 && total > 0)
    fraction = MIN ((double) count / total, 1);
  if (fraction >= 0)
    {
      bar = dup_bar ((gsize) (fraction * 1000), 1000);
      g_string_append_printf (line, " %s %d %%", bar, (int) (fraction * 100));
    }
  if (total > 0)
    g_string_append_printf (line, " %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, count, total);
  if (count > 0 && elapsed_usec >= G_USEC_PER_SEC)
    g_string_append_printf (line, " %.3g/s", count * (double) G_USEC_PER_SEC / elapsed_usec);
  if (fraction > 0 && fraction < 1 && elapsed_usec >= G_USEC_PER_SEC)
    {
      g_autofree char *left = ctl_dup_duration ((gint64) (elapsed_usec / fraction * (1 - fraction)));

      /* TRANSLATORS: %s is about how long it will still take */
      g_string_append_printf (line, _(", %s left"), left);
    }
  if (*message != '\0')
    g_string_append_printf (line, "  %s", message);
}

char *
ctl_progress_dup_line (AsyncqJobInfo *job,
                       gsize          n_done,
                       gint64         now_usec)
{
  CtlStateStyle style = ctl_style_of_job (job, now_usec);
  GString *line = g_string_new (NULL);
  gint64 since = asyncq_job_info_get_started_usec (job);
  g_autofree char *elapsed = NULL;
  gsize n_members;

  (void) asyncq_job_info_get_members (job, &n_members);
  if (since == 0)
    since = asyncq_job_info_get_created_usec (job);
  elapsed = ctl_dup_duration (now_usec - since);
  g_string_append_printf (line, "%s %" G_GUINT64_FORMAT " %s: %s", style.sign, asyncq_job_info_get_id (job),
                          asyncq_job_info_get_function (job), style.word);
  if (asyncq_job_info_get_attempt (job) > 1)
    /* TRANSLATORS: %u is how often a job was started */
    g_string_append_printf (line, _(", attempt %u"), asyncq_job_info_get_attempt (job));
  g_string_append_printf (line, ", %s", elapsed);
  if (asyncq_job_info_get_progress (job, NULL, NULL, NULL, NULL))
    {
      append_progress (line, job, now_usec - since);
    }
  else if (n_members > 0)
    {
      g_autofree char *bar = dup_bar (n_done, n_members);

      g_string_append_printf (line, " %s %" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT, bar, n_done, n_members);
    }
  return g_string_free (line, FALSE);
}

static void
show (CtlProgress *self)
{
  g_autofree char *told = ctl_progress_dup_line (self->job, g_hash_table_size (self->done), g_get_real_time ());
  g_autofree char *line = ctl_plain_dup (told);
  g_autofree char *cut = NULL;

  if (self->plain)
    {
      if (asyncq_job_info_get_progress (self->job, NULL, NULL, NULL, NULL))
        g_printerr ("%s\n", line);
      return;
    }
  cut = ctl_style_dup_cut (line, MAX (ctl_style_columns (STDERR_FILENO), 20) - 1);
  g_printerr ("\r%s\033[K", cut);
  self->shown = TRUE;
}

static void
on_member (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqJobInfo) member = asyncq_client_get_job_finish (ASYNCQ_CLIENT (source), result, &error);
  CtlProgress *self;
  guint64 id;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the progress is no more */
  self = user_data;
  if (member != NULL && asyncq_job_info_get_state (member) == ASYNCQ_JOB_STATE_COMPLETED)
    {
      id = asyncq_job_info_get_id (member);
      g_hash_table_add (self->done, g_memdup2 (&id, sizeof id));
    }
  if (--self->n_under_way == 0)
    show (self);
}

static void
ask_for_members (CtlProgress *self)
{
  gsize n_members;
  const guint64 *members = asyncq_job_info_get_members (self->job, &n_members);

  for (gsize i = 0; i < n_members && !self->plain && self->n_under_way < MAX_QUESTIONS; i++)
    if (!g_hash_table_contains (self->done, &members[i]))
      {
        self->n_under_way++;
        asyncq_client_get_job_async (self->client, members[i], self->cancellable, on_member, self);
      }
  if (self->n_under_way == 0)
    show (self);
}

static void
on_job (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqJobInfo) job = asyncq_client_get_job_finish (ASYNCQ_CLIENT (source), result, &error);
  CtlProgress *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the progress is no more */
  self = user_data;
  self->n_under_way--;
  if (job == NULL)
    return; /* whoever waits for the job reports it */
  g_set_object (&self->job, job);
  ask_for_members (self);
}

static gboolean
on_period (gpointer user_data)
{
  CtlProgress *self = user_data;

  if (self->n_under_way == 0)
    {
      self->n_under_way++;
      asyncq_client_get_job_async (self->client, self->id, self->cancellable, on_job, self);
    }
  return G_SOURCE_CONTINUE;
}

CtlProgress *
ctl_progress_new (CtlContext *context,
                  guint64     id)
{
  CtlProgress *self = g_new0 (CtlProgress, 1);

  self->client = g_object_ref (context->client);
  self->id = id;
  self->cancellable = g_cancellable_new ();
  self->done = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->plain = !isatty (STDERR_FILENO);
  if (!context->quiet)
    self->source = g_timeout_add (self->plain ? PLAIN_PERIOD_MSEC : PERIOD_MSEC, on_period, self);
  return self;
}

/* takes the line away as well */
void
ctl_progress_free (CtlProgress *self)
{
  if (self->shown)
    g_printerr ("\r\033[K");
  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->job);
  g_clear_object (&self->client);
  g_clear_pointer (&self->done, g_hash_table_unref);
  g_free (self);
}

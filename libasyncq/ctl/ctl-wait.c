/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Waiting for jobs, and printing what became of them
 *
 * All jobs are waited for at once. Results are printed in the order in which the
 * jobs were named, each as soon as those before it are. Ctrl-C ends the waiting
 * and not the jobs.
 */

#include "config.h"

#include "ctl-wait.h"

#include "ctl-json.h"
#include "ctl-plain.h"
#include "ctl-progress.h"
#include "ctl-time.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>

typedef struct
{
  guint64           id;
  gboolean          answered;
  AsyncqJobOutcome  outcome;
  GVariant         *result; /* the value, or the failure; NULL with @error set */
  GError           *error;
} Waited;

typedef struct
{
  CtlContext  *context;
  GMainLoop   *loop;
  GArray      *jobs;         /* of Waited */
  guint        n_printed;    /* how many at the beginning are printed */
  gint64       timeout_usec;
  CtlProgress *progress;     /* of the first job that is not printed; NULL: none */
  gboolean     interrupted;
  CtlExit      status;
} Waiting;

/* what the answer to one call is for */
typedef struct
{
  Waiting *waiting;
  guint    index;
} Slot;

static void
waited_clear (gpointer data)
{
  Waited *waited = data;

  g_clear_pointer (&waited->result, g_variant_unref);
  g_clear_error (&waited->error);
}

/* the first thing that went wrong gives the exit status */
static void
note_status (Waiting *self,
             CtlExit  status)
{
  if (self->status == CTL_EXIT_OK)
    self->status = status;
}

/* ---- printing ---- */

static void
put_json (Waiting      *self,
          const Waited *job,
          const GError *failure)
{
  g_autoptr(JsonObject) object = json_object_new ();

  json_object_set_int_member (object, "id", (gint64) job->id);
  json_object_set_string_member (object, "outcome", asyncq_job_outcome_to_string (job->outcome));
  if (failure == NULL)
    ctl_json_add_variant (object, "result", ctl_is_nothing (job->result) ? NULL : job->result);
  else
    json_object_set_member (object, "error", ctl_json_of_failure (failure));
  ctl_json_put (self->context, json_node_init_object (json_node_alloc (), object));
}

/* a function that returns nothing prints nothing */
static void
put_result (Waiting      *self,
            const Waited *job)
{
  g_autofree char *text =
      ctl_is_nothing (job->result) ? g_strdup ("()") : g_variant_print (job->result, TRUE);

  if (self->jobs->len > 1)
    ctl_put ("%" G_GUINT64_FORMAT ": %s\n", job->id, text);
  else if (!ctl_is_nothing (job->result))
    ctl_put ("%s\n", text);
}

static void
complain_about (const Waited *job,
                const GError *failure)
{
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, job->id);
  g_autofree char *message = ctl_plain_dup (failure->message);

  if (job->outcome == ASYNCQ_JOB_OUTCOME_CANCELLED)
    /* TRANSLATORS: the number of a job, and why it was cancelled */
    g_printerr (_("asyncqctl: job %s was cancelled: %s\n"), id, message);
  else if (job->outcome == ASYNCQ_JOB_OUTCOME_EXPIRED)
    /* TRANSLATORS: the number of a job, and more about it */
    g_printerr (_("asyncqctl: job %s expired: %s\n"), id, message);
  else
    /* TRANSLATORS: the number of a job, and why it failed */
    g_printerr (_("asyncqctl: job %s failed: %s\n"), id, message);
}

static void
complain_about_error (const Waited *job)
{
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, job->id);

  if (g_error_matches (job->error, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT))
    /* TRANSLATORS: the number of a job, twice */
    g_printerr (_("asyncqctl: job %s has not ended; to wait again: asyncqctl wait %s\n"), id, id);
  else
    ctl_complain (job->error);
}

static void
put_job (Waiting      *self,
         const Waited *job)
{
  g_autoptr(GError) failure = NULL;

  if (job->error != NULL)
    {
      note_status (self, ctl_exit_of_error (job->error));
      complain_about_error (job);
      return;
    }

  note_status (self, ctl_exit_of_outcome (job->outcome));
  if (job->outcome != ASYNCQ_JOB_OUTCOME_SUCCEEDED)
    failure = asyncq_error_new_from_failure (job->result);
  if (self->context->json != CTL_JSON_OFF && !self->context->quiet)
    put_json (self, job, failure);
  else if (failure == NULL && !self->context->quiet)
    put_result (self, job);
  if (failure != NULL)
    complain_about (job, failure);
}

/* ---- waiting ---- */

static void
follow_first (Waiting *self)
{
  g_clear_pointer (&self->progress, ctl_progress_free);
  if (self->n_printed < self->jobs->len)
    self->progress = ctl_progress_new (self->context, g_array_index (self->jobs, Waited, self->n_printed).id);
}

static void
print_what_is_due (Waiting *self)
{
  guint before = self->n_printed;

  while (self->n_printed < self->jobs->len && g_array_index (self->jobs, Waited, self->n_printed).answered)
    {
      g_clear_pointer (&self->progress, ctl_progress_free);
      put_job (self, &g_array_index (self->jobs, Waited, self->n_printed));
      self->n_printed++;
    }
  (void) fflush (stdout); /* a failed write shows in main(), at the end */
  if (self->n_printed == self->jobs->len)
    g_main_loop_quit (self->loop);
  else if (self->n_printed != before)
    follow_first (self);
}

static void
on_waited (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autofree Slot *slot = user_data;
  Waited *job = &g_array_index (slot->waiting->jobs, Waited, slot->index);

  job->answered = TRUE;
  (void) asyncq_client_wait_finish (ASYNCQ_CLIENT (source), result, &job->outcome, &job->result, &job->error);
  if (!slot->waiting->interrupted)
    print_what_is_due (slot->waiting);
}

static gboolean
on_interrupt (gpointer user_data)
{
  Waiting *self = user_data;

  g_clear_pointer (&self->progress, ctl_progress_free);
  self->interrupted = TRUE;
  self->status = CTL_EXIT_INTERRUPTED;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* says how to wait again, for exactly the jobs that have not ended */
static void
explain_interruption (Waiting *self)
{
  g_autoptr(GString) ids = g_string_new (NULL);
  g_autofree char *address = NULL;
  guint n = 0;

  for (guint i = self->n_printed; i < self->jobs->len; i++)
    {
      n++;
      g_string_append_printf (ids, " %" G_GUINT64_FORMAT, g_array_index (self->jobs, Waited, i).id);
    }
  if (self->context->address != NULL)
    {
      g_autofree char *quoted = g_shell_quote (self->context->address);

      address = g_strconcat (" --address=", quoted, NULL);
    }
  /* TRANSLATORS: the first %s is an option or empty, the second numbers of jobs */
  g_printerr (ngettext ("\nasyncqctl: the job goes on; to wait again: asyncqctl%s wait%s\n",
                        "\nasyncqctl: the jobs go on; to wait again: asyncqctl%s wait%s\n", n),
              address != NULL ? address : "", ids->str);
}

/* runs the loop until all is printed; returns the exit status */
static CtlExit
run (Waiting      *self,
     AsyncqClient *client)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  guint signal_source = g_unix_signal_add (SIGINT, on_interrupt, self);

  for (guint i = 0; i < self->jobs->len; i++)
    {
      Slot *slot = g_new0 (Slot, 1);

      slot->waiting = self;
      slot->index = i;
      asyncq_client_wait_async (client, g_array_index (self->jobs, Waited, i).id,
                                self->timeout_usec, cancellable, on_waited, slot);
    }
  follow_first (self);
  g_main_loop_run (self->loop);

  if (self->interrupted)
    {
      explain_interruption (self);
      g_cancellable_cancel (cancellable);
      for (guint i = 0; i < self->jobs->len; i++)
        while (!g_array_index (self->jobs, Waited, i).answered)
          g_main_context_iteration (NULL, TRUE);
    }
  else
    {
      g_source_remove (signal_source);
    }
  return self->status;
}

CtlExit
ctl_wait (CtlContext     *context,
          const guint64  *ids,
          gsize           n_ids,
          GError        **error)
{
  g_autoptr(GArray) jobs = g_array_sized_new (FALSE, TRUE, sizeof (Waited), (guint) n_ids);
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  AsyncqClient *client = ctl_context_connect (context, error);
  Waiting waiting = { context, loop, jobs, 0, context->timeout_usec, NULL, FALSE, CTL_EXIT_OK };

  if (client == NULL)
    return CTL_EXIT_ERROR;
  if (n_ids == 0)
    return CTL_EXIT_OK;
  g_array_set_clear_func (jobs, waited_clear);
  for (gsize i = 0; i < n_ids; i++)
    {
      Waited job = { .id = ids[i] };

      g_array_append_val (jobs, job);
    }
  return run (&waiting, client);
}

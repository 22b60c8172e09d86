/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Functions whose jobs end later than they return, and a set-up
 */

#include <asyncq-plugin.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* a job that waits for something */
typedef struct
{
  AsyncqJobContext *job; /* owned */
  GVariant         *value; /* owned */
  gulong            handler;
  guint             source;
} Wait;

static pthread_t main_thread;
static guint n_open;

static Wait *
wait_new (AsyncqJobContext *job,
          GVariant         *value)
{
  Wait *self = g_new0 (Wait, 1);

  self->job = g_object_ref (job);
  self->value = value == NULL ? NULL : g_variant_ref_sink (value);
  n_open++;
  return self;
}

static void
wait_free (Wait *self)
{
  n_open--;
  g_object_unref (self->job);
  g_clear_pointer (&self->value, g_variant_unref);
  g_free (self);
}

static gboolean
on_time_to_note (gpointer user_data)
{
  (void) asyncq_job_context_set_annotation (user_data, 0, "waits", g_variant_new_boolean (TRUE), NULL); /* a test sees */
  return G_SOURCE_REMOVE;
}

/* once the function has returned */
static void
note_that_it_waits (AsyncqJobContext *job)
{
  (void) g_idle_add_full (G_PRIORITY_DEFAULT, on_time_to_note, g_object_ref (job), g_object_unref);
}

static gboolean
on_time (gpointer user_data)
{
  Wait *self = user_data;

  asyncq_job_context_return_value (self->job, self->value);
  wait_free (self);
  return G_SOURCE_REMOVE;
}

/* (value, msec): gives the value back after so long */
ASYNCQ_EXPORT GVariant *
later_value (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  g_autoptr(GVariant) value = NULL;
  guint32 msec;

  g_variant_get (arguments, "(vu)", &value, &msec);
  asyncq_job_context_defer (job);
  (void) g_timeout_add (msec, on_time, wait_new (job, g_variant_new_variant (value)));
  return NULL;
}

static gpointer
end_in_thread (gpointer data)
{
  Wait *self = data;

  asyncq_job_context_return_value (self->job, self->value);
  asyncq_job_context_return_error (self->job, g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "too late"));
  g_object_unref (self->job);
  g_variant_unref (self->value);
  g_free (self);
  return NULL;
}

/* another thread ends it, more than once */
ASYNCQ_EXPORT GVariant *
later_thread (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  Wait *wait = wait_new (job, g_variant_new_string ("from a thread"));

  n_open--;
  asyncq_job_context_defer (job);
  g_thread_unref (g_thread_new ("later", end_in_thread, wait));
  return NULL;
}

/* ends before it returns, and once more */
ASYNCQ_EXPORT GVariant *
later_at_once (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  asyncq_job_context_defer (job);
  asyncq_job_context_return_value (job, g_variant_new_string ("at once"));
  asyncq_job_context_return_value (job, g_variant_new_string ("and again"));
  return NULL;
}

/* declares that it may defer its end, and does not */
ASYNCQ_EXPORT GVariant *
later_not_at_all (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  asyncq_job_context_return_value (job, g_variant_new_string ("nobody wants this"));
  return g_variant_new_string ("not deferred");
}

/* defers its end, and returns a value all the same */
ASYNCQ_EXPORT GVariant *
later_both (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  asyncq_job_context_defer (job);
  return g_variant_new_string ("both");
}

/* does not declare it */
ASYNCQ_EXPORT GVariant *
later_undeclared (AsyncqJobContext  *job,
                  GVariant          *arguments,
                  GError           **error)
{
  asyncq_job_context_defer (job);
  return NULL;
}

static gboolean
on_time_to_fail (gpointer user_data)
{
  Wait *self = user_data;

  asyncq_job_context_return_error (self->job, g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "failed later"));
  wait_free (self);
  return G_SOURCE_REMOVE;
}

/* fails later */
ASYNCQ_EXPORT GVariant *
later_fail (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  asyncq_job_context_defer (job);
  (void) g_idle_add (on_time_to_fail, wait_new (job, NULL));
  return NULL;
}

static gboolean
on_cancelled_source (GCancellable *cancellable,
                     gpointer      user_data)
{
  Wait *self = user_data;
  gboolean in_main_thread = pthread_equal (main_thread, pthread_self ()) != 0;

  asyncq_job_context_return_error (self->job,
                                   g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CANCELLED, "cancelled in %s thread",
                                                in_main_thread ? "the main" : "another"));
  wait_free (self);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable,
              gpointer      user_data)
{
  (void) on_cancelled_source (cancellable, user_data);
}

/* until it is cancelled; notes that it waits */
ASYNCQ_EXPORT GVariant *
later_wait (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  asyncq_job_context_defer (job);
  main_thread = pthread_self ();
  (void) g_cancellable_connect (asyncq_job_context_get_cancellable (job), G_CALLBACK (on_cancelled),
                                wait_new (job, NULL), NULL);
  note_that_it_waits (job);
  return NULL;
}

/* never ends, and does not hear */
ASYNCQ_EXPORT GVariant *
later_never (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  asyncq_job_context_defer (job);
  note_that_it_waits (job);
  return NULL;
}

/* one of the jobs that wait until there are so many, or are cancelled */
static GPtrArray *gathered; /* of Wait */

static void
leave_gathered (GCancellable *cancellable,
                gpointer      user_data)
{
  (void) g_ptr_array_remove (gathered, user_data);
  on_cancelled (cancellable, user_data);
}

/* (number): waits until so many wait with it in one worker; says how many had come before */
ASYNCQ_EXPORT GVariant *
later_gather (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  guint32 number;

  g_variant_get (arguments, "(u)", &number);
  if (gathered == NULL)
    gathered = g_ptr_array_new ();
  asyncq_job_context_defer (job);
  main_thread = pthread_self ();
  g_ptr_array_add (gathered, wait_new (job, g_variant_new_uint32 (gathered->len)));
  (void) g_cancellable_connect (asyncq_job_context_get_cancellable (job), G_CALLBACK (leave_gathered),
                                g_ptr_array_index (gathered, gathered->len - 1), NULL);
  asyncq_job_context_set_progress (job, 0.5, gathered->len, number, "waits");
  note_that_it_waits (job);
  if (gathered->len < number)
    return NULL;
  while (gathered->len > 0)
    (void) on_time (g_ptr_array_steal_index (gathered, gathered->len - 1)); /* the last one first */
  return NULL;
}

static gboolean
kill_worker (gpointer user_data)
{
  (void) raise (SIGKILL);
  return G_SOURCE_REMOVE;
}

/* (number): the last of so many kills its worker, from its main loop; says the attempt when that is not the first */
ASYNCQ_EXPORT GVariant *
later_crash (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  guint32 number;

  g_variant_get (arguments, "(u)", &number);
  if (asyncq_job_context_get_attempt (job) > 1)
    return g_variant_new_uint32 (asyncq_job_context_get_attempt (job));
  asyncq_job_context_defer (job);
  (void) wait_new (job, NULL); /* until the process ends */
  if (n_open == number)
    (void) g_idle_add (kill_worker, NULL);
  return NULL;
}

static gboolean
on_time_to_block (gpointer user_data)
{
  Wait *self = user_data;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) error = NULL;

  (void) asyncq_job_context_set_annotation (self->job, 0, "blocks", g_variant_new_boolean (TRUE), NULL); /* a test sees */
  value = asyncq_job_context_get_annotation (self->job, 0, "go", -1, 0, &error);
  if (value == NULL)
    asyncq_job_context_return_error (self->job, g_steal_pointer (&error));
  else
    asyncq_job_context_return_value (self->job, g_variant_new_uint32 (n_open));
  wait_free (self);
  return G_SOURCE_REMOVE;
}

/* blocks the main thread, from within a callback, until somebody sets the annotation "go" */
ASYNCQ_EXPORT GVariant *
later_block (AsyncqJobContext  *job,
             GVariant          *arguments,
             GError           **error)
{
  asyncq_job_context_defer (job);
  (void) g_idle_add (on_time_to_block, wait_new (job, NULL));
  return NULL;
}

/* (stay): the one that is told to stay does not end, nor do those beside it; one alone says its attempt */
ASYNCQ_EXPORT GVariant *
later_stay (AsyncqJobContext  *job,
            GVariant          *arguments,
            GError           **error)
{
  static gboolean somebody_stays;
  gboolean stay;

  g_variant_get (arguments, "(b)", &stay);
  if (!stay && !somebody_stays)
    return g_variant_new_uint32 (asyncq_job_context_get_attempt (job));
  somebody_stays = TRUE;
  (void) signal (SIGTERM, SIG_IGN);
  asyncq_job_context_defer (job);
  (void) wait_new (job, NULL); /* until the process ends */
  note_that_it_waits (job);
  return NULL;
}

typedef struct
{
  AsyncqJobContext *job; /* owned */
  guint32           number;
  gint              n_left; /* atomic */
} Asking;

static gpointer
ask_in_thread (gpointer data)
{
  Asking *self = data;

  g_autoptr(GVariant) value = asyncq_job_context_get_annotation (self->job, 0, "go", -1, 0, NULL);

  /* the last one */
  if (g_atomic_int_dec_and_test (&self->n_left))
    {
      asyncq_job_context_return_value (self->job, g_variant_new_uint32 (value == NULL ? 0 : self->number));
      g_object_unref (self->job);
      g_free (self);
    }
  return NULL;
}

/* (number): so many threads wait for the annotation "go" */
ASYNCQ_EXPORT GVariant *
later_ask (AsyncqJobContext  *job,
           GVariant          *arguments,
           GError           **error)
{
  Asking *asking = g_new0 (Asking, 1);

  g_variant_get (arguments, "(u)", &asking->number);
  asking->job = g_object_ref (job);
  asking->n_left = (gint) asking->number;
  asyncq_job_context_defer (job);
  for (guint i = 0, n = asking->number; i < n; i++)
    g_thread_unref (g_thread_new ("ask", ask_in_thread, asking));
  (void) asyncq_job_context_set_annotation (job, 0, "asks", g_variant_new_boolean (TRUE), NULL); /* a test sees */
  return NULL;
}

static gboolean
on_time_to_snooze (gpointer user_data)
{
  Wait *self = user_data;

  asyncq_job_context_snooze (self->job, 0);
  asyncq_job_context_return_value (self->job, NULL);
  wait_free (self);
  return G_SOURCE_REMOVE;
}

/* asks, later, to run again; then says the attempt */
ASYNCQ_EXPORT GVariant *
later_snooze (AsyncqJobContext  *job,
              GVariant          *arguments,
              GError           **error)
{
  static guint n_calls;

  asyncq_job_context_defer (job);
  (void) g_idle_add (n_calls++ == 0 ? on_time_to_snooze : on_time, wait_new (job, g_variant_new_string ("again")));
  return NULL;
}

static void
append_line (const char *path,
             const char *line)
{
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

  if (fd < 0 || write (fd, line, strlen (line)) < 0)
    (void) raise (SIGKILL); /* then the test fails */
  (void) close (fd); /* nothing is lost: the write itself was checked */
}

static char *journal;
static gboolean lingers;
static guint n_set_ups;

/* The settings say where to note it; while there is a file "refuse" beside that it fails. */
static gboolean
set_up (AsyncqJobContext  *job,
        GError           **error)
{
  const char *file = asyncq_job_context_get_setting (job, "journal");
  g_autofree char *refuse = file == NULL ? NULL : g_strconcat (file, ".refuse", NULL);

  if (refuse != NULL && g_file_test (refuse, G_FILE_TEST_EXISTS))
    {
      g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FINAL, "not now");
      return FALSE;
    }
  lingers = asyncq_job_context_get_setting (job, "linger") != NULL;
  n_set_ups++;
  if (file != NULL)
    {
      journal = g_strdup (file);
      append_line (journal, "set up\n");
    }
  return TRUE;
}

static void
tear_down (void)
{
  if (journal != NULL)
    append_line (journal, "torn down\n");
  while (lingers)
    g_usleep (G_USEC_PER_SEC); /* until somebody has had enough of it */
}

/* how often the plugin was set up in this worker */
ASYNCQ_EXPORT GVariant *
later_set_ups (AsyncqJobContext  *job,
               GVariant          *arguments,
               GError           **error)
{
  return g_variant_new_uint32 (n_set_ups);
}

static const AsyncqFunction functions[] = {
  { "ask", "number u", "u", "Asks in many threads", NULL, "concurrent=8" },
  { "at_once", "", "s", "Ends before it returns", NULL, "deferred" },
  { "block", "", "u", "Blocks its main loop", NULL, "concurrent=8" },
  { "both", "", "s", "Defers its end, and returns", NULL, "deferred" },
  { "crash", "number u", "u", "Kills its worker once there are so many", NULL, "concurrent=8" },
  { "fail", "", "()", "Fails later", NULL, "deferred" },
  { "gather", "number u", "u", "Waits until there are so many", NULL, "concurrent=8" },
  { "never", "", "()", "Never ends", NULL, "deferred" },
  { "not_at_all", "", "s", "Could defer its end", NULL, "deferred" },
  { "set_ups", "", "u", "How often it was set up", NULL, NULL },
  { "snooze", "", "s", "Runs again", NULL, "deferred" },
  { "stay", "stay b", "u", "Does not end", NULL, "concurrent=8" },
  { "thread", "", "s", "Ends in a thread", NULL, "deferred" },
  { "undeclared", "", "s", "Defers its end without having said so", NULL, NULL },
  { "value", "value v, msec u = 0", "v", "Gives the value back later", NULL, "deferred" },
  { "wait", "", "()", "Waits until it is cancelled", NULL, "deferred" },
};

const AsyncqPlugin asyncq_plugin = {
  .abi = ASYNCQ_PLUGIN_ABI,
  .size = sizeof (AsyncqPlugin),
  .function_size = sizeof (AsyncqFunction),
  .id = "later",
  .version = "1",
  .functions = functions,
  .n_functions = G_N_ELEMENTS (functions),
  .set_up = set_up,
  .tear_down = tear_down,
};

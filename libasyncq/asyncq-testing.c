/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * A daemon for the tests of those who write plugins and clients
 *
 * Runs asyncqd in a temporary folder, with its jobs in memory and a clock that
 * only the test moves. A client of our own, in a main context of its own, follows
 * the jobs, so that what the test does with its client and its loop is its own
 * affair.
 */

#include "config.h"

#include "asyncq-testing.h"

#include <glib-unix.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MANAGER_PATH "/org/asyncq"
#define TESTING_INTERFACE "org.asyncq.Testing1"

/* where the daemon expects the descriptor that it says on that it is ready */
#define READY_FD 3

/* real time without any change after which nothing more is expected */
#define DRAIN_SECONDS 60

struct _AsyncqTesting
{
  GObject parent_instance;

  char         *directory; /* temporary; NULL once it is removed */
  char         *address;
  GSubprocess  *daemon;    /* NULL once it is stopped */
  AsyncqClient *client;    /* the test's */

  GMainContext *context;
  AsyncqClient *follower;  /* ours: its signals come in `context` */
  gboolean      too_late;
};

/**
 * AsyncqTesting:
 *
 * A daemon of its own for a test, whose clock stands still unless the test moves
 * it.
 *
 * It keeps jobs in memory, serves on a private socket in a temporary folder, and
 * is gone with this object, or with the process.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (AsyncqTesting, asyncq_testing, G_TYPE_OBJECT)

static void
asyncq_testing_finalize (GObject *object)
{
  AsyncqTesting *self = ASYNCQ_TESTING (object);

  asyncq_testing_stop (self);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->context, g_main_context_unref);

  G_OBJECT_CLASS (asyncq_testing_parent_class)->finalize (object);
}

static void
asyncq_testing_class_init (AsyncqTestingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = asyncq_testing_finalize;
}

static void
asyncq_testing_init (AsyncqTesting *self)
{
  self->context = g_main_context_new ();
}

/* A test that crashes leaves no daemon behind. */
static void
tie_to_parent (gpointer unused)
{
  (void) prctl (PR_SET_PDEATHSIG, SIGTERM); /* without it the daemon stays, and nothing else is wrong */
}

/* Waits for the daemon's word; it closes the pipe when it ends instead. */
static gboolean
wait_until_ready (int      fd,
                  GError **error)
{
  char said[16];
  gssize n_read;

  do
    n_read = read (fd, said, sizeof said);
  while (n_read < 0 && errno == EINTR);
  if (n_read > 0)
    return TRUE;

  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                       "asyncqd does not start; what it says is on stderr");
  return FALSE;
}

static gboolean
spawn_daemon (AsyncqTesting  *self,
              const char     *plugin_directory,
              GError        **error)
{
  const char *program = g_getenv ("ASYNCQD");
  const char *worker = g_getenv ("ASYNCQ_WORKER");
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *config = g_build_filename (self->directory, "asyncqd.conf", NULL);
  g_autofree char *socket = g_strdup_printf ("--socket=%s/socket", self->directory);
  g_autofree char *config_option = g_strconcat ("--config=", config, NULL);
  g_autofree char *plugins = g_strconcat ("--plugins=", plugin_directory, NULL);
  g_autofree char *worker_option = worker == NULL ? NULL : g_strconcat ("--worker=", worker, NULL);
  const char *argv[] = { program != NULL ? program : BINDIR "/asyncqd", "--store=memory", "--clock=manual", "--ready-fd=3",
                         config_option, socket, plugins, worker_option, NULL };
  gboolean is_ready;
  int ends[2];

  if (!g_file_set_contents (config, "", 0, error) || !g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return FALSE;
  g_subprocess_launcher_take_fd (launcher, ends[1], READY_FD);
  g_subprocess_launcher_set_child_setup (launcher, tie_to_parent, NULL, NULL);
  self->daemon = g_subprocess_launcher_spawnv (launcher, argv, error);
  g_subprocess_launcher_close (launcher);
  is_ready = self->daemon != NULL && wait_until_ready (ends[0], error);
  (void) close (ends[0]); /* it was only read */
  return is_ready;
}

static gboolean
connect_clients (AsyncqTesting  *self,
                 GError        **error)
{
  self->address = g_strdup_printf ("unix:path=%s/socket", self->directory);
  self->client = asyncq_client_new_sync (self->address, NULL, error);
  if (self->client == NULL)
    return FALSE;
  g_main_context_push_thread_default (self->context);
  self->follower = asyncq_client_new_sync (self->address, NULL, error);
  g_main_context_pop_thread_default (self->context);
  return self->follower != NULL && asyncq_client_subscribe_sync (self->follower, "", NULL, error);
}

/**
 * asyncq_testing_new:
 * @plugin_directory: (type filename): where the plugins are that it shall load; an
 *   absolute path, not writable for others
 * @error: return location for an error
 *
 * Starts a daemon and waits until it serves.
 *
 * The environment variables `ASYNCQD` and `ASYNCQ_WORKER` say where the programs
 * are, if not where they were installed.
 *
 * Errors: `ASYNCQ_ERROR_NOT_RUNNING` if it does not start; those of GIO.
 *
 * Returns: (transfer full): the daemon, or %NULL with @error set
 *
 * Since: 0.1
 */
AsyncqTesting *
asyncq_testing_new (const char  *plugin_directory,
                    GError     **error)
{
  g_autoptr(AsyncqTesting) self = NULL;

  g_return_val_if_fail (plugin_directory != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  self = g_object_new (ASYNCQ_TYPE_TESTING, NULL);
  self->directory = g_dir_make_tmp ("asyncq-testing-XXXXXX", error);
  if (self->directory == NULL || !spawn_daemon (self, plugin_directory, error) || !connect_clients (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * asyncq_testing_get_client:
 * @self: a daemon
 *
 * Gives a client that is connected to it.
 *
 * Returns: (transfer none) (nullable): the client; %NULL once it is stopped
 *
 * Since: 0.1
 */
AsyncqClient *
asyncq_testing_get_client (AsyncqTesting *self)
{
  g_return_val_if_fail (ASYNCQ_IS_TESTING (self), NULL);

  return self->client;
}

/**
 * asyncq_testing_get_address:
 * @self: a daemon
 *
 * Gives the address that it serves on, for other clients.
 *
 * Returns: a D-Bus address
 *
 * Since: 0.1
 */
const char *
asyncq_testing_get_address (AsyncqTesting *self)
{
  g_return_val_if_fail (ASYNCQ_IS_TESTING (self), NULL);

  return self->address;
}

static gboolean
is_stopped (AsyncqTesting  *self,
            GError        **error)
{
  if (self->follower != NULL)
    return FALSE;
  g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING, "the daemon was stopped");
  return TRUE;
}

static GVariant *
call (AsyncqTesting  *self,
      const char     *interface,
      const char     *method,
      GVariant       *parameters,
      GError        **error)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (parameters);
  g_autoptr(GError) local_error = NULL;
  GVariant *reply;

  if (is_stopped (self, error))
    return NULL;
  reply = g_dbus_connection_call_sync (asyncq_client_get_connection (self->follower), NULL, MANAGER_PATH, interface,
                                       method, sunk, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, &local_error);
  if (local_error != NULL)
    {
      (void) g_dbus_error_strip_remote_error (local_error); /* it may come from here */
      g_propagate_error (error, g_steal_pointer (&local_error));
    }
  return reply;
}

/**
 * asyncq_testing_get_time:
 * @self: a daemon
 * @error: return location for an error
 *
 * Gives what the daemon's wall clock shows.
 *
 * Errors: `ASYNCQ_ERROR_NOT_RUNNING`, and those of GIO.
 *
 * Returns: microseconds since 1970-01-01 UTC; -1 with @error set
 *
 * Since: 0.1
 */
gint64
asyncq_testing_get_time (AsyncqTesting  *self,
                         GError        **error)
{
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (ASYNCQ_IS_TESTING (self), -1);
  g_return_val_if_fail (error == NULL || *error == NULL, -1);

  reply = call (self, "org.freedesktop.DBus.Properties", "Get", g_variant_new ("(ss)", TESTING_INTERFACE, "Now"), error);
  if (reply == NULL)
    return -1;
  g_variant_get (reply, "(v)", &value);
  return g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (value) : 0;
}

/**
 * asyncq_testing_advance:
 * @self: a daemon
 * @interval_usec: how far, in microseconds, 0 to 100 years
 * @error: return location for an error
 *
 * Lets time pass, and returns when all that became due has been dealt with. Jobs
 * that it started may still run: see [method@Testing.drain].
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_NOT_RUNNING`, and those of GIO.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_testing_advance (AsyncqTesting  *self,
                        gint64          interval_usec,
                        GError        **error)
{
  g_autoptr(GVariant) reply = NULL;

  g_return_val_if_fail (ASYNCQ_IS_TESTING (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  reply = call (self, TESTING_INTERFACE, "Advance", g_variant_new ("(x)", interval_usec), error);
  return reply != NULL;
}

/**
 * asyncq_testing_set_time:
 * @self: a daemon
 * @time_usec: microseconds since 1970-01-01 UTC
 * @error: return location for an error
 *
 * Sets the wall clock, forth or back, as an administrator does it: no time passes.
 *
 * Errors: `ASYNCQ_ERROR_INVALID`, `ASYNCQ_ERROR_NOT_RUNNING`, and those of GIO.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_testing_set_time (AsyncqTesting  *self,
                         gint64          time_usec,
                         GError        **error)
{
  g_autoptr(GVariant) reply = NULL;

  g_return_val_if_fail (ASYNCQ_IS_TESTING (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  reply = call (self, TESTING_INTERFACE, "SetTime", g_variant_new ("(x)", time_usec), error);
  return reply != NULL;
}

/* whether a job that has not ended has nothing to wait for but a place to run, or its end */
static gboolean
is_busy (AsyncqJobInfo *info,
         gint64         now_usec)
{
  GVariant *properties = asyncq_job_info_get_properties (info);
  g_autoptr(GVariant) waits_for = g_variant_lookup_value (properties, "WaitsFor", G_VARIANT_TYPE ("at"));
  const char *state = "";
  gint64 due_usec = 0;

  if (waits_for != NULL && g_variant_n_children (waits_for) > 0)
    return FALSE;
  (void) g_variant_lookup (properties, "State", "&s", &state);
  (void) g_variant_lookup (properties, "Due", "x", &due_usec);
  return !g_str_equal (state, "pending") || due_usec <= now_usec;
}

/* Returns: (transfer full) (nullable): what a job that is busy is called; NULL: there is none, or @error is set */
static char *
find_busy (AsyncqTesting  *self,
           GError        **error)
{
  g_autoptr(GPtrArray) jobs = NULL;
  gint64 now_usec = asyncq_testing_get_time (self, error);

  if (now_usec < 0)
    return NULL;
  /* of ten thousand that wait for their time the oldest ones are not looked at */
  jobs = asyncq_client_list_jobs_sync (self->follower, "state:pending state:assigned state:active", 0, NULL, NULL,
                                       NULL, error);
  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      AsyncqJobInfo *info = g_ptr_array_index (jobs, i);

      if (is_busy (info, now_usec))
        return g_strdup_printf ("job %" G_GUINT64_FORMAT ", %s", asyncq_job_info_get_id (info),
                                asyncq_job_info_get_function (info));
    }
  return NULL;
}

static gboolean
on_too_late (gpointer user_data)
{
  AsyncqTesting *self = user_data;

  self->too_late = TRUE;
  return G_SOURCE_REMOVE;
}

/* Returns: whether anything has changed within the time */
static gboolean
wait_for_change (AsyncqTesting *self)
{
  g_autoptr(GSource) timer = g_timeout_source_new_seconds (DRAIN_SECONDS);

  self->too_late = FALSE;
  g_source_set_callback (timer, on_too_late, self, NULL);
  g_source_attach (timer, self->context);
  g_main_context_iteration (self->context, TRUE);
  while (g_main_context_iteration (self->context, FALSE))
    ; /* many changes at once are one */
  g_source_destroy (timer);
  return !self->too_late;
}

/**
 * asyncq_testing_drain:
 * @self: a daemon
 * @error: return location for an error
 *
 * Waits until no job runs, and none could: what is left has ended, is due later, or
 * waits for such a job.
 *
 * Errors: `ASYNCQ_ERROR_TIMED_OUT`, naming a job, if nothing happens for a minute of
 * real time though there is one that is due, in a queue that is paused for one;
 * `ASYNCQ_ERROR_NOT_RUNNING`, and those of GIO.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
asyncq_testing_drain (AsyncqTesting  *self,
                      GError        **error)
{
  g_return_val_if_fail (ASYNCQ_IS_TESTING (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (is_stopped (self, error))
    return FALSE;
  while (TRUE)
    {
      g_autoptr(GError) failure = NULL;
      g_autofree char *busy = find_busy (self, &failure);

      if (failure != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (busy == NULL)
        return TRUE;
      if (!wait_for_change (self))
        {
          g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_TIMED_OUT, "nothing happens, though there is %s", busy);
          return FALSE;
        }
    }
}

/* of what the daemon leaves behind */
static void
remove_directory (const char *path)
{
  g_autoptr(GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) < 0)
        remove_directory (child);
    }
  (void) g_rmdir (path); /* what is left is in the temporary folder */
}

/**
 * asyncq_testing_stop:
 * @self: a daemon
 *
 * Stops it, and waits until it is gone with all that it has kept. Does nothing
 * where it was stopped before.
 *
 * Since: 0.1
 */
void
asyncq_testing_stop (AsyncqTesting *self)
{
  g_return_if_fail (ASYNCQ_IS_TESTING (self));

  g_clear_object (&self->client);
  g_clear_object (&self->follower);
  if (self->daemon != NULL)
    {
      g_subprocess_send_signal (self->daemon, SIGTERM);
      (void) g_subprocess_wait (self->daemon, NULL, NULL); /* it is gone in either case */
      g_clear_object (&self->daemon);
    }
  if (self->directory != NULL)
    remove_directory (self->directory);
  g_clear_pointer (&self->directory, g_free);
}

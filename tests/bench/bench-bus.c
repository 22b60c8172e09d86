/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Over D-Bus: a daemon as users start it, and one connection to it
 *
 *   bench-bus ASYNCQD WORKER PLUGIN
 *
 * Rates of submitting are measured on a daemon without an agent, so that they
 * are those of durable acks alone; the time from submit to start on one with
 * the default agent, from the times that the jobs themselves have.
 */

#include "config.h"

#include "bench-table.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_BULK 1000
#define N_STARTS 1000

typedef struct
{
  GDBusConnection *bus;
  GPid             pid;
} Daemon;

static GVariant *
call (Daemon             *self,
      const char         *path,
      const char         *interface,
      const char         *method,
      GVariant           *arguments,
      const char         *answer_type,
      GUnixFDList        *fds)
{
  g_autoptr(GError) error = NULL;
  GVariant *answer = g_dbus_connection_call_with_unix_fd_list_sync (
    self->bus, "org.asyncq", path, interface, method, arguments, G_VARIANT_TYPE (answer_type),
    G_DBUS_CALL_FLAGS_NONE, G_MAXINT, fds, NULL, NULL, &error);

  if (answer == NULL)
    bench_fail ("%s: %s", method, error->message);
  return answer;
}

static GVariant *
call_manager (Daemon      *self,
              const char  *method,
              GVariant    *arguments,
              const char  *answer_type,
              GUnixFDList *fds)
{
  return call (self, "/org/asyncq", "org.asyncq.Manager1", method, arguments, answer_type, fds);
}

static void
wait_ready (int fd)
{
  char said[16];
  gssize n;

  do
    n = read (fd, said, sizeof said);
  while (n < 0 && errno == EINTR);
  if (n <= 0 || strncmp (said, "READY\n", n) != 0)
    bench_fail ("the daemon did not start");
  (void) close (fd); /* nothing was written */
}

static void
daemon_start (Daemon     *self,
              BenchTable *table,
              const char *name,
              char      **programs,
              const char *option)
{
  g_autofree char *folder = g_build_filename (table->folder, name, NULL);
  g_autofree char *config = g_build_filename (folder, "asyncqd.conf", NULL);
  g_autofree char *plugin = g_build_filename (folder, "demo.so", NULL);
  g_autofree char *config_option = g_strconcat ("--config=", config, NULL);
  g_autofree char *store_option = g_strconcat ("--store=", folder, "/store", NULL);
  g_autofree char *socket_option = g_strconcat ("--socket=", folder, "/bus", NULL);
  g_autofree char *plugins_option = g_strconcat ("--plugins=", folder, NULL);
  g_autofree char *worker_option = g_strconcat ("--worker=", programs[1], NULL);
  g_autofree char *address = g_strconcat ("unix:path=", folder, "/bus", NULL);
  g_autoptr(GFile) from = g_file_new_for_path (programs[2]);
  g_autoptr(GFile) to = g_file_new_for_path (plugin);
  g_autoptr(GError) error = NULL;
  int ready[2];
  const char *arguments[] = { programs[0], config_option, store_option, socket_option,
                              plugins_option, worker_option, "--ready-fd=3", option, NULL };

  if (g_mkdir (folder, 0755) != 0 || !g_file_set_contents (config, "", 0, &error) ||
      !g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, &error) ||
      !g_unix_open_pipe (ready, FD_CLOEXEC, &error))
    bench_fail ("could not prepare '%s': %s", folder, error != NULL ? error->message : "mkdir");
  {
    int targets[] = { 3 };

    if (!g_spawn_async_with_pipes_and_fds (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                           NULL, -1, -1, -1, &ready[1], targets, 1, &self->pid,
                                           NULL, NULL, NULL, &error))
      bench_fail ("%s", error->message);
  }
  (void) close (ready[1]); /* the daemon has it */
  wait_ready (ready[0]);
  self->bus = g_dbus_connection_new_for_address_sync (
    address,
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    NULL, NULL, &error);
  if (self->bus == NULL)
    bench_fail ("%s", error->message);
  g_dbus_connection_set_exit_on_close (self->bus, FALSE);
}

static void
daemon_stop (Daemon *self)
{
  int status;

  g_clear_object (&self->bus);
  (void) kill (self->pid, SIGTERM); /* it is our child, so it is there */
  if (waitpid (self->pid, &status, 0) != self->pid || status != 0)
    bench_fail ("the daemon did not stop cleanly: %d", status);
}

static GVariant *
new_entries (guint n)
{
  GVariantBuilder entries;

  g_variant_builder_init (&entries, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < n; i++)
    {
      g_variant_builder_open (&entries, G_VARIANT_TYPE ("a{sv}"));
      g_variant_builder_add (&entries, "{sv}", "function", g_variant_new_string ("demo.noop"));
      g_variant_builder_close (&entries);
    }
  return g_variant_builder_end (&entries);
}

static void
submit_one (Daemon *self)
{
  g_autoptr(GVariant) ids = NULL;

  ids = call_manager (self, "Submit", g_variant_new ("(@aa{sv})", new_entries (1)), "(at)", NULL);
}

static void
submit_list (Daemon *self)
{
  g_autoptr(GVariant) ids = NULL;

  ids = call_manager (self, "Submit", g_variant_new ("(@aa{sv})", new_entries (N_BULK)), "(at)",
                      NULL);
}

static void
submit_bulk (Daemon *self)
{
  g_autoptr(GVariant) entries = g_variant_ref_sink (new_entries (N_BULK));
  g_autoptr(GVariant) ids = NULL;
  g_autoptr(GUnixFDList) fds = NULL;
  int fd = memfd_create ("entries", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  gssize size = g_variant_get_size (entries);

  if (fd < 0 || write (fd, g_variant_get_data (entries), size) != size ||
      fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) != 0)
    bench_fail ("could not fill a memfd: %s", g_strerror (errno));
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  ids = call_manager (self, "SubmitBulk", g_variant_new ("(h)", 0), "(at)", fds);
}

static void
measure (BenchTable *table,
         Daemon     *daemon,
         const char *what,
         void      (*submit) (Daemon *self),
         guint       n_jobs)
{
  double start, elapsed;
  guint64 n = 0;

  bench_table_measure_raw (table);
  start = bench_now ();
  do
    {
      submit (daemon);
      n += n_jobs;
      elapsed = bench_now () - start;
    }
  while (elapsed < bench_seconds ());
  bench_table_add_rate (table, what, n / elapsed, 0);
}

/* @job's Created to Started, after it has ended */
static gint64
time_to_start (Daemon *self)
{
  g_autoptr(GVariant) id_answer = NULL;
  g_autoptr(GVariant) wait_answer = NULL;
  g_autoptr(GVariant) job_answer = NULL;
  g_autoptr(GVariant) job = NULL;
  g_autofree char *path = NULL;
  gint64 created = 0, started = 0;
  guint64 id;

  id_answer = call_manager (self, "SubmitWords",
                            g_variant_new ("(s@as)", "demo.noop", g_variant_new_strv (NULL, 0)),
                            "(t)", NULL);
  g_variant_get (id_answer, "(t)", &id);
  path = g_strdup_printf ("/org/asyncq/jobs/%" G_GUINT64_FORMAT, id);
  wait_answer = call (self, path, "org.asyncq.Job1", "Wait",
                      g_variant_new ("(x)", (gint64) -1), "(sv)", NULL);
  job_answer = call (self, path, "org.freedesktop.DBus.Properties", "GetAll",
                     g_variant_new ("(s)", "org.asyncq.Job1"), "(a{sv})", NULL);
  job = g_variant_get_child_value (job_answer, 0);
  if (!g_variant_lookup (job, "Created", "x", &created) ||
      !g_variant_lookup (job, "Started", "x", &started))
    bench_fail ("job %" G_GUINT64_FORMAT " has no times", id);
  return started - created;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GArray) usecs = g_array_new (FALSE, FALSE, sizeof (gint64));
  BenchTable table;
  Daemon daemon;

  if (argc != 4)
    bench_fail ("usage: bench-bus ASYNCQD WORKER PLUGIN");
  bench_table_init (&table, "Over D-Bus: one connection; jobs of demo.noop");

  daemon_start (&daemon, &table, "submit", argv + 1, "--no-default-agent");
  measure (&table, &daemon, "awaited Submit of 1", submit_one, 1);
  measure (&table, &daemon, "awaited Submit of 1,000, jobs", submit_list, N_BULK);
  measure (&table, &daemon, "awaited SubmitBulk of 1,000, jobs", submit_bulk, N_BULK);
  daemon_stop (&daemon);

  daemon_start (&daemon, &table, "start", argv + 1, NULL);
  for (guint i = 0; i < N_STARTS; i++)
    {
      gint64 usec = time_to_start (&daemon);

      g_array_append_val (usecs, usec);
    }
  bench_table_add_latency (&table, "submit to start, idle, one at a time", usecs);
  daemon_stop (&daemon);
  return bench_table_finish (&table);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Watching over WebSocket
 *
 * A daemon's core (memory store, engine, monitor) in this process, and clients
 * in another one that reads bytes and counts lines. A delivery is one line that
 * one client has got. "a core" is by the processor time of this process, all
 * that it does included: the puts, the rendering, HTTP and WebSocket.
 */

#include "config.h"

#include "bench-table.h"

#include "core/aq-rules.h"
#include "monitor/aq-monitor.h"
#include "store/aq-memory-store.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_EVENTS 60000
#define EVENTS_A_TURN 100
#define N_IDLE 1000
#define MAX_CLIENTS 1000
#define WANTED_DELIVERIES 60000

static const char handshake[] =
  "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";
/* "watch since:0", masked with zeros */
static const char watch[] = "\x81\x8d\0\0\0\0watch since:0";

typedef struct
{
  AqClock   *clock;
  AqStore   *store;
  AqEngine  *engine;
  AqMonitor *monitor;
  char      *path;
} Server;

typedef struct
{
  pid_t pid;
  int   control; /* a byte from the clients: ready; another one: everything is here */
} Clients;

/* in the other process: nothing of GLib's loop */

static int
connect_one (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char answer[1024];
  gssize n = 0;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      write (fd, handshake, strlen (handshake)) < 0)
    bench_fail ("could not connect: %s", g_strerror (errno));
  while (n < 4 || memcmp (answer + n - 4, "\r\n\r\n", 4) != 0)
    if (read (fd, answer + n++, 1) != 1)
      bench_fail ("the monitor has closed a connection");
  return fd;
}

static guint
count_lines (const char *bytes,
             gssize      length)
{
  const char *end = bytes + length;
  guint n = 0;

  while ((bytes = memchr (bytes, '\n', end - bytes)) != NULL)
    {
      bytes++;
      n++;
    }
  return n;
}

static void
read_everything (struct pollfd *fds,
                 guint          n_clients)
{
  static char buffer[256 * 1024];
  guint64 missing = (guint64) n_clients * N_EVENTS;

  while (missing > 0)
    {
      if (poll (fds, n_clients, -1) < 0)
        bench_fail ("poll: %s", g_strerror (errno));
      for (guint i = 0; i < n_clients; i++)
        {
          gssize n = fds[i].revents != 0 ? read (fds[i].fd, buffer, sizeof buffer) : -1;

          if (n == 0)
            bench_fail ("the monitor has closed a connection");
          if (n > 0)
            missing -= MIN (missing, count_lines (buffer, n));
        }
    }
}

static void
run_clients (const char *path,
             guint       n_clients,
             gboolean    watching,
             int         control)
{
  static struct pollfd fds[MAX_CLIENTS];

  for (guint i = 0; i < n_clients; i++)
    {
      fds[i] = (struct pollfd) { .fd = connect_one (path), .events = POLLIN };
      if (watching && write (fds[i].fd, watch, sizeof watch - 1) != sizeof watch - 1)
        bench_fail ("could not watch");
    }
  if (write (control, "r", 1) != 1)
    bench_fail ("nobody waits");
  if (watching)
    read_everything (fds, n_clients);
  (void) write (control, "e", 1);
  /* until we are ended */
  pause ();
}

static void
clients_start (Clients    *self,
               const char *path,
               guint       n_clients,
               gboolean    watching)
{
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
    bench_fail ("socketpair: %s", g_strerror (errno));
  self->pid = fork ();
  if (self->pid == 0)
    {
      (void) close (pair[0]);
      run_clients (path, n_clients, watching, pair[1]);
      _exit (0);
    }
  (void) close (pair[1]);
  self->control = pair[0];
}

/* runs our loop meanwhile */
static void
clients_wait (Clients *self)
{
  char byte;

  while (read (self->control, &byte, 1) != 1)
    {
      if (waitpid (self->pid, NULL, WNOHANG) != 0)
        bench_fail ("the clients have ended");
      g_main_context_iteration (NULL, FALSE);
    }
}

static void
clients_stop (Clients *self)
{
  (void) kill (self->pid, SIGKILL);
  (void) waitpid (self->pid, NULL, 0);
  (void) close (self->control);
}

/* the server */

static void
server_start (Server     *self,
              const char *folder)
{
  AqMonitorContext context = { 0 };
  AqMonitorSettings settings = { .max_connections = MAX_CLIENTS + 10, .max_connections_each = MAX_CLIENTS + 10 };
  g_autoptr(GError) error = NULL;

  self->clock = aq_clock_new_system ();
  self->store = aq_memory_store_new (self->clock);
  if (!aq_store_open (self->store, &error))
    bench_fail ("%s", error->message);
  self->engine = aq_engine_new (self->store, self->clock);
  if (!aq_engine_start (self->engine, &error))
    bench_fail ("%s", error->message);
  self->path = g_build_filename (folder, "monitor", NULL);
  context.engine = self->engine;
  context.clock = self->clock;
  settings.socket_path = self->path;
  self->monitor = aq_monitor_new (&context, &settings);
  if (!aq_monitor_start (self->monitor, &error))
    bench_fail ("%s", error->message);
}

static void
server_stop (Server *self)
{
  aq_monitor_free (self->monitor);
  aq_engine_stop (self->engine);
  (void) aq_store_close (self->store, NULL);
  aq_engine_free (self->engine);
  g_object_unref (self->store);
  aq_clock_unref (self->clock);
  g_free (self->path);
}

static void
on_applied (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  if (error != NULL)
    bench_fail ("%s", error->message);
}

static void
put_one (AqStore *store)
{
  static const char arguments[8] = { 0 };
  AqDraft draft = {
    .kind = AQ_JOB_CALL,
    .priority = AQ_PRIORITY_DEFAULT,
    .queue = "",
    .function = "test.echo",
    .arguments_type = "(x)",
    .arguments = arguments,
    .arguments_size = sizeof arguments,
    .parent = AQ_DRAFT_NO_PARENT,
  };
  guint64 id;
  AqPutEvent event = { .drafts = &draft, .n_drafts = 1, .out_ids = &id };

  aq_store_apply (store, NULL, aq_rule_put, &event, on_applied, NULL);
}

static double
processor_seconds (void)
{
  struct rusage usage;

  (void) getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / (double) G_USEC_PER_SEC;
}

static void
measure_deliveries (BenchTable *table,
                    guint       n_clients)
{
  Server server;
  Clients clients;
  double start;
  double processor;
  double deliveries = (double) n_clients * N_EVENTS;
  g_autofree char *what = g_strdup_printf ("deliveries, %u client%s", n_clients, n_clients > 1 ? "s" : "");

  server_start (&server, table->folder);
  clients_start (&clients, server.path, n_clients, TRUE);
  clients_wait (&clients);
  start = bench_now ();
  processor = processor_seconds ();
  for (guint i = 0; i < N_EVENTS; i++)
    {
      put_one (server.store);
      if (i % EVENTS_A_TURN == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  clients_wait (&clients);
  bench_table_add_rate (table, what, deliveries / (bench_now () - start), 0);
  bench_table_add_rate (table, "  a core of the daemon", deliveries / (processor_seconds () - processor), 0);
  if (n_clients > 1 && deliveries / (processor_seconds () - processor) < WANTED_DELIVERIES)
    table->short_of_aim = TRUE;
  clients_stop (&clients);
  server_stop (&server);
}

static void
measure_idle (BenchTable *table)
{
  Server server;
  Clients clients;
  gsize before;

  server_start (&server, table->folder);
  before = mallinfo2 ().uordblks;
  clients_start (&clients, server.path, N_IDLE, FALSE);
  clients_wait (&clients);
  /* let what the last handshake left behind go */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_print ("%-40s %10.0f\n", "bytes an idle client", (mallinfo2 ().uordblks - before) / (double) N_IDLE);
  clients_stop (&clients);
  server_stop (&server);
}

int
main (int    argc,
      char **argv)
{
  static const guint n_clients[] = { 1, 10, 100 };
  BenchTable table;

  bench_table_init (&table, "watching over WebSocket");
  bench_table_measure_raw (&table);
  for (guint i = 0; i < G_N_ELEMENTS (n_clients); i++)
    measure_deliveries (&table, n_clients[i]);
  measure_idle (&table);
  return bench_table_finish (&table);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * asyncqd
 *
 * Builds the graph of objects (clock, store, engine, dispatcher, work, monitor,
 * bus), runs it, and frees it in reverse order. Who decides what is in the parts.
 */

#include "config.h"

#include "aq-log.h"
#include "aq-notify.h"
#include "aq-options.h"
#include "aq-uuid-file.h"
#include "bus/aq-bus.h"
#include "core/aq-dispatcher.h"
#include "core/aq-engine-claiming.h"
#include "core/aq-engine-quarantine.h"
#include "core/aq-engine-queues.h"
#include "core/aq-engine-schedules.h"
#include "core/aq-event-log.h"
#include "monitor/aq-monitor.h"
#include "store/aq-embedded-store.h"
#include "store/aq-memory-store.h"
#include "work/aq-orphans.h"
#include "work/aq-work.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 65536

/* for what workers have left behind to be gone, when they are */
#define MAX_ORPHANS_USEC (2 * G_USEC_PER_SEC)

typedef struct
{
  AqOptions    *options; /* owned; and the rest, in the order in which it is built */
  AqStore      *store;
  AqEngine     *engine;
  AqEventLog   *event_log;
  AqDispatcher *dispatcher;
  AqCgroups    *cgroups;
  AqWork       *work;
  AqMonitor    *monitor;
  AqBus        *bus;
  char         *uuid;

  GMainLoop    *loop;
  GCancellable *cancellable; /* of the start of work */
  gboolean      starting;    /* work has not answered yet */
  gboolean      draining;    /* it is to end when what runs has */
  int           status;      /* to exit with */
} Daemon;

static int
exit_status_of (const GError *error)
{
  if (error->domain == G_OPTION_ERROR)
    return EX_USAGE;
  if (error->domain != ASYNCQ_ERROR)
    return EX_UNAVAILABLE;
  switch (error->code)
    {
    case ASYNCQ_ERROR_CONFIG:
    case ASYNCQ_ERROR_INVALID:
      return EX_CONFIG;
    case ASYNCQ_ERROR_STORE_CORRUPT:
      return EX_DATAERR;
    case ASYNCQ_ERROR_STORE_FAILED:
    case ASYNCQ_ERROR_STORE_FULL:
      return EX_IOERR;
    case ASYNCQ_ERROR_STORE_LOCKED:
    case ASYNCQ_ERROR_BUSY:
      return EX_TEMPFAIL;
    case ASYNCQ_ERROR_STORE_VERSION:
      return EX_PROTOCOL;
    case ASYNCQ_ERROR_STORE_FOREIGN:
    case ASYNCQ_ERROR_NOT_ALLOWED:
      return EX_NOPERM;
    default:
      return EX_UNAVAILABLE;
    }
}

static void
fail (Daemon       *self,
      const GError *error)
{
  g_printerr ("asyncqd: %s\n", error->message);
  self->status = exit_status_of (error);
  g_main_loop_quit (self->loop);
}

/* The service manager waits no longer than it was told to. */
static void
notify_draining (Daemon *self,
                 guint   n_jobs)
{
  const AqConfig *config = self->options->config;
  /* what runs, then the ladder for it, then for workers that take their leave; and the store */
  gint64 usec = config->drain_timeout_usec + 2 * (config->stop_timeout_usec + config->kill_timeout_usec) +
                10 * G_USEC_PER_SEC;
  g_autofree char *state =
    g_strdup_printf ("STOPPING=1\nSTATUS=Begins no more jobs; %u run\nEXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT,
                     n_jobs, usec);

  aq_notify_service_manager (state);
}

static void
on_drained (gpointer user_data)
{
  Daemon *self = user_data;

  g_main_loop_quit (self->loop);
}

/* Jobs are taken in meanwhile, and wait for the next start. */
static void
drain (Daemon *self)
{
  const AqConfig *config = self->options->config;
  guint n_jobs = aq_work_count_jobs (self->work, NULL);

  self->draining = TRUE;
  aq_engine_set_claiming (self->engine, FALSE);
  if (n_jobs > 0)
    g_message ("%u jobs have %g s to end; to end now, send the signal again", n_jobs,
               (double) config->drain_timeout_usec / G_USEC_PER_SEC);
  notify_draining (self, n_jobs);
  aq_work_drain (self->work, config->drain_timeout_usec, on_drained, self);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  Daemon *self = user_data;

  if (self->draining || self->work == NULL || self->starting || self->options->config->drain_timeout_usec == 0)
    g_main_loop_quit (self->loop);
  else
    drain (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer user_data)
{
  g_message ("SIGHUP is ignored: restart asyncqd to have it read its configuration again");
  return G_SOURCE_CONTINUE;
}

static void
on_store_failed (const GError *error,
                 gpointer      user_data)
{
  fail (user_data, error);
}

static GArray *
dup_pids (const char *agent,
          gpointer    user_data)
{
  Daemon *self = user_data;

  return aq_work_dup_pids (self->work, agent);
}

static guint
count_jobs (const char *agent,
            gpointer    user_data)
{
  Daemon *self = user_data;

  return aq_work_count_jobs (self->work, agent);
}

static const char *
get_cgroups (gpointer user_data)
{
  Daemon *self = user_data;

  return aq_cgroups_describe (self->cgroups);
}

static GVariant *
list_running (gpointer user_data)
{
  Daemon *self = user_data;

  return aq_work_list_running (self->work);
}

static GVariant *
list_troubles (const char *agent,
               gpointer    user_data)
{
  Daemon *self = user_data;

  return aq_work_list_troubles (self->work, agent);
}

static gboolean
is_ending (gpointer user_data)
{
  Daemon *self = user_data;

  return self->draining;
}

static GVariant *
list_plugins (gpointer user_data)
{
  Daemon *self = user_data;

  return aq_work_list_plugins (self->work);
}

static gboolean
reload_plugin (const char *plugin,
               gpointer    user_data)
{
  Daemon *self = user_data;

  return aq_work_reload_plugin (self->work, plugin);
}

/* how many jobs may run at once, at the most */
static guint
count_slots (AqConfig *config)
{
  gboolean has_default = !config->default_agent;
  guint n_slots = 0;

  for (guint i = 0; i < config->agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (config->agents, i);

      has_default |= g_str_equal (agent->name, AQ_AGENT_DEFAULT_NAME);
      n_slots += agent->size;
    }
  return has_default ? n_slots : n_slots + AQ_AGENT_DEFAULT_SIZE;
}

static AqStore *
make_store (AqConfig *config,
            AqClock  *clock)
{
  AqEmbeddedSettings settings;

  if (config->store == AQ_CONFIG_STORE_MEMORY)
    return aq_memory_store_new (clock);
  aq_embedded_settings_init (&settings);
  settings.segment_max_bytes = config->segment_size_bytes;
  settings.segment_min_bytes = MIN (settings.segment_min_bytes, settings.segment_max_bytes);
  settings.max_live_bytes = config->max_live_bytes;
  settings.n_slots = count_slots (config);
  return aq_embedded_store_new_full (config->store_path, clock, &settings, NULL);
}

static gboolean
start_store (Daemon  *self,
             GError **error)
{
  AqConfig *config = self->options->config;
  AqClock *clock = self->options->clock;

  self->store = make_store (config, clock);
  if (!aq_store_open (self->store, error))
    return FALSE;
  aq_store_set_failed (self->store, on_store_failed, self);

  /* the file may be in the folder that the store has just made */
  self->uuid = config->uuid_file != NULL
                 ? aq_uuid_file_load (config->uuid_file, aq_clock_get_wall (clock), error)
                 : aq_uuid_new (aq_clock_get_wall (clock));
  return self->uuid != NULL;
}

static gboolean
configure_agents (Daemon  *self,
                  GError **error)
{
  GPtrArray *agents = self->options->config->agents;
  gboolean has_default = !self->options->config->default_agent;

  for (guint i = 0; i < agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (agents, i);

      has_default |= g_str_equal (agent->name, AQ_AGENT_DEFAULT_NAME);
      if (!aq_engine_configure_agent (self->engine, agent, error))
        return FALSE;
    }
  if (!has_default)
    {
      g_autoptr(AqAgent) agent = aq_agent_new_default ();

      return aq_engine_configure_agent (self->engine, agent, error);
    }
  return TRUE;
}

static gboolean
start_engine (Daemon  *self,
              GError **error)
{
  self->engine = aq_engine_new (self->store, self->options->clock);
  aq_engine_set_quarantine (self->engine, self->options->config->quarantine_jobs);
  aq_engine_set_retention (self->engine, self->options->config->retention);
  aq_engine_set_policies (self->engine, self->options->config->policies);
  aq_engine_set_claiming (self->engine, self->options->config->claiming);
  for (guint i = 0; i < self->options->config->queues->len; i++)
    aq_engine_configure_queue (self->engine, g_ptr_array_index (self->options->config->queues, i));
  /* a configured agent gives way to a stored one of its name */
  return configure_agents (self, error) && aq_engine_start (self->engine, error);
}

/* after the engine: it shows what agents there are from the start */
static void
start_dispatcher (Daemon *self)
{
  self->event_log = aq_event_log_new (self->engine, &self->options->config->log_levels);
  self->dispatcher = aq_dispatcher_new (self->engine, self->uuid, self->options->config->poll_interval_usec);
  aq_dispatcher_set_log (self->dispatcher, self->event_log);
  aq_dispatcher_start (self->dispatcher);
}

static gboolean
start_monitor (Daemon  *self,
               GError **error)
{
  AqConfig *config = self->options->config;
  AqMonitorContext context = {
    .engine = self->engine,
    .dispatcher = self->dispatcher,
    .clock = self->options->clock,
  };
  AqMonitorSettings settings = {
    .socket_path = config->monitor_local ? config->monitor_socket : NULL,
    .tcp = config->monitor_tcp,
    .token_file = config->monitor_token_file,
    .allowed_hosts = (const char * const *) config->monitor_hosts,
    .allowed_origins = (const char * const *) config->monitor_origins,
    .optional = config->monitor_optional,
    .max_connections = config->monitor_connections,
    .max_connections_each = config->monitor_connections_each,
    .ping_seconds = config->monitor_ping_seconds,
  };

  self->monitor = aq_monitor_new (&context, &settings);
  return aq_monitor_start (self->monitor, error);
}

static gboolean
start_bus (Daemon  *self,
           GError **error)
{
  AqBusSettings settings = {
    .socket_path = self->options->config->socket,
    .bus_type = self->options->config->bus,
    .uuid = self->uuid,
    .version = VERSION,
    .monitor_address = aq_monitor_get_address (self->monitor),
    .retention = self->options->config->retention,
    .dup_pids = dup_pids,
    .count_jobs = count_jobs,
    .list_plugins = list_plugins,
    .reload_plugin = reload_plugin,
    .get_cgroups = get_cgroups,
    .list_running = list_running,
    .list_troubles = list_troubles,
    .is_ending = is_ending,
    .user_data = self,
  };

  self->bus = aq_bus_new (self->engine, &settings);
  return aq_bus_start (self->bus, error);
}

/* clients are served, and schedules make jobs, once every plugin that is there can be called */
static void
on_work_started (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Daemon *self = user_data;
  g_autoptr(GError) error = NULL;

  self->starting = FALSE;
  if (!aq_work_start_finish (self->work, result, &error) || !start_monitor (self, &error) ||
      !start_bus (self, &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        fail (self, error);
      return;
    }
  aq_engine_set_scheduling (self->engine, self->options->config->scheduling);
  g_message ("dispatcher %s serves at '%s'", self->uuid, self->options->config->socket);
  aq_notify_ready_fd (self->options->ready_fd);
  aq_notify_service_manager ("READY=1");
}

/* agents would try again and again */
static gboolean
check_worker (Daemon  *self,
              GError **error)
{
  const char *worker = self->options->config->worker;

  if (access (worker, X_OK) == 0)
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_CONFIG,
               "cannot run jobs with '%s': %s; set --worker, or 'worker' in [daemon]", worker,
               g_strerror (errno));
  return FALSE;
}

/* before there are threads that would have to move as well */
static gboolean
start_cgroups (Daemon  *self,
               GError **error)
{
  self->cgroups = aq_cgroups_new (self->options->config->cgroup_mode, NULL, error);
  if (self->cgroups != NULL)
    g_debug ("control groups: %s", aq_cgroups_describe (self->cgroups));
  return self->cgroups != NULL;
}

static void
start_work (Daemon *self)
{
  AqConfig *config = self->options->config;
  AqWorkSettings settings = {
    .worker_program = config->worker,
    .plugin_directories = (const char * const *) config->plugin_directories,
    .plugin_settings = config->plugin_settings,
    .function_rules = config->function_rules,
    .cgroups = self->cgroups,
    .stop_timeout_usec = config->stop_timeout_usec,
    .kill_timeout_usec = config->kill_timeout_usec,
    .worker_max_jobs = config->worker_max_jobs,
    .worker_max_memory_bytes = config->worker_max_memory_bytes,
  };

  self->work = aq_work_new (self->engine, &settings);
  self->cancellable = g_cancellable_new ();
  self->starting = TRUE;
  aq_work_start_async (self->work, self->cancellable, on_work_started, self);
}

static void
run (Daemon *self)
{
  g_autoptr(GError) error = NULL;

  if (!check_worker (self, &error) || !start_cgroups (self, &error) || !start_store (self, &error) || !start_engine (self, &error))
    {
      fail (self, error);
      return;
    }
  start_dispatcher (self);
  start_work (self);
  if (self->status == EX_OK)
    g_main_loop_run (self->loop);
  aq_notify_service_manager ("STOPPING=1");
}

static void
stop (Daemon *self)
{
  g_autoptr(GError) error = NULL;

  g_clear_pointer (&self->bus, aq_bus_free);
  g_clear_pointer (&self->monitor, aq_monitor_free);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  while (self->starting)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&self->cancellable);
  if (self->work != NULL)
    aq_work_stop (self->work);
  g_clear_pointer (&self->work, aq_work_free);
  if (aq_orphans_finish (MAX_ORPHANS_USEC) > 0)
    g_warning ("processes that jobs have left behind do not end");
  if (self->dispatcher != NULL)
    aq_dispatcher_stop (self->dispatcher);
  if (self->engine != NULL)
    aq_engine_stop (self->engine);
  if (self->store != NULL)
    {
      aq_store_set_failed (self->store, NULL, NULL);
      /* what failed while it ran was told already */
      if (!aq_store_close (self->store, &error) && self->status == EX_OK)
        fail (self, error);
    }
  g_clear_pointer (&self->dispatcher, aq_dispatcher_free);
  g_clear_pointer (&self->event_log, aq_event_log_free);
  g_clear_pointer (&self->engine, aq_engine_free);
  g_clear_object (&self->store);
  g_clear_pointer (&self->cgroups, aq_cgroups_free);
  g_clear_pointer (&self->uuid, g_free);
}

/* a client has a descriptor or two, and there may be hundreds */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= MAX_DESCRIPTORS)
    return;
  limit.rlim_cur = MIN (limit.rlim_max, MAX_DESCRIPTORS);
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    g_message ("could not raise the limit of open files");
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(AqOptions) options = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  Daemon self = { .loop = loop };

  setlocale (LC_ALL, "");
  options = aq_options_parse (&argc, &argv, &error);
  if (options == NULL)
    {
      fail (&self, error);
      return self.status;
    }
  if (options->show_version)
    g_print ("asyncqd %s\n", VERSION);
  if (options->show_version || options->check_config)
    return EX_OK;

  aq_log_install (&options->config->log_levels);
  /* a peer that is gone, and a file that grows too large, are errors of the call in question */
  (void) signal (SIGPIPE, SIG_IGN);
  (void) signal (SIGXFSZ, SIG_IGN);
  (void) g_unix_signal_add (SIGTERM, on_stop_signal, &self);
  (void) g_unix_signal_add (SIGINT, on_stop_signal, &self);
  (void) g_unix_signal_add (SIGHUP, on_hangup, &self);
  raise_descriptor_limit ();
  if (!aq_orphans_adopt ())
    g_message ("the system does not tell of processes that jobs leave behind");

  self.options = options;
  run (&self);
  stop (&self);
  return self.status;
}

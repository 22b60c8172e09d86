/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One worker process
 *
 * Holds the process, its socket, and the jobs that it was given, in the order in
 * which it runs them. What goes to it waits in aq-outgoing.c.
 *
 * What comes back is checked in aq-incoming.c. The first thing that cannot be true
 * ends the process: it is killed, nothing more of it is read, and the reason is
 * given as the way in which it ended.
 */

#include "config.h"

#include "work/aq-worker.h"

#include "work/aq-binding.h"
#include "work/aq-incoming.h"
#include "work/aq-launch.h"
#include "work/aq-outgoing.h"
#include "work/aq-plugin-view.h"
#include "work/aq-process.h"
#include "work/aq-run-output.h"
#include "work/aq-usage-told.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BYTES (256 * 1024)

/* a process whose socket has closed is about to end; else it has done that on purpose */
#define CLOSED_USEC G_USEC_PER_SEC

struct _AqWorker
{
  guint          ref_count;
  AqWorkerHooks  hooks;
  gpointer       user_data;
  AqClock       *clock;

  AqProcess      process;
  AqResourceGuard *guard;     /* owned, nullable */
  guint          pid;         /* also after it was reaped */
  int            fd;
  GSource       *socket;      /* NULL once nothing more is read */
  gpointer       socket_tag;
  GSource       *ending;
  AqTimer       *closed;      /* since the socket was closed */
  char          *fault;       /* what it did that it was killed for, and nothing more of it was read */
  char          *reason;      /* why it was terminated or killed by no fault of its channel */
  AqLadder      *ladder;      /* nullable: since it was asked to end */
  AqBinding      binding;
  AqRunOutput   *output;      /* NULL once nothing of it is read any more */
  int            report_fd;   /* what it leaves if it crashes; -1: once that was given on */
  gboolean       waits_to_send;

  AqIncoming     in;
  AqOutgoing     out;
  GHashTable    *loaded;      /* id → AqPlugin, owned: what it has, or will have, loaded */
  AqPlugin      *loaded_last; /* of these; not owned */

  AqRunQueue     runs;
};

typedef struct
{
  GSource   source;
  AqWorker *worker; /* not owned: it owns us */
} SocketSource;

static void
stop_reading (AqWorker *self)
{
  if (self->socket == NULL)
    return;
  g_source_destroy (self->socket);
  g_clear_pointer (&self->socket, g_source_unref);
}

/* Takes @fault, the first one counts. */
static void
condemn (AqWorker *self,
         char     *fault)
{
  if (self->fault == NULL)
    self->fault = fault;
  else
    g_free (fault);
  stop_reading (self);
  aq_worker_kill (self);
}

static void
on_closed_for_long (gpointer user_data)
{
  AqWorker *self = user_data;

  condemn (self, g_strdup ("was killed, as it had closed its channel,"));
}

static void
on_closed (AqWorker *self)
{
  stop_reading (self);
  if (self->closed == NULL && self->process.pid != 0)
    self->closed = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC,
                                 aq_clock_get_monotonic (self->clock) + CLOSED_USEC,
                                 on_closed_for_long, self);
}

/* Returns: whether there may be more */
static gboolean
receive (AqWorker *self)
{
  g_autoptr(GError) error = NULL;
  gsize room = MAX (RECEIVE_BYTES, aq_wire_buffer_wanted (&self->in.buffer));
  guint8 *data = aq_wire_buffer_reserve (&self->in.buffer, room);
  gssize n_received = recv (self->fd, data, room, MSG_DONTWAIT);

  if (n_received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return FALSE;
  if (n_received <= 0)
    {
      on_closed (self);
      return FALSE;
    }
  self->in.buffer.end += (gsize) n_received;
  if (self->output != NULL)
    aq_run_output_read (self->output);
  if (!aq_incoming_handle (&self->in, self, &self->hooks, self->user_data, &error))
    condemn (self, g_strdup_printf ("was killed for a protocol error (%s)", error->message));
  return self->fault == NULL && (gsize) n_received == room;
}

static void
set_waits_to_send (AqWorker *self,
                   gboolean  waits)
{
  if (self->waits_to_send == waits || self->socket == NULL)
    return;
  self->waits_to_send = waits;
  g_source_modify_unix_fd (self->socket, self->socket_tag, waits ? G_IO_IN | G_IO_OUT : G_IO_IN);
}

static void
flush (AqWorker *self)
{
  set_waits_to_send (self, self->process.pid != 0 && aq_outgoing_flush (&self->out, self->fd));
}

static gboolean
dispatch_socket (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  g_autoptr(AqWorker) self = aq_worker_ref (((SocketSource *) source)->worker);
  GIOCondition condition = g_source_query_unix_fd (source, self->socket_tag);

  if ((condition & G_IO_OUT) != 0)
    flush (self);
  if ((condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0)
    {
      (void) receive (self); /* more of it comes with the next turn of the loop */
      self->hooks.handled (self, self->user_data);
    }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs socket_funcs = { .dispatch = dispatch_socket };

/* The process has ended: what it had sent still counts. */
static void
receive_rest (AqWorker *self)
{
  while (self->socket != NULL && receive (self))
    ;
  stop_reading (self);
  g_clear_pointer (&self->closed, aq_timer_free);
  g_clear_pointer (&self->ladder, aq_ladder_free);
  aq_binding_clear (&self->binding);
}

static void
finish (AqWorker *self)
{
  g_autofree char *how = NULL;
  g_auto(AqDeath) death = { .pid = self->pid, .report_fd = -1 };

  receive_rest (self);
  how = aq_process_reap (&self->process, &death.end);
  if (self->output != NULL)
    aq_run_output_read (self->output);
  self->in.output = NULL;
  g_clear_pointer (&self->output, aq_run_output_free);
  if (self->reason != NULL || self->fault != NULL)
    {
      g_free (how);
      how = g_strdup (self->fault != NULL ? self->fault : self->reason);
    }
  death.how = g_strdup_printf ("worker %u %s", self->pid, how);
  death.is_fault = self->fault != NULL;
  death.usage = death.end.usage;
  aq_usage_subtract (&death.usage, &self->in.told);
  aq_death_take_report (&death, g_steal_fd (&self->report_fd));
  self->hooks.ended (self, &death, self->user_data);
}

static gboolean
on_ended (gint         fd,
          GIOCondition condition,
          gpointer     user_data)
{
  g_autoptr(AqWorker) self = aq_worker_ref (user_data);

  finish (self);
  return G_SOURCE_REMOVE;
}

static void
attach_sources (AqWorker *self)
{
  GMainContext *context = g_main_context_get_thread_default ();

  self->socket = g_source_new (&socket_funcs, sizeof (SocketSource));
  ((SocketSource *) self->socket)->worker = self;
  self->socket_tag = g_source_add_unix_fd (self->socket, self->fd, G_IO_IN);
  g_source_attach (self->socket, context);

  self->ending = g_unix_fd_source_new (self->process.pidfd, G_IO_IN);
  g_source_set_callback (self->ending, G_SOURCE_FUNC (on_ended), self, NULL);
  g_source_attach (self->ending, context);
}

/* It is said whose it is, as far as that can be told. */
static char *
dup_output_name (gpointer user_data)
{
  AqWorker *self = user_data;
  AqRun *run = aq_worker_get_running (self);

  if (run == NULL)
    return g_strdup_printf ("worker %u", self->pid);
  return g_strdup_printf ("worker %u (%s, job %" G_GUINT64_FORMAT ")", self->pid, run->function->name, run->id);
}

static void
on_output (const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  AqWorker *self = user_data;
  AqRun *run = aq_worker_get_running (self);

  if (run == NULL)
    return;
  aq_witness_add_output (aq_run_need_witness (run), data, size);
  self->hooks.printed (self, run, self->user_data);
}

/**
 * aq_worker_new:
 * @clock: the clock
 * @program: path of asyncq-worker
 * @agent: name of the agent that it works for
 * @hooks: what is called, from the main loop; each may drop its reference
 * @user_data: for @hooks
 * @error: return location for an error
 *
 * Starts a worker.
 */
AqWorker *
aq_worker_new (AqClock              *clock,
               const char           *program,
               const char           *agent,
               const AqWorkerHooks  *hooks,
               gpointer              user_data,
               GError              **error)
{
  static const AqRunOutputHooks output_hooks = { on_output, dup_output_name };
  g_autoptr(AqWorker) self = g_new0 (AqWorker, 1);
  AqLaunch launch;

  self->ref_count = 1;
  self->clock = aq_clock_ref (clock);
  self->hooks = *hooks;
  self->user_data = user_data;
  self->fd = -1;
  self->report_fd = -1;
  aq_outgoing_init (&self->out);
  self->loaded = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) aq_plugin_unref);
  aq_incoming_init (&self->in, &self->binding, self->loaded);
  if (!aq_launch_spawn (&launch, program, error))
    return NULL;

  self->process = launch.process;
  self->pid = (guint) self->process.pid;
  self->fd = launch.channel_fd;
  self->report_fd = launch.report_fd;
  self->output = aq_run_output_new (launch.output_fd, &output_hooks, self);
  self->in.output = self->output;

  attach_sources (self);
  aq_wire_append_settings (&self->out.buffer, &(AqWireSettings) { AQ_WIRE_VERSION, agent });
  aq_worker_send_until (self, aq_worker_get_position (self));
  return g_steal_pointer (&self);
}

AqWorker *
aq_worker_ref (AqWorker *self)
{
  self->ref_count++;
  return self;
}

void
aq_worker_unref (AqWorker *self)
{
  if (--self->ref_count > 0)
    return;

  g_assert (self->process.pid == 0);
  aq_worker_drop_runs (self, 0, self->runs.n_runs);
  g_clear_pointer (&self->guard, aq_resource_guard_free);
  stop_reading (self);
  if (self->ending != NULL)
    {
      g_source_destroy (self->ending);
      g_source_unref (self->ending);
    }
  if (self->fd >= 0)
    (void) close (self->fd); /* nobody is at its other end */
  self->in.output = NULL;
  g_clear_pointer (&self->output, aq_run_output_free);
  if (self->report_fd >= 0)
    (void) close (self->report_fd); /* memory */
  aq_incoming_clear (&self->in);
  aq_outgoing_clear (&self->out);
  g_hash_table_unref (self->loaded);
  g_clear_pointer (&self->ladder, aq_ladder_free);
  aq_clock_unref (self->clock);
  g_free (self->fault);
  g_free (self->reason);
  g_free (self);
}

/* ends the process soon; `ended` is called then */
void
aq_worker_kill (AqWorker *self)
{
  if (self->process.pid != 0)
    aq_process_kill (&self->process);
}

/* likewise; takes @reason, "was killed, as …,", which is told as the way in which it ended */
void
aq_worker_kill_for (AqWorker *self,
                    char     *reason)
{
  g_free (self->reason);
  self->reason = reason;
  aq_worker_kill (self);
}

/* likewise, but only asks it to: it may not, and is not to be given more jobs then */
void
aq_worker_terminate_for (AqWorker *self,
                         char     *reason)
{
  g_free (self->reason);
  self->reason = reason;
  if (self->process.pid != 0)
    aq_process_terminate (&self->process);
}

static void
on_rung (AqRung    rung,
         char     *reason,
         gpointer  user_data)
{
  AqWorker *self = user_data;

  if (rung == AQ_RUNG_TERMINATED)
    aq_worker_terminate_for (self, reason);
  else
    aq_worker_kill_for (self, reason);
}

/**
 * aq_worker_retire:
 * @self: a worker without jobs
 * @times: how long it may take
 *
 * Asks the process to end: the stream ends, and with it the process once what its
 * plugins want to do then is done. `ended` is called.
 */
void
aq_worker_retire (AqWorker            *self,
                  const AqLadderTimes *times)
{
  if (self->process.pid == 0 || self->ladder != NULL)
    return;
  if (shutdown (self->fd, SHUT_WR) < 0)
    aq_worker_kill (self);
  self->ladder = aq_ladder_new (self->clock, times, on_rung, self);
}

/**
 * aq_worker_end:
 * @self: a worker
 *
 * Kills the process and waits until it is gone, which takes no longer than the
 * system does. What it had sent still counts, but `ended` is not called; the jobs
 * that are left in line stay for the caller.
 */
void
aq_worker_end (AqWorker *self)
{
  if (self->process.pid == 0)
    return;
  aq_process_kill (&self->process);
  g_source_destroy (self->ending);
  g_clear_pointer (&self->ending, g_source_unref);
  g_free (aq_process_reap (&self->process, NULL));
  receive_rest (self);
  self->in.output = NULL;
  g_clear_pointer (&self->output, aq_run_output_free);
}

gboolean
aq_worker_has_profile (AqWorker        *self,
                       const AqProfile *profile)
{
  return aq_binding_is (&self->binding, profile);
}

gboolean
aq_worker_is_blank (AqWorker *self)
{
  return !self->binding.bound;
}

gboolean
aq_worker_is_unfit (AqWorker *self)
{
  return self->binding.unfit;
}

/* has removed what a job has left that is over */
void
aq_worker_collect (AqWorker *self)
{
  aq_binding_collect (&self->binding);
}

guint
aq_worker_get_pid (AqWorker *self)
{
  return self->pid;
}

/* takes @guard, which sees to the limits of its jobs */
void
aq_worker_set_guard (AqWorker        *self,
                     AqResourceGuard *guard)
{
  self->guard = guard;
}

/* Returns: (nullable) (transfer none) */
AqResourceGuard *
aq_worker_get_guard (AqWorker *self)
{
  return self->guard;
}

/* whether it was killed by us, for what it sent or did not do */
gboolean
aq_worker_was_killed (AqWorker *self)
{
  return self->reason != NULL || self->fault != NULL;
}

/* whether it has told that it is there, and still is */
gboolean
aq_worker_is_ready (AqWorker *self)
{
  return self->in.ready && self->fault == NULL && self->socket != NULL;
}

/* whether it was told to end by no fault of its own, and may do so at any time */
gboolean
aq_worker_is_doomed (AqWorker *self)
{
  return self->reason != NULL || self->ladder != NULL;
}

/* adds which generations it has loaded: see aq-plugin-view.h */
void
aq_worker_count_plugins (AqWorker   *self,
                         GHashTable *workers)
{
  GHashTableIter iter;
  gpointer plugin;

  g_hash_table_iter_init (&iter, self->loaded);
  while (g_hash_table_iter_next (&iter, NULL, &plugin))
    aq_plugin_view_count_worker (workers, ((const AqPlugin *) plugin)->id, ((const AqPlugin *) plugin)->generation);
}

/* whether it has a generation of the plugin that is not @newest, which may be NULL */
gboolean
aq_worker_has_older (AqWorker   *self,
                     const char *plugin,
                     AqPlugin   *newest)
{
  AqPlugin *loaded = g_hash_table_lookup (self->loaded, plugin);

  return loaded != NULL && loaded != newest;
}

guint
aq_worker_get_n_runs (AqWorker *self)
{
  return self->runs.n_runs;
}

/* how long the jobs in line are expected to take, ns */
double
aq_worker_get_load (AqWorker *self)
{
  return self->runs.load_nsec;
}

/* how many bytes wait to be sent */
gsize
aq_worker_get_unsent (AqWorker *self)
{
  return aq_outgoing_get_unsent (&self->out);
}

AqRun *
aq_worker_get_run (AqWorker *self,
                   guint     index)
{
  g_assert (index < self->runs.n_runs);

  return aq_run_queue_at (&self->runs, index);
}

/* Returns: (nullable): the first in line, if it is on its way */
AqRun *
aq_worker_get_running (AqWorker *self)
{
  AqRun *first = aq_run_queue_at (&self->runs, 0);

  return self->runs.n_runs > 0 && first->end <= self->out.allowed ? first : NULL;
}

/* Returns: whether the job of that lease is in line, at @out_index */
gboolean
aq_worker_find_run (AqWorker *self,
                    guint64   lease,
                    guint    *out_index)
{
  for (guint i = 0; i < self->runs.n_runs; i++)
    if (aq_run_queue_at (&self->runs, i)->lease == lease)
      {
        *out_index = i;
        return TRUE;
      }
  return FALSE;
}

/* Returns: (transfer full) (element-type AqPlugin): what it has loaded, @first first */
GPtrArray *
aq_worker_dup_plugins (AqWorker *self,
                       AqPlugin *first)
{
  GPtrArray *plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_plugin_unref);
  GHashTableIter iter;
  gpointer plugin;

  g_ptr_array_add (plugins, aq_plugin_ref (first));
  g_hash_table_iter_init (&iter, self->loaded);
  while (g_hash_table_iter_next (&iter, NULL, &plugin))
    if (plugin != first)
      g_ptr_array_add (plugins, aq_plugin_ref (plugin));
  return plugins;
}

static void
load (AqWorker *self,
      AqPlugin *plugin)
{
  g_assert (!aq_worker_has_older (self, plugin->id, plugin));

  aq_outgoing_attach (&self->out, plugin);
  aq_wire_append_load (&self->out.buffer, &(AqWireLoad) {
    plugin->generation, plugin->id,
    g_variant_get_data (plugin->settings), g_variant_get_size (plugin->settings),
  });
  g_hash_table_insert (self->loaded, plugin->id, aq_plugin_ref (plugin));
}

/**
 * aq_worker_push_run:
 * @self: a worker with fewer than %AQ_WORKER_MAX_RUNS jobs
 * @run: the job; copied
 * @function: its function, of a generation that the worker has loaded or can load
 * @queue: the queue that it came from
 *
 * Puts a job at the end of the line. It goes out with aq_worker_send_until().
 */
void
aq_worker_push_run (AqWorker         *self,
                    const AqWireRun  *run,
                    AqPluginFunction *function,
                    GRefString       *queue)
{
  gboolean loads = FALSE;

  aq_binding_bind (&self->binding, function->profile, &self->out.buffer, aq_worker_get_position (self));
  if (function->plugin != self->loaded_last)
    {
      loads = g_hash_table_lookup (self->loaded, function->plugin->id) != function->plugin;
      if (loads)
        load (self, function->plugin);
      self->loaded_last = function->plugin;
    }
  aq_wire_append_run (&self->out.buffer, run);
  aq_run_queue_push (&self->runs, &(AqRun) {
    .id = run->id,
    .lease = run->lease,
    .end = aq_worker_get_position (self),
    .function = function,
    .queue = g_ref_string_acquire (queue),
    .cost_nsec = aq_plugin_function_cost (function),
    .loads = loads,
  });
  (void) aq_plugin_ref (function->plugin);
}

/**
 * aq_worker_bind_run:
 * @self: a worker
 * @object: the object that the job that was pushed last is bound to
 * @version: the version that went with it
 *
 * Keeps what the end of the job needs. Nothing is put in line behind such a job.
 */
void
aq_worker_bind_run (AqWorker   *self,
                    const char *object,
                    guint64     version)
{
  AqRun *run = aq_run_queue_set_alone (&self->runs);

  run->object = g_strdup (object);
  run->object_version = version;
}

/* the job that was pushed last may take no more than @grant, and is alone */
void
aq_worker_limit_run (AqWorker              *self,
                     const AqResourceGrant *grant)
{
  aq_run_queue_set_alone (&self->runs)->grant = grant;
}

/**
 * aq_worker_drop_runs:
 * @self: a worker
 * @index: the first to go
 * @n_runs: how many
 *
 * Takes jobs out of the line.
 */
void
aq_worker_drop_runs (AqWorker *self,
                     guint     index,
                     guint     n_runs)
{
  g_assert (index + n_runs <= self->runs.n_runs);

  for (guint i = index; i < index + n_runs && self->guard != NULL; i++)
    if (aq_run_queue_at (&self->runs, i)->grant != NULL)
      aq_resource_guard_end (self->guard, aq_run_queue_at (&self->runs, i)->lease);
  aq_run_queue_drop (&self->runs, index, n_runs);
}

/* where in the stream the next frame will begin */
guint64
aq_worker_get_position (AqWorker *self)
{
  return aq_outgoing_get_position (&self->out);
}

/* The process gets the limits of a job before the job. Where no job has any this does nothing. */
static void
set_limits (AqWorker *self,
            guint64   position)
{
  for (guint i = 0; i < self->runs.n_runs && self->guard != NULL; i++)
    {
      AqRun *run = aq_run_queue_at (&self->runs, i);

      if (run->end > self->out.allowed && run->end <= position)
        aq_resource_guard_begin (self->guard, run->function->name, run->lease, run->grant);
    }
}

/**
 * aq_worker_send_until:
 * @self: a worker
 * @position: from aq_worker_get_position()
 *
 * Sends what was pushed before that position, as far as the socket takes it, and
 * the rest later.
 */
void
aq_worker_send_until (AqWorker *self,
                      guint64   position)
{
  set_limits (self, position);
  aq_outgoing_allow (&self->out, position);
  flush (self);
}

/**
 * aq_worker_cancel:
 * @self: a worker
 * @lease: of a job that may go out, or has
 *
 * Asks the job to stop. What it has to do with that is the function's: it may
 * be done already.
 */
void
aq_worker_cancel (AqWorker *self,
                  guint64   lease)
{
  aq_wire_append_cancel (&self->out.asides, lease);
  flush (self);
}

/* tells the running job what came of what it had asked for */
void
aq_worker_answer (AqWorker           *self,
                  const AqWireAnswer *answer)
{
  aq_wire_append_answer (&self->out.asides, answer);
  flush (self);
}

/* how many of the jobs in line may go out, or have */
guint
aq_worker_get_n_sendable (AqWorker *self)
{
  guint n_sendable = 0;

  while (n_sendable < self->runs.n_runs && aq_run_queue_at (&self->runs, n_sendable)->end <= self->out.allowed)
    n_sendable++;
  return n_sendable;
}

/* takes back what may not go out and never will; its jobs are the caller's to drop */
void
aq_worker_drop_unsendable (AqWorker *self)
{
  aq_outgoing_take_back (&self->out, self->loaded);
  self->loaded_last = NULL; /* it may be one of those */
  aq_binding_undo (&self->binding, self->out.allowed);
  flush (self);
}

/* a position that was got before this has changed is of a stream that was not to be */
guint
aq_worker_get_n_drops (AqWorker *self)
{
  return self->out.n_drops;
}

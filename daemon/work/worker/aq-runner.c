/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The thread that runs functions
 *
 * Takes one frame after another: loads plugins, runs jobs, and sends what each
 * job came to as soon as it is known, so that when the process dies, the first
 * job without an answer is the one that ran. See aq-watcher.c for the locking.
 *
 * While jobs are deferred it takes turns of the main loop, see aq-turn.c, and
 * looks for frames and for ends in between. Only jobs of a function that declares
 * that many may be open at once are begun then; of these it is told when each
 * begins, so that those that had begun are known when the process dies.
 */

#include "config.h"

#include "work/worker/aq-runner.h"

#include "work/worker/aq-cell.h"
#include "work/worker/aq-fitness.h"
#include "work/worker/aq-leftovers.h"
#include "work/worker/aq-loaded-plugin.h"
#include "work/worker/aq-meter.h"
#include "work/worker/aq-parent.h"
#include "work/worker/aq-surroundings.h"
#include "work/worker/aq-turn.h"
#include "work/worker/aq-watcher.h"

#include "libasyncq/asyncq-error.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  AqWatcher        watcher;
  AqTurn           turn;
  AqCell           cell;
  AqMeter         *meter;     /* not owned */
  char            *agent;
  GHashTable      *functions; /* char * → AqCallable, owned */
  GHashTable      *refusals;  /* char * → char *: plugin → why it was refused */
  GSList          *set_up;    /* of AqLoadedPlugin: that were set up, the last one first */
  GVariant        *no_arguments;
  AqWorkerContext *context;   /* of the last job and, unless shared, of the next; nullable */
} AqRunner;

static gboolean
ask (AqWireAsk  *ask,
     GVariant  **out_value,
     gpointer    user_data,
     GError    **error)
{
  AqRunner *self = user_data;

  return aq_asker_ask (&self->watcher, ask, out_value, error);
}

static gboolean
tell (AqWireAsk  *ask,
      gpointer    user_data,
      GError    **error)
{
  AqRunner *self = user_data;

  return aq_asker_tell (&self->watcher, ask, error);
}

static void
log_line (AqWireAsk *ask,
          gpointer   user_data)
{
  AqRunner *self = user_data;

  aq_asker_log (&self->watcher, ask);
}

static void
set_progress (guint64   lease,
              GVariant *progress,
              gpointer  user_data)
{
  AqRunner *self = user_data;

  aq_asker_set_progress (&self->watcher, lease, progress);
}

static void
ended (guint64  lease,
       gpointer user_data)
{
  AqRunner *self = user_data;

  aq_watcher_note_end (&self->watcher, lease);
}

static const AqWorkerContextHooks context_hooks = { ask, tell, set_progress, ended, log_line };

static void
send_out (AqRunner *self)
{
  aq_channel_send (&self->watcher.channel, &self->watcher.out);
}

/* The fields point into the frame, which is gone once the lock is released. */
static void
add_functions (AqRunner       *self,
               AqLoadedPlugin *plugin)
{
  for (guint i = 0; i < plugin->functions->len; i++)
    {
      AqCallable *callable = g_new0 (AqCallable, 1);

      callable->plugin = plugin;
      callable->function = g_ptr_array_index (plugin->functions, i);
      callable->run_nsec = AQ_METER_FINE_NSEC;
      g_hash_table_replace (self->functions, callable->function->full_name, callable);
    }
}

static void
load_plugin (AqRunner         *self,
             const AqWireLoad *load)
{
  g_autofree char *id = g_strdup (load->plugin);
  g_autofree char *file = g_strconcat (id, ".so", NULL);
  g_autofree char *message = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new (load->settings, load->settings_size);
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GError) error = NULL;
  guint32 generation = load->generation;
  int fd = aq_channel_take_descriptor (&self->watcher.channel);
  AqLoadedPlugin *plugin;

  if (fd < 0)
    {
      g_printerr ("asyncq-worker %d ends: a plugin to load came without its file\n", (int) getpid ());
      aq_parent_leave (AQ_WIRE_EXIT_NO_FILE);
    }
  if (self->cell.refusal != NULL)
    {
      (void) close (fd); /* its constructors are not run here either */
      return;
    }
  settings = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a{ss}"), bytes, FALSE));

  aq_surroundings_keep ();
  aq_watcher_begin (&self->watcher, AQ_ACTIVITY_LOADING);
  pthread_mutex_unlock (&self->watcher.lock);
  plugin = aq_loaded_plugin_open (fd, file, id, &error);
  aq_leftovers_accept ();
  pthread_mutex_lock (&self->watcher.lock);
  aq_watcher_end (&self->watcher);

  if (plugin == NULL)
    {
      message = g_utf8_make_valid (error->message, -1);
      aq_wire_append_refused (&self->watcher.out, &(AqWireLoaded) { generation, id, message });
      g_hash_table_replace (self->refusals, g_steal_pointer (&id), g_steal_pointer (&message));
    }
  else
    {
      aq_loaded_plugin_set_settings (plugin, settings);
      add_functions (self, plugin);
      aq_wire_append_loaded (&self->watcher.out, &(AqWireLoaded) { generation, id, "" });
    }
  send_out (self);
}

static void
set_no_such_function (AqRunner         *self,
                      const AqWireRun  *run,
                      GError          **error)
{
  const char *dot = strchr (run->function, '.');
  const char *refusal = NULL;

  if (dot != NULL)
    {
      g_autofree char *plugin = g_strndup (run->function, (gsize) (dot - run->function));

      refusal = g_hash_table_lookup (self->refusals, plugin);
    }
  if (refusal != NULL)
    g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, refusal);
  else
    g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION,
                 "no loaded plugin declares a function '%s'", run->function);
}

static GVariant *
copy_arguments (AqRunner        *self,
                const AqWireRun *run)
{
  gpointer data;

  if (strcmp (run->arguments_type, "()") == 0)
    return g_variant_ref (self->no_arguments);

  data = g_memdup2 (run->arguments, run->arguments_size);
  return g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (run->arguments_type), data,
                                                      run->arguments_size, FALSE, g_free, data));
}

/* Takes what a job needs out of its frame. FALSE: it cannot be run at all. */
static gboolean
prepare (AqRunner         *self,
         const AqWireRun  *run,
         AqTask           *task,
         GError          **error)
{
  AqCallable *callable = g_hash_table_lookup (self->functions, run->function);
  const char *wanted;

  if (!aq_cell_admits (&self->cell, run->function, error))
    return FALSE;
  if (callable == NULL)
    {
      set_no_such_function (self, run, error);
      return FALSE;
    }
  /* the job may be older than the plugin, and a function trusts the types that it declares */
  wanted = callable->function->arguments_type;
  if (strcmp (wanted, run->arguments_type) != 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "the job has arguments of type '%s', its function wants '%s'",
                   run->arguments_type, wanted);
      return FALSE;
    }
  if (g_strcmp0 (callable->function->object, run->object.type) != 0 && callable->function->object != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_ARGUMENTS,
                   "the job is bound to %s%s, its function wants an object of type '%s'",
                   run->object.type == NULL ? "no object" : "an object of type ",
                   run->object.type == NULL ? "" : run->object.type, callable->function->object);
      return FALSE;
    }
  if (self->context == NULL || aq_worker_context_is_shared (self->context))
    {
      g_clear_object (&self->context);
      self->context = aq_worker_context_new (self->agent, &context_hooks, self);
    }
  aq_worker_context_begin (self->context, run, callable->plugin->settings);
  *task = (AqTask) { .lease = run->lease, .callable = callable, .context = g_steal_pointer (&self->context),
                     .arguments = copy_arguments (self, run) };
  return TRUE;
}

/* The context serves another job, unless somebody holds it, or may tell the end of a deferred job twice. */
static void
forget (AqRunner *self,
        AqTask   *task)
{
  if (self->context == NULL && !aq_worker_context_is_deferred (task->context))
    self->context = g_steal_pointer (&task->context);
  aq_task_clear (task);
}

static void
append_failure (AqRunner     *self,
                AqWireDone   *done,
                const GError *failure)
{
  g_autofree char *message = g_utf8_make_valid (failure->message, -1);
  g_autoptr(GVariant) value = NULL;

  value = g_variant_ref_sink (g_variant_new ("(sis)", g_quark_to_string (failure->domain),
                                             failure->code, message));
  done->failed = 1;
  done->returned = AQ_WIRE_NONE_RETURNED;
  done->result_type = "(sis)";
  done->result = g_variant_get_data (value);
  done->result_size = g_variant_get_size (value);
  done->puts = NULL;
  done->puts_size = 0;
  aq_wire_append_done (&self->watcher.out, done);
}

/* It asks to run again later: whatever it has put comes then. */
static void
append_snooze (AqRunner   *self,
               AqTask     *task,
               AqWireDone *done,
               GVariant   *value)
{
  g_autoptr(GVariant) result = g_steal_pointer (&value);
  g_autoptr(GError) error = NULL;

  if (result != NULL || aq_worker_context_get_returned (task->context) != AQ_WIRE_NONE_RETURNED)
    {
      error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT, "'%s' snoozed, and returned a %s as well",
                           task->callable->function->full_name, result != NULL ? "value" : "job");
      append_failure (self, done, error);
      return;
    }
  done->snoozed = 1;
  done->snooze_usec = (guint64) aq_worker_context_get_snooze (task->context);
  done->returned = AQ_WIRE_NONE_RETURNED;
  done->result_type = "";
  aq_wire_append_done (&self->watcher.out, done);
}

static void
append_result (AqRunner   *self,
               AqTask     *task,
               AqWireDone *done,
               GVariant   *value)
{
  const AqLoadedFunction *function = task->callable->function;
  g_autoptr(GVariant) result = g_steal_pointer (&value);
  g_autoptr(GVariant) puts = NULL;
  g_autoptr(GError) error = NULL;

  done->returned = aq_worker_context_get_returned (task->context);
  if (!aq_loaded_function_check_result (function, done->returned != AQ_WIRE_NONE_RETURNED, &result, &error))
    {
      append_failure (self, done, error);
      return;
    }
  done->result_type = result == NULL ? "" : function->result;
  if (result != NULL)
    {
      done->result = g_variant_get_data (result);
      done->result_size = g_variant_get_size (result);
    }
  puts = aq_worker_context_dup_puts (task->context);
  if (puts != NULL)
    {
      done->puts = g_variant_get_data (puts);
      done->puts_size = g_variant_get_size (puts);
    }
  if (done->puts_size > AQ_WIRE_MAX_VALUE_BYTES)
    {
      g_set_error (&error, ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                   "the jobs that '%s' put are larger than %d bytes", function->full_name,
                   AQ_WIRE_MAX_VALUE_BYTES);
      append_failure (self, done, error);
      return;
    }
  aq_wire_value_set (&done->object, aq_worker_context_get_changed (task->context));
  aq_wire_append_done (&self->watcher.out, done);
}

/* Tells what a job came to. Takes @value. */
static void
finish (AqRunner     *self,
        AqTask       *task,
        gint64        ended_nsec,
        GVariant     *value,
        const GError *failure)
{
  AqWireDone done = { .lease = task->lease, .run_nsec = (guint64) (ended_nsec - task->begun_nsec) };

  /* what other jobs have started is not known from what this one has */
  if (done.run_nsec >= AQ_LEFTOVERS_MIN_NSEC && g_hash_table_size (self->watcher.deferred) == 0)
    {
      aq_leftovers_end ();
      aq_surroundings_restore ();
    }
  if (g_hash_table_size (self->watcher.deferred) == 0 && !aq_fitness_look ())
    aq_wire_append_unfit (&self->watcher.out);
  aq_asker_end (&self->watcher, task);
  if (g_hash_table_size (self->watcher.deferred) == 0)
    aq_job_folder_end (&self->cell.folder);
  task->callable->run_nsec = done.run_nsec;
  aq_meter_end (self->meter, done.run_nsec, &done.usage);
  if (failure != NULL)
    {
      append_failure (self, &done, failure);
      g_clear_pointer (&value, g_variant_unref);
    }
  else if (aq_worker_context_get_snooze (task->context) >= 0)
    append_snooze (self, task, &done, value);
  else
    append_result (self, task, &done, value);
  send_out (self);
  forget (self, task);
}

/* The plugin makes ready what its functions share; until that has worked, each job tries. */
static gboolean
set_up (AqRunner  *self,
        AqTask    *task,
        GError   **error)
{
  AqLoadedPlugin *plugin = task->callable->plugin;

  if (plugin->is_set_up || plugin->set_up == NULL)
    return TRUE;
  if (!plugin->set_up (ASYNCQ_JOB_CONTEXT (task->context), error))
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "it does not say why");
      g_prefix_error (error, "could not set up plugin '%s': ", plugin->id);
      return FALSE;
    }
  aq_leftovers_accept ();
  plugin->is_set_up = TRUE;
  self->set_up = g_slist_prepend (self->set_up, plugin);
  return TRUE;
}

/* Without the lock. */
static GVariant *
call (AqRunner  *self,
      AqTask    *task,
      GError   **error)
{
  GVariant *value;

  if (G_UNLIKELY (!set_up (self, task, error)))
    return NULL;
  value = task->callable->function->call (ASYNCQ_JOB_CONTEXT (task->context), task->arguments, error);
  return value == NULL ? NULL : g_variant_take_ref (value);
}

/* The function may have said that the job ends later, and it may have ended already. Returns: whether it is open */
static gboolean
is_open (AqTask    *task,
         GVariant **value,
         GError   **error)
{
  const AqLoadedFunction *function = task->callable->function;
  const char *mistake = NULL;

  if (*error != NULL || !aq_worker_context_is_deferred (task->context))
    return FALSE;
  if (!function->deferred)
    mistake = "which it does not declare: 'deferred' belongs into its options";
  else if (*value != NULL)
    mistake = "and returned a value as well";
  if (mistake == NULL)
    return !aq_worker_context_take_end (task->context, value, error);
  g_clear_pointer (value, g_variant_unref);
  *error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_BAD_RESULT, "'%s' deferred its end, %s", function->full_name,
                        mistake);
  return FALSE;
}

/* From here on the job is one of the main loop's. Unless there may be more of them, nothing begins
 * meanwhile, and the daemon is to know. */
static void
defer (AqRunner *self,
       AqTask   *task)
{
  if (task->callable->function->n_concurrent <= 1)
    {
      aq_wire_append_returned (&self->watcher.out, NULL, 0);
      send_out (self);
    }
  aq_watcher_defer (&self->watcher, task);
}

static void
run_task (AqRunner *self,
          AqTask   *task)
{
  g_autoptr(GError) error = NULL;
  gint64 ended_nsec;
  GVariant *value;

  if (task->callable->function->n_concurrent > 1)
    {
      aq_wire_append_begun (&self->watcher.out, task->lease);
      send_out (self);
    }
  aq_job_folder_begin (&self->cell.folder);
  if (task->callable->run_nsec >= AQ_LEFTOVERS_MIN_NSEC && g_hash_table_size (self->watcher.deferred) == 0)
    aq_fitness_note ();
  self->watcher.current = task;
  aq_meter_begin (self->meter, task->callable->run_nsec >= AQ_METER_FINE_NSEC);
  aq_watcher_begin (&self->watcher, AQ_ACTIVITY_RUNNING);
  task->begun_nsec = self->watcher.begun_nsec;
  pthread_mutex_unlock (&self->watcher.lock);

  value = call (self, task, &error);
  (void) fflush (stdout); /* what it has printed is this job's, and not the next one's */
  ended_nsec = aq_watcher_now_nsec ();

  pthread_mutex_lock (&self->watcher.lock);
  aq_watcher_end (&self->watcher);
  self->watcher.current = NULL;
  if (G_UNLIKELY (is_open (task, &value, &error)))
    defer (self, task);
  else
    finish (self, task, ended_nsec, value, error);
}

/* Whether it has to wait for deferred jobs: they and it are not of one function that may have several open. */
static gboolean
has_to_wait (AqRunner        *self,
             const AqWireRun *run)
{
  GHashTableIter iter;
  gpointer open;

  if (g_hash_table_size (self->watcher.deferred) == 0)
    return FALSE;
  g_hash_table_iter_init (&iter, self->watcher.deferred);
  (void) g_hash_table_iter_next (&iter, NULL, &open);
  return !aq_watcher_is_concurrent (&self->watcher) ||
         strcmp (((AqTask *) open)->callable->function->full_name, run->function) != 0;
}

static void
run_job (AqRunner        *self,
         const AqWireRun *run)
{
  g_autoptr(GError) error = NULL;
  AqTask task;

  if (G_UNLIKELY (has_to_wait (self, run)))
    {
      aq_wire_append_returned (&self->watcher.out, &run->lease, 1);
      self->watcher.gave_back = aq_watcher_is_concurrent (&self->watcher);
      send_out (self);
    }
  else if (prepare (self, run, &task, &error))
    run_task (self, &task);
  else
    {
      append_failure (self, &(AqWireDone) { .lease = run->lease }, error);
      send_out (self);
    }
}

/* Deferred jobs that have told how. */
static void
finish_ended (AqRunner *self)
{
  AqTask *task;

  while ((task = aq_watcher_take_ended (&self->watcher)) != NULL)
    {
      g_autoptr(GError) failure = NULL;
      GVariant *value = NULL;

      (void) aq_worker_context_take_end (task->context, &value, &failure);
      finish (self, task, aq_watcher_now_nsec (), value, failure);
      aq_task_free (task);
    }
}

static gboolean
handle_frame (AqRunner           *self,
              const AqWireFrame  *frame,
              GError            **error)
{
  guint64 lease;

  if (frame->kind != AQ_WIRE_CONFINE)
    aq_watcher_start (&self->watcher);
  switch (frame->kind)
    {
    case AQ_WIRE_CONFINE:
      if (!aq_cell_confine (&self->cell, frame, &self->watcher.out, error))
        return FALSE;
      send_out (self);
      return TRUE;

    case AQ_WIRE_LOAD:
      {
        AqWireLoad load;

        if (!aq_wire_parse_load (frame, &load, error))
          return FALSE;
        load_plugin (self, &load);
        return TRUE;
      }
    case AQ_WIRE_RUN:
      {
        AqWireRun run;

        if (!aq_wire_parse_run (frame, &run, error))
          return FALSE;
        run_job (self, &run);
        return TRUE;
      }
    case AQ_WIRE_CANCEL:
      if (!aq_wire_parse_cancel (frame, &lease, error))
        return FALSE;
      aq_watcher_mark_to_cancel (&self->watcher, lease);
      return TRUE;

    case AQ_WIRE_ANSWER:
      return aq_asker_take_answer (&self->watcher, frame, error);

    default:
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "unexpected frame %d", frame->kind);
      return FALSE;
    }
}

/* The first frame says who we are. */
static gboolean
handle_settings (AqRunner           *self,
                 const AqWireFrame  *frame,
                 GError            **error)
{
  AqWireSettings settings;

  if (frame->kind != AQ_WIRE_SETTINGS)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "frame %d came before SETTINGS",
                   frame->kind);
      return FALSE;
    }
  if (!aq_wire_parse_settings (frame, &settings, error))
    return FALSE;
  if (settings.version != AQ_WIRE_VERSION)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "the daemon speaks version %u of the protocol, wanted %d",
                   settings.version, AQ_WIRE_VERSION);
      return FALSE;
    }
  self->agent = g_strdup (settings.agent);
  aq_wire_append_ready (&self->watcher.out);
  send_out (self);
  return TRUE;
}

/* Nothing is to come any more: what plugins have begun they end, unless a job is open, and its end with it. */
G_NORETURN
static void
leave (AqRunner *self)
{
  pthread_mutex_unlock (&self->watcher.lock);
  for (GSList *l = self->set_up; l != NULL && g_hash_table_size (self->watcher.deferred) == 0; l = l->next)
    {
      AqLoadedPlugin *plugin = l->data;

      if (plugin->tear_down != NULL)
        plugin->tear_down ();
    }
  aq_channel_give_up (NULL);
}

/* No frame is left. Waits for the next, and for what deferred jobs wait for. */
static void
wait_for_more (AqRunner *self)
{
  gboolean go_on;

  if (self->watcher.gave_back)
    {
      self->watcher.gave_back = FALSE;
      aq_wire_append_free (&self->watcher.out);
      send_out (self);
    }
  if (G_LIKELY (g_hash_table_size (self->watcher.deferred) == 0))
    go_on = aq_watcher_receive (&self->watcher);
  else
    {
      aq_watcher_cancel_deferred (&self->watcher);
      go_on = aq_turn_take (&self->turn, &self->watcher);
      finish_ended (self);
    }
  if (!go_on)
    leave (self);
}

/**
 * aq_runner_run:
 * @channel_fd: the socket to the daemon
 * @meter: for what the jobs take
 *
 * Runs jobs on this thread, and with a second one watches over it, until the
 * daemon closes the socket.
 */
void
aq_runner_run (int      channel_fd,
               AqMeter *meter)
{
  AqRunner *self = g_new0 (AqRunner, 1);

  self->functions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  self->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->no_arguments = g_variant_ref_sink (g_variant_new_tuple (NULL, 0));
  self->meter = meter;
  aq_watcher_init (&self->watcher, channel_fd);

  pthread_mutex_lock (&self->watcher.lock);
  while (TRUE)
    {
      g_autoptr(GError) error = NULL;
      AqWireFrame frame;
      gboolean ok;

      if (aq_wire_next_frame (&self->watcher.channel.in, &frame, &error))
        {
          ok = self->agent == NULL ? handle_settings (self, &frame, &error)
                                   : handle_frame (self, &frame, &error);
          if (!ok)
            aq_channel_give_up (error->message);
        }
      else if (error != NULL)
        aq_channel_give_up (error->message);
      else
        wait_for_more (self);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The service that runs jobs: wiring between engine, plugins and pools
 */

#include "config.h"

#include "work/aq-work.h"

#include "core/aq-engine-why.h"
#include "core/aq-engine-witness.h"
#include "work/aq-plugin-directory.h"
#include "work/aq-plugin-view.h"
#include "work/aq-pool.h"

struct _AqWork
{
  AqEngine          *engine;
  char              *worker_program;
  AqSlotSettings     slot_settings;
  AqResources       *resources;
  AqPluginDirectory *plugins;
  GPtrArray         *pools;    /* of AqPool, one for each agent of the engine, in its order */
  GPtrArray         *leaving;  /* of AqPool: of agents that are gone, while their workers end in order */
  GTask             *starting; /* until the plugins are described */
  gboolean           running;
  AqWorkDrained      drained;  /* nullable: called once nothing is left */
  gpointer           drained_data;
  AqTimer           *draining; /* while what runs has time to end by itself */
};

/* Returns: (nullable): the pool of the agent with this name */
static AqPool *
find_pool (AqWork     *self,
           const char *name,
           guint       first)
{
  for (guint i = first; i < self->pools->len; i++)
    {
      AqPool *pool = g_ptr_array_index (self->pools, i);

      if (g_str_equal (aq_pool_get_agent (pool)->name, name))
        return pool;
    }
  return NULL;
}

static void
on_slot_left (gpointer user_data)
{
  /* the next time that there is something to do is soon enough */
}

/* an agent that has no jobs, nor can get any */
static void
drop_pool (AqWork *self,
           guint   index)
{
  AqPool *pool = g_ptr_array_index (self->pools, index);

  aq_pool_drain (pool, on_slot_left, self);
  g_ptr_array_add (self->leaving, aq_pool_ref (pool));
  g_ptr_array_remove_index (self->pools, index);
}

static void
drop_left (AqWork *self)
{
  for (guint i = self->leaving->len; i > 0; i--)
    {
      AqPool *pool = g_ptr_array_index (self->leaving, i - 1);

      if (!aq_pool_is_empty (pool))
        continue;
      aq_pool_stop (pool);
      g_ptr_array_remove_index_fast (self->leaving, i - 1);
    }
}

static void
add_pool (AqWork  *self,
          guint    index,
          AqAgent *agent)
{
  AqPool *pool = aq_pool_new (self->engine, self->plugins, &self->slot_settings, agent);

  g_ptr_array_insert (self->pools, (int) index, pool);
  aq_pool_start (pool);
}

/* Brings the pools in line with the engine's agents, whose order only changes where one is added or removed. */
static void
update_pools (AqWork *self)
{
  GPtrArray *agents = aq_engine_get_agents (self->engine);

  for (guint i = 0; i < agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (agents, i);

      while (i < self->pools->len && find_pool (self, agent->name, i) != NULL &&
             !g_str_equal (aq_pool_get_agent (g_ptr_array_index (self->pools, i))->name, agent->name))
        drop_pool (self, i);
      if (find_pool (self, agent->name, i) == NULL)
        add_pool (self, i, agent);
      else if (aq_pool_get_agent (g_ptr_array_index (self->pools, i)) != agent)
        aq_pool_set_agent (g_ptr_array_index (self->pools, i), agent);
    }
  while (self->pools->len > agents->len)
    drop_pool (self, self->pools->len - 1);
  drop_left (self);
  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_drop_closed (g_ptr_array_index (self->pools, i));
}

static void
on_work (gpointer user_data)
{
  AqWork *self = user_data;

  if (!self->running || self->drained != NULL)
    return;
  update_pools (self);
  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_fill (g_ptr_array_index (self->pools, i));
}

/* An attempt that no slot has any more is about to be told of, or was. */
static void
on_stop (guint64  id,
         guint64  lease,
         gboolean kill,
         gpointer user_data)
{
  AqWork *self = user_data;

  for (guint i = 0; i < self->pools->len; i++)
    if (aq_pool_stop_job (g_ptr_array_index (self->pools, i), lease))
      return;
}

static GVariant *
dup_witness (guint64  id,
             guint64  lease,
             gpointer user_data)
{
  AqWork *self = user_data;
  GVariant *evidence = NULL;

  for (guint i = 0; i < self->pools->len && evidence == NULL; i++)
    evidence = aq_pool_dup_witness (g_ptr_array_index (self->pools, i), lease);
  return evidence;
}

static guint
count_free (const char *agent,
            gpointer    user_data)
{
  AqWork *self = user_data;
  guint n_free = 0;

  for (guint i = 0; i < self->pools->len; i++)
    {
      AqPool *pool = g_ptr_array_index (self->pools, i);

      if (g_str_equal (aq_pool_get_agent (pool)->name, agent))
        n_free += aq_pool_count_free (pool);
    }
  return n_free;
}

static void
on_plugin_changed (const char *plugin,
                   gpointer    user_data)
{
  AqWork *self = user_data;
  AqPlugin *newest = aq_plugin_directory_get_plugin (self->plugins, plugin);
  GPtrArray *agents = aq_engine_get_agents (self->engine);

  for (guint i = 0; newest != NULL && i < agents->len; i++)
    aq_resources_review (self->resources, newest, ((AqAgent *) g_ptr_array_index (agents, i))->name);

  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_plugin_changed (g_ptr_array_index (self->pools, i), plugin);
  aq_engine_functions_changed (self->engine);
}

static void
on_plugins_ready (gpointer user_data)
{
  AqWork *self = user_data;
  g_autoptr(GTask) task = g_steal_pointer (&self->starting);

  self->running = TRUE;
  aq_engine_set_work_func (self->engine, on_work, self);
  aq_engine_set_stop_func (self->engine, on_stop, self);
  aq_engine_set_room_func (self->engine, count_free, self);
  aq_engine_set_witness_func (self->engine, dup_witness, self);
  update_pools (self);
  g_task_return_boolean (task, TRUE);
}

/**
 * aq_work_new:
 * @engine: the engine; must live longer
 * @settings: where everything is; copied
 *
 * Returns: (transfer full): a service that does nothing before aq_work_start_async()
 *
 * Since: 0.1
 */
AqWork *
aq_work_new (AqEngine             *engine,
             const AqWorkSettings *settings)
{
  static const AqPluginDirectoryHooks hooks = { on_plugin_changed, on_plugins_ready };
  AqWork *self = g_new0 (AqWork, 1);
  g_autoptr(AqFunctionRules) rules = NULL;
  AqPluginDirectorySettings directory_settings = {
    .clock = aq_engine_get_clock (engine),
    .functions = aq_engine_get_functions (engine),
    .worker_program = settings->worker_program,
    .paths = settings->plugin_directories,
    .settings = settings->plugin_settings,
    .rules = settings->function_rules,
  };

  self->engine = engine;
  self->worker_program = g_strdup (settings->worker_program);
  rules = settings->function_rules != NULL ? aq_function_rules_ref (settings->function_rules)
                                           : aq_function_rules_new ();
  self->resources = aq_resources_new (rules, settings->cgroups);
  self->slot_settings = (AqSlotSettings) {
    .worker_program = self->worker_program,
    .times = { settings->stop_timeout_usec, settings->kill_timeout_usec },
    .recycle = { settings->worker_max_jobs, settings->worker_max_memory_bytes },
    .resources = self->resources,
  };
  self->plugins = aq_plugin_directory_new (&directory_settings, &hooks, self);
  self->pools = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_pool_unref);
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_pool_unref);
  return self;
}

/**
 * aq_work_start_async:
 * @self: a service that was not started
 * @cancellable: (nullable): not used once everything is under way
 * @callback: called when it runs
 * @user_data: for @callback
 *
 * Describes the plugins that are there, so that their functions can be called,
 * and then starts the workers of every agent of the engine.
 *
 * Since: 0.1
 */
void
aq_work_start_async (AqWork              *self,
                     GCancellable        *cancellable,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_assert (self->starting == NULL && !self->running);

  self->starting = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (self->starting, aq_work_start_async);
  aq_plugin_directory_start (self->plugins);
}

gboolean
aq_work_start_finish (AqWork        *self,
                      GAsyncResult  *result,
                      GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
is_empty (AqWork *self)
{
  for (guint i = 0; i < self->pools->len; i++)
    if (!aq_pool_is_empty (g_ptr_array_index (self->pools, i)))
      return FALSE;
  for (guint i = 0; i < self->leaving->len; i++)
    if (!aq_pool_is_empty (g_ptr_array_index (self->leaving, i)))
      return FALSE;
  return TRUE;
}

static void
on_slot_empty (gpointer user_data)
{
  AqWork *self = user_data;

  if (!is_empty (self))
    return;
  g_clear_pointer (&self->draining, aq_timer_free);
  self->drained (self->drained_data);
}

static void
on_drain_time_is_over (gpointer user_data)
{
  AqWork *self = user_data;

  g_clear_pointer (&self->draining, aq_timer_free);
  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_interrupt (g_ptr_array_index (self->pools, i));
}

/**
 * aq_work_drain:
 * @self: a service
 * @timeout_usec: how long jobs that run may take to end by themselves
 * @drained: called from the main loop, or from within this, once no process is
 *   left; may be called more than once
 * @user_data: for @drained
 *
 * Begins no more jobs. A worker that has none ends in order; a job that still
 * runs when the time is over is interrupted, which costs no attempt: it is asked
 * to stop, terminated, and killed. aq_work_stop() cuts all that short.
 *
 * Since: 0.1
 */
void
aq_work_drain (AqWork        *self,
               gint64         timeout_usec,
               AqWorkDrained  drained,
               gpointer       user_data)
{
  AqClock *clock = aq_engine_get_clock (self->engine);

  self->drained = drained;
  self->drained_data = user_data;
  if (self->running)
    for (guint i = 0; i < self->pools->len; i++)
      aq_pool_drain (g_ptr_array_index (self->pools, i), on_slot_empty, self);
  if (self->running)
    for (guint i = 0; i < self->leaving->len; i++)
      aq_pool_drain (g_ptr_array_index (self->leaving, i), on_slot_empty, self);
  self->draining = aq_timer_new (clock, AQ_CLOCK_MONOTONIC, aq_clock_get_monotonic (clock) + timeout_usec,
                                 on_drain_time_is_over, self);
  on_slot_empty (self);
}

/**
 * aq_work_stop:
 * @self: a service
 *
 * Kills the workers and waits until they are gone. Jobs that ran are
 * interrupted, jobs that had not begun are given back. Does nothing a second
 * time.
 *
 * Since: 0.1
 */
void
aq_work_stop (AqWork *self)
{
  if (!self->running)
    return;
  self->running = FALSE;
  g_clear_pointer (&self->draining, aq_timer_free);
  aq_engine_set_work_func (self->engine, NULL, NULL);
  aq_engine_set_stop_func (self->engine, NULL, NULL);
  aq_engine_set_room_func (self->engine, NULL, NULL);
  aq_engine_set_witness_func (self->engine, NULL, NULL);
  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_stop (g_ptr_array_index (self->pools, i));
  for (guint i = 0; i < self->leaving->len; i++)
    aq_pool_stop (g_ptr_array_index (self->leaving, i));
}

/**
 * aq_work_free:
 * @self: a service
 *
 * Stops it and frees it. A start that is under way ends with
 * %G_IO_ERROR_CANCELLED.
 *
 * Since: 0.1
 */
void
aq_work_free (AqWork *self)
{
  aq_work_stop (self);
  g_clear_pointer (&self->draining, aq_timer_free);
  g_ptr_array_unref (self->pools);
  g_ptr_array_unref (self->leaving);
  aq_plugin_directory_free (self->plugins);
  aq_resources_unref (self->resources);
  if (self->starting != NULL)
    {
      g_task_return_new_error (self->starting, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                               "the start was given up");
      g_object_unref (self->starting);
    }
  g_free (self->worker_program);
  g_free (self);
}

GArray *
aq_work_dup_pids (AqWork     *self,
                  const char *agent)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < self->pools->len; i++)
    {
      AqPool *pool = g_ptr_array_index (self->pools, i);

      if (g_str_equal (aq_pool_get_agent (pool)->name, agent))
        aq_pool_add_pids (pool, pids);
    }
  return pids;
}

guint
aq_work_count_jobs (AqWork     *self,
                    const char *agent)
{
  guint n_jobs = 0;

  for (guint i = 0; i < self->pools->len; i++)
    {
      AqPool *pool = g_ptr_array_index (self->pools, i);

      if (agent == NULL || g_str_equal (aq_pool_get_agent (pool)->name, agent))
        n_jobs += aq_pool_count_jobs (pool);
    }
  return n_jobs;
}

GVariant *
aq_work_list_plugins (AqWork *self)
{
  g_autoptr(GHashTable) workers = aq_plugin_view_new_counts ();

  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_count_plugins (g_ptr_array_index (self->pools, i), workers);
  return aq_plugin_view_new (self->plugins, workers);
}

gboolean
aq_work_reload_plugin (AqWork     *self,
                       const char *plugin)
{
  return aq_plugin_directory_reload (self->plugins, plugin);
}

GVariant *
aq_work_list_running (AqWork *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->pools->len; i++)
    aq_pool_list_running (g_ptr_array_index (self->pools, i), &builder);
  return g_variant_builder_end (&builder);
}

GVariant *
aq_work_list_troubles (AqWork     *self,
                       const char *agent)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->pools->len; i++)
    {
      AqPool *pool = g_ptr_array_index (self->pools, i);

      if (g_str_equal (aq_pool_get_agent (pool)->name, agent))
        aq_pool_list_troubles (pool, &builder);
    }
  return g_variant_builder_end (&builder);
}

void
aq_refused_plugin_free (AqRefusedPlugin *self)
{
  g_free (self->file);
  g_free (self->message);
  g_free (self);
}

GPtrArray *
aq_work_dup_refused (AqWork *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_refused_plugin_free);
  GHashTableIter iter;
  gpointer file, message;

  g_hash_table_iter_init (&iter, aq_plugin_directory_get_refused (self->plugins));
  while (g_hash_table_iter_next (&iter, &file, &message))
    {
      AqRefusedPlugin *refused = g_new0 (AqRefusedPlugin, 1);

      refused->file = g_strdup (file);
      refused->message = g_strdup (message);
      g_ptr_array_add (list, refused);
    }
  return list;
}

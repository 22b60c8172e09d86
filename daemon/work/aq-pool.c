/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One agent's slots
 *
 * Each slot has a worker; one that dies or has an old generation of a plugin is
 * replaced. The pool claims as many jobs as its workers have room for, writes
 * them into the workers' outgoing buffers at once (the engine lends them only for
 * that long), and lets the frames go when what they reveal is flushed.
 *
 * How many jobs a worker gets depends on how long their functions ran before. The
 * jobs of tiny functions, which compute something and are back within two
 * microseconds, fill up to a millisecond, so that a worker does not run dry while
 * the daemon sees to others. A guess that turns out wrong costs little: a worker
 * gives back what is behind a job that takes longer, and gets nothing more before
 * that ends. Any other job is alone, and its worker gets the next one when its end
 * is flushed: so a crash of the daemon makes at most one such job a slot run again
 * that had run already.
 *
 * As a function is only known once its job is claimed, the pool is cautious at
 * first: it claims one job for each worker that has none, which takes whatever
 * comes. When those are tiny it claims more, twice as many each time, for all
 * workers that have room. It is cautious again once a job finds no place.
 */

#include "config.h"

#include "work/aq-pool.h"

#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "work/aq-attempt.h"
#include "work/aq-worker.h"

#include <string.h>

/* what the jobs in line at a worker may take, but for a single one */
#define MAX_LOAD_NSEC ((double) AQ_WIRE_SHORT_NSEC)
/* a worker with less gets more */
#define LOW_LOAD_NSEC (MAX_LOAD_NSEC / 2)
/* it takes as long to wake another worker up: less is not worth it */
#define CHUNK_NSEC 20000.0
#define MAX_UNSENT_BYTES (1024 * 1024)
#define MAX_CLAIMS_AT_ONCE 8

#define MIN_DELAY_USEC (G_USEC_PER_SEC / 10)
#define MAX_DELAY_USEC (5 * G_USEC_PER_SEC)

typedef struct
{
  AqPool   *pool;       /* not owned */
  AqWorker *worker;     /* nullable */
  AqTimer  *respawn;    /* while there is none */
  guint     n_failures; /* workers in a row that died before they had run anything */
  gboolean  slow;       /* the job that runs takes its time: no more until it is done */
  gboolean  retiring;   /* no more at all: has a generation of a plugin that is not the newest */
  guint     n_unflushed; /* ends of jobs that are not flushed: no more until they are */
  guint     n_new;      /* jobs that this claim has given it */
} Slot;

struct _AqPool
{
  guint              ref_count;
  AqEngine          *engine;
  AqPluginDirectory *plugins;
  char              *worker_program;
  AqAgent           *agent;
  Slot              *slots;    /* agent->size of them */
  GPtrArray         *leaving;  /* of AqWorker: killed, not gone yet, have no jobs */
  gboolean           running;

  gboolean           handling; /* a worker's frames: claims come afterwards */
  gboolean           cautious; /* claims only for workers that have no jobs */
  guint              window;   /* how many to claim at once at most, unless cautious */
  double             expected_nsec; /* what the jobs of the last claim cost on average */
  guint64            revealed; /* of the newest claim: hand-overs leave in order */
  guint              n_claimed;
  guint              cursor;   /* the slot that gets the next job */
};

/* What a claim gave to workers, waiting for the gate. */
typedef struct
{
  AqPool *pool; /* owned */
  guint   n_parts;
  struct
  {
    AqWorker *worker; /* owned */
    guint64   position;
  } parts[];
} Handover;

static void spawn_worker (Slot *slot);

AqPool *
aq_pool_ref (AqPool *self)
{
  self->ref_count++;
  return self;
}

void
aq_pool_unref (AqPool *self)
{
  if (--self->ref_count > 0)
    return;

  g_assert (!self->running);
  g_ptr_array_unref (self->leaving);
  aq_agent_unref (self->agent);
  g_free (self->worker_program);
  g_free (self->slots);
  g_free (self);
}

/**
 * aq_pool_new:
 * @engine: the engine; must live until aq_pool_stop()
 * @plugins: the plugins; likewise
 * @worker_program: path of asyncq-worker
 * @agent: whose slots they are
 */
AqPool *
aq_pool_new (AqEngine          *engine,
             AqPluginDirectory *plugins,
             const char        *worker_program,
             AqAgent           *agent)
{
  AqPool *self = g_new0 (AqPool, 1);

  self->ref_count = 1;
  self->engine = engine;
  self->plugins = plugins;
  self->worker_program = g_strdup (worker_program);
  self->agent = aq_agent_ref (agent);
  self->slots = g_new0 (Slot, agent->size);
  for (guint i = 0; i < agent->size; i++)
    self->slots[i].pool = self;
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_worker_unref);
  self->cautious = TRUE;
  self->expected_nsec = MAX_LOAD_NSEC;
  return self;
}

AqAgent *
aq_pool_get_agent (AqPool *self)
{
  return self->agent;
}

/* @pids: of guint32: those of the workers are appended */
void
aq_pool_add_pids (AqPool *self,
                  GArray *pids)
{
  for (guint i = 0; i < self->agent->size; i++)
    if (self->slots[i].worker != NULL)
      {
        guint32 pid = aq_worker_get_pid (self->slots[i].worker);

        g_array_append_val (pids, pid);
      }
}

/* also those that wait behind another one at their worker */
guint
aq_pool_count_jobs (AqPool *self)
{
  guint n_jobs = 0;

  for (guint i = 0; i < self->agent->size; i++)
    if (self->slots[i].worker != NULL)
      n_jobs += aq_worker_get_n_runs (self->slots[i].worker);
  return n_jobs;
}

static gint64
get_wall (AqPool *self)
{
  return aq_clock_get_wall (aq_engine_get_clock (self->engine));
}

/* The first in line begins about now. A long one is told to begin; that a short one
 * did is told with its end, unless it turns out to be a long one. */
static void
begin_first (Slot *slot)
{
  AqRun *run = aq_worker_get_running (slot->worker);

  if (run == NULL || run->started_usec != 0)
    return;
  run->started_usec = get_wall (slot->pool);
  if (aq_plugin_function_is_long (run->function))
    aq_attempt_start (slot->pool->engine, run, aq_worker_get_pid (slot->worker));
}

/* Gives back all that the worker has not begun. */
static void
release_runs (Slot  *slot,
              guint  first)
{
  for (guint i = first; i < aq_worker_get_n_runs (slot->worker); i++)
    {
      AqRun *run = aq_worker_get_run (slot->worker, i);

      aq_attempt_release (slot->pool->engine, run->id, run->lease);
    }
  aq_worker_drop_runs (slot->worker, first, aq_worker_get_n_runs (slot->worker) - first);
}

/* The slot's worker, which has no jobs, makes room for a new one. */
static void
replace_worker (Slot *slot)
{
  aq_worker_kill (slot->worker);
  g_ptr_array_add (slot->pool->leaving, g_steal_pointer (&slot->worker));
  spawn_worker (slot);
}

static void
on_ready (AqWorker *worker,
          gpointer  user_data)
{
  Slot *slot = user_data;

  aq_pool_fill (slot->pool);
}

typedef struct
{
  AqPool *pool; /* owned */
  Slot   *slot;
} UnflushedEnd;

static void
on_end_flushed (const GError *error,
                gpointer      user_data)
{
  UnflushedEnd *end = user_data;
  AqPool *self = end->pool;

  /* what is never flushed keeps its slot from going on */
  if (error == NULL)
    end->slot->n_unflushed--;
  if (error == NULL && !self->handling)
    aq_pool_fill (self);
  aq_pool_unref (self);
  g_free (end);
}

static void
wait_until_flushed (Slot *slot)
{
  UnflushedEnd *end = g_new (UnflushedEnd, 1);

  *end = (UnflushedEnd) { aq_pool_ref (slot->pool), slot };
  slot->n_unflushed++;
  aq_engine_when_flushed (slot->pool->engine, on_end_flushed, end);
}

static gboolean
on_done (AqWorker          *worker,
         const AqWireDone  *done,
         gpointer           user_data,
         GError           **error)
{
  Slot *slot = user_data;
  AqRun *run = aq_worker_get_running (worker);
  gboolean is_tiny;

  if (slot->worker != worker || run == NULL || run->lease != done->lease)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "lease %" G_GUINT64_FORMAT " is done, which it does not run", done->lease);
      return FALSE;
    }
  if (run->started_usec == 0)
    run->started_usec = get_wall (slot->pool);
  if (!aq_attempt_finish (slot->pool->engine, run, aq_worker_get_pid (worker), done, error))
    return FALSE;
  aq_plugin_function_ran (run->function, done->run_nsec);
  is_tiny = aq_plugin_function_is_tiny (run->function);
  aq_worker_drop_runs (worker, 0, 1);
  slot->slow = FALSE;
  slot->n_failures = 0;
  if (!is_tiny)
    {
      slot->pool->handling = TRUE;
      wait_until_flushed (slot);
      slot->pool->handling = FALSE;
    }
  return TRUE;
}

static gboolean
on_returned (AqWorker  *worker,
             GArray    *leases,
             gpointer   user_data,
             GError   **error)
{
  Slot *slot = user_data;
  AqRun *run = aq_worker_get_running (worker);
  guint n_sendable = aq_worker_get_n_sendable (worker);

  if (slot->worker != worker || run == NULL || leases->len > n_sendable - 1)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "%u jobs come back, which it does not have", leases->len);
      return FALSE;
    }
  for (guint i = 0; i < leases->len; i++)
    if (aq_worker_get_run (worker, i + 1)->lease != g_array_index (leases, guint64, i))
      {
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                     "lease %" G_GUINT64_FORMAT " comes back, which is not next in line",
                     g_array_index (leases, guint64, i));
        return FALSE;
      }

  slot->slow = TRUE;
  if (run->started_usec == 0)
    run->started_usec = get_wall (slot->pool);
  if (!run->started)
    aq_attempt_start (slot->pool->engine, run, aq_worker_get_pid (worker));
  for (guint i = 0; i < leases->len; i++)
    {
      AqRun *back = aq_worker_get_run (worker, i + 1);

      aq_attempt_release (slot->pool->engine, back->id, back->lease);
    }
  if (leases->len > 0)
    aq_worker_drop_runs (worker, 1, leases->len);
  return TRUE;
}

static void
on_handled (AqWorker *worker,
            gpointer  user_data)
{
  Slot *slot = user_data;

  if (slot->worker != worker)
    return;
  begin_first (slot);
  if (slot->retiring && aq_worker_get_n_runs (worker) == 0)
    replace_worker (slot);
}

static void
on_respawn (gpointer user_data)
{
  Slot *slot = user_data;

  g_clear_pointer (&slot->respawn, aq_timer_free);
  spawn_worker (slot);
}

/* A new worker at once, unless the last ones have come to nothing. */
static void
respawn (Slot *slot)
{
  AqClock *clock = aq_engine_get_clock (slot->pool->engine);
  gint64 delay_usec;

  if (slot->n_failures == 0)
    {
      spawn_worker (slot);
      return;
    }
  delay_usec = MIN (MIN_DELAY_USEC << MIN (slot->n_failures - 1, 10), MAX_DELAY_USEC);
  slot->respawn = aq_timer_new (clock, AQ_CLOCK_MONOTONIC,
                                aq_clock_get_monotonic (clock) + delay_usec, on_respawn, slot);
}

static void
on_ended (AqWorker   *worker,
          const char *how,
          gpointer    user_data)
{
  Slot *slot = user_data;
  AqPool *self = slot->pool;
  g_autoptr(AqWorker) gone = NULL;
  AqRun *run;

  if (slot->worker != worker)
    {
      g_ptr_array_remove_fast (self->leaving, worker);
      return;
    }
  run = aq_worker_get_running (worker);
  if (run != NULL)
    {
      g_autoptr(GError) failure = NULL;

      failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_CRASHED, "%s while it ran %s", how,
                             run->function->name);
      g_message ("agent '%s': %s", self->agent->name, failure->message);
      if (run->started_usec == 0)
        run->started_usec = get_wall (self);
      aq_attempt_fail (self->engine, run, aq_worker_get_pid (worker), failure);
      aq_worker_drop_runs (worker, 0, 1);
      slot->n_failures = 0;
    }
  else
    {
      g_warning ("agent '%s': %s while it had nothing to do", self->agent->name, how);
      slot->n_failures++;
    }
  release_runs (slot, 0);
  gone = g_steal_pointer (&slot->worker);
  respawn (slot);
}

static const AqWorkerHooks worker_hooks = {
  .ready = on_ready,
  .done = on_done,
  .returned = on_returned,
  .handled = on_handled,
  .ended = on_ended,
};

static void
spawn_worker (Slot *slot)
{
  AqPool *self = slot->pool;
  g_autoptr(GError) error = NULL;

  slot->slow = FALSE;
  slot->retiring = FALSE;
  slot->worker = aq_worker_new (aq_engine_get_clock (self->engine), self->worker_program,
                                self->agent->name, &worker_hooks, slot, &error);
  if (slot->worker != NULL)
    return;
  g_warning ("agent '%s': %s", self->agent->name, error->message);
  slot->n_failures++;
  respawn (slot);
}

static gboolean
is_open (const Slot *slot)
{
  return slot->worker != NULL && !slot->slow && !slot->retiring && slot->n_unflushed == 0 &&
         aq_worker_is_ready (slot->worker) && aq_worker_get_unsent (slot->worker) <= MAX_UNSENT_BYTES;
}

/* how many more jobs of the expected kind the worker could take */
static guint
room_in (AqPool     *self,
         const Slot *slot)
{
  guint n_runs;
  double load_nsec;

  if (!is_open (slot))
    return 0;
  n_runs = aq_worker_get_n_runs (slot->worker);
  if (self->cautious)
    return n_runs == 0 ? 1 : 0;
  load_nsec = aq_worker_get_load (slot->worker);
  if (n_runs > 0 && load_nsec > LOW_LOAD_NSEC)
    return 0;
  return (guint) CLAMP ((MAX_LOAD_NSEC - load_nsec) / self->expected_nsec, n_runs == 0 ? 1 : 0,
                        AQ_WORKER_MAX_RUNS - n_runs);
}

static gboolean
takes (const Slot *slot,
       double      cost_nsec,
       guint       share)
{
  guint n_runs;

  if (!is_open (slot) || slot->n_new >= share)
    return FALSE;
  n_runs = aq_worker_get_n_runs (slot->worker);
  return n_runs == 0 ||
         (n_runs < AQ_WORKER_MAX_RUNS && aq_worker_get_load (slot->worker) + cost_nsec <= MAX_LOAD_NSEC);
}

/* Whose turn it is: one slot after the other, each up to its share, then whoever has room. */
static Slot *
pick (AqPool                 *self,
      const AqPluginFunction *function,
      guint                   share)
{
  double cost_nsec = aq_plugin_function_cost (function);
  const guint shares[] = { MAX (share, (guint) (CHUNK_NSEC / cost_nsec)), G_MAXUINT };

  for (guint round = 0; round < G_N_ELEMENTS (shares); round++)
    for (guint i = 0; i < self->agent->size; i++)
      {
        Slot *slot = &self->slots[self->cursor];

        if (takes (slot, cost_nsec, shares[round]))
          return slot;
        self->cursor = (self->cursor + 1) % self->agent->size;
      }
  return NULL;
}

/* The declared type of a function that is given its members ends with them. */
static GVariant *
append_members (const AqJob *job,
                GVariant    *members)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  gsize n_arguments = g_variant_n_children (arguments);
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < n_arguments; i++)
    g_ptr_array_add (children, g_variant_get_child_value (arguments, i));
  g_ptr_array_add (children, g_variant_ref (members));
  return g_variant_ref_sink (g_variant_new_tuple ((GVariant * const *) children->pdata, children->len));
}

/* It fails before anybody runs it. */
static void
fail_at_once (AqPool       *self,
              const AqJob  *job,
              const GError *failure)
{
  AqRun run = { .id = job->id, .lease = job->lease, .started_usec = get_wall (self) };

  aq_attempt_fail (self->engine, &run, 0, failure);
}

/* The engine thinks that there is such a function. */
static void
fail_unknown (AqPool      *self,
              const AqJob *job)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION, "no plugin has a function '%s'",
                         aq_job_get_function (job));
  fail_at_once (self, job, failure);
}

static void
give (Slot             *slot,
      const AqJob      *job,
      AqPluginFunction *function)
{
  AqPool *self = slot->pool;
  g_autoptr(GVariant) members = aq_engine_dup_members (self->engine, job);
  g_autoptr(GVariant) arguments = NULL;
  AqWireRun run = {
    .id = job->id,
    .lease = job->lease,
    .attempt = job->attempt + 1, /* the one that is about to begin */
    .function = function->name,
    .queue = aq_job_get_queue (job),
    .arguments_type = job->lane->arguments_type,
    .arguments = job->arguments,
    .arguments_size = job->arguments_size,
  };

  if (members != NULL)
    {
      arguments = append_members (job, members);
      run.arguments_type = g_variant_get_type_string (arguments);
      run.arguments = g_variant_get_data (arguments);
      run.arguments_size = g_variant_get_size (arguments);
    }
  if (run.arguments_size > AQ_WIRE_MAX_VALUE_BYTES)
    {
      g_autoptr(GError) failure = NULL;

      failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                             "the arguments, with the results of the members, are larger than %d bytes",
                             AQ_WIRE_MAX_VALUE_BYTES);
      fail_at_once (self, job, failure);
      return;
    }
  aq_worker_push_run (slot->worker, &run, function);
  slot->n_new++;
}

static void
on_gate_failed (AqPool       *self,
                const GError *error)
{
  g_warning ("agent '%s': jobs are not handed over: %s", self->agent->name, error->message);
  for (guint i = 0; i < self->agent->size; i++)
    {
      Slot *slot = &self->slots[i];

      if (slot->worker == NULL)
        continue;
      release_runs (slot, aq_worker_get_n_sendable (slot->worker));
      aq_worker_drop_unsendable (slot->worker);
    }
}

static void
send_part (AqPool   *self,
           AqWorker *worker,
           guint64   position)
{
  for (guint i = 0; i < self->agent->size; i++)
    if (self->slots[i].worker == worker)
      {
        aq_worker_send_until (worker, position);
        begin_first (&self->slots[i]);
        return;
      }
}

/* What the hand-over reveals is flushed, or never will be. */
static void
on_gate (const GError *error,
         gpointer      user_data)
{
  Handover *handover = user_data;
  AqPool *self = handover->pool;

  if (self->running && error != NULL)
    on_gate_failed (self, error);
  for (guint i = 0; i < handover->n_parts; i++)
    {
      if (self->running && error == NULL)
        send_part (self, handover->parts[i].worker, handover->parts[i].position);
      aq_worker_unref (handover->parts[i].worker);
    }
  aq_pool_unref (self);
  g_free (handover);
}

static void
hand_over (AqPool  *self,
           guint64  revealed)
{
  Handover *handover = g_malloc (sizeof *handover + self->agent->size * sizeof handover->parts[0]);

  handover->pool = aq_pool_ref (self);
  handover->n_parts = 0;
  for (guint i = 0; i < self->agent->size; i++)
    {
      Slot *slot = &self->slots[i];

      if (slot->n_new == 0)
        continue;
      slot->n_new = 0;
      handover->parts[handover->n_parts].worker = aq_worker_ref (slot->worker);
      handover->parts[handover->n_parts].position = aq_worker_get_position (slot->worker);
      handover->n_parts++;
    }
  /* a later claim that reveals less must not overtake this one in a worker's buffer */
  self->revealed = MAX (self->revealed, revealed);
  aq_gate_hold (aq_store_get_gate (aq_engine_get_store (self->engine)), self->revealed, on_gate, handover);
}

/* Gives @jobs to workers. Returns: how many found a place, from the front. */
static guint
distribute (AqPool  *self,
            AqJob  **jobs,
            guint    n_jobs)
{
  GRefString *last_name = NULL;
  AqPluginFunction *function = NULL;
  double cost_nsec = 0;
  guint n_free = 0;
  guint share;
  guint n;

  for (guint i = 0; i < self->agent->size; i++)
    n_free += room_in (self, &self->slots[i]) > 0;
  share = (n_jobs + MAX (n_free, 1) - 1) / MAX (n_free, 1);
  self->cursor = 0;
  for (n = 0; n < n_jobs; n++)
    {
      Slot *slot;

      /* jobs of one lane share the name */
      if (jobs[n]->lane->function != last_name)
        {
          last_name = jobs[n]->lane->function;
          function = aq_plugin_directory_lookup (self->plugins, last_name);
        }
      if (function == NULL)
        {
          fail_unknown (self, jobs[n]);
          continue;
        }
      slot = pick (self, function, share);
      if (slot == NULL)
        break;
      give (slot, jobs[n], function);
      cost_nsec += aq_plugin_function_cost (function);
    }
  if (n > 0)
    self->expected_nsec = cost_nsec / n;
  return n;
}

static void
adjust_window (AqPool *self,
               guint   n_given,
               guint   n_jobs)
{
  if (n_given < n_jobs || self->expected_nsec >= LOW_LOAD_NSEC)
    self->cautious = TRUE;
  else if (self->cautious)
    {
      self->cautious = FALSE;
      self->window = 2 * self->agent->size;
    }
  else if (n_jobs == self->window)
    self->window = MIN (self->window * 2, self->agent->size * AQ_WORKER_MAX_RUNS);
}

static void
on_claimed (AqJob   **jobs,
            guint     n_jobs,
            guint64   revealed,
            gpointer  user_data)
{
  AqPool *self = user_data;
  guint n_given = self->running ? distribute (self, jobs, n_jobs) : 0;

  self->n_claimed = n_jobs;
  adjust_window (self, n_given, n_jobs);
  if (n_given > 0)
    hand_over (self, revealed);
  for (guint i = n_given; i < n_jobs; i++)
    aq_attempt_release (self->engine, jobs[i]->id, jobs[i]->lease);
}

/**
 * aq_pool_fill:
 * @self: a pool
 *
 * Claims what there is room for. What comes back from a claim that fitted nowhere
 * is claimable again at once; the pool is cautious then, and waits for a worker
 * that has nothing to do.
 */
void
aq_pool_fill (AqPool *self)
{
  for (guint round = 0; round < MAX_CLAIMS_AT_ONCE && self->running; round++)
    {
      guint room = 0;

      for (guint i = 0; i < self->agent->size; i++)
        room += room_in (self, &self->slots[i]);
      if (!self->cautious)
        room = MIN (room, self->window);
      self->n_claimed = 0;
      if (room > 0)
        aq_engine_claim (self->engine, self->agent, room, on_claimed, self);
      /* fewer: there are no more, or a store that is still at it */
      if (self->n_claimed == 0 || self->n_claimed < room)
        break;
    }
}

/* @plugin: id of a plugin that has a new generation, or none any more */
void
aq_pool_plugin_changed (AqPool     *self,
                        const char *plugin)
{
  AqPlugin *newest = aq_plugin_directory_get_plugin (self->plugins, plugin);

  for (guint i = 0; i < self->agent->size && self->running; i++)
    {
      Slot *slot = &self->slots[i];

      if (slot->worker == NULL || !aq_worker_has_older (slot->worker, plugin, newest))
        continue;
      slot->retiring = TRUE;
      if (aq_worker_get_n_runs (slot->worker) == 0)
        replace_worker (slot);
    }
}

/* starts the workers */
void
aq_pool_start (AqPool *self)
{
  self->running = TRUE;
  for (guint i = 0; i < self->agent->size; i++)
    spawn_worker (&self->slots[i]);
}

static void
stop_slot (Slot *slot)
{
  g_clear_pointer (&slot->respawn, aq_timer_free);
  if (slot->worker == NULL)
    return;
  aq_worker_end (slot->worker);
  for (guint i = 0; i < aq_worker_get_n_runs (slot->worker); i++)
    aq_attempt_interrupt (slot->pool->engine, aq_worker_get_run (slot->worker, i));
  aq_worker_drop_runs (slot->worker, 0, aq_worker_get_n_runs (slot->worker));
  g_clear_pointer (&slot->worker, aq_worker_unref);
}

/**
 * aq_pool_stop:
 * @self: a pool
 *
 * Kills and reaps the workers, and gives their jobs back.
 */
void
aq_pool_stop (AqPool *self)
{
  if (!self->running)
    return;
  self->running = FALSE;
  for (guint i = 0; i < self->agent->size; i++)
    stop_slot (&self->slots[i]);
  for (guint i = 0; i < self->leaving->len; i++)
    aq_worker_end (g_ptr_array_index (self->leaving, i));
  g_ptr_array_set_size (self->leaving, 0);
}

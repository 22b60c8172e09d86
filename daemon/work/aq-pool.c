/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One agent's slots
 *
 * The pool claims as many jobs as its workers have room for, writes them into the
 * workers' outgoing buffers at once (the engine lends them only for that long), and
 * lets the frames go when what they reveal is flushed.
 *
 * How many jobs a worker gets depends on how long their functions ran before. The
 * jobs of tiny functions, which compute something and are back within two
 * microseconds, fill up to a millisecond, so that a worker does not run dry while
 * the daemon sees to others. A guess that turns out wrong costs little: a worker
 * gives back what is behind a job that takes longer, and gets nothing more before
 * that ends. Any other job is alone.
 *
 * As a function is only known once its job is claimed, the pool is cautious at
 * first: it claims one job for each worker that has none, which takes whatever
 * comes. When those are tiny it claims more, twice as many each time, for all
 * workers that have room. It is cautious again once a job finds no place.
 *
 * A worker that has jobs of a function with concurrent=N is filled up with others of
 * that function first. It may pass over jobs that cannot run beside them as long as
 * another worker is there for these; if there is none, they get their turn once it
 * has ended what it has.
 */

#include "config.h"

#include "work/aq-pool.h"

#include "core/aq-lane.h"
#include "work/aq-assignment.h"
#include "work/aq-attempt.h"
#include "work/aq-choice.h"
#include "work/aq-hand-over.h"

/* a worker with less gets more */
#define LOW_LOAD_NSEC (AQ_CHOICE_MAX_LOAD_NSEC / 2)
#define MAX_CLAIMS_AT_ONCE 8

struct _AqPool
{
  guint              ref_count;
  AqEngine          *engine;
  AqPluginDirectory *plugins;
  AqAgent           *agent;
  const AqSlotSettings *settings; /* not owned */
  AqChoice           choice;   /* as many slots as the agent's size, and those that only end what they have */
  GPtrArray         *leaving;  /* of AqSlot: are too many, have no jobs, and their workers end in order */
  gboolean           running;
  AqPoolDrained      drained;  /* nullable: called when a slot is empty */
  gpointer           drained_data;

  gboolean           cautious; /* claims only for workers that have no jobs */
  guint              window;   /* how many to claim at once at most, unless cautious */
  double             expected_nsec; /* what the jobs of the last claim cost on average */
  guint64            revealed; /* of the newest claim: hand-overs leave in order */
  guint              n_claimed;
};

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
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_unref (self->choice.slots[i]);
  g_ptr_array_unref (self->leaving);
  aq_agent_unref (self->agent);
  g_free (self->choice.n_new);
  g_free (self->choice.slots);
  g_free (self);
}

static void
on_opened (gpointer user_data)
{
  AqPool *self = user_data;

  if (self->drained != NULL)
    self->drained (self->drained_data);
  else
    aq_pool_fill (self);
}

static void
add_slots (AqPool *self,
           guint   n_slots)
{
  self->choice.slots = g_renew (AqSlot *, self->choice.slots, self->choice.n_slots + n_slots);
  self->choice.n_new = g_renew (guint, self->choice.n_new, self->choice.n_slots + n_slots);
  for (guint i = 0; i < n_slots; i++, self->choice.n_slots++)
    {
      AqSlot *slot = aq_slot_new (self->engine, self->settings, self->agent->name, on_opened, self);

      self->choice.n_new[self->choice.n_slots] = 0;
      self->choice.slots[self->choice.n_slots] = slot;
      if (self->running)
        aq_slot_start (slot);
    }
}

/**
 * aq_pool_new:
 * @engine: the engine; must live until aq_pool_stop()
 * @plugins: the plugins; likewise
 * @settings: see aq_slot_new()
 * @agent: whose slots they are
 */
AqPool *
aq_pool_new (AqEngine          *engine,
             AqPluginDirectory *plugins,
             const AqSlotSettings *settings,
             AqAgent           *agent)
{
  AqPool *self = g_new0 (AqPool, 1);

  self->ref_count = 1;
  self->engine = engine;
  self->plugins = plugins;
  self->agent = aq_agent_ref (agent);
  self->settings = settings;
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_slot_unref);
  add_slots (self, agent->size);
  self->cautious = TRUE;
  self->expected_nsec = AQ_CHOICE_MAX_LOAD_NSEC;
  return self;
}

AqAgent *
aq_pool_get_agent (AqPool *self)
{
  return self->agent;
}

static guint
count_staying (AqPool *self)
{
  guint n_slots = 0;

  for (guint i = 0; i < self->choice.n_slots; i++)
    n_slots += !aq_slot_is_closing (self->choice.slots[i]);
  return n_slots;
}

/* those first that have nothing to do */
static void
close_slots (AqPool *self,
             guint   n_slots)
{
  for (guint round = 0; round < 2; round++)
    for (guint i = self->choice.n_slots; i > 0 && n_slots > 0; i--)
      {
        AqSlot *slot = self->choice.slots[i - 1];

        if (aq_slot_is_closing (slot) || (round == 0 && aq_slot_get_n_runs (slot) > 0))
          continue;
        aq_slot_set_closing (slot, TRUE);
        n_slots--;
      }
}

/* those that were to go may stay, and then there are new ones */
static void
open_slots (AqPool *self,
            guint   n_slots)
{
  for (guint i = 0; i < self->choice.n_slots && n_slots > 0; i++)
    if (aq_slot_is_closing (self->choice.slots[i]))
      {
        aq_slot_set_closing (self->choice.slots[i], FALSE);
        n_slots--;
      }
  add_slots (self, n_slots);
}

/**
 * aq_pool_set_agent:
 * @self: a pool
 * @agent: what its agent is from now on; has the same name
 *
 * What runs goes on. A slot that is too many gets no more jobs, and goes with
 * aq_pool_drop_closed() once it has none.
 *
 * Source: behaviour Z97.
 */
void
aq_pool_set_agent (AqPool  *self,
                   AqAgent *agent)
{
  guint n_slots = count_staying (self);

  aq_agent_ref (agent);
  aq_agent_unref (self->agent);
  self->agent = agent;
  if (agent->size < n_slots)
    close_slots (self, n_slots - agent->size);
  else
    open_slots (self, agent->size - n_slots);
  self->window = MIN (self->window, agent->size * AQ_WORKER_MAX_RUNS);
}

/* those whose workers have ended meanwhile */
static void
drop_left (AqPool *self)
{
  for (guint i = self->leaving->len; i > 0; i--)
    {
      AqSlot *slot = g_ptr_array_index (self->leaving, i - 1);

      if (!aq_slot_is_empty (slot))
        continue;
      aq_slot_stop (slot);
      g_ptr_array_remove_index_fast (self->leaving, i - 1);
    }
}

/* not from within a slot's callback; takes those away that have ended what they had, and lets their workers end in order */
void
aq_pool_drop_closed (AqPool *self)
{
  drop_left (self);
  for (guint i = self->choice.n_slots; i > 0; i--)
    {
      AqSlot *slot = self->choice.slots[i - 1];

      if (!aq_slot_is_closing (slot) || aq_slot_get_n_runs (slot) > 0)
        continue;
      aq_slot_drain (slot);
      g_ptr_array_add (self->leaving, slot);
      self->choice.n_slots--;
      self->choice.slots[i - 1] = self->choice.slots[self->choice.n_slots];
      self->choice.n_new[i - 1] = self->choice.n_new[self->choice.n_slots];
    }
}

/* @pids: of guint32: those of the workers are appended */
void
aq_pool_add_pids (AqPool *self,
                  GArray *pids)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    {
      guint32 pid = aq_slot_get_pid (self->choice.slots[i]);

      if (pid != 0)
        g_array_append_val (pids, pid);
    }
}

/* see aq_slot_list_running() */
void
aq_pool_list_running (AqPool          *self,
                      GVariantBuilder *builder)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_list_running (self->choice.slots[i], builder);
}

/* see aq_slot_list_trouble() */
void
aq_pool_list_troubles (AqPool          *self,
                       GVariantBuilder *builder)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_list_trouble (self->choice.slots[i], builder);
}

void
aq_pool_count_plugins (AqPool     *self,
                       GHashTable *workers)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    {
      AqWorker *worker = aq_slot_get_worker (self->choice.slots[i]);

      if (worker != NULL)
        aq_worker_count_plugins (worker, workers);
    }
}

/* also those that wait behind another one at their worker */
guint
aq_pool_count_jobs (AqPool *self)
{
  guint n_jobs = 0;

  for (guint i = 0; i < self->choice.n_slots; i++)
    n_jobs += aq_slot_get_n_runs (self->choice.slots[i]);
  return n_jobs;
}

/* how many workers could begin a job now */
guint
aq_pool_count_free (AqPool *self)
{
  guint n_free = 0;

  for (guint i = 0; i < self->choice.n_slots; i++)
    n_free += aq_slot_is_open (self->choice.slots[i]) && aq_slot_get_n_runs (self->choice.slots[i]) == 0;
  return n_free;
}

/* see aq_slot_dup_witness() */
GVariant *
aq_pool_dup_witness (AqPool  *self,
                     guint64  lease)
{
  GVariant *evidence = NULL;

  for (guint i = 0; i < self->choice.n_slots && evidence == NULL; i++)
    evidence = aq_slot_dup_witness (self->choice.slots[i], lease);
  return evidence;
}

/* see aq_slot_stop_job() */
gboolean
aq_pool_stop_job (AqPool  *self,
                  guint64  lease)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    if (aq_slot_stop_job (self->choice.slots[i], lease))
      return TRUE;
  return FALSE;
}

/* how many more jobs of the expected kind the slot could take */
static guint
room_in (AqPool *self,
         AqSlot *slot)
{
  guint n_runs = aq_slot_get_n_runs (slot);
  guint room = aq_slot_get_room (slot);
  double load_nsec;

  if (!aq_slot_is_open (slot) || room == 0)
    return 0;
  if (self->cautious)
    return n_runs == 0 ? 1 : 0;
  load_nsec = aq_worker_get_load (aq_slot_get_worker (slot));
  if (n_runs > 0 && load_nsec > LOW_LOAD_NSEC)
    return 0;
  return (guint) CLAMP ((AQ_CHOICE_MAX_LOAD_NSEC - load_nsec) / self->expected_nsec, n_runs == 0 ? 1 : 0,
                        room);
}

/* to the slot of the cursor */
static void
give (AqPool                *self,
      const AqJob           *job,
      AqPluginFunction      *function,
      const AqResourceGrant *grant)
{
  AqWorker *worker = aq_slot_get_worker (self->choice.slots[self->choice.cursor]);

  if (aq_assignment_give (self->engine, worker, job, function, grant))
    self->choice.n_new[self->choice.cursor]++;
}

static void
hand_over (AqPool  *self,
           guint64  revealed)
{
  AqHandOver *handover = aq_hand_over_new (self->agent, self->choice.n_slots);

  for (guint i = 0; i < self->choice.n_slots; i++)
    {
      if (self->choice.n_new[i] == 0)
        continue;
      self->choice.n_new[i] = 0;
      aq_hand_over_add (handover, self->choice.slots[i]);
    }
  /* a later claim that reveals less must not overtake this one in a worker's buffer */
  self->revealed = MAX (self->revealed, revealed);
  aq_hand_over_leave (handover, aq_store_get_gate (aq_engine_get_store (self->engine)), self->revealed);
}

/* a job with limits is alone: what it takes is nobody else's */
static double
cost_of (const AqPluginFunction *function,
         const AqResourceGrant  *grant)
{
  return grant != NULL ? AQ_WIRE_SHORT_NSEC : aq_plugin_function_cost (function);
}

/* Gives @jobs to workers. Returns: how many found a place, from the front. */
static guint
distribute (AqPool  *self,
            AqJob  **jobs,
            guint    n_jobs)
{
  GRefString *last_name = NULL;
  AqPluginFunction *function = NULL;
  const AqResourceGrant *grant = NULL;
  double cost_nsec = 0;
  guint n_free = 0;
  guint n_given = 0;
  guint share;
  guint n;

  for (guint i = 0; i < self->choice.n_slots; i++)
    n_free += room_in (self, self->choice.slots[i]) > 0;
  share = (n_jobs + MAX (n_free, 1) - 1) / MAX (n_free, 1);
  self->choice.cursor = 0;
  self->choice.n_waiting = 0;
  for (n = 0; n < n_jobs; n++)
    {
      /* jobs of one lane share the name */
      if (jobs[n]->lane->function != last_name)
        {
          last_name = jobs[n]->lane->function;
          function = aq_plugin_directory_lookup (self->plugins, last_name);
          grant = function == NULL ? NULL
                                   : aq_resources_grant (self->settings->resources, function, self->agent->name);
        }
      if (function == NULL)
        {
          aq_assignment_fail_unknown (self->engine, jobs[n]);
          continue;
        }
      if (!aq_choice_pick (&self->choice, cost_of (function, grant), function->profile, share))
        {
          if (!aq_choice_make_place (&self->choice))
            break;
          self->choice.n_waiting++;
          aq_attempt_release (self->engine, jobs[n]->id, jobs[n]->lease);
          continue;
        }
      give (self, jobs[n], function, grant);
      cost_nsec += cost_of (function, grant);
      n_given++;
    }
  if (n_given > 0)
    self->expected_nsec = cost_nsec / n_given;
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
  guint n_given = self->running && self->drained == NULL ? distribute (self, jobs, n_jobs) : 0;

  self->n_claimed = n_jobs;
  adjust_window (self, n_given, n_jobs);
  if (n_given > 0)
    hand_over (self, revealed);
  for (guint i = n_given; i < n_jobs; i++)
    aq_attempt_release (self->engine, jobs[i]->id, jobs[i]->lease);
}

/* For the worker at the cursor, which runs jobs of that function beside each other. */
static void
on_claimed_beside (AqJob   **jobs,
                   guint     n_jobs,
                   guint64   revealed,
                   gpointer  user_data)
{
  AqPool *self = user_data;
  AqSlot *slot = self->choice.slots[self->choice.cursor];
  guint n_given = 0;

  if (self->running && self->drained == NULL)
    for (; n_given < n_jobs && aq_slot_get_concurrent_room (slot) > 0; n_given++)
      {
        AqPluginFunction *function = aq_slot_get_concurrent (slot);

        give (self, jobs[n_given], function,
              aq_resources_grant (self->settings->resources, function, self->agent->name));
      }
  if (n_given > 0)
    hand_over (self, revealed);
  for (guint i = n_given; i < n_jobs; i++)
    aq_attempt_release (self->engine, jobs[i]->id, jobs[i]->lease);
}

/* whether any worker takes jobs of other functions than those that it runs beside each other, now or later */
static gboolean
has_other (AqPool *self)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    if (!aq_slot_is_closing (self->choice.slots[i]) && aq_slot_get_concurrent (self->choice.slots[i]) == NULL)
      return TRUE;
  return FALSE;
}

/* More jobs for workers that run several beside each other. */
static void
fill_beside (AqPool *self)
{
  gboolean passes = has_other (self);

  for (guint i = 0; i < self->choice.n_slots; i++)
    {
      AqPluginFunction *function = aq_slot_get_concurrent (self->choice.slots[i]);
      guint room = aq_slot_get_concurrent_room (self->choice.slots[i]);

      if (room == 0)
        continue;
      self->choice.cursor = i;
      aq_engine_claim_function (self->engine, self->agent, function->name, passes, room, on_claimed_beside, self);
    }
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
  for (guint round = 0; round < MAX_CLAIMS_AT_ONCE && self->running && self->drained == NULL; round++)
    {
      guint room = 0;

      fill_beside (self);
      /* who waits for a worker that is about to come would be claimed again and again */
      if (self->choice.n_waiting > 0 && aq_choice_count_coming (&self->choice) > 0)
        break;
      for (guint i = 0; i < self->choice.n_slots; i++)
        room += room_in (self, self->choice.slots[i]);
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

  for (guint i = 0; i < self->choice.n_slots && self->running; i++)
    aq_slot_retire (self->choice.slots[i], plugin, newest);
}

/* starts the workers */
void
aq_pool_start (AqPool *self)
{
  self->running = TRUE;
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_start (self->choice.slots[i]);
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
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_stop (self->choice.slots[i]);
  for (guint i = 0; i < self->leaving->len; i++)
    aq_slot_stop (g_ptr_array_index (self->leaving, i));
}

/**
 * aq_pool_drain:
 * @self: a pool that was started
 * @drained: called from the main loop whenever a slot has become empty
 * @user_data: for @drained
 *
 * Nothing more is claimed, and each worker ends in order once it has no jobs.
 */
void
aq_pool_drain (AqPool        *self,
               AqPoolDrained  drained,
               gpointer       user_data)
{
  self->drained = drained;
  self->drained_data = user_data;
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_drain (self->choice.slots[i]);
}

/* see aq_slot_interrupt() */
void
aq_pool_interrupt (AqPool *self)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    aq_slot_interrupt (self->choice.slots[i]);
}

/* whether it has no process any more */
gboolean
aq_pool_is_empty (AqPool *self)
{
  for (guint i = 0; i < self->choice.n_slots; i++)
    if (!aq_slot_is_empty (self->choice.slots[i]))
      return FALSE;
  for (guint i = 0; i < self->leaving->len; i++)
    if (!aq_slot_is_empty (g_ptr_array_index (self->leaving, i)))
      return FALSE;
  return TRUE;
}

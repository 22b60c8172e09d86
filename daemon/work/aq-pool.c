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

#include "core/aq-edge.h"
#include "core/aq-engine-data.h"
#include "core/aq-engine-objects.h"
#include "core/aq-lane.h"
#include "libasyncq/asyncq-error.h"
#include "work/aq-attempt.h"

/* what the jobs in line at a worker may take, but for a single one */
#define MAX_LOAD_NSEC ((double) AQ_WIRE_SHORT_NSEC)
/* a worker with less gets more */
#define LOW_LOAD_NSEC (MAX_LOAD_NSEC / 2)
/* it takes as long to wake another worker up: less is not worth it */
#define CHUNK_NSEC 20000.0
#define MAX_CLAIMS_AT_ONCE 8

struct _AqPool
{
  guint              ref_count;
  AqEngine          *engine;
  AqPluginDirectory *plugins;
  AqAgent           *agent;
  const AqSlotSettings *settings; /* not owned */
  AqSlot           **slots;    /* n_slots of them, owned */
  guint              n_slots;  /* the agent's size, and those that only end what they have */
  guint             *n_new;    /* for each: jobs that this claim has given it */
  gboolean           running;
  AqPoolDrained      drained;  /* nullable: called when a slot is empty */
  gpointer           drained_data;

  gboolean           cautious; /* claims only for workers that have no jobs */
  guint              window;   /* how many to claim at once at most, unless cautious */
  double             expected_nsec; /* what the jobs of the last claim cost on average */
  guint64            revealed; /* of the newest claim: hand-overs leave in order */
  guint              n_claimed;
  guint              n_waiting; /* jobs of the last claim that have no worker yet: one with their sandbox */
  guint              cursor;   /* the slot that gets the next job */
};

/* What a claim gave to workers, waiting for the gate. */
typedef struct
{
  AqPool *pool; /* owned */
  guint   n_parts;
  struct
  {
    AqSlot   *slot;   /* owned */
    AqWorker *worker; /* owned */
    guint64   position;
    guint     n_drops;
  } parts[];
} Handover;

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
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_unref (self->slots[i]);
  aq_agent_unref (self->agent);
  g_free (self->n_new);
  g_free (self->slots);
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
  self->slots = g_renew (AqSlot *, self->slots, self->n_slots + n_slots);
  self->n_new = g_renew (guint, self->n_new, self->n_slots + n_slots);
  for (guint i = 0; i < n_slots; i++, self->n_slots++)
    {
      self->n_new[self->n_slots] = 0;
      self->slots[self->n_slots] = aq_slot_new (self->engine, self->settings, self->agent->name, on_opened, self);
      if (self->running)
        aq_slot_start (self->slots[self->n_slots]);
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
  add_slots (self, agent->size);
  self->cautious = TRUE;
  self->expected_nsec = MAX_LOAD_NSEC;
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

  for (guint i = 0; i < self->n_slots; i++)
    n_slots += !aq_slot_is_closing (self->slots[i]);
  return n_slots;
}

/* those first that have nothing to do */
static void
close_slots (AqPool *self,
             guint   n_slots)
{
  for (guint round = 0; round < 2; round++)
    for (guint i = self->n_slots; i > 0 && n_slots > 0; i--)
      {
        AqSlot *slot = self->slots[i - 1];

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
  for (guint i = 0; i < self->n_slots && n_slots > 0; i++)
    if (aq_slot_is_closing (self->slots[i]))
      {
        aq_slot_set_closing (self->slots[i], FALSE);
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

/* not from within a slot's callback; takes those away that have ended what they had */
void
aq_pool_drop_closed (AqPool *self)
{
  for (guint i = self->n_slots; i > 0; i--)
    {
      AqSlot *slot = self->slots[i - 1];

      if (!aq_slot_is_closing (slot) || aq_slot_get_n_runs (slot) > 0)
        continue;
      aq_slot_stop (slot);
      aq_slot_unref (slot);
      self->n_slots--;
      self->slots[i - 1] = self->slots[self->n_slots];
      self->n_new[i - 1] = self->n_new[self->n_slots];
    }
}

/* @pids: of guint32: those of the workers are appended */
void
aq_pool_add_pids (AqPool *self,
                  GArray *pids)
{
  for (guint i = 0; i < self->n_slots; i++)
    {
      guint32 pid = aq_slot_get_pid (self->slots[i]);

      if (pid != 0)
        g_array_append_val (pids, pid);
    }
}

/* see aq_slot_list_running() */
void
aq_pool_list_running (AqPool          *self,
                      GVariantBuilder *builder)
{
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_list_running (self->slots[i], builder);
}

/* see aq_slot_list_trouble() */
void
aq_pool_list_troubles (AqPool          *self,
                       GVariantBuilder *builder)
{
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_list_trouble (self->slots[i], builder);
}

void
aq_pool_count_plugins (AqPool     *self,
                       GHashTable *workers)
{
  for (guint i = 0; i < self->n_slots; i++)
    {
      AqWorker *worker = aq_slot_get_worker (self->slots[i]);

      if (worker != NULL)
        aq_worker_count_plugins (worker, workers);
    }
}

/* also those that wait behind another one at their worker */
guint
aq_pool_count_jobs (AqPool *self)
{
  guint n_jobs = 0;

  for (guint i = 0; i < self->n_slots; i++)
    n_jobs += aq_slot_get_n_runs (self->slots[i]);
  return n_jobs;
}

/* how many workers could begin a job now */
guint
aq_pool_count_free (AqPool *self)
{
  guint n_free = 0;

  for (guint i = 0; i < self->n_slots; i++)
    n_free += aq_slot_is_open (self->slots[i]) && aq_slot_get_n_runs (self->slots[i]) == 0;
  return n_free;
}

/* see aq_slot_dup_witness() */
GVariant *
aq_pool_dup_witness (AqPool  *self,
                     guint64  lease)
{
  GVariant *evidence = NULL;

  for (guint i = 0; i < self->n_slots && evidence == NULL; i++)
    evidence = aq_slot_dup_witness (self->slots[i], lease);
  return evidence;
}

/* see aq_slot_stop_job() */
gboolean
aq_pool_stop_job (AqPool  *self,
                  guint64  lease)
{
  for (guint i = 0; i < self->n_slots; i++)
    if (aq_slot_stop_job (self->slots[i], lease))
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
  return (guint) CLAMP ((MAX_LOAD_NSEC - load_nsec) / self->expected_nsec, n_runs == 0 ? 1 : 0,
                        room);
}

/* @blank: whether it is to have a worker that has run nothing, or one with that sandbox */
static gboolean
takes (AqSlot          *slot,
       double           cost_nsec,
       const AqProfile *profile,
       gboolean         blank)
{
  AqWorker *worker = aq_slot_get_worker (slot);

  if (!aq_slot_is_open (slot) || aq_slot_get_room (slot) == 0 ||
      !(blank ? aq_worker_is_blank (worker) : aq_worker_has_profile (worker, profile)))
    return FALSE;
  return aq_slot_get_n_runs (slot) == 0 ||
         (aq_worker_get_load (worker) + cost_nsec <= MAX_LOAD_NSEC);
}

/* Whose turn it is: one slot after the other, each up to its share, first those that have the sandbox, then those
 * that may have any; then whoever has room. The slot is that of the cursor. */
static gboolean
pick (AqPool          *self,
      double           cost_nsec,
      const AqProfile *profile,
      guint            share)
{
  const guint shares[] = { MAX (share, (guint) (CHUNK_NSEC / cost_nsec)), G_MAXUINT };

  for (guint round = 0; round < 2 * G_N_ELEMENTS (shares); round++)
    for (guint i = 0; i < self->n_slots; i++)
      {
        if (self->n_new[self->cursor] < shares[round / 2] &&
            takes (self->slots[self->cursor], cost_nsec, profile, round % 2 != 0))
          return TRUE;
        self->cursor = (self->cursor + 1) % self->n_slots;
      }
  return FALSE;
}

/* A slot whose worker has nothing to do, and another sandbox: one that has any, if possible, as those that have none
 * are most in demand. Returns: (nullable) */
static AqSlot *
find_idle (AqPool *self)
{
  AqSlot *idle = NULL;

  for (guint i = 0; i < self->n_slots; i++)
    {
      AqSlot *slot = self->slots[i];

      if (!aq_slot_is_open (slot) || aq_slot_get_n_runs (slot) > 0)
        continue;
      if (!aq_worker_has_profile (aq_slot_get_worker (slot), NULL))
        return slot;
      idle = slot;
    }
  return idle;
}

static guint
count_coming (AqPool *self)
{
  guint n_coming = 0;

  for (guint i = 0; i < self->n_slots; i++)
    n_coming += aq_slot_is_coming (self->slots[i]);
  return n_coming;
}

/* A job has found no worker with its sandbox, nor one that may have any. One that has nothing to do makes place for
 * it, unless there is a new one on its way that nobody waits for. The job is claimed again once that is there.
 * Returns: whether it waits for a worker, and not only for room */
static gboolean
make_place (AqPool *self)
{
  AqSlot *idle;

  if (count_coming (self) > self->n_waiting)
    return TRUE;
  idle = find_idle (self);
  if (idle != NULL)
    aq_slot_replace (idle);
  return idle != NULL;
}

/* Returns: the composite job that it is a part of, or the job whose callback it is; 0: none */
static guint64
parent_of (const AqJob *job)
{
  const GArray *edges = job->extra == NULL ? NULL : job->extra->edges_in;

  for (guint i = 0; edges != NULL && i < edges->len; i++)
    {
      const AqEdge *edge = &g_array_index (edges, AqEdge, i);

      if (edge->role == AQ_EDGE_MEMBER || edge->role == AQ_EDGE_POSTPROCESS || edge->role == AQ_EDGE_CALLBACK)
        return edge->parent;
    }
  return 0;
}

/* The declared type of a function that other jobs give something ends with that. */
static GVariant *
append_argument (const AqJob *job,
                 GVariant    *last)
{
  g_autoptr(GVariant) arguments = aq_job_dup_arguments (job);
  gsize n_arguments = g_variant_n_children (arguments);
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; i < n_arguments; i++)
    g_ptr_array_add (children, g_variant_get_child_value (arguments, i));
  g_ptr_array_add (children, g_variant_ref (last));
  return g_variant_ref_sink (g_variant_new_tuple ((GVariant * const *) children->pdata, children->len));
}

/* It fails before anybody runs it. */
static void
fail_at_once (AqPool       *self,
              const AqJob  *job,
              const GError *failure,
              gboolean      is_final)
{
  const AqCause cause = { .kind = AQ_CAUSE_ERROR, .is_final = is_final };
  AqRun run = {
    .id = job->id,
    .lease = job->lease,
    .started_usec = aq_clock_get_wall (aq_engine_get_clock (self->engine)),
  };

  aq_attempt_fail (self->engine, &run, 0, failure, &cause, NULL, NULL);
}

static void
fail_too_large (AqPool      *self,
                const AqJob *job)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_TOO_LARGE,
                         "the arguments, with the results of other jobs, are larger than %d bytes",
                         AQ_WIRE_MAX_VALUE_BYTES);
  /* what it is handed over does not get any smaller */
  fail_at_once (self, job, failure, TRUE);
}

static void
fail_unbound (AqPool      *self,
              const AqJob *job,
              const char  *object)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_OBJECT, "there is no object '%s' any more", object);
  fail_at_once (self, job, failure, FALSE);
}

/* The engine thinks that there is such a function. */
static void
fail_unknown (AqPool      *self,
              const AqJob *job)
{
  g_autoptr(GError) failure = NULL;

  failure = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_NO_SUCH_FUNCTION, "no plugin has a function '%s'",
                         aq_job_get_function (job));
  fail_at_once (self, job, failure, FALSE);
}

/* to the slot of the cursor */
static void
give (AqPool                *self,
      const AqJob           *job,
      AqPluginFunction      *function,
      const AqResourceGrant *grant)
{
  AqWorker *worker = aq_slot_get_worker (self->slots[self->cursor]);
  g_autoptr(GVariant) handed_over = aq_engine_dup_handed_over (self->engine, job);
  g_autoptr(GVariant) checkpoint = aq_engine_dup_checkpoint (self->engine, job);
  const char *bound_to = aq_job_get_settings (job)->object;
  g_autoptr(GVariant) arguments = NULL;
  g_autoptr(GVariant) object = NULL;
  guint64 version = 0;
  AqWireRun run = {
    .id = job->id,
    .lease = job->lease,
    .parent = parent_of (job),
    .attempt = job->attempt + 1, /* the one that is about to begin */
    .function = function->name,
    .queue = aq_job_get_queue (job),
    .arguments_type = job->lane->arguments_type,
    .arguments = job->arguments,
    .arguments_size = job->arguments_size,
  };

  if (handed_over != NULL)
    {
      arguments = append_argument (job, handed_over);
      run.arguments_type = g_variant_get_type_string (arguments);
      run.arguments = g_variant_get_data (arguments);
      run.arguments_size = g_variant_get_size (arguments);
    }
  if (run.arguments_size > AQ_WIRE_MAX_VALUE_BYTES)
    {
      fail_too_large (self, job);
      return;
    }
  if (bound_to != NULL)
    object = aq_engine_dup_object (self->engine, job, &version);
  if (bound_to != NULL && object == NULL)
    {
      fail_unbound (self, job, bound_to);
      return;
    }
  aq_wire_value_set (&run.checkpoint, checkpoint);
  aq_wire_value_set (&run.object, object);
  aq_worker_push_run (worker, &run, function, job->lane->queue);
  if (grant != NULL)
    aq_worker_limit_run (worker, grant);
  if (bound_to != NULL)
    aq_worker_bind_run (worker, bound_to, version);
  self->n_new[self->cursor]++;
}

/* What the hand-over reveals is flushed, or never will be. */
static void
on_gate (const GError *error,
         gpointer      user_data)
{
  Handover *handover = user_data;

  if (error != NULL && handover->pool->running)
    g_warning ("agent '%s': jobs are not handed over: %s", handover->pool->agent->name, error->message);
  for (guint i = 0; i < handover->n_parts; i++)
    {
      AqSlot *slot = handover->parts[i].slot;

      if (error == NULL)
        aq_slot_send (slot, handover->parts[i].worker, handover->parts[i].position, handover->parts[i].n_drops);
      else
        aq_slot_take_back (slot);
      aq_worker_unref (handover->parts[i].worker);
      aq_slot_unref (slot);
    }
  aq_pool_unref (handover->pool);
  g_free (handover);
}

static void
hand_over (AqPool  *self,
           guint64  revealed)
{
  Handover *handover = g_malloc (sizeof *handover + self->n_slots * sizeof handover->parts[0]);

  handover->pool = aq_pool_ref (self);
  handover->n_parts = 0;
  for (guint i = 0; i < self->n_slots; i++)
    {
      AqWorker *worker = aq_slot_get_worker (self->slots[i]);

      if (self->n_new[i] == 0)
        continue;
      self->n_new[i] = 0;
      handover->parts[handover->n_parts].slot = aq_slot_ref (self->slots[i]);
      handover->parts[handover->n_parts].worker = aq_worker_ref (worker);
      handover->parts[handover->n_parts].position = aq_worker_get_position (worker);
      handover->parts[handover->n_parts].n_drops = aq_worker_get_n_drops (worker);
      handover->n_parts++;
    }
  /* a later claim that reveals less must not overtake this one in a worker's buffer */
  self->revealed = MAX (self->revealed, revealed);
  aq_gate_hold (aq_store_get_gate (aq_engine_get_store (self->engine)), self->revealed, on_gate, handover);
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

  for (guint i = 0; i < self->n_slots; i++)
    n_free += room_in (self, self->slots[i]) > 0;
  share = (n_jobs + MAX (n_free, 1) - 1) / MAX (n_free, 1);
  self->cursor = 0;
  self->n_waiting = 0;
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
          fail_unknown (self, jobs[n]);
          continue;
        }
      if (!pick (self, cost_of (function, grant), function->profile, share))
        {
          if (!make_place (self))
            break;
          self->n_waiting++;
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
  AqSlot *slot = self->slots[self->cursor];
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
  for (guint i = 0; i < self->n_slots; i++)
    if (!aq_slot_is_closing (self->slots[i]) && aq_slot_get_concurrent (self->slots[i]) == NULL)
      return TRUE;
  return FALSE;
}

/* More jobs for workers that run several beside each other. */
static void
fill_beside (AqPool *self)
{
  gboolean passes = has_other (self);

  for (guint i = 0; i < self->n_slots; i++)
    {
      AqPluginFunction *function = aq_slot_get_concurrent (self->slots[i]);
      guint room = aq_slot_get_concurrent_room (self->slots[i]);

      if (room == 0)
        continue;
      self->cursor = i;
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
      if (self->n_waiting > 0 && count_coming (self) > 0)
        break;
      for (guint i = 0; i < self->n_slots; i++)
        room += room_in (self, self->slots[i]);
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

  for (guint i = 0; i < self->n_slots && self->running; i++)
    aq_slot_retire (self->slots[i], plugin, newest);
}

/* starts the workers */
void
aq_pool_start (AqPool *self)
{
  self->running = TRUE;
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_start (self->slots[i]);
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
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_stop (self->slots[i]);
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
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_drain (self->slots[i]);
}

/* see aq_slot_interrupt() */
void
aq_pool_interrupt (AqPool *self)
{
  for (guint i = 0; i < self->n_slots; i++)
    aq_slot_interrupt (self->slots[i]);
}

/* whether it has no process any more */
gboolean
aq_pool_is_empty (AqPool *self)
{
  for (guint i = 0; i < self->n_slots; i++)
    if (!aq_slot_is_empty (self->slots[i]))
      return FALSE;
  return TRUE;
}

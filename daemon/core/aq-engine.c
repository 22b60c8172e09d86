/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: wiring, agents and work
 *
 * Whatever may have made a job claimable pokes the engine, and once in a loop
 * turn that calls the one who has workers. So many puts make one claim, and a
 * put and its claim are flushed together.
 */

#include "config.h"

#include "core/aq-engine-private.h"

#include "core/aq-job-view.h"

#include <string.h>

/* before the sources of default priority, so that a claim does not wait for more input */
#define POKE_PRIORITY (G_PRIORITY_DEFAULT - 10)

const AqActor aq_engine_self = { 0, "" };

static gboolean
dispatch_poke (GSource    *source,
               GSourceFunc callback,
               gpointer    user_data)
{
  return callback (user_data);
}

static GSourceFuncs poke_funcs = { .dispatch = dispatch_poke };

/* Takes the timer to the time of the next job; most of the time it is there already. */
static void
set_due_timer (AqEngine *self);

static void
on_ticked (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
  set_due_timer (user_data);
}

static void
on_due (gpointer user_data)
{
  AqEngine *self = user_data;

  g_clear_pointer (&self->due_timer, aq_timer_free);
  self->due_usec = G_MAXINT64;
  aq_store_apply (self->store, &aq_engine_self, aq_rule_tick, NULL, on_ticked, self);
  aq_engine_poke (self);
}

static void
set_due_timer (AqEngine *self)
{
  gint64 due_usec = self->running ? aq_store_get_next_due (self->store) : G_MAXINT64;

  if (due_usec == self->due_usec)
    return;

  g_clear_pointer (&self->due_timer, aq_timer_free);
  self->due_usec = due_usec;
  if (due_usec != G_MAXINT64)
    self->due_timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, due_usec, on_due, self);
}

static gboolean
on_poke (gpointer user_data)
{
  AqEngine *self = user_data;

  self->poked = FALSE;
  g_source_set_ready_time (self->poke, -1);
  set_due_timer (self);
  if (self->running && self->work_func != NULL)
    self->work_func (self->work_data);
  return G_SOURCE_CONTINUE;
}

/**
 * aq_engine_poke:
 * @self: an engine
 *
 * Something may have become claimable, or due at another time.
 *
 * Since: 0.1
 */
void
aq_engine_poke (AqEngine *self)
{
  if (self->poked || !self->running)
    return;
  self->poked = TRUE;
  g_source_set_ready_time (self->poke, 0);
}

static void
unref_agent (gpointer agent)
{
  aq_agent_unref (agent);
}

/**
 * aq_engine_new:
 * @store: the store, opened
 * @clock: the clock that the store goes by
 *
 * Returns: (transfer full): an engine that does nothing before aq_engine_start()
 *
 * Since: 0.1
 */
AqEngine *
aq_engine_new (AqStore *store,
               AqClock *clock)
{
  AqEngine *self = g_new0 (AqEngine, 1);

  self->store = g_object_ref (store);
  self->clock = aq_clock_ref (clock);
  self->functions = aq_function_table_new ();
  self->agents = g_ptr_array_new_with_free_func (unref_agent);
  self->claimed = g_ptr_array_new ();
  self->due_usec = G_MAXINT64;
  self->poke = g_source_new (&poke_funcs, sizeof (GSource));
  g_source_set_priority (self->poke, POKE_PRIORITY);
  g_source_set_callback (self->poke, on_poke, self, NULL);
  g_source_attach (self->poke, g_main_context_get_thread_default ());
  aq_engine_watch_init (self);
  return self;
}

void
aq_engine_free (AqEngine *self)
{
  aq_engine_stop (self);
  aq_engine_watch_clear (self);
  g_source_destroy (self->poke);
  g_source_unref (self->poke);
  g_ptr_array_unref (self->claimed);
  g_ptr_array_unref (self->agents);
  aq_function_table_free (self->functions);
  aq_clock_unref (self->clock);
  g_object_unref (self->store);
  g_free (self);
}

static AqAgent *
find_agent (AqEngine   *self,
            const char *name)
{
  for (guint i = 0; i < self->agents->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (self->agents, i);

      if (g_str_equal (agent->name, name))
        return agent;
    }
  return NULL;
}

static gboolean
load_agents (AqTransaction  *transaction,
             gpointer        engine,
             GError        **error)
{
  AqEngine *self = engine;
  GPtrArray *stored = aq_transaction_list_agents (transaction);

  for (guint i = 0; i < stored->len; i++)
    {
      AqAgent *agent = g_ptr_array_index (stored, i);

      if (find_agent (self, agent->name) == NULL)
        g_ptr_array_add (self->agents, aq_agent_ref (agent));
    }
  return TRUE;
}

static void
on_agents_loaded (gpointer      event,
                  guint64       sequence,
                  const GError *error,
                  gpointer      user_data)
{
  aq_engine_poke (user_data);
}

static void
on_recovered (gpointer      event,
              guint64       sequence,
              const GError *error,
              gpointer      user_data)
{
  GError **out_error = user_data;

  if (error != NULL)
    *out_error = g_error_copy (error);
}

/**
 * aq_engine_start:
 * @self: an engine, with the agents of the configuration
 * @error: return location for an error
 *
 * Sees to what a predecessor left behind, adds the stored agents, and starts to
 * hand out jobs. A stored agent with the name of a configured one gives way.
 *
 * Returns: whether it runs
 *
 * Since: 0.1
 */
gboolean
aq_engine_start (AqEngine  *self,
                 GError   **error)
{
  GError *failure = NULL;

  aq_store_apply (self->store, &aq_engine_self, aq_rule_recover, NULL, on_recovered, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  self->running = TRUE;
  aq_store_apply (self->store, &aq_engine_self, load_agents, self, on_agents_loaded, self);
  return TRUE;
}

/**
 * aq_engine_stop:
 * @self: an engine
 *
 * Hands out no more jobs. What runs may still end.
 *
 * Since: 0.1
 */
void
aq_engine_stop (AqEngine *self)
{
  self->running = FALSE;
  set_due_timer (self);
}

AqClock *
aq_engine_get_clock (AqEngine *self)
{
  return self->clock;
}

AqStore *
aq_engine_get_store (AqEngine *self)
{
  return self->store;
}

AqFunctionTable *
aq_engine_get_functions (AqEngine *self)
{
  return self->functions;
}

/**
 * aq_engine_when_flushed:
 * @self: an engine
 * @func: called once everything that was applied so far is flushed
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_engine_when_flushed (AqEngine   *self,
                        AqGateFunc  func,
                        gpointer    user_data)
{
  aq_gate_hold (aq_store_get_gate (self->store), aq_store_get_sequence (self->store), func, user_data);
}

/* agents */

/**
 * aq_engine_configure_agent:
 * @self: an engine that has not been started
 * @agent: an agent of the configuration
 * @error: return location for an error
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`.
 *
 * Returns: whether it was added
 *
 * Since: 0.1
 */
gboolean
aq_engine_configure_agent (AqEngine  *self,
                           AqAgent   *agent,
                           GError   **error)
{
  if (find_agent (self, agent->name) != NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an agent '%s' already", agent->name);
      return FALSE;
    }
  g_ptr_array_add (self->agents, aq_agent_ref (agent));
  return TRUE;
}

GPtrArray *
aq_engine_get_agents (AqEngine *self)
{
  return self->agents;
}

typedef struct
{
  AqAddAgentEvent  event; /* the agent is owned */
  AqEngine        *engine;
  AqEngineDone     done;
  gpointer         user_data;
} AddAgent;

static void
finish_add_agent (AddAgent     *add,
                  const GError *error)
{
  add->done (error, add->user_data);
  aq_agent_unref (add->event.agent);
  g_free (add);
}

static void
on_agent_flushed (const GError *error,
                  gpointer      user_data)
{
  finish_add_agent (user_data, error);
}

static void
on_agent_added (gpointer      event,
                guint64       sequence,
                const GError *error,
                gpointer      user_data)
{
  AddAgent *add = user_data;

  if (error != NULL)
    {
      finish_add_agent (add, error);
      return;
    }
  g_ptr_array_add (add->engine->agents, aq_agent_ref (add->event.agent));
  aq_engine_poke (add->engine);
  aq_gate_hold (aq_store_get_gate (add->engine->store), sequence, on_agent_flushed, add);
}

/**
 * aq_engine_add_agent:
 * @self: an engine
 * @actor: who asked for it
 * @agent: an agent
 * @done: called when it is stored, or with why not
 * @user_data: for @done
 *
 * Errors: `ASYNCQ_ERROR_EXISTS`.
 *
 * Since: 0.1
 */
void
aq_engine_add_agent (AqEngine      *self,
                     const AqActor *actor,
                     AqAgent       *agent,
                     AqEngineDone   done,
                     gpointer       user_data)
{
  AddAgent *add;

  if (find_agent (self, agent->name) != NULL)
    {
      g_autoptr(GError) error = g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_EXISTS, "there is an agent '%s' already",
                                             agent->name);

      done (error, user_data);
      return;
    }
  add = g_new0 (AddAgent, 1);
  add->event.agent = aq_agent_ref (agent);
  add->engine = self;
  add->done = done;
  add->user_data = user_data;
  aq_store_apply (self->store, actor, aq_rule_add_agent, &add->event, on_agent_added, add);
}

/**
 * aq_engine_set_observer:
 * @self: an engine
 * @observer: (nullable): what to call at claims; must live until the next call
 * @user_data: for its functions
 *
 * Since: 0.1
 */
void
aq_engine_set_observer (AqEngine               *self,
                        const AqEngineObserver *observer,
                        gpointer                user_data)
{
  self->observer = observer;
  self->observer_data = user_data;
}

/* work */

/**
 * aq_engine_set_work_func:
 * @self: an engine
 * @func: (nullable): called from the main loop when there may be something to
 *   claim, or a new agent
 * @user_data: for @func
 *
 * Since: 0.1
 */
void
aq_engine_set_work_func (AqEngine       *self,
                         AqEngineNotify  func,
                         gpointer        user_data)
{
  self->work_func = func;
  self->work_data = user_data;
  aq_engine_poke (self);
}

/**
 * aq_engine_functions_changed:
 * @self: an engine
 *
 * Plugins have come or gone: jobs whose function was missing may be claimable.
 *
 * Since: 0.1
 */
void
aq_engine_functions_changed (AqEngine *self)
{
  aq_engine_poke (self);
}

typedef struct
{
  AqClaimEvent     event;
  AqEngine        *engine;
  AqEngineClaimed  func;
  gpointer         user_data;
} Claim;

static void
on_claimed (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  Claim *claim = user_data;
  GPtrArray *jobs = claim->event.out_jobs;

  /* a store that has failed hands out nothing */
  if (error == NULL && jobs->len > 0 && claim->engine->observer != NULL)
    claim->engine->observer->claimed (claim->event.agent, (AqJob **) jobs->pdata, jobs->len,
                                      claim->engine->observer_data);
  if (error == NULL && jobs->len > 0)
    claim->func ((AqJob **) jobs->pdata, jobs->len, claim->event.out_revealed, claim->user_data);
  g_ptr_array_unref (jobs);
  g_free (claim);
}

/**
 * aq_engine_claim:
 * @self: an engine
 * @agent: for whom
 * @max_jobs: how many jobs at most
 * @func: called with the claimed jobs, unless there are none
 * @user_data: for @func
 *
 * Claims what is due for an agent; see aq_rule_claim().
 *
 * Since: 0.1
 */
void
aq_engine_claim (AqEngine        *self,
                 AqAgent         *agent,
                 guint            max_jobs,
                 AqEngineClaimed  func,
                 gpointer         user_data)
{
  Claim *claim;

  if (!self->running || max_jobs == 0)
    return;

  claim = g_new (Claim, 1);
  *claim = (Claim) { { agent, max_jobs, self->functions, g_ptr_array_ref (self->claimed), 0 }, self, func, user_data };
  g_ptr_array_set_size (self->claimed, 0);
  aq_store_apply (self->store, &aq_engine_self, aq_rule_claim, &claim->event, on_claimed, claim);
}

typedef struct
{
  const AqJob *job;
  GVariant    *members; /* nullable */
} MembersEvent;

static gboolean
read_members (AqTransaction  *transaction,
              gpointer        members_event,
              GError        **error)
{
  MembersEvent *event = members_event;

  if (aq_job_view_takes_members (transaction, event->job))
    event->members = g_variant_ref_sink (aq_job_view_members (transaction, event->job));
  return TRUE;
}

static void
on_nothing (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
}

/**
 * aq_engine_dup_members:
 * @self: an engine
 * @job: a job, from within the callback of aq_engine_claim()
 *
 * Returns: (transfer full) (nullable): aa{sv}: the jobs that a postprocess
 *   function is given as its last argument; %NULL for other jobs
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_members (AqEngine    *self,
                       const AqJob *job)
{
  MembersEvent event = { job, NULL };

  /* most jobs have no edges at all */
  if (job->extra == NULL || job->extra->edges_in == NULL)
    return NULL;
  aq_store_apply (self->store, &aq_engine_self, read_members, &event, on_nothing, NULL);
  return event.members;
}

static void
on_attempt_applied (gpointer      event,
                    guint64       sequence,
                    const GError *error,
                    gpointer      user_data)
{
  GError **out_error = user_data;

  if (error != NULL)
    *out_error = g_error_copy (error);
}

static gboolean
apply_attempt (AqEngine  *self,
               AqRule     rule,
               gpointer   event,
               GError   **error)
{
  GError *failure = NULL;

  aq_store_apply (self->store, &aq_engine_self, rule, event, on_attempt_applied, &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

/**
 * aq_engine_start_job:
 * @self: an engine
 * @id: a job's id
 * @lease: the lease of its claim
 * @worker: pid of the worker that begins it
 * @error: return location for an error
 *
 * Errors: those of aq_rule_start().
 *
 * Returns: whether the job is active now
 *
 * Since: 0.1
 */
gboolean
aq_engine_start_job (AqEngine  *self,
                     guint64    id,
                     guint64    lease,
                     guint32    worker,
                     GError   **error)
{
  AqStartEvent event = { id, lease, worker };

  return apply_attempt (self, aq_rule_start, &event, error);
}

/**
 * aq_engine_finish_job:
 * @self: an engine
 * @event: how the attempt ended
 * @error: return location for an error
 *
 * Errors: those of aq_rule_finish().
 *
 * Returns: whether its end is accepted
 *
 * Since: 0.1
 */
gboolean
aq_engine_finish_job (AqEngine             *self,
                      const AqFinishEvent  *event,
                      GError              **error)
{
  if (!apply_attempt (self, aq_rule_finish, (gpointer) event, error))
    return FALSE;
  aq_engine_poke (self);
  return TRUE;
}

/**
 * aq_engine_release_job:
 * @self: an engine
 * @id: a job's id
 * @lease: the lease of its claim
 * @error: return location for an error
 *
 * Errors: those of aq_rule_release().
 *
 * Returns: whether the job is pending now
 *
 * Since: 0.1
 */
gboolean
aq_engine_release_job (AqEngine  *self,
                       guint64    id,
                       guint64    lease,
                       GError   **error)
{
  AqReleaseEvent event = { id, lease };

  if (!apply_attempt (self, aq_rule_release, &event, error))
    return FALSE;
  if (self->observer != NULL)
    self->observer->released (id, self->observer_data);
  aq_engine_poke (self);
  return TRUE;
}

/**
 * aq_engine_interrupt_job:
 * @self: an engine
 * @id: a job's id
 * @lease: the lease of its claim
 * @error: return location for an error
 *
 * Errors: those of aq_rule_interrupt().
 *
 * Returns: whether the job is pending now
 *
 * Since: 0.1
 */
gboolean
aq_engine_interrupt_job (AqEngine  *self,
                         guint64    id,
                         guint64    lease,
                         GError   **error)
{
  AqReleaseEvent event = { id, lease };

  if (!apply_attempt (self, aq_rule_interrupt, &event, error))
    return FALSE;
  aq_engine_poke (self);
  return TRUE;
}

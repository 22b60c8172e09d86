/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: wiring
 *
 * Whatever may have made a job claimable pokes the engine, and once in a loop
 * turn that calls the one who has workers. So many puts make one claim, and a
 * put and its claim are flushed together.
 */

#include "config.h"

#include "core/aq-engine-private.h"
#include "core/aq-quarantine.h"

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

typedef struct
{
  AqTickEvent  event; /* out_stops is owned */
  AqEngine    *engine;
} Tick;

static void
on_ticked (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
  Tick *tick = user_data;

  if (error == NULL)
    aq_engine_stop_attempts (tick->engine, tick->event.out_stops, sequence);
  aq_engine_set_due_timers (tick->engine);
  g_array_unref (tick->event.out_stops);
  g_free (tick);
}

static void
clear_due_timer (AqEngine   *self,
                 AqTimeKind  kind)
{
  g_clear_pointer (&self->due_timers[kind], aq_timer_free);
  self->due_usec[kind] = G_MAXINT64;
}

static void
on_due (AqEngine   *self,
        AqTimeKind  kind)
{
  Tick *tick = g_new (Tick, 1);

  *tick = (Tick) { { g_array_new (FALSE, FALSE, sizeof (AqStop)) }, self };
  clear_due_timer (self, kind);
  aq_store_apply (self->store, &aq_engine_self, aq_rule_tick, &tick->event, on_ticked, tick);
  aq_engine_poke (self);
}

static void
on_due_wall (gpointer user_data)
{
  on_due (user_data, AQ_TIME_WALL);
}

static void
on_due_steady (gpointer user_data)
{
  on_due (user_data, AQ_TIME_STEADY);
}

static void
set_due_timer (AqEngine    *self,
               AqTimeKind   kind,
               AqClockKind  clock_kind,
               AqTimerFunc  func)
{
  gint64 due_usec = self->running ? aq_store_get_next_due (self->store, kind) : G_MAXINT64;

  if (due_usec == self->due_usec[kind])
    return;

  clear_due_timer (self, kind);
  self->due_usec[kind] = due_usec;
  if (due_usec != G_MAXINT64)
    self->due_timers[kind] = aq_timer_new (self->clock, clock_kind, due_usec, func, self);
}

/* Takes the timers to the time of the next job; most of the time they are there already. */
void
aq_engine_set_due_timers (AqEngine *self)
{
  set_due_timer (self, AQ_TIME_WALL, AQ_CLOCK_WALL, on_due_wall);
  set_due_timer (self, AQ_TIME_STEADY, AQ_CLOCK_MONOTONIC, on_due_steady);
}

static gboolean
on_poke (gpointer user_data)
{
  AqEngine *self = user_data;

  self->poked = FALSE;
  g_source_set_ready_time (self->poke, -1);
  aq_engine_set_due_timers (self);
  aq_engine_look_for_slots (self);
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

/* a store that is only busy refuses jobs, and nothing else */
const GError *
aq_engine_get_refusal (AqEngine *self)
{
  const GError *refusal = aq_store_get_refusal (self->store);

  return g_error_matches (refusal, ASYNCQ_ERROR, ASYNCQ_ERROR_BUSY) ? NULL : refusal;
}

static void
on_refusal (gpointer user_data)
{
  aq_engine_poke (user_data);
  aq_engine_rearm_schedules (user_data);
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
  self->settings = aq_job_settings_table_new ();
  self->run_times = aq_run_times_new ();
  self->since_usec = aq_clock_get_wall (clock);
  aq_engine_queues_init (self);
  self->quarantine_jobs = AQ_QUARANTINE_JOBS;
  aq_engine_factories_init (self);
  aq_engine_schedules_init (self);
  aq_engine_claiming_init (self);
  self->policies = aq_retry_policies_new ();
  aq_engine_agents_init (self);
  self->claimed = g_ptr_array_new ();
  self->walks = g_ptr_array_new ();
  for (guint kind = 0; kind < AQ_N_TIME_KINDS; kind++)
    self->due_usec[kind] = G_MAXINT64;
  self->poke = g_source_new (&poke_funcs, sizeof (GSource));
  g_source_set_priority (self->poke, POKE_PRIORITY);
  g_source_set_callback (self->poke, on_poke, self, NULL);
  g_source_attach (self->poke, g_main_context_get_thread_default ());
  aq_engine_annotation_waits_init (self);
  aq_engine_witness_init (self);
  aq_engine_watch_init (self);
  aq_store_set_refusal_func (store, on_refusal, self);
  aq_engine_expiry_init (self);
  return self;
}

void
aq_engine_free (AqEngine *self)
{
  aq_engine_stop (self);
  aq_engine_expiry_clear (self);
  aq_store_set_refusal_func (self->store, NULL, NULL);
  aq_engine_claiming_clear (self);
  aq_engine_stops_clear (self);
  aq_engine_queues_clear (self);
  aq_engine_factories_clear (self);
  aq_run_times_free (self->run_times);
  aq_engine_schedules_clear (self);
  g_hash_table_unref (self->settings);
  aq_engine_watch_clear (self);
  aq_engine_annotation_waits_clear (self);
  aq_engine_witness_clear (self);
  g_source_destroy (self->poke);
  g_source_unref (self->poke);
  g_ptr_array_unref (self->walks);
  g_ptr_array_unref (self->claimed);
  aq_engine_agents_clear (self);
  aq_retry_policies_unref (self->policies);
  aq_function_table_free (self->functions);
  aq_clock_unref (self->clock);
  g_object_unref (self->store);
  g_free (self);
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
 * hand out jobs. A configured agent with the name of a stored one gives way.
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
  self->recovered = aq_store_get_sequence (self->store);
  self->running = TRUE;
  aq_engine_agents_load (self);
  aq_engine_look_for_expiry (self);
  aq_engine_look_for_resume (self);
  aq_engine_factories_load (self);
  aq_engine_schedules_load (self);
  return TRUE;
}

/**
 * aq_engine_stop:
 * @self: an engine
 *
 * Hands out no more jobs, and removes none. What runs may still end.
 *
 * Since: 0.1
 */
void
aq_engine_stop (AqEngine *self)
{
  self->running = FALSE;
  aq_engine_set_due_timers (self);
  aq_engine_walks_stop (self);
  aq_engine_expiry_stop (self);
  aq_engine_queues_stop (self);
  aq_engine_schedules_stop (self);
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

AqRetryPolicies *
aq_engine_get_policies (AqEngine *self)
{
  return self->policies;
}

void
aq_engine_set_policies (AqEngine        *self,
                        AqRetryPolicies *policies)
{
  aq_retry_policies_ref (policies);
  aq_retry_policies_unref (self->policies);
  self->policies = policies;
}

/**
 * aq_engine_get_draft_context:
 * @self: an engine
 * @queue: of entries that name none
 *
 * Returns: what entries may name; borrowed, and good until the next loop turn
 *
 * Since: 0.1
 */
AqDraftContext
aq_engine_get_draft_context (AqEngine   *self,
                             const char *queue)
{
  return (AqDraftContext) { self->functions, self->policies, self->factories, self->settings, queue };
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

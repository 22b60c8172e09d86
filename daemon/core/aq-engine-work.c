/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: work
 *
 * Claims, and what becomes of them: the side of the engine that has workers.
 */

#include "config.h"

#include "core/aq-engine-private.h"

#include "core/aq-draft-list.h"
#include "core/aq-job-view.h"

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
    aq_engine_note_claimed (claim->engine, ((AqJob *) g_ptr_array_index (jobs, 0))->id, sequence);
  /* a job that is to run at most once runs only when no crash can undo its claim; nor does a lease leave that
   * the next start might give again */
  if (error == NULL && jobs->len > 0)
    claim->func ((AqJob **) jobs->pdata, jobs->len,
                 claim->event.out_once ? sequence : MAX (claim->event.out_revealed, claim->engine->recovered),
                 claim->user_data);
  g_ptr_array_unref (jobs);
  g_free (claim);
}

static void
claim (AqEngine        *self,
       AqClaimEvent     event,
       AqEngineClaimed  func,
       gpointer         user_data)
{
  Claim *claim;

  /* who is claimed has to find space for its end */
  event.max_jobs = aq_engine_limit_claim (self, event.max_jobs);
  if (!self->running || event.max_jobs == 0 || aq_engine_get_refusal (self) != NULL)
    return;

  event.functions = self->functions;
  event.out_jobs = g_ptr_array_ref (self->claimed);
  claim = g_new (Claim, 1);
  *claim = (Claim) { event, self, func, user_data };
  g_ptr_array_set_size (self->claimed, 0);
  aq_store_apply (self->store, &aq_engine_self, aq_rule_claim, &claim->event, on_claimed, claim);
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
  claim (self, (AqClaimEvent) { .agent = agent, .max_jobs = max_jobs }, func, user_data);
}

/**
 * aq_engine_claim_function:
 * @self: an engine
 * @agent: for whom
 * @function: of which function the jobs have to be
 * @passes: whether jobs of other functions may be passed over; else the claim ends
 *   with the first of these
 * @max_jobs: how many jobs at most
 * @func: called with the claimed jobs, unless there are none
 * @user_data: for @func
 *
 * Claims what is due for an agent, and can be run beside jobs of that function.
 *
 * Since: 0.1
 */
void
aq_engine_claim_function (AqEngine        *self,
                          AqAgent         *agent,
                          const char      *function,
                          gboolean         passes,
                          guint            max_jobs,
                          AqEngineClaimed  func,
                          gpointer         user_data)
{
  claim (self, (AqClaimEvent) { .agent = agent, .max_jobs = max_jobs, .function = function, .passes = passes },
         func, user_data);
}

typedef struct
{
  const AqJob *job;
  GVariant    *value; /* nullable */
} HandedOverEvent;

static gboolean
read_handed_over (AqTransaction  *transaction,
                  gpointer        handed_over_event,
                  GError        **error)
{
  HandedOverEvent *event = handed_over_event;

  event->value = aq_job_view_handed_over (transaction, event->job);
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
 * aq_engine_dup_handed_over:
 * @self: an engine
 * @job: a job, from within the callback of aq_engine_claim()
 *
 * Returns: (transfer full) (nullable): what the function is given as its last
 *   argument by other jobs: aa{sv}, the members, in a postprocess job; the result
 *   or the failure of its parent in a callback; %NULL for other jobs
 *
 * Since: 0.1
 */
GVariant *
aq_engine_dup_handed_over (AqEngine    *self,
                           const AqJob *job)
{
  HandedOverEvent event = { job, NULL };

  /* most jobs have no edges at all */
  if (job->extra == NULL || job->extra->edges_in == NULL)
    return NULL;
  aq_store_apply (self->store, &aq_engine_self, read_handed_over, &event, on_nothing, NULL);
  return event.value;
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

  if (!apply_attempt (self, aq_rule_start, &event, error))
    return FALSE;
  /* its time-out may be the next thing to happen */
  aq_engine_set_due_timers (self);
  return TRUE;
}

/* An end whose put jobs need jobs that are away: a copy of the event and all that it points to. */
typedef struct
{
  AqFinishEvent  event;
  AqDraftList   *drafts; /* owned */
  char          *type;   /* owned, nullable */
  char          *object; /* owned, nullable */
  AqEngine      *engine;
} LateFinish;

static void
free_late_finish (LateFinish *late)
{
  g_clear_pointer (&late->event.result, aq_result_unref);
  g_clear_pointer (&late->event.object_value, g_variant_unref);
  aq_draft_list_free (late->drafts);
  g_free (late->type);
  g_free (late->object);
  g_free (late);
}

/* the jobs that it put cannot be put, so it fails */
static void
set_failed (LateFinish   *late,
            const GError *reason)
{
  g_clear_pointer (&late->event.result, aq_result_unref);
  late->event.failed = TRUE;
  late->event.cause = (AqCause) { .kind = AQ_CAUSE_ERROR };
  late->event.result = aq_result_new_failure (reason);
}

/* Nobody waits any more for an error of the rule. */
static gboolean
apply_late (LateFinish  *late,
            GError     **error)
{
  g_autoptr(GError) refused = NULL;

  if (apply_attempt (late->engine, aq_rule_finish, &late->event, &refused))
    return TRUE;
  if (late->event.failed || g_error_matches (refused, ASYNCQ_ERROR, ASYNCQ_ERROR_STALE_LEASE))
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  set_failed (late, refused);
  return apply_attempt (late->engine, aq_rule_finish, &late->event, error);
}

static void
on_late_fetched (const GError *fetch_error,
                 gpointer      user_data)
{
  LateFinish *late = user_data;
  g_autoptr(GError) error = NULL;

  if (fetch_error != NULL)
    set_failed (late, fetch_error);
  if (apply_late (late, &error))
    {
      aq_engine_note_run (late->engine, &late->event);
      aq_engine_poke (late->engine);
    }
  else
    g_warning ("could not end job %" G_GUINT64_FORMAT ": %s", late->event.id, error->message);
  free_late_finish (late);
}

static void
finish_late (AqEngine            *self,
             const AqFinishEvent *event)
{
  LateFinish *late = g_new (LateFinish, 1);

  *late = (LateFinish) {
    .event = *event,
    .drafts = aq_draft_list_copy (event->puts, event->n_puts),
    .type = g_strdup (event->result_type),
    .object = g_strdup (event->object),
    .engine = self,
  };
  late->event.puts = late->drafts->drafts;
  late->event.result_type = late->type;
  late->event.object = late->object;
  if (event->object_value != NULL)
    g_variant_ref (event->object_value);
  if (event->result != NULL)
    aq_result_ref (event->result);
  aq_engine_fetch_for_put (self, late->event.puts, late->event.n_puts, late->event.returned, on_late_fetched, late);
}

/**
 * aq_engine_finish_job:
 * @self: an engine
 * @event: how the attempt ended
 * @error: return location for an error
 *
 * If it put jobs that need others which are away, these are fetched first, and
 * the end comes later.
 *
 * Errors: those of aq_rule_finish().
 *
 * Returns: whether its end is accepted, or comes later
 *
 * Since: 0.1
 */
gboolean
aq_engine_finish_job (AqEngine             *self,
                      const AqFinishEvent  *event,
                      GError              **error)
{
  AqFinishEvent end = *event;

  end.queues = self->queues;
  end.functions = self->functions;
  end.quarantine_jobs = self->quarantine_jobs;
  if (!event->failed && event->n_puts > 0 &&
      aq_engine_needs_fetch (self, event->puts, event->n_puts, event->returned))
    {
      finish_late (self, &end);
      return TRUE;
    }
  if (!apply_attempt (self, aq_rule_finish, &end, error))
    return FALSE;
  if (end.out_quarantined)
    aq_engine_tell_quarantine (self, end.out_function);
  aq_engine_note_run (self, &end);
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
  return aq_engine_interrupt_attempt (self, id, lease, NULL, NULL, error);
}

/**
 * aq_engine_interrupt_attempt:
 * @self: an engine
 * @id: a job's id
 * @lease: the lease of its claim
 * @usage: (nullable): what it has taken
 * @evidence: (nullable): a{sv}: what else is known of it
 * @error: return location for an error
 *
 * As aq_engine_interrupt_job(), of an attempt that somebody has watched.
 *
 * Returns: whether the job is pending now
 *
 * Since: 0.1
 */
gboolean
aq_engine_interrupt_attempt (AqEngine       *self,
                             guint64         id,
                             guint64         lease,
                             const AqUsage  *usage,
                             GVariant       *evidence,
                             GError        **error)
{
  AqReleaseEvent event = { id, lease, usage, evidence };

  if (!apply_attempt (self, aq_rule_interrupt, &event, error))
    return FALSE;
  aq_engine_poke (self);
  return TRUE;
}

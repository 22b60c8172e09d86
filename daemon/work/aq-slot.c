/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One place of an agent
 *
 * Has a worker, and sees to it that there is one: one that dies, or has a
 * generation of a plugin that is not the newest, is followed by another. Tells
 * the engine what becomes of the jobs that the worker has.
 *
 * A slot is closed, that is, gets no jobs, while its worker takes its time over
 * one, is about to be replaced, or is not there yet; and while the end of a job
 * is not flushed, unless that was a tiny one. So a crash of the daemon makes at
 * most one job a slot run again that had run already and was more than a moment's
 * computing.
 *
 * A worker that has jobs of a function with concurrent=N gets more of that function
 * until N have begun; there the end of a job keeps its place until it is flushed. See
 * aq-line.c.
 */

#include "config.h"

#include "work/aq-slot.h"

#include "core/aq-engine-witness.h"
#include "libasyncq/asyncq-error.h"
#include "work/aq-attempt.h"
#include "work/aq-inquests.h"
#include "work/aq-line.h"
#include "work/aq-questions.h"
#include "work/aq-stopping.h"
#include "work/aq-succession.h"

#define MAX_UNSENT_BYTES (1024 * 1024)
/* how often it is looked whether a short job still runs */
#define LOOK_USEC (G_USEC_PER_SEC / 10)

struct _AqSlot
{
  guint         ref_count;
  AqEngine     *engine;
  const AqSlotSettings *settings; /* not owned */
  char         *agent;
  AqSlotOpened  opened;
  gpointer      user_data;

  AqWorker     *worker;      /* nullable */
  AqSuccession *succession;  /* owned: the workers before and after it */
  AqStopping    stopping;    /* of the worker's jobs */
  AqQuestions  *questions;   /* of the jobs that run */
  AqInquests   *inquests;    /* of jobs whose worker has died */
  AqRecycle     done;        /* what the worker has done */
  AqTimer      *look;        /* nullable: while the job that runs is not told to have begun */
  guint64       looked_at;   /* lease of the job that ran then */
  guint         n_unflushed; /* ends of jobs */
  gboolean      running;
  gboolean      slow;        /* the job that runs takes its time; or, with several, the worker's main thread does */
  gboolean      closing;     /* it ends what it has, and goes then */
  gboolean      draining;    /* likewise, and its worker ends in order */
  gboolean      retiring;    /* the worker is replaced once it has no jobs */
  gboolean      handling;    /* what the worker sent */
};

static void on_inquest_told (gpointer user_data);
static void on_succession_due (gpointer user_data);
static void on_time_over (guint64  lease,
                          gpointer user_data);
static const AqWorkerHooks worker_hooks;

/**
 * aq_slot_new:
 * @engine: the engine; must live until aq_slot_stop()
 * @settings: how to deal with workers; likewise
 * @agent: name of the agent
 * @opened: called from the main loop when the slot may take jobs again, unless
 *   the engine tells so anyhow, and when it is empty
 * @user_data: for @opened
 */
AqSlot *
aq_slot_new (AqEngine             *engine,
             const AqSlotSettings *settings,
             const char           *agent,
             AqSlotOpened          opened,
             gpointer              user_data)
{
  static const AqSuccessionHooks hooks = { &worker_hooks, on_time_over, on_succession_due };
  AqSlot *self = g_new0 (AqSlot, 1);

  self->ref_count = 1;
  self->engine = engine;
  self->settings = settings;
  self->agent = g_strdup (agent);
  self->opened = opened;
  self->user_data = user_data;
  self->questions = aq_questions_new (engine);
  self->inquests = aq_inquests_new (engine, settings->worker_program, agent, on_inquest_told, self);
  self->succession = aq_succession_new (aq_engine_get_clock (engine), settings, agent, &hooks, self);
  return self;
}

AqSlot *
aq_slot_ref (AqSlot *self)
{
  self->ref_count++;
  return self;
}

void
aq_slot_unref (AqSlot *self)
{
  if (--self->ref_count > 0)
    return;

  g_assert (!self->running);
  aq_succession_free (self->succession);
  aq_questions_free (self->questions);
  aq_inquests_free (self->inquests);
  g_free (self->agent);
  g_free (self);
}

static void
note_begin (AqSlot *self,
            AqRun  *run)
{
  if (run->started_usec == 0)
    run->started_usec = aq_clock_get_wall (aq_engine_get_clock (self->engine));
}

/* Who looks is to see it run. */
static void
tell_start (AqSlot *self,
            AqRun  *run)
{
  note_begin (self, run);
  if (!run->started)
    aq_attempt_start (self->engine, run, aq_worker_get_pid (self->worker));
}

static void on_look (gpointer user_data);

/* A worker that stands still does not say that its job takes its time. */
static void
look_later (AqSlot      *self,
            const AqRun *run)
{
  AqClock *clock = aq_engine_get_clock (self->engine);

  if (self->look != NULL)
    return;
  self->looked_at = run->lease;
  self->look = aq_timer_new (clock, AQ_CLOCK_MONOTONIC, aq_clock_get_monotonic (clock) + LOOK_USEC, on_look, self);
}

static void
on_look (gpointer user_data)
{
  AqSlot *self = user_data;
  AqRun *run = self->worker == NULL ? NULL : aq_worker_get_running (self->worker);

  g_clear_pointer (&self->look, aq_timer_free);
  if (run == NULL || run->started || aq_plugin_function_is_concurrent (run->function))
    return;
  if (run->lease == self->looked_at)
    tell_start (self, run);
  else
    look_later (self, run);
}

/* The first in line begins about now. A long one is told to begin; that a short one
 * did is told with its end, unless it turns out to be a long one. */
static void
begin_first (AqSlot *self)
{
  AqRun *run = aq_worker_get_running (self->worker);

  /* where several may have begun, the worker says when one does */
  if (run == NULL || run->started_usec != 0 || aq_plugin_function_is_concurrent (run->function))
    return;
  note_begin (self, run);
  if (aq_plugin_function_is_long (run->function))
    aq_attempt_start (self->engine, run, aq_worker_get_pid (self->worker));
  else
    look_later (self, run);
}

/* Gives back what the worker has not begun. */
static void
release_runs (AqSlot *self,
              guint   first,
              guint   n_runs)
{
  for (guint i = first; i < first + n_runs; i++)
    {
      AqRun *run = aq_worker_get_run (self->worker, i);

      aq_attempt_release (self->engine, run->id, run->lease);
    }
  aq_worker_drop_runs (self->worker, first, n_runs);
}

/* The one after a worker that goes when its job has ended starts while that runs. */
static void
prepare_next (AqSlot *self)
{
  if (self->worker == NULL || self->closing || self->draining ||
      !(self->retiring || aq_worker_is_doomed (self->worker) || aq_slot_get_room (self) == 0))
    return;
  aq_succession_prepare (self->succession);
}

/* @worker: (transfer full) (nullable): has nothing to do yet */
static void
take_worker (AqSlot   *self,
             AqWorker *worker)
{
  if (worker == NULL)
    return;
  self->worker = worker;
  self->slow = FALSE;
  self->retiring = FALSE;
  self->stopping = (AqStopping) { aq_engine_get_clock (self->engine), &self->settings->times, worker, FALSE };
  self->done = (AqRecycle) { 0 };
}

static void
respawn (AqSlot *self)
{
  /* nobody would have anything for it */
  if (!self->closing && !self->draining)
    take_worker (self, aq_succession_take (self->succession));
}

static void
on_succession_due (gpointer user_data)
{
  respawn (user_data);
}

/* The worker is done with its jobs, and may be to go: another one has its place at once. */
static void
look_whether_to_go (AqSlot *self)
{
  if (self->worker == NULL || aq_worker_get_n_runs (self->worker) > 0)
    return;
  if (self->draining)
    aq_succession_retire (self->succession, g_steal_pointer (&self->worker));
  else if (self->retiring || aq_worker_is_unfit (self->worker) || aq_worker_is_doomed (self->worker) ||
           aq_recycle_is_due (&self->done, &self->settings->recycle, aq_engine_get_clock (self->engine),
                              aq_worker_get_pid (self->worker)))
    {
      aq_succession_retire (self->succession, g_steal_pointer (&self->worker));
      respawn (self);
    }
}

static void
on_end_flushed (const GError *error,
                gpointer      user_data)
{
  AqSlot *self = user_data;

  /* what is never flushed keeps its slot closed */
  if (error == NULL)
    self->n_unflushed--;
  if (error == NULL && self->running && !self->handling)
    self->opened (self->user_data);
  aq_slot_unref (self);
}

static void
wait_until_flushed (AqSlot *self)
{
  self->n_unflushed++;
  self->handling = TRUE;
  aq_engine_when_flushed (self->engine, on_end_flushed, aq_slot_ref (self));
  self->handling = FALSE;
}

static void
on_ready (AqWorker *worker,
          gpointer  user_data)
{
  AqSlot *self = user_data;

  self->opened (self->user_data);
}

/* The attempt of a job that has begun ends by no fault of its own. */
static void
interrupt (AqSlot *self,
           AqRun  *run)
{
  /* else the engine would take it for one that has not begun, and may run again */
  if (!run->started)
    aq_attempt_start (self->engine, run, aq_worker_get_pid (self->worker));
  aq_attempt_interrupt (self->engine, run);
}

/* It was told to stop when its time was over, and has not succeeded since. */
static void
blame_lateness (AqSlot           *self,
                AqRun            *run,
                const AqWireDone *done)
{
  static const AqResourceDeath none = { 0 };
  const AqCause nothing = { .kind = AQ_CAUSE_ERROR };
  g_auto(AqResourceVerdict) verdict = { 0 };

  if (aq_resource_guard_judge (aq_worker_get_guard (self->worker), run->lease, &nothing, &none, &verdict))
    aq_attempt_exceed (self->engine, run, aq_worker_get_pid (self->worker), done, verdict.failure, &verdict.cause,
                       verdict.limit);
}

static gboolean
on_done (AqWorker          *worker,
         const AqWireDone  *done,
         gpointer           user_data,
         GError           **error)
{
  AqSlot *self = user_data;
  guint index;
  AqRun *run = self->worker != worker ? NULL : aq_line_find (worker, done->lease, &index);
  gboolean is_tiny;

  if (run == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "lease %" G_GUINT64_FORMAT " is done, which it does not run", done->lease);
      return FALSE;
    }
  note_begin (self, run);
  if (run->interrupted && done->failed)
    interrupt (self, run);
  else if (done->failed && aq_resource_guard_is_late (aq_worker_get_guard (worker), run->lease))
    blame_lateness (self, run, done);
  else if (!aq_attempt_finish (self->engine, run, aq_worker_get_pid (worker), done, error))
    return FALSE;
  aq_questions_cancel_run (self->questions, run);
  aq_plugin_function_ran (run->function, done->run_nsec);
  is_tiny = aq_plugin_function_is_tiny (run->function) && run->object == NULL && run->grant == NULL &&
            !self->slow;
  aq_worker_drop_runs (worker, index, 1);
  aq_worker_collect (worker);
  self->slow = self->slow && aq_line_get_concurrent (worker) != NULL;
  aq_succession_forget_failures (self->succession);
  self->done.n_jobs++;
  if (!is_tiny)
    wait_until_flushed (self);
  return TRUE;
}

/* The worker may give back only what has not begun. */
static gboolean
check_returned (AqSlot        *self,
                AqWorker      *worker,
                const GArray  *leases,
                GError       **error)
{
  if (self->worker != worker || aq_worker_get_running (worker) == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "%u jobs come back, which it does not have", leases->len);
      return FALSE;
    }
  for (guint i = 0; i < leases->len; i++)
    if (!aq_line_can_return (worker, g_array_index (leases, guint64, i), i))
      {
        g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                     "lease %" G_GUINT64_FORMAT " comes back, which is not next in line",
                     g_array_index (leases, guint64, i));
        return FALSE;
      }
  return TRUE;
}

/* Several may have begun: each of these goes for itself. A lease that comes twice is gone the second time. */
static gboolean
release_each (AqSlot        *self,
              const GArray  *leases,
              GError       **error)
{
  for (guint i = 0; i < leases->len; i++)
    {
      guint index;

      if (!aq_worker_find_run (self->worker, g_array_index (leases, guint64, i), &index))
        {
          g_set_error_literal (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID, "a job comes back twice");
          return FALSE;
        }
      release_runs (self, index, 1);
    }
  return TRUE;
}

static gboolean
on_returned (AqWorker  *worker,
             GArray    *leases,
             gpointer   user_data,
             GError   **error)
{
  AqSlot *self = user_data;

  if (!check_returned (self, worker, leases, error))
    return FALSE;

  self->slow = TRUE;
  if (aq_line_get_concurrent (worker) != NULL)
    return release_each (self, leases, error);
  tell_start (self, aq_worker_get_running (worker));
  if (leases->len > 0)
    release_runs (self, 1, leases->len);
  return TRUE;
}

/* A line for the log of a job, checked when it was read. */
static void
keep_line (AqSlot          *self,
           AqRun           *run,
           const AqWireAsk *ask)
{
  guint32 level;

  memcpy (&level, ask->value.data, sizeof level);
  aq_witness_add_line (aq_run_need_witness (run), aq_clock_get_wall (aq_engine_get_clock (self->engine)), level,
                       ask->name);
  aq_engine_witness_changed (self->engine, run->id);
}

static void
on_printed (AqWorker *worker,
            AqRun    *run,
            gpointer  user_data)
{
  AqSlot *self = user_data;

  aq_resource_guard_wrote (aq_worker_get_guard (worker), aq_witness_get_output_bytes (run->witness));
  aq_engine_witness_changed (self->engine, run->id);
}

static gboolean
on_begun (AqWorker  *worker,
          guint64    lease,
          gpointer   user_data,
          GError   **error)
{
  AqSlot *self = user_data;
  guint index;
  AqRun *run = self->worker != worker ? NULL : aq_line_find (worker, lease, &index);

  if (run == NULL || run->begun)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "lease %" G_GUINT64_FORMAT " has begun, which it does not have, or has twice", lease);
      return FALSE;
    }
  if (!aq_plugin_function_is_concurrent (run->function))
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "lease %" G_GUINT64_FORMAT " has begun, which nobody asked for", lease);
      return FALSE;
    }
  run->begun = TRUE;
  tell_start (self, run);
  return TRUE;
}

/* One that had given jobs back goes on. */
static void
on_freed (AqWorker *worker,
          gpointer  user_data)
{
  AqSlot *self = user_data;

  /* else it has none of these jobs any more */
  if (self->worker != worker || !self->slow || aq_line_get_concurrent (worker) == NULL)
    return;
  self->slow = FALSE;
  self->opened (self->user_data);
}

static gboolean
on_asked (AqWorker         *worker,
          const AqWireAsk  *ask,
          gpointer          user_data,
          GError          **error)
{
  AqSlot *self = user_data;
  guint index;
  AqRun *run = self->worker != worker ? NULL : aq_line_find (worker, ask->lease, &index);

  if (run == NULL)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
                   "lease %" G_GUINT64_FORMAT " asks for something, which it does not run", ask->lease);
      return FALSE;
    }
  tell_start (self, run);
  if (ask->question == AQ_WIRE_LOG)
    {
      keep_line (self, run, ask);
      return TRUE;
    }
  return aq_questions_ask (self->questions, worker, run, ask, error);
}

static void
on_handled (AqWorker *worker,
            gpointer  user_data)
{
  AqSlot *self = user_data;

  if (self->worker != worker)
    return;
  begin_first (self);
  aq_stopping_watch (&self->stopping);
  look_whether_to_go (self);
  prepare_next (self);
  /* another one that was ready before */
  if (self->worker != worker && aq_slot_is_open (self))
    self->opened (self->user_data);
}

static void
on_inquest_told (gpointer user_data)
{
  AqSlot *self = user_data;

  if (self->running)
    wait_until_flushed (self);
}

static void
blame (AqSlot        *self,
       AqRun         *run,
       const AqDeath *death)
{
  note_begin (self, run);
  aq_inquests_hold (self->inquests, self->worker, run, death);
  aq_succession_forget_failures (self->succession);
}

/* An earlier job had left the worker so that it could not even load the plugin of this one. A worker that had run
 * nothing is none that was spoilt. */
static gboolean
is_spoilt (AqSlot        *self,
           const AqRun   *run,
           const AqDeath *death)
{
  const AqCause cause = aq_death_get_cause (death, NULL);

  return run->loads && self->done.n_jobs > 0 && cause.kind == AQ_CAUSE_EXIT && cause.number == AQ_WIRE_EXIT_NO_FILE;
}

/* Its worker is gone. Who only was there when another one did not stop is not blamed. */
static void
end_run (AqSlot        *self,
         AqRun         *run,
         const AqDeath *death)
{
  if (is_spoilt (self, run, death))
    {
      aq_succession_note_failure (self->succession, death->how);
      if (!run->started)
        {
          aq_attempt_release (self->engine, run->id, run->lease);
          return;
        }
    }
  else if (!run->interrupted && (run->stopping || !self->stopping.forced))
    {
      blame (self, run, death);
      return;
    }
  g_message ("agent '%s': %s while it ran %s", self->agent, death->how, run->function->name);
  interrupt (self, run);
}

/* Ends the attempts of all that have begun; @death: (nullable): of their worker, unless it was we who ended it.
 * Returns: how many */
static guint
end_begun (AqSlot        *self,
           const AqDeath *death)
{
  guint n_begun = aq_line_count_begun (self->worker);
  guint n_left = n_begun;

  for (guint i = aq_worker_get_n_runs (self->worker); i > 0 && n_left > 0; i--)
    {
      AqRun *run = aq_worker_get_run (self->worker, i - 1);

      if (!aq_line_has_begun (self->worker, i - 1))
        continue;
      if (death != NULL)
        end_run (self, run, death);
      else
        interrupt (self, run);
      aq_worker_drop_runs (self->worker, i - 1, 1);
      n_left--;
    }
  return n_begun;
}

static void
on_ended (AqWorker *worker,
          AqDeath  *death,
          gpointer  user_data)
{
  AqSlot *self = user_data;
  g_autoptr(AqWorker) gone = NULL;

  if (self->worker != worker)
    {
      aq_succession_ended (self->succession, worker, death);
      if (self->draining)
        self->opened (self->user_data);
      return;
    }
  aq_questions_cancel (self->questions);
  if (end_begun (self, death) == 0 && !aq_worker_is_doomed (worker))
    {
      g_warning ("agent '%s': %s while it had nothing to do", self->agent, death->how);
      aq_succession_note_failure (self->succession, death->how);
    }
  release_runs (self, 0, aq_worker_get_n_runs (worker));
  gone = g_steal_pointer (&self->worker);
  respawn (self);
  if (self->draining)
    self->opened (self->user_data);
}

static const AqWorkerHooks worker_hooks = {
  .ready = on_ready,
  .begun = on_begun,
  .freed = on_freed,
  .done = on_done,
  .returned = on_returned,
  .asked = on_asked,
  .printed = on_printed,
  .handled = on_handled,
  .ended = on_ended,
};

static void
on_time_over (guint64  lease,
              gpointer user_data)
{
  (void) aq_slot_stop_job (user_data, lease); /* it has it, as long as its guard looks */
}

/* starts the first worker */
void
aq_slot_start (AqSlot *self)
{
  self->running = TRUE;
  respawn (self);
}

/**
 * aq_slot_stop:
 * @self: a slot
 *
 * Kills and reaps the worker, and gives its jobs back, those that may have begun as
 * interrupted.
 */
void
aq_slot_stop (AqSlot *self)
{
  self->running = FALSE;
  g_clear_pointer (&self->look, aq_timer_free);
  aq_inquests_close_all (self->inquests);
  aq_succession_stop (self->succession);
  if (self->worker == NULL)
    return;

  aq_worker_end (self->worker);
  aq_questions_cancel (self->questions);
  (void) end_begun (self, NULL); /* also where there are none */
  release_runs (self, 0, aq_worker_get_n_runs (self->worker));
  g_clear_pointer (&self->worker, aq_worker_unref);
}

/**
 * aq_slot_retire:
 * @self: a slot
 * @plugin: id of a plugin
 * @newest: (nullable): its newest generation
 *
 * Replaces the worker, as soon as it has no jobs, if it has another generation
 * of the plugin.
 */
void
aq_slot_retire (AqSlot     *self,
                const char *plugin,
                AqPlugin   *newest)
{
  if (self->worker == NULL || !aq_worker_has_older (self->worker, plugin, newest))
    return;
  self->retiring = TRUE;
  look_whether_to_go (self);
  prepare_next (self);
}

/* another worker has the place of this one, which has no jobs */
void
aq_slot_replace (AqSlot *self)
{
  self->retiring = TRUE;
  look_whether_to_go (self);
}

/* whether a worker that has run nothing is about to be ready */
gboolean
aq_slot_is_coming (AqSlot *self)
{
  return self->worker != NULL && !self->closing && !self->draining && aq_worker_is_blank (self->worker) &&
         !aq_worker_is_ready (self->worker);
}

/**
 * aq_slot_set_closing:
 * @self: a slot that was started
 * @closing: whether it is to get no more jobs, and no worker after this one
 */
void
aq_slot_set_closing (AqSlot   *self,
                     gboolean  closing)
{
  self->closing = closing;
  if (closing)
    aq_succession_close (self->succession);
  else if (self->running && self->worker == NULL && !aq_succession_is_waiting (self->succession))
    respawn (self);
}

/* whether it was started, and not stopped since */
gboolean
aq_slot_is_running (AqSlot *self)
{
  return self->running;
}

gboolean
aq_slot_is_closing (AqSlot *self)
{
  return self->closing;
}

/* Returns: the worker's pid, or 0 */
guint
aq_slot_get_pid (AqSlot *self)
{
  return self->worker == NULL ? 0 : aq_worker_get_pid (self->worker);
}

guint
aq_slot_get_n_runs (AqSlot *self)
{
  return self->worker == NULL ? 0 : aq_worker_get_n_runs (self->worker);
}

/* how many more jobs its worker could have in line */
guint
aq_slot_get_room (AqSlot *self)
{
  guint n_runs = aq_slot_get_n_runs (self);

  return MIN (AQ_WORKER_MAX_RUNS - n_runs, aq_recycle_get_room (&self->done, &self->settings->recycle, n_runs));
}

/* whether it gets jobs, but for ends that are not flushed */
static gboolean
is_able (AqSlot *self)
{
  return self->worker != NULL && !self->closing && !self->draining && !self->slow && !self->retiring &&
         aq_worker_is_ready (self->worker) && !aq_worker_is_unfit (self->worker) &&
         !aq_worker_is_doomed (self->worker) &&
         aq_worker_get_unsent (self->worker) <= MAX_UNSENT_BYTES;
}

/* whether it gets jobs at all, one after the other: see above */
gboolean
aq_slot_is_open (AqSlot *self)
{
  return is_able (self) && self->n_unflushed == 0 && aq_line_get_concurrent (self->worker) == NULL;
}

/* Returns: (nullable) (transfer none): the function of the jobs that it has begun, or will, beside each other */
AqPluginFunction *
aq_slot_get_concurrent (AqSlot *self)
{
  return self->worker == NULL ? NULL : aq_line_get_concurrent (self->worker);
}

/* how many more jobs of that function it could take */
guint
aq_slot_get_concurrent_room (AqSlot *self)
{
  AqPluginFunction *function = aq_slot_get_concurrent (self);
  guint n_taken = aq_slot_get_n_runs (self) + self->n_unflushed;

  if (function == NULL || !is_able (self) || n_taken >= function->options.n_concurrent)
    return 0;
  return MIN (function->options.n_concurrent - n_taken, aq_slot_get_room (self));
}

/* what its worker has begun */
void
aq_slot_list_running (AqSlot          *self,
                      GVariantBuilder *builder)
{
  for (guint i = 0; i < aq_slot_get_n_runs (self); i++)
    {
      const AqRun *run = aq_worker_get_run (self->worker, i);

      if (run->started_usec == 0 && run != aq_worker_get_running (self->worker))
        continue;
      g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (builder, "{sv}", "job", g_variant_new_uint64 (run->id));
      g_variant_builder_add (builder, "{sv}", "function", g_variant_new_string (run->function->name));
      g_variant_builder_add (builder, "{sv}", "agent", g_variant_new_string (self->agent));
      g_variant_builder_add (builder, "{sv}", "worker", g_variant_new_uint32 (aq_worker_get_pid (self->worker)));
      g_variant_builder_add (builder, "{sv}", "since", g_variant_new_int64 (run->started_usec));
      g_variant_builder_add (builder, "{sv}", "stopping", g_variant_new_boolean (run->stopping));
      g_variant_builder_close (builder);
    }
}

/* why its last workers have come to nothing, if they have */
void
aq_slot_list_trouble (AqSlot          *self,
                      GVariantBuilder *builder)
{
  aq_succession_list_trouble (self->succession, builder);
}

/* Returns: (nullable) (transfer none): its worker of the moment */
AqWorker *
aq_slot_get_worker (AqSlot *self)
{
  return self->worker;
}

/**
 * aq_slot_send:
 * @self: a slot
 * @worker: the worker that it had when jobs were given to it
 * @position: of that worker, after these jobs
 * @n_drops: of that worker, then
 *
 * Sends the jobs, unless their worker is gone, and they were given back.
 */
void
aq_slot_send (AqSlot   *self,
              AqWorker *worker,
              guint64   position,
              guint     n_drops)
{
  if (!self->running || self->worker != worker || aq_worker_get_n_drops (worker) != n_drops)
    return;
  aq_worker_send_until (worker, position);
  begin_first (self);
  prepare_next (self);
}

/* gives back the jobs that were not sent, and never will be */
void
aq_slot_take_back (AqSlot *self)
{
  guint n_sendable;

  if (!self->running || self->worker == NULL)
    return;
  n_sendable = aq_worker_get_n_sendable (self->worker);
  release_runs (self, n_sendable, aq_worker_get_n_runs (self->worker) - n_sendable);
  aq_worker_drop_unsendable (self->worker);
  look_whether_to_go (self);
}

/**
 * aq_slot_stop_job:
 * @self: a slot
 * @lease: of an attempt
 *
 * Sees to it that a job stops. One that runs, or is next in line at the worker,
 * is asked to: its cancellable is cancelled. If it does not, it is terminated,
 * and then killed. One that was not sent yet is given back, with the others that
 * were not.
 *
 * Returns: whether the slot has it
 */
gboolean
aq_slot_stop_job (AqSlot  *self,
                  guint64  lease)
{
  guint index;

  if (self->worker == NULL || !aq_worker_find_run (self->worker, lease, &index))
    return FALSE;
  if (index >= aq_worker_get_n_sendable (self->worker))
    {
      aq_slot_take_back (self);
      return TRUE;
    }
  aq_worker_get_run (self->worker, index)->stopping = TRUE;
  aq_worker_cancel (self->worker, lease);
  aq_stopping_watch (&self->stopping);
  return TRUE;
}

/**
 * aq_slot_drain:
 * @self: a slot that was started
 *
 * It gets no more jobs, and its worker ends in order once it has none.
 */
void
aq_slot_drain (AqSlot *self)
{
  self->draining = TRUE;
  aq_succession_close (self->succession);
  aq_slot_take_back (self);
  look_whether_to_go (self);
}

/**
 * aq_slot_interrupt:
 * @self: a slot that drains
 *
 * The time of what runs is over: it is asked to stop, terminated, and killed in
 * the end. What it has come to by then counts if that is a success.
 */
void
aq_slot_interrupt (AqSlot *self)
{
  guint n_running;

  if (self->worker == NULL || aq_worker_get_running (self->worker) == NULL)
    return;
  n_running = aq_line_get_concurrent (self->worker) == NULL ? 1 : aq_worker_get_n_sendable (self->worker);
  for (guint i = 0; i < n_running; i++)
    {
      AqRun *run = aq_worker_get_run (self->worker, i);

      run->interrupted = TRUE;
      (void) aq_slot_stop_job (self, run->lease); /* it has it */
    }
}

/* whether it has no process any more, nor an end of a job to tell */
gboolean
aq_slot_is_empty (AqSlot *self)
{
  return self->worker == NULL && aq_succession_is_empty (self->succession) &&
         aq_inquests_get_n (self->inquests) == 0;
}

/* Returns: (transfer full) (nullable): a{sv}: what the job has said so far */
GVariant *
aq_slot_dup_witness (AqSlot  *self,
                     guint64  lease)
{
  g_auto(GVariantDict) evidence = { 0 };
  guint index;

  if (self->worker == NULL || !aq_worker_find_run (self->worker, lease, &index))
    return NULL;
  g_variant_dict_init (&evidence, NULL);
  aq_witness_tell (aq_worker_get_run (self->worker, index)->witness, &evidence);
  return g_variant_ref_sink (g_variant_dict_end (&evidence));
}

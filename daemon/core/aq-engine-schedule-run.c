/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: schedules that are due
 *
 * A timer of the wall clock is set to the first schedule that is due. Whoever is
 * due asks the store for room, as a submit does, and makes its jobs once there is
 * some. While there is none, or the store refuses jobs, nothing is due: catch-up
 * decides what is made up then.
 */

#include "config.h"

#include "core/aq-engine-schedules.h"

#include "core/aq-engine-private.h"
#include "libasyncq/asyncq-error.h"

/* a store tells when it refuses everything no more, but not when there is room for more than before */
#define ROOM_PAUSE_USEC (10 * G_USEC_PER_SEC)

static void run_due (AqEngine *self);

/* when they are due */

/**
 * aq_engine_note_schedule:
 * @self: an engine
 * @name: a schedule's name
 * @next_usec: when it is due, wall clock; %G_MAXINT64: not by itself
 *
 * Since: 0.1
 */
void
aq_engine_note_schedule (AqEngine   *self,
                         const char *name,
                         gint64      next_usec)
{
  if (next_usec == G_MAXINT64)
    (void) g_hash_table_remove (self->schedules, name);
  else
    (void) g_hash_table_replace (self->schedules, g_strdup (name), g_memdup2 (&next_usec, sizeof next_usec));
}

static gint64
find_first (AqEngine *self)
{
  gint64 first_usec = G_MAXINT64;
  GHashTableIter iter;
  gpointer next_usec;

  g_hash_table_iter_init (&iter, self->schedules);
  while (g_hash_table_iter_next (&iter, NULL, &next_usec))
    first_usec = MIN (first_usec, *(const gint64 *) next_usec);
  return first_usec;
}

static void
on_due (gpointer user_data)
{
  run_due (user_data);
}

static void
on_clock_set (gpointer user_data)
{
  aq_engine_rearm_schedules (user_data);
}

static void
set_timer (AqEngine *self,
           gint64    usec)
{
  if (usec == self->schedule_usec)
    return;
  g_clear_pointer (&self->schedule_timer, aq_timer_free);
  self->schedule_usec = usec;
  if (usec == G_MAXINT64)
    return;
  self->schedule_timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, usec, on_due, self);
  aq_timer_watch_set (self->schedule_timer, on_clock_set);
}

static gboolean
may_run (AqEngine *self)
{
  return self->running && self->scheduling && !self->schedules_wait && self->schedule_pause == NULL &&
         aq_store_get_refusal (self->store) == NULL;
}

/**
 * aq_engine_look_for_schedules:
 * @self: an engine
 *
 * Schedules have changed, or whether they may make jobs: another one may be the
 * first that is due.
 *
 * Since: 0.1
 */
void
aq_engine_look_for_schedules (AqEngine *self)
{
  set_timer (self, may_run (self) ? find_first (self) : G_MAXINT64);
}

static void
clear_due (gpointer due)
{
  g_free (((AqScheduleDue *) due)->name);
}

static GArray *
new_due_array (void)
{
  GArray *due = g_array_new (FALSE, FALSE, sizeof (AqScheduleDue));

  g_array_set_clear_func (due, clear_due);
  return due;
}

static void
note_due (AqEngine     *self,
          const GArray *due)
{
  for (guint i = 0; i < due->len; i++)
    aq_engine_note_schedule (self, g_array_index (due, AqScheduleDue, i).name,
                             g_array_index (due, AqScheduleDue, i).next_usec);
}

static void
on_rearmed (gpointer      event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  AqRearmSchedulesEvent *rearm = event;
  AqEngine *self = user_data;

  note_due (self, rearm->out_due);
  g_array_unref (rearm->out_due);
  g_free (rearm);
  aq_engine_look_for_schedules (self);
}

/**
 * aq_engine_rearm_schedules:
 * @self: an engine
 *
 * The clock was set, or may have been while no timer was: see
 * aq_job_schedule_rearm().
 *
 * Source: behaviour M24.
 *
 * Since: 0.1
 */
void
aq_engine_rearm_schedules (AqEngine *self)
{
  AqRearmSchedulesEvent *rearm;

  if (!may_run (self))
    {
      aq_engine_look_for_schedules (self);
      return;
    }
  rearm = g_new (AqRearmSchedulesEvent, 1);
  *rearm = (AqRearmSchedulesEvent) { new_due_array () };
  aq_store_apply (self->store, &aq_engine_self, aq_rule_rearm_schedules, rearm, on_rearmed, self);
}

static int
compare_due (gconstpointer a,
             gconstpointer b)
{
  const AqScheduleDue *left = a;
  const AqScheduleDue *right = b;

  if (left->next_usec != right->next_usec)
    return left->next_usec < right->next_usec ? -1 : 1;
  return g_strcmp0 (left->name, right->name);
}

/* the earliest first */
static GArray *
list_due (AqEngine *self)
{
  gint64 now_usec = aq_clock_get_wall (self->clock);
  GArray *due = new_due_array ();
  GHashTableIter iter;
  gpointer name, next_usec;

  g_hash_table_iter_init (&iter, self->schedules);
  while (g_hash_table_iter_next (&iter, &name, &next_usec))
    if (*(const gint64 *) next_usec <= now_usec)
      {
        AqScheduleDue one = { g_strdup (name), *(const gint64 *) next_usec };

        g_array_append_val (due, one);
      }
  g_array_sort (due, compare_due);
  return due;
}

/* making jobs */

typedef struct
{
  AqRunSchedulesEvent  event; /* its arrays are owned */
  AqDraftContext       context;
  AqActor              actor; /* its sender is owned */
  AqEngine            *engine;
  AqEngineJobDone      done;  /* nullable */
  gpointer             user_data;
} Run;

/* nobody asked for it */
static gboolean
is_by_itself (const Run *run)
{
  return run->done == NULL;
}

static void
finish_run (Run          *run,
            const GError *error)
{
  if (run->done != NULL)
    run->done (error == NULL ? run->event.out_id : 0, error, run->user_data);
  g_array_unref (run->event.due);
  g_array_unref (run->event.out_stops);
  g_ptr_array_unref (run->event.out_complaints);
  g_free ((char *) run->actor.sender);
  g_free (run);
}

static void
on_run_flushed (const GError *error,
                gpointer      user_data)
{
  finish_run (user_data, error);
}

static void
on_run (gpointer      event,
        guint64       sequence,
        const GError *error,
        gpointer      user_data)
{
  Run *run = user_data;
  AqEngine *self = run->engine;

  if (error == NULL)
    note_due (self, run->event.due);
  for (guint i = 0; error == NULL && i < run->event.out_complaints->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (run->event.out_complaints, i));
  aq_engine_look_for_schedules (self);
  if (error != NULL)
    {
      finish_run (run, error);
      return;
    }
  aq_engine_stop_attempts (self, run->event.out_stops, sequence);
  aq_engine_poke (self);
  aq_gate_hold (aq_store_get_gate (self->store), sequence, on_run_flushed, run);
}

static void
on_pause_over (gpointer user_data)
{
  AqEngine *self = user_data;

  g_clear_pointer (&self->schedule_pause, aq_timer_free);
  aq_engine_rearm_schedules (self);
}

/* what is due stays so */
static void
wait_for_room (AqEngine     *self,
               const GError *why)
{
  gint64 until_usec = aq_clock_get_monotonic (self->clock) + ROOM_PAUSE_USEC;

  if (!self->schedules_denied)
    g_warning ("schedules are due, and wait: %s", why->message);
  self->schedules_denied = TRUE;
  if (self->running && self->schedule_pause == NULL && aq_store_get_refusal (self->store) == NULL)
    self->schedule_pause = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC, until_usec, on_pause_over, self);
}

static void ask_for_room (Run *run);

static void
deny_run (Run          *run,
          const GError *error)
{
  AqEngine *self = run->engine;

  if (is_by_itself (run))
    wait_for_room (self, error);
  finish_run (run, error);
  aq_engine_look_for_schedules (self);
}

static void
on_run_room (const GError *error,
             gpointer      user_data)
{
  Run *run = user_data;
  AqEngine *self = run->engine;

  if (is_by_itself (run))
    self->schedules_wait = FALSE;
  if (error == NULL)
    {
      self->schedules_denied = FALSE;
      aq_store_apply (self->store, &run->actor, aq_rule_run_schedules, &run->event, on_run, run);
    }
  else if (g_error_matches (error, ASYNCQ_ERROR, ASYNCQ_ERROR_STORE_FULL) && run->event.max_looks > 1)
    {
      /* there may be room for fewer */
      run->event.max_looks /= 2;
      ask_for_room (run);
    }
  else
    deny_run (run, error);
}

static void
on_measured (gpointer      event,
             guint64       sequence,
             const GError *error,
             gpointer      user_data)
{
  Run *run = user_data;

  if (error != NULL)
    {
      deny_run (run, error);
      return;
    }
  if (is_by_itself (run))
    run->engine->schedules_wait = TRUE;
  aq_store_make_room (run->engine->store, run->event.out_max_bytes, on_run_room, run);
}

static void
ask_for_room (Run *run)
{
  aq_store_apply (run->engine->store, &run->actor, aq_rule_measure_schedules, &run->event, on_measured, run);
}

static void
apply_run (AqEngine        *self,
           const AqActor   *actor,
           gboolean         only_one,
           AqEngineJobDone  done,
           gpointer         user_data)
{
  Run *run = g_new (Run, 1);

  *run = (Run) {
    .event = {
      .due = list_due (self),
      .put = { NULL, self->queues },
      .max_looks = AQ_MAX_SCHEDULE_LOOKS,
      .only_one = only_one,
      .out_stops = g_array_new (FALSE, FALSE, sizeof (AqStop)),
      .out_complaints = g_ptr_array_new_with_free_func (g_free),
    },
    .context = aq_engine_get_draft_context (self, ""),
    .actor = { actor->uid, g_strdup (actor->sender) },
    .engine = self,
    .done = done,
    .user_data = user_data,
  };
  run->event.put.context = &run->context;
  ask_for_room (run);
}

static void
run_due (AqEngine *self)
{
  set_timer (self, G_MAXINT64);
  apply_run (self, &aq_engine_self, FALSE, NULL, NULL);
}

/**
 * aq_engine_schedule_next:
 * @self: an engine
 * @actor: who asked for it
 * @done: called with the id of the job once it is flushed; with 0 where no schedule
 *   that is due has made one; or with why not
 * @user_data: for @done
 *
 * Has one schedule that is due make its job, the one that was due first. For those
 * who have switched scheduling off.
 *
 * Source: behaviour M22.
 *
 * Since: 0.1
 */
void
aq_engine_schedule_next (AqEngine        *self,
                         const AqActor   *actor,
                         AqEngineJobDone  done,
                         gpointer         user_data)
{
  const GError *refusal = aq_store_get_refusal (self->store);

  if (refusal != NULL)
    done (0, refusal, user_data);
  else
    apply_run (self, actor, TRUE, done, user_data);
}

/**
 * aq_engine_set_scheduling:
 * @self: an engine
 * @scheduling: whether schedules make jobs by themselves
 *
 * What was due while it was off is then made up as each schedule's catch-up says.
 *
 * Source: behaviour M1, M17.
 *
 * Since: 0.1
 */
void
aq_engine_set_scheduling (AqEngine *self,
                          gboolean  scheduling)
{
  if (scheduling == self->scheduling)
    return;
  self->scheduling = scheduling;
  aq_engine_rearm_schedules (self);
}

gboolean
aq_engine_get_scheduling (AqEngine *self)
{
  return self->scheduling;
}

/* lifecycle */

void
aq_engine_schedules_init (AqEngine *self)
{
  self->schedules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->schedule_usec = G_MAXINT64;
}

void
aq_engine_schedules_stop (AqEngine *self)
{
  set_timer (self, G_MAXINT64);
  g_clear_pointer (&self->schedule_pause, aq_timer_free);
}

void
aq_engine_schedules_clear (AqEngine *self)
{
  set_timer (self, G_MAXINT64);
  g_clear_pointer (&self->schedule_pause, aq_timer_free);
  g_hash_table_unref (self->schedules);
}

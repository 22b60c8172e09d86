/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: schedules
 *
 * A schedule is an item of the store. The engine knows of each when it is due,
 * and a timer of the wall clock is set to the first of them. While the store
 * refuses jobs nothing is due: catch-up decides what is made up then.
 */

#include "config.h"

#include "core/aq-engine-schedules.h"

#include "core/aq-engine-factories.h"
#include "core/aq-engine-private.h"
#include "core/aq-name.h"
#include "core/aq-job-schedule-item.h"
#include "libasyncq/asyncq-error.h"

static void run_due (AqEngine *self);

/* when they are due */

static void
note_next (AqEngine   *self,
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
set_timer (AqEngine *self,
           gint64    usec)
{
  if (usec == self->schedule_usec)
    return;
  g_clear_pointer (&self->schedule_timer, aq_timer_free);
  self->schedule_usec = usec;
  if (usec != G_MAXINT64)
    self->schedule_timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, usec, on_due, self);
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
  gboolean may_run = self->running && self->scheduling && aq_store_get_refusal (self->store) == NULL;

  set_timer (self, may_run ? find_first (self) : G_MAXINT64);
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

static void
clear_due (gpointer due)
{
  g_free (((AqScheduleDue *) due)->name);
}

/* the earliest first */
static GArray *
list_due (AqEngine *self)
{
  gint64 now_usec = aq_clock_get_wall (self->clock);
  GArray *due = g_array_new (FALSE, FALSE, sizeof (AqScheduleDue));
  GHashTableIter iter;
  gpointer name, next_usec;

  g_array_set_clear_func (due, clear_due);
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
  AqEngine            *engine;
  AqEngineJobDone      done;  /* nullable */
  gpointer             user_data;
} Run;

static void
finish_run (Run          *run,
            const GError *error)
{
  if (run->done != NULL)
    run->done (error == NULL ? run->event.out_id : 0, error, run->user_data);
  g_array_unref (run->event.due);
  g_array_unref (run->event.out_stops);
  g_ptr_array_unref (run->event.out_complaints);
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

  for (guint i = 0; error == NULL && i < run->event.due->len; i++)
    {
      const AqScheduleDue *due = &g_array_index (run->event.due, AqScheduleDue, i);

      note_next (self, due->name, due->next_usec);
    }
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
      .only_one = only_one,
      .out_stops = g_array_new (FALSE, FALSE, sizeof (AqStop)),
      .out_complaints = g_ptr_array_new_with_free_func (g_free),
    },
    .context = aq_engine_get_draft_context (self, ""),
    .engine = self,
    .done = done,
    .user_data = user_data,
  };
  run->event.put.context = &run->context;
  aq_store_apply (self->store, actor, aq_rule_run_schedules, &run->event, on_run, run);
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
  aq_engine_look_for_schedules (self);
}

gboolean
aq_engine_get_scheduling (AqEngine *self)
{
  return self->scheduling;
}

/* lifecycle */

static gboolean
load_schedules (AqTransaction  *transaction,
                gpointer        engine,
                GError        **error)
{
  AqEngine *self = engine;
  GPtrArray *items = aq_transaction_list_items (transaction, AQ_ITEM_SCHEDULE);

  for (guint i = 0; i < items->len; i++)
    {
      const AqItem *item = g_ptr_array_index (items, i);
      gboolean paused = FALSE;
      gint64 next_usec = G_MAXINT64;

      (void) g_variant_lookup (item->value, "paused", "b", &paused);
      if (!paused)
        (void) g_variant_lookup (item->value, "next", "x", &next_usec);
      note_next (self, item->name, next_usec);
    }
  return TRUE;
}

static void
on_loaded (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
  aq_engine_look_for_schedules (user_data);
}

void
aq_engine_schedules_init (AqEngine *self)
{
  self->schedules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->schedule_usec = G_MAXINT64;
}

void
aq_engine_schedules_load (AqEngine *self)
{
  aq_store_apply (self->store, &aq_engine_self, load_schedules, self, on_loaded, self);
}

void
aq_engine_schedules_stop (AqEngine *self)
{
  set_timer (self, G_MAXINT64);
}

void
aq_engine_schedules_clear (AqEngine *self)
{
  set_timer (self, G_MAXINT64);
  g_hash_table_unref (self->schedules);
}

/* add, change, remove, pause and resume */

typedef struct
{
  AqEngine              *engine;
  AqSetScheduleEvent     set;   /* its name and settings are owned */
  AqPauseScheduleEvent   pause; /* likewise its reason; the name is that of `set` */
} Edit;

static void
free_edit (gpointer data)
{
  Edit *edit = data;

  g_free ((char *) edit->set.name);
  g_clear_pointer (&edit->set.settings, g_variant_unref);
  g_free ((char *) edit->pause.reason);
  g_free (edit);
}

static gboolean
set_schedule (AqTransaction  *transaction,
              gpointer        data,
              GError        **error)
{
  Edit *edit = data;

  if (!aq_rule_set_schedule (transaction, &edit->set, error))
    return FALSE;
  note_next (edit->engine, edit->set.name, edit->set.out_next_usec);
  return TRUE;
}

static gboolean
pause_schedule (AqTransaction  *transaction,
                gpointer        data,
                GError        **error)
{
  Edit *edit = data;

  if (!aq_rule_pause_schedule (transaction, &edit->pause, error))
    return FALSE;
  note_next (edit->engine, edit->set.name, edit->pause.out_next_usec);
  return TRUE;
}

static void
request_edit (AqEngine      *self,
              const AqActor *actor,
              AqRule         rule,
              Edit          *edit,
              AqEngineDone   done,
              gpointer       user_data)
{
  const AqEngineRequest request = {
    .rule = rule,
    .event = edit,
    .free_event = free_edit,
    .applied = aq_engine_look_for_schedules,
    .done = done,
    .user_data = user_data,
  };

  edit->engine = self;
  edit->set.queues = self->queues;
  edit->pause.name = edit->set.name;
  aq_engine_apply_request (self, actor, &request);
}

static Edit *
edit_new (const char *name,
          GVariant   *settings)
{
  Edit *edit = g_new0 (Edit, 1);

  edit->set.name = g_strdup (name);
  edit->set.settings = settings != NULL ? g_variant_ref (settings) : NULL;
  return edit;
}

static gboolean
check_entry (AqEngine  *self,
             GVariant  *settings,
             GError   **error)
{
  g_autoptr(GVariant) entry = g_variant_lookup_value (settings, "entry", G_VARIANT_TYPE_VARDICT);

  return entry == NULL || aq_engine_check_template (self, entry, "schedule", error);
}

static gboolean
check_name (const char  *name,
            GError     **error)
{
  if (aq_name_is_agent (name))
    return TRUE;
  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID,
               "'%s' cannot be the name of a schedule: 1 to 128 of A-Z a-z 0-9 _ . - are wanted", name);
  return FALSE;
}

/**
 * aq_engine_add_schedule:
 * @self: an engine
 * @actor: who asked for it
 * @name: the schedule's name
 * @settings: a{sv}: see aq_job_schedule_new()
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_set_schedule() and aq_draft_list_parse().
 *
 * Since: 0.1
 */
void
aq_engine_add_schedule (AqEngine      *self,
                        const AqActor *actor,
                        const char    *name,
                        GVariant      *settings,
                        AqEngineDone   done,
                        gpointer       user_data)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (settings);
  g_autoptr(GError) error = NULL;
  Edit *edit;

  if (!check_name (name, &error) || !check_entry (self, sunk, &error))
    {
      done (error, user_data);
      return;
    }
  edit = edit_new (name, sunk);
  edit->set.is_new = TRUE;
  request_edit (self, actor, set_schedule, edit, done, user_data);
}

/**
 * aq_engine_change_schedule:
 * @self: an engine
 * @actor: who asked for it
 * @name: the schedule's name
 * @settings: a{sv}: what becomes different
 * @done: called once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_set_schedule() and aq_draft_list_parse().
 *
 * Since: 0.1
 */
void
aq_engine_change_schedule (AqEngine      *self,
                           const AqActor *actor,
                           const char    *name,
                           GVariant      *settings,
                           AqEngineDone   done,
                           gpointer       user_data)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (settings);
  g_autoptr(GError) error = NULL;

  if (check_entry (self, sunk, &error))
    request_edit (self, actor, set_schedule, edit_new (name, sunk), done, user_data);
  else
    done (error, user_data);
}

void
aq_engine_remove_schedule (AqEngine      *self,
                           const AqActor *actor,
                           const char    *name,
                           AqEngineDone   done,
                           gpointer       user_data)
{
  request_edit (self, actor, set_schedule, edit_new (name, NULL), done, user_data);
}

void
aq_engine_pause_schedule (AqEngine      *self,
                          const AqActor *actor,
                          const char    *name,
                          const char    *reason,
                          AqEngineDone   done,
                          gpointer       user_data)
{
  Edit *edit = edit_new (name, NULL);

  edit->pause.paused = TRUE;
  edit->pause.reason = g_strdup (reason);
  request_edit (self, actor, pause_schedule, edit, done, user_data);
}

void
aq_engine_resume_schedule (AqEngine      *self,
                           const AqActor *actor,
                           const char    *name,
                           AqEngineDone   done,
                           gpointer       user_data)
{
  request_edit (self, actor, pause_schedule, edit_new (name, NULL), done, user_data);
}

/* trigger */

typedef struct
{
  AqTriggerScheduleEvent event; /* its name is owned */
  AqDraftContext         context;
} Trigger;

static gboolean
trigger_schedule (AqTransaction  *transaction,
                  gpointer        data,
                  GError        **error)
{
  return aq_rule_trigger_schedule (transaction, &((Trigger *) data)->event, error);
}

static void
free_trigger (gpointer data)
{
  Trigger *trigger = data;

  g_free ((char *) trigger->event.name);
  g_free (trigger);
}

/**
 * aq_engine_trigger_schedule:
 * @self: an engine
 * @actor: who asked for it
 * @name: the schedule's name
 * @done: called with the id of the job once it is flushed, or with why not
 * @user_data: for @done
 *
 * Errors: those of aq_rule_trigger_schedule(), and why the store refuses new work.
 *
 * Since: 0.1
 */
void
aq_engine_trigger_schedule (AqEngine        *self,
                            const AqActor   *actor,
                            const char      *name,
                            AqEngineJobDone  done,
                            gpointer         user_data)
{
  Trigger *trigger = g_new0 (Trigger, 1);
  const AqEngineRequest request = {
    .rule = trigger_schedule,
    .event = trigger,
    .free_event = free_trigger,
    .id = &trigger->event.out_id,
    .job_done = done,
    .user_data = user_data,
  };

  trigger->context = aq_engine_get_draft_context (self, "");
  trigger->event = (AqTriggerScheduleEvent) { g_strdup (name), { &trigger->context, self->queues }, 0 };
  if (aq_store_get_refusal (self->store) == NULL)
    {
      aq_engine_apply_request (self, actor, &request);
      return;
    }
  done (0, aq_store_get_refusal (self->store), user_data);
  free_trigger (trigger);
}

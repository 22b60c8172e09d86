/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: schedules
 *
 * A schedule is an item of the store. The engine knows of each when it is due;
 * aq-engine-schedule-run.c has their jobs made.
 */

#include "config.h"

#include "core/aq-engine-schedules.h"

#include "core/aq-engine-factories.h"
#include "core/aq-engine-private.h"
#include "core/aq-name.h"
#include "core/aq-job-schedule-item.h"
#include "libasyncq/asyncq-error.h"

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
      aq_engine_note_schedule (self, item->name, next_usec);
    }
  return TRUE;
}

static void
on_loaded (gpointer      event,
           guint64       sequence,
           const GError *error,
           gpointer      user_data)
{
  /* the clock may have been set while nobody looked */
  aq_engine_rearm_schedules (user_data);
}

void
aq_engine_schedules_load (AqEngine *self)
{
  aq_store_apply (self->store, &aq_engine_self, load_schedules, self, on_loaded, self);
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
  aq_engine_note_schedule (edit->engine, edit->set.name, edit->set.out_next_usec);
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
  aq_engine_note_schedule (edit->engine, edit->set.name, edit->pause.out_next_usec);
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
    .is_addition = edit->set.is_new,
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

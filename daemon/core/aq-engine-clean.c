/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: removing completed jobs when somebody asks for it
 *
 * There may be millions of jobs to look at. So it goes in steps, one in a turn of
 * the loop, each a transaction of its own; the answer is held until the last one
 * is flushed. Jobs that end meanwhile may be removed as well or not.
 */

#include "config.h"

#include "core/aq-engine-private.h"

/* some milliseconds */
#define MAX_LOOKS 20000
#define MAX_REMOVED 1000

struct _AqEngineClean
{
  AqCleanEvent     event;  /* the filter is owned */
  AqActor          actor;  /* the sender is owned */
  AqEngine        *engine;
  GSource         *turn;   /* owned: of the next step */
  AqEngineCleaned  done;
  gpointer         user_data;
};

static void
finish (AqEngineClean *clean,
        const GError  *error)
{
  clean->done (clean->event.out_counts, error, clean->user_data);
  aq_filter_unref (clean->event.filter);
  g_free ((char *) clean->actor.sender);
  g_free (clean);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  finish (user_data, error);
}

/* it needs no more turns */
static void
end_steps (AqEngineClean *clean)
{
  (void) g_ptr_array_remove_fast (clean->engine->cleans, clean);
  g_source_destroy (clean->turn);
  g_clear_pointer (&clean->turn, g_source_unref);
}

static void
on_step_taken (gpointer      event,
               guint64       sequence,
               const GError *error,
               gpointer      user_data)
{
  AqEngineClean *clean = user_data;

  if (error == NULL && !clean->event.out_at_end)
    return;
  end_steps (clean);
  if (error != NULL)
    finish (clean, error);
  else
    aq_gate_hold (aq_store_get_gate (clean->engine->store), sequence, on_flushed, clean);
}

static gboolean
on_turn (gpointer user_data)
{
  AqEngineClean *clean = user_data;

  aq_store_apply (clean->engine->store, &clean->actor, aq_rule_clean, &clean->event, on_step_taken, clean);
  return G_SOURCE_CONTINUE;
}

static void
start (AqEngine        *self,
       const AqActor   *actor,
       AqFilter        *filter,
       gboolean         dry_run,
       AqEngineCleaned  done,
       gpointer         user_data)
{
  AqEngineClean *clean = g_new0 (AqEngineClean, 1);

  clean->event.filter = aq_filter_ref (filter);
  clean->event.below_id = G_MAXUINT64;
  clean->event.max_looks = MAX_LOOKS;
  clean->event.max_jobs = MAX_REMOVED;
  clean->event.dry_run = dry_run;
  clean->actor = (AqActor) { actor->uid, g_strdup (actor->sender) };
  clean->engine = self;
  clean->done = done;
  clean->user_data = user_data;
  clean->turn = g_idle_source_new ();
  g_source_set_priority (clean->turn, G_PRIORITY_DEFAULT);
  g_source_set_callback (clean->turn, on_turn, clean, NULL);
  g_source_attach (clean->turn, g_main_context_get_thread_default ());
  g_ptr_array_add (self->cleans, clean);
}

/**
 * aq_engine_clean:
 * @self: an engine
 * @actor: who asked for it
 * @filter: which jobs; those that have not ended stay in any case
 * @done: called, later, with how many were removed of each outcome, or with why
 *   it has stopped
 * @user_data: for @done
 *
 * Removes completed jobs. Those that an unfinished job depends on stay.
 *
 * Errors: what the store reports; some jobs may be gone then.
 * Source: behaviour M16.
 *
 * Since: 0.1
 */
void
aq_engine_clean (AqEngine        *self,
                 const AqActor   *actor,
                 AqFilter        *filter,
                 AqEngineCleaned  done,
                 gpointer         user_data)
{
  start (self, actor, filter, FALSE, done, user_data);
}

/**
 * aq_engine_count_cleanable:
 * @self: an engine
 * @filter: as for aq_engine_clean()
 * @done: called, later, with how many aq_engine_clean() would remove now
 * @user_data: for @done
 *
 * Since: 0.1
 */
void
aq_engine_count_cleanable (AqEngine        *self,
                           AqFilter        *filter,
                           AqEngineCleaned  done,
                           gpointer         user_data)
{
  start (self, &aq_engine_self, filter, TRUE, done, user_data);
}

/**
 * aq_engine_clean_stop:
 * @self: an engine that ends
 *
 * What was not cleaned yet stays, and those who have asked are told.
 *
 * Since: 0.1
 */
void
aq_engine_clean_stop (AqEngine *self)
{
  g_autoptr(GError) error = g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                                                 "the daemon has stopped before all jobs were looked at");

  while (self->cleans->len > 0)
    {
      AqEngineClean *clean = g_ptr_array_index (self->cleans, self->cleans->len - 1);

      end_steps (clean);
      finish (clean, error);
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: a rule that goes over all jobs
 *
 * There may be millions of jobs to look at. So it goes in steps, one in a turn of
 * the loop, each a transaction of its own; the answer is held until the last one
 * is flushed. Jobs that the next step needs and that are away are fetched first,
 * and the step is taken as soon as they are there, since they may leave again.
 */

#include "config.h"

#include "core/aq-engine-private.h"

struct _AqEngineWalk
{
  AqEngineWalkRequest  request;
  AqActor              actor;  /* the sender is owned */
  AqEngine            *engine; /* NULL once it has stopped */
  GSource             *turn;   /* owned: of the next step; NULL while jobs are fetched */
};

static gboolean on_turn (gpointer user_data);

static void
finish (AqEngineWalk *self,
        const GError *error)
{
  self->request.done (self->request.event, error);
  g_free ((char *) self->actor.sender);
  g_free (self);
}

static void
on_flushed (const GError *error,
            gpointer      user_data)
{
  finish (user_data, error);
}

static void
begin_turns (AqEngineWalk *self)
{
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->turn, on_turn, self, NULL);
  g_source_attach (self->turn, g_main_context_get_thread_default ());
}

static void
end_turns (AqEngineWalk *self)
{
  if (self->turn != NULL)
    g_source_destroy (self->turn);
  g_clear_pointer (&self->turn, g_source_unref);
}

/* it needs no more steps */
static void
leave (AqEngineWalk *self)
{
  (void) g_ptr_array_remove_fast (self->engine->walks, self);
  end_turns (self);
}

static GError *
new_stopped (void)
{
  return g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING,
                              "the daemon has stopped before all jobs were looked at");
}

static void
on_step_taken (gpointer      event,
               guint64       sequence,
               const GError *error,
               gpointer      user_data)
{
  AqEngineWalk *self = user_data;

  if (error == NULL && self->request.stepped != NULL)
    self->request.stepped (self->engine, event, sequence);
  if (error == NULL && !self->request.walk->at_end)
    return;
  leave (self);
  if (error != NULL)
    finish (self, error);
  else
    aq_gate_hold (aq_store_get_gate (self->engine->store), sequence, on_flushed, self);
}

static void
take_step (AqEngineWalk *self)
{
  aq_store_apply (self->engine->store, &self->actor, self->request.rule, self->request.event, on_step_taken, self);
}

/* what could not be read is still away: the rule sees that */
static void
on_fetched (const GError *error,
            gpointer      user_data)
{
  AqEngineWalk *self = user_data;

  if (self->engine == NULL)
    {
      g_autoptr(GError) stopped = new_stopped ();

      finish (self, stopped);
      return;
    }
  begin_turns (self);
  take_step (self);
}

static gboolean
on_turn (gpointer user_data)
{
  AqEngineWalk *self = user_data;
  GArray *away = self->request.away;
  g_autoptr(GArray) ids = NULL;

  if (away == NULL || away->len == 0)
    {
      take_step (self);
      return G_SOURCE_CONTINUE;
    }
  ids = g_array_copy (away);
  g_array_set_size (away, 0);
  end_turns (self);
  aq_store_fetch (self->engine->store, (const guint64 *) ids->data, ids->len, on_fetched, self);
  return G_SOURCE_REMOVE;
}

/**
 * aq_engine_walk:
 * @self: an engine
 * @actor: who asked for it
 * @request: what is done in each step; copied
 *
 * Applies a rule again and again, until its walk is at its end.
 *
 * Since: 0.1
 */
void
aq_engine_walk (AqEngine                  *self,
                const AqActor             *actor,
                const AqEngineWalkRequest *request)
{
  AqEngineWalk *walk = g_new0 (AqEngineWalk, 1);

  walk->request = *request;
  walk->actor = (AqActor) { actor->uid, g_strdup (actor->sender) };
  walk->engine = self;
  g_ptr_array_add (self->walks, walk);
  begin_turns (walk);
}

/**
 * aq_engine_walks_stop:
 * @self: an engine that ends
 *
 * What was not looked at yet stays as it is, and those who have asked are told.
 *
 * Since: 0.1
 */
void
aq_engine_walks_stop (AqEngine *self)
{
  g_autoptr(GError) stopped = new_stopped ();

  while (self->walks->len > 0)
    {
      AqEngineWalk *walk = g_ptr_array_index (self->walks, self->walks->len - 1);
      gboolean is_fetching = walk->turn == NULL;

      leave (walk);
      walk->engine = NULL;
      if (!is_fetching)
        finish (walk, stopped);
    }
}

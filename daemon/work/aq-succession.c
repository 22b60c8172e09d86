/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * One worker after the other
 *
 * A slot's worker is followed by the next one at once, which may have been started
 * while the one before still had a job. Where workers die before they have run
 * anything the next one waits, longer each time. A worker that is to end in order is
 * here until it has: it has no jobs.
 */

#include "config.h"

#include "work/aq-succession.h"

#define MIN_DELAY_USEC (G_USEC_PER_SEC / 10)
#define MAX_DELAY_USEC (5 * G_USEC_PER_SEC)

struct _AqSuccession
{
  AqClock              *clock;
  const AqSlotSettings *settings;  /* not owned */
  char                 *agent;
  AqSuccessionHooks     hooks;
  gpointer              user_data;

  AqWorker             *next;       /* nullable: was given nothing yet */
  GPtrArray            *leaving;    /* of AqWorker: asked to end, not gone yet, have no jobs */
  AqTimer              *delay;      /* nullable: until `due` */
  char                 *trouble;    /* nullable: of the last worker, if it has come to nothing */
  gint64                next_usec;  /* wall clock: when the next one is started; 0: it was */
  guint                 n_failures; /* workers in a row that died before they had run anything */
  gboolean              waited;     /* the next one may be started in spite of that */
};

/**
 * aq_succession_new:
 * @clock: the clock
 * @settings: how to deal with workers; must live longer
 * @agent: name of the agent
 * @hooks: what is called; copied
 * @user_data: for @hooks
 */
AqSuccession *
aq_succession_new (AqClock                 *clock,
                   const AqSlotSettings    *settings,
                   const char              *agent,
                   const AqSuccessionHooks *hooks,
                   gpointer                 user_data)
{
  AqSuccession *self = g_new0 (AqSuccession, 1);

  self->clock = aq_clock_ref (clock);
  self->settings = settings;
  self->agent = g_strdup (agent);
  self->hooks = *hooks;
  self->user_data = user_data;
  self->leaving = g_ptr_array_new_with_free_func ((GDestroyNotify) aq_worker_unref);
  return self;
}

/* @self was stopped, or has never had a worker */
void
aq_succession_free (AqSuccession *self)
{
  g_ptr_array_unref (self->leaving);
  aq_clock_unref (self->clock);
  g_free (self->agent);
  g_free (self->trouble);
  g_free (self);
}

/* a worker has come to nothing */
void
aq_succession_note_failure (AqSuccession *self,
                            const char   *message)
{
  self->n_failures++;
  g_free (self->trouble);
  self->trouble = g_strdup (message);
}

/* a worker has run something */
void
aq_succession_forget_failures (AqSuccession *self)
{
  self->n_failures = 0;
  g_clear_pointer (&self->trouble, g_free);
}

static AqWorker *
start_worker (AqSuccession  *self,
              GError       **error)
{
  AqWorker *worker = aq_worker_new (self->clock, self->settings->worker_program, self->agent, self->hooks.worker,
                                    self->user_data, error);

  if (worker != NULL)
    aq_worker_set_guard (worker, aq_resource_guard_new (self->settings->resources, self->clock,
                                                        aq_worker_get_pid (worker), self->hooks.time_over,
                                                        self->user_data));
  return worker;
}

static void
on_delay_over (gpointer user_data)
{
  AqSuccession *self = user_data;

  g_clear_pointer (&self->delay, aq_timer_free);
  self->waited = TRUE;
  self->hooks.due (self->user_data);
}

static void
wait_a_while (AqSuccession *self)
{
  gint64 delay_usec = MIN (MIN_DELAY_USEC << MIN (self->n_failures - 1, 10), MAX_DELAY_USEC);

  self->next_usec = aq_clock_get_wall (self->clock) + delay_usec;
  self->delay = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC,
                              aq_clock_get_monotonic (self->clock) + delay_usec, on_delay_over, self);
}

static AqWorker *
spawn_worker (AqSuccession *self)
{
  g_autoptr(GError) error = NULL;
  AqWorker *worker = start_worker (self, &error);

  if (worker != NULL)
    return worker;
  g_warning ("agent '%s': %s", self->agent, error->message);
  aq_succession_note_failure (self, error->message);
  return NULL;
}

/**
 * aq_succession_take:
 * @self: the succession of a slot that has no worker
 *
 * A new worker at once, unless the last ones have come to nothing.
 *
 * Returns: (transfer full) (nullable): a worker that has nothing to do yet; if %NULL
 *   `due` is called later
 */
AqWorker *
aq_succession_take (AqSuccession *self)
{
  AqWorker *worker = g_steal_pointer (&self->next);

  if (worker == NULL && (self->n_failures == 0 || self->waited))
    worker = spawn_worker (self);
  self->waited = FALSE;
  if (worker == NULL)
    wait_a_while (self);
  else
    self->next_usec = 0;
  return worker;
}

/* whether `due` is about to be called */
gboolean
aq_succession_is_waiting (AqSuccession *self)
{
  return self->delay != NULL;
}

/* the one after a worker that is about to go starts now */
void
aq_succession_prepare (AqSuccession *self)
{
  g_autoptr(GError) error = NULL;

  if (self->next != NULL || self->n_failures > 0)
    return;
  self->next = start_worker (self, &error);
  if (self->next == NULL)
    g_debug ("agent '%s': %s; it is tried again when it is needed", self->agent, error->message);
}

/* @worker: (transfer full): has no jobs, and is to end in order */
void
aq_succession_retire (AqSuccession *self,
                      AqWorker     *worker)
{
  aq_worker_retire (worker, &self->settings->times);
  g_ptr_array_add (self->leaving, worker);
}

/* a worker that the slot does not have, or not yet, is gone */
void
aq_succession_ended (AqSuccession  *self,
                     AqWorker      *worker,
                     const AqDeath *death)
{
  if (self->next != worker)
    {
      g_ptr_array_remove_fast (self->leaving, worker);
      return;
    }
  g_warning ("agent '%s': %s while it had nothing to do", self->agent, death->how);
  aq_succession_note_failure (self, death->how);
  g_clear_pointer (&self->next, aq_worker_unref);
}

/* appends why the last workers have come to nothing, if they have, to an aa{sv} */
void
aq_succession_list_trouble (AqSuccession    *self,
                            GVariantBuilder *builder)
{
  g_autofree char *text = NULL;

  if (self->trouble == NULL)
    return;
  text = g_utf8_make_valid (self->trouble, -1);
  g_variant_builder_open (builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (builder, "{sv}", "message", g_variant_new_string (text));
  g_variant_builder_add (builder, "{sv}", "next", g_variant_new_int64 (self->next_usec));
  g_variant_builder_close (builder);
}

/* nobody will have anything for a next one */
void
aq_succession_close (AqSuccession *self)
{
  g_clear_pointer (&self->delay, aq_timer_free);
  if (self->next != NULL)
    aq_succession_retire (self, g_steal_pointer (&self->next));
}

/* likewise, and kills and reaps those that have not ended yet */
void
aq_succession_stop (AqSuccession *self)
{
  aq_succession_close (self);
  for (guint i = 0; i < self->leaving->len; i++)
    aq_worker_end (g_ptr_array_index (self->leaving, i));
  g_ptr_array_set_size (self->leaving, 0);
}

/* whether there is no process of theirs */
gboolean
aq_succession_is_empty (AqSuccession *self)
{
  return self->next == NULL && self->leaving->len == 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Engine: expiry
 *
 * Removes completed jobs: when their time is over, by a timer; when there are too
 * many, about a second after one has ended. Each loop turn does one transaction
 * of it, so the loop is never held up.
 */

#include "config.h"

#include "core/aq-engine-private.h"

/* after a job has ended: so that full load looks once a second and not once a job */
#define LOOK_AGAIN_USEC G_USEC_PER_SEC

static GSource *
add_step (GSourceFunc func,
          gpointer    user_data)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, user_data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

/* expiry */

static void on_expiry (gpointer user_data);

static void
drop_expiry (AqEngine *self)
{
  g_clear_pointer (&self->expiry_timer, aq_timer_free);
  drop_source (&self->expiry_step);
  self->expiry_usec = G_MAXINT64;
}

static void
set_expiry (AqEngine *self,
            gint64    usec)
{
  drop_expiry (self);
  self->expiry_usec = usec;
  if (usec != G_MAXINT64)
    self->expiry_timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, usec, on_expiry, self);
}

static gboolean
on_expiry_step (gpointer user_data)
{
  AqEngine *self = user_data;

  drop_source (&self->expiry_step);
  on_expiry (self);
  return G_SOURCE_REMOVE;
}

static void
on_expired (gpointer      expire_event,
            guint64       sequence,
            const GError *error,
            gpointer      user_data)
{
  AqExpireEvent *event = expire_event;
  AqEngine *self = user_data;

  /* a store that cannot be written keeps everything */
  if (error != NULL || !self->running)
    drop_expiry (self);
  else if (event->out_n_removed > 0)
    {
      drop_expiry (self);
      self->expiry_usec = G_MININT64;
      self->expiry_step = add_step (on_expiry_step, self);
    }
  else if (event->out_next_usec == G_MAXINT64)
    drop_expiry (self);
  else
    set_expiry (self, MAX (event->out_next_usec, aq_clock_get_wall (self->clock) + LOOK_AGAIN_USEC));
}

static void
on_expiry (gpointer user_data)
{
  AqEngine *self = user_data;
  AqExpireEvent event = { self->retention, 0, G_MAXINT64 };

  aq_store_apply (self->store, &aq_engine_self, aq_rule_expire, &event, on_expired, self);
}

/**
 * aq_engine_look_for_expiry:
 * @self: an engine
 *
 * A job has ended: there may be too many now, or a first one to expire.
 *
 * Since: 0.1
 */
void
aq_engine_look_for_expiry (AqEngine *self)
{
  gint64 soon_usec;

  if (!self->running)
    return;
  soon_usec = aq_clock_get_wall (self->clock) + LOOK_AGAIN_USEC;
  if (self->expiry_usec > soon_usec)
    set_expiry (self, soon_usec);
}

/**
 * aq_engine_set_retention:
 * @self: an engine
 * @retention: how long and how many completed jobs are kept
 *
 * Since: 0.1
 */
void
aq_engine_set_retention (AqEngine    *self,
                         AqRetention *retention)
{
  aq_retention_ref (retention);
  aq_retention_unref (self->retention);
  self->retention = retention;
  aq_engine_look_for_expiry (self);
}

/* lifecycle */

void
aq_engine_expiry_init (AqEngine *self)
{
  self->retention = aq_retention_new ();
  self->expiry_usec = G_MAXINT64;
}

void
aq_engine_expiry_stop (AqEngine *self)
{
  drop_expiry (self);
}

void
aq_engine_expiry_clear (AqEngine *self)
{
  drop_expiry (self);
  aq_retention_unref (self->retention);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * From asking to killing
 *
 * A job whose time is over or that is cancelled, and a worker that is to end, are
 * asked first. This counts the time since then: it says when to send SIGTERM, and
 * when SIGKILL. Whoever has stopped by then frees it.
 */

#include "config.h"

#include "work/aq-ladder.h"

struct _AqLadder
{
  AqClock       *clock;
  AqLadderTimes  times;
  AqLadderFunc   func;
  gpointer       user_data;
  AqRung         rung;
  AqTimer       *timer; /* nullable: to the next rung */
};

static void on_time_is_over (gpointer user_data);

static void
climb_after (AqLadder *self,
             gint64    usec)
{
  g_clear_pointer (&self->timer, aq_timer_free);
  self->timer = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC, aq_clock_get_monotonic (self->clock) + usec,
                              on_time_is_over, self);
}

static char *
dup_reason (AqLadder *self)
{
  double stop_seconds = (double) self->times.stop_usec / G_USEC_PER_SEC;
  double kill_seconds = (double) self->times.kill_usec / G_USEC_PER_SEC;

  if (self->rung == AQ_RUNG_TERMINATED)
    return g_strdup_printf ("was terminated, as it had not stopped within %g s,", stop_seconds);
  return g_strdup_printf ("was killed, as it had not stopped within %g s, nor ended within %g s of SIGTERM,",
                          stop_seconds, kill_seconds);
}

static void
on_time_is_over (gpointer user_data)
{
  AqLadder *self = user_data;

  self->rung++;
  if (self->rung == AQ_RUNG_KILLED)
    g_clear_pointer (&self->timer, aq_timer_free);
  else
    climb_after (self, self->times.kill_usec);
  self->func (self->rung, dup_reason (self), self->user_data);
}

/**
 * aq_ladder_new:
 * @clock: the clock
 * @times: how long each takes
 * @func: called from the main loop for SIGTERM, and for SIGKILL
 * @user_data: for @func
 *
 * Begins to count: it has been asked just now.
 *
 * Since: 0.1
 */
AqLadder *
aq_ladder_new (AqClock             *clock,
               const AqLadderTimes *times,
               AqLadderFunc         func,
               gpointer             user_data)
{
  AqLadder *self = g_new0 (AqLadder, 1);

  self->clock = aq_clock_ref (clock);
  self->times = *times;
  self->func = func;
  self->user_data = user_data;
  self->rung = AQ_RUNG_ASKED;
  climb_after (self, times->stop_usec);
  return self;
}

void
aq_ladder_free (AqLadder *self)
{
  g_clear_pointer (&self->timer, aq_timer_free);
  aq_clock_unref (self->clock);
  g_free (self);
}

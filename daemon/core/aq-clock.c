/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Clock
 *
 * Nothing else in the daemon asks the system for the time. On a system clock a
 * monotonic timer is a GSource with a ready time, and a wall timer is a timerfd
 * that also fires when somebody sets the clock, so that no timer ever has to
 * look at the clock now and then. On a manual clock both kinds lie in a list,
 * and aq_clock_advance() fires them in the order of their times.
 */

#include "config.h"

#include "core/aq-clock.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct _AqClock
{
  grefcount  ref_count;
  gboolean   manual;

  /* manual clocks only */
  gint64     wall_usec;
  gint64     monotonic_usec;
  GPtrArray *timers; /* of AqTimer, not owned: those that have not fired */
};

struct _AqTimer
{
  AqClock     *clock; /* owned */
  AqClockKind  kind;
  gint64       when_usec;
  AqTimerFunc  func;
  AqTimerFunc  set_func; /* nullable */
  gpointer     user_data;
  GSource     *source; /* owned, nullable */
  int          fd;     /* of a wall timer on a system clock, else -1 */
};

static AqClock *
clock_new (gboolean manual)
{
  AqClock *self = g_new0 (AqClock, 1);

  g_ref_count_init (&self->ref_count);
  self->manual = manual;
  self->timers = g_ptr_array_new ();
  return self;
}

/**
 * aq_clock_new_system:
 *
 * Returns: (transfer full): the system's clocks
 *
 * Since: 0.1
 */
AqClock *
aq_clock_new_system (void)
{
  return clock_new (FALSE);
}

/**
 * aq_clock_new_manual:
 * @wall_usec: what the wall clock shows, microseconds since 1970-01-01 UTC
 *
 * Returns: (transfer full): clocks that stand still; the monotonic one starts
 *   at one second
 *
 * Since: 0.1
 */
AqClock *
aq_clock_new_manual (gint64 wall_usec)
{
  AqClock *self = clock_new (TRUE);

  self->wall_usec = wall_usec;
  self->monotonic_usec = G_USEC_PER_SEC;
  return self;
}

AqClock *
aq_clock_ref (AqClock *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
aq_clock_unref (AqClock *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->timers->len == 0);
  g_ptr_array_unref (self->timers);
  g_free (self);
}

gboolean
aq_clock_is_manual (AqClock *self)
{
  return self->manual;
}

/**
 * aq_clock_get_wall:
 * @self: a clock
 *
 * Returns: microseconds since 1970-01-01 UTC; may jump, also backwards
 *
 * Since: 0.1
 */
gint64
aq_clock_get_wall (AqClock *self)
{
  return self->manual ? self->wall_usec : g_get_real_time ();
}

/**
 * aq_clock_get_monotonic:
 * @self: a clock
 *
 * Returns: microseconds since some moment before the daemon started; never
 *   goes backwards
 *
 * Since: 0.1
 */
gint64
aq_clock_get_monotonic (AqClock *self)
{
  return self->manual ? self->monotonic_usec : g_get_monotonic_time ();
}

/* the monotonic time at which a timer of a manual clock is due */
static gint64
manual_due (AqTimer *timer)
{
  AqClock *clock = timer->clock;

  if (timer->kind == AQ_CLOCK_MONOTONIC)
    return timer->when_usec;
  /* a time far in the future must not wrap around */
  if (timer->when_usec > G_MAXINT64 - clock->monotonic_usec)
    return G_MAXINT64;
  return timer->when_usec - clock->wall_usec + clock->monotonic_usec;
}

static AqTimer *
earliest_timer (AqClock *self)
{
  AqTimer *earliest = NULL;

  for (guint i = 0; i < self->timers->len; i++)
    {
      AqTimer *timer = g_ptr_array_index (self->timers, i);

      if (earliest == NULL || manual_due (timer) < manual_due (earliest))
        earliest = timer;
    }
  return earliest;
}

static void
drop_source (AqTimer *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/* the last thing its caller does with the timer: @func may free it */
static void
fire (AqTimer *self)
{
  drop_source (self);
  (void) g_ptr_array_remove (self->clock->timers, self);
  self->func (self->user_data);
}

/**
 * aq_clock_advance:
 * @self: a manual clock
 * @interval_usec: how far, not negative
 *
 * Moves both clocks on, and fires every timer that becomes due on the way at
 * its own time, also those that a timer's function sets.
 *
 * Since: 0.1
 */
void
aq_clock_advance (AqClock *self,
                  gint64   interval_usec)
{
  gint64 target = self->monotonic_usec + interval_usec;
  AqTimer *timer;

  g_return_if_fail (self->manual);
  g_return_if_fail (interval_usec >= 0);

  while ((timer = earliest_timer (self)) != NULL && manual_due (timer) <= target)
    {
      gint64 step = MAX (manual_due (timer) - self->monotonic_usec, 0);

      self->monotonic_usec += step;
      self->wall_usec += step;
      fire (timer);
    }
  self->wall_usec += target - self->monotonic_usec;
  self->monotonic_usec = target;
}

static gboolean
is_waiting (AqClock *self,
            AqTimer *timer)
{
  return g_ptr_array_find (self->timers, timer, NULL) && timer->set_func != NULL &&
         manual_due (timer) > self->monotonic_usec;
}

/* one may free itself and others */
static void
tell_set (AqClock *self)
{
  g_autoptr(GPtrArray) timers = g_ptr_array_copy (self->timers, NULL, NULL);

  for (guint i = 0; i < timers->len; i++)
    {
      AqTimer *timer = g_ptr_array_index (timers, i);

      if (is_waiting (self, timer))
        timer->set_func (timer->user_data);
    }
}

/**
 * aq_clock_set_wall:
 * @self: a manual clock
 * @wall_usec: what the wall clock shows from now on, microseconds since 1970-01-01 UTC
 *
 * Somebody sets the wall clock: the monotonic one stays. Fires the wall timers
 * that are due now.
 *
 * Since: 0.1
 */
void
aq_clock_set_wall (AqClock *self,
                   gint64   wall_usec)
{
  g_return_if_fail (self->manual);

  self->wall_usec = wall_usec;
  tell_set (self);
  aq_clock_advance (self, 0);
}

static gboolean
on_source_ready (gpointer user_data)
{
  fire (user_data);
  return G_SOURCE_REMOVE;
}

static void
arm_timerfd (AqTimer *self)
{
  struct itimerspec spec = {
    .it_value = {
      .tv_sec = MAX (self->when_usec, 1) / G_USEC_PER_SEC,
      .tv_nsec = (MAX (self->when_usec, 1) % G_USEC_PER_SEC) * 1000,
    },
  };

  /* cannot fail with a descriptor of ours and a time in range */
  if (timerfd_settime (self->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL) != 0)
    g_critical ("could not set a timer: %s", g_strerror (errno));
}

static gboolean
on_timerfd_ready (int          fd,
                  GIOCondition condition,
                  gpointer     user_data)
{
  AqTimer *self = user_data;
  guint64 expirations;
  /* either way the clock itself tells what is due */
  gboolean was_set = read (fd, &expirations, sizeof expirations) < 0 && errno == ECANCELED;

  if (aq_clock_get_wall (self->clock) >= self->when_usec)
    {
      fire (self);
      return G_SOURCE_CONTINUE;
    }
  arm_timerfd (self);
  if (was_set && self->set_func != NULL)
    self->set_func (self->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_ready_time (GSource    *source,
                     GSourceFunc callback,
                     gpointer    user_data)
{
  return callback (user_data);
}

static GSourceFuncs ready_time_funcs = { .dispatch = dispatch_ready_time };

static void
attach_source (AqTimer *self)
{
  if (self->kind == AQ_CLOCK_WALL && !self->clock->manual)
    {
      self->fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
      if (self->fd < 0)
        {
          g_critical ("could not make a timer: %s", g_strerror (errno));
          return;
        }
      arm_timerfd (self);
      self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
      g_source_set_callback (self->source, G_SOURCE_FUNC (on_timerfd_ready), self, NULL);
    }
  else
    {
      self->source = g_source_new (&ready_time_funcs, sizeof (GSource));
      g_source_set_ready_time (self->source, self->clock->manual ? 0 : self->when_usec);
      g_source_set_callback (self->source, on_source_ready, self, NULL);
    }
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

/**
 * aq_timer_new:
 * @clock: a clock
 * @kind: which of its clocks @when_usec is a time of
 * @when_usec: when to call @func; a time that has passed means soon
 * @func: called once, from the main loop or from aq_clock_advance(), never
 *   from within this function
 * @user_data: for @func
 *
 * Returns: (transfer full): a timer, to be freed with aq_timer_free() whether
 *   it has fired or not
 *
 * Since: 0.1
 */
AqTimer *
aq_timer_new (AqClock     *clock,
              AqClockKind  kind,
              gint64       when_usec,
              AqTimerFunc  func,
              gpointer     user_data)
{
  AqTimer *self = g_new0 (AqTimer, 1);

  self->clock = aq_clock_ref (clock);
  self->kind = kind;
  self->when_usec = when_usec;
  self->func = func;
  self->user_data = user_data;
  self->fd = -1;

  if (clock->manual)
    g_ptr_array_add (clock->timers, self);
  if (!clock->manual || manual_due (self) <= clock->monotonic_usec)
    attach_source (self);
  return self;
}

/**
 * aq_timer_watch_set:
 * @self: a timer of the wall clock
 * @func: called with the timer's data whenever somebody has set the clock and it
 *   is not due; may free the timer
 *
 * For those to whom the time that is left says something.
 *
 * Since: 0.1
 */
void
aq_timer_watch_set (AqTimer     *self,
                    AqTimerFunc  func)
{
  g_return_if_fail (self->kind == AQ_CLOCK_WALL);

  self->set_func = func;
}

void
aq_timer_free (AqTimer *self)
{
  drop_source (self);
  if (self->fd >= 0)
    (void) close (self->fd);
  (void) g_ptr_array_remove (self->clock->timers, self);
  aq_clock_unref (self->clock);
  g_free (self);
}

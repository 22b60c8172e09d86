/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "core/aq-clock.h"

/* 2006-08-10 15:44:22 UTC */
#define START (G_GINT64_CONSTANT (1155224662) * G_USEC_PER_SEC)

typedef struct
{
  AqClock *clock;
  GString *log;
  AqTimer *timer;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  unused)
{
  self->clock = aq_clock_new_manual (START);
  self->log = g_string_new (NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  unused)
{
  g_clear_pointer (&self->timer, aq_timer_free);
  aq_clock_unref (self->clock);
  g_string_free (self->log, TRUE);
}

typedef struct
{
  Fixture    *fixture;
  const char *name;
} Mark;

static void
on_mark (gpointer user_data)
{
  Mark *mark = user_data;

  g_string_append_printf (mark->fixture->log, "%s@%" G_GINT64_FORMAT " ", mark->name,
                          (aq_clock_get_wall (mark->fixture->clock) - START) / G_USEC_PER_SEC);
}

static void
test_stands_still (Fixture       *self,
                   gconstpointer  unused)
{
  gint64 monotonic = aq_clock_get_monotonic (self->clock);

  g_assert_cmpint (aq_clock_get_wall (self->clock), ==, START);
  aq_clock_advance (self->clock, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (aq_clock_get_wall (self->clock), ==, START + 5 * G_USEC_PER_SEC);
  g_assert_cmpint (aq_clock_get_monotonic (self->clock), ==, monotonic + 5 * G_USEC_PER_SEC);
}

static void
test_fires_in_order (Fixture       *self,
                     gconstpointer  unused)
{
  gint64 monotonic = aq_clock_get_monotonic (self->clock);
  Mark late = { self, "late" };
  Mark early = { self, "early" };
  g_autoptr(AqTimer) one = aq_timer_new (self->clock, AQ_CLOCK_WALL, START + 7 * G_USEC_PER_SEC, on_mark, &late);
  g_autoptr(AqTimer) two = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC, monotonic + 3 * G_USEC_PER_SEC, on_mark, &early);

  aq_clock_advance (self->clock, 2 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "");
  aq_clock_advance (self->clock, 10 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "early@3 late@7 ");
  g_assert_cmpint (aq_clock_get_wall (self->clock), ==, START + 12 * G_USEC_PER_SEC);
}

static void
on_again (gpointer user_data)
{
  Mark *mark = user_data;
  Fixture *self = mark->fixture;

  on_mark (mark);
  g_clear_pointer (&self->timer, aq_timer_free);
  self->timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, aq_clock_get_wall (self->clock) + 2 * G_USEC_PER_SEC, on_again,
                              mark);
}

static void
test_timer_sets_the_next (Fixture       *self,
                          gconstpointer  unused)
{
  Mark mark = { self, "tick" };

  self->timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, START + 2 * G_USEC_PER_SEC, on_again, &mark);
  aq_clock_advance (self->clock, 7 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "tick@2 tick@4 tick@6 ");
}

static void
test_freed_timer_is_silent (Fixture       *self,
                            gconstpointer  unused)
{
  Mark mark = { self, "never" };
  AqTimer *timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, START + 1, on_mark, &mark);

  aq_timer_free (timer);
  aq_clock_advance (self->clock, G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "");
}

static void
test_far_future (Fixture       *self,
                 gconstpointer  unused)
{
  Mark mark = { self, "never" };
  g_autoptr(AqTimer) timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, G_MAXINT64, on_mark, &mark);

  aq_clock_advance (self->clock, G_GINT64_CONSTANT (100) * 365 * 24 * 3600 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "");
}

static void
test_past_time_comes_from_the_loop (Fixture       *self,
                                    gconstpointer  unused)
{
  Mark mark = { self, "past" };
  g_autoptr(AqTimer) timer = aq_timer_new (self->clock, AQ_CLOCK_WALL, START - 1, on_mark, &mark);

  g_assert_cmpstr (self->log->str, ==, "");
  while (self->log->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (self->log->str, ==, "past@0 ");
}

static void
test_setting_the_wall_clock (Fixture       *self,
                             gconstpointer  unused)
{
  gint64 monotonic = aq_clock_get_monotonic (self->clock);
  Mark wall = { self, "wall" };
  Mark steady = { self, "monotonic" };
  g_autoptr(AqTimer) one = aq_timer_new (self->clock, AQ_CLOCK_WALL, START + 7 * G_USEC_PER_SEC, on_mark, &wall);
  g_autoptr(AqTimer) two = aq_timer_new (self->clock, AQ_CLOCK_MONOTONIC, monotonic + 3 * G_USEC_PER_SEC, on_mark,
                                         &steady);

  aq_clock_set_wall (self->clock, START - 10 * G_USEC_PER_SEC);
  g_assert_cmpint (aq_clock_get_wall (self->clock), ==, START - 10 * G_USEC_PER_SEC);
  g_assert_cmpint (aq_clock_get_monotonic (self->clock), ==, monotonic);
  g_assert_cmpstr (self->log->str, ==, "");
  aq_clock_set_wall (self->clock, START + 20 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "wall@20 ");
  aq_clock_advance (self->clock, 3 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "wall@20 monotonic@23 ");
}

typedef struct
{
  Fixture *fixture;
  AqTimer *timer; /* owned */
} Watch;

static void
on_set (gpointer user_data)
{
  Watch *watch = user_data;

  g_string_append (watch->fixture->log, "set ");
  g_clear_pointer (&watch->timer, aq_timer_free);
}

static void
on_never (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_who_waits_hears_of_a_clock_that_is_set (Fixture       *self,
                                             gconstpointer  unused)
{
  Watch watch = { self, aq_timer_new (self->clock, AQ_CLOCK_WALL, START + 7 * G_USEC_PER_SEC, on_never, &watch) };

  aq_timer_watch_set (watch.timer, on_set);
  aq_clock_advance (self->clock, G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "");
  aq_clock_set_wall (self->clock, START - 10 * G_USEC_PER_SEC);
  g_assert_cmpstr (self->log->str, ==, "set ");
}

static void
on_fired (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
test_system_clock (void)
{
  g_autoptr(AqClock) clock = aq_clock_new_system ();
  gboolean wall = FALSE;
  gboolean monotonic = FALSE;
  g_autoptr(AqTimer) one = aq_timer_new (clock, AQ_CLOCK_WALL, aq_clock_get_wall (clock) + 1000, on_fired, &wall);
  g_autoptr(AqTimer) two = aq_timer_new (clock, AQ_CLOCK_MONOTONIC, aq_clock_get_monotonic (clock) + 1000, on_fired,
                                         &monotonic);

  while (!wall || !monotonic)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/clock/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("a manual clock stands still until it is moved", test_stands_still);
  ADD ("timers of both clocks fire in the order of their times", test_fires_in_order);
  ADD ("a timer that a timer sets fires in the same advance", test_timer_sets_the_next);
  ADD ("a timer that was freed does not fire", test_freed_timer_is_silent);
  ADD ("the end of time does not wrap around", test_far_future);
  ADD ("setting the wall clock moves wall timers alone", test_setting_the_wall_clock);
  ADD ("who waits hears of a clock that is set", test_who_waits_hears_of_a_clock_that_is_set);
  ADD ("a time that has passed fires from the loop, not at once", test_past_time_comes_from_the_loop);
#undef ADD
  g_test_add_func ("/clock/timers of the system's clocks fire", test_system_clock);

  return g_test_run ();
}

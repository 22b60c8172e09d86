/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The only source of time. The wall clock is for calendar times and for people,
 * the monotonic clock for leases, time-outs and back-off. A manual clock stands
 * still until aq_clock_advance() moves it.
 */
typedef struct _AqClock AqClock;
typedef struct _AqTimer AqTimer;

typedef enum
{
  AQ_CLOCK_WALL,
  AQ_CLOCK_MONOTONIC
} AqClockKind;

typedef void (*AqTimerFunc) (gpointer user_data);

AqClock  *aq_clock_new_system    (void);
AqClock  *aq_clock_new_manual    (gint64       wall_usec);
AqClock  *aq_clock_ref           (AqClock     *self);
void      aq_clock_unref         (AqClock     *self);
gboolean  aq_clock_is_manual     (AqClock     *self);
gint64    aq_clock_get_wall      (AqClock     *self);
gint64    aq_clock_get_monotonic (AqClock     *self);
void      aq_clock_advance       (AqClock     *self,
                                  gint64       interval_usec);
void      aq_clock_set_wall      (AqClock     *self,
                                  gint64       wall_usec);

/* fires once, from the main loop; the caller frees it, also from within @func */
AqTimer  *aq_timer_new           (AqClock     *clock,
                                  AqClockKind  kind,
                                  gint64       when_usec,
                                  AqTimerFunc  func,
                                  gpointer     user_data);
/* of the wall clock: somebody has set it, and the timer is not due; @func may free it */
void      aq_timer_watch_set     (AqTimer     *self,
                                  AqTimerFunc  func);
void      aq_timer_free          (AqTimer     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqClock, aq_clock_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqTimer, aq_timer_free)

G_END_DECLS

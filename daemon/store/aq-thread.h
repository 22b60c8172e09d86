/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>
#include <pthread.h>

G_BEGIN_DECLS

typedef gpointer (*AqThreadFunc) (gpointer data);

/* the thread, and the eventfds by which it and the loop wake each other */
int  aq_thread_start    (pthread_t    *out_thread,
                         AqThreadFunc  func,
                         gpointer      data);

int  aq_wake_new        (void);
void aq_wake_free       (int           fd);
void aq_wake_signal     (int           fd);
void aq_wake_clear      (int           fd);
/* Returns: whether somebody has signalled, else the time is over; @timeout_msec < 0: no end */
gboolean aq_wake_wait   (int           fd,
                         int           timeout_msec);

/* a descriptor for aq_wake_wait() that is signalled by itself, again and again */
int  aq_wake_new_timer  (void);
void aq_wake_set_timer  (int           fd,
                         guint         interval_msec);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* a job that was shorter has started no process: that takes longer */
#define AQ_LEFTOVERS_MIN_NSEC 10000

/* Processes that functions have started and left behind. */
void     aq_leftovers_init     (void);
void     aq_leftovers_accept   (void);
void     aq_leftovers_end      (void);
gboolean aq_leftovers_kill_all (void);

G_END_DECLS

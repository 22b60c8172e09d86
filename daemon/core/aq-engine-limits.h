/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* The door of the core for limits. Answers come as those of aq-engine.h do. */

/* @settings: a{sv} with "size" u, or "rate" u, "period" x and perhaps "burst" u, or all; of one that is there those
 * that change. INVALID, EXISTS, NO_SUCH_LIMIT */
void aq_engine_set_limit    (AqEngine      *self,
                             const AqActor *actor,
                             const char    *name,
                             GVariant      *settings,
                             gboolean       create,
                             AqEngineDone   done,
                             gpointer       user_data);
/* jobs under it run as if they had none. NO_SUCH_LIMIT */
void aq_engine_remove_limit (AqEngine      *self,
                             const AqActor *actor,
                             const char    *name,
                             AqEngineDone   done,
                             gpointer       user_data);
/* aa{sv}, by name: "name" s, "created" x (wall clock), "by" u, those of "size", "rate", "period" and "burst" that it
 * has, and of all its instances together: "in-use" t (jobs that have a place), "waiting" t (other unfinished jobs
 * under it), "instances" u (those that there are) */
void aq_engine_list_limits  (AqEngine      *self,
                             AqEngineRead   done,
                             gpointer       user_data);
/* a{sv}: the same of one, and "uses" aa{sv}, by name, a hundred at most: "instance" s, "in-use" t, "waiting" t,
 * "holders" at (a hundred at most), and where it has no room now because of its rate "free-at" x (wall clock).
 * NO_SUCH_LIMIT */
void aq_engine_read_limit   (AqEngine      *self,
                             const char    *name,
                             AqEngineRead   done,
                             gpointer       user_data);

G_END_DECLS

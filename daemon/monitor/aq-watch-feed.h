/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-monitor-event.h"

G_BEGIN_DECLS

/*
 * What all watches have in common: one listener at the engine while there are
 * watches, one rendering of each change, and one timer that lets lines which are
 * ready within 20 ms leave together.
 */
typedef struct _AqWatchFeed AqWatchFeed;

/* @batch: changes that were flushed just now */
typedef void (*AqWatchFeedTold)  (AqMonitorBatch *batch,
                                  gpointer        user_data);
/* 20 ms are over */
typedef void (*AqWatchFeedFlush) (gpointer        user_data);

AqWatchFeed *aq_watch_feed_new        (AqEngine         *engine);
void         aq_watch_feed_free       (AqWatchFeed      *self);
AqEngine    *aq_watch_feed_get_engine (AqWatchFeed      *self);
void         aq_watch_feed_add        (AqWatchFeed      *self,
                                       AqWatchFeedTold   told,
                                       AqWatchFeedFlush  flush,
                                       gpointer          user_data);
void         aq_watch_feed_remove     (AqWatchFeed      *self,
                                       gpointer          user_data);
guint64      aq_watch_feed_get_told   (AqWatchFeed      *self);
AqMonitorBatch *aq_watch_feed_make_batch (AqWatchFeed      *self,
                                       const AqJobChange *changes,
                                       guint             n_changes);
void         aq_watch_feed_flush_soon (AqWatchFeed      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqWatchFeed, aq_watch_feed_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "monitor/aq-watch-feed.h"

G_BEGIN_DECLS

/*
 * One subscription to changes of jobs: what happened since a sequence number,
 * and then what happens, without a gap and without an event twice. Lines wait
 * here, in bounded memory, until they are taken.
 */
typedef struct _AqWatch AqWatch;

/* there are lines to take */
typedef void (*AqWatchReady) (gpointer user_data);

AqWatch  *aq_watch_new      (AqWatchFeed   *feed,
                             const char    *arguments,
                             AqWatchReady   ready,
                             gpointer       user_data,
                             GError       **error);
void      aq_watch_free     (AqWatch       *self);
gboolean  aq_watch_has_lines (AqWatch      *self);
char     *aq_watch_take     (AqWatch       *self,
                             gsize          max_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqWatch, aq_watch_free)

G_END_DECLS

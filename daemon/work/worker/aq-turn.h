/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-watcher.h"

G_BEGIN_DECLS

/* What the main thread waits for while jobs are deferred. */
typedef struct
{
  GPollFD *fds;   /* owned: those of the main context, then ours */
  guint    n_fds; /* for how many there is room */
} AqTurn;

gboolean aq_turn_take (AqTurn    *self,
                       AqWatcher *watcher);

G_END_DECLS

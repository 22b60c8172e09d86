/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-wire.h"

#include <pthread.h>

G_BEGIN_DECLS

typedef struct _AqWatcher AqWatcher;

/* What the running job has asked the daemon for; guarded by the watcher's lock. */
typedef struct
{
  pthread_cond_t  answered;    /* some question was, or all are void */
  GSList         *waiting;     /* of Waiting, each on the stack of the thread that asks */
  guint64         last_number;
  guint           n_open;      /* questions that are not answered */
  GVariant       *progress;    /* owned: the newest that was not told; nullable */
  gint64          told_nsec;   /* monotonic: when the last progress was told; 0: none of this job */
} AqAsker;

/* for the threads of the function, without the lock */
gboolean aq_asker_ask          (AqWatcher          *watcher,
                                AqWireAsk          *ask,
                                GVariant          **out_value,
                                GError            **error);
gboolean aq_asker_tell         (AqWatcher          *watcher,
                                AqWireAsk          *ask,
                                GError            **error);
void     aq_asker_set_progress (AqWatcher          *watcher,
                                guint64             lease,
                                GVariant           *progress);

/* for the runner and the watcher, with the lock */
void     aq_asker_init         (AqWatcher          *watcher);
void     aq_asker_begin        (AqWatcher          *watcher);
void     aq_asker_end          (AqWatcher          *watcher);
void     aq_asker_wake         (AqWatcher          *watcher);
gboolean aq_asker_take_answer  (AqWatcher          *watcher,
                                const AqWireFrame  *frame,
                                GError            **error);
int      aq_asker_get_wait     (AqWatcher          *watcher);
void     aq_asker_tell_due     (AqWatcher          *watcher);

G_END_DECLS

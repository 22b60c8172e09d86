/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-task.h"
#include "work/worker/aq-wire.h"

#include <pthread.h>

G_BEGIN_DECLS

typedef struct _AqWatcher AqWatcher;

/* What jobs have asked the daemon for, beside what is in AqTask; guarded by the watcher's lock. */
typedef struct
{
  pthread_cond_t  answered;    /* some question was, or those of a job are void */
  GSList         *waiting;     /* of Waiting, each on the stack of the thread that asks */
  guint64         last_number;
} AqAsker;

/* for the threads of the function, without the lock */
gboolean aq_asker_ask          (AqWatcher          *watcher,
                                AqWireAsk          *ask,
                                GVariant          **out_value,
                                GError            **error);
gboolean aq_asker_tell         (AqWatcher          *watcher,
                                AqWireAsk          *ask,
                                GError            **error);
void     aq_asker_log          (AqWatcher          *watcher,
                                AqWireAsk          *ask);
void     aq_asker_set_progress (AqWatcher          *watcher,
                                guint64             lease,
                                GVariant           *progress);

/* for the runner and the watcher, with the lock */
void     aq_asker_init         (AqWatcher          *watcher);
void     aq_asker_end          (AqWatcher          *watcher,
                                AqTask             *task);
void     aq_asker_wake         (AqWatcher          *watcher);
gboolean aq_asker_take_answer  (AqWatcher          *watcher,
                                const AqWireFrame  *frame,
                                GError            **error);
int      aq_asker_get_wait     (AqWatcher          *watcher);
void     aq_asker_tell_due     (AqWatcher          *watcher);

G_END_DECLS

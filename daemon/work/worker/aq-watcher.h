/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-asker.h"
#include "work/worker/aq-channel.h"
#include "work/worker/aq-task.h"

#include <pthread.h>

G_BEGIN_DECLS

/* what the thread of the functions is at */
typedef enum
{
  AQ_ACTIVITY_IDLE,    /* waits for frames */
  AQ_ACTIVITY_BETWEEN, /* has a batch, and is between two of its frames */
  AQ_ACTIVITY_WAITING, /* waits for frames, and for the sources of deferred jobs */
  AQ_ACTIVITY_LOADING, /* loads a plugin */
  AQ_ACTIVITY_RUNNING, /* runs a function */
  AQ_ACTIVITY_DISPATCHING /* runs callbacks of deferred jobs */
} AqActivity;

/* What the two threads of a worker share; `lock` guards all of it. */
struct _AqWatcher
{
  pthread_mutex_t  lock;
  pthread_cond_t   stopped; /* `watching` became FALSE */
  AqChannel        channel;
  AqActivity       activity;
  gboolean         watching; /* the watcher reads the socket, and nobody else */
  gint64           begun_nsec; /* monotonic: when `activity` became what it is, if it is one to look after */
  AqTask          *current;  /* the job whose function runs; borrowed, nullable */
  GHashTable      *deferred; /* guint64 → AqTask, owned: those whose functions have returned, and are open */
  GQueue           ended;    /* of AqTask, in `deferred`: have told how they ended */
  gboolean         cancel;   /* some job, as soon as the frames are looked through */
  gboolean         has_read; /* the watcher has: for the runner to reset */
  gboolean         gave_back; /* jobs for which there is room: tell when the main thread goes on */
  gboolean         hurry;   /* somebody waits for what the watcher is to read */
  AqAsker          asker;
  AqWireBuffer     out;
  gboolean         started; /* it has its thread */
  int              timer_fd;
  int              wake_fd; /* an eventfd: look again what there is to do */
};

void    aq_watcher_init     (AqWatcher  *self,
                             int         channel_fd);
void    aq_watcher_start    (AqWatcher  *self);
gboolean aq_watcher_receive (AqWatcher  *self);
void    aq_watcher_begin    (AqWatcher  *self,
                             AqActivity  activity);
void    aq_watcher_end      (AqWatcher  *self);
void    aq_watcher_hurry    (AqWatcher  *self);
void    aq_watcher_wait     (AqWatcher  *self);
void    aq_watcher_wake     (AqWatcher  *self);
void    aq_watcher_mark_to_cancel (AqWatcher *self,
                             guint64     lease);
void    aq_watcher_cancel_deferred (AqWatcher *self);
gboolean aq_watcher_is_concurrent (AqWatcher *self);
AqTask *aq_watcher_find     (AqWatcher  *self,
                             guint64     lease);
void    aq_watcher_defer    (AqWatcher  *self,
                             AqTask     *task);
void    aq_watcher_note_end (AqWatcher  *self,
                             guint64     lease);
AqTask *aq_watcher_take_ended (AqWatcher *self);
gint64  aq_watcher_now_nsec (void);

G_END_DECLS

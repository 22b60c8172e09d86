/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-asker.h"
#include "work/worker/aq-channel.h"
#include "work/worker/aq-worker-context.h"

#include <pthread.h>

G_BEGIN_DECLS

/* what the thread of the functions is at */
typedef enum
{
  AQ_ACTIVITY_IDLE,    /* waits for frames */
  AQ_ACTIVITY_BETWEEN, /* has a batch, and is between two of its frames */
  AQ_ACTIVITY_LOADING, /* loads a plugin */
  AQ_ACTIVITY_RUNNING  /* runs a function */
} AqActivity;

/* What the two threads of a worker share; `lock` guards all of it. */
struct _AqWatcher
{
  pthread_mutex_t  lock;
  pthread_cond_t   stopped; /* `watching` became FALSE */
  AqChannel        channel;
  AqActivity       activity;
  gboolean         watching; /* the watcher reads the socket, and nobody else */
  gint64           begun_nsec; /* monotonic: when `activity` became LOADING or RUNNING */
  AqWorkerContext *context; /* of the job that runs; borrowed */
  guint64          lease;   /* of the job that runs */
  gboolean         cancel;  /* that job, as soon as the frames are looked through */
  gboolean         cancelled; /* that job was */
  gboolean         hurry;   /* somebody waits for what the watcher is to read */
  AqAsker          asker;
  AqWireBuffer     out;
  int              timer_fd;
  int              wake_fd; /* an eventfd: look again what there is to do */
};

void    aq_watcher_init     (AqWatcher  *self,
                             int         channel_fd);
void    aq_watcher_receive  (AqWatcher  *self);
void    aq_watcher_begin    (AqWatcher  *self,
                             AqActivity  activity);
void    aq_watcher_end      (AqWatcher  *self);
void    aq_watcher_hurry    (AqWatcher  *self);
gint64  aq_watcher_now_nsec (void);

G_END_DECLS

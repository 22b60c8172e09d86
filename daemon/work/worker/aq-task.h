/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/worker/aq-loaded-plugin.h"
#include "work/worker/aq-worker-context.h"

G_BEGIN_DECLS

/* a function of a plugin that can be called; lives as long as the process */
typedef struct
{
  AqLoadedPlugin   *plugin;
  AqLoadedFunction *function;
  guint64           run_nsec; /* of its last job; at first as if it were a long one */
} AqCallable;

/* A job between its frame and its answer. What its threads may touch is guarded by the watcher's lock. */
typedef struct
{
  guint64           lease;
  AqCallable       *callable;
  AqWorkerContext  *context;    /* owned */
  GVariant         *arguments;  /* owned */
  gint64            begun_nsec; /* monotonic */

  gboolean          cancel;     /* it is to be cancelled, as soon as its thread can */
  gboolean          cancelled;  /* who waits for an answer gives way */

  /* what it asks the daemon for, see aq-asker.c */
  guint             n_open;     /* questions that are not answered */
  GVariant         *progress;   /* owned: the newest that was not told; nullable */
  gint64            told_nsec;  /* monotonic: when the last progress was told; 0: never */
} AqTask;

void     aq_task_clear (AqTask *self);
AqTask  *aq_task_defer (AqTask *self);
void     aq_task_free  (AqTask *self);

G_END_DECLS

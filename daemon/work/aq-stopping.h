/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-worker.h"

G_BEGIN_DECLS

/* The jobs of one worker that are to stop. Stays where it is while the worker has jobs. */
typedef struct
{
  AqClock             *clock;  /* not owned */
  const AqLadderTimes *times;  /* not owned: of functions that say nothing */
  AqWorker            *worker; /* not owned */
  gboolean             forced; /* it is to die because of a job that did not stop */
} AqStopping;

void aq_stopping_watch (AqStopping *self);

G_END_DECLS

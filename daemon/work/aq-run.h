/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "work/aq-ladder.h"
#include "work/aq-plugin.h"
#include "work/aq-resource-guard.h"
#include "work/aq-witness.h"

G_BEGIN_DECLS

/* a job that a worker has, or will have once what it reveals is flushed */
typedef struct
{
  guint64           id;
  guint64           lease;
  guint64           end;          /* position in the stream at which its frame ends */
  AqPluginFunction *function;     /* its plugin is referenced */
  GRefString       *queue;        /* owned */
  gint64            started_usec; /* wall clock: when it became the first in line; 0 before */
  gint64            ended_usec;   /* wall clock, where that is not now; 0: it is */
  double            cost_nsec;    /* how long it is expected to take */
  gboolean          loads;        /* its plugin is loaded for it, and that is not done yet */
  gboolean          begun;        /* its worker has said so, as it does where several may have begun */
  gboolean          started;      /* whether the engine knows that it runs */
  guint             n_questions;  /* that it has asked and that are not answered */
  const AqResourceGrant *grant;   /* nullable: what it may take; the function's */
  char             *object;       /* owned: the object that it is bound to; nullable */
  guint64           object_version; /* as it was handed over */
  gboolean          stopping;     /* it is to stop */
  gboolean          interrupted;  /* likewise, and by no fault of its own: that costs no attempt */
  AqLadder         *ladder;       /* owned, nullable: since it was asked to stop and runs */
  AqWitness        *witness;      /* owned, nullable: what it has said */
} AqRun;

AqWitness *aq_run_need_witness (AqRun *self);
AqRun      aq_run_steal        (AqRun *self);
void       aq_run_clear        (AqRun *self);

G_END_DECLS

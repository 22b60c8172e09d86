/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/*
 * The door of the core for what is known of an attempt while it runs: who has
 * workers tells it, and clients read it.
 */

/* (transfer full) (nullable): evidence so far of the attempt @lease of job @id, a{sv} as of AqFinishEvent */
typedef GVariant *(*AqEngineWitness) (guint64  id,
                                      guint64  lease,
                                      gpointer user_data);

void aq_engine_set_witness_func (AqEngine        *self,
                                 AqEngineWitness  func, /* nullable */
                                 gpointer         user_data);
/* more is known of the attempt of @id that runs: those who wait for it are told. Costs next to nothing where nobody
 * does. */
void aq_engine_witness_changed  (AqEngine        *self,
                                 guint64          id);
/* (transfer full) (nullable): what is known of the attempt of @job that runs; not trusted */
GVariant *aq_engine_dup_witness (AqEngine        *self,
                                 const AqJob     *job);

/* somebody who reads the log of an attempt, and waits for more of it */
typedef struct _AqEngineLogWait AqEngineLogWait;

/* @attempt: its number from 1; 0: the newest. @done: once, maybe before this returns, with "(ua(xus)tb)": the attempt's
 * number (0: there is none yet), the lines from number @from on, the number of the next one, and whether more may come;
 * where none is there yet after at most @timeout_usec (0: now; negative: for ever). The wait is over then, or with
 * aq_engine_log_wait_cancel(). NO_SUCH_JOB, INVALID (no such attempt), BUSY */
AqEngineLogWait *
     aq_engine_read_log         (AqEngine        *self,
                                 guint64          id,
                                 guint            attempt,
                                 guint64          from,
                                 gint64           timeout_usec,
                                 AqEngineRead     done,
                                 gpointer         user_data);
void aq_engine_log_wait_cancel  (AqEngineLogWait *wait);

G_END_DECLS

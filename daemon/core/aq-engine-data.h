/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/*
 * The door of the core for what an attempt leaves to the next one: a checkpoint, and which effects there were.
 * Only the current lease may. Each answer comes when it is flushed, so that what is told has happened.
 */

/* what aq_job.data has: see daemon/core/README.md */
#define AQ_JOB_DATA_CHECKPOINT "checkpoint"
#define AQ_JOB_DATA_ONCE "once"

#define AQ_MAX_CHECKPOINT_BYTES (1024 * 1024)

/* @value: (nullable): NULL removes it. NO_SUCH_JOB, STALE_LEASE, TOO_LARGE */
void      aq_engine_set_checkpoint (AqEngine     *self,
                                    guint64       id,
                                    guint64       lease,
                                    GVariant     *value,
                                    AqEngineDone  done,
                                    gpointer      user_data);
/* (transfer full) (nullable): what an earlier attempt of @job has left; from within the callback of a claim */
GVariant *aq_engine_dup_checkpoint (AqEngine     *self,
                                    const AqJob  *job);
/* @done: a{sv}: "result" v if it was done before; empty: it begins now. IN_DOUBT if it has begun before and
 * nobody knows whether it came to pass; NO_SUCH_JOB, STALE_LEASE, INVALID, TOO_LARGE */
void      aq_engine_begin_once     (AqEngine     *self,
                                    guint64       id,
                                    guint64       lease,
                                    const char   *name,
                                    AqEngineRead  done,
                                    gpointer      user_data);
/* @result: (nullable): NULL: it did not come to pass, and may begin again. BAD_STATE if it has not begun;
 * NO_SUCH_JOB, STALE_LEASE, TOO_LARGE */
void      aq_engine_end_once       (AqEngine     *self,
                                    guint64       id,
                                    guint64       lease,
                                    const char   *name,
                                    GVariant     *result,
                                    AqEngineDone  done,
                                    gpointer      user_data);

G_END_DECLS

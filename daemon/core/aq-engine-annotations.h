/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/*
 * The door of the core for annotations, what is noted on a job by anybody and read by anybody while it lives.
 * Answers come as those of aq-engine.h do. Jobs that are away are fetched first.
 */

/* @lease: of the attempt that says so, 0 for everybody else; @value: (nullable): NULL removes it.
 * NO_SUCH_JOB, STALE_LEASE, INVALID, TOO_LARGE */
void aq_engine_annotate (AqEngine      *self,
                         const AqActor *actor,
                         guint64        id,
                         guint64        lease,
                         const char    *key,
                         GVariant      *value,
                         AqEngineDone   done,
                         gpointer       user_data);

/* (transfer full) (nullable): the annotation `progress` of a job that is in memory, if it is flushed; at once */
GVariant *aq_engine_dup_progress (AqEngine    *self,
                                  guint64      id);

/* somebody who waits for an annotation */
typedef struct _AqEngineAnnotationWait AqEngineAnnotationWait;

/* @done: once, not before this returns, with the value; with neither value nor error when it has none after
 * @timeout_usec (0: now; negative: for ever). The wait is over then, or with aq_engine_annotation_wait_cancel().
 * NO_SUCH_JOB, INVALID, BUSY */
AqEngineAnnotationWait *
     aq_engine_get_annotation (AqEngine      *self,
                               guint64        id,
                               const char    *key,
                               gint64         timeout_usec,
                               gint64         poll_usec,
                               AqEngineRead   done,
                               gpointer       user_data);
void aq_engine_annotation_wait_cancel (AqEngineAnnotationWait *wait);

G_END_DECLS

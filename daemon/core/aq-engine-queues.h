/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/*
 * The door of the core for queues: which there are, what waits in them, and
 * whether they go on. Answers come as those of aq-engine.h do.
 *
 * Known queues are "" and those that the configuration, an agent or somebody at
 * run time has named.
 */

/* the configuration names it, before the start */
void     aq_engine_configure_queue (AqEngine       *self,
                                    const char     *name);
/* whether the queue is known now, flushed or not: for the bus, which has to answer at once */
gboolean aq_engine_has_queue       (AqEngine       *self,
                                    const char     *name);
/* INVALID, EXISTS */
void     aq_engine_create_queue    (AqEngine       *self,
                                    const AqActor  *actor,
                                    const char     *name,
                                    AqEngineDone    done,
                                    gpointer        user_data);
/* NO_SUCH_QUEUE; BAD_STATE: configuration or an agent names it, or it holds unfinished jobs */
void     aq_engine_remove_queue    (AqEngine       *self,
                                    const AqActor  *actor,
                                    const char     *name,
                                    AqEngineDone    done,
                                    gpointer        user_data);
/* @until_usec: wall clock, 0: until it is resumed. Pausing again replaces reason and end.
 * NO_SUCH_QUEUE, INVALID (until lies in the past), TOO_LARGE (reason over 1 KiB) */
void     aq_engine_pause_queue     (AqEngine       *self,
                                    const AqActor  *actor,
                                    const char     *name,
                                    const char     *reason,
                                    gint64          until_usec,
                                    AqEngineDone    done,
                                    gpointer        user_data);
/* NO_SUCH_QUEUE; one that is not paused: nothing happens */
void     aq_engine_resume_queue    (AqEngine       *self,
                                    const AqActor  *actor,
                                    const char     *name,
                                    AqEngineDone    done,
                                    gpointer        user_data);
/* a{sv}: the keys of org.asyncq.Queue1's properties; NO_SUCH_QUEUE */
void     aq_engine_read_queue      (AqEngine       *self,
                                    const char     *name,
                                    AqEngineRead    done,
                                    gpointer        user_data);
/* aa{sv}: of all queues, sorted by name */
void     aq_engine_list_queues     (AqEngine       *self,
                                    AqEngineRead    done,
                                    gpointer        user_data);
/* at: pending jobs in claim order, those that are not due last, from @offset on; at most
 * @limit and 10,000. NO_SUCH_QUEUE, INVALID (offset below 0) */
void     aq_engine_list_queued     (AqEngine       *self,
                                    const char     *name,
                                    gint64          offset,
                                    guint           limit,
                                    AqEngineRead    done,
                                    gpointer        user_data);
/* @index: in claim order, from the end if negative. NO_SUCH_QUEUE, NO_SUCH_JOB (no such index) */
void     aq_engine_pull_index      (AqEngine       *self,
                                    const AqActor  *actor,
                                    const char     *name,
                                    gint64          index,
                                    AqEngineJobDone done,
                                    gpointer        user_data);
/* out of its queue by id: Queue1.Remove. NO_SUCH_QUEUE, NO_SUCH_JOB (not in this queue) */
void     aq_engine_pull_job        (AqEngine       *self,
                                    const AqActor  *actor,
                                    const char     *name,
                                    guint64         id,
                                    AqEngineJobDone done,
                                    gpointer        user_data);

G_END_DECLS

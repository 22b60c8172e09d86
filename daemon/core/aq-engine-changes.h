/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/*
 * The door of the core for what people change of a job that does not run.
 * Answers come as those of aq-engine.h do.
 */

/* @changes: a{sv}, keys of an entry of Submit; "arguments" and "named" replace all arguments, "begin-after"
 * and "delay" each other. NO_SUCH_JOB, BAD_STATE (it is running or has ended), and those of a submit */
void aq_engine_change_job   (AqEngine        *self,
                             const AqActor   *actor,
                             guint64          id,
                             GVariant        *changes,
                             AqEngineDone     done,
                             gpointer         user_data);
/* now; of one that has completed a new job with the same call and settings: @done gets the id of the one that
 * runs. NO_SUCH_JOB, BAD_STATE (it is running, or waits for others, or is due anyway), NO_SUCH_QUEUE */
void aq_engine_retry_job    (AqEngine        *self,
                             const AqActor   *actor,
                             guint64          id,
                             AqEngineJobDone  done,
                             gpointer         user_data);
/* a pending job, later. NO_SUCH_JOB, BAD_STATE, INVALID (delay below 0) */
void aq_engine_snooze_job   (AqEngine        *self,
                             const AqActor   *actor,
                             guint64          id,
                             gint64           delay_usec,
                             AqEngineDone     done,
                             gpointer         user_data);
/* one that was pulled, to the end of its queue. NO_SUCH_JOB, BAD_STATE */
void aq_engine_put_job_again (AqEngine       *self,
                             const AqActor   *actor,
                             guint64          id,
                             AqEngineDone     done,
                             gpointer         user_data);

G_END_DECLS

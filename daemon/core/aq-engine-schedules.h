/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-engine.h"

G_BEGIN_DECLS

/* The door of the core for schedules. Answers come as those of aq-engine.h do. */

/* more due times than this are not previewed */
#define AQ_MAX_PREVIEW 1000

/* @settings: a{sv}, see aq_job_schedule_new(). INVALID, EXISTS, and those of a factory */
void     aq_engine_add_schedule       (AqEngine        *self,
                                       const AqActor   *actor,
                                       const char      *name,
                                       GVariant        *settings,
                                       AqEngineDone     done,
                                       gpointer         user_data);
/* @settings: a{sv}, what becomes different. NO_SUCH_SCHEDULE */
void     aq_engine_change_schedule    (AqEngine        *self,
                                       const AqActor   *actor,
                                       const char      *name,
                                       GVariant        *settings,
                                       AqEngineDone     done,
                                       gpointer         user_data);
/* NO_SUCH_SCHEDULE, as in all that follow */
void     aq_engine_remove_schedule    (AqEngine        *self,
                                       const AqActor   *actor,
                                       const char      *name,
                                       AqEngineDone     done,
                                       gpointer         user_data);
void     aq_engine_pause_schedule     (AqEngine        *self,
                                       const AqActor   *actor,
                                       const char      *name,
                                       const char      *reason,
                                       AqEngineDone     done,
                                       gpointer         user_data);
void     aq_engine_resume_schedule    (AqEngine        *self,
                                       const AqActor   *actor,
                                       const char      *name,
                                       AqEngineDone     done,
                                       gpointer         user_data);
/* a job beside the plan */
void     aq_engine_trigger_schedule   (AqEngine        *self,
                                       const AqActor   *actor,
                                       const char      *name,
                                       AqEngineJobDone  done,
                                       gpointer         user_data);
/* a{sv}: the keys of org.asyncq.Schedule1's properties */
void     aq_engine_read_schedule      (AqEngine        *self,
                                       const char      *name,
                                       AqEngineRead     done,
                                       gpointer         user_data);
/* aa{sv}: the same of all, sorted by name */
void     aq_engine_list_schedules     (AqEngine        *self,
                                       AqEngineRead     done,
                                       gpointer         user_data);
/* ax: the next due times; INVALID if that are too many */
void     aq_engine_preview_schedule   (AqEngine        *self,
                                       const char      *name,
                                       guint            n_times,
                                       AqEngineRead     done,
                                       gpointer         user_data);
/* (axss): the next due times of an expression that nobody has stored, what it says, and their zone */
GVariant *aq_engine_preview_calendar  (AqEngine        *self,
                                       GVariant        *settings,
                                       guint            n_times,
                                       GError         **error);

/* The switch: off at first. While it is off, no schedule makes a job by itself; not stored. */
void     aq_engine_set_scheduling     (AqEngine        *self,
                                       gboolean         scheduling);
gboolean aq_engine_get_scheduling     (AqEngine        *self);
/* has one schedule that is due make its job, whatever the switch says; @done gets 0 where none is due */
void     aq_engine_schedule_next      (AqEngine        *self,
                                       const AqActor   *actor,
                                       AqEngineJobDone  done,
                                       gpointer         user_data);

G_END_DECLS

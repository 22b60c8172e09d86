/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"
#include "store/aq-limit-uses.h"

G_BEGIN_DECLS

/* Which jobs are due, which wait for their time, and which are busy. It owns none of them. */
typedef struct _AqSchedule AqSchedule;

AqSchedule *aq_schedule_new          (void);
void        aq_schedule_free         (AqSchedule   *self);

/* Puts the job where its state and its due time say, wherever it was. */
void        aq_schedule_place        (AqSchedule   *self,
                                      AqJob        *job,
                                      const AqTime *now);
/* Takes it out of everything, so that it can be freed. */
void        aq_schedule_forget       (AqSchedule   *self,
                                      AqJob        *job);
void        aq_schedule_move_due     (AqSchedule   *self,
                                      const AqTime *now);
AqJob      *aq_schedule_next_due     (AqSchedule   *self,
                                      const AqTime *now,
                                      guint64       chooser,
                                      AqLaneAccept  accept,
                                      gpointer      user_data);
void        aq_schedule_list_before  (AqSchedule   *self,
                                      const AqTime *now,
                                      const AqJob  *job,
                                      GArray       *out_counts);
gint64      aq_schedule_get_next_due (AqSchedule   *self,
                                      AqTimeKind    kind);
/* Appends the jobs of a queue that wait for their time. */
void        aq_schedule_list_delayed (AqSchedule   *self,
                                      const char   *queue,
                                      guint64       n_delayed,
                                      GPtrArray    *out_jobs);
GPtrArray  *aq_schedule_get_busy     (AqSchedule   *self);
AqLimitUses *
            aq_schedule_get_limits   (AqSchedule   *self);
/* (element-type AqLane): those that have due jobs, in no order */
GPtrArray  *aq_schedule_list_ready   (AqSchedule   *self);
/* what was refused may be wanted now */
void        aq_schedule_forget_refusals
                                     (AqSchedule   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqSchedule, aq_schedule_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* Which jobs are due, which wait for their time, and which are busy. It owns none of them. */
typedef struct _AqSchedule AqSchedule;

AqSchedule *aq_schedule_new          (void);
void        aq_schedule_free         (AqSchedule   *self);

/* Puts the job where its state and its due time say, wherever it was. */
void        aq_schedule_place        (AqSchedule   *self,
                                      AqJob        *job,
                                      gint64        now_usec);
AqJob      *aq_schedule_next_due     (AqSchedule   *self,
                                      gint64        now_usec,
                                      AqLaneAccept  accept,
                                      gpointer      user_data);
gint64      aq_schedule_get_next_due (AqSchedule   *self);
GPtrArray  *aq_schedule_get_busy     (AqSchedule   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqSchedule, aq_schedule_free)

G_END_DECLS

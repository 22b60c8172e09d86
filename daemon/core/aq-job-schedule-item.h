/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job-schedule.h"
#include "core/aq-transaction.h"

G_BEGIN_DECLS

/* A schedule as an item of the store. */

void        aq_job_schedule_item_set_unknown (AqTransaction *transaction,
                                      const char     *name,
                                      GError        **error);
/* (transfer full); NULL with NO_SUCH_SCHEDULE */
AqJobSchedule *aq_job_schedule_item_require (AqTransaction  *transaction,
                                      const char     *name,
                                      GError        **error);
/* Returns: when it is due, wall clock; G_MAXINT64: not by itself */
gint64      aq_job_schedule_item_save    (AqTransaction  *transaction,
                                      AqJobSchedule     *schedule);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

typedef struct
{
  gint64  usec;
  AqJob  *job;
} AqDeadlineEntry;

/* Jobs by what aq_job_get_deadline() says, not owned. Zeroed memory has none. */
typedef struct
{
  GArray *heaps[AQ_N_TIME_KINDS]; /* of AqDeadlineEntry, nullable */
} AqDeadlines;

void    aq_deadlines_clear        (AqDeadlines       *self);
/* Puts the job where its deadlines say, wherever it was. */
void    aq_deadlines_place        (AqDeadlines       *self,
                                   AqJob             *job);
void    aq_deadlines_remove       (AqDeadlines       *self,
                                   AqJob             *job);
/* the job of the deadline that has passed the longest ago, or NULL */
AqJob  *aq_deadlines_get_overdue  (const AqDeadlines *self,
                                   const AqTime      *now);
/* of that clock; G_MAXINT64: none */
gint64  aq_deadlines_get_earliest (const AqDeadlines *self,
                                   AqTimeKind         kind);

G_END_DECLS

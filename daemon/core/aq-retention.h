/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

#include "libasyncq/asyncq-enums.h"

G_BEGIN_DECLS

/*
 * How long, and how many, completed jobs are kept, by queue and outcome. Each of
 * the two is looked up by itself, most specific first: queue and outcome, queue,
 * outcome, default.
 */
typedef struct _AqRetention AqRetention;

#define AQ_RETENTION_DEFAULT_USEC (7 * G_TIME_SPAN_DAY)
#define AQ_RETENTION_DEFAULT_JOBS 1000000

/* stands for every outcome */
#define AQ_RETENTION_ANY_OUTCOME ASYNCQ_JOB_OUTCOME_NONE

AqRetention *aq_retention_new         (void);
AqRetention *aq_retention_ref         (AqRetention       *self);
void         aq_retention_unref       (AqRetention       *self);
void         aq_retention_set_time    (AqRetention       *self,
                                       const char        *queue, /* nullable: every queue */
                                       AsyncqJobOutcome   outcome,
                                       gint64             usec);
void         aq_retention_set_number  (AqRetention       *self,
                                       const char        *queue, /* nullable: every queue */
                                       AsyncqJobOutcome   outcome,
                                       guint64            n_jobs);
gint64       aq_retention_get_time    (const AqRetention *self,
                                       const char        *queue, /* nullable */
                                       AsyncqJobOutcome   outcome);
guint64      aq_retention_get_number  (const AqRetention *self,
                                       const char        *queue, /* nullable */
                                       AsyncqJobOutcome   outcome);
GList       *aq_retention_list_queues (const AqRetention *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqRetention, aq_retention_unref)

G_END_DECLS

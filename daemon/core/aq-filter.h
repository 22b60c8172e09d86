/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-transaction.h"

G_BEGIN_DECLS

/*
 * What a list, a subscription, an agent or a bulk change accepts: words
 * "state:STATE", "queue:GLOB", "function:GLOB", "tag:GLOB", "limit:GLOB",
 * "priority:NUMBER", "age:>DURATION", separated by white space; a word without a
 * colon, but with a dot, '*' or '?', is a function's glob. A value may be in double
 * quotes. All keys must hold; of several words of one key one must, but of ages, and
 * of priorities with '<' or '>', all. A word behind a '-' must not hold.
 *
 * A state is one of Z1's, or an outcome ("succeeded", "failed", "cancelled"). An age
 * is counted from when the job was created. A job that has ended is under no limit.
 */
typedef struct _AqFilter AqFilter;

AqFilter *aq_filter_parse   (const char   *text,
                             GError      **error);
AqFilter *aq_filter_ref     (AqFilter     *self);
void      aq_filter_unref   (AqFilter     *self);
gboolean  aq_filter_accepts (AqFilter     *self,
                             const AqJob  *job,
                             gint64        now_usec);
/* without reading the job; ages of one that is away to 10 ms */
gboolean  aq_filter_accepts_brief (AqFilter         *self,
                                   const AqJobBrief *brief,
                                   gint64            now_usec);
/* that it names nothing but what all jobs of a lane have in common: for agents */
gboolean  aq_filter_check_lane   (AqFilter         *self,
                                  GError          **error);
gboolean  aq_filter_accepts_lane (AqFilter         *self,
                                  const AqLane     *lane);
/* only the words about queues */
gboolean  aq_filter_accepts_queue (AqFilter        *self,
                                  const char       *queue);
/* that it names no state that a job can still leave */
gboolean  aq_filter_check_ended  (AqFilter         *self,
                                  GError          **error);
/* a job as it was at one step, but for ages; @lane: nullable, where the job is gone */
gboolean  aq_filter_accepts_step (AqFilter         *self,
                                  const AqLane     *lane,
                                  AsyncqJobState    state,
                                  AsyncqJobOutcome  outcome);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqFilter, aq_filter_unref)

G_END_DECLS

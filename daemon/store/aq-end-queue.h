/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* one that has ended, and when */
typedef struct
{
  guint64 id;
  gint64  ended_usec; /* wall clock, in steps of AQ_END_STEP_USEC, rounded up */
} AqEnd;

#define AQ_END_STEP_USEC (10 * G_TIME_SPAN_MILLISECOND)

/*
 * Ids with times, first in, first out, in eight bytes each: there are as many as
 * completed jobs. Zeroed memory is an empty one.
 */
typedef struct _AqEndBlock AqEndBlock;

typedef struct
{
  AqEndBlock *first; /* owned, nullable */
  AqEndBlock *last;  /* no reference */
  guint64     n_ends;
} AqEndQueue;

void     aq_end_queue_push       (AqEndQueue   *self,
                                  guint64       id,
                                  gint64        ended_usec);
void     aq_end_queue_push_first (AqEndQueue   *self,
                                  guint64       id,
                                  gint64        ended_usec);
gboolean aq_end_queue_peek       (AqEndQueue   *self,
                                  AqEnd        *out_end);
void     aq_end_queue_pop        (AqEndQueue   *self);
void     aq_end_queue_sort       (AqEndQueue   *self);
void     aq_end_queue_clear      (AqEndQueue   *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqEndQueue, aq_end_queue_clear)

G_END_DECLS

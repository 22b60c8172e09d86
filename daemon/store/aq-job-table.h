/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-job.h"

G_BEGIN_DECLS

/*
 * Jobs by id. Ids are dense, so eight bytes a job and no hashing do; of a job
 * that is away these eight bytes are all there is.
 */
typedef struct _AqJobTable AqJobTable;

/*
 * The greatest id that a store is opened with: 17 million million, for which 128
 * MiB of pointers are needed. A greater one is in a forged file only.
 */
#define AQ_JOB_TABLE_MAX_ID ((G_GUINT64_CONSTANT (1) << 44) - 1)

/* lanes of jobs that are away have numbers from 1 to below this */
#define AQ_AWAY_MAX_LANES (1u << 17)

/* What is in memory of a completed job that is away. */
typedef struct
{
  guint            lane;           /* its number */
  gint64           created_usec;   /* wall clock, in steps of AQ_AWAY_STEP_USEC */
  AsyncqJobOutcome outcome;
  gboolean         has_key; /* a submit key or a unique key */
} AqAwaySlot;

#define AQ_AWAY_STEP_USEC (10 * G_TIME_SPAN_MILLISECOND)

AqJobTable *aq_job_table_new         (void);
void        aq_job_table_free        (AqJobTable       *self);
/* NULL: there is no such job, or it is away */
AqJob      *aq_job_table_lookup      (AqJobTable       *self,
                                      guint64           id);
gboolean    aq_job_table_lookup_away (AqJobTable       *self,
                                      guint64           id,
                                      AqAwaySlot       *out_slot);
void        aq_job_table_insert      (AqJobTable       *self,
                                      AqJob            *job);
void        aq_job_table_insert_away (AqJobTable       *self,
                                      guint64           id,
                                      const AqAwaySlot *slot);
AqJob      *aq_job_table_steal       (AqJobTable       *self,
                                      guint64           id);
void        aq_job_table_remove_away (AqJobTable       *self,
                                      guint64           id);
guint64     aq_job_table_below       (AqJobTable       *self,
                                      guint64           id);
guint64     aq_job_table_above       (AqJobTable       *self,
                                      guint64           id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJobTable, aq_job_table_free)

G_END_DECLS

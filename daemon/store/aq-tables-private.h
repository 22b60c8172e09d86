/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "store/aq-completions.h"
#include "store/aq-deadlines.h"
#include "store/aq-end-queue.h"
#include "store/aq-items.h"
#include "store/aq-job-keys.h"
#include "store/aq-job-table.h"
#include "store/aq-lanes.h"
#include "store/aq-schedule.h"
#include "store/aq-tables.h"

G_BEGIN_DECLS

/*
 * There is one transaction at a time, so it is a member that is used again and again.
 *
 * 1. A job is in `changes.jobs` exactly if its `dirty` is not 0.
 * 2. A completed job is once in `completions`, or is `postponed`; it is in
 *    `leaving` or in `visitors` if it is in memory and `leaving`. Neither, and in
 *    memory, is one that an unfinished job depends on: the end of that one puts it
 *    back.
 */
struct _AqTables
{
  AqTransaction  transaction; /* first: the vtable's functions cast back */
  AqClock       *clock;       /* owned */

  AqJobTable    *jobs;        /* owned */
  AqLanes       *lanes;       /* owned */
  AqSchedule    *schedule;    /* owned */
  AqDeadlines    deadlines;
  AqJobKeys     *submit_keys; /* owned */
  AqJobKeys     *unique_keys; /* owned */
  GPtrArray     *agents;      /* of AqAgent, a reference each */
  AqItems        items;
  GHashTable    *settings;    /* owned: see aq_job_settings_intern() */
  gint64         steady_base_usec; /* steady clock - monotonic clock */
  AqCounters     counters;
  guint64        n_in_state[ASYNCQ_N_JOB_STATES]; /* also of jobs that are away */
  guint64        live_bytes;  /* of the jobs in memory, about */

  AqCompletions *completions; /* owned */
  AqEndQueue     leaving;     /* of completed jobs, in order of completion */
  AqEndQueue     visitors;    /* of jobs that were away */

  AqChanges      changes;
};

typedef enum
{
  AQ_DEPENDED_NOT,
  AQ_DEPENDED_IN_MEMORY, /* only by jobs that have ended, and no image has that yet */
  AQ_DEPENDED            /* by an unfinished job */
} AqDepended;

/* aq-tables-transaction.c */
extern const AqTransactionClass aq_tables_transaction_class;

/* aq-tables.c */
void       aq_tables_count_bytes       (AqTables       *self,
                                        const AqJob    *job);
void       aq_tables_count_extra_bytes (AqTables       *self,
                                        AqJob          *job);
void       aq_tables_uncount_bytes     (AqTables       *self,
                                        const AqJob    *job);
void       aq_tables_count_item_bytes  (AqTables       *self,
                                        const AqItem   *was,
                                        const char     *name,
                                        GVariant       *value);
AqTime     aq_tables_get_time          (AqTables       *self);
void       aq_tables_set_steady_base   (AqTables       *self);
void       aq_tables_count_job         (AqTables       *self,
                                        AqJob          *job);
void       aq_tables_count_in          (AqTables       *self,
                                        guint           state,
                                        AqLane         *lane);
void       aq_tables_count_out         (AqTables       *self,
                                        guint           state,
                                        AqLane         *lane);
gboolean   aq_tables_get_brief         (AqTables       *self,
                                        guint64         id,
                                        AqJobBrief     *out_brief);

/* aq-tables-place.c */
void       aq_tables_choose_lane       (AqTables       *self,
                                        AqJob          *job);
void       aq_tables_place             (AqTables       *self,
                                        AqJob          *job,
                                        const AqTime   *now);

/* aq-tables-limits.c */
void       aq_tables_get_limit_state   (AqTransaction  *transaction,
                                        const AqLimitName *name,
                                        AqLimitState   *out_state);
void       aq_tables_list_holders      (AqTransaction  *transaction,
                                        const AqLimitName *name,
                                        guint           max_jobs,
                                        GPtrArray      *out_jobs);
void       aq_tables_list_instances    (AqTransaction  *transaction,
                                        const char     *definition,
                                        guint           max_names,
                                        GPtrArray      *out_names);
const AqLimitName *
           aq_tables_find_full_bucket  (AqTransaction  *transaction);

/* aq-tables-completed.c */
void       aq_tables_note_completion   (AqTables       *self,
                                        AqJob          *job);
AqDepended aq_tables_find_dependent    (AqTables       *self,
                                        const AqJob    *job,
                                        guint64         sequence);
gboolean   aq_tables_drop_job          (AqTables       *self,
                                        guint64         id);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "sim-plan.h"
#include "sim-random.h"
#include "sim-store.h"

#include "core/aq-draft-list.h"

G_BEGIN_DECLS

#define SIM_START G_GINT64_CONSTANT (1767225600000000) /* 2026-01-01 00:00:00 UTC */
#define SIM_MAX_PLANS 4

typedef struct
{
  guint64 id;
  guint64 lease;
} SimScheduleAttempt;

/* A daemon with a few schedules, what it has made, and what it should have. */
typedef struct
{
  SimRandom        random;
  AqClock         *clock;     /* owned */
  SimStore         store;
  AqDraftContext   context;   /* its tables are owned */
  AqAgent         *agent;     /* owned */
  gboolean         verbose;
  gboolean         on;        /* the daemon looks at the time */
  guint            n_steps;
  guint            n_plans;
  SimPlan          plans[SIM_MAX_PLANS];
  guint64          newest_id;
  guint64          checked;   /* the newest transaction after which all was looked at */
  GArray          *runs;      /* of SimRun */
  GArray          *attempts;  /* of SimScheduleAttempt */
  GPtrArray       *copies;    /* of copies: one for each transaction since the last flush, and that */
} SimSchedules;

void         sim_schedules_init  (SimSchedules  *self,
                                  guint64        seed);
void         sim_schedules_clear (SimSchedules  *self);
void         sim_schedules_tell  (SimSchedules  *self,
                                  const char    *name);
void         sim_schedules_tell_runs (SimSchedules *self);
void         sim_schedules_print_counts (void);
const char  *sim_schedules_get_name (guint       number);

/* what a crash goes back to: call it behind everything that makes a transaction */
void         sim_schedules_keep_copy (SimSchedules *self);
void         sim_schedules_go_back (SimSchedules *self,
                                  guint64        sequence);
void         sim_schedules_flush (SimSchedules  *self);

/* a number of a schedule's item, or of annotations; 0: there is none */
gint64       sim_schedules_look_up (GVariant    *value,
                                  const char    *key);
/* whether all is as the plans say, and nothing else is there */
void         sim_schedules_check (SimSchedules  *self);
/* the next job that is there has to be this one */
void         sim_schedules_take_new (SimSchedules *self,
                                  guint          number,
                                  gint64         due_usec);
void         sim_schedules_replace_others (SimSchedules *self,
                                  guint          number);
void         sim_schedules_claim (SimSchedules  *self);
void         sim_schedules_work  (SimSchedules  *self);
void         sim_schedules_cancel (SimSchedules *self);

G_END_DECLS

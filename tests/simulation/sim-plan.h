/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SIM_MINUTE_USEC (60 * (gint64) G_USEC_PER_SEC)
#define SIM_HOUR_USEC (60 * SIM_MINUTE_USEC)
#define SIM_N_TIMETABLES 16

typedef enum { SIM_CATCH_UP_NONE, SIM_CATCH_UP_LAST, SIM_CATCH_UP_ALL, SIM_N_CATCH_UPS } SimCatchUp;
typedef enum { SIM_OVERLAP_ALLOW, SIM_OVERLAP_SKIP, SIM_OVERLAP_QUEUE, SIM_OVERLAP_REPLACE, SIM_N_OVERLAPS } SimOverlap;

/* when something is due: in each minute that fits, or in periods */
typedef struct
{
  const char *kind;
  const char *when;
  guint       minute_step; /* each so many minutes of an hour … */
  guint       minute;      /* … from this one on */
  guint       hour_step;   /* likewise */
  guint       hour;
  int         weekday;     /* 0: Sunday; negative: any */
  gint64      period_usec; /* 0: by the minute */
} SimTimetable;

extern const SimTimetable sim_timetables[SIM_N_TIMETABLES];

/*
 * What is to become of a schedule, found out without the rules: due times by
 * going through all minutes, the rest by what its settings promise. A plain
 * value: a crash goes back to a copy.
 */
typedef struct
{
  gboolean   exists;
  guint      life;        /* counted up when it is made again: it knows nothing of before */
  guint      timetable;
  SimCatchUp catch_up;
  gint64     window_usec;
  SimOverlap overlap;
  gboolean   paused;
  gint64     anchor_usec;
  gint64     armed_usec;  /* nothing before is due … */
  gint64     last_usec;   /* … nor what was dealt with */
  gint64     next_usec;   /* of a delay */
  guint64    n_runs;
  guint64    n_skipped;
} SimPlan;

/* a job of a plan */
typedef struct
{
  guint64  id;
  guint    plan;
  guint    life;
  gint64   due_usec;  /* 0: somebody wanted it beside the plan */
  gboolean begun;     /* somebody has it, or has had it */
  gboolean started;   /* that is known for ever */
  gboolean ended;
  gboolean cancelled; /* it has ended, or is to */
} SimRun;

gboolean sim_plan_is_delay (const SimPlan *self);
void     sim_plan_arm      (SimPlan       *self,
                            gint64         now_usec);
/* the clock may have been set */
void     sim_plan_rearm    (SimPlan       *self,
                            gint64         now_usec);
gint64   sim_plan_get_next (const SimPlan *self);
gboolean sim_plan_take     (SimPlan       *self,
                            gint64         now_usec,
                            gint64        *out_due_usec);
/* whether a job is to be made now; @runs: of SimRun: all that there are. */
gboolean sim_plan_allows   (const SimPlan *self,
                            guint          number,
                            const GArray  *runs);
/* what no overlap mode permits */
void     sim_plan_check    (const SimPlan *self,
                            guint          number,
                            const GArray  *runs);

G_END_DECLS

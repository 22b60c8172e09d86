/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "core/aq-calendar.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* what becomes of due times that have passed while nobody looked */
typedef enum
{
  AQ_CATCH_UP_NONE, /* nothing */
  AQ_CATCH_UP_LAST, /* one job, for the newest of them */
  AQ_CATCH_UP_ALL   /* a job for each */
} AqCatchUp;

#define AQ_N_CATCH_UPS (AQ_CATCH_UP_ALL + 1)

/* what to do when it is due, and the job before has no result yet */
typedef enum
{
  AQ_OVERLAP_ALLOW,  /* nothing in particular */
  AQ_OVERLAP_SKIP,   /* make no job */
  AQ_OVERLAP_QUEUE,  /* make a job that begins behind it, unless there is one already that waits */
  AQ_OVERLAP_REPLACE /* cancel it */
} AqOverlap;

#define AQ_N_OVERLAPS (AQ_OVERLAP_REPLACE + 1)

/* later than this, a due time has been missed: AQ_CATCH_UP_NONE makes no job for it */
#define AQ_SCHEDULE_GRACE_USEC (60 * G_USEC_PER_SEC)
#define AQ_SCHEDULE_DEFAULT_WINDOW_USEC (24 * 3600 * G_GINT64_CONSTANT (1000000))

/*
 * A call with settings, and when it is to be put. Times are of the wall clock.
 *
 * `last_usec` never decreases, and a job is only made for a due time behind it. So
 * no due time makes a second job, whatever becomes of the clock. A delay has no plan
 * that could come again, so it does not wait for that.
 */
typedef struct
{
  char       *name;

  /* what people say */
  GVariant   *entry;       /* a{sv}: an entry of Submit without edges */
  char       *kind;        /* a word of aq_calendar_kind_from_string() */
  char       *when;
  char       *zone;
  char       *description;
  AqCatchUp   catch_up;
  gint64      window_usec; /* due times that are older are not made up */
  AqOverlap   overlap;
  AqCalendar *calendar;    /* owned: of kind, when, zone and anchor */
  gboolean    is_delay;    /* it is counted from the last run */

  /* what has become of it */
  gint64      created_usec;
  guint32     created_by;
  gint64      anchor_usec; /* since when it is so: what an interval is counted from */
  gint64      next_usec;   /* G_MAXINT64: never */
  gint64      last_usec;   /* the newest due time that was dealt with; 0: none */
  gint64      last_run_usec; /* the newest due time that a job was made for; 0: none */
  guint64     last_job;    /* that job; 0: none */
  guint64     before_job;  /* the one that it was to begin behind; 0: none */
  guint64     n_runs;      /* due times that a job was made for */
  guint64     n_skipped;   /* due times without a job, because of what ran */
  guint64     n_queued;    /* of the runs: those that had to wait for the run before */
  guint64     n_failed;    /* due times without a job, because none could be put */
  char       *error;       /* nullable: why not, of the newest due time */

  gboolean    paused;
  guint32     paused_by;
  gint64      paused_usec;
  char       *pause_reason;
} AqJobSchedule;

/* @settings: a{sv}; every key is optional but "entry", "kind" and "when" */
AqJobSchedule *aq_job_schedule_new            (const char   *name,
                                        GVariant     *settings,
                                        gint64        now_usec,
                                        GError      **error);
/* @value: what aq_job_schedule_to_value() has made */
AqJobSchedule *aq_job_schedule_new_from_value (const char   *name,
                                        GVariant     *value,
                                        GError      **error);
/* one that is only asked when it would be due: "entry" may be missing */
AqJobSchedule *aq_job_schedule_new_for_preview (GVariant   *settings,
                                        gint64        now_usec,
                                        GError      **error);
void        aq_job_schedule_free           (AqJobSchedule   *self);
gboolean    aq_job_schedule_change         (AqJobSchedule   *self,
                                        GVariant     *settings,
                                        gint64        now_usec,
                                        GError      **error);
GVariant   *aq_job_schedule_to_value       (AqJobSchedule   *self);
/* a{sv}, the keys being those of org.asyncq.Schedule1's properties */
GVariant   *aq_job_schedule_to_view        (AqJobSchedule   *self);
/* (floating): the times behind @after_usec, at most @n_times of them */
GVariant   *aq_job_schedule_preview        (AqJobSchedule   *self,
                                        gint64        after_usec,
                                        guint         n_times);
/* the zone of its due times, which may not be that of its settings */
const char *aq_job_schedule_get_effective_zone (AqJobSchedule *self);
/* when it is due next, from a moment on: behind that and behind what was dealt with */
void        aq_job_schedule_arm            (AqJobSchedule   *self,
                                        gint64        now_usec);
/* the clock may have been set back: it may be due earlier; whether that changes anything */
gboolean    aq_job_schedule_rearm          (AqJobSchedule   *self,
                                        gint64        now_usec);
/* Takes the oldest due time that is to make a job now, passing over those that are not; FALSE: there is none (any more). */
gboolean    aq_job_schedule_take_due       (AqJobSchedule   *self,
                                        gint64        now_usec,
                                        gint64       *out_due_usec);

const char *aq_catch_up_to_string      (AqCatchUp     catch_up);
const char *aq_overlap_to_string       (AqOverlap     overlap);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AqJobSchedule, aq_job_schedule_free)

G_END_DECLS

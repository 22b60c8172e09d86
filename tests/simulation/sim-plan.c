/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Plans: the oracle of schedules
 *
 * Hours and their minutes are looked at one by one, in UTC. Jobs of a schedule that made none for a
 * due time are looked for among all of its jobs, not at the one that it remembers.
 */

#include "config.h"

#include "sim-plan.h"

#include "sim-main.h"

/* later than this is missed */
#define GRACE_USEC SIM_MINUTE_USEC

const SimTimetable sim_timetables[SIM_N_TIMETABLES] = {
  { "cron", "*/15 * * * *", 15, 0, 1, 0, -1, 0 },
  { "cron", "0 * * * *", 60, 0, 1, 0, -1, 0 },
  { "cron", "30 */6 * * *", 60, 30, 6, 0, -1, 0 },
  { "cron", "45 3 * * mon", 60, 45, 24, 3, 1, 0 },
  { "cron", "*/5 8 * * *", 5, 0, 24, 8, -1, 0 },
  { "m01", "minute=10,40", 30, 10, 1, 0, -1, 0 },
  { "m01", "minute=10 hour=2", 60, 10, 24, 2, -1, 0 },
  { "m01", "minute=0 hour=12 dayOfWeek=0", 60, 0, 24, 12, 1, 0 },
  { "calendar", "*:0/20", 20, 0, 1, 0, -1, 0 },
  { "calendar", "*-*-* 04:00:00", 60, 0, 24, 4, -1, 0 },
  { "calendar", "Fri *-*-* 06:30", 60, 30, 24, 6, 5, 0 },
  { "every", "17min", 0, 0, 0, 0, 0, 17 * SIM_MINUTE_USEC },
  { "every", "90min", 0, 0, 0, 0, 0, 90 * SIM_MINUTE_USEC },
  { "every", "1d", 0, 0, 0, 0, 0, 24 * SIM_HOUR_USEC },
  { "delay", "25min", 0, 0, 0, 0, 0, 25 * SIM_MINUTE_USEC },
  { "delay", "6h", 0, 0, 0, 0, 0, 6 * SIM_HOUR_USEC },
};

gboolean
sim_plan_is_delay (const SimPlan *self)
{
  return sim_timetables[self->timetable].kind[0] == 'd';
}

static gboolean
fits_hour (const SimTimetable *timetable,
           gint64              hour)
{
  gint64 weekday = (hour / 24 + 4) % 7; /* 1970 began on a Thursday */

  return hour % 24 % timetable->hour_step == timetable->hour &&
         (timetable->weekday < 0 || weekday == timetable->weekday);
}

static gboolean
fits (const SimTimetable *timetable,
      gint64              minute)
{
  return fits_hour (timetable, minute / 60) && minute % 60 % timetable->minute_step == timetable->minute;
}

static gint64
find_after (const SimPlan *self,
            gint64         after_usec)
{
  const SimTimetable *timetable = &sim_timetables[self->timetable];
  gint64 minute = after_usec / SIM_MINUTE_USEC + 1;

  if (timetable->period_usec != 0)
    {
      /* all times are behind 1970, so this is never negative */
      gint64 first_usec = self->anchor_usec % timetable->period_usec;

      return first_usec + ((after_usec - first_usec) / timetable->period_usec + 1) * timetable->period_usec;
    }
  while (!fits (timetable, minute))
    minute = fits_hour (timetable, minute / 60) ? minute + 1 : (minute / 60 + 1) * 60;
  return minute * SIM_MINUTE_USEC;
}

static gint64
find_up_to (const SimPlan *self,
            gint64         now_usec)
{
  const SimTimetable *timetable = &sim_timetables[self->timetable];
  gint64 minute = now_usec / SIM_MINUTE_USEC;

  if (timetable->period_usec != 0)
    return find_after (self, now_usec) - timetable->period_usec;
  while (!fits (timetable, minute))
    minute = fits_hour (timetable, minute / 60) ? minute - 1 : minute / 60 * 60 - 1;
  return minute * SIM_MINUTE_USEC;
}

void
sim_plan_arm (SimPlan *self,
              gint64   now_usec)
{
  self->armed_usec = now_usec;
  self->next_usec = now_usec + sim_timetables[self->timetable].period_usec;
}

void
sim_plan_rearm (SimPlan *self,
                gint64   now_usec)
{
  if (!self->exists || self->paused)
    return;
  self->armed_usec = MIN (self->armed_usec, now_usec);
  self->next_usec = MIN (self->next_usec, now_usec + sim_timetables[self->timetable].period_usec);
}

gint64
sim_plan_get_next (const SimPlan *self)
{
  return sim_plan_is_delay (self) ? self->next_usec : find_after (self, MAX (self->armed_usec, self->last_usec));
}

static gboolean
take_delay (SimPlan *self,
            gint64   now_usec,
            gint64  *out_due_usec)
{
  if (self->next_usec > now_usec)
    return FALSE;
  *out_due_usec = self->next_usec;
  self->last_usec = MAX (self->last_usec, self->next_usec);
  self->next_usec = now_usec + sim_timetables[self->timetable].period_usec;
  return TRUE;
}

/* Returns: whether a due time is to make a job, as far as catch-up goes */
gboolean
sim_plan_take (SimPlan *self,
               gint64   now_usec,
               gint64  *out_due_usec)
{
  gint64 behind_usec = MAX (self->armed_usec, self->last_usec);
  gint64 late_usec = self->catch_up == SIM_CATCH_UP_NONE ? GRACE_USEC : MAX (self->window_usec, GRACE_USEC);
  gint64 newest_usec;

  if (!self->exists || self->paused)
    return FALSE;
  if (sim_plan_is_delay (self))
    return take_delay (self, now_usec, out_due_usec);
  newest_usec = find_up_to (self, now_usec);
  if (newest_usec <= behind_usec)
    return FALSE;
  self->last_usec = newest_usec;
  if (newest_usec < now_usec - late_usec)
    return FALSE;
  if (self->catch_up == SIM_CATCH_UP_ALL)
    self->last_usec = find_after (self, MAX (behind_usec, now_usec - late_usec - 1));
  *out_due_usec = self->last_usec;
  return TRUE;
}

static gboolean
is_planned (const SimPlan *self,
            guint          number,
            const SimRun  *run)
{
  return run->plan == number && run->life == self->life && run->due_usec != 0;
}

/* jobs of the plan that have no result yet */
static guint
count_unfinished (const SimPlan *self,
                  guint          number,
                  const GArray  *runs,
                  guint         *out_n_waiting,
                  guint         *out_n_wanted)
{
  guint n = 0;

  *out_n_waiting = *out_n_wanted = 0;
  for (guint i = 0; i < runs->len; i++)
    {
      const SimRun *run = &g_array_index (runs, SimRun, i);

      if (!is_planned (self, number, run) || run->ended)
        continue;
      n++;
      *out_n_waiting += !run->begun;
      *out_n_wanted += !run->cancelled;
    }
  return n;
}

gboolean
sim_plan_allows (const SimPlan *self,
                 guint          number,
                 const GArray  *runs)
{
  guint n_waiting, n_wanted;
  guint n = count_unfinished (self, number, runs, &n_waiting, &n_wanted);

  if (self->overlap == SIM_OVERLAP_SKIP)
    return n == 0;
  if (self->overlap == SIM_OVERLAP_QUEUE)
    return n_waiting == 0;
  return TRUE;
}

void
sim_plan_check (const SimPlan *self,
                guint          number,
                const GArray  *runs)
{
  guint n_waiting, n_wanted;
  guint n = count_unfinished (self, number, runs, &n_waiting, &n_wanted);

  if (self->overlap == SIM_OVERLAP_SKIP && n > 1)
    sim_violation ("overlap: %u runs of plan %u at a time, which skips", n, number);
  /* one may have been taken back before it began, and still goes first */
  if (self->overlap == SIM_OVERLAP_QUEUE && n > 2)
    sim_violation ("overlap: %u runs of plan %u have not ended, which queues one", n, number);
  if (self->overlap == SIM_OVERLAP_QUEUE && n - n_waiting > 1)
    sim_violation ("overlap: %u runs of plan %u at a time, which queues", n - n_waiting, number);
  if (self->overlap == SIM_OVERLAP_REPLACE && n_wanted > 1)
    sim_violation ("overlap: %u runs of plan %u at a time, which replaces", n_wanted, number);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Progress
 *
 * Of short work nothing is shown: a bar appears after a fifth of a second, a line
 * after 10 s. The time is asked for once in 256 steps.
 */

#include "config.h"

#include "store/tool/aq-meter.h"

#include "core/aq-clock.h"

#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#define BAR_PERIOD_USEC (G_USEC_PER_SEC / 5)
#define LINE_PERIOD_USEC (10 * G_USEC_PER_SEC)
#define STEPS_A_LOOK 256
#define BAR_WIDTH 20

struct _AqMeter
{
  AqClock    *clock;       /* owned */
  const char *program;     /* borrowed */
  gboolean    quiet;
  gboolean    is_terminal;
  gboolean    is_utf8;

  /* of the work that was begun last */
  char       *what;        /* owned, nullable: there is none */
  guint64     total;       /* 0: unknown */
  guint64     done;
  guint       steps;       /* since the last look at the clock */
  gint64      begun_usec;
  gint64      next_usec;   /* when it is shown again */
  gboolean    drawn;       /* there is a bar on the terminal */
};

AqMeter *
aq_meter_new (const char  *program,
              AqMeterMode  mode)
{
  AqMeter *self = g_new0 (AqMeter, 1);

  self->clock = aq_clock_new_system ();
  self->program = program;
  self->quiet = mode == AQ_METER_QUIET;
  self->is_terminal = isatty (STDERR_FILENO);
  self->is_utf8 = strcmp (nl_langinfo (CODESET), "UTF-8") == 0;
  return self;
}

void
aq_meter_free (AqMeter *self)
{
  aq_meter_end (self);
  aq_clock_unref (self->clock);
  g_free (self);
}

static gint64
get_period (AqMeter *self)
{
  return self->is_terminal ? BAR_PERIOD_USEC : LINE_PERIOD_USEC;
}

/* @what: copied; @total: in units of which nothing else need be known, 0 where it is not known */
void
aq_meter_begin (AqMeter    *self,
                const char *what,
                guint64     total)
{
  aq_meter_end (self);
  self->what = g_strdup (what);
  self->total = total;
  self->done = 0;
  self->steps = 0;
  self->begun_usec = aq_clock_get_monotonic (self->clock);
  self->next_usec = self->begun_usec + get_period (self);
}

static guint
get_percent (AqMeter *self)
{
  return self->total > 0 ? (guint) (MIN (self->done, self->total) * 100.0 / self->total) : 0;
}

/* "ETA 24 s", from how long it took up to here; "" where that says nothing */
static char *
dup_rest (AqMeter *self,
          gint64   now_usec)
{
  gint64 seconds;

  if (self->total == 0 || self->done == 0 || self->done >= self->total)
    return g_strdup ("");
  seconds = (gint64) ((now_usec - self->begun_usec) / (double) self->done * (self->total - self->done)) /
            G_USEC_PER_SEC;
  if (seconds >= 60)
    return g_strdup_printf (", ETA %" G_GINT64_FORMAT " min %02" G_GINT64_FORMAT " s", seconds / 60, seconds % 60);
  return g_strdup_printf (", ETA %" G_GINT64_FORMAT " s", seconds);
}

static void
show_bar (AqMeter *self,
          gint64   now_usec)
{
  const char *full = self->is_utf8 ? "█" : "#";
  const char *empty = self->is_utf8 ? "░" : ".";
  g_autofree char *rest = dup_rest (self, now_usec);
  g_autoptr(GString) bar = g_string_new (NULL);

  for (guint i = 0; i < BAR_WIDTH; i++)
    g_string_append (bar, i < get_percent (self) * BAR_WIDTH / 100 ? full : empty);
  g_printerr ("\r%-24s [%s] %3u %%%s\033[K", self->what, bar->str, get_percent (self), rest);
  self->drawn = TRUE;
}

static void
show (AqMeter *self)
{
  gint64 now_usec = aq_clock_get_monotonic (self->clock);
  g_autofree char *rest = NULL;

  if (now_usec < self->next_usec)
    return;
  self->next_usec = now_usec + get_period (self);
  if (self->is_terminal)
    {
      show_bar (self, now_usec);
      return;
    }
  rest = dup_rest (self, now_usec);
  g_printerr ("%s: %s: %u %%%s\n", self->program, self->what, get_percent (self), rest);
}

void
aq_meter_advance (AqMeter *self,
                  guint64  amount)
{
  self->done += amount;
  if (self->quiet || self->what == NULL || ++self->steps < STEPS_A_LOOK)
    return;
  self->steps = 0;
  show (self);
}

/* takes the bar away */
void
aq_meter_end (AqMeter *self)
{
  if (self->drawn)
    g_printerr ("\r\033[K");
  self->drawn = FALSE;
  g_clear_pointer (&self->what, g_free);
}

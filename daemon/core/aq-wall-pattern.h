/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define AQ_WALL_MINUTE_USEC (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define AQ_WALL_HOUR_USEC (60 * AQ_WALL_MINUTE_USEC)
#define AQ_WALL_DAY_USEC (24 * AQ_WALL_HOUR_USEC)

/* the years that an expression can name; those of systemd 252 */
#define AQ_WALL_FIRST_YEAR 1970
#define AQ_WALL_LAST_YEAR 2199
/* the greatest number of parts in a list of seconds; as systemd 252 */
#define AQ_WALL_MAX_SECONDS 240

/* seconds of a minute: from @first_usec to @last_usec, @step_usec apart */
typedef struct
{
  gint64 first_usec;
  gint64 last_usec;
  gint64 step_usec; /* 0: @first_usec alone */
} AqWallSeconds;

/*
 * A set of wall times: what all languages of calendars come down to. A wall time
 * is what a clock shows, as microseconds since it showed 1970-01-01 00:00:00.
 */
typedef struct
{
  guint64  years[4];     /* bit 0 of the first is AQ_WALL_FIRST_YEAR */
  gboolean any_year;     /* then @years says nothing */
  guint16  months;       /* bits 1 to 12 */
  guint32  days[4];      /* bits 1 to 31, for months of 28, 29, 30 and 31 days */
  guint8   weekdays;     /* bit 0 is Monday */
  gboolean is_either;    /* a day of the month or a weekday is enough */
  gboolean any_hour;     /* the expression leaves the hour open: it goes with real time where clocks are set */
  guint32  hours;
  guint64  minutes;
  GArray  *seconds;      /* of AqWallSeconds, owned; NULL: second 0 alone */

  /*< private >*/
  guint32  weekday_days[7]; /* as days, of months whose day 1 is Monday, Tuesday, … */
} AqWallPattern;

void     aq_wall_pattern_init         (AqWallPattern       *self);
void     aq_wall_pattern_clear        (AqWallPattern       *self);
void     aq_wall_pattern_set_year     (AqWallPattern       *self,
                                       gint                 year);
void     aq_wall_pattern_set_weekdays (AqWallPattern       *self,
                                       guint8               weekdays);
void     aq_wall_pattern_set_days     (AqWallPattern       *self,
                                       guint32              days);
gboolean aq_wall_pattern_next         (const AqWallPattern *self,
                                       gint64               wall_usec,
                                       gint64              *out_wall_usec);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AqWallPattern, aq_wall_pattern_clear)

G_END_DECLS

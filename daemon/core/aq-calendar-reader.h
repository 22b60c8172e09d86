/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* a name for a number of a field; the list ends with NULL */
typedef struct
{
  const char *name;
  guint       value;
} AqCalendarWord;

/* Reads an expression from left to right, and says where it made no sense */
typedef struct
{
  const char *language; /* "cron expression", for messages */
  const char *text;
  const char *at;       /* in @text: what comes next */
} AqCalendarReader;

extern const AqCalendarWord aq_calendar_months[];   /* "jan", "january", … are 1, … */

void     aq_calendar_reader_init   (AqCalendarReader      *self,
                                    const char            *language,
                                    const char            *text);
gboolean aq_calendar_reader_fail   (AqCalendarReader      *self,
                                    const char            *field,
                                    const char            *place,
                                    GError               **error,
                                    const char            *wanted,
                                    ...) G_GNUC_PRINTF (5, 6);
gboolean aq_calendar_reader_number (AqCalendarReader      *self,
                                    const char            *field,
                                    guint                  first,
                                    guint                  last,
                                    const AqCalendarWord  *words,
                                    guint                 *out_number,
                                    GError               **error);
gboolean aq_calendar_reader_skip   (AqCalendarReader      *self,
                                    const char            *literal);
gsize    aq_calendar_reader_blanks (AqCalendarReader      *self);

G_END_DECLS

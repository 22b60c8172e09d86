/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#pragma once

#include "ctl-context.h"

G_BEGIN_DECLS

/* what a piece of output is, which decides how it looks */
typedef enum
{
  CTL_LOOK_PLAIN,
  CTL_LOOK_HEADING,
  CTL_LOOK_WAITING,
  CTL_LOOK_RUNNING,
  CTL_LOOK_GOOD,
  CTL_LOOK_BAD,
  CTL_LOOK_GONE
} CtlLook;

#define CTL_N_LOOKS (CTL_LOOK_GONE + 1)

/* how a job's state is shown: always a sign and a word, the colour only helps */
typedef struct
{
  const char *sign;  /* one character */
  const char *word;  /* as the filter language spells it, but for delayed and retrying, which are pending, and
                      * skipped; not translated */
  CtlLook     look;
} CtlStateStyle;

CtlStateStyle ctl_style_of_job   (AsyncqJobInfo *job,
                                  gint64         now_usec);
CtlStateStyle ctl_style_of_state (const char    *state);

/* escape sequences for stdout, before and after; empty where there are no colours */
const char   *ctl_style_on       (CtlContext    *context,
                                  CtlLook        look);
const char   *ctl_style_off      (CtlContext    *context,
                                  CtlLook        look);
/* how long the sequence of one of these at the start of @text is; 0: there is none */
gsize         ctl_style_measure_sequence (const char *text);
/* @utf8 where the locale can show it, else @ascii */
const char   *ctl_style_sign     (const char    *utf8,
                                  const char    *ascii);
/* columns of a terminal: how many a text takes, how many there are (0: no terminal) */
guint         ctl_style_measure  (const char    *text);
char         *ctl_style_dup_cut  (const char    *text,
                                  guint          width);
/* the same, of which the end is kept */
char         *ctl_style_dup_end  (const char    *text,
                                  guint          width);
guint         ctl_style_columns  (int            fd);
/* the rest of a line that begins @indent columns wide: it breaks between words, and goes on below its start */
void          ctl_style_put_wrapped (guint       indent,
                                  const char    *text);

G_END_DECLS

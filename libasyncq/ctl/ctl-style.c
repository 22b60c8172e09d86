/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Colours and signs
 *
 * Only the sixteen base colours, which every terminal's user has chosen to be
 * readable. Off with NO_COLOR, with TERM=dumb and where stdout is no terminal.
 */

#include "config.h"

#include "ctl-style.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* where there is no terminal, or a very wide one */
#define MAX_WRAPPED_COLUMNS 80

#define SEQUENCE_OFF "\033[0m"

static const char *const sequences[] = {
  [CTL_LOOK_PLAIN] = "",
  [CTL_LOOK_HEADING] = "\033[1m",
  [CTL_LOOK_WAITING] = "\033[33m",
  [CTL_LOOK_RUNNING] = "\033[36m",
  [CTL_LOOK_GOOD] = "\033[32m",
  [CTL_LOOK_BAD] = "\033[31m",
  [CTL_LOOK_GONE] = "\033[35m",
};
G_STATIC_ASSERT (G_N_ELEMENTS (sequences) == CTL_N_LOOKS);

static const struct
{
  const char *word;
  const char *utf8;
  const char *ascii;
  CtlLook     look;
} states[] = {
  { "new", "○", "o", CTL_LOOK_WAITING },
  { "pending", "○", "o", CTL_LOOK_WAITING },
  { "delayed", "◷", "@", CTL_LOOK_WAITING },
  { "retrying", "↻", "r", CTL_LOOK_WAITING },
  { "assigned", "●", "*", CTL_LOOK_RUNNING },
  { "active", "●", "*", CTL_LOOK_RUNNING },
  { "callbacks", "●", "*", CTL_LOOK_RUNNING },
  { "completed", "✓", "+", CTL_LOOK_GOOD },
  { "succeeded", "✓", "+", CTL_LOOK_GOOD },
  { "failed", "✗", "x", CTL_LOOK_BAD },
  { "cancelled", "⊘", "-", CTL_LOOK_GONE },
  { "expired", "⊘", "-", CTL_LOOK_GONE },
  { "skipped", "⊘", "-", CTL_LOOK_GONE },
};

static gboolean
use_colors (CtlContext *context)
{
  const char *terminal = g_getenv ("TERM");
  const char *no_color = g_getenv ("NO_COLOR");

  if (context->color != CTL_COLOR_AUTO)
    return context->color == CTL_COLOR_ALWAYS;
  return (no_color == NULL || *no_color == '\0') && terminal != NULL && strcmp (terminal, "dumb") != 0 &&
         isatty (STDOUT_FILENO);
}

const char *
ctl_style_on (CtlContext *context,
              CtlLook     look)
{
  return use_colors (context) ? sequences[look] : "";
}

const char *
ctl_style_off (CtlContext *context,
               CtlLook     look)
{
  return use_colors (context) && *sequences[look] != '\0' ? SEQUENCE_OFF : "";
}

gsize
ctl_style_measure_sequence (const char *text)
{
  for (guint i = 0; i < CTL_N_LOOKS; i++)
    if (*sequences[i] != '\0' && g_str_has_prefix (text, sequences[i]))
      return strlen (sequences[i]);
  return g_str_has_prefix (text, SEQUENCE_OFF) ? strlen (SEQUENCE_OFF) : 0;
}

const char *
ctl_style_sign (const char *utf8,
                const char *ascii)
{
  return g_get_charset (NULL) ? utf8 : ascii;
}

/* the style of a state or an outcome; an unknown one is shown as it is */
CtlStateStyle
ctl_style_of_state (const char *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (states[i].word, state))
      return (CtlStateStyle) { ctl_style_sign (states[i].utf8, states[i].ascii), states[i].word,
                               states[i].look };
  return (CtlStateStyle) { "?", state, CTL_LOOK_PLAIN };
}

/* an ended job is shown by its outcome, one that must not begin yet by what it waits for */
CtlStateStyle
ctl_style_of_job (AsyncqJobInfo *job,
                  gint64         now_usec)
{
  AsyncqJobState state = asyncq_job_info_get_state (job);
  AsyncqJobOutcome outcome = asyncq_job_info_get_outcome (job);
  gint64 due_usec = MAX (asyncq_job_info_get_due_usec (job), asyncq_job_info_get_begin_after_usec (job));

  if (state == ASYNCQ_JOB_STATE_COMPLETED && asyncq_job_info_is_skipped (job))
    return ctl_style_of_state ("skipped");
  if (state == ASYNCQ_JOB_STATE_COMPLETED)
    return ctl_style_of_state (asyncq_job_outcome_to_string (outcome));
  if (state != ASYNCQ_JOB_STATE_PENDING || due_usec <= now_usec)
    return ctl_style_of_state (asyncq_job_state_to_string (state));
  return ctl_style_of_state (asyncq_job_info_get_attempt (job) > 0 ? "retrying" : "delayed");
}

/* how many columns of a terminal a text takes */
guint
ctl_style_measure (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

/* cuts a text to @width columns, with a sign that something is missing */
char *
ctl_style_dup_cut (const char *text,
                   guint       width)
{
  const char *sign = ctl_style_sign ("…", "~");
  const char *p = text;
  guint used = 0;

  if (ctl_style_measure (text) <= width)
    return g_strdup (text);
  for (; *p != '\0'; p = g_utf8_next_char (p))
    {
      guint wide = g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;

      if (used + wide + 1 > width)
        break;
      used += wide;
    }
  return g_strdup_printf ("%.*s%s", (int) (p - text), text, sign);
}

char *
ctl_style_dup_end (const char *text,
                   guint       width)
{
  const char *p = text;

  if (ctl_style_measure (text) <= width)
    return g_strdup (text);
  while (*p != '\0' && ctl_style_measure (p) + 1 > width)
    p = g_utf8_next_char (p);
  return g_strconcat (ctl_style_sign ("…", "~"), p, NULL);
}

guint
ctl_style_columns (int fd)
{
  const char *columns = g_getenv ("COLUMNS");
  guint64 width = 0;
  struct winsize size;

  if (columns != NULL && g_ascii_string_to_unsigned (columns, 10, 20, 10000, &width, NULL))
    return (guint) width;
  if (!isatty (fd))
    return 0;
  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col : 80;
}

void
ctl_style_put_wrapped (guint       indent,
                       const char *text)
{
  g_auto(GStrv) words = g_strsplit (text, " ", -1);
  guint columns = ctl_style_columns (STDOUT_FILENO);
  guint width = columns > 0 ? MIN (columns, MAX_WRAPPED_COLUMNS) : MAX_WRAPPED_COLUMNS;
  guint at = indent;

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint n = ctl_style_measure (words[i]);
      gboolean breaks = at > indent && at + 1 + n > width;

      if (breaks)
        ctl_put ("\n%*s", (int) indent, "");
      else if (at > indent)
        ctl_put (" ");
      ctl_put ("%s", words[i]);
      at = breaks ? indent + n : at + n + (at > indent ? 1 : 0);
    }
  ctl_put ("\n");
}

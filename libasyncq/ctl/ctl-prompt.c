/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Lines from standard input, in a main loop
 *
 * While there is a prompt the terminal gives every key at once and shows none;
 * its old settings come back when the prompt is freed. Ctrl-C stays a signal, so
 * whoever has a prompt must catch it.
 */

#include "config.h"

#include "ctl-prompt.h"

#include "ctl-edit.h"
#include "ctl-style.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* a line that is longer is not one that a person wrote */
#define MAX_LINE (1024 * 1024)

struct _CtlPrompt
{
  char           *prompt;
  char           *history_file; /* NULL: none is kept */
  CtlPromptLine   line;
  gpointer        user_data;
  guint           source;

  CtlEdit        *edit;         /* NULL: no terminal */
  struct termios  settings;     /* of the terminal, before us */
  GString        *pending;      /* without a terminal: the line so far */
};

/* ---- the terminal ---- */

/* removes the prompt, so that something else can be printed in its place */
void
ctl_prompt_hide (CtlPrompt *self)
{
  if (self->edit != NULL)
    {
      ctl_put_raw ("\r\033[K");
      (void) fflush (stdout); /* a failed write shows in main(), at the end */
    }
}

/* a line that is wider than the terminal is shown around the point */
void
ctl_prompt_show (CtlPrompt *self)
{
  const char *text = self->edit != NULL ? ctl_edit_get_text (self->edit) : NULL;
  gsize width = ctl_style_columns (STDOUT_FILENO);
  gsize room = MAX (width, strlen (self->prompt) + 12) - strlen (self->prompt) - 1;
  g_autofree char *before = NULL;
  g_autofree char *shown = NULL;
  const char *first = text;

  if (text == NULL)
    return;
  before = g_strndup (text, ctl_edit_get_point (self->edit));
  while (ctl_style_measure (before + (first - text)) > room)
    first = g_utf8_next_char (first);
  shown = ctl_style_dup_cut (first, (guint) room);
  ctl_put_raw ("\r\033[K%s%s\r\033[%" G_GSIZE_FORMAT "C", self->prompt, shown,
           strlen (self->prompt) + ctl_style_measure (before + (first - text)));
  (void) fflush (stdout); /* a failed write shows in main(), at the end */
}

static void
take_terminal (CtlPrompt *self)
{
  struct termios settings;

  if (!isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO) || tcgetattr (STDIN_FILENO, &self->settings) != 0)
    return;
  settings = self->settings;
  settings.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (tcsetattr (STDIN_FILENO, TCSADRAIN, &settings) == 0)
    self->edit = ctl_edit_new ();
}

/* ---- the history ---- */

static void
load_history (CtlPrompt *self)
{
  g_autofree char *contents = NULL;
  g_auto(GStrv) lines = NULL;

  if (!g_file_get_contents (self->history_file, &contents, NULL, NULL))
    return;
  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    ctl_edit_remember (self->edit, lines[i]);
}

/* a history that cannot be kept is no reason to complain */
static void
save_history (CtlPrompt *self)
{
  g_autofree char *lines = ctl_edit_dup_lines (self->edit);
  g_autofree char *folder = g_path_get_dirname (self->history_file);

  if (*lines == '\0')
    return;
  (void) g_mkdir_with_parents (folder, 0700);
  (void) g_file_set_contents_full (self->history_file, lines, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

/* ---- reading ---- */

static void
feed_terminal (CtlPrompt    *self,
               const guchar *bytes,
               gsize         n)
{
  for (gsize i = 0; i < n && self->source != 0; i++)
    {
      CtlEditEvent event = ctl_edit_feed (self->edit, bytes[i]);
      g_autofree char *line = NULL;

      if (event == CTL_EDIT_GOES_ON)
        continue;
      ctl_prompt_show (self);
      ctl_put ("\n");
      if (event == CTL_EDIT_END)
        {
          self->source = 0;
          self->line (NULL, self->user_data);
          return;
        }
      line = ctl_edit_take (self->edit);
      ctl_edit_remember (self->edit, line);
      self->line (line, self->user_data);
    }
  ctl_prompt_show (self);
}

static void
feed_lines (CtlPrompt  *self,
            const char *bytes,
            gsize       n)
{
  const char *end;

  g_string_append_len (self->pending, bytes, (gssize) n);
  while ((end = memchr (self->pending->str, '\n', self->pending->len)) != NULL)
    {
      gsize length = (gsize) (end - self->pending->str);
      g_autofree char *line = g_utf8_make_valid (self->pending->str, (gssize) length);

      g_string_erase (self->pending, 0, (gssize) length + 1);
      self->line (line, self->user_data);
    }
  if (self->pending->len > MAX_LINE)
    g_string_truncate (self->pending, 0);
}

static void
end_lines (CtlPrompt *self)
{
  if (self->pending->len > 0)
    feed_lines (self, "\n", 1);
  self->source = 0;
  self->line (NULL, self->user_data);
}

static gboolean
on_readable (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  CtlPrompt *self = user_data;
  char bytes[4096];
  ssize_t n = read (fd, bytes, sizeof bytes);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n <= 0)
    end_lines (self);
  else if (self->edit != NULL)
    feed_terminal (self, (const guchar *) bytes, (gsize) n);
  else
    feed_lines (self, bytes, (gsize) n);
  return self->source != 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* @history: name of a file in the user's folder for such things */
CtlPrompt *
ctl_prompt_new (const char    *prompt,
                const char    *history,
                CtlPromptLine  line,
                gpointer       user_data)
{
  CtlPrompt *self = g_new0 (CtlPrompt, 1);

  self->prompt = g_strdup (prompt);
  self->line = line;
  self->user_data = user_data;
  self->pending = g_string_new (NULL);
  take_terminal (self);
  if (self->edit != NULL)
    {
      self->history_file = g_build_filename (g_get_user_state_dir (), "asyncq", history, NULL);
      load_history (self);
    }
  self->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);
  ctl_prompt_show (self);
  return self;
}

void
ctl_prompt_free (CtlPrompt *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  if (self->edit != NULL)
    {
      ctl_prompt_hide (self);
      (void) tcsetattr (STDIN_FILENO, TCSADRAIN, &self->settings); /* a terminal that is gone has no settings */
      save_history (self);
      ctl_edit_free (self->edit);
    }
  g_string_free (self->pending, TRUE);
  g_free (self->history_file);
  g_free (self->prompt);
  g_free (self);
}

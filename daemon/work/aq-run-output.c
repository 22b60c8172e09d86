/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The pipe that a worker's stdout and stderr go to
 *
 * It is read as soon as there is something, so that nobody waits for room in it,
 * in pieces of a bounded size, so that others get their turn. What is read goes to
 * the job that runs, and line by line into our own log.
 *
 * Two budgets are filled up every quarter of a second: how much is read, so that
 * one who writes without an end does not keep us busy, but waits; and how much is
 * logged. Both are a matter of real time and not of the engine's clock, which a
 * test may have stopped. While nothing is written, nothing wakes us.
 */

#include "config.h"

#include "work/aq-run-output.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_MSEC 250
#define READ_BYTES (16 * 1024 * 1024)
#define LOG_BYTES (64 * 1024)
#define LOG_REFILL_BYTES (8 * 1024)

#define CHUNK_BYTES (32 * 1024)
/* a pipe has room for this much, unless somebody has made it larger */
#define MAX_CHUNKS 2
#define MAX_LINE_BYTES 1024

struct _AqRunOutput
{
  int              fd;
  AqRunOutputHooks hooks;
  gpointer         user_data;

  GSource         *source;      /* NULL while we do not read */
  GSource         *window;      /* NULL while both budgets are full */
  gsize            read_left;
  gsize            log_left;
  guint64          n_hidden;    /* bytes that were not logged, since that was last said */

  char             line[MAX_LINE_BYTES]; /* that has begun */
  gsize            line_length;
};

static void watch (AqRunOutput *self);

static void
stop_watching (AqRunOutput *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/* Our own log is stderr; that it cannot be written to can be told to nobody. */
static void
write_log (const char *text,
           gsize       length)
{
  while (length > 0)
    {
      gssize n_written = write (STDERR_FILENO, text, length);

      if (n_written < 0 && errno == EINTR)
        continue;
      if (n_written <= 0)
        return;
      text += n_written;
      length -= (gsize) n_written;
    }
}

static void
say_what_was_hidden (AqRunOutput *self)
{
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (self->n_hidden == 0)
    return;
  name = self->hooks.dup_name (self->user_data);
  text = g_strdup_printf ("%s: %" G_GUINT64_FORMAT " bytes more, which are not logged\n", name, self->n_hidden);
  self->n_hidden = 0;
  write_log (text, strlen (text));
}

/* What is in the line may be anything: no line of it looks like one of ours, nor moves a cursor. */
static void
append_line (AqRunOutput *self,
             const char  *name,
             GString     *log)
{
  if (self->line_length == 0)
    return;
  for (gsize i = 0; i < self->line_length; i++)
    if (g_ascii_iscntrl (self->line[i]) && self->line[i] != '\t')
      self->line[i] = '?';
  g_string_append_printf (log, "%s: ", name);
  g_string_append_len (log, self->line, (gssize) self->line_length);
  g_string_append_c (log, '\n');
  self->line_length = 0;
}

/* Returns: how much of it belongs to the line that has begun */
static gsize
take_line (AqRunOutput  *self,
           const guint8 *data,
           gsize         size)
{
  const guint8 *end = memchr (data, '\n', size);
  gsize length = MIN (end == NULL ? size : (gsize) (end - data), MAX_LINE_BYTES - self->line_length);

  memcpy (self->line + self->line_length, data, length);
  self->line_length += length;
  return length;
}

static void
log_lines (AqRunOutput  *self,
           const guint8 *data,
           gsize         size)
{
  g_autofree char *name = self->hooks.dup_name (self->user_data);
  g_autoptr(GString) log = g_string_new (NULL);
  gsize shown = MIN (size, self->log_left);

  self->log_left -= shown;
  self->n_hidden += size - shown;
  for (gsize at = 0; at < shown;)
    {
      at += take_line (self, data + at, shown - at);
      if (at < shown && data[at] == '\n')
        at++;
      else if (self->line_length < MAX_LINE_BYTES)
        break;
      append_line (self, name, log);
    }
  if (self->n_hidden > 0)
    append_line (self, name, log);
  write_log (log->str, log->len);
}

static gboolean
on_window_is_over (gpointer user_data)
{
  AqRunOutput *self = user_data;

  self->read_left = READ_BYTES;
  self->log_left = MIN (self->log_left + LOG_REFILL_BYTES, LOG_BYTES);
  say_what_was_hidden (self);
  if (self->source == NULL && self->fd >= 0)
    watch (self);
  if (self->log_left < LOG_BYTES)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->window, g_source_unref);
  return G_SOURCE_REMOVE;
}

static void
open_window (AqRunOutput *self)
{
  if (self->window != NULL)
    return;
  self->window = g_timeout_source_new (WINDOW_MSEC);
  g_source_set_callback (self->window, on_window_is_over, self, NULL);
  g_source_attach (self->window, g_main_context_get_thread_default ());
}

/* Returns: whether there may be more */
static gboolean
read_chunk (AqRunOutput *self)
{
  guint8 data[CHUNK_BYTES];
  gssize n_read = read (self->fd, data, sizeof data);

  if (n_read < 0)
    return errno == EINTR;
  if (n_read == 0)
    {
      stop_watching (self); /* nobody has its other end */
      (void) close (self->fd);
      self->fd = -1;
      return FALSE;
    }
  open_window (self);
  self->read_left -= MIN ((gsize) n_read, self->read_left);
  log_lines (self, data, (gsize) n_read);
  self->hooks.read (data, (gsize) n_read, self->user_data);
  return (gsize) n_read == sizeof data;
}

static gboolean
on_readable (gint         fd,
             GIOCondition condition,
             gpointer     user_data)
{
  AqRunOutput *self = user_data;

  (void) read_chunk (self); /* more of it comes with the next turn of the loop */
  if (self->read_left > 0 && self->fd >= 0)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->source, g_source_unref);
  return G_SOURCE_REMOVE;
}

static void
watch (AqRunOutput *self)
{
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

/**
 * aq_run_output_new:
 * @fd: (transfer full): the end of a pipe to read, which does not block
 * @hooks: what is called, from the main loop or from aq_run_output_read(); neither
 *   may free the output
 * @user_data: for @hooks
 */
AqRunOutput *
aq_run_output_new (int                     fd,
                   const AqRunOutputHooks *hooks,
                   gpointer                user_data)
{
  AqRunOutput *self = g_new0 (AqRunOutput, 1);

  self->fd = fd;
  self->hooks = *hooks;
  self->user_data = user_data;
  self->read_left = READ_BYTES;
  self->log_left = LOG_BYTES;
  watch (self);
  return self;
}

/* what comes after this is lost, and who writes it is told so */
void
aq_run_output_free (AqRunOutput *self)
{
  aq_run_output_end_line (self);
  say_what_was_hidden (self);
  stop_watching (self);
  if (self->window != NULL)
    {
      g_source_destroy (self->window);
      g_source_unref (self->window);
    }
  if (self->fd >= 0)
    (void) close (self->fd); /* it was only read */
  g_free (self);
}

/**
 * aq_run_output_read:
 * @self: an output
 *
 * Reads what is there by now, up to what a pipe has room for: what a job wrote
 * before it told that it is done is its own.
 */
void
aq_run_output_read (AqRunOutput *self)
{
  for (guint i = 0; i < MAX_CHUNKS && self->fd >= 0; i++)
    if (!read_chunk (self))
      return;
}

/* who has begun a line writes no more of it */
void
aq_run_output_end_line (AqRunOutput *self)
{
  g_autofree char *name = NULL;
  g_autoptr(GString) log = NULL;

  if (self->line_length == 0)
    return;
  name = self->hooks.dup_name (self->user_data);
  log = g_string_new (NULL);
  append_line (self, name, log);
  write_log (log->str, log->len);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Asks a throw-away process where a worker has crashed
 *
 * What the worker left was written by a process that had gone wrong, and is read
 * with the help of files that somebody else has made: nothing of that is for the
 * daemon. The process writes into a memory file of fixed size, and has five
 * seconds; what it writes is checked, and made anew.
 */

#include "config.h"

#include "work/aq-autopsy.h"

#include "libasyncq/asyncq-error.h"
#include "work/aq-memory-file.h"
#include "work/aq-process.h"
#include "work/worker/aq-crash-report.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#define PROGRAM "asyncq-symbolizer"
#define MAX_RUN_USEC (5 * G_USEC_PER_SEC)
#define MAX_TEXT_BYTES 256

/* as many plugins as there is room for beside the two other descriptors */
#define MAX_PLUGINS 6

struct _AqAutopsy
{
  AqProcess      process;
  int            out_fd;
  GSource       *source;
  AqTimer       *timer;
  AqAutopsyFunc  func;
  gpointer       user_data;
};

static void
add_text (GVariantDict *frame,
          const char   *key,
          const char   *text)
{
  g_autofree char *plain = NULL;

  if (text[0] == '\0' || strlen (text) > MAX_TEXT_BYTES)
    return;
  /* names come from the plugin's file, and go to our log as well: there is one line of it */
  plain = g_strdup (text);
  for (char *at = plain; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = '?';
  g_variant_dict_insert (frame, key, "s", plain);
}

static GVariant *
read_frame (GVariant *raw)
{
  GVariantDict frame = G_VARIANT_DICT_INIT (NULL);
  const char *function, *file, *source, *build_id;
  guint64 offset, address;
  guint32 line;

  g_variant_get (raw, "(&st&s&su&st)", &function, &offset, &file, &source, &line, &build_id, &address);
  add_text (&frame, "function", function);
  if (function[0] != '\0')
    g_variant_dict_insert (&frame, "offset", "t", offset);
  add_text (&frame, "file", file);
  add_text (&frame, "source", source);
  if (line > 0)
    g_variant_dict_insert (&frame, "line", "u", line);
  add_text (&frame, "build-id", build_id);
  g_variant_dict_insert (&frame, "address", "t", address);
  return g_variant_dict_end (&frame);
}

/* Returns: (transfer full) (nullable): aa{sv} */
static GVariant *
read_stack (AqAutopsy *self)
{
  g_autoptr(GBytes) bytes = aq_memory_file_read (self->out_fd, AQ_MAX_STACK_BYTES);
  g_autoptr(GVariant) raw = g_variant_ref_sink (g_variant_new_from_bytes (AQ_STACK_TYPE, bytes, FALSE));
  GVariantBuilder stack;
  gsize n_frames;

  if (!g_variant_is_normal_form (raw) || g_variant_n_children (raw) == 0)
    return NULL;
  n_frames = MIN (g_variant_n_children (raw), AQ_MAX_STACK_FRAMES);
  g_variant_builder_init (&stack, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < n_frames; i++)
    {
      g_autoptr(GVariant) frame = g_variant_get_child_value (raw, i);

      g_variant_builder_add_value (&stack, read_frame (frame));
    }
  return g_variant_ref_sink (g_variant_builder_end (&stack));
}

static gboolean
on_process_ended (gint         fd,
                  GIOCondition condition,
                  gpointer     user_data)
{
  AqAutopsy *self = user_data;
  g_autoptr(GVariant) stack = NULL;
  AqProcessEnd end;

  g_free (aq_process_reap (&self->process, &end));
  g_clear_pointer (&self->timer, aq_timer_free);
  if (end.exit_status == 0)
    stack = read_stack (self);
  self->func (stack, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_time_is_over (gpointer user_data)
{
  AqAutopsy *self = user_data;

  aq_process_kill (&self->process);
}

static gboolean
spawn (AqAutopsy   *self,
       const char  *worker_program,
       int          report_fd,
       GPtrArray   *plugins,
       GError     **error)
{
  g_autofree char *folder = g_path_get_dirname (worker_program);
  g_autofree char *program = g_build_filename (folder, PROGRAM, NULL);
  g_autofree char *parent = g_strdup_printf ("--parent=%d", (int) getpid ());
  const char *argv[] = { program, parent, NULL };
  AqProcessDescriptor descriptors[2 + MAX_PLUGINS] = { { self->out_fd, STDOUT_FILENO }, { report_fd, 3 } };
  guint n_plugins = MIN (plugins->len, MAX_PLUGINS);

  for (guint i = 0; i < n_plugins; i++)
    descriptors[2 + i] = (AqProcessDescriptor) { ((AqPlugin *) g_ptr_array_index (plugins, i))->fd, 4 + (int) i };
  return aq_process_spawn (&self->process, argv, descriptors, 2 + n_plugins, error);
}

/**
 * aq_autopsy_new:
 * @clock: the clock
 * @worker_program: path of asyncq-worker; the symbolizer is beside it
 * @report_fd: what the worker left
 * @plugins: (element-type AqPlugin): what it had loaded, the one that ran first
 * @func: is called once, from the main loop, unless the autopsy is freed before
 * @user_data: for @func, which may free the autopsy
 * @error: return location for an error
 *
 * Starts to find out where a worker has crashed.
 */
AqAutopsy *
aq_autopsy_new (AqClock        *clock,
                const char     *worker_program,
                int             report_fd,
                GPtrArray      *plugins,
                AqAutopsyFunc   func,
                gpointer        user_data,
                GError        **error)
{
  g_autoptr(AqAutopsy) self = g_new0 (AqAutopsy, 1);

  self->func = func;
  self->user_data = user_data;
  self->out_fd = aq_memory_file_new ("stack", AQ_MAX_STACK_BYTES);
  if (self->out_fd < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "could not make a memory file: %s", g_strerror (errno));
      return NULL;
    }
  if (!spawn (self, worker_program, report_fd, plugins, error))
    return NULL;

  self->source = g_unix_fd_source_new (self->process.pidfd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_process_ended), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->timer = aq_timer_new (clock, AQ_CLOCK_MONOTONIC, aq_clock_get_monotonic (clock) + MAX_RUN_USEC,
                              on_time_is_over, self);
  return g_steal_pointer (&self);
}

/* also ends a process that still runs */
void
aq_autopsy_free (AqAutopsy *self)
{
  g_clear_pointer (&self->timer, aq_timer_free);
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
    }
  if (self->process.pid != 0)
    {
      aq_process_kill (&self->process);
      g_free (aq_process_reap (&self->process, NULL));
    }
  if (self->out_fd >= 0)
    (void) close (self->out_fd); /* memory */
  g_free (self);
}

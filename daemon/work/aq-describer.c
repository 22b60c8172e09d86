/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * Asks a throw-away process what is in a plugin
 *
 * Loading a plugin runs its constructors, which may do anything. So what the
 * process writes goes into memory files of fixed size: nothing of it needs to be
 * read while it runs, it cannot fill anything, and a grandchild that keeps them
 * open holds up nobody. The process has ten seconds.
 */

#include "config.h"

#include "work/aq-describer.h"

#include "libasyncq/asyncq-error.h"
#include "work/aq-memory-file.h"
#include "work/aq-process.h"
#include "work/worker/aq-describe.h"
#include "work/worker/aq-wire.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#define MAX_RUN_USEC (10 * G_USEC_PER_SEC)
#define MAX_MESSAGE_BYTES (4 * 1024)

struct _AqDescriber
{
  char            *file;
  AqProcess        process;
  int              out_fd;
  int              err_fd;
  GSource         *source;
  AqTimer         *timer;
  gboolean         timed_out;
  AqDescribedFunc  func;
  gpointer         user_data;
};

static GError *
refusal (AqDescriber *self,
         const char  *how,
         int          status)
{
  g_autoptr(GBytes) said = aq_memory_file_read (self->err_fd, MAX_MESSAGE_BYTES);
  g_autofree char *text = NULL;

  text = g_utf8_make_valid (g_bytes_get_data (said, NULL), (gssize) g_bytes_get_size (said));
  g_strstrip (text);
  if (status == AQ_WIRE_EXIT_REFUSED && text[0] != '\0')
    return g_error_new_literal (ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI, text);
  if (self->timed_out)
    return g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                        "plugin '%s': found a constructor that runs for more than 10 seconds, wanted one that ends",
                        self->file);
  return g_error_new (ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
                      "plugin '%s': the process that loaded it to describe it %s, wanted one that ends in order%s%s",
                      self->file, how, text[0] == '\0' ? "" : ": ", text);
}

static GVariant *
read_description (AqDescriber  *self,
                  GError      **error)
{
  g_autoptr(GBytes) bytes = aq_memory_file_read (self->out_fd, AQ_MAX_DESCRIPTION_BYTES);
  g_autoptr(GVariant) description = NULL;

  description = g_variant_ref_sink (g_variant_new_from_bytes (AQ_DESCRIPTION_TYPE, bytes, FALSE));
  if (g_bytes_get_size (bytes) > 0 && g_variant_is_normal_form (description))
    return g_steal_pointer (&description);

  g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_PLUGIN_ABI,
               "plugin '%s': found a description of %zu bytes that makes no sense, wanted what "
               "asyncq-worker writes: does a constructor of it write or exit?",
               self->file, g_bytes_get_size (bytes));
  return NULL;
}

static gboolean
on_process_ended (gint         fd,
                  GIOCondition condition,
                  gpointer     user_data)
{
  AqDescriber *self = user_data;
  g_autoptr(GVariant) description = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *how = NULL;
  AqProcessEnd end;

  how = aq_process_reap (&self->process, &end);
  g_clear_pointer (&self->timer, aq_timer_free);
  if (end.exit_status == 0)
    description = read_description (self, &error);
  else
    error = refusal (self, how, end.exit_status);
  self->func (description, error, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_time_is_over (gpointer user_data)
{
  AqDescriber *self = user_data;

  self->timed_out = TRUE;
  aq_process_kill (&self->process);
}

static gboolean
spawn (AqDescriber  *self,
       const char   *worker_program,
       int           fd,
       GError      **error)
{
  g_autofree char *parent = g_strdup_printf ("--parent=%d", (int) getpid ());
  const char *argv[] = { worker_program, "--describe", "--descriptor=3", parent, "--", self->file, NULL };
  const AqProcessDescriptor descriptors[] = {
    { self->out_fd, STDOUT_FILENO }, { self->err_fd, STDERR_FILENO }, { fd, 3 },
  };

  return aq_process_spawn (&self->process, argv, descriptors, G_N_ELEMENTS (descriptors), error);
}

/**
 * aq_describer_new:
 * @clock: the clock
 * @worker_program: path of asyncq-worker
 * @fd: a plugin's file
 * @file: its path
 * @func: is called once, from the main loop, unless the describer is freed before
 * @user_data: for @func, which may free the describer
 * @error: return location for an error
 *
 * Starts to describe a plugin.
 */
AqDescriber *
aq_describer_new (AqClock          *clock,
                  const char       *worker_program,
                  int               fd,
                  const char       *file,
                  AqDescribedFunc   func,
                  gpointer          user_data,
                  GError          **error)
{
  g_autoptr(AqDescriber) self = g_new0 (AqDescriber, 1);

  self->file = g_strdup (file);
  self->func = func;
  self->user_data = user_data;
  self->out_fd = aq_memory_file_new ("description", AQ_MAX_DESCRIPTION_BYTES);
  self->err_fd = aq_memory_file_new ("message", MAX_MESSAGE_BYTES);
  if (self->out_fd < 0 || self->err_fd < 0)
    {
      g_set_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_FAILED, "could not describe plugin '%s': %s",
                   file, g_strerror (errno));
      return NULL;
    }
  if (!spawn (self, worker_program, fd, error))
    return NULL;

  self->source = g_unix_fd_source_new (self->process.pidfd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_process_ended), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->timer = aq_timer_new (clock, AQ_CLOCK_MONOTONIC,
                              aq_clock_get_monotonic (clock) + MAX_RUN_USEC, on_time_is_over, self);
  return g_steal_pointer (&self);
}

/* also ends a process that still runs */
void
aq_describer_free (AqDescriber *self)
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
  if (self->err_fd >= 0)
    (void) close (self->err_fd);
  g_free (self->file);
  g_free (self);
}

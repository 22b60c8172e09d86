/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * How a worker is started
 *
 * It gets a socket, a pipe for what it prints, and memory in which it leaves a report
 * if it crashes. The daemon keeps the other ends.
 */

#include "config.h"

#include "work/aq-launch.h"

#include "work/aq-memory-file.h"
#include "work/worker/aq-crash-report.h"
#include "work/worker/aq-wire.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static void
close_if_open (int *fd)
{
  if (*fd >= 0)
    (void) close (*fd); /* a socket, a pipe or memory: nothing is lost */
  *fd = -1;
}

/* Who writes waits for room, we never wait. */
static gboolean
open_pipe (int ends[2])
{
  if (pipe2 (ends, O_CLOEXEC) < 0)
    return FALSE;
  (void) fcntl (ends[0], F_SETFL, O_NONBLOCK); /* it is a pipe's, which has it */
  return TRUE;
}

/**
 * aq_launch_spawn:
 * @self: (out): the process, and our ends
 * @program: path of asyncq-worker
 * @error: return location for an error
 *
 * Starts a worker.
 *
 * Returns: whether it was started; if not nothing is left open
 */
gboolean
aq_launch_spawn (AqLaunch    *self,
                 const char  *program,
                 GError     **error)
{
  g_autofree char *parent = g_strdup_printf ("--parent=%d", (int) getpid ());
  const char *argv[] = { program, parent, NULL };
  int channel[2] = { -1, -1 };
  int output[2] = { -1, -1 };
  gboolean ok = FALSE;

  *self = (AqLaunch) { .report_fd = aq_memory_file_new ("report", AQ_CRASH_REPORT_BYTES) };
  if (!open_pipe (output) || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0)
    g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "could not make a socket and a pipe for a worker: %s",
                 g_strerror (errno));
  else
    {
      const AqProcessDescriptor descriptors[] = {
        { output[1], STDOUT_FILENO }, { output[1], STDERR_FILENO },
        { channel[1], AQ_WIRE_CHANNEL_FD }, { self->report_fd, AQ_CRASH_REPORT_FD },
      };

      ok = aq_process_spawn (&self->process, argv, descriptors, self->report_fd < 0 ? 3 : 4, error);
    }
  /* the worker has its own */
  close_if_open (&channel[1]);
  close_if_open (&output[1]);
  self->channel_fd = channel[0];
  self->output_fd = output[0];
  if (ok)
    return TRUE;
  close_if_open (&self->channel_fd);
  close_if_open (&self->output_fd);
  close_if_open (&self->report_fd);
  return FALSE;
}

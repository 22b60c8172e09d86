/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

#include "config.h"

#include "fake-workers.h"

#include "work/aq-process.h"
#include "work/worker/aq-describe.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* larger than any process id, so that nobody is asked of or killed by mistake */
#define FIRST_PID 0x3f000000

static GPtrArray *workers; /* of FakeWorker */
static GVariant *described;
static guint n_runs;

static void
fake_worker_free (gpointer data)
{
  FakeWorker *self = data;

  if (self->fd >= 0)
    (void) close (self->fd); /* a socket */
  aq_wire_buffer_clear (&self->in);
  aq_wire_buffer_clear (&self->out);
  g_array_unref (self->runs);
  g_free (self);
}

/* @description: of each plugin, as asyncq-worker --describe has it, in GVariant text */
void
fake_workers_init (const char *description)
{
  workers = g_ptr_array_new_with_free_func (fake_worker_free);
  described = g_variant_ref_sink (g_variant_new_parsed (description));
  g_assert_true (g_variant_is_of_type (described, AQ_DESCRIPTION_TYPE));
}

void
fake_workers_clear (void)
{
  g_clear_pointer (&workers, g_ptr_array_unref);
  g_clear_pointer (&described, g_variant_unref);
}

guint
fake_workers_count (void)
{
  return workers->len;
}

/* in the order in which they were started */
FakeWorker *
fake_workers_get (guint index)
{
  return g_ptr_array_index (workers, index);
}

static FakeWorker *
find_process (int pid)
{
  for (guint i = 0; i < workers->len; i++)
    if (fake_workers_get (i)->pid == pid)
      return fake_workers_get (i);
  g_assert_not_reached ();
}

/* Returns: (nullable): who was handed over that job last */
FakeWorker *
fake_workers_newest (guint64  id,
                     FakeRun *out_run)
{
  FakeWorker *found = NULL;

  *out_run = (FakeRun) { 0 };
  for (guint i = 0; i < workers->len; i++)
    for (guint j = 0; j < fake_workers_get (i)->runs->len; j++)
      {
        FakeRun run = g_array_index (fake_workers_get (i)->runs, FakeRun, j);

        if (run.id != id || run.number <= out_run->number)
          continue;
        *out_run = run;
        found = fake_workers_get (i);
      }
  return found;
}

/* takes in what the daemon says */
void
fake_worker_listen (FakeWorker *self)
{
  g_autoptr(GError) error = NULL;
  AqWireFrame frame;
  AqWireRun run;
  gssize n_received;

  if (self->fd < 0 || self->gone)
    return;
  while ((n_received = recv (self->fd, aq_wire_buffer_reserve (&self->in, 65536), 65536, MSG_DONTWAIT)) > 0)
    {
      self->in.end += (gsize) n_received;
      while (aq_wire_next_frame (&self->in, &frame, &error))
        if (frame.kind == AQ_WIRE_RUN)
          {
            g_assert_true (aq_wire_parse_run (&frame, &run, &error));
            g_array_append_vals (self->runs, &(FakeRun) {
              ++n_runs, run.id, run.lease, g_intern_string (run.function),
              run.checkpoint.type != NULL && *run.checkpoint.type != '\0',
            }, 1);
          }
      g_assert_no_error (error);
    }
}

/* sends what is in `out`, if anybody listens */
void
fake_worker_say (FakeWorker *self)
{
  gsize size = self->out.end - self->out.start;

  if (size > 0)
    (void) !send (self->fd, self->out.data + self->out.start, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  aq_wire_buffer_consume (&self->out, size);
}

void
fake_worker_die (FakeWorker *self,
                 int         signal)
{
  if (self->gone)
    return;
  self->gone = TRUE;
  self->killed = self->killed || signal == SIGKILL;
  (void) eventfd_write (self->ending, 1); /* cannot be full */
}

/* These take the place of aq-process.c. */

gboolean
aq_process_spawn (AqProcess                  *self,
                  const char * const         *argv,
                  const AqProcessDescriptor  *descriptors,
                  guint                       n_descriptors,
                  GError                    **error)
{
  FakeWorker *worker = g_new0 (FakeWorker, 1);

  worker->pid = FIRST_PID + (int) workers->len;
  worker->fd = -1;
  worker->ending = eventfd (0, EFD_CLOEXEC);
  worker->runs = g_array_new (FALSE, FALSE, sizeof (FakeRun));
  g_ptr_array_add (workers, worker);
  *self = (AqProcess) { .pid = worker->pid, .pidfd = worker->ending };
  if (g_strv_contains (argv, "--describe"))
    {
      g_assert_cmpint (write (descriptors[0].source, g_variant_get_data (described), g_variant_get_size (described)), ==,
                       (gssize) g_variant_get_size (described));
      fake_worker_die (worker, 0);
      return TRUE;
    }
  for (guint i = 0; i < n_descriptors; i++)
    if (descriptors[i].target == AQ_WIRE_CHANNEL_FD)
      worker->fd = fcntl (descriptors[i].source, F_DUPFD_CLOEXEC, 0);
  g_assert_cmpint (worker->fd, >=, 0);
  aq_wire_append_ready (&worker->out);
  fake_worker_say (worker);
  return TRUE;
}

void
aq_process_terminate (AqProcess *self)
{
  /* who is stopped does not notice */
}

/* the test says when it has arrived */
void
aq_process_kill (AqProcess *self)
{
  find_process (self->pid)->killed = TRUE;
}

char *
aq_process_reap (AqProcess    *self,
                 AqProcessEnd *out_end)
{
  FakeWorker *worker = find_process (self->pid);

  if (out_end != NULL)
    *out_end = worker->killed ? (AqProcessEnd) { .exit_status = -1, .signal = SIGKILL } : (AqProcessEnd) { 0 };
  worker->gone = TRUE;
  (void) close (self->pidfd); /* an event */
  *self = (AqProcess) { .pidfd = -1 };
  return g_strdup (worker->killed ? "was killed" : "exited with status 0");
}

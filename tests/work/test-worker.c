/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SPDX-FileCopyrightText: asyncq developers */

/*
 * The program asyncq-worker, from the other end of its socket
 */

#include "config.h"

#include "fixture.h"

#include "work/aq-process.h"
#include "work/worker/aq-wire.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  AqProcess    process;
  int          fd;
  AqWireBuffer in;
  AqWireBuffer out;
} Worker;

static void
spawn (Worker *self,
       int     parent)
{
  g_autofree char *parent_argument = g_strdup_printf ("--parent=%d", parent);
  const char *argv[] = { built_worker (), parent_argument, NULL };
  g_autoptr(GError) error = NULL;
  int ends[2];

  *self = (Worker) { .fd = -1 };
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  self->fd = ends[0];
  g_assert_true (aq_process_spawn (&self->process, argv, &(AqProcessDescriptor) { ends[1], AQ_WIRE_CHANNEL_FD },
                                   1, &error));
  g_assert_no_error (error);
  close (ends[1]);
}

/* sends what is in `out`, with a descriptor, or -1, attached to its first byte */
static void
send_out (Worker *self,
          int     attached_fd)
{
  struct iovec data = { self->out.data + self->out.start, self->out.end - self->out.start };
  union
  {
    struct cmsghdr align;
    guint8         bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

  if (attached_fd >= 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      CMSG_FIRSTHDR (&message)->cmsg_level = SOL_SOCKET;
      CMSG_FIRSTHDR (&message)->cmsg_type = SCM_RIGHTS;
      CMSG_FIRSTHDR (&message)->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (CMSG_FIRSTHDR (&message)), &attached_fd, sizeof attached_fd);
    }
  g_assert_cmpint (sendmsg (self->fd, &message, MSG_NOSIGNAL), ==, (gssize) data.iov_len);
  aq_wire_buffer_consume (&self->out, data.iov_len);
}

/* the next frame; FALSE at the end of the socket */
static gboolean
receive (Worker      *self,
         AqWireFrame *frame)
{
  g_autoptr(GError) error = NULL;

  while (!aq_wire_next_frame (&self->in, frame, &error))
    {
      gssize n_received;

      g_assert_no_error (error);
      n_received = recv (self->fd, aq_wire_buffer_reserve (&self->in, 65536), 65536, 0);
      if (n_received <= 0)
        return FALSE;
      self->in.end += (gsize) n_received;
    }
  return TRUE;
}

/* the next end of a job. A busy machine may make a short job a long one, which the worker says. */
static AqWireDone
receive_done (Worker *self)
{
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  AqWireFrame frame;
  AqWireDone done;

  g_assert_true (receive (self, &frame));
  while (frame.kind == AQ_WIRE_RETURNED)
    {
      g_assert_true (aq_wire_parse_returned (&frame, leases, NULL));
      g_assert_cmpuint (leases->len, ==, 0);
      g_assert_true (receive (self, &frame));
    }
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_DONE);
  g_assert_true (aq_wire_parse_done (&frame, &done, NULL));
  return done;
}

static void
load (Worker     *self,
      const char *plugin)
{
  g_autoptr(GVariant) settings = g_variant_ref_sink (g_variant_new_parsed ("@a{ss} {}"));
  g_autofree char *path = built_plugin (plugin);
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  AqWireFrame frame;

  g_assert_cmpint (fd, >=, 0);
  aq_wire_append_load (&self->out, &(AqWireLoad) {
    1, plugin, g_variant_get_data (settings), g_variant_get_size (settings),
  });
  send_out (self, fd);
  close (fd);
  g_assert_true (receive (self, &frame));
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_LOADED);
}

static void
set_up (Worker        *self,
        gconstpointer  data)
{
  AqWireFrame frame;

  spawn (self, (int) getpid ());
  aq_wire_append_settings (&self->out, &(AqWireSettings) { AQ_WIRE_VERSION, "main" });
  send_out (self, -1);
  g_assert_true (receive (self, &frame));
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_READY);
  g_assert_true (aq_wire_parse_ready (&frame, NULL));
  load (self, "demo");
}

static void
tear_down (Worker        *self,
           gconstpointer  data)
{
  close (self->fd);
  if (self->process.pid != 0)
    {
      aq_process_kill (&self->process);
      g_free (aq_process_reap (&self->process, NULL));
    }
  aq_wire_buffer_clear (&self->in);
  aq_wire_buffer_clear (&self->out);
}

static void
push (Worker     *self,
      guint64     lease,
      const char *function,
      const char *arguments)
{
  g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (arguments));

  aq_wire_append_run (&self->out, &(AqWireRun) {
    .id = lease, .lease = lease, .attempt = 1, .function = function, .queue = "",
    .arguments_type = g_variant_get_type_string (value),
    .arguments = g_variant_get_data (value), .arguments_size = g_variant_get_size (value),
  });
}

static void
assert_failed (AqWireDone  done,
               guint64     lease,
               const char *domain,
               const char *pattern)
{
  g_autoptr(GVariant) failure = NULL;
  const char *found_domain, *message;
  gint32 code;

  g_assert_cmpuint (done.lease, ==, lease);
  g_assert_cmpuint (done.failed, ==, 1);
  g_assert_cmpstr (done.result_type, ==, "(sis)");
  failure = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE ("(sis)"), done.result,
                                                         done.result_size, FALSE, NULL, NULL));
  g_assert_true (g_variant_is_normal_form (failure));
  g_variant_get (failure, "(&si&s)", &found_domain, &code, &message);
  if (!g_regex_match_simple (pattern, message, 0, 0))
    g_test_message ("the message is: %s", message);
  g_assert_true (g_regex_match_simple (pattern, message, 0, 0));
  g_assert_cmpstr (found_domain, ==, domain);
}

static void
assert_ends (Worker     *self,
             const char *how)
{
  g_autofree char *found = aq_process_reap (&self->process, NULL);

  g_assert_cmpstr (found, ==, how);
}

static void
test_a_batch_is_answered_job_by_job (Worker        *self,
                                     gconstpointer  data)
{
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 next = 1;

  for (guint64 lease = 1; lease <= 100; lease++)
    push (self, lease, "demo.multiply", "(6, 7)");
  send_out (self, -1);
  while (next <= 100)
    {
      AqWireFrame frame;
      AqWireDone done;

      g_assert_true (receive (self, &frame));
      if (frame.kind == AQ_WIRE_RETURNED)
        {
          /* the machine is busy: again, in the same order */
          g_assert_true (aq_wire_parse_returned (&frame, leases, NULL));
          for (guint i = 0; i < leases->len; i++)
            push (self, g_array_index (leases, guint64, i), "demo.multiply", "(6, 7)");
          if (leases->len > 0)
            send_out (self, -1);
          continue;
        }
      g_assert_true (aq_wire_parse_done (&frame, &done, NULL));
      g_assert_cmpuint (done.lease, ==, next++);
      g_assert_cmpuint (done.failed, ==, 0);
      g_assert_cmpstr (done.result_type, ==, "i");
      g_assert_cmpint (*(const gint32 *) done.result, ==, 42);
    }
}

static void
test_functions_that_no_plugin_declares_are_not_found (Worker        *self,
                                                      gconstpointer  data)
{
  static const char * const names[] = {
    "demo.nothing", "system", "demo.system", "libc.system", "demo.exit", "c.exit", "g.free", "demo", "", ".", "demo.",
    "libc.exit", "g_free", "demo.g_free", "demo.demo_noop", "demo.asyncq_plugin", "demo.functions", "demo.noop ",
    "demo.noop@plt", "DEMO.noop", "demo..noop", "probe.append_line", "probe.double@", "demo.probe_double", "probe.noop",
    "/lib/x86_64-linux-gnu/libc.so.6.system", "libc.so.6.system", "asyncq.asyncq_error_quark",
  };

  load (self, "probe");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      push (self, i + 1, names[i], "('true',)");
      send_out (self, -1);
      assert_failed (receive_done (self), i + 1, "asyncq-error-quark", "no loaded plugin declares a function");
    }
}

static void
test_arguments_of_another_type_are_not_passed_on (Worker        *self,
                                                  gconstpointer  data)
{
  push (self, 1, "demo.multiply", "(6, 'seven')");
  send_out (self, -1);
  assert_failed (receive_done (self), 1, "asyncq-error-quark",
                 "the job has arguments of type '\\(is\\)', its function wants '\\(ii\\)'");
}

static void
test_jobs_behind_a_long_one_come_back_before_it_ends (Worker        *self,
                                                      gconstpointer  data)
{
  g_autoptr(GArray) leases = g_array_new (FALSE, FALSE, sizeof (guint64));
  const guint64 wanted[] = { 3, 4, 5 };
  AqWireFrame frame;

  push (self, 2, "demo.sleep", "(1000.0,)");
  for (guint64 lease = 3; lease <= 5; lease++)
    push (self, lease, "demo.noop", "()");
  send_out (self, -1);

  g_assert_true (receive (self, &frame));
  g_assert_cmpint (frame.kind, ==, AQ_WIRE_RETURNED);
  g_assert_true (aq_wire_parse_returned (&frame, leases, NULL));
  g_assert_cmpmem (leases->data, leases->len * sizeof (guint64), wanted, sizeof wanted);

  /* what comes later goes back too, and what is cancelled ends */
  push (self, 6, "demo.noop", "()");
  send_out (self, -1);
  g_assert_true (receive (self, &frame));
  g_assert_true (aq_wire_parse_returned (&frame, leases, NULL));
  g_assert_cmpuint (leases->len, ==, 1);
  g_assert_cmpuint (g_array_index (leases, guint64, 0), ==, 6);

  aq_wire_append_cancel (&self->out, 1); /* not meant for the one that runs */
  aq_wire_append_cancel (&self->out, 2);
  send_out (self, -1);
  assert_failed (receive_done (self), 2, "g-io-error-quark", "cancelled");

  push (self, 7, "demo.noop", "()");
  send_out (self, -1);
  g_assert_cmpuint (receive_done (self).lease, ==, 7);
}

static void
test_a_job_that_snoozes_comes_back_with_its_delay (Worker        *self,
                                                   gconstpointer  data)
{
  AqWireDone done;

  load (self, "probe");
  push (self, 1, "probe.snooze", "(int64 5000, uint32 1)");
  push (self, 2, "probe.snooze", "(int64 9223372036854775807, uint32 1)");
  send_out (self, -1);
  done = receive_done (self);
  g_assert_cmpuint (done.lease, ==, 1);
  g_assert_cmpuint (done.snoozed, ==, 1);
  g_assert_cmpuint (done.snooze_usec, ==, 5000);
  done = receive_done (self);
  g_assert_cmpuint (done.snooze_usec, ==, AQ_WIRE_MAX_SNOOZE_USEC);

  /* the next one does not */
  push (self, 3, "demo.multiply", "(6, 7)");
  send_out (self, -1);
  done = receive_done (self);
  g_assert_cmpuint (done.snoozed, ==, 0);
  g_assert_cmpstr (done.result_type, ==, "i");
}

static void
test_a_job_that_snoozes_returns_nothing_else (Worker        *self,
                                              gconstpointer  data)
{
  load (self, "hostile");
  push (self, 1, "hostile.snooze_too", "(false,)");
  push (self, 2, "hostile.snooze_too", "(true,)");
  send_out (self, -1);
  assert_failed (receive_done (self), 1, "asyncq-error-quark", "snoozed, and returned a value as well");
  assert_failed (receive_done (self), 2, "asyncq-error-quark", "snoozed, and returned a job as well");
}

static void
test_the_next_job_is_not_cancelled_with_the_last (Worker        *self,
                                                  gconstpointer  data)
{
  AqWireFrame frame;

  for (guint64 lease = 1; lease <= 20; lease++)
    {
      push (self, lease, "demo.sleep", "(1000.0,)");
      send_out (self, -1);
      g_assert_true (receive (self, &frame));
      g_assert_cmpint (frame.kind, ==, AQ_WIRE_RETURNED);
      aq_wire_append_cancel (&self->out, lease);
      send_out (self, -1);
      assert_failed (receive_done (self), lease, "g-io-error-quark", "cancelled");
      push (self, 100 + lease, "demo.sleep", "(0.0,)");
      send_out (self, -1);
      g_assert_cmpuint (receive_done (self).failed, ==, 0);
    }
}

static void
test_it_ends_when_the_socket_does (Worker        *self,
                                   gconstpointer  data)
{
  g_assert_cmpint (shutdown (self->fd, SHUT_RDWR), ==, 0);
  assert_ends (self, "exited with status 0");
}

static void
test_it_ends_while_a_function_runs (Worker        *self,
                                    gconstpointer  data)
{
  AqWireFrame frame;

  push (self, 1, "demo.sleep", "(1000.0,)");
  send_out (self, -1);
  g_assert_true (receive (self, &frame)); /* it takes its time */
  g_assert_cmpint (shutdown (self->fd, SHUT_RDWR), ==, 0);
  assert_ends (self, "exited with status 0");
}

static void
test_it_ends_when_the_socket_did_just_after_the_job (Worker        *self,
                                                     gconstpointer  data)
{
  push (self, 1, "demo.sleep", "(1000.0,)");
  send_out (self, -1);
  g_assert_cmpint (shutdown (self->fd, SHUT_RDWR), ==, 0);
  assert_ends (self, "exited with status 0");
}

static void
test_it_ends_at_a_frame_that_makes_no_sense (Worker        *self,
                                             gconstpointer  data)
{
  const guint32 words[] = { GUINT32_TO_LE (16), GUINT32_TO_LE (99), 0, 0 };

  g_assert_cmpint (send (self->fd, words, sizeof words, 0), ==, sizeof words);
  assert_ends (self, "exited with status 71");
}

static void
test_another_version_of_the_protocol_ends_it (void)
{
  Worker worker;

  spawn (&worker, (int) getpid ());
  aq_wire_append_settings (&worker.out, &(AqWireSettings) { AQ_WIRE_VERSION + 1, "main" });
  send_out (&worker, -1);
  assert_ends (&worker, "exited with status 71");
  tear_down (&worker, NULL);
}

static void
test_somebody_elses_child_does_not_stay (void)
{
  Worker worker;

  spawn (&worker, 1);
  assert_ends (&worker, "exited with status 0");
  tear_down (&worker, NULL);
}

static void
test_it_has_nothing_of_ours_but_the_socket (void)
{
  Worker worker;
  AqWireFrame frame;
  g_autofree char *folder = NULL;
  g_autoptr(GDir) dir = NULL;
  const char *name;
  int leaked = open ("/dev/null", O_RDONLY); /* without O_CLOEXEC, on purpose */

  spawn (&worker, (int) getpid ());
  aq_wire_append_settings (&worker.out, &(AqWireSettings) { AQ_WIRE_VERSION, "main" });
  send_out (&worker, -1);
  g_assert_true (receive (&worker, &frame));
  folder = g_strdup_printf ("/proc/%d/fd", worker.process.pid);
  dir = g_dir_open (folder, 0, NULL);
  if (dir == NULL)
    g_test_skip ("only root can see the descriptors of a process that is not dumpable");
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);
      gint64 number = g_ascii_strtoll (name, NULL, 10);

      if (number == 0)
        g_assert_cmpstr (target, ==, "/dev/null");
      else if (number == 3)
        g_assert_true (g_str_has_prefix (target, "socket:"));
      else if (number > 3) /* the timer and the event of its second thread; who its children are */
        g_assert_true (g_str_has_prefix (target, "anon_inode:") || g_str_has_suffix (target, "/children") ||
                     g_str_has_suffix (target, "/clear_refs") || g_str_has_suffix (target, "/status"));
    }
  close (leaked);
  tear_down (&worker, NULL);
}

static void
test_the_environment_names_no_code_to_load (void)
{
  Worker worker;
  AqWireFrame frame;
  g_autofree char *path = NULL;
  g_autofree char *environment = NULL;
  gsize size;

  g_setenv ("LD_BIND_NOW", "1", TRUE);
  g_setenv ("GIO_EXTRA_MODULES", "/nowhere", TRUE);
  g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
  spawn (&worker, (int) getpid ());
  g_unsetenv ("LD_BIND_NOW");
  g_unsetenv ("GIO_EXTRA_MODULES");
  g_unsetenv ("G_MESSAGES_DEBUG");
  aq_wire_append_settings (&worker.out, &(AqWireSettings) { AQ_WIRE_VERSION, "main" });
  send_out (&worker, -1);
  g_assert_true (receive (&worker, &frame));
  path = g_strdup_printf ("/proc/%d/environ", worker.process.pid);
  if (g_file_get_contents (path, &environment, &size, NULL))
    for (gsize i = 0; i < size; i += strlen (environment + i) + 1)
      {
        g_assert_false (g_str_has_prefix (environment + i, "LD_"));
        g_assert_false (g_str_has_prefix (environment + i, "G_") &&
                        !g_str_has_prefix (environment + i, "G_SLICE=")); /* a sanitizer's tests set it */
        g_assert_false (g_str_has_prefix (environment + i, "GIO_"));
      }
  else
    g_test_skip ("only root can see the environment of a process that is not dumpable");
  tear_down (&worker, NULL);
}

/* In a process of its own: has workers, tells who they are, and waits to be killed. */
G_NORETURN
static void
be_a_daemon (void)
{
  static const char * const plugins[] = { "demo", NULL };
  g_autoptr(Fixture) fixture = fixture_new (2, plugins);
  g_autoptr(GArray) pids = fixture_pids (fixture);
  guint64 id = fixture_call (fixture, "demo.sleep", "(1000.0,)");

  while (TRUE)
    {
      g_autofree char *state = fixture_state (fixture, id);

      if (g_str_equal (state, "active"))
        break;
      fixture_turn ();
    }
  for (guint i = 0; i < pids->len; i++)
    g_print ("pid %u\n", g_array_index (pids, guint32, i));
  g_print ("directory %s\n", fixture->directory);
  while (TRUE)
    fixture_turn ();
}

static void
wait_until_gone (int pidfd)
{
  struct pollfd fd = { pidfd, POLLIN };

  g_assert_cmpint (poll (&fd, 1, -1), ==, 1);
  close (pidfd);
}

static void
test_workers_end_with_their_daemon (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GDataInputStream) lines = NULL;
  GArray *pidfds = g_array_new (FALSE, FALSE, sizeof (int));
  g_autofree char *directory = NULL;
  char *line;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe", "--daemon", NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  while (directory == NULL && (line = g_data_input_stream_read_line (lines, NULL, NULL, NULL)) != NULL)
    {
      if (g_str_has_prefix (line, "directory "))
        directory = g_strdup (line + strlen ("directory "));
      else if (g_str_has_prefix (line, "pid "))
        {
          int pidfd = pidfd_open ((pid_t) g_ascii_strtoll (line + strlen ("pid "), NULL, 10), 0);

          g_assert_cmpint (pidfd, >=, 0);
          g_array_append_val (pidfds, pidfd);
        }
      g_free (line);
    }
  g_assert_cmpuint (pidfds->len, ==, 2);

  g_subprocess_force_exit (process);
  for (guint i = 0; i < pidfds->len; i++)
    wait_until_gone (g_array_index (pidfds, int, i));
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  remove_directory (directory);
  g_array_unref (pidfds);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "--daemon"))
    be_a_daemon ();
  g_test_init (&argc, &argv, NULL);

#define ADD(name) g_test_add ("/workers/worker/" #name, Worker, NULL, set_up, test_##name, tear_down)
#define ADD_PLAIN(name) g_test_add_func ("/workers/worker/" #name, test_##name)
  ADD (a_batch_is_answered_job_by_job);
  ADD (functions_that_no_plugin_declares_are_not_found);
  ADD (arguments_of_another_type_are_not_passed_on);
  ADD (jobs_behind_a_long_one_come_back_before_it_ends);
  ADD (a_job_that_snoozes_comes_back_with_its_delay);
  ADD (a_job_that_snoozes_returns_nothing_else);
  ADD (the_next_job_is_not_cancelled_with_the_last);
  ADD (it_ends_when_the_socket_does);
  ADD (it_ends_while_a_function_runs);
  ADD (it_ends_when_the_socket_did_just_after_the_job);
  ADD (it_ends_at_a_frame_that_makes_no_sense);
  ADD_PLAIN (another_version_of_the_protocol_ends_it);
  ADD_PLAIN (somebody_elses_child_does_not_stay);
  ADD_PLAIN (it_has_nothing_of_ours_but_the_socket);
  ADD_PLAIN (the_environment_names_no_code_to_load);
  ADD_PLAIN (workers_end_with_their_daemon);
#undef ADD_PLAIN
#undef ADD

  return g_test_run ();
}

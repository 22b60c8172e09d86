#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""libasyncq-testing, as a program of somebody else uses it."""

import os
import subprocess
import unittest

import harness
import tap

PROGRAM = r"""
#include <asyncq-testing.h>

#define HOUR (3600 * (gint64) G_USEC_PER_SEC)

static void
assert_state (AsyncqClient *client, guint64 id, AsyncqJobState wanted)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) jobs = asyncq_client_list_jobs_sync (client, "", 0, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < jobs->len; i++)
    if (asyncq_job_info_get_id (jobs->pdata[i]) == id)
      {
        g_assert_cmpint (asyncq_job_info_get_state (jobs->pdata[i]), ==, wanted);
        return;
      }
  g_assert_not_reached ();
}

static guint64
submit (AsyncqClient *client, const char *function, gint64 delay_usec)
{
  g_autoptr(AsyncqJobSpec) spec = asyncq_job_spec_new (function);
  g_autoptr(GError) error = NULL;
  guint64 id;

  if (delay_usec > 0)
    asyncq_job_spec_set_delay (spec, delay_usec);
  asyncq_client_submit_sync (client, spec, &id, NULL, &error);
  g_assert_no_error (error);
  return id;
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AsyncqTesting) testing = asyncq_testing_new (argv[1], &error);
  AsyncqClient *client;
  guint64 now_id, later_id;
  gint64 time_usec;

  g_assert_no_error (error);
  client = asyncq_testing_get_client (testing);
  g_print ("%s\n", asyncq_testing_get_address (testing));

  g_assert_true (asyncq_testing_drain (testing, &error));
  now_id = submit (client, "demo.noop", 0);
  later_id = submit (client, "demo.noop", HOUR);
  g_assert_true (asyncq_testing_drain (testing, &error));
  assert_state (client, now_id, ASYNCQ_JOB_STATE_COMPLETED);
  assert_state (client, later_id, ASYNCQ_JOB_STATE_PENDING);

  time_usec = asyncq_testing_get_time (testing, &error);
  g_assert_true (asyncq_testing_advance (testing, HOUR, &error));
  g_assert_cmpint (asyncq_testing_get_time (testing, &error), ==, time_usec + HOUR);
  g_assert_true (asyncq_testing_drain (testing, &error));
  assert_state (client, later_id, ASYNCQ_JOB_STATE_COMPLETED);

  g_assert_true (asyncq_testing_set_time (testing, 1000, &error));
  g_assert_cmpint (asyncq_testing_get_time (testing, &error), ==, 1000);
  g_assert_false (asyncq_testing_advance (testing, -1, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_INVALID);
  g_clear_error (&error);

  asyncq_testing_stop (testing);
  g_assert_false (asyncq_testing_drain (testing, &error));
  g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
  return 0;
}
"""

PYTHON = """
import sys
import gi
gi.require_version("AsyncqTesting", "1")
from gi.repository import AsyncqTesting
testing = AsyncqTesting.Testing.new(sys.argv[1])
testing.drain()
testing.advance(1000000)
print(testing.get_address())
testing.stop()
"""


class Testing(harness.Case):
    def environment(self):
        library = harness.built("libasyncq")
        return {**os.environ, "ASYNCQD": harness.ASYNCQD, "ASYNCQ_WORKER": harness.WORKER,
                "GI_TYPELIB_PATH": library, "LD_LIBRARY_PATH": library}

    def plugins(self):
        """A directory with demo in it."""
        daemon = self.new_daemon(plugins=["demo"])
        return daemon.plugins

    def run_program(self, *command):
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=harness.TIMEOUT, check=False, env=self.environment())
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        return run.stdout.strip()

    def assert_gone(self, address):
        self.assertFalse(os.path.exists(os.path.dirname(address.removeprefix("unix:path="))))

    def test_a_program_of_somebody_else(self):
        program = self.path("program")
        subprocess.run(["cc", "-Wall", "-Werror", "-x", "c", "-", "-o", program,
                        *harness.pkg_config("--cflags", "--libs", "asyncq-testing-1")],
                       input=PROGRAM, text=True, check=True)
        self.assert_gone(self.run_program(program, self.plugins()))

    def test_a_daemon_that_does_not_start(self):
        program = self.path("fails")
        source = """#include <asyncq-testing.h>
                    int main (void)
                    {
                      g_autoptr(GError) error = NULL;
                      g_assert_null (asyncq_testing_new ("/nonexistent", &error));
                      g_assert_error (error, ASYNCQ_ERROR, ASYNCQ_ERROR_NOT_RUNNING);
                      return 0;
                    }"""
        subprocess.run(["cc", "-Wall", "-Werror", "-x", "c", "-", "-o", program,
                        *harness.pkg_config("--cflags", "--libs", "asyncq-testing-1")],
                       input=source, text=True, check=True)
        subprocess.run([program], env={**self.environment(), "ASYNCQD": "/bin/false"}, check=True,
                       timeout=harness.TIMEOUT)

    @unittest.skipUnless(os.path.exists(harness.built("libasyncq", "AsyncqTesting-1.typelib")),
                         "built without introspection")
    def test_from_python(self):
        self.assert_gone(self.run_program("/usr/bin/python3", "-c", PYTHON, self.plugins()))


if __name__ == "__main__":
    tap.main()

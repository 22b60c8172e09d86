#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl plugin run: one function of a plugin, without a daemon."""

import os
import subprocess

import harness
import tap


class PluginRun(harness.Case):
    def run_function(self, *words, status=0):
        """What it prints, and what it says beside."""
        run = subprocess.run([harness.ASYNCQCTL, "plugin", "run", *words], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=harness.TIMEOUT, check=False,
                             env={**os.environ, "ASYNCQ_WORKER": harness.WORKER})
        self.assertEqual(status, run.returncode, run.stdout + run.stderr)
        return run.stdout, run.stderr

    def test_prints_the_result(self):
        demo = harness.plugin_file("demo")
        self.assertEqual(("42\n", ""), self.run_function(demo + ":multiply", "14", "3"))
        self.assertEqual(("42\n", ""), self.run_function(demo + ":demo.multiply", "y=3", "x=14"))
        self.assertEqual(("-42\n", ""), self.run_function(demo + ":multiply", "--", "-14", "3"))
        self.assertEqual(("", ""), self.run_function(demo + ":noop"))

    def test_tells_what_a_daemon_would_do(self):
        notes = harness.plugin_file("notes")
        self.assertEqual(("", "annotation flag: true\n"), self.run_function(notes + ":set", "0", "flag", "<true>"))
        self.assertEqual(("", "progress: 50 % 1/2 counting\nprogress: 100 % 2/2 counting\n"),
                         self.run_function(notes + ":progress", "2"))
        self.assertEqual(("6\n", "checkpoint: uint32 6\n"),
                         self.run_function("--checkpoint=uint32 5", notes + ":checkpoint", "0"))
        self.assertEqual(("1\n", "once effect: begins\nonce effect: uint32 1\n"),
                         self.run_function(notes + ":once", self.path("effects"), "well"))
        self.assertEqual(("2\n", "annotation count: uint32 1\nannotation count: uint32 2\n"),
                         self.run_function(notes + ":flood", "2"))
        said = self.run_function(harness.plugin_file("probe") + ":count_down", "1")[1]
        self.assertIn("returns job: ", said)
        self.assertIn("probe.count_down", said)

    def test_a_deferred_job_is_waited_for(self):
        later = harness.plugin_file("later")
        self.assertEqual(("<'x'>\n", ""), self.run_function(later + ":value", "<'x'>", "5"))
        self.assertEqual("'from a thread'\n", self.run_function(later + ":thread")[0])
        self.assertIn("failed later", self.run_function(later + ":fail", status=20)[1])
        self.assertIn("which it does not declare", self.run_function(later + ":undeclared", status=20)[1])
        self.assertEqual("1\n", self.run_function(later + ":set_ups")[0])

    def test_an_object_is_given_and_shown(self):
        demo = harness.plugin_file("demo")
        self.assertEqual(("6\n", "object: 6\n"), self.run_function("--object=1", demo + ":increase", "5"))
        self.assertIn("give it one with --object=VALUE", self.run_function(demo + ":increase", status=2)[1])
        self.assertIn("increase", self.run_function("--object='x'", demo + ":increase", status=2)[1])

    def test_a_failure_has_its_status(self):
        demo = harness.plugin_file("demo")
        self.assertEqual(("", "failed: on purpose (asyncq-error-quark 1)\n"),
                         self.run_function(demo + ":error", "on purpose", status=20))
        self.assertIn("argument 'y' is missing", self.run_function(demo + ":multiply", "1", status=2)[1])
        self.run_function(demo + ":crash", "KILL", status=128 + 9)

    def test_what_is_no_plugin_is_refused(self):
        demo = harness.plugin_file("demo")
        self.assertIn("has no function 'nothing'", self.run_function(demo + ":nothing", status=65)[1])
        self.assertIn("found plugin ABI", self.run_function(harness.plugin_file("wrong_abi") + ":run", status=65)[1])
        self.assertIn("could not open", self.run_function(self.path("none.so") + ":run", status=65)[1])
        self.assertIn("wanted ID.so:FUNCTION", self.run_function("demo", status=65)[1])
        self.assertIn("'plugin run' wants more words", self.run_function(status=2)[1])


if __name__ == "__main__":
    tap.main()

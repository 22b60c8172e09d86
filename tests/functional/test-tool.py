#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl: help for every verb, output for people and as JSON, exit statuses."""

import json
import os
import subprocess

import harness
import tap

VERBS = ("submit", "run", "wait", "list", "show", "cancel", "retry", "snooze", "change", "clean", "queue", "agent",
         "factory", "policy", "claiming", "status", "functions", "monitor", "async", "call", "introspect",
         "get-property", "schedule", "calendar", "scheduling")
OK, ERROR, USAGE, TIMED_OUT, UNREACHABLE, NO_SUCH, FAILED, CANCELLED = 0, 1, 2, 3, 8, 10, 20, 21


class Tool(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(plugins=["demo", "pi", "probe"])

    def jq(self, text, program):
        """What jq makes of it: each value on a line."""
        run = subprocess.run(["jq", "-c", program], input=text, capture_output=True, text=True,
                             timeout=harness.TIMEOUT, check=False)
        self.assertEqual(0, run.returncode, f"{run.stderr}\n{text}")
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_help_for_every_verb(self):
        overview = self.served.ctl("--help")
        for verb in VERBS:
            with self.subTest(verb):
                self.assertIn(f" {verb} ", overview.replace("\n", " \n"))
                shown = self.served.ctl(verb, "--help")
                self.assertIn(verb, shown)
                self.assertGreater(len(shown.splitlines()), 3)

    def test_json_of_every_verb(self):
        job = self.served.ctl("submit", "demo.multiply", "14", "3")
        self.served.ctl("wait", job)
        path = "/org/asyncq/jobs/" + job
        for form in ("short", "pretty"):
            for arguments in (["list", "state:completed"], ["show", job], ["status"],
                              ["functions"], ["wait", job], ["run", "demo.multiply", "6", "7"],
                              ["submit", "demo.multiply", "6", "7"],
                              ["get-property", path, harness.JOB, "State"],
                              ["call", path, harness.JOB, "Wait", "int64 -1"]):
                with self.subTest(f"{form} {arguments[0]}"):
                    shown = self.served.ctl(*arguments, "--json=" + form)
                    self.assertGreaterEqual(len(self.jq(shown, ".")), 1)

    def complete(self, *words):
        """What bash offers for the last of the words, which it has taken apart at = and :"""
        script = r'''. "$1"; shift
            compopt () { :; }
            _asyncqctl_seconds=60
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _asyncqctl
            printf '%s\n' "${COMPREPLY[@]}"'''
        run = subprocess.run(
            ["bash", "-c", script, "-", os.path.join(harness.ROOT, "data", "completions", "asyncqctl"),
             harness.ASYNCQCTL, *words],
            env={**os.environ, "ASYNCQ_ADDRESS": self.served.address}, capture_output=True,
            text=True, timeout=harness.TIMEOUT, check=False)
        return run.stdout.split()

    def test_bash_completes_what_the_program_knows(self):
        self.assertIn("queue", self.complete("qu"))
        self.assertIn("--unique-scope=", self.complete("submit", "--uni"))
        self.assertEqual(["waiting"], self.complete("submit", "--unique-scope", "=", "wai"))
        self.assertEqual(["failed"], self.complete("list", "state", ":", "fa"))
        self.assertEqual(["pause", "pull", "put"], self.complete("queue", "p"))
        for words in (["agent", "add", "mailer"], ["limit", "create", "database", "--size=1"],
                      ["object", "create", "counter", "1"],
                      ["schedule", "add", "nightly", "--cron=@daily", "demo.noop"]):
            self.served.ctl(*words)
            self.assertEqual([words[2]], self.complete(words[0], "show", words[2][:-1]))
        self.assertEqual(["counter"], self.complete("submit", "--object", "=", "cou"))

    def test_list_as_json(self):
        first = self.served.ctl("submit", "demo.multiply", "1", "2")
        second = self.served.ctl("submit", "demo.multiply", "3", "4")
        self.served.ctl("wait", first)
        self.served.ctl("wait", second)
        shown = self.served.ctl("list", "state:completed", "--json=short")
        self.assertIn("demo.multiply", shown)
        self.assertIn(first, shown)
        self.assertIn(second, shown)

    def test_list_leaves_out_what_is_finished(self):
        job = self.served.ctl("submit", "demo.multiply", "1", "2")
        self.served.ctl("wait", job)
        self.assertNotIn("demo.multiply", self.served.ctl("list"))
        self.assertIn("demo.multiply", self.served.ctl("list", "state:completed"))

    def test_show(self):
        job = self.served.ctl("submit", "demo.multiply", "14", "3")
        self.served.ctl("wait", job)
        shown = dict(line.split("=", 1) for line in self.served.ctl("show", job).splitlines())
        self.assertEqual("demo.multiply", shown["Function"])
        self.assertEqual("succeeded", shown["Outcome"])
        self.assertEqual("completed", self.served.ctl("show", job, "-p", "State", "--value"))

    def test_status(self):
        shown = self.served.ctl("status")
        self.assertIn("main", shown)
        self.assertIn(self.served.store, shown)

    def test_functions(self):
        shown = self.served.ctl("functions")
        for text in ("demo.multiply", "x i, y i", "pi.generate_sample"):
            self.assertIn(text, shown)

    def test_introspect(self):
        shown = self.served.ctl("introspect", "/org/asyncq")
        self.assertIn("org.asyncq.Manager1", shown)
        self.assertIn("SubmitWords", shown)

    def test_status_of_a_failed_job(self):
        for function in ("demo.error", "demo.crash"):
            with self.subTest(function):
                job = self.served.ctl("submit", function)
                run = self.served.ctl_run("wait", job)
                self.assertEqual(FAILED, run.returncode, run.stderr)
                self.assertEqual("", run.stdout)
                self.assertNotEqual("", run.stderr)
                self.served.ctl("run", function, status=FAILED)

    def test_status_of_a_time_out(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        job = self.served.ctl("submit", "probe.hold", fifo)
        self.served.ctl("wait", "--timeout=0.01", job, status=TIMED_OUT)
        with open(fifo, "w", encoding="ascii"):
            pass
        self.served.ctl("wait", job)

    def test_status_of_wrong_usage(self):
        for arguments in ([], ["nosuch"], ["--nosuch"], ["submit"], ["wait"], ["wait", "x"],
                          ["list", "--json=yaml"], ["show"], ["cancel"]):
            with self.subTest(arguments):
                self.served.ctl(*arguments, status=USAGE)

    def test_status_of_what_is_not_there(self):
        for verb in ("wait", "show", "cancel"):
            with self.subTest(verb):
                self.served.ctl(verb, "999", status=NO_SUCH)
        run = self.served.ctl_run("submit", "demo.multipy", "1", "2")
        self.assertEqual(NO_SUCH, run.returncode)
        self.assertIn("demo.multiply", run.stderr)  # the one that was meant

    def test_status_of_bad_arguments(self):
        for words in (["1"], ["1", "2", "3"], ["1", "x"], ["z=1", "1", "2"]):
            with self.subTest(words):
                run = self.served.ctl_run("submit", "demo.multiply", *words)
                self.assertEqual(ERROR, run.returncode, run.stderr)
                self.assertIn("demo.multiply", run.stderr)

    def test_status_without_a_daemon(self):
        run = subprocess.run([harness.ASYNCQCTL, "--address=unix:path=" + self.path("nobody"),
                              "status"], capture_output=True, text=True, check=False)
        self.assertEqual(UNREACHABLE, run.returncode)
        self.assertIn(self.path("nobody"), run.stderr)

    def test_address_from_the_environment(self):
        run = subprocess.run([harness.ASYNCQCTL, "run", "demo.multiply", "6", "7"],
                             env={**os.environ, "ASYNCQ_ADDRESS": self.served.address},
                             capture_output=True, text=True, check=False)
        self.assertEqual("42\n", run.stdout, run.stderr)

    def test_composite_from_a_line(self):
        job = self.served.ctl("submit", "--parallel", "probe.double 1", "probe.double n=2",
                              "--postprocess", "probe.sum start=10")
        self.assertEqual("uint32 16", self.served.ctl("wait", job))
        self.assertEqual("uint32 16", self.served.run(
            "--serial", "probe.double 1", "probe.double 2", "--postprocess", "probe.sum 10"))

    def test_piped_output_has_no_escapes(self):
        job = self.served.ctl("submit", "demo.multiply", "14", "3")
        run = self.served.ctl_run("wait", job)
        self.assertEqual(("42\n", ""), (run.stdout, run.stderr))
        for verb in (["status"], ["list", "state:completed"], ["functions"]):
            self.assertNotIn("\x1b", self.served.ctl(*verb))


if __name__ == "__main__":
    tap.main()

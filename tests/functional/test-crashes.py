#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What is kept of an attempt: where it has crashed, what it has said, and what it has taken.

The plugin `crashes` does each of these; a function is to be told with its source and line,
as the build has debugging information.
"""

import os
import re
import select
import signal
import subprocess
import unittest

import harness
import tap
from gi.repository import GLib

CRASHED = 13  # code of AsyncqError
SOURCE = os.path.join(harness.ROOT, "tests", "plugins", "crashes.c")
# a sanitizer ends its program by itself
SANITIZED = bool(os.environ.get("ASAN_OPTIONS"))
JOBS = "/org/asyncq/jobs/{}"
MIB = 1 << 20


def line_of(text):
    """The number of the first line of the plugin's source that has the text in it."""
    with open(SOURCE, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


def flat(shown):
    """What asyncqctl shows, without the lines that it is broken into."""
    return re.sub(r"\s+", " ", shown)


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.daemon(plugins=["crashes", "demo"])

    @property
    def bus(self):
        return self.server.bus

    def submit(self, function, arguments=None):
        entry = {"function": f"crashes.{function}", "retry": "never"}
        if arguments is not None:
            entry["arguments"] = harness.text(arguments)
        job, = self.bus.submit(entry)
        return job

    def attempt(self, job):
        """The only one, once it is over."""
        self.bus.wait(job)
        attempt, = self.bus.job(job)["Attempts"]
        return attempt

    def log(self, job, first=0, timeout=0):
        """(the texts of the lines, number of the next one, whether more may come)"""
        _number, lines, following, more = self.bus.call(JOBS.format(job), "org.asyncq.Job1", "GetLog",
                                                   GLib.Variant("(utx)", (0, first, timeout)))
        return [line[2] for line in lines], following, more


@unittest.skipIf(SANITIZED, "a sanitizer has handlers of its own")
class Stacks(Case):
    def crash(self, function):
        job = self.submit(function)
        attempt = self.attempt(job)
        outcome, result = self.bus.wait(job)
        self.assertEqual(("failed", CRASHED), (outcome, result[1]), result)
        self.assertEqual("crashed", attempt["end"])
        return job, attempt

    def assert_frame(self, attempt, function, text=None):
        """The stack has that function, at that line of the source. Returns: its index"""
        stack = attempt["stack"]
        index = next((i for i, frame in enumerate(stack) if frame.get("function") == function), None)
        self.assertIsNotNone(index, stack)
        frame = stack[index]
        self.assertEqual("crashes.so", frame["file"])
        self.assertEqual(attempt["build"], frame["build-id"])
        self.assertTrue(frame["source"].endswith("tests/plugins/crashes.c"), frame)
        self.assertGreater(frame["line"], 0)
        if text is not None:
            self.assertEqual(line_of(text), frame["line"])
        return index

    def test_a_crash_in_an_inlined_function_is_told_with_function_line_and_build(self):
        job, attempt = self.crash("segv")
        self.assertEqual(signal.SIGSEGV, attempt["signal"])
        self.assertEqual(self.bus.functions()["crashes.segv"]["build"], attempt["build"])
        indices = [self.assert_frame(attempt, "crash_inlined", "return *nowhere;"),
                   self.assert_frame(attempt, "crash_in_static", "return depth + crash_inlined ();"),
                   self.assert_frame(attempt, "crashes_segv", "g_variant_new_int32 (crash_in_static (1))")]
        self.assertEqual([0, 1, 2], indices)
        for shown in (self.server.ctl("status", str(job)), self.server.ctl("show", "--attempts", str(job))):
            self.assertIn("Signal: 11", shown)
            for index, function in enumerate(("crash_inlined", "crash_in_static", "crashes_segv")):
                line = attempt["stack"][index]["line"]
                # the build is told once for the frames of one file
                build = " " + attempt["build"][:12] if index == 0 else ""
                self.assertRegex(flat(shown), rf"#{index} {function}\+0x[0-9a-f]+ at crashes\.c:{line} "
                                              rf"\(crashes\.so{build}\)")
            self.assertNotIn("main+", shown)

    def test_whoever_aborts_is_found_beneath_the_c_library(self):
        _job, attempt = self.crash("abort")
        self.assertEqual(signal.SIGABRT, attempt["signal"])
        self.assertGreater(self.assert_frame(attempt, "crashes_abort", "abort ();"), 0)

    def test_a_full_stack_is_no_obstacle(self):
        _job, attempt = self.crash("overflow")
        self.assertEqual(signal.SIGSEGV, attempt["signal"])
        self.assert_frame(attempt, "recurse")

    def test_a_call_of_nothing_tells_who_called(self):
        _job, attempt = self.crash("wild_call")
        self.assert_frame(attempt, "crashes_wild_call", "g_variant_new_int32 (function () + 1)")

    def test_the_stack_is_that_of_the_thread_which_crashed(self):
        _job, attempt = self.crash("thread")
        self.assertEqual(0, self.assert_frame(attempt, "crash_inlined", "return *nowhere;"))
        self.assert_frame(attempt, "crash_in_thread", "GINT_TO_POINTER (crash_in_static (2))")
        self.assertNotIn("crashes_thread", [frame.get("function") for frame in attempt["stack"]])

    def test_a_handler_of_the_plugin_comes_before_ours(self):
        job, attempt = self.crash("own_handler")
        self.assertEqual(23, attempt["exit-status"])
        self.assertFalse({"stack", "signal"} & set(attempt))
        self.assertRegex(flat(self.server.ctl("status", str(job))), r"exited with status 23")

    def test_a_stack_that_was_overwritten_costs_no_more_than_the_stack(self):
        _job, attempt = self.crash("smashed")
        self.assertIn(attempt["signal"], (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL))
        self.assertEqual("42", self.server.run("demo.multiply", "6", "7"))

    def test_a_stack_is_still_there_after_a_restart(self):
        job, before = self.crash("segv")
        self.server.restart()
        after, = self.bus.job(job)["Attempts"]
        self.assertEqual(before, after)


class Words(Case):
    def test_output_and_log_lines_are_kept_with_the_attempt(self):
        for crash in ("false", "true"):
            job = self.submit("talk", f"({crash},)")
            attempt = self.attempt(job)
            self.assertIn("said on stdout\n", attempt["output"])
            self.assertIn("said on stderr\n", attempt["output"])
            self.assertIn("no end of a line", attempt["output"])
            self.assertGreaterEqual(attempt["output-bytes"], len(attempt["output"]))
            self.assertEqual(3, attempt["log-lines"])
            self.assertEqual((["step 1", "two", "lines \N{REPLACEMENT CHARACTER}"], 3, False), self.log(job))
            for shown in (self.server.ctl("status", str(job)), self.server.ctl("show", "--attempts", str(job))):
                self.assertIn("said on stderr", shown)
                self.assertIn("message: step 1", shown)
                self.assertIn("warning: two", shown)

    def test_a_log_has_its_newest_lines_alone(self):
        job = self.submit("log_much")
        attempt = self.attempt(job)
        kept, following, more = [], 0, True
        while more:
            lines, following, more = self.log(job, following)
            kept += lines
        self.assertEqual(3000, following)
        self.assertEqual(3000, len(kept) + attempt["log-dropped"])
        self.assertLessEqual(len(kept), 1000)
        self.assertEqual([f"line {i}" for i in range(3000 - len(kept), 3000)], kept)

    def test_who_prints_more_than_it_may_is_stopped(self):
        job = self.submit("print_limited", "(uint32 50000000,)")
        attempt = self.attempt(job)
        self.assertEqual("output", attempt["limit"])
        self.assertLessEqual(len(attempt["output"]), 8192)

    def next_line(self, tool):
        """It is there as soon as it is said."""
        self.assertTrue(select.select([tool.stdout], [], [], harness.TIMEOUT)[0])
        return tool.stdout.readline().decode()

    def follow(self, crash):
        """Reads what a job says while it runs, over the bus and with asyncqctl."""
        fifo = self.path(f"lines-{crash}")
        os.mkfifo(fifo)
        job = self.submit("repeat", f"('{fifo}', {crash})")
        tool = subprocess.Popen([harness.ASYNCQCTL, "--address=" + self.server.address, "log", "-f", str(job)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0)
        self.addCleanup(tool.kill)
        with open(fifo, "w", encoding="ascii") as file:
            self.assertIn("listening", self.next_line(tool))
            for number in range(3):
                file.write(f"line {number}\n")
                file.flush()
                # both before the next one is said
                self.assertRegex(self.next_line(tool), f"info: line {number}$")
                lines, following, more = self.log(job, 1 + number, -1)
                self.assertEqual(([f"line {number}"], 2 + number, True), (lines, following, more))
            self.assertEqual("active", self.bus.job(job)["State"])
        rest, _none = tool.communicate(timeout=harness.TIMEOUT)
        self.assertEqual((b"", 0), (rest, tool.returncode))
        return job

    def test_the_log_of_a_running_job_is_read_live_until_its_end(self):
        self.assert_succeeded(self.bus.wait(self.follow("false")))

    def test_the_log_of_a_job_that_crashes_in_the_end_is_read_as_well(self):
        job = self.follow("true")
        self.assertEqual(["listening", "line 0", "line 1", "line 2"], self.log(job)[0])
        self.assertEqual("failed", self.bus.wait(job)[0])


class Usage(Case):
    def take(self, msec, mib):
        return self.attempt(self.submit("take", f"(uint32 {msec}, uint32 {mib})"))

    def test_an_attempt_has_taken_what_it_was_told_to(self):
        attempt = self.take(300, 64)
        taken = attempt["user-time"] + attempt["system-time"]
        self.assertGreaterEqual(taken, 290_000)
        # it stops when it has had its time; what the worker does besides is little
        self.assertLess(taken, 600_000 if not harness.SLOW else 10_000_000)
        self.assertGreaterEqual(attempt["peak-memory"], 64 * MIB)
        self.assertLess(attempt["peak-memory"], 128 * MIB if not harness.SLOW else 4096 * MIB)

    def test_what_a_job_has_taken_is_not_its_successors(self):
        self.server.stop()
        self.server = self.daemon(plugins=["crashes"], config="[agent main]\nsize=1\n")
        heavy, light = self.take(200, 64), self.take(1, 1)
        self.assertEqual(heavy["worker"], light["worker"])
        self.assertLess(light["user-time"] + light["system-time"], heavy["user-time"] + heavy["system-time"])
        self.assertLess(light["peak-memory"], heavy["peak-memory"])

    def test_what_a_crash_has_taken_is_told_by_the_kernel(self):
        attempt = self.attempt(self.submit("overflow"))
        self.assertGreater(attempt["peak-memory"], 0)
        self.assertGreater(attempt["user-time"] + attempt["system-time"], 0)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Jobs that depend on others: callbacks, composites that grow, what comes after what.

Names in brackets are those of the failure cases and acceptance cases that a test covers.
"""

import os

import harness
import tap

USAGE, ERROR, NO_SUCH, FAILED, CANCELLED = 2, 1, 10, 20, 21


class Callbacks(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(plugins=["examples", "probe"])
        self.ctl = self.served.ctl
        self.bus = self.served.bus

    def fifo(self):
        path = self.path(f"fifo{len(os.listdir(self.folder))}")
        os.mkfifo(path)
        return path

    def release(self, fifo):
        with open(fifo, "w", encoding="ascii"):
            pass

    def lines(self, name):
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), encoding="utf-8") as file:
            return file.read().splitlines()

    def submit(self, *words):
        return int(self.ctl("submit", *words))

    def until_state(self, job, state):
        harness.bounded(lambda: self.bus.job(job)["State"] == state, f"job {job} {state}")

    def file(self, text):
        with open(self.path("jobs.json"), "w", encoding="utf-8") as file:
            file.write(text)
        return "--file=" + self.path("jobs.json")

    def tell(self, name):
        """A callback that appends what it is given to a file."""
        return f"probe.append_result {self.path(name)}"

    # callbacks

    def test_each_end_has_its_callbacks_in_their_order(self):
        good = self.submit("examples.number", "7", "--on-failure=" + self.tell("bad"),
                           "--on-any=" + self.tell("good"), "--on-success=examples.tell")
        self.ctl("wait", str(good))
        skipped, told, last = self.bus.job(good)["Callbacks"]
        self.assertTrue(self.bus.job(skipped)["Skipped"])
        self.assertIn("skipped", self.ctl("list", "--all"))
        self.assertEqual(["7"], self.lines("good"))
        self.assertEqual("the result is 7", self.bus.wait(last)[1])
        self.assertLess(self.bus.job(told)["Lease"], self.bus.job(last)["Lease"])
        self.assertEqual([], self.lines("bad"))

    def test_a_callback_that_crashes_with_the_daemon_runs_again(self):
        """[D10]"""
        fifo = self.fifo()
        job = self.submit("examples.say", fifo, "--on-any=" + self.tell("p"),
                          "--on-success=probe.hold", "--on-any=" + self.tell("r"))
        harness.bounded(lambda: self.bus.list_jobs("function:probe.hold state:active"), "q")
        middle = self.bus.job(job)["Callbacks"][1]
        self.served.kill()
        self.served.start()
        self.bus = self.served.bus
        harness.bounded(lambda: self.bus.job(middle)["Attempt"] == 2 and
                        self.bus.job(middle)["State"] == "active", "q again")
        self.assertEqual([], self.lines("r"))
        self.release(fifo)
        self.until_state(job, "completed")
        self.assertEqual(fifo, self.assert_succeeded(self.bus.wait(job)))
        self.assertEqual((1, 1), (len(self.lines("p")), len(self.lines("r"))))

    def test_callbacks_are_added_while_it_runs_and_afterwards_and_may_fail(self):
        """[D11]"""
        job = self.submit("probe.put_callback", self.path("own"), "--on-success=probe.fail final")
        self.until_state(job, "completed")
        self.assertEqual("uint32 1", self.ctl("wait", str(job)))
        late = self.submit("probe.append_result", self.path("late"), f"--callback-of={job}")
        self.ctl("wait", str(late))
        self.assertEqual(["1"], self.lines("late"))
        self.assertEqual(["1"], self.lines("own"))
        outcomes = [self.bus.wait(callback)[0] for callback in self.bus.job(job)["Callbacks"]]
        self.assertEqual(["failed", "succeeded", "succeeded"], sorted(outcomes))
        self.assertEqual("succeeded", self.bus.job(job)["Outcome"])
        self.assertEqual(1, self.served.read_log().count("attempt 1: final"),
                         self.served.read_log())

    def test_a_callback_is_added_while_the_first_one_runs(self):
        """[F36]"""
        fifo = self.fifo()
        job = self.submit("examples.say", fifo, "--on-success=probe.hold")
        first, = self.bus.job(job)["Callbacks"]
        self.until_state(first, "active")
        self.assertEqual("callbacks", self.bus.job(job)["State"])
        second = self.submit("probe.append_result", self.path("out"), f"--callback-of={job}")
        self.assertEqual([], self.lines("out"))
        self.release(fifo)
        self.ctl("wait", str(first), str(second), str(job))
        self.assertEqual(1, len(self.lines("out")))

    def test_a_callback_added_at_the_last_instant_is_not_lost(self):
        """[F37]"""
        added = []
        for _ in range(30):
            job, = self.bus.submit({"function": "examples.network_call"})
            added += self.bus.submit({"function": "probe.append_result", "role": "callback",
                                      "arguments": harness.text(f"('{self.path('out')}',)"),
                                      "parent_job": harness.GLib.Variant("t", job)})
        for callback in added:
            self.assert_succeeded(self.bus.wait(callback))
        self.assertEqual(30, len(self.lines("out")))

    def test_a_callback_whose_type_does_not_fit_is_refused(self):
        run = self.served.ctl_run("submit", "examples.divide", "14", "3",
                                  "--on-success=examples.scribble")
        self.assertEqual(ERROR, run.returncode, run.stderr)
        self.assertIn("type", run.stderr)
        self.ctl("submit", "examples.network_call", "--on-any=examples.scribble", status=ERROR)
        self.assertEqual([], self.bus.list_jobs())

    # composites

    def test_a_parallel_job_grows_while_it_runs(self):
        """[D14]"""
        job = self.submit("--parallel", "probe.extend", "probe.fail final", "probe.double 2",
                          "--postprocess=probe.members")
        members = self.assert_succeeded(self.bus.wait(job))
        self.assertEqual(4, len(members), members)
        self.assertEqual(["probe.extend", "probe.fail", "probe.double", "probe.double"],
                         [self.bus.job(part)["Function"] for part in self.bus.job(job)["Members"][:4]])
        self.assertIn("failed", members[1])

    def test_a_job_is_appended_from_outside(self):
        fifo = self.fifo()
        job = self.submit("--serial", f"probe.hold {fifo}", "--postprocess=probe.members")
        self.submit("examples.number", "7", f"--append-to={job}")
        self.release(fifo)
        self.assertEqual(2, len(self.assert_succeeded(self.bus.wait(job))))
        run = self.served.ctl_run("submit", "examples.number", "7", f"--append-to={job}")
        self.assertEqual(ERROR, run.returncode, run.stderr)

    def test_a_batch_tells_the_first_failure_and_counts(self):
        fifo = self.fifo()
        job = self.submit("--batch", "examples.number 1", "probe.fail final", f"probe.hold {fifo}",
                          "--on-first-failure=" + self.tell("first"), "--on-any=" + self.tell("all"))
        harness.bounded(lambda: self.lines("first"), "the first failure")
        self.assertEqual([], self.lines("all"))
        self.release(fifo)
        result = self.assert_succeeded(self.bus.wait(job))
        self.assertEqual({"succeeded": 2, "failed": 1, "cancelled": 0, "expired": 0}, result)
        harness.bounded(lambda: self.lines("all"), "the end")
        self.assertEqual((1, 1), (len(self.lines("first")), len(self.lines("all"))))

    # after

    def test_jobs_come_after_others(self):
        jobs = self.ctl("submit", self.file("""[
            { "name": "last", "function": "probe.append", "arguments": ["%s", "last"],
              "after_jobs": ["first", 2] },
            { "function": "probe.append", "arguments": ["%s", "never"], "after_jobs": ["first:failure"] },
            { "name": "first", "function": "probe.append", "arguments": ["%s", "first"] } ]""" %
                                             ((self.path("out"),) * 3))).split()
        self.ctl("wait", jobs[0], jobs[2])
        self.ctl("wait", jobs[1], status=CANCELLED)
        self.assertEqual(["first", "last"], [line.split()[-1] for line in self.lines("out")])
        self.assertTrue(self.bus.job(jobs[1])["Skipped"])
        self.assertIn(f"job {jobs[2]}", self.served.ctl_run("wait", jobs[1]).stderr)
        self.ctl("run", "probe.double", "1", f"--after-job={jobs[2]}")
        self.ctl("run", "probe.double", "1", f"--after-job={jobs[2]}:failure", status=CANCELLED)

    def test_a_cycle_is_refused(self):
        run = self.served.ctl_run("submit", self.file("""[
            { "name": "a", "function": "probe.double", "arguments": [1], "after_jobs": ["b"] },
            { "name": "b", "function": "probe.double", "arguments": [1], "after_jobs": ["a"] } ]"""))
        self.assertEqual(USAGE, run.returncode, run.stderr)
        self.assertIn("wait for each other", run.stderr)
        self.assertEqual([], self.bus.list_jobs())

    def test_an_edge_to_a_job_that_is_not_there_is_refused(self):
        for option in ("--after-job=999", "--callback-of=999", "--append-to=999"):
            run = self.served.ctl_run("submit", "probe.append_result", self.path("out"), option,
                                      *(() if "callback" in option else ("outcome=<1>",)))
            self.assertEqual(NO_SUCH, run.returncode, run.stderr)
            self.assertIn("999", run.stderr)
        self.assertEqual([], self.bus.list_jobs())

    def test_more_than_100000_edges_are_refused(self):
        double = {"function": "probe.double", "arguments": harness.text("(uint32 1,)")}
        after = harness.GLib.Variant("a(us)", [(0, "any")] * 100_001)
        self.assert_bus_error("TooLarge", self.bus.submit, double, {**double, "after": after})
        self.assertEqual([], self.bus.list_jobs())


if __name__ == "__main__":
    tap.main()

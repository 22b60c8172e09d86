#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What is known of each attempt, and reading what it says, over the bus and with asyncqctl."""

import harness
import tap
from gi.repository import GLib

JOBS = "/org/asyncq/jobs/{}"
JOB1 = "org.asyncq.Job1"


class Attempts(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.daemon(plugins=["demo"])

    @property
    def bus(self):
        return self.server.bus

    def read_log(self, job, attempt=0, first=0, timeout=0):
        return self.bus.call(JOBS.format(job), JOB1, "GetLog", GLib.Variant("(utx)", (attempt, first, timeout)))

    def test_an_attempt_tells_when_it_ran_and_how_it_ended(self):
        job = self.bus.words("demo.multiply", "6", "7")
        self.bus.wait(job)
        attempt, = self.bus.job(job)["Attempts"]
        self.assertEqual((1, "succeeded"), (attempt["number"], attempt["end"]))
        self.assertLessEqual(attempt["started"], attempt["ended"])
        for key in ("user-time", "system-time", "peak-memory", "read-bytes", "written-bytes"):
            self.assertGreaterEqual(attempt.get(key, 0), 0)

    def test_the_log_of_a_job_that_says_nothing_is_empty_and_ends(self):
        job = self.bus.words("demo.multiply", "6", "7")
        self.bus.wait(job)
        self.assertEqual((1, [], 0, False), tuple(self.read_log(job, timeout=-1)))
        self.assertEqual("", self.server.ctl("log", str(job)))
        self.assertEqual("", self.server.ctl("log", str(job), "--follow"))
        self.assertEqual("", self.server.ctl("log", str(job), "--attempt=1", "-n", "5"))

    def test_an_attempt_that_will_never_be_has_no_log(self):
        job = self.bus.words("demo.multiply", "6", "7")
        self.bus.wait(job)
        self.assert_bus_error("Invalid", self.read_log, job, 2, 0, -1)
        self.assert_bus_error("NoSuchJob", self.read_log, job + 1)
        self.server.ctl("log", str(job), "--attempt=2", status=2)
        self.server.ctl("log", str(job), "--attempt=-1", status=2)

    def test_all_attempts_are_shown(self):
        job = self.bus.words("demo.multiply", "6", "7")
        self.bus.wait(job)
        self.assertIn("succeeded", self.server.ctl("show", "--attempts", str(job)))
        shown = self.server.ctl_json("show", "--attempts", str(job))
        self.assertIn("attempts", {key.lower() for key in shown})

    def test_a_queue_may_say_what_happens_when_memory_is_short(self):
        server = self.daemon(plugins=["demo"], config="[retry hungry]\nrules=oom fail; any retry\n")
        self.assertIn("oom: fail", server.ctl("policy", "show", "hungry"))


if __name__ == "__main__":
    tap.main()

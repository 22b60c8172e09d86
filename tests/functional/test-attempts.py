#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What is known of each attempt, and reading what it says, over the bus and with asyncqctl."""

import json
import subprocess

import harness
import tap
from gi.repository import GLib

JOBS = "/org/asyncq/jobs/{}"
JOB1 = "org.asyncq.Job1"

# a job whose worker has crashed
CRASHED = {
    "id": 1, "queue": "", "function": "demo.multiply", "kind": "call", "priority": 128, "state": "completed",
    "outcome": "failed", "arguments_type": "(ii)", "arguments": "(6, 7)", "created": "2026-11-22T10:00:00.000000Z",
    "due": "2026-11-22T10:00:00.000000Z", "order": 1, "sequence": 1, "attempt": 1, "lease": 5, "agent": "main",
    "worker": 77, "started": "2026-11-22T10:00:01.000000Z", "ended": "2026-11-22T10:00:03.000000Z",
    "result_type": "(sis)", "result": "('asyncq-error-quark', 18, 'the worker died')",
    "measured": 1, "user_time": 1200000, "system_time": 130000, "peak_memory": 36175872, "written_bytes": 12288,
    "evidence": "{'log': <[(int64 1795341601000000, uint32 3, 'page 1'), (1795341602000000, 2, 'no \x1b[31m page')]>, "
                "'output': <'invalid pointer\\n'>, 'signal': <11>, "
                "'stack': <[{'function': <'frob'>, 'offset': <uint64 26>, 'file': <'libfrob.so'>, 'source': <'frob.c'>, "
                "'line': <uint32 12>, 'build-id': <'0123456789abcdef0123'>}]>}",
}


class Attempts(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.daemon(plugins=["demo", "pi"])

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

    def test_an_attempt_tells_what_it_has_taken(self):
        job = self.bus.words("pi.generate_sample", "3000000")
        self.bus.wait(job)
        attempt, = self.bus.job(job)["Attempts"]
        self.assertGreater(attempt["user-time"] + attempt["system-time"], 0)
        self.assertGreater(attempt["peak-memory"], 0)
        self.assertGreaterEqual(attempt["read-bytes"], 0)
        self.assertGreaterEqual(attempt["written-bytes"], 0)
        self.assertIn("processor", self.server.ctl("status", str(job)))

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

    def test_a_crash_is_shown_from_the_store(self):
        store = self.path("crashed")
        subprocess.run([harness.STORE_TOOL, "load", store, "-"], input=json.dumps(CRASHED) + "\n", text=True, check=True,
                       capture_output=True, timeout=harness.TIMEOUT)
        server = self.daemon(plugins=["demo"], store=store)
        attempt, = server.bus.job(1)["Attempts"]
        self.assertEqual((1200000, 36175872, 11, 2),
                         tuple(attempt[key] for key in ("user-time", "peak-memory", "signal", "log-lines")))
        for shown in (server.ctl("status", "1"), server.ctl("show", "--attempts", "1")):
            self.assertIn("#0 frob+0x1a at frob.c:12 (libfrob.so 0123456789ab)", shown)
            self.assertIn("34.5", shown)
            self.assertIn("invalid pointer", shown)
            # what a terminal would take for an order is not shown
            self.assertIn("message: no ?[31m page", shown)
        self.assertIn("message: no ?[31m page", server.ctl("log", "1", "-n", "1"))
        self.assertNotIn("page 1", server.ctl("log", "1", "-n", "1"))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Workers that are stopped (SIGSTOP) while they have a job, past its time, and continued.

Somebody else has the job by then, or is about to: the worker is continued before it is
killed, while it is, or after. Each job ends once, by the attempt that was the last one.
The words of such workers, byte by byte: tests/work/test-stale-leases.c.
"""

import os
import select
import signal

import harness
import tap

RACES = int(os.environ.get("ASYNCQ_STALE_RACES", 24))
CONFIG = """[daemon]
stop-timeout=50ms
kill-timeout=50ms
quarantine-after=never

[agent main]
size=2

[retry again]
rules=any retry
attempts=5
delay=0s
"""
RUN_TIMEOUT = 150_000  # µs


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # it was killed meanwhile


class StaleLeases(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.daemon(plugins=["probe"], config=CONFIG)
        self.bus = self.server.bus

    def submit(self, function, arguments, retry):
        job, = self.bus.submit({"function": function, "arguments": harness.text(arguments), "retry": retry,
                                "run-timeout": harness.GLib.Variant("x", RUN_TIMEOUT)})
        return job

    def runs(self, job, but=0):
        """The worker that has it, another one than that; 0 if there is none."""
        shown = self.bus.job(job)
        return shown["Worker"] if shown["State"] == "active" and shown["Worker"] != but else 0

    def race(self, number):
        tokens, lines = self.path(f"tokens-{number}"), self.path(f"lines-{number}")
        os.mkfifo(tokens)
        fifo = os.open(tokens, os.O_RDWR)
        try:
            job = self.submit("probe.append", f"('{lines}', '', '{tokens}')", "again")
            harness.bounded(lambda: self.runs(job), "the first attempt")
            first = self.runs(job)
            send(first, signal.SIGSTOP)
            # from before its time is over until long after it was killed; the token lets it end its job
            if number % 2 == 0:
                os.write(fifo, b"x")
            select.select([], [], [], number / RACES * 0.4)
            send(first, signal.SIGCONT)
            for _attempt in range(5):
                os.write(fifo, b"x")
            outcome = self.bus.wait(job)
        finally:
            os.close(fifo)
        self.assertEqual("succeeded", outcome[0], outcome)
        *before, last = self.bus.job(job)["Attempts"]
        self.assertEqual("succeeded", last["end"])
        self.assertNotIn("succeeded", [attempt["end"] for attempt in before])
        with open(lines, encoding="ascii") as file:
            ran = [line.split()[2] for line in file]
        self.assertEqual(str(last["lease"]), ran[-1])
        return job, len(before)

    def test_a_job_whose_worker_was_stopped_and_continued_ends_once(self):
        self.bus.watch()
        raced = [self.race(number) for number in range(RACES)]
        jobs = [job for job, _n_before in raced]
        self.bus.until(lambda: {change[0] for change in self.bus.changes if change[1] == "completed"} >= set(jobs))
        ends = [change[0] for change in self.bus.changes if change[1] == "completed"]
        self.assertEqual(sorted(jobs), sorted(ends))
        n_taken_over = sum(n_before > 0 for _job, n_before in raced)
        self.assertGreater(n_taken_over, 0)
        print(f"# stale leases: races {RACES}, taken over {n_taken_over}, accepted 0", flush=True)

    def test_the_time_of_a_tiny_job_is_over_as_well_when_its_worker_is_stopped(self):
        for job in self.bus.submit(*[{"function": "probe.double", "arguments": harness.text("(uint32 1,)")}] * 1000):
            self.bus.wait(job)
        for pid in self.bus.status()["agents"][0]["workers"]:
            os.kill(pid, signal.SIGSTOP)
        job = self.submit("probe.double", "(uint32 1,)", "never")
        self.assert_failed(self.bus.wait(job), "run-timeout")
        job = self.submit("probe.double", "(uint32 1,)", "again")
        self.assertEqual(2, self.assert_succeeded(self.bus.wait(job)))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A plugin that is replaced again and again while 1,000 of its jobs come each second.

$ASYNCQ_REPLACEMENTS says how often, 10 times otherwise. No job may be lost, fail, or be begun
twice: workers of the old generation end what they have, and what they have not begun goes to
those of the new one.
"""

import os
import select
import sys
import time

import harness
import tap

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "faults"))

import figures  # noqa: E402

REPLACEMENTS = int(os.environ.get("ASYNCQ_REPLACEMENTS", 10))
RATE, BATCH = 1000, 100


class Load:
    """Jobs at a steady rate, as far as the machine goes along."""

    def __init__(self, daemon, lines):
        self.daemon = daemon
        self.append = {"function": "probe.append", "arguments": harness.text(f"('{lines}', '', '')")}
        self.begin = time.monotonic()
        self.n_jobs = 0
        self.appended = []

    def add(self):
        """A batch, when it is its time."""
        due = self.begin + self.n_jobs / RATE
        select.select([], [], [], max(0, due - time.monotonic()))
        n_doubles = BATCH // 2
        jobs = self.daemon.bus.submit(
            *({"function": "probe.double", "arguments": harness.text(f"(uint32 {number},)")}
              for number in range(n_doubles)),
            *[self.append] * (BATCH - n_doubles))
        self.appended += jobs[n_doubles:]
        self.n_jobs += BATCH

    def rate(self):
        return self.n_jobs / (time.monotonic() - self.begin)


class Replace(harness.Case):
    def replace(self, daemon, built, number):
        """Another file each time: the same bytes would be no new generation."""
        with open(self.path("newer"), "wb") as newer:
            newer.write(built + b"\n" * number)
        daemon.add_plugin("probe", self.path("newer"))

    def generation(self, daemon):
        return daemon.bus.functions()["probe.double"]["generation"]

    def test_nobody_notices_that_a_plugin_is_replaced(self):
        daemon = self.daemon(plugins=["probe"], config="[agent main]\nsize=4\n")
        lines = self.path("lines")
        load = Load(daemon, lines)
        with open(harness.plugin_file("probe"), "rb") as file:
            built = file.read()
        for number in range(1, REPLACEMENTS + 1):
            load.add()
            self.replace(daemon, built, number)
            end = time.monotonic() + harness.TIMEOUT
            while self.generation(daemon) <= number and time.monotonic() < end:
                load.add()
            self.assertEqual(number + 1, self.generation(daemon))
            load.add()
        rate = load.rate()
        harness.bounded(lambda: not daemon.bus.list_jobs("-state:completed", limit=1), "the end of all jobs")
        jobs = daemon.bus.list_jobs()
        outcomes = [job["Outcome"] for job in jobs]
        lost = load.n_jobs - len(jobs)
        failed = len(outcomes) - outcomes.count("succeeded")
        with open(lines, encoding="ascii") as file:
            ran = [line.split()[:2] for line in file]
        figures.write(harness.BUILD, "replace", replacements=REPLACEMENTS, jobs=load.n_jobs, jobs_per_second=round(rate),
                      lost=lost, failed=failed, violations=lost + failed)
        print(f"# replace: replacements {REPLACEMENTS}, jobs {load.n_jobs}, {rate:.0f}/s, lost {lost}, failed {failed}",
              flush=True)
        self.assertEqual((0, 0), (lost, failed))
        self.assertEqual(sorted([str(job), "1"] for job in load.appended), sorted(ran))


if __name__ == "__main__":
    tap.main()

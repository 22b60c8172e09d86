#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A plugin that is replaced again and again while 1,000 of its jobs come each second.

$ASYNCQ_REPLACEMENTS says how often, 10 times otherwise. No job may be lost, fail, or be begun
twice: workers of the old generation end what they have, and what they have not begun goes to
those of the new one. One job of ten leaves a line, which shows how often it ran; each of these
has its worker for itself until its end is flushed.
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
RATE, BATCH, APPENDS = 1000, 100, 10


class Load:
    """Jobs at a steady rate, as far as the machine goes along."""

    def __init__(self, daemon, lines):
        self.daemon = daemon
        append = {"function": "probe.append", "arguments": harness.text(f"('{lines}', '', '')")}
        doubles = [{"function": "probe.double", "arguments": harness.text(f"(uint32 {number},)")}
                   for number in range(BATCH - APPENDS)]
        # made once: to make it anew takes longer than to run it
        self.batch = harness.GLib.Variant("(aa{sv})", ([harness.entry_of(entry) for entry in
                                                        doubles + [append] * APPENDS],))
        self.begin = time.monotonic()
        self.n_jobs = 0
        self.appended = []

    def add(self):
        """A batch, when it is its time."""
        due = self.begin + self.n_jobs / RATE
        select.select([], [], [], max(0, due - time.monotonic()))
        jobs = self.daemon.bus.call("/org/asyncq", harness.MANAGER, "Submit", self.batch)
        self.appended += jobs[BATCH - APPENDS:]
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

    def count(self, daemon, filter=""):
        options = {"count-only": harness.GLib.Variant("b", True)}
        return int(daemon.bus.manager("ListJobs", "(sa{sv})", filter, options)[1])

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
        kept = self.count(daemon)
        lost = load.n_jobs - kept
        failed = kept - self.count(daemon, "state:succeeded")
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

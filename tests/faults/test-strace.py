#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C2: system calls that fail, by strace, on the programs as they are built.

This sees what the faults inside of the process cannot: calls that libraries make
themselves. At each point one call of the daemon on its store fails, or all from
then on, while clients work. The daemon may refuse work or end as its disk has
failed; afterwards, on a disk that is whole, everything acknowledged is there. A
new store every few points, so that opening one is under fire as well.
"""

import shutil
import unittest

import rig  # first: it makes the folders known that the others are in

import figures
import harness
import store_points
import tap

SHORT, LONG = 30, 300
POINTS_EACH = 10
WORK_SECONDS = 0.25


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class Strace(unittest.TestCase):
    def test_a_failing_call_loses_nothing(self):
        seed = rig.new_seed()
        total = {"seed": seed, "points": 0, "reached": 0, "daemon_ended": 0, "acknowledged": 0,
                 "acknowledged_lost": 0, "refused": 0, "violations": 0}
        for number in range(rig.size(SHORT, LONG) // POINTS_EACH):
            self.rig = rig.Rig("strace", seed + number)
            rig.run_checked(self, self.rig, lambda: self.one_store(total))
        figures.write(harness.BUILD, "C2-strace", **total)
        for name, value in total.items():
            print(f"# {name}: {value}", flush=True)

    def one_store(self, total):
        for _ in range(POINTS_EACH):
            self.point(total)
        self.rig.settle()
        violations, found = self.rig.check()
        for name in ("acknowledged", "acknowledged_lost", "refused", "violations"):
            total[name] += found[name]
        self.assertEqual([], violations[:20])
        self.rig.check_again()

    def point(self, total):
        call, what = store_points.choose_error(self.rig.random)
        log = self.rig.evidence + "/strace"
        self.rig.point = f"{call} {what}"
        if self.rig.start(store_points.strace(self.rig.daemon.store, call, what, log)):
            self.rig.work(WORK_SECONDS)
        ended = self.rig.daemon.process is None
        if ended:
            self.rig.check_status()
        self.rig.kill()
        with open(log, encoding="utf-8", errors="replace") as file:
            reached = "(INJECTED)" in file.read()
        total["points"] += 1
        total["reached"] += reached
        total["daemon_ended"] += ended


if __name__ == "__main__":
    tap.main()

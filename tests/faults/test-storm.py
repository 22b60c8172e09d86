#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C5: kill -9 of the daemon, of a worker, or of both, again and again, under load.

Half of the kills come at a random moment, the others at a named point: before the
n-th call of one kind that the daemon makes on a file of its store, where strace
can be had. All of them happen to one store, which grows.
"""

import os
import shutil
import unittest

import rig  # first: it makes the folders known that the others are in

import figures
import harness
import store_points
import tap

SHORT, LONG = 200, 3000
TARGETS = ("daemon", "daemon", "worker", "both")


class Storm(unittest.TestCase):
    def test_nothing_that_was_acknowledged_is_lost(self):
        self.rig = rig.Rig("storm", rig.new_seed())
        self.n_points = 0
        rig.run_checked(self, self.rig, self.storm)

    def storm(self):
        n_cycles = rig.size(SHORT, LONG)
        for _ in range(n_cycles):
            self.cycle()
        self.rig.settle()
        violations, found = self.rig.check()
        self.assertEqual([], violations[:20])
        self.rig.check_again()
        self.report(n_cycles, found)

    def cycle(self):
        chance = self.rig.random
        usec = 500 ** chance.random() / 1000
        if chance.random() < 0.5 and shutil.which("strace"):
            self.kill_at_point(usec)
        else:
            self.kill_at_random(usec)

    def kill_at_random(self, seconds):
        if not self.rig.start():
            raise rig.Violation("asyncqd does not start: " + self.rig.daemon.read_log_tail())
        target = self.rig.random.choice(TARGETS)
        self.rig.work(seconds)
        if target != "daemon":
            self.rig.kill_worker()
        if target == "worker":
            self.rig.daemon.wait_end(seconds)
        self.rig.kill()

    def kill_at_point(self, seconds):
        call, nth = store_points.choose(self.rig.random)
        prefix = store_points.strace(self.rig.daemon.store, call, f"signal=SIGKILL:when={nth}")
        if self.rig.start(prefix):
            self.rig.work(seconds)
        self.n_points += self.rig.daemon.process is None
        self.rig.kill()

    def report(self, n_cycles, found):
        starts = self.rig.start_seconds
        names = os.listdir(self.rig.daemon.store)
        segments = os.listdir(os.path.join(self.rig.daemon.store, "journal"))
        found |= {"seed": self.rig.seed, "cycles": n_cycles, "killed_at_named_points": self.n_points,
                  "images": sum(name.endswith(".gdbm") for name in names), "segments": len(segments),
                  "restart_p50_seconds": round(figures.percentile(starts, 0.5), 3),
                  "restart_p99_seconds": round(figures.percentile(starts, 0.99), 3)}
        figures.write(harness.BUILD, "C5-storm", **found)
        for name, value in found.items():
            print(f"# {name}: {value}", flush=True)


if __name__ == "__main__":
    tap.main()

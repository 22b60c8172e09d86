#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""1,000 jobs, and kill -9 of the daemon each time the file that they write has grown by 150 lines.

The jobs take tokens from a FIFO, so that they cannot outrun the test; it hands
out some more than 150 a round, so that the kill comes while jobs run.
"""

import os
import random
import subprocess

import harness
import tap

N_JOBS, N_KILLS, N_LINES, SLOTS = 1000, 5, 150, 3


class CrashRecovery(harness.Case):
    def setUp(self):
        super().setUp()
        self.lines_file = self.path("lines")
        self.tokens_file = self.path("tokens")
        os.mkfifo(self.tokens_file)
        self.tokens = os.open(self.tokens_file, os.O_RDWR)
        self.addCleanup(os.close, self.tokens)
        with open(self.lines_file, "w", encoding="ascii"):
            pass

    def lines(self):
        """(job, attempt, lease) of each line"""
        with open(self.lines_file, encoding="ascii") as file:
            return [tuple(int(word) for word in line.split()) for line in file]

    def n_lines(self):
        with open(self.lines_file, "rb") as file:
            return file.read().count(b"\n")

    def submit(self, daemon):
        arguments = harness.text(f"('{self.lines_file}', '', '{self.tokens_file}')")
        return daemon.bus.submit(*({"function": "probe.append", "arguments": arguments}
                                   for _ in range(N_JOBS)))

    def completions(self, daemon):
        """The completions that the journal holds, asked of the store's own reader: a set of
        (transaction, job). Those that both images held when the daemon was started may be missing,
        so it is asked after each end of the daemon."""
        run = subprocess.run([harness.built("tests", "functional", "list-completions"),
                              daemon.store], capture_output=True, text=True, check=True,
                             timeout=harness.TIMEOUT)
        return {tuple(int(word) for word in line.split()) for line in run.stdout.splitlines()}

    def survive(self, *arguments):
        seed = random.randrange(1 << 30)
        print(f"# seed {seed}", flush=True)
        chance = random.Random(seed)
        daemon = self.daemon(*arguments, plugins=["probe"])
        ids = self.submit(daemon)
        completions = set()
        for _ in range(N_KILLS):
            wanted = self.n_lines() + N_LINES
            os.write(self.tokens, b"." * (N_LINES + chance.randrange(10, 40)))
            harness.bounded(lambda: self.n_lines() >= wanted, f"line {wanted}")
            daemon.kill()
            completions |= self.completions(daemon)
            daemon.start()
        os.write(self.tokens, b"." * (2 * N_JOBS))
        for job in ids:
            self.assert_succeeded(daemon.bus.wait(job))
        self.assertEqual(N_JOBS, len(daemon.bus.list_jobs("state:completed")))
        self.check_lines(ids)
        self.assertEqual(0, daemon.stop())
        completions |= self.completions(daemon)
        self.assertEqual(sorted(ids), sorted(job for _transaction, job in completions))

    def check_lines(self, ids):
        leases = {}
        for job, _attempt, lease in self.lines():
            leases.setdefault(job, []).append(lease)
        self.assertEqual(set(ids), set(leases))
        surplus = sum(len(each) - 1 for each in leases.values())
        print(f"# {surplus} jobs ran again", flush=True)
        self.assertLessEqual(surplus, N_KILLS * SLOTS)
        for job, each in leases.items():
            self.assertEqual(each, sorted(set(each)), f"leases of job {job}")

    def test_with_the_system_clock(self):
        self.survive()

    def test_with_a_manual_clock(self):
        self.survive("--clock=manual:2024-01-01T00:00:00Z")


if __name__ == "__main__":
    tap.main()

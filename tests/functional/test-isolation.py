#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A function that crashes takes its worker with it, and nothing else."""

import os

import harness
import tap


class Isolation(harness.Case):
    def test_a_crash_names_the_signal_and_nobody_else_notices(self):
        daemon = self.daemon(plugins=["demo", "probe"])
        pid = daemon.process.pid
        fifos = [self.path("a"), self.path("b")]
        for fifo in fifos:
            os.mkfifo(fifo)
        held = [daemon.bus.words("probe.hold", fifo) for fifo in fifos]
        files = [open(fifo, "w", encoding="ascii") for fifo in fifos]
        before = [daemon.bus.job(job)["Worker"] for job in held]

        crash = daemon.bus.words("demo.crash")
        domain, _code, message = self.assert_failed(daemon.bus.wait(crash))
        self.assertEqual("asyncq-error-quark", domain)
        self.assertRegex(message, r"\bSIG(SEGV|ABRT)\b")
        self.assertIn("demo.crash", message)
        self.assertIn(str(daemon.bus.job(crash)["Worker"]), message)

        # the slot has a new worker, the others have theirs still and go on with their jobs
        self.assertEqual(42, self.assert_succeeded(
            daemon.bus.wait(daemon.bus.words("demo.multiply", "6", "7"))))
        for file in files:
            file.write("undisturbed")
            file.close()
        for job, worker in zip(held, before):
            self.assertEqual("undisturbed", self.assert_succeeded(daemon.bus.wait(job)))
            self.assertEqual(worker, daemon.bus.job(job)["Worker"])
            self.assertEqual(1, daemon.bus.job(job)["Attempt"])
        self.assertEqual(pid, daemon.process.pid)
        self.assertIsNone(daemon.process.poll())
        self.assertEqual(3, len(daemon.bus.status()["agents"][0]["workers"]))

    def test_many_crashes(self):
        daemon = self.daemon(plugins=["demo", "probe"])
        crashes = [daemon.bus.words("demo.crash") for _ in range(20)]
        others = [daemon.bus.words("probe.double", str(i)) for i in range(20)]
        for job in crashes:
            self.assert_failed(daemon.bus.wait(job), "SIG")
        for i, job in enumerate(others):
            self.assertEqual(2 * i, self.assert_succeeded(daemon.bus.wait(job)))
        self.assertEqual(3, len(daemon.bus.status()["agents"][0]["workers"]))

    def test_a_killed_worker(self):
        daemon = self.daemon(plugins=["probe"])
        daemon.bus.watch()
        job = daemon.bus.words("probe.stay", "1")
        daemon.bus.until_state(job, "active")
        os.kill(daemon.bus.job(job)["Worker"], 9)
        self.assert_succeeded(daemon.bus.wait(job))
        self.assertEqual(2, daemon.bus.job(job)["Attempt"])

    def test_what_a_job_changes_of_its_process_is_not_there_for_the_next(self):
        daemon = self.daemon(plugins=["changes_the_process", "probe"], config="[agent main]\nsize=1\n")
        before = self.assert_succeeded(daemon.bus.wait(daemon.bus.words("probe.surroundings")))
        worker = daemon.bus.status()["agents"][0]["workers"]
        self.assert_succeeded(daemon.bus.wait(daemon.bus.words("changes_the_process.run")))
        self.assertEqual(before, self.assert_succeeded(daemon.bus.wait(daemon.bus.words("probe.surroundings"))))
        self.assertEqual(0, before[2])
        self.assertEqual(worker, daemon.bus.status()["agents"][0]["workers"])

    def test_a_stop_gives_back_what_runs(self):
        daemon = self.daemon(plugins=["probe"])
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        job = daemon.bus.words("probe.hold", fifo)
        file = open(fifo, "w", encoding="ascii")
        lease = daemon.bus.job(job)["Lease"]
        self.assertEqual(0, daemon.stop())
        file.close()
        daemon.start()
        with open(fifo, "w", encoding="ascii") as file:
            file.write("at last")
        self.assertEqual("at last", self.assert_succeeded(daemon.bus.wait(job)))
        shown = daemon.bus.job(job)
        self.assertGreater(shown["Lease"], lease)
        self.assertEqual(0, shown["Interruptions"])


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A daemon that is to end, or to begin nothing more, and the jobs that run then.

The clock stands still but where a test moves it.
"""

import os
import signal
import socket
import subprocess

import harness
import tap

SECOND = 1000000
CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
TIMES = "[daemon]\ndrain-timeout=10s\nstop-timeout=3s\nkill-timeout=4s\n[agent main]\nsize=2\n"


class Drain(harness.Case):
    def drained(self, *arguments, config=TIMES, **settings):
        daemon = self.daemon(CLOCK, *arguments, plugins=["demo", "probe"], config=config, **settings)
        self.addCleanup(self.end_at_once, daemon)
        return daemon

    def end_at_once(self, daemon):
        """The clock stands still: nothing that still runs would ever be interrupted."""
        if daemon.process is not None:
            daemon.process.send_signal(signal.SIGTERM)
            daemon.process.send_signal(signal.SIGINT)
            self.until_ended(daemon)

    def start(self, daemon, **entry):
        daemon.bus.watch()
        job = daemon.bus.submit(entry)[0]
        daemon.bus.until_state(job, "active")
        return job

    def hold(self, daemon, name):
        """A job that runs until let_go()."""
        fifo = self.path(name)
        os.mkfifo(fifo)
        return self.start(daemon, function="probe.hold", arguments=harness.text(f"({fifo!r},)"))

    def let_go(self, name, word):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(word)

    def ask_to_end(self, daemon, number=signal.SIGTERM):
        daemon.process.send_signal(number)
        harness.bounded(lambda: daemon.bus.status()["status"] == "DRAINING", "the drain")

    def until_ended(self, daemon):
        status = daemon.process.wait(harness.TIMEOUT)
        daemon._forget_bus()
        daemon.process = None
        self.assertEqual(0, status, daemon.read_log())

    def test_a_job_that_runs_has_its_time(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number):
                daemon = self.drained()
                job = self.hold(daemon, f"fifo-{number}")
                self.ask_to_end(daemon, number)
                daemon.bus.advance(10 * SECOND - 1)
                self.assertEqual("active", daemon.bus.job(job)["State"])
                self.let_go(f"fifo-{number}", "done")
                self.until_ended(daemon)
                daemon.start()
                self.assertEqual("done", self.assert_succeeded(daemon.bus.wait(job)))
                self.assertEqual(1, daemon.bus.job(job)["Attempt"])

    def test_who_waits_for_a_drain_may_do_so_for_some_time_only(self):
        daemon = self.drained()
        job = self.hold(daemon, "fifo")
        shown = daemon.ctl("drain", "--wait", "--timeout=10ms", "--no-legend", status=3)
        self.assertEqual(str(job), shown.split()[0])

    def test_jobs_are_taken_in_meanwhile_and_run_after_the_next_start(self):
        daemon = self.drained()
        self.hold(daemon, "fifo")
        self.ask_to_end(daemon)
        job = daemon.bus.words("demo.multiply", "6", "7")
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        self.let_go("fifo", "done")
        self.until_ended(daemon)
        daemon.start()
        self.assertEqual(42, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_job_that_is_interrupted_is_asked_first_and_loses_no_attempt(self):
        daemon = self.drained()
        job = self.start(daemon, function="probe.wait", retry="never")
        succeeding = self.start(daemon, function="probe.wait", arguments=harness.text("(true,)"))
        self.ask_to_end(daemon)
        daemon.bus.advance(10 * SECOND)
        self.until_ended(daemon)
        daemon.start()
        self.assertEqual(1, self.assert_succeeded(daemon.bus.wait(succeeding)))
        # must not run twice
        self.assert_failed(daemon.bus.wait(job))

    def test_one_that_does_not_care_is_killed_and_runs_again(self):
        daemon = self.drained()
        job = self.start(daemon, function="probe.stay", arguments=harness.text("(uint32 0, true)"))
        self.ask_to_end(daemon)
        for seconds in (10, 3):
            daemon.bus.advance(seconds * SECOND)
        self.assertEqual("active", daemon.bus.job(job)["State"])
        daemon.process.send_signal(0)  # it is there
        daemon.bus.advance(4 * SECOND)
        self.until_ended(daemon)
        self.assertIn("was killed, as it had not stopped within 3 s, nor ended within 4 s of SIGTERM, "
                      "while it ran probe.stay", daemon.read_log())
        daemon.start()
        daemon.bus.watch()
        harness.bounded(lambda: daemon.bus.job(job)["State"] == "active", "the next run")
        shown = daemon.bus.job(job)
        self.assertEqual("interrupted", shown["Attempts"][0]["end"])

    def test_a_second_signal_ends_it_at_once(self):
        daemon = self.drained()
        job = self.start(daemon, function="probe.stay")
        self.ask_to_end(daemon)
        daemon.process.send_signal(signal.SIGTERM)
        self.until_ended(daemon)
        daemon.start()
        harness.bounded(lambda: daemon.bus.job(job)["State"] == "active", "the next run")

    def test_without_jobs_it_ends_at_once(self):
        daemon = self.drained()
        daemon.process.send_signal(signal.SIGTERM)
        self.until_ended(daemon)

    def test_the_service_manager_is_told(self):
        path = self.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(harness.TIMEOUT)
            os.environ["NOTIFY_SOCKET"] = path
            try:
                daemon = self.drained()
            finally:
                del os.environ["NOTIFY_SOCKET"]
            self.assertEqual(b"READY=1", manager.recv(1000))
            self.hold(daemon, "fifo")
            self.ask_to_end(daemon)
            self.assertEqual(["STOPPING=1", "STATUS=Begins no more jobs; 1 run", "EXTEND_TIMEOUT_USEC=34000000"],
                             manager.recv(1000).decode().split("\n"))
            self.let_go("fifo", "done")
            self.until_ended(daemon)

    def test_the_tool_shows_what_is_left(self):
        daemon = self.drained()
        self.assertIn("No job runs", daemon.ctl("drain"))
        daemon.ctl("claiming", "on")
        job = self.hold(daemon, "fifo")
        shown = daemon.ctl("drain", status=7).split("\n")
        self.assertEqual(2, len(shown))
        for word in (str(job), "probe.hold", str(daemon.bus.job(job)["Worker"])):
            self.assertIn(word, shown[1].split())
        waiting = daemon.bus.words("demo.multiply", "6", "7")
        waiter = subprocess.Popen([harness.ASYNCQCTL, "--address=" + daemon.address, "drain", "--wait"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.let_go("fifo", "done")
        self.assertIn("No job runs", waiter.communicate(timeout=harness.TIMEOUT)[0])
        self.assertEqual(0, waiter.returncode)
        self.assertEqual("pending", daemon.bus.job(waiting)["State"])
        daemon.ctl("claiming", "on")
        self.assertEqual(42, self.assert_succeeded(daemon.bus.wait(waiting)))

    def test_why_a_slot_has_no_worker_is_shown(self):
        worker = self.path("worker")
        with open(worker, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 3\n")
        os.chmod(worker, 0o755)
        daemon = self.drained(f"--worker={worker}", config="[agent main]\nsize=1\n")
        harness.bounded(lambda: daemon.bus.status()["agents"][0]["troubles"], "the trouble")
        trouble = daemon.bus.status()["agents"][0]["troubles"][0]
        self.assertIn("exited with status 3", trouble["message"])
        self.assertIn("exited with status 3", daemon.ctl("status"))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Jobs that are stopped, that ask to run later, and whose workers die, over D-Bus.

The clock stands still but where a test moves it.
"""

import harness
import tap

SECOND = 1000000
START = "2024-01-01T00:00:00Z"


def usec(seconds):
    return harness.GLib.Variant("x", seconds * SECOND)


def arguments(text):
    return harness.text(text)


class Stop(harness.Case):
    def daemon_of_one(self, config=""):
        """One slot, so that the next job shows that it is free again."""
        return self.daemon("--clock=manual:" + START, plugins=["demo", "probe"],
                           config="[agent main]\nsize=1\n" + config)

    def start(self, daemon, **entry):
        """A job that runs."""
        daemon.bus.watch()
        job = daemon.bus.submit(entry)[0]
        daemon.bus.until_state(job, "active")
        return job

    def until_snoozing(self, daemon, job, attempt):
        def snoozes():
            shown = daemon.bus.job(job)
            return shown["State"] == "pending" and shown["Attempt"] == attempt

        harness.bounded(snoozes, f"the end of attempt {attempt}")

    def assert_free(self, daemon):
        self.assertEqual(42, self.assert_succeeded(
            daemon.bus.wait(daemon.bus.words("demo.multiply", "6", "7"))))

    def test_a_job_that_is_cancelled_while_it_runs_stops(self):
        daemon = self.daemon_of_one()
        job = self.start(daemon, function="probe.wait")
        worker = daemon.bus.job(job)["Worker"]
        daemon.bus.cancel(job, "not wanted any more")
        outcome, failure = daemon.bus.wait(job)
        self.assertEqual("cancelled", outcome)
        self.assertIn("not wanted any more", failure[2])
        self.assert_free(daemon)
        self.assertEqual([worker], daemon.bus.status()["agents"][0]["workers"])

    def test_what_a_job_has_come_to_when_it_stops_counts(self):
        daemon = self.daemon_of_one()
        job = self.start(daemon, function="probe.wait", arguments=arguments("(true,)"))
        daemon.bus.cancel(job)
        self.assertEqual(1, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_job_that_is_cancelled_and_does_not_stop_is_terminated(self):
        daemon = self.daemon_of_one("[daemon]\nstop-timeout=3s\n")
        job = self.start(daemon, function="probe.stay")
        worker = daemon.bus.job(job)["Worker"]
        daemon.bus.cancel(job, "not wanted any more")
        daemon.bus.advance(3 * SECOND - 1)
        self.assertEqual("active", daemon.bus.job(job)["State"])
        daemon.bus.advance(1)
        outcome, failure = daemon.bus.wait(job)
        self.assertEqual("cancelled", outcome)
        self.assertRegex(failure[2], "not wanted any more; worker [0-9]+ was terminated, as it had not stopped "
                                     "within 3 s, while it ran probe.stay")
        self.assert_free(daemon)
        self.assertNotEqual([worker], daemon.bus.status()["agents"][0]["workers"])
        self.assertIn("was terminated, as it had not stopped within 3 s, while it ran probe.stay",
                      daemon.read_log())

    def test_a_job_that_ignores_that_as_well_is_killed(self):
        daemon = self.daemon_of_one("[daemon]\nstop-timeout=3s\nkill-timeout=4s\n")
        job = self.start(daemon, function="probe.stay", arguments=arguments("(uint32 0, true)"))
        daemon.bus.cancel(job, "not wanted any more")
        daemon.bus.advance(3 * SECOND)
        daemon.bus.advance(4 * SECOND - 1)
        self.assertEqual("active", daemon.bus.job(job)["State"])
        daemon.bus.advance(1)
        self.assertEqual("cancelled", daemon.bus.wait(job)[0])
        self.assert_free(daemon)
        self.assertIn("was killed, as it had not stopped within 3 s, nor ended within 4 s of SIGTERM, "
                      "while it ran probe.stay", daemon.read_log())

    def test_a_function_may_have_times_of_its_own(self):
        daemon = self.daemon_of_one()
        job = self.start(daemon, function="probe.dawdle")
        daemon.bus.cancel(job)
        daemon.bus.advance(60 * SECOND - 1)
        self.assertEqual("active", daemon.bus.job(job)["State"])
        daemon.bus.advance(1)
        self.assertEqual("cancelled", daemon.bus.wait(job)[0])

    def test_a_completed_job_cannot_be_cancelled(self):
        daemon = self.daemon_of_one()
        job = daemon.bus.words("demo.noop")
        self.assert_succeeded(daemon.bus.wait(job))
        self.assert_bus_error("BadState", daemon.bus.cancel, job)

    def test_a_job_whose_time_is_over_is_told_to_stop(self):
        daemon = self.daemon_of_one()
        job = self.start(daemon, function="probe.wait", run_timeout=usec(10))
        worker = daemon.bus.job(job)["Worker"]
        daemon.bus.advance(10 * SECOND - 1)
        self.assertEqual("active", daemon.bus.job(job)["State"])
        daemon.bus.advance(1)
        domain, _code, message = self.assert_failed(daemon.bus.wait(job))
        self.assertEqual("asyncq-error-quark", domain)
        self.assertRegex(message, "10 ?s")
        self.assert_free(daemon)
        self.assertEqual([worker], daemon.bus.status()["agents"][0]["workers"])

    def test_a_job_that_does_not_stop_then_is_terminated(self):
        daemon = self.daemon_of_one("[daemon]\nstop-timeout=3s\n")
        job = self.start(daemon, function="probe.stay", run_timeout=usec(10))
        worker = daemon.bus.job(job)["Worker"]
        daemon.bus.advance(10 * SECOND)
        daemon.bus.advance(3 * SECOND - 1)
        self.assertEqual("active", daemon.bus.job(job)["State"])
        daemon.bus.advance(1)
        _domain, _code, message = self.assert_failed(daemon.bus.wait(job))
        self.assertRegex(message, "its run-timeout of 10 s was over; worker [0-9]+ was terminated, as it had not "
                                  "stopped within 3 s, while it ran probe.stay")
        self.assert_free(daemon)
        self.assertNotEqual([worker], daemon.bus.status()["agents"][0]["workers"])

    def test_a_job_that_has_no_time_left_in_total_is_stopped(self):
        daemon = self.daemon_of_one()
        job = self.start(daemon, function="probe.wait", total_timeout=usec(60))
        daemon.bus.advance(60 * SECOND)
        self.assert_failed(daemon.bus.wait(job))
        self.assert_free(daemon)

    def test_a_job_that_snoozes_runs_again_when_its_time_has_come(self):
        daemon = self.daemon_of_one()
        job = daemon.bus.submit({"function": "probe.snooze",
                                 "arguments": arguments("(int64 60000000, uint32 2)")})[0]
        self.until_snoozing(daemon, job, 1)
        daemon.bus.advance(60 * SECOND - 1)
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        self.assert_free(daemon)
        daemon.bus.advance(1)
        self.until_snoozing(daemon, job, 2)
        daemon.bus.advance(60 * SECOND)
        self.assertEqual(3, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_job_that_snoozes_for_no_time_runs_again_at_once(self):
        daemon = self.daemon_of_one()
        job = daemon.bus.words("probe.snooze", "0", "5")
        self.assertEqual(6, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_job_whose_worker_dies_runs_again(self):
        daemon = self.daemon_of_one()
        for words in (["probe.die", "9", "2"], ["probe.die", "11", "2"], ["probe.exit", "3", "2"]):
            with self.subTest(words=words):
                job = daemon.bus.words(*words)
                self.assertEqual(3, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_job_whose_workers_die_too_often_fails_with_the_last_death(self):
        daemon = self.daemon_of_one()
        for words, how in ((["probe.die", "9"], "SIGKILL (9) while it ran probe.die"),
                           (["probe.exit", "7"], "exited with status 7 while it ran probe.exit")):
            with self.subTest(words=words):
                job = daemon.bus.words(*words)
                self.assert_failed(daemon.bus.wait(job), how)
                self.assertEqual(3, daemon.bus.job(job)["Attempt"])
        self.assert_free(daemon)

    def test_rules_tell_signals_and_exit_statuses_apart(self):
        daemon = self.daemon_of_one("[retry picky]\nrules=signal SIGKILL fail; exit 3 fail; exit retry\n")
        for function, number, attempts in (("die", "int32 9", 1), ("exit", "int32 3", 1)):
            with self.subTest(function=function):
                job = daemon.bus.submit({"function": "probe." + function, "retry": "picky",
                                         "arguments": arguments(f"({number}, uint32 0)")})[0]
                self.assert_failed(daemon.bus.wait(job))
                self.assertEqual(attempts, daemon.bus.job(job)["Attempt"])

    def test_a_job_that_must_not_run_twice_fails_when_its_worker_dies(self):
        daemon = self.daemon_of_one()
        job = daemon.bus.submit({"function": "probe.die", "retry": "never",
                                 "arguments": arguments("(9, uint32 1)")})[0]
        self.assert_failed(daemon.bus.wait(job), "SIGKILL")
        self.assertEqual(1, daemon.bus.job(job)["Attempt"])


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Jobs that fail run again by the policy of their queue, over crashes of the daemon too."""

import harness
import tap

MANUAL = "--clock=manual:2024-01-01T00:00:00Z"
SECOND = 1000000
CONFIG = """
[retry mail]
attempts=3
backoff=exponential
delay=1min
rules=timeout snooze 5min; any retry

[queue mail]
retry=mail

[queue once]
retry=never
"""


class Retry(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.daemon(MANUAL, plugins=["demo"], config=CONFIG)

    @property
    def bus(self):
        return self.server.bus

    def submit(self, **entry):
        return self.bus.submit({name.replace("_", "-"): value for name, value in entry.items()})[0]

    def until_attempts(self, job, n_attempts):
        def was_tried():
            shown = self.bus.job(job)
            return (shown["State"], len(shown["Attempts"])) == ("pending", n_attempts)

        harness.bounded(was_tried, f"attempt {n_attempts} of job {job}")

    def until_active(self, job):
        harness.bounded(lambda: self.bus.job(job)["State"] == "active", f"job {job} to run")

    def test_the_policy_of_the_queue_decides(self):
        job = self.submit(function="demo.fatal", queue="mail")
        self.until_attempts(job, 1)
        self.bus.advance(60 * SECOND)
        self.until_attempts(job, 2)
        # twice as long
        self.bus.advance(119 * SECOND)
        self.assertEqual("pending", self.bus.job(job)["State"])
        self.bus.advance(SECOND)
        self.assert_failed(self.bus.wait(job))
        self.assertEqual(["failed"] * 3, [attempt["end"] for attempt in self.bus.job(job)["Attempts"]])

    def test_pauses_and_counts_survive_a_crash(self):
        job = self.submit(function="demo.fatal", queue="mail")
        self.until_attempts(job, 1)
        self.server.kill()
        self.server.start()
        self.assertEqual("pending", self.bus.job(job)["State"])
        self.assertEqual(1, len(self.bus.job(job)["Attempts"]))
        self.bus.advance(60 * SECOND)
        self.until_attempts(job, 2)
        self.bus.advance(120 * SECOND)
        self.assert_failed(self.bus.wait(job))

    def test_never_runs_at_most_once_over_a_crash(self):
        once = self.submit(function="demo.sleep", arguments=harness.text("(3600.0,)"), queue="once")
        often = self.submit(function="demo.sleep", arguments=harness.text("(3600.0,)"))
        for job in (once, often):
            self.until_active(job)
        self.server.kill()
        self.server.start()
        _domain, _code, message = self.assert_failed(self.bus.wait(once))
        self.assertIn("interrupted 1 time", message)
        self.until_active(often)
        self.assertEqual(2, self.bus.job(often)["Attempt"])

    def test_a_job_that_runs_too_long_is_stopped(self):
        job = self.submit(function="demo.sleep", arguments=harness.text("(3600.0,)"),
                          run_timeout=harness.GLib.Variant("x", 10 * SECOND))
        self.until_active(job)
        self.bus.advance(10 * SECOND)
        self.bus.advance(5 * SECOND)
        _domain, _code, message = self.assert_failed(self.bus.wait(job))
        self.assertIn("run-timeout of 10 s", message)

    def test_an_unknown_policy_is_refused(self):
        message = self.assert_bus_error(
            "NoSuchPolicy", self.bus.submit, {"function": "demo.noop", "retry": "mial"})
        self.assertIn("did you mean 'mail'?", message)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Queues, what waits in them, factories, and jobs that are put only once.

The clock stands still but where a test moves it. Names in brackets are those of the failure
cases and acceptance cases that a test covers.
"""

import harness
import tap

SECOND = 1_000_000
HOUR = 3600 * SECOND
CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
NOW = 1_704_067_200 * SECOND
ERROR, USAGE, CONFLICT, NO_SUCH, CANCELLED = 1, 2, 6, 10, 21


class Queues(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(CLOCK, plugins=["probe"])
        self.ctl = self.served.ctl

    def submit(self, *words):
        return self.ctl("submit", *words)

    def waiting(self, queue="-"):
        """The jobs that wait, in the order in which they will be begun."""
        shown = self.served.ctl_json("queue", "show", "--limit=100", queue)
        self.assertEqual(len(shown["jobs"]), shown["length"])
        return [str(job) for job in shown["jobs"]]

    def set_time(self, usec):
        self.served.bus.call("/org/asyncq", harness.TESTING, "SetTime",
                             harness.GLib.Variant("(x)", (usec,)))

    # order

    def test_jobs_are_pulled_and_put_again(self):
        """[D3]"""
        self.ctl("claiming", "off")
        jobs = [self.submit("probe.double", str(n)) for n in range(10)]
        self.assertEqual(jobs, self.waiting())
        self.assertEqual(jobs[9], self.ctl("queue", "pull", "-", "-1"))
        self.assertEqual(jobs[0], self.ctl("queue", "pull", "-"))
        self.assertEqual(jobs[4], self.ctl("queue", "pull", "-", "@" + jobs[4]))
        run = self.served.ctl_run("queue", "pull", "-", "@" + jobs[4])
        self.assertIn(run.returncode, (ERROR, NO_SUCH), run.stderr)
        self.assertEqual(7, len(self.waiting()))
        self.assertEqual("new", self.served.bus.job(jobs[0])["State"])
        self.ctl("queue", "put", jobs[9])
        self.assertEqual(jobs[9], self.waiting()[-1])
        self.assertEqual(8, len(self.waiting()))
        self.ctl("queue", "put", jobs[9], status=ERROR)
        self.ctl("queue", "pull", "-", "99", status=NO_SUCH if run.returncode == NO_SUCH else ERROR)
        self.ctl("claiming", "on")
        self.ctl("wait", jobs[9])
        self.assertEqual("new", self.served.bus.job(jobs[4])["State"])

    def test_the_list_is_the_order_of_claims(self):
        self.ctl("claiming", "off")
        later = self.submit("probe.double", "1", "--after=2h")
        soon = self.submit("probe.double", "1", "--after=1h")
        slow = self.submit("probe.double", "1", "--priority=200")
        first = self.submit("probe.double", "1", "--priority=5")
        self.assertEqual([first, slow, soon, later], self.waiting())
        self.ctl("retry", later)
        self.ctl("change", first, "priority=255")
        self.assertEqual([later, slow, first, soon], self.waiting())

    def test_a_delay_does_not_care_about_clocks_and_a_time_does(self):
        delayed = int(self.submit("probe.double", "1", "--after=1h"))
        timed = int(self.submit("probe.double", "2", "--at=2024-01-01T01:00:00Z"))
        self.set_time(NOW - 10 * HOUR)
        self.served.bus.advance(HOUR)
        self.ctl("wait", str(delayed))
        self.assertEqual("pending", self.served.bus.job(timed)["State"])
        another = int(self.submit("probe.double", "3", "--after=1h"))
        self.set_time(NOW + 100 * HOUR)
        self.ctl("wait", str(timed))
        self.assertEqual("pending", self.served.bus.job(another)["State"])
        self.served.bus.advance(HOUR)
        self.ctl("wait", str(another))

    # queues

    def test_a_job_is_not_put_into_a_queue_that_is_not_there(self):
        self.ctl("queue", "create", "letters")
        run = self.served.ctl_run("submit", "--queue=leters", "probe.double", "1")
        self.assertEqual(NO_SUCH, run.returncode, run.stderr)
        self.assertIn("did you mean 'letters'?", run.stderr)
        run = self.served.ctl_run("submit", "--queue=xyzzy", "probe.double", "1")
        self.assertEqual(NO_SUCH, run.returncode, run.stderr)
        self.assertIn("xyzzy", run.stderr)
        self.assertEqual([], self.served.bus.list_jobs())

    def test_a_queue_is_made_and_removed(self):
        self.ctl("queue", "create", "letters")
        self.ctl("queue", "create", "letters", status=CONFLICT)
        self.ctl("queue", "pause", "letters")
        job = self.submit("--queue=letters", "probe.double", "1")
        self.ctl("queue", "remove", "letters", status=ERROR)
        self.served.restart()
        self.assertEqual([job], self.waiting("letters"))
        self.ctl("queue", "resume", "letters")
        self.ctl("wait", job)
        self.ctl("queue", "remove", "letters")
        self.ctl("queue", "show", "letters", status=NO_SUCH)

    def test_a_pause_has_a_reason_and_an_end_and_is_kept(self):
        self.ctl("queue", "pause", "-", "--reason=the server moves", "--until=2024-01-01T02:00:00Z")
        job = self.submit("probe.double", "1")
        self.served.arguments = [CLOCK]
        self.served.kill()
        self.served.start()
        shown = self.ctl("queue", "list")
        self.assertIn("the server moves", shown)
        self.assertIn("the server moves", self.ctl("queue", "show", "-"))
        self.served.bus.advance(2 * HOUR - 1)
        self.assertEqual("pending", self.served.bus.job(job)["State"])
        self.served.bus.advance(1)
        self.ctl("wait", job)
        self.assertNotIn("the server moves", self.ctl("queue", "list"))

    def test_claiming_is_stopped_and_jobs_are_run_one_by_one(self):
        self.ctl("claiming", "off")
        self.assertEqual("off", self.ctl("claiming"))
        self.assertIn("claiming on", self.ctl("status"))
        jobs = [int(self.submit("probe.double", str(n))) for n in range(3)]
        for n in range(3):
            ran = self.served.bus.call("/org/asyncq", harness.TESTING, "ProcessNext")
            self.assertEqual(jobs[n], ran)
            states = [self.served.bus.job(job)["State"] for job in jobs]
            self.assertEqual(["completed"] * (n + 1) + ["pending"] * (2 - n), states)
        self.assertEqual(0, self.served.bus.call("/org/asyncq", harness.TESTING, "ProcessNext"))

    # changes

    def test_a_job_that_waits_can_be_changed(self):
        self.ctl("claiming", "off")
        job = self.submit("probe.double", "1")
        self.ctl("change", job, "arguments=21", "priority=7", "retry=never", "run-timeout=5s")
        self.ctl("change", job, "retry=nver", status=NO_SUCH)
        self.ctl("change", job, "arguments=x", status=ERROR)
        shown = self.served.bus.job(job)
        self.assertEqual(7, shown["Priority"])
        self.assertEqual("never", shown["Settings"]["retry"])
        self.assertEqual(5 * SECOND, shown["Settings"]["run-timeout"])
        self.ctl("claiming", "on")
        self.assertEqual("uint32 42", self.ctl("wait", job))
        self.ctl("change", job, "priority=7", status=ERROR)

    # only once

    def test_a_unique_job_is_skipped_replaced_or_merged(self):
        self.ctl("claiming", "off")
        first = self.submit("probe.double", "1", "--unique-key=k", "--priority=100")
        self.assertEqual(first, self.submit("probe.double", "2", "--unique-key=k"))
        self.assertEqual(first, self.submit("probe.double", "3", "--unique-key=k",
                                            "--unique-conflict=merge", "--priority=50"))
        self.assertEqual(50, self.served.bus.job(first)["Priority"])
        second = self.submit("probe.double", "4", "--unique-key=k", "--unique-conflict=replace")
        self.assertNotEqual(first, second)
        self.assertIn(second, self.served.ctl_run("wait", first).stderr)
        self.ctl("wait", first, status=CANCELLED)
        self.ctl("claiming", "on")
        self.assertEqual("uint32 8", self.ctl("wait", second))
        self.assertNotEqual(second, self.submit("probe.double", "5", "--unique-key=k"))

    def test_arguments_make_a_job_unique_and_so_does_a_period(self):
        self.ctl("claiming", "off")
        one = self.submit("probe.double", "1", "--unique")
        self.assertEqual(one, self.submit("probe.double", "1", "--unique=n"))
        self.assertNotEqual(one, self.submit("probe.double", "2", "--unique"))
        self.ctl("claiming", "on")
        self.ctl("wait", one)
        daily = self.submit("probe.double", "7", "--unique", "--unique-period=1d")
        self.ctl("wait", daily)
        self.assertEqual(daily, self.submit("probe.double", "7", "--unique", "--unique-period=1d"))
        self.served.bus.advance(24 * HOUR + 1)
        self.assertNotEqual(daily, self.submit("probe.double", "7", "--unique", "--unique-period=1d"))

    def test_a_key_of_more_than_a_kibibyte_is_refused(self):
        self.submit("probe.double", "1", "--unique-key=" + "k" * 1024)
        run = self.served.ctl_run("submit", "probe.double", "1", "--unique-key=" + "k" * 1025)
        self.assertEqual(ERROR, run.returncode, run.stderr)
        self.assertIn("1024", run.stderr)
        self.assertEqual(1, len(self.served.bus.list_jobs()))

    # factories

    def test_jobs_are_made_of_factories(self):
        self.ctl("factory", "add", "doubler", "probe.double", "n=21", "--priority=9")
        self.ctl("factory", "add", "doubler", "probe.double", "n=1", status=CONFLICT)
        self.served.restart()
        self.assertIn("probe.double", self.ctl("factory", "list"))
        self.assertEqual("uint32 42", self.ctl("run", "--factory=doubler"))
        job = self.submit("--factory=doubler", "n=4")
        self.assertEqual("uint32 8", self.ctl("wait", job))
        self.assertEqual(9, self.served.bus.job(job)["Priority"])
        self.ctl("factory", "remove", "doubler")
        self.assertIn("factory", self.served.ctl_run("submit", "--factory=doubler").stderr)
        self.ctl("submit", "--factory=doubler", status=NO_SUCH)

    # bad input

    def test_what_makes_no_sense_is_refused_by_the_daemon_too(self):
        double = {"function": "probe.double", "arguments": harness.text("(uint32 1,)")}
        number = harness.GLib.Variant
        for name, entry in (("Invalid", {"begin_by": number("x", -1)}),
                            ("Invalid", {"total_timeout": number("x", 0)}),
                            ("Invalid", {"crash_limit": number("u", 0)}),
                            ("Invalid", {"crash_limit": number("u", 101)}),
                            ("Invalid", {"failure_log_level": "loud"}),
                            ("Invalid", {"unique_key": "k", "unique_scope": "ever"}),
                            ("NoSuchPolicy", {"retry": "mail"}),
                            ("TooLarge", {"unique_key": "k" * 1025})):
            with self.subTest(entry):
                self.assert_bus_error(name, self.served.bus.submit, {**double, **entry})
        self.assertEqual([], self.served.bus.list_jobs())

    def test_a_time_without_a_zone_is_utc_and_said_to_be(self):
        run = self.served.ctl_run("submit", "probe.double", "1", "--at=2030-01-01T00:00:00")
        self.assertIn("is taken as UTC: 2030-01-01T00:00:00Z", run.stderr)
        shown = self.served.ctl_json("show", run.stdout.strip())
        self.assertEqual("2030-01-01T00:00:00.000000Z", shown["begin_after"])
        run = self.served.ctl_run("queue", "pause", "-", "--until=2030-01-01T00:00:00")
        self.assertIn("is taken as UTC", run.stderr)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Jobs that run again: policies, crashes, interruptions, limits of time; retry and snooze.

The clock stands still but where a test moves it. Names in brackets are those of the failure
cases and acceptance cases that a test covers.
"""

import os

import harness
import tap

SECOND = 1_000_000
HOUR = 3600 * SECOND
CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
NO_SUCH, FAILED, CANCELLED, EXPIRED = 10, 20, 21, 22


class Life(harness.Case):
    def settle(self, daemon, job, state, attempt):
        """Returns when so many attempts were begun and the job is in that state."""
        def is_there():
            shown = daemon.bus.job(job)
            return (shown["State"], shown["Attempt"]) == (state, attempt)
        harness.bounded(is_there, f"job {job} {state} after attempt {attempt}")

    def hold(self, daemon, *options):
        """A job that runs until the test opens the FIFO that comes with it."""
        fifo = self.path(f"fifo{len(os.listdir(self.folder))}")
        os.mkfifo(fifo)
        job = int(daemon.ctl("submit", *options, "probe.hold", fifo))
        self.settle(daemon, job, "active", 1)
        return job, fifo

    def release(self, fifo):
        with open(fifo, "w", encoding="ascii"):
            pass

    # causes

    def test_conflicts_are_tried_five_times(self):
        """[F25, D5]"""
        daemon = self.daemon(CLOCK, plugins=["probe"])
        always = daemon.ctl("submit", "probe.fail", "conflict")
        twice = daemon.ctl("submit", "probe.fail", "conflict", "2")
        self.assertIn("attempt 5: conflict", daemon.ctl_run("wait", always).stderr)
        self.assertEqual("3", daemon.ctl("wait", twice).split()[-1])
        self.assertEqual(5, daemon.bus.job(always)["Attempt"])
        self.assertEqual(3, daemon.bus.job(twice)["Attempt"])
        ends = [attempt["end"] for attempt in daemon.bus.job(twice)["Attempts"]]
        self.assertEqual(["failed", "failed", "succeeded"], ends)

    def test_an_ordinary_error_is_not_tried_again(self):
        """[F27, D5]"""
        daemon = self.daemon(CLOCK, plugins=["probe"])
        for kind in ("ordinary", "final"):
            job = daemon.ctl("submit", "probe.fail", kind)
            daemon.ctl("wait", job, status=FAILED)
            self.assertEqual(1, daemon.bus.job(job)["Attempt"])

    def test_what_is_gone_is_waited_for_longer_each_time(self):
        """[F26, D5]"""
        daemon = self.daemon(CLOCK, plugins=["probe"])
        job = int(daemon.ctl("submit", "probe.fail", "disconnected", "14"))
        for attempt in range(1, 15):
            self.settle(daemon, job, "pending", attempt)
            daemon.bus.advance(min(5 * attempt, 60) * SECOND - 1)
            self.assertEqual("pending", daemon.bus.job(job)["State"])
            daemon.bus.advance(1)
        self.assertEqual(15, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_crash_limit_is_counted_apart(self):
        daemon = self.daemon(CLOCK, plugins=["probe"])
        for options, crashes in (([], 3), (["--crash-limit=1"], 1), (["--retry=never"], 1)):
            job = daemon.ctl("submit", *options, "probe.die", "9")
            self.assertIn("SIGKILL", daemon.ctl_run("wait", job).stderr)
            self.assertEqual(crashes, daemon.bus.job(job)["Attempt"], options)
        job = daemon.ctl("submit", "probe.exit", "3", "2")
        self.assertEqual("3", daemon.ctl("wait", job).split()[-1])

    # policies

    def test_a_policy_of_the_configuration_and_its_tries_to_come(self):
        daemon = self.daemon(CLOCK, plugins=["probe"], config="[retry mail]\nattempts=4\n"
                             "backoff=exponential\ndelay=10s\nfactor=3\nmax-delay=60s\n")
        self.assertIn("mail\n", daemon.ctl("policy", "list"))
        job = int(daemon.ctl("submit", "--retry=mail", "probe.fail"))
        for attempt, pause in ((1, 10), (2, 30), (3, 60)):
            self.settle(daemon, job, "pending", attempt)
            shown = daemon.ctl("show", "--attempts", str(job))
            self.assertEqual(4 - attempt, shown.count("to come"), shown)
            self.assertEqual(attempt, shown.count(" failed "), shown)
            self.assertEqual(4 - attempt, len(daemon.bus.job(job)["NextTries"]))
            daemon.bus.advance(pause * SECOND - 1)
            self.assertEqual("pending", daemon.bus.job(job)["State"])
            daemon.bus.advance(1)
        self.assertIn("attempt 4", self.assert_failed(daemon.bus.wait(job))[2])

    def test_a_retry_in_an_hour_frees_the_slot(self):
        """[F31]"""
        daemon = self.daemon(CLOCK, plugins=["probe"],
                             config="[agent main]\nsize=1\n[retry slow]\ndelay=1h\n")
        job = int(daemon.ctl("submit", "--retry=slow", "probe.fail", "ordinary", "1"))
        self.settle(daemon, job, "pending", 1)
        self.assertEqual("uint32 4", daemon.run("probe.double", "2"))
        daemon.bus.advance(HOUR)
        self.assertEqual(2, self.assert_succeeded(daemon.bus.wait(job)))

    def test_a_retry_at_once_comes_before_all_others(self):
        """[F32]"""
        daemon = self.daemon(CLOCK, plugins=["probe"],
                             config="[agent main]\nsize=1\n[retry again]\ndelay=0s\n")
        daemon.ctl("claiming", "off")
        first = daemon.ctl("submit", "--retry=again", "probe.fail", "ordinary", "1")
        second = daemon.ctl("submit", "probe.double", "2")
        daemon.ctl("claiming", "on")
        daemon.ctl("wait", first, second)
        self.assertLess(daemon.bus.job(first)["Lease"], daemon.bus.job(second)["Lease"])

    def test_rules_by_cause(self):
        daemon = self.daemon(CLOCK, plugins=["probe"], config="[retry picky]\ndelay=0s\nattempts=3\n"
                             "rules=exit 3 fail; exit retry; error g-io-error-quark fail; any retry\n")
        for words, attempts in ((["probe.exit", "3"], 1), (["probe.exit", "4", "2"], 3),
                                (["probe.fail"], 1), (["probe.fail", "conflict"], 3)):
            job = daemon.ctl("submit", "--retry=picky", *words)
            daemon.ctl_run("wait", job)
            self.assertEqual(attempts, daemon.bus.job(job)["Attempt"], words)

    def test_an_unknown_policy_is_refused(self):
        daemon = self.daemon(CLOCK, plugins=["probe"])
        run = daemon.ctl_run("submit", "--retry=comon", "probe.double", "1")
        self.assertEqual(NO_SUCH, run.returncode, run.stderr)
        self.assertIn("did you mean 'common'?", run.stderr)
        daemon.ctl("policy", "show", "mail", status=NO_SUCH)
        self.assertEqual([], daemon.bus.list_jobs())

    # limits of time

    def test_a_job_that_is_not_begun_in_time_expires(self):
        """[F33]"""
        daemon = self.daemon(CLOCK, plugins=["probe"])
        daemon.ctl("queue", "pause", "-")
        late = daemon.ctl("submit", "--begin-by=10s", "--on-any", f"probe.append_result {self.path('out')}",
                          "probe.double", "1")
        soon = daemon.ctl("submit", "--after=5s", "--begin-by=10s", "probe.double", "1")
        daemon.bus.advance(10 * SECOND + 1)
        harness.bounded(lambda: daemon.bus.job(late)["Outcome"] == "expired", "the end")
        daemon.ctl("queue", "resume", "-")
        daemon.ctl("wait", late, status=EXPIRED)
        self.assertEqual(0, daemon.bus.job(late)["Attempt"])
        daemon.ctl("wait", soon)
        harness.bounded(lambda: os.path.exists(self.path("out")), "the callback")

    def test_an_attempt_and_all_of_them_have_limits(self):
        daemon = self.daemon(CLOCK, plugins=["probe"], config="[retry slow]\ndelay=1h\n")
        running = int(daemon.ctl("submit", "--run-timeout=5s", "probe.wait"))
        pausing = int(daemon.ctl("submit", "--total-timeout=1min", "--retry=slow", "probe.fail",
                                 "disconnected"))
        self.settle(daemon, running, "active", 1)
        daemon.bus.advance(5 * SECOND)
        self.assertIn("5", self.assert_failed(daemon.bus.wait(running))[2])
        daemon.bus.advance(HOUR)
        self.assert_failed(daemon.bus.wait(pausing))
        self.assertEqual(1, daemon.bus.job(pausing)["Attempt"])

    # interruptions

    def test_a_job_that_is_interrupted_ten_times_fails(self):
        """[F15, F7]"""
        daemon = self.daemon(plugins=["probe"])
        job, _fifo = self.hold(daemon, "--on-any", f"probe.append_result {self.path('out')}")
        for times in range(1, 10):
            daemon.kill()
            daemon.start()
            self.settle(daemon, job, "active", times + 1)
            self.assertEqual(times, daemon.bus.job(job)["Interruptions"])
        daemon.kill()
        daemon.start()
        self.assert_failed(daemon.bus.wait(job), "interrupted")
        with open(self.path("out"), encoding="ascii") as file:
            self.assertEqual(1, len(file.readlines()))

    def test_a_job_of_never_runs_at_most_once(self):
        """[promise 2]"""
        daemon = self.daemon(plugins=["probe"])
        tokens, path = self.path("tokens"), self.path("ran")
        os.mkfifo(tokens)
        jobs = [int(daemon.ctl("submit", "--retry=never", "probe.append", path, "", tokens))
                for _ in range(12)]
        with open(tokens, "r+b", buffering=0) as fifo:
            for _ in range(3):
                harness.bounded(lambda: daemon.bus.list_jobs("state:active"), "a running job")
                fifo.write(b".")
                daemon.kill()
                daemon.start()
            fifo.write(b"." * 12)
            outcomes = [daemon.bus.wait(job)[0] for job in jobs]
        ran = []
        if os.path.exists(path):
            with open(path, encoding="ascii") as file:
                ran = [int(line.split()[0]) for line in file]
        self.assertEqual(sorted(set(ran)), sorted(ran))
        self.assertIn("failed", outcomes)
        for job, outcome in zip(jobs, outcomes):
            self.assertLessEqual(daemon.bus.job(job)["Attempt"], 1)
            if outcome == "succeeded":
                self.assertIn(job, ran)

    def test_a_clean_stop_is_no_interruption(self):
        """[F5, F6]"""
        daemon = self.daemon(plugins=["probe"])
        job, fifo = self.hold(daemon, "--on-any", f"probe.append_result {self.path('out')}")
        daemon.restart()
        self.settle(daemon, job, "active", 2)
        self.release(fifo)
        self.assert_succeeded(daemon.bus.wait(job))
        self.assertEqual(0, daemon.bus.job(job)["Interruptions"])
        with open(self.path("out"), encoding="ascii") as file:
            self.assertEqual(1, len(file.readlines()))

    # by hand

    def test_retry_by_hand(self):
        daemon = self.daemon(CLOCK, plugins=["probe"])
        waiting = daemon.ctl("submit", "--after=1h", "probe.double", "3")
        self.assertEqual(waiting, daemon.ctl("retry", waiting))
        self.assertEqual("uint32 6", daemon.ctl("wait", waiting))
        again = daemon.ctl("retry", waiting)
        self.assertNotEqual(waiting, again)
        self.assertEqual("uint32 6", daemon.ctl("wait", again))
        self.assertEqual(int(waiting), daemon.bus.job(again)["RetryOf"])
        running, fifo = self.hold(daemon)
        self.assertIn("run", daemon.ctl_run("retry", str(running)).stderr)
        self.assertEqual("active", daemon.bus.job(running)["State"])
        self.release(fifo)
        self.assert_succeeded(daemon.bus.wait(running))

    def test_snooze_by_hand_and_by_the_job_itself(self):
        daemon = self.daemon(CLOCK, plugins=["probe"])
        daemon.ctl("claiming", "off")
        job = int(daemon.ctl("submit", "probe.double", "3"))
        daemon.ctl("snooze", str(job), "15min")
        daemon.ctl("claiming", "on")
        daemon.bus.advance(15 * 60 * SECOND - 1)
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        daemon.bus.advance(1)
        self.assert_succeeded(daemon.bus.wait(job))
        job = int(daemon.ctl("submit", "--retry=never", "probe.snooze", str(HOUR), "1"))
        harness.bounded(lambda: daemon.bus.job(job)["Due"] != 0 and
                        daemon.bus.job(job)["State"] == "pending", "the snooze")
        self.assertIn("snoozed", daemon.ctl("show", "--attempts", str(job)))
        daemon.bus.advance(HOUR)
        self.assert_succeeded(daemon.bus.wait(job))

    def test_a_running_job_is_asked_to_stop(self):
        daemon = self.daemon(CLOCK, plugins=["probe"])
        job = int(daemon.ctl("submit", "probe.wait"))
        self.settle(daemon, job, "active", 1)
        daemon.ctl("cancel", "--wait", "--why=not wanted", str(job))
        self.assertIn("not wanted", daemon.ctl_run("wait", str(job)).stderr)
        daemon.ctl("wait", str(job), status=CANCELLED)
        stubborn = int(daemon.ctl("submit", "probe.wait", "true"))
        self.settle(daemon, stubborn, "active", 1)
        run = daemon.ctl_run("cancel", "--wait", str(stubborn))
        self.assertIn("succeeded before it stopped", run.stderr)
        run = daemon.ctl_run("cancel", str(stubborn))
        self.assertEqual(1, run.returncode, run.stderr)
        self.assertIn(f"to run it again: asyncqctl retry {stubborn}", run.stderr)
        self.assertEqual("succeeded", daemon.bus.job(stubborn)["Outcome"])

    def test_lists_tell_what_a_job_waits_for(self):
        # the tool looks at its own clock, so the daemon's is in a future that nobody sees
        daemon = self.daemon("--clock=manual:2100-01-01T00:00:00Z", plugins=["probe"])
        os.environ["COLUMNS"] = "80"
        self.addCleanup(os.environ.pop, "COLUMNS")
        failing = int(daemon.ctl("submit", "probe.fail", "disconnected"))
        snoozing = int(daemon.ctl("submit", "probe.snooze", str(HOUR), "1"))
        waiting = int(daemon.ctl("submit", "--after=1h", "probe.double", "1"))
        self.settle(daemon, failing, "pending", 1)
        harness.bounded(lambda: daemon.bus.job(snoozing)["Attempts"] and
                        daemon.bus.job(snoozing)["State"] == "pending", "the snooze")
        words = {int(line.split()[0]): line.split()[2]
                 for line in daemon.ctl("list", "--no-legend").splitlines()}
        self.assertEqual({failing: "retrying", snoozing: "retrying", waiting: "delayed"}, words)
        for job, word in ((failing, "retrying"), (snoozing, "snoozed"), (waiting, "delayed")):
            shown = daemon.ctl("status", str(job))
            self.assertIn("State: " + word, shown)
            self.assertLessEqual(max(len(line) for line in shown.splitlines()), 80, shown)

    def test_how_it_failed_in_three_ways(self):
        daemon = self.daemon(CLOCK, plugins=["probe"])
        job = daemon.ctl("submit", "probe.fail", "conflict")
        daemon.ctl("wait", job, status=FAILED)
        brief, default, verbose = (daemon.ctl("show", "--failure=" + how, job)
                                   for how in ("brief", "default", "verbose"))
        self.assertEqual(1, len(brief.splitlines()))
        self.assertLessEqual(len(brief), len(default))
        self.assertLess(len(default), len(verbose))
        for text in (brief, default, verbose):
            self.assertIn("attempt 5: conflict", text)
        self.assertEqual("", daemon.ctl("show", "--failure", daemon.ctl("submit", "probe.double", "1")))
        daemon.ctl("show", "--failure=loud", job, status=2)


if __name__ == "__main__":
    tap.main()

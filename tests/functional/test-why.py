#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Why jobs do not run, and statistics. The clock stands still but where a test moves it."""

import os

import harness
import tap

SECOND = 1_000_000
CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
NOW = 1_704_067_200 * SECOND
CONFIG = """
[agent main]
size = 1
queues = work;other

[agent picky]
size = 1
queues = filtered
filter = demo.*

[queue nobody]
"""


class Why(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(CLOCK, "--no-default-agent", plugins=["probe"], config=CONFIG)
        self.ctl = self.served.ctl

    def submit(self, *words, queue="work"):
        return self.ctl("submit", f"--queue={queue}", *words)

    def hold(self, name="fifo"):
        """A job that runs until release()."""
        fifo = self.path(name)
        os.mkfifo(fifo)
        self.served.bus.watch()
        job = self.submit("probe.hold", fifo)
        self.served.bus.until_state(int(job), "active")
        return job

    def release(self, job, name="fifo"):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write("done")
        self.ctl("wait", job)

    def why(self, job):
        """word → reason; and that a person can read all of it at 80 columns"""
        told = self.served.ctl_json("why", job)
        self.assertEqual(int(job), told["id"])
        text = self.ctl("why", job)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        flat = " ".join(text.split())
        for reason in told["reasons"]:
            self.assertIn(" ".join(reason["text"].split()), flat)
        return told, {reason["reason"]: reason for reason in told["reasons"]}

    def reason(self, job, word):
        """The one reason that there is."""
        told, reasons = self.why(job)
        self.assertEqual([word], list(reasons))
        return told, reasons[word]

    # one reason each

    def test_not_before_and_delayed(self):
        timed = self.submit("probe.double", "1", "--at=2024-01-01T00:01:00Z")
        delayed = self.submit("probe.double", "1", "--after=1min")
        told, reason = self.reason(timed, "not-before")
        self.assertEqual(NOW + 60 * SECOND, reason["until"])
        self.assertEqual(NOW + 60 * SECOND, told["estimate"])
        self.assertIn("2024-01-01 00:01:00 UTC", reason["text"])
        self.assertIn("(in 1 min 0 s)", self.ctl("why", timed))
        told, reason = self.reason(delayed, "delayed")
        self.assertEqual(NOW + 60 * SECOND, reason["until"])

    def test_retry_pause(self):
        job = self.submit("probe.fail", "ordinary", "9", "--retry=m01")
        self.served.bus.watch()
        harness.bounded(lambda: self.served.bus.job(int(job))["Due"] > NOW, "a pause")
        told, reason = self.reason(job, "retry-pause")
        self.assertEqual(1, reason["attempt"])
        self.assertEqual(NOW + 10 * SECOND, reason["until"])
        self.assertEqual(NOW + 10 * SECOND, told["estimate"])
        self.assertIn(reason["failure"][2], reason["text"])

    def test_snoozed(self):
        job = self.submit("probe.snooze", str(60 * SECOND))
        harness.bounded(lambda: self.served.bus.job(int(job))["Due"] > NOW, "a snooze")
        _, reason = self.reason(job, "snoozed")
        self.assertEqual(NOW + 60 * SECOND, reason["until"])

    def test_paused_by_whom_and_until_when(self):
        self.ctl("queue", "pause", "work", "--reason=the server is down", "--for=5min")
        job = self.submit("probe.double", "1")
        told, reason = self.reason(job, "queue-paused")
        self.assertEqual(("work", "the server is down", os.getuid()),
                         (reason["queue"], reason["why"], reason["by"]))
        self.assertGreater(reason["until"], NOW)  # by the clock of asyncqctl
        self.assertEqual(reason["until"], told["estimate"])
        self.ctl("queue", "resume", "work")
        self.ctl("wait", job)
        self.reason(job, "completed")

    def test_claiming_is_off(self):
        self.ctl("claiming", "off")
        job = self.submit("probe.double", "1")
        told, reason = self.reason(job, "claiming-off")
        self.assertEqual(0, told["estimate"])
        self.assertIn("asyncqctl claiming on", reason["text"])
        self.assertIn("Why: " + reason["text"], self.ctl("status", job))

    def test_no_agent_serves_its_queue(self):
        job = self.submit("probe.double", "1", queue="nobody")
        _, reason = self.reason(job, "no-agent")
        self.assertEqual(["main", "picky"], [agent["name"] for agent in reason["agents"]])
        self.assertIn("does not serve queue 'nobody'", reason["text"])

    def test_a_filter_refuses_it(self):
        job = self.submit("probe.double", "1", queue="filtered")
        _, reason = self.reason(job, "filter")
        whys = {agent["name"]: agent["why"] for agent in reason["agents"]}
        self.assertIn("filter 'demo.*' refuses", whys["picky"])
        self.assertIn("does not serve queue 'filtered'", whys["main"])

    def test_its_function_is_missing(self):
        job = self.submit("--defer-check", "probe.duoble", "1")
        _, reason = self.reason(job, "function-missing")
        self.assertEqual(("probe.duoble", "probe.double"), (reason["function"], reason["suggestion"]))

    def test_it_was_pulled(self):
        self.ctl("claiming", "off")
        job = self.submit("probe.double", "1")
        self.ctl("queue", "pull", "work", "@" + job)
        _, reason = self.reason(job, "pulled")
        self.assertEqual("work", reason["queue"])

    def test_no_worker_is_free_and_others_come_before(self):
        running = self.hold()
        first = self.submit("probe.double", "1")
        second = self.submit("probe.double", "2")
        _, reasons = self.why(second)
        self.assertEqual(["slots-full", "behind"], list(reasons))
        self.assertEqual(1, reasons["behind"]["count"])
        self.assertEqual([{"name": "main", "size": 1, "running": [int(running)]}],
                         reasons["slots-full"]["agents"])
        self.reason(first, "slots-full")
        _, reason = self.reason(running, "running")
        self.assertEqual(("main", 1), (reason["agent"], reason["attempt"]))
        # who pays attention to order is not next
        urgent = self.submit("probe.double", "3", "--priority=1")
        self.reason(urgent, "slots-full")
        self.assertEqual(2, self.why(second)[1]["behind"]["count"])
        self.release(running)
        self.ctl("wait", second)

    def test_the_estimate_is_of_run_times_and_says_so(self):
        running = self.hold()
        waiting = self.submit("probe.double", "1")
        told, _ = self.reason(waiting, "slots-full")
        self.assertEqual(0, told["estimate"])  # nothing ever ran
        self.served.bus.advance(10 * SECOND)
        self.release(running)
        self.ctl("wait", waiting)
        again = self.hold("again")
        waiting = [self.submit("probe.hold", self.path("never")) for _ in range(3)]
        told, _ = self.why(waiting[2])
        now = NOW + 10 * SECOND
        self.assertGreater(told["estimate"], now)
        self.assertIn("2 before it and 1 running", told["estimate-note"])
        self.assertIn("an estimate", self.ctl("why", waiting[2]))
        for job in waiting:
            self.ctl("cancel", job)
        self.release(again, "again")

    def test_a_limit_is_full_and_says_until_when(self):
        # agent picky would be free: it is the limit that says when
        self.ctl("agent", "set", "main", "--size=4")
        self.ctl("limit", "create", "database", "--size=1")
        under = ["--limit=database", "probe.hold"]
        first = self.hold("first")
        self.served.bus.advance(10 * SECOND)
        self.release(first, "first")
        for name in ("held", "second", "third"):
            os.mkfifo(self.path(name))
        held = self.submit(*under, self.path("held"))
        self.served.bus.until_state(int(held), "active")
        second = self.submit(*under, self.path("second"))
        third = self.submit(*under, self.path("third"))
        told, reason = self.reason(second, "limit")
        self.assertEqual(("database", "database", 1, [int(held)]),
                         tuple(reason[key] for key in ("limit", "instance", "size", "holders")))
        self.assertIn(f"held by {held} (probe.hold, active)", reason["text"])
        self.assertGreater(told["estimate"], told["time"])
        self.assertIn("limit 'database'", told["estimate-note"])
        self.assertNotIn("is free", self.ctl("why", second))
        # one before it wants the same place, and when that will leave nobody can tell
        told, _ = self.reason(third, "limit")
        self.assertEqual(0, told["estimate"])
        # nor when a holder does that takes longer than it should
        self.served.bus.advance(3600 * SECOND)
        told, _ = self.reason(second, "limit")
        self.assertEqual((0, ""), (told["estimate"], told["estimate-note"]))
        # a limit that is gone holds nobody back
        self.ctl("limit", "remove", "database")
        for job, name in ((held, "held"), (second, "second"), (third, "third")):
            self.release(job, name)

    def test_a_limit_whose_holders_never_ran_has_no_estimate(self):
        self.ctl("agent", "set", "main", "--size=4")
        self.ctl("limit", "create", "wait:{succeed}", "--size=1")
        under = ["--limit=wait:{succeed}", "probe.wait"]
        jobs = [self.submit(*under, "true") for _ in range(2)]
        harness.bounded(lambda: self.served.bus.job(int(jobs[0]))["State"] == "active", "a job that runs")
        told, reason = self.reason(jobs[1], "limit")
        self.assertEqual(("wait:{succeed}", "wait:true"), (reason["limit"], reason["instance"]))
        self.assertIn("limit 'wait:true' (of 'wait:{succeed}') is full: 1 of 1", reason["text"])
        self.assertEqual(0, told["estimate"])
        # of another value there is room
        other = self.submit(*under, "false")
        harness.bounded(lambda: self.served.bus.job(int(other))["State"] == "active", "a job that runs")
        for job in (jobs[1], jobs[0], other):
            self.ctl("cancel", job)

    def test_a_rate_is_used_up_and_says_until_when(self):
        self.ctl("limit", "create", "smtp", "--rate=2/min")
        jobs = [self.submit("--limit=smtp", "probe.double", str(n)) for n in range(5)]
        for job in jobs[:2]:
            self.ctl("wait", job)
        for job, minutes in ((jobs[2], 1), (jobs[3], 1), (jobs[4], 2)):
            told, reason = self.reason(job, "rate")
            self.assertEqual(("smtp", 2, 60 * SECOND, NOW + 60 * SECOND),
                             tuple(reason[key] for key in ("limit", "rate", "period", "until")))
            self.assertEqual(NOW + minutes * 60 * SECOND, told["estimate"])
            self.assertIn("limit 'smtp' has room for it then", told["estimate-note"])
        self.assertIn("lets 2 begin in 60 s", self.ctl("why", jobs[4]))
        self.served.bus.advance(60 * SECOND)
        self.ctl("wait", jobs[3])

    def test_it_waits_for_other_jobs(self):
        running = self.hold()
        after = self.submit("probe.double", "1", f"--after-job={running}")
        _, reason = self.reason(after, "waits-for")
        self.assertEqual([int(running)], reason["jobs"])
        self.assertEqual({"id": int(running), "role": "after", "function": "probe.hold",
                          "state": "active"}, reason["waits-for"][0])
        self.assertIn(f"after {running} (probe.hold, active)", reason["text"])
        self.release(running)
        self.ctl("wait", after)

    def test_parts_of_a_composite_job_and_callbacks(self):
        os.mkfifo(self.path("fifo"))
        hold = {"function": "probe.hold", "queue": "work",
                "arguments": harness.text(f"('{self.path('fifo')}',)")}
        self.served.bus.watch()
        serial, first, second, callback = self.served.bus.submit(
            {"kind": "serial"}, {**hold, "parent": 0},
            {"function": "probe.double", "queue": "work", "parent": 0,
             "arguments": harness.text("(uint32 1,)")},
            {"function": "probe.append_result", "queue": "nobody", "parent": 1, "role": "callback",
             "arguments": harness.text(f"('{self.path('lines')}',)")})
        self.served.bus.until_state(first, "active")
        _, reason = self.reason(str(serial), "waits-for")
        self.assertEqual(2, reason["count"])
        for job in (second, callback):
            self.assertEqual([first], self.reason(str(job), "waits-for")[1]["jobs"])
        with open(self.path("fifo"), "w", encoding="ascii") as file:
            file.write("done")
        self.served.bus.until_state(first, "callbacks")
        _, reason = self.reason(str(first), "waits-for")
        self.assertEqual([callback], reason["jobs"])
        self.reason(str(callback), "no-agent")

    def test_what_is_over_and_what_never_was(self):
        job = self.submit("probe.double", "1")
        self.ctl("wait", job)
        told, reason = self.reason(job, "completed")
        self.assertFalse(told["waiting"])
        self.assertEqual("succeeded", reason["outcome"])
        run = self.served.ctl_run("why", "99", job)
        self.assertEqual(7, run.returncode, run.stderr)
        self.assertIn("there is no job 99", run.stderr)
        self.ctl("why", "99", status=10)

    def test_all_reasons_at_once(self):
        running = self.hold()
        self.ctl("queue", "pause", "work")
        self.ctl("claiming", "off")
        job = self.submit("--defer-check", "probe.duoble", "1", "--after=1min")
        told, reasons = self.why(job)
        self.assertEqual({"delayed", "queue-paused", "claiming-off", "function-missing"}, set(reasons))
        self.assertEqual(0, told["estimate"])
        self.release(running)


class Statistics(harness.Case):
    def queue(self, daemon, name):
        told = daemon.ctl_json("stats")
        return told, {queue["name"]: queue for queue in told["queues"]}[name]

    def test_depth_age_throughput_and_run_times(self):
        daemon = self.daemon(CLOCK, plugins=["probe"], config="[queue slow]\n")
        daemon.ctl("queue", "pause", "slow")
        jobs = [daemon.ctl("submit", "probe.double", str(n)) for n in range(3)]
        for job in jobs:
            daemon.ctl("wait", job)
        daemon.ctl("run", "probe.fail", "final", "1", status=20)
        oldest = daemon.ctl("submit", "--queue=slow", "probe.double", "1")
        daemon.bus.advance(30 * SECOND)
        daemon.ctl("submit", "--queue=slow", "probe.double", "1")

        told, slow = self.queue(daemon, "slow")
        self.assertEqual(2, slow["jobs"]["pending"])
        self.assertEqual((int(oldest), 30 * SECOND), (slow["oldest"], slow["oldest-age"]))
        self.assertEqual([2, 2, 2], slow["put"])
        self.assertEqual([0, 0, 0], slow["ended"])
        _, plain = self.queue(daemon, "")
        self.assertEqual(([4, 4, 4], [4, 4, 4], [1, 1, 1]),
                         (plain["put"], plain["ended"], plain["failed"]))
        self.assertEqual((4, 0, 0), (plain["jobs"]["completed"], plain["oldest"], plain["oldest-age"]))
        functions = {function["name"]: function for function in told["functions"]}
        self.assertEqual((3, 0), (functions["probe.double"]["runs"], functions["probe.double"]["failed"]))
        self.assertEqual((1, 1), (functions["probe.fail"]["runs"], functions["probe.fail"]["failed"]))
        self.assertEqual(NOW, told["since"])

        # the window moves on
        daemon.bus.advance(45 * SECOND)
        self.assertEqual(([0, 4, 4], [0, 4, 4]), tuple(self.queue(daemon, "")[1][key] for key in ("put", "ended")))
        daemon.bus.advance(20 * 60 * SECOND)
        self.assertEqual([0, 0, 0], self.queue(daemon, "")[1]["ended"])
        text = daemon.ctl("stats")
        self.assertIn("probe.double", text)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_after_a_restart_the_depth_is_right_and_the_rest_begins_anew(self):
        daemon = self.daemon(CLOCK, plugins=["probe"], config="[queue slow]\n")
        daemon.ctl("queue", "pause", "slow")
        daemon.ctl("run", "probe.double", "1")
        waiting = [daemon.ctl("submit", "--queue=slow", "probe.double", "1") for _ in range(5)]
        daemon.ctl("cancel", waiting[0])
        for again in (daemon.restart, lambda: (daemon.kill(), daemon.start())):
            again()
            told, slow = self.queue(daemon, "slow")
            self.assertEqual((4, 1), (slow["jobs"]["pending"], slow["jobs"]["completed"]))
            self.assertEqual(int(waiting[1]), slow["oldest"])
            self.assertEqual([0, 0, 0], slow["put"])
            self.assertEqual([], told["functions"])
            self.assertEqual(1, self.queue(daemon, "")[1]["jobs"]["completed"])


if __name__ == "__main__":
    tap.main()

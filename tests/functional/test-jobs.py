#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Submit keys, cancelling, begin-after, queues, priorities, lists, signals, time-outs."""

import os

import harness
import tap

SECOND = 1_000_000
START = "2024-01-01T00:00:00Z"


def double(n, **keys):
    return {"function": "probe.double", "arguments": harness.text(f"(uint32 {n},)"), **keys}


class Jobs(harness.Case):
    def hold_all(self, daemon, slots=3):
        """Occupies every slot; returns a function that lets them go."""
        fifos = [self.path(f"hold{i}") for i in range(slots)]
        for fifo in fifos:
            os.mkfifo(fifo)
        daemon.bus.submit(*({"function": "probe.hold", "arguments": harness.text(f"('{fifo}',)"),
                             "priority": 0} for fifo in fifos))
        files = [open(fifo, "w", encoding="ascii") for fifo in fifos]
        return lambda: [file.close() for file in files]

    def test_a_submit_key_is_used_once(self):
        daemon = self.daemon(plugins=["probe"])
        first, = daemon.bus.submit(double(1, submit_key="order 7"))
        again, = daemon.bus.submit(double(2, submit_key="order 7"))
        other, = daemon.bus.submit(double(3, submit_key="order 8"))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(2, self.assert_succeeded(daemon.bus.wait(first)))
        self.assertEqual(2, len(daemon.bus.list_jobs()))
        daemon.restart()
        self.assertEqual([first], daemon.bus.submit(double(4, submit_key="order 7")))
        daemon.kill()
        daemon.start()
        self.assertEqual([first], daemon.bus.submit(double(5, submit_key="order 7")))
        self.assertEqual(2, len(daemon.bus.list_jobs()))

    def test_a_clock_that_jumps(self):
        """Ten years and more, both ways: jobs run, and leases rise."""
        daemon = self.new_daemon(plugins=["probe"])
        leases = []
        for year in ("2034", "2024", "1990", "2150", "2024", "2150"):
            daemon.arguments = [f"--clock=manual:{year}-01-01T00:00:00Z"]
            daemon.start()
            daemon.bus.watch()
            job, = daemon.bus.submit(double(1))
            daemon.bus.until_state(job, "completed")
            leases.append(daemon.bus.job(job)["Lease"])
            self.assertEqual(0, daemon.stop())
        self.assertEqual(sorted(set(leases)), leases)

    def test_cancel_while_pending(self):
        daemon = self.daemon(plugins=["probe"])
        release = self.hold_all(daemon)
        job, kept = daemon.bus.submit(double(1), double(2))
        daemon.bus.cancel(job, "nobody wants it")
        outcome, failure = daemon.bus.wait(job)
        self.assertEqual("cancelled", outcome)
        self.assertIn("nobody wants it", failure[2])
        release()
        self.assert_succeeded(daemon.bus.wait(kept))
        self.assertEqual(0, daemon.bus.job(job)["Attempt"])
        self.assert_bus_error("BadState", daemon.bus.cancel, job)
        daemon.restart()
        self.assertEqual("cancelled", daemon.bus.job(job)["Outcome"])

    def test_cancel_by_tool(self):
        daemon = self.daemon(plugins=["probe"])
        release = self.hold_all(daemon)
        job = daemon.ctl("submit", "probe.double", "1")
        daemon.ctl("cancel", job)
        daemon.ctl("wait", job, status=21)
        release()

    def test_cancel_of_a_running_job_leaves_it_its_success(self):
        daemon = self.daemon(plugins=["probe"])
        release = self.hold_all(daemon, 1)
        job = daemon.bus.list_jobs("function:probe.hold")[0]["Id"]
        daemon.bus.cancel(job)
        release()
        self.assert_succeeded(daemon.bus.wait(job))

    def test_cancel_of_a_composite_job_cancels_its_parts(self):
        daemon = self.daemon("--clock=manual:" + START, plugins=["probe"])
        release = self.hold_all(daemon)
        ids = daemon.bus.submit({"kind": "serial"}, double(1, parent=0), double(2, parent=0),
                                {"function": "probe.members", "parent": 0, "role": "postprocess"})
        daemon.bus.cancel(ids[0])
        release()
        for job in ids:
            self.assertEqual("cancelled", daemon.bus.wait(job)[0])

    def test_begin_after_waits_for_the_clock(self):
        daemon = self.daemon("--clock=manual:" + START, plugins=["probe"])
        now = daemon.bus.get("/org/asyncq", harness.TESTING, "Now")
        later, soon = daemon.bus.submit(
            double(1, begin_after=harness.GLib.Variant("x", now + 3600 * SECOND)),
            double(2, begin_after=harness.GLib.Variant("x", now + 10 * SECOND)))
        daemon.bus.advance(10 * SECOND - 1)
        self.assertEqual("pending", daemon.bus.job(soon)["State"])
        daemon.bus.advance(1)
        self.assertEqual(4, self.assert_succeeded(daemon.bus.wait(soon)))
        self.assertEqual("pending", daemon.bus.job(later)["State"])
        daemon.bus.advance(3600 * SECOND)
        self.assertEqual(2, self.assert_succeeded(daemon.bus.wait(later)))
        self.assertEqual(now + 3600 * SECOND, daemon.bus.job(later)["BeginAfter"])
        self.assertGreaterEqual(daemon.bus.job(later)["Started"], now + 3600 * SECOND)

    def test_queues_are_apart(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        mail, other = daemon.bus.submit(double(1, queue="mail"), double(2))
        daemon.bus.manager("AddAgent", "(sa{sv})", "postman",
                           {"queues": harness.GLib.Variant("as", ["mail"])})
        self.assert_succeeded(daemon.bus.wait(mail))
        self.assertEqual("pending", daemon.bus.job(other)["State"])
        self.assertEqual([mail], [job["Id"] for job in daemon.bus.list_jobs("queue:mail")])
        daemon.bus.manager("AddAgent", "(sa{sv})", "rest", {})
        self.assert_succeeded(daemon.bus.wait(other))
        self.assertEqual("rest", daemon.bus.job(other)["Agent"])

    def test_urgent_jobs_come_first_then_in_order(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        ids = daemon.bus.submit(*(
            {"function": "probe.append", "priority": priority,
             "arguments": harness.text(f"('{self.path('lines')}',)")}
            for priority in (200, 128, 128, 5, 0, 128)))
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"size": harness.variant_of(1)})
        for job in ids:
            self.assert_succeeded(daemon.bus.wait(job))
        with open(self.path("lines"), encoding="ascii") as file:
            ran = [int(line.split()[0]) for line in file]
        self.assertEqual([ids[i] for i in (4, 3, 1, 2, 5, 0)], ran)

    def test_wait_has_an_end(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        job, = daemon.bus.submit(double(1))
        self.assert_bus_error("TimedOut", daemon.bus.wait, job, 1000)
        self.assert_bus_error("TimedOut", daemon.bus.wait, job, 0)

    def test_list_filters_and_pages(self):
        daemon = self.daemon(plugins=["demo", "probe"])
        ids = daemon.bus.submit(*(double(i, queue="a" if i % 2 else "b") for i in range(30)),
                                {"function": "demo.error"})
        for job in ids:
            daemon.bus.wait(job)
        listed = [job["Id"] for job in daemon.bus.list_jobs()]
        self.assertEqual(sorted(ids, reverse=True), listed)
        for words, wanted in (("state:completed", 31), ("state:failed", 1), ("queue:a", 15),
                              ("queue:a queue:b", 30), ("function:probe.*", 30),
                              ("function:probe.* queue:b state:succeeded", 15),
                              ("state:pending", 0)):
            with self.subTest(words):
                self.assertEqual(wanted, len(daemon.bus.list_jobs(words)))
        page, cursor = daemon.bus.manager("ListJobs", "(sa{sv})", "",
                                          {"limit": harness.variant_of(10)})
        self.assertEqual(listed[:10], [job["Id"] for job in page])
        page, cursor = daemon.bus.manager("ListJobs", "(sa{sv})", "", {
            "limit": harness.variant_of(10), "cursor": harness.variant_of(cursor)})
        self.assertEqual(listed[10:20], [job["Id"] for job in page])
        none, count = daemon.bus.manager("ListJobs", "(sa{sv})", "queue:a",
                                         {"count-only": harness.variant_of(True)})
        self.assertEqual(([], "15"), (none, count))

    def test_subscribers_hear_of_each_change_in_order(self):
        daemon = self.daemon(plugins=["probe"])
        daemon.bus.watch("queue:seen")
        seen, unseen = daemon.bus.submit(double(1, queue="seen"), double(2, queue="unseen"))
        daemon.bus.until_state(seen, "completed")
        states = [change[1] for change in daemon.bus.changes]
        self.assertEqual(states, sorted(states, key=("new", "pending", "assigned", "active",
                                                     "callbacks", "completed").index))
        self.assertEqual({seen}, {change[0] for change in daemon.bus.changes})
        self.assertEqual("succeeded", daemon.bus.changes[-1][2])
        sequences = [change[3] for change in daemon.bus.changes]
        self.assertEqual(sequences, sorted(sequences))
        daemon.bus.wait(unseen)
        daemon.bus.manager("Unsubscribe")

    def test_a_function_that_comes_later(self):
        daemon = self.daemon()
        job, = daemon.bus.submit(double(21, defer_check=True))
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        daemon.add_plugin("probe")
        self.assertEqual(42, self.assert_succeeded(daemon.bus.wait(job)))


if __name__ == "__main__":
    tap.main()

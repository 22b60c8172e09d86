#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The life of jobs over D-Bus: every method and property of Job1 and Queue1 that is about it, and what
the manager has for it; every wrong request gets its named error and changes nothing."""

import harness
import tap

GLib = harness.GLib

SECOND = 1_000_000
MANUAL = "--clock=manual:2024-01-01T00:00:00Z"
START = 1704067200 * SECOND
QUEUE = "org.asyncq.Queue1"


def label(name):
    """As systemd escapes it."""
    if not name:
        return "_"
    return "".join(chr(c) if chr(c).isalnum() and c < 128 and not (i == 0 and chr(c).isdigit())
                   else f"_{c:02x}" for i, c in enumerate(name.encode()))


def multiply(x=6, y=7, **keys):
    return {"function": "demo.multiply", "arguments": harness.text(f"({x}, {y})"), **keys}


def usec(number):
    return GLib.Variant("x", number)


class BusLife(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(MANUAL, plugins=["demo", "examples", "probe"], queues=())
        self.bus = self.served.bus

    def job_call(self, job, method, signature="()", *arguments):
        return self.bus.call(f"/org/asyncq/jobs/{job}", harness.JOB, method,
                             GLib.Variant(signature, arguments))

    def queue_call(self, queue, method, signature="()", *arguments):
        return self.bus.call("/org/asyncq/queues/" + label(queue), QUEUE, method,
                             GLib.Variant(signature, arguments))

    def queue(self, name):
        return self.bus.call("/org/asyncq/queues/" + label(name), "org.freedesktop.DBus.Properties", "GetAll",
                             GLib.Variant("(s)", (QUEUE,)))

    def ask_testing(self, method, signature="()", *arguments):
        return self.bus.call("/org/asyncq", harness.TESTING, method, GLib.Variant(signature, arguments))

    def set_claiming(self, claiming):
        self.bus.manager("SetClaiming", "(b)", claiming)

    def until_attempt(self, job, number):
        """Returns what is shown of the job when that attempt is over."""
        harness.bounded(lambda: self.bus.job(job)["Attempt"] >= number and
                        self.bus.job(job)["State"] in ("pending", "completed"), f"attempt {number}")
        return self.bus.job(job)

    def refuse(self, name, function, *arguments):
        """It fails with that error, and no transaction was made."""
        before = self.bus.status()["sequence"]
        message = self.assert_bus_error(name, function, *arguments)
        self.assertEqual(before, self.bus.status()["sequence"])
        return message

    # attempts

    def test_attempts_and_tries_to_come_are_shown(self):
        job, = self.bus.submit({"function": "demo.fatal", "retry": "m01", "run_timeout": usec(60 * SECOND),
                                "crash_limit": 2, "failure_log_level": "warning"})
        shown = self.until_attempt(job, 1)
        self.assertEqual("pending", shown["State"])
        self.assertEqual({"retry": "m01", "run-timeout": 60 * SECOND, "crash-limit": 2,
                          "failure-log-level": "warning"}, shown["Settings"])
        self.assertEqual(START + 10 * SECOND, shown["Due"])
        self.assertEqual([START + 10 * SECOND, START + 20 * SECOND], shown["NextTries"])
        self.assertIn("any: retry, 3 runs at most, after 10s", shown["RetryPlan"])
        attempt, = shown["Attempts"]
        self.assertEqual((1, "main", "failed", "A fatal error occurred."),
                         (attempt["number"], attempt["agent"], attempt["end"], attempt["message"]))
        self.assertGreater(attempt["lease"], 0)
        self.assertGreater(attempt["worker"], 0)
        self.assertEqual("", self.job_call(job, "Failure", "(s)", "brief"))

        self.bus.advance(10 * SECOND)
        self.until_attempt(job, 2)
        self.bus.advance(10 * SECOND)
        self.assert_failed(self.bus.wait(job), "A fatal error occurred.")
        shown = self.bus.job(job)
        self.assertEqual([1, 2, 3], [attempt["number"] for attempt in shown["Attempts"]])
        self.assertEqual(["failed"] * 3, [attempt["end"] for attempt in shown["Attempts"]])
        self.assertEqual(([], 0, 0), (shown["NextTries"], shown["Due"], shown["ForgottenAttempts"]))

        brief, default, verbose = (self.job_call(job, "Failure", "(s)", detail)
                                   for detail in ("brief", "default", "verbose"))
        self.assertEqual(1, brief.count("\n"))
        for text in (brief, default, verbose):
            self.assertIn("A fatal error occurred.", text)
        self.assertIn("attempt 3", default)
        for number in (1, 2, 3):
            self.assertIn(f"attempt {number}, agent 'main'", verbose)
        self.refuse("Invalid", self.job_call, job, "Failure", "(s)", "loud")

    def test_policies_are_listed(self):
        policies = {policy["name"]: policy["plan"] for policy in self.bus.manager("ListPolicies")}
        self.assertEqual(["common", "forever", "m01", "never"], sorted(policies))
        self.assertEqual(["any: fail"], policies["never"])

    # one job

    def test_a_waiting_job_is_changed(self):
        self.set_claiming(False)
        job, = self.bus.submit(multiply())
        self.job_call(job, "Change", "(a{sv})", {
            "priority": GLib.Variant("y", 5), "retry": GLib.Variant("s", "never"), "delay": usec(SECOND)})
        self.job_call(job, "SetArguments", "(v)", harness.text("(2, 3)"))
        shown = self.bus.job(job)
        self.assertEqual((5, "never", START + SECOND, (2, 3)),
                         (shown["Priority"], shown["Settings"]["retry"], shown["Due"], shown["Arguments"]))

        for name, changes in (("Invalid", {"colour": GLib.Variant("s", "red")}),
                              ("Invalid", {"begin-by": usec(-1)}),
                              ("NoSuchPolicy", {"retry": GLib.Variant("s", "nevr")}),
                              ("NoSuchQueue", {"queue": GLib.Variant("s", "nowhere")}),
                              ("BadArguments", {"arguments": harness.text("('two', 3)")})):
            self.refuse(name, self.job_call, job, "Change", "(a{sv})", changes)
        self.refuse("BadArguments", self.job_call, job, "SetArguments", "(v)", harness.text("(1, 2, 3)"))
        self.assertEqual(shown, self.bus.job(job))

        self.bus.advance(SECOND)
        self.assertEqual(job, self.ask_testing("ProcessNext"))
        self.assertEqual(6, self.assert_succeeded(self.bus.wait(job)))
        self.refuse("BadState", self.job_call, job, "Change", "(a{sv})", {})
        self.refuse("BadState", self.job_call, job, "SetArguments", "(v)", harness.text("(2, 3)"))
        self.refuse("NoSuchJob", self.job_call, 999, "Change", "(a{sv})", {})

    def test_a_job_is_run_again(self):
        later, = self.bus.submit(multiply(delay=usec(3600 * SECOND)))
        self.assertEqual(later, self.job_call(later, "Retry"))
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(later)))
        again = self.job_call(later, "Retry")
        self.assertNotEqual(later, again)
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(again)))
        self.assertEqual(later, self.bus.job(again)["RetryOf"])
        self.assertEqual(0, self.bus.job(later)["RetryOf"])

        self.set_claiming(False)
        due, = self.bus.submit(multiply())
        self.refuse("BadState", self.job_call, due, "Retry")
        self.refuse("NoSuchJob", self.job_call, 999, "Retry")

    def test_a_running_job_is_not_run_again(self):
        self.bus.watch()
        job, = self.bus.submit({"function": "demo.sleep", "arguments": harness.text("(3600.0,)")})
        self.bus.until_state(job, "active")
        self.refuse("BadState", self.job_call, job, "Retry")
        self.refuse("BadState", self.job_call, job, "Change", "(a{sv})", {})
        self.refuse("BadState", self.job_call, job, "Snooze", "(x)", SECOND)
        attempt, = self.bus.job(job)["Attempts"]
        self.assertEqual(("running", 0), (attempt["end"], attempt["ended"]))
        self.bus.cancel(job)
        self.assertEqual("cancelled", self.bus.wait(job)[0])

    def test_a_job_is_put_off(self):
        self.set_claiming(False)
        job, = self.bus.submit(multiply())
        self.job_call(job, "Snooze", "(x)", 7 * SECOND)
        self.assertEqual(START + 7 * SECOND, self.bus.job(job)["Due"])
        self.assertEqual([START + 7 * SECOND], self.bus.job(job)["NextTries"])
        self.refuse("Invalid", self.job_call, job, "Snooze", "(x)", -1)
        self.assertEqual(0, self.ask_testing("ProcessNext"))
        self.bus.advance(7 * SECOND)
        self.assertEqual(job, self.ask_testing("ProcessNext"))
        self.refuse("BadState", self.job_call, job, "Snooze", "(x)", 1)

    def test_a_running_job_is_cancelled(self):
        self.bus.watch()
        job, = self.bus.submit({"function": "demo.sleep", "arguments": harness.text("(3600.0,)")})
        self.bus.until_state(job, "active")
        self.bus.cancel(job, "no longer wanted")
        outcome, failure = self.bus.wait(job)
        self.assertEqual("cancelled", outcome)
        self.assertIn("no longer wanted", failure[2])
        shown = self.bus.job(job)
        self.assertEqual(("", 1), (shown["CancelRequested"], shown["Attempt"]))
        self.refuse("BadState", self.bus.cancel, job)
        self.refuse("TooLarge", self.bus.cancel, job, "x" * 1025)

    # edges

    def test_callbacks_are_shown(self):
        job, told, skipped = self.bus.submit(
            multiply(),
            {"function": "examples.tell", "parent": 0, "role": "callback"},
            {"function": "examples.tell", "parent": 0, "role": "callback", "on": "failure"})
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(job)))
        self.assertEqual("the result is 42", self.assert_succeeded(self.bus.wait(told)))
        self.bus.wait(skipped)
        self.assertEqual([told, skipped], self.bus.job(job)["Callbacks"])
        self.assertEqual([job, job, 0], [self.bus.job(one)["Parent"] for one in (told, skipped, job)])
        self.assertEqual([False, False, True],
                         [self.bus.job(one)["Skipped"] for one in (job, told, skipped)])
        self.assertEqual(0, self.bus.job(skipped)["Attempt"])
        self.assertEqual("forever", self.bus.job(told)["Settings"]["retry"])

        late, = self.bus.submit({"function": "examples.tell", "parent_job": GLib.Variant("t", job),
                                 "role": "callback"})
        self.assertEqual("the result is 42", self.assert_succeeded(self.bus.wait(late)))

    def test_graphs_that_cannot_be_are_refused(self):
        after = [GLib.Variant("a(us)", [(index, "any")]) for index in (0, 1)]
        message = self.refuse("Invalid", self.bus.submit, multiply(after=after[1]), multiply(after=after[0]))
        self.assertIn("0", message)
        self.assertIn("1", message)
        self.refuse("Invalid", self.bus.submit, multiply(after=after[0]))
        self.refuse("NoSuchJob", self.bus.submit, multiply(after_jobs=GLib.Variant("a(ts)", [(999, "any")])))
        self.refuse("NoSuchJob", self.bus.submit,
                    {"function": "examples.tell", "parent_job": GLib.Variant("t", 999), "role": "callback"})
        many = GLib.Variant("a(us)", [(0, "any")] * 100_001)
        self.refuse("TooLarge", self.bus.submit, multiply(), multiply(after=many))
        self.refuse("BadArguments", self.bus.submit, multiply(),
                    {"function": "examples.say", "parent": 0, "role": "callback", "on": "success"})
        self.assertEqual([], self.bus.list_jobs())

    # settings of a submit

    def test_bad_settings_are_refused(self):
        for name, keys in (("NoSuchPolicy", {"retry": "commom"}),
                           ("Invalid", {"begin_by": usec(-1)}),
                           ("Invalid", {"delay": usec(-1)}),
                           ("Invalid", {"run_timeout": usec(-1)}),
                           ("Invalid", {"total_timeout": usec(-1)}),
                           ("Invalid", {"crash_limit": 101}),
                           ("Invalid", {"failure_log_level": "loud"}),
                           ("TooLarge", {"unique_key": "k" * 1025}),
                           ("Invalid", {"unique_key": "k", "unique_scope": "sometimes"}),
                           ("Invalid", {"unique_key": "k", "unique_conflict": "fight"})):
            with self.subTest(" ".join(keys)):
                self.refuse(name, self.bus.submit, multiply(**keys))
        self.refuse("NoSuchFactory", self.bus.submit, {"factory": "nothing"})
        self.assertIn("common", self.refuse("NoSuchPolicy", self.bus.submit, multiply(retry="commom")))
        self.assertEqual([], self.bus.list_jobs())

    def test_a_unique_key_is_held_once(self):
        self.set_claiming(False)
        first, = self.bus.submit(multiply(unique_key="only"))
        self.assertEqual([first], self.bus.submit(multiply(1, 1, unique_key="only")))
        self.assertEqual("only", self.bus.job(first)["UniqueKey"])
        self.assertEqual([first], self.bus.submit(multiply(1, 1, unique_key="only", unique_conflict="merge")))
        self.assertEqual((1, 1), self.bus.job(first)["Arguments"])

    def test_a_job_expires_that_has_not_begun(self):
        self.set_claiming(False)
        job, = self.bus.submit(multiply(begin_by=usec(5 * SECOND)))
        self.assertEqual(START + 5 * SECOND, self.bus.job(job)["BeginBy"])
        self.bus.advance(6 * SECOND)
        self.assertEqual("expired", self.bus.wait(job)[0])

    # queues

    def test_queues_are_objects(self):
        for name in ("mail.box", "7up", "a-b"):
            self.bus.manager("CreateQueue", "(s)", name)
            self.assertEqual((name, 0, False), tuple(self.queue(name)[key] for key in ("Name", "Length", "Paused")))
        self.refuse("Exists", self.bus.manager, "CreateQueue", "(s)", "7up")
        self.refuse("Invalid", self.bus.manager, "CreateQueue", "(s)", "a b")
        self.assertEqual(["", "7up", "a-b", "mail.box"],
                         sorted(queue["Name"] for queue in self.bus.manager("ListQueues")))
        xml = self.bus.call("/org/asyncq/queues", "org.freedesktop.DBus.Introspectable", "Introspect")
        for name in ("_", "_37up", "a_2db", "mail_2ebox"):
            self.assertIn(f'<node name="{name}"/>', xml)

        self.bus.manager("RemoveQueue", "(s)", "7up")
        self.refuse("NoSuchQueue", self.bus.manager, "RemoveQueue", "(s)", "7up")
        self.refuse("NoSuchQueue", self.queue, "7up")
        self.refuse("NoSuchQueue", self.queue_call, "nope", "Resume")
        with self.assertRaises(harness.BusError) as caught:
            self.bus.call("/org/asyncq/queues/_4", QUEUE, "Resume")
        self.assertIn("org.freedesktop.DBus.Error.Unknown", caught.exception.name)

        self.set_claiming(False)
        self.bus.submit(multiply(queue="a-b"))
        self.refuse("BadState", self.bus.manager, "RemoveQueue", "(s)", "a-b")

    def test_a_queue_is_listed_in_its_order_and_pulled_from(self):
        self.set_claiming(False)
        self.bus.manager("CreateQueue", "(s)", "other")
        low, urgent, later, plain = self.bus.submit(
            multiply(priority=GLib.Variant("y", 200)), multiply(priority=GLib.Variant("y", 1)),
            multiply(delay=usec(SECOND)), multiply())
        self.assertEqual([urgent, plain, low, later], self.queue_call("", "List", "(xu)", 0, 0))
        self.assertEqual([plain, low], self.queue_call("", "List", "(xu)", 1, 2))
        self.assertEqual(4, self.queue("")["Length"])
        self.refuse("Invalid", self.queue_call, "", "List", "(xu)", -1, 0)

        self.assertEqual(urgent, self.queue_call("", "Pull", "(x)", 0))
        self.assertEqual(later, self.queue_call("", "Pull", "(x)", -1))
        self.queue_call("", "Remove", "(t)", low)
        self.assertEqual([plain], self.queue_call("", "List", "(xu)", 0, 0))
        self.assertEqual(("new", 0), tuple(self.bus.job(low)[key] for key in ("State", "Due")))
        self.refuse("NoSuchJob", self.queue_call, "", "Pull", "(x)", 1)
        self.refuse("NoSuchJob", self.queue_call, "", "Pull", "(x)", -2)
        self.refuse("NoSuchJob", self.queue_call, "other", "Remove", "(t)", plain)

        self.job_call(later, "Put")
        self.refuse("BadState", self.job_call, later, "Put")
        self.assertEqual([plain, later], self.queue_call("", "List", "(xu)", 0, 0))

    def test_a_paused_queue_waits(self):
        self.refuse("Invalid", self.queue_call, "", "Pause", "(sx)", "", START - SECOND)
        self.refuse("TooLarge", self.queue_call, "", "Pause", "(sx)", "x" * 1025, 0)
        self.queue_call("", "Pause", "(sx)", "disk is full", START + 60 * SECOND)
        shown = self.queue("")
        self.assertEqual((True, "disk is full", START, START + 60 * SECOND),
                         tuple(shown[key] for key in ("Paused", "PauseReason", "PausedSince", "PausedUntil")))
        job, = self.bus.submit(multiply())
        self.assertEqual("pending", self.bus.job(job)["State"])
        self.bus.advance(61 * SECOND)
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(job)))
        self.assertFalse(self.queue("")["Paused"])

        self.queue_call("", "Pause", "(sx)", "", 0)
        self.served.kill()
        self.served.start()
        self.bus = self.served.bus
        self.assertTrue(self.queue("")["Paused"])
        self.queue_call("", "Resume")
        self.queue_call("", "Resume")
        self.assertFalse(self.queue("")["Paused"])

    # factories

    def test_jobs_are_made_by_factories(self):
        entry = harness.entry_of(multiply(priority=GLib.Variant("y", 9)))
        self.bus.manager("AddFactory", "(sa{sv})", "answer", entry)
        self.refuse("Exists", self.bus.manager, "AddFactory", "(sa{sv})", "answer", entry)
        self.refuse("NoSuchFunction", self.bus.manager, "AddFactory", "(sa{sv})", "bad",
                    harness.entry_of({"function": "demo.nothing"}))
        factory, = self.bus.manager("ListFactories")
        self.assertEqual(("answer", "demo.multiply", 9),
                         (factory["name"], factory["function"], factory["priority"]))
        job, other = self.bus.submit({"factory": "answer"},
                                     {"factory": "answer", "arguments": harness.text("(1, 2)")})
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(job)))
        self.assertEqual(2, self.assert_succeeded(self.bus.wait(other)))
        self.assertEqual((9, "m01"), (self.bus.job(job)["Priority"], self.bus.job(job)["Settings"]["retry"]))
        self.bus.manager("RemoveFactory", "(s)", "answer")
        self.refuse("NoSuchFactory", self.bus.manager, "RemoveFactory", "(s)", "answer")

    # testing

    def test_one_job_at_a_time(self):
        self.assertTrue(self.bus.get("/org/asyncq", harness.MANAGER, "Claiming"))
        self.refuse("BadState", self.ask_testing, "ProcessNext")
        self.set_claiming(False)
        self.assertFalse(self.bus.get("/org/asyncq", harness.MANAGER, "Claiming"))
        first, second = self.bus.submit(multiply(), multiply())
        self.assertEqual(first, self.ask_testing("ProcessNext"))
        self.assertEqual(("completed", "pending"),
                         tuple(self.bus.job(job)["State"] for job in (first, second)))
        self.assertEqual(second, self.ask_testing("ProcessNext"))
        self.assertEqual(0, self.ask_testing("ProcessNext"))
        self.set_claiming(True)

    def test_setting_the_clock_moves_no_delay(self):
        delayed, scheduled = self.bus.submit(multiply(delay=usec(10 * SECOND)),
                                             multiply(begin_after=usec(START + 3600 * SECOND)))
        self.ask_testing("SetTime", "(x)", START + 3600 * SECOND)
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(scheduled)))
        self.assertEqual("pending", self.bus.job(delayed)["State"])
        self.assertEqual(START + 3610 * SECOND, self.bus.job(delayed)["Due"])
        self.bus.advance(10 * SECOND)
        self.assertEqual(42, self.assert_succeeded(self.bus.wait(delayed)))
        self.refuse("Invalid", self.ask_testing, "SetTime", "(x)", -1)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Many jobs changed at once, by a filter: cancel, retry, remove, priority."""

import json
import os
import pty
import subprocess

import harness
import tap

CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
OK, ERROR, USAGE, PARTLY = 0, 1, 2, 7
SECOND = 1_000_000


class Bulk(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(CLOCK, plugins=["probe"])
        self.ctl = self.served.ctl
        self.bus = self.served.bus

    def put(self, number, **keys):
        """Jobs that nobody begins while claiming is off."""
        return self.bus.submit(*[{"function": "probe.double", "arguments": harness.text(f"(uint32 {n},)"), **keys}
                                 for n in range(number)])

    def sequence(self):
        return self.bus.status()["sequence"]

    def count(self, filter):
        return int(self.bus.manager("ListJobs", "(sa{sv})", filter,
                                    {"count-only": harness.GLib.Variant("b", True)})[1])

    def change(self, *words, status=OK):
        """The answer of a verb, as a dictionary."""
        return json.loads(self.ctl(*words, "--json=short", status=status))

    def on_terminal(self, answer, *words):
        """Runs asyncqctl on a terminal and types answer; (exit status, what was shown)."""
        master, slave = pty.openpty()
        try:
            process = subprocess.Popen(
                [harness.ASYNCQCTL, "--address=" + self.served.address, "--color=never", *words],
                stdin=slave, stdout=slave, stderr=slave)
            os.close(slave)
            os.write(master, answer)
            status = process.wait(harness.TIMEOUT)
            shown = b""
            while True:
                try:
                    piece = os.read(master, 10000)
                except OSError:  # nobody writes there any more
                    break
                if not piece:
                    break
                shown += piece
        finally:
            os.close(master)
        return status, shown.decode("utf-8")

    # what is changed

    def test_ten_thousand_jobs(self):
        self.ctl("claiming", "off")
        self.put(10_000)
        self.put(3, queue="mail")
        self.assertEqual("changed 10000, skipped 0, failed 0",
                         self.ctl("change", "--match=-queue:mail", "--priority=5", "--yes"))
        self.assertEqual(3, self.count("-priority:5"))
        self.assertEqual("changed 3, skipped 10000 (has that priority already), failed 0",
                         self.ctl("change", "--match=state:pending", "priority=5", "--yes"))
        self.assertEqual("changed 4000, skipped 0, failed 0",
                         self.ctl("cancel", "--match=function:probe.double", "--limit=4000", "--yes"))
        self.assertEqual("changed 6003, skipped 4000 (already finished), failed 0",
                         self.ctl("cancel", "--match=function:probe.double", "--yes", "--why=enough"))
        self.assertEqual(10_003, self.count("state:cancelled"))
        again = self.change("retry", "--match=state:cancelled queue:mail", "--yes")
        self.assertEqual((3, 0, 0), (again["changed"], again["skipped"], again["failed"]))
        self.assertEqual("changed 10003, skipped 3 (not finished), failed 0",
                         self.ctl("remove", "--match=function:*", "--yes"))
        self.assertEqual(3, self.count(""))

    def test_a_dry_run_changes_nothing(self):
        self.ctl("claiming", "off")
        self.put(20)
        before = self.sequence()
        shown = self.served.ctl_run("cancel", "--match=state:pending", "--dry-run")
        self.assertEqual("would change 20, skip 0, fail 0\n", shown.stdout)
        self.assertEqual(5, shown.stderr.count("probe.double"))
        self.assertIn("15 more", shown.stderr)
        answer = self.change("cancel", "--match=state:pending", "--dry-run", "--limit=7")
        self.assertEqual(7, answer["changed"])
        self.assertIs(True, answer["dry_run"])
        self.assertEqual([20, 19, 18, 17, 16], [sample["id"] for sample in answer["samples"]])
        for verb in (["retry"], ["remove"], ["change", "--priority=1"]):
            self.change(*verb, "--match=queue:*", "--dry-run")
        self.assertEqual(before, self.sequence())

    def test_jobs_that_end_meanwhile_are_skipped(self):
        self.put(2000)
        answer = self.change("cancel", "--match=queue:*", "--yes")
        self.assertEqual(2000, answer["changed"] + answer["skipped"])
        self.assertEqual(0, answer["failed"])
        self.assertLessEqual(set(answer["reasons"]), {"already finished"})
        self.bus.watch()
        self.bus.until(lambda: self.count("state:completed") == 2000)

    def test_some_that_fail_are_told_and_the_status_is_7(self):
        self.ctl("queue", "create", "gone")
        jobs = self.put(2, queue="gone") + self.put(3)
        for job in jobs:
            self.bus.wait(job)
        self.ctl("queue", "remove", "gone")
        run = self.served.ctl_run("retry", "--match=state:succeeded", "--yes")
        self.assertEqual(PARTLY, run.returncode)
        self.assertEqual("changed 3, skipped 0, failed 2\n", run.stdout)
        self.assertEqual(2, run.stderr.count("there is no queue 'gone'"))
        self.assertEqual(
            ERROR, self.served.ctl_run("retry", "--match=state:succeeded queue:gone", "--yes").returncode)

    def test_what_has_succeeded_is_retried_only_where_it_is_named(self):
        for job in self.put(2):
            self.bus.wait(job)
        self.assertEqual("changed 0, skipped 2 (has succeeded), failed 0",
                         self.ctl("retry", "--match=function:probe.*", "--yes"))
        self.assertEqual("changed 2, skipped 0, failed 0",
                         self.ctl("retry", "--match=state:succeeded", "--yes"))

    def test_they_are_changed_after_a_crash(self):
        self.ctl("claiming", "off")
        self.put(3000)
        self.ctl("cancel", "--match=queue:*", "--yes", "--limit=1500")
        self.served.kill()
        self.served.start()
        self.assertEqual(1500, int(self.served.bus.manager(
            "ListJobs", "(sa{sv})", "state:cancelled",
            {"count-only": harness.GLib.Variant("b", True)})[1]))

    # asking

    def test_on_a_terminal_people_are_asked(self):
        self.ctl("claiming", "off")
        self.put(8)
        status, shown = self.on_terminal(b"n\n", "cancel", "--match=state:pending")
        self.assertEqual(ERROR, status, shown)
        self.assertIn("Cancel 8 jobs? [y/N]", shown)
        self.assertEqual(5, shown.count("probe.double"))
        self.assertIn("3 more", shown)
        self.assertEqual(8, self.count("state:pending"))
        status, shown = self.on_terminal(b"y\n", "cancel", "--match=state:pending")
        self.assertEqual(OK, status, shown)
        self.assertIn("changed 8, skipped 0, failed 0", shown)
        self.assertEqual(8, self.count("state:cancelled"))

    def test_nobody_to_ask_is_a_mistake(self):
        self.put(1)
        before = self.count("")
        for words in (["cancel", "--match=queue:*"], ["remove", "--match=queue:*"]):
            self.assertIn("--yes", self.served.ctl_run(*words).stderr)
            self.ctl(*words, status=USAGE)
        self.assertEqual(before, self.count(""))

    def test_what_makes_no_sense_is_refused(self):
        self.ctl("claiming", "off")
        job = str(self.put(1)[0])
        before = self.sequence()
        for words, says in (
                (["cancel", job, "--match=queue:*", "--yes"], "exclude each other"),
                (["cancel", "--match=", "--yes"], "wants a filter"),
                (["cancel", job, "--dry-run"], "go with --match"),
                (["cancel", "--match=queue:*", "--wait", "--yes"], "exclude each other"),
                (["retry", "--match=queue:*", "--limit=-1", "--yes"], "--limit"),
                (["change", "--match=queue:*", "retry=never", "--yes"], "priority"),
                (["change", "--match=queue:*", "--priority=256", "--yes"], "0 to 255"),
                (["remove", job], "--match=FILTER"),
                (["cancel", "--match=stat:pending", "--yes"], "did you mean 'state")):
            run = self.served.ctl_run(*words)
            self.assertEqual(USAGE if "stat:" not in " ".join(words) else run.returncode,
                             run.returncode, words)
            self.assertNotEqual(OK, run.returncode)
            self.assertIn(says, run.stderr)
        self.assertEqual(before, self.sequence())

    def test_the_bus_tells_errors_by_name(self):
        self.ctl("claiming", "off")
        self.put(1)
        before = self.sequence()
        for filter, action, options in (("state:odd", "cancel", {}), ("", "explode", {}),
                                        ("", "priority", {}), ("", "cancel", {"limit": 0}),
                                        ("", "retry", {"why": "because"})):
            self.assert_bus_error("Invalid", self.bus.manager, "ChangeJobs", "(ssa{sv})", filter, action,
                                  {name: harness.variant_of(value) for name, value in options.items()})
        self.assert_bus_error("TooLarge", self.bus.manager, "ChangeJobs", "(ssa{sv})", "", "cancel",
                              {"why": harness.GLib.Variant("s", "x" * 2000)})
        self.assertEqual(before, self.sequence())


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Schedules while clocks are set: what runs is what the preview has promised.

The daemon's clock stands still but where a test moves it.
"""

import collections
import json

import harness
import tap

from gi.repository import GLib

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
# an hour and a half before clocks are set back in Berlin, at 01:00 UTC
AUTUMN = 1_792_884_600 * SECOND
AUTUMN_TEXT = "2026-10-24T23:30:00Z"
# likewise forward
SPRING = 1_774_740_600 * SECOND
SPRING_TEXT = "2026-03-28T23:30:00Z"
# name → how it is added; all are due within two hours of a change
SCHEDULES = {
    "steps": ["--cron=*/5 * * * *", "--zone=Europe/Berlin"],
    "hourly": ["--cron=@hourly", "--zone=Europe/Berlin"],
    "named": ["--cron=30 2 * * *", "--zone=Europe/Berlin"],
    "m01": ["--m01=minute=15,45", "--zone=Europe/Berlin"],
    "m01-named": ["--m01=minute=30 hour=2", "--zone=Europe/Berlin"],
    "systemd": ["--calendar=*:0/10 Europe/Berlin"],
    "half-past-two": ["--calendar=02:30 Europe/Berlin"],
    "every": ["--every=7min"],
    "delay": ["--delay=9min"],
    "elsewhere": ["--cron=*/20 * * * *", "--zone=Australia/Lord_Howe"],
}


class Clocks(harness.Case):
    def serve(self, start, *arguments):
        self.served = self.daemon("--clock=manual:" + start, *arguments, plugins=["demo"])
        self.ctl = self.served.ctl

    def set_time(self, usec):
        self.served.bus.call("/org/asyncq", harness.TESTING, "SetTime",
                             GLib.Variant("(x)", (usec,)))

    def preview(self, name, number=1000):
        """When it is to run, from now on."""
        path = "/org/asyncq/schedules/" + "".join(
            c if c.isalnum() else f"_{ord(c):02x}" for c in name)
        return self.served.bus.call(path, "org.asyncq.Schedule1", "Preview",
                                    GLib.Variant("(u)", (number,)))

    def runs(self):
        """name → the due times of the jobs that it has made"""
        runs = collections.defaultdict(list)
        for job in self.served.bus.list_jobs():
            annotations = self.served.bus.job(job["Id"])["Annotations"]
            if "scheduled-for" in annotations:
                runs[annotations["schedule"]].append(annotations["scheduled-for"])
        return {name: sorted(times) for name, times in runs.items()}

    def add_all(self, *options):
        for name, words in SCHEDULES.items():
            self.ctl("schedule", "add", name, *words, *options, "demo.noop")

    def walk(self, start, moves):
        """Moves the clock so, in minutes; returns how far it has come at most."""
        now = furthest = start
        for minutes in moves:
            now += minutes * MINUTE
            furthest = max(furthest, now)
            self.set_time(now)
        return furthest

    def check_walk(self, start, moves, crashes=False):
        self.add_all("--catch-up=all")
        promised = {name: self.preview(name) for name in SCHEDULES}
        furthest = start
        for part in moves:
            furthest = max(furthest, self.walk(part[0], part[1:]))
            if crashes:
                self.served.kill()
                self.served.start()
                self.set_time(furthest)
        runs = self.runs()
        for name, times in promised.items():
            if name != "delay":  # which is counted from when it was looked at
                self.assertEqual([time for time in times if time <= furthest],
                                 runs.get(name, []), name)

    def test_what_runs_when_clocks_are_set_back_was_promised(self):
        self.serve(AUTUMN_TEXT)
        self.check_walk(AUTUMN, [[AUTUMN] + [1] * 200])

    def test_what_runs_when_clocks_are_set_forward_was_promised(self):
        self.serve(SPRING_TEXT)
        self.check_walk(SPRING, [[SPRING] + [3] * 70])

    def test_a_clock_that_jumps_to_and_fro_changes_nothing_of_it(self):
        self.serve(AUTUMN_TEXT)
        self.check_walk(AUTUMN, [[AUTUMN, 20, -15, 30, -60, 61, 40, -40, 41, 90]])

    def test_all_of_it_is_so_when_the_daemon_is_killed_in_between(self):
        self.serve(AUTUMN_TEXT)
        self.check_walk(AUTUMN, [[AUTUMN, 20], [AUTUMN + 20 * MINUTE, 47, -15],
                                 [AUTUMN + 50 * MINUTE, 30, 30], [AUTUMN + 2 * HOUR, 5]],
                        crashes=True)

    def test_an_expression_is_shown_in_its_own_zone(self):
        self.serve(AUTUMN_TEXT)
        self.assertEqual(
            "at 00:00 every day, Europe/Berlin time\n"
            "  Mon 2026-10-26 00:00:00 CET  in 23 h 30 min  (clocks have gone back by 1 h 0 min)\n"
            "  Tue 2026-10-27 00:00:00 CET  in 1 d 23 h",
            self.ctl("calendar", "daily Europe/Berlin", "-n", "2"))
        told = [json.loads(line) for line in
                self.ctl("calendar", "daily Asia/Tokyo", "-n", "1", "--json=short").splitlines()]
        self.assertEqual([{"time": "2026-10-25T15:00:00.000000Z", "local": "2026-10-26T00:00:00+09", "schema": 1}],
                         told)
        self.ctl("schedule", "add", "tokyo", "--calendar=daily Asia/Tokyo", "--zone=Europe/Berlin",
                 "demo.noop")
        for verb in ("list", "show", "preview"):
            name = [] if verb == "list" else ["tokyo"]
            self.assertIn("JST", self.ctl("schedule", verb, *name))
        self.assertEqual("Asia/Tokyo", self.served.bus.get(
            "/org/asyncq/schedules/tokyo", "org.asyncq.Schedule1", "EffectiveZone"))

    def test_how_long_it_is_until_then_is_of_the_daemon_s_clock(self):
        self.serve(AUTUMN_TEXT)
        self.assertEqual(AUTUMN, self.served.bus.get("/org/asyncq", harness.MANAGER, "Now"))
        self.assertEqual("every 90s\n  Sat 2026-10-24 23:31:30 UTC  in 1 min 30 s",
                         self.ctl("calendar", "--every", "90s", "-n", "1"))
        self.ctl("schedule", "add", "soon", "--every=90s", "demo.noop")
        self.assertIn("in 1 min 30 s", self.ctl("schedule", "show", "soon"))
        self.assertIn("in 1 min 30 s", self.ctl("schedule", "preview", "soon", "-n", "1"))
        self.assertRegex(self.ctl("schedule", "list"), r"Sat 23:31 UTC +90s")

    def test_who_edits_nothing_or_what_edit_cannot_is_told(self):
        self.serve(AUTUMN_TEXT)
        self.ctl("schedule", "add", "held", "--every=90", "--paused", "--reason=not yet", "demo.noop")
        shown = self.ctl("schedule", "show", "held")
        self.assertIn("not yet", shown)
        self.assertIn("every 90s", shown)
        sequence = self.served.bus.status()["sequence"]
        for words, says in ((["--paused"], "schedule pause"), (["--reason=x"], "schedule pause"),
                            ([], "nothing is given")):
            run = self.served.ctl_run("schedule", "edit", "held", *words)
            self.assertEqual(2, run.returncode)
            self.assertIn(says, run.stderr)
        self.assertEqual(sequence, self.served.bus.status()["sequence"])

    def test_what_is_no_option_is_no_function_either(self):
        self.serve(AUTUMN_TEXT)
        for verb in ("schedule", "factory"):
            run = self.served.ctl_run(verb, "add", "new", "--evry=90", "demo.noop")
            self.assertEqual(2, run.returncode)
            self.assertIn("there is no option '--evry=90'", run.stderr)

    def test_what_is_wrong_with_the_call_has_no_place_among_others(self):
        self.serve(AUTUMN_TEXT)
        for words in (["schedule", "add", "new", "--every=90"], ["factory", "add", "new"]):
            run = self.served.ctl_run(*words, "--unique=k", "demo.noop")
            self.assertEqual(1, run.returncode)
            self.assertIn("no parameter of 'demo.noop'", run.stderr)
            self.assertNotIn("entry", run.stderr)

    def test_who_forgets_cron_is_told(self):
        self.serve(AUTUMN_TEXT)
        run = self.served.ctl_run("calendar", "0 8 * * mon-fri")
        self.assertEqual(2, run.returncode)
        self.assertIn("did you mean --cron?", run.stderr)
        run = self.served.ctl_run("calendar", "tomorrow")
        self.assertEqual(2, run.returncode)
        self.assertNotIn("--cron", run.stderr)

    def test_a_clock_that_was_far_ahead_by_mistake_is_explained(self):
        self.serve(AUTUMN_TEXT)
        self.ctl("schedule", "add", "hourly", "--cron=@hourly", "demo.noop")
        self.set_time(AUTUMN + 1000 * HOUR)
        self.set_time(AUTUMN)
        self.assertIn("remove the schedule and add it again", self.ctl("schedule", "show", "hourly"))
        self.ctl("schedule", "remove", "hourly")
        self.ctl("schedule", "add", "hourly", "--cron=@hourly", "demo.noop")
        self.set_time(AUTUMN + HOUR)
        self.assertEqual(2, len(self.runs()["hourly"]))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Schedules through a daemon whose clock stands still: which runs there are whatever becomes of the clock
and of the daemon, and what the tool shows of them."""

import random

import harness
import tap

GLib = harness.GLib

SECOND = 1_000_000
HOUR = 3600 * SECOND
MANUAL = "--clock=manual:2024-01-01T00:30:00Z"
START = (1704067200 + 1800) * SECOND
SCHEDULE = "org.asyncq.Schedule1"
HOURLY = {"kind": "cron", "when": "0 * * * *"}


def settings(entry=None, **keys):
    values = {key.replace("_", "-"): value if isinstance(value, GLib.Variant) else GLib.Variant("s", value)
              for key, value in keys.items()}
    values["entry"] = GLib.Variant("a{sv}", entry or {"function": GLib.Variant("s", "demo.multiply"),
                                                      "arguments": harness.text("(6, 7)")})
    return values


class Schedules(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(MANUAL, plugins=["demo"])
        self.bus = self.served.bus

    def add(self, name, **keys):
        self.bus.manager("AddSchedule", "(sa{sv})", name, settings(**keys))

    def call(self, name, method, signature="()", *arguments):
        return self.bus.call("/org/asyncq/schedules/" + name, SCHEDULE, method, GLib.Variant(signature, arguments))

    def shown(self, name):
        return self.bus.call("/org/asyncq/schedules/" + name, "org.freedesktop.DBus.Properties", "GetAll",
                             GLib.Variant("(s)", (SCHEDULE,)))

    def set_time(self, usec):
        self.bus.call("/org/asyncq", harness.TESTING, "SetTime", GLib.Variant("(x)", (usec,)))

    def due_times(self):
        """Of all jobs that schedules have made, in the order of their ids."""
        jobs = self.bus.list_jobs()
        ids = sorted(job["Id"] for job in jobs)
        return [self.bus.job(job)["Annotations"].get("scheduled-for") for job in ids]

    def test_runs_are_made_and_done(self):
        self.add("hourly", **HOURLY)
        self.bus.advance(3 * HOUR)
        self.assertEqual([START + HOUR // 2 + n * HOUR for n in range(3)], self.due_times())
        self.assertEqual("hourly", self.bus.job(1)["Annotations"]["schedule"])
        self.bus.wait(1)
        self.assertEqual("succeeded", self.bus.job(1)["Outcome"])
        self.assertEqual((3, 3, START + HOUR // 2 + 3 * HOUR),
                         tuple(self.shown("hourly")[key] for key in ("Runs", "LastJob", "Next")))

    def test_no_run_is_made_twice_over_crashes_and_clocks_that_are_set(self):
        chance = random.Random(6)
        looked = START
        self.add("hourly", catch_up="all", catch_up_window=GLib.Variant("x", 10**15), **HOURLY)
        now = START
        for _ in range(12):
            now += chance.randrange(-6, 9) * HOUR
            self.set_time(now)
            looked = max(looked, now)
            if chance.random() < 0.5:
                self.served.kill()
                self.served.arguments = [f"--clock=manual:{now}" if "--clock" in word else word
                                         for word in self.served.arguments]
                self.served.start()
                self.bus = self.served.bus
        times = self.due_times()
        first = START + HOUR // 2
        self.assertEqual(list(range(first, looked + 1, HOUR)), times)

    def test_what_cannot_be_put_is_shown_and_the_next_run_comes(self):
        self.bus.manager("AddFactory", "(sa{sv})", "nightly", {"function": GLib.Variant("s", "demo.multiply"),
                                                              "arguments": harness.text("(1, 2)")})
        self.bus.manager("AddSchedule", "(sa{sv})", "hourly",
                         settings({"factory": GLib.Variant("s", "nightly")}, **HOURLY))
        self.bus.manager("RemoveFactory", "(s)", "nightly")
        self.bus.advance(HOUR)
        self.assertEqual(1, self.shown("hourly")["Failed"])
        self.assertIn("no factory 'nightly'", self.shown("hourly")["Error"])
        self.assertIn("schedule 'hourly' is due, and no job could be put", self.served.read_log())
        # the log says once what goes on
        self.bus.advance(HOUR)
        self.assertEqual(2, self.shown("hourly")["Failed"])
        self.assertEqual(1, self.served.read_log().count("no job could be put"))
        self.assertIn("failing", self.served.ctl("schedule", "list"))

    def test_the_switch_and_one_run_by_hand(self):
        self.add("hourly", **HOURLY)
        self.served.ctl("scheduling", "off")
        self.bus.advance(2 * HOUR)
        self.assertEqual([], self.due_times())
        self.assertEqual("1", self.served.ctl("scheduling", "next"))
        self.assertEqual("", self.served.ctl("scheduling", "next"))
        self.assertEqual("off", self.served.ctl("scheduling"))
        self.served.ctl("scheduling", "on")
        self.bus.advance(HOUR)
        self.assertEqual(2, len(self.due_times()))

    def test_the_tool_adds_shows_and_removes(self):
        self.served.ctl("schedule", "add", "report", "--cron=0 8 * * mon-fri", "--zone=Europe/Berlin",
                        "--overlap=skip", "demo.multiply", "6", "7")
        shown = self.served.ctl("schedule", "show", "report")
        for text in ("demo.multiply 6 7", "Europe/Berlin", "skip", "Mon 2024-01-01 08:00:00 CET", "Next runs:"):
            self.assertIn(text, shown)
        self.served.ctl("schedule", "edit", "report", "--cron=0 9 * * *")
        self.assertIn("09:00:00 CET", self.served.ctl("schedule", "preview", "report", "--number=2"))
        self.served.ctl("schedule", "pause", "report", "--reason=holidays")
        self.assertIn("holidays", self.served.ctl("schedule", "show", "report"))
        self.assertIn("paused", self.served.ctl("schedule", "list"))
        self.served.ctl("schedule", "resume", "report")
        self.assertEqual("1", self.served.ctl("schedule", "trigger", "report"))
        self.served.ctl("schedule", "remove", "report")
        self.assertEqual("", self.served.ctl("schedule", "list"))
        self.served.ctl("schedule", "remove", "report", status=10)

    def test_a_delay_goes_on_where_the_clock_is_set_back(self):
        self.add("pull", kind="delay", when="10min")
        self.bus.advance(HOUR // 6)
        back = START - 1000 * 24 * HOUR
        self.set_time(back)
        self.bus.advance(HOUR // 6)
        self.assertEqual([START + HOUR // 6, back + HOUR // 6], self.due_times())
        self.assertNotIn("set back", self.served.ctl("schedule", "show", "pull"))

    def test_a_preview_says_when_the_clocks_change(self):
        self.set_time(1711670400 * SECOND)  # 2024-03-29
        shown = self.served.ctl("calendar", "--cron", "30 2 * * *", "--zone=Europe/Berlin", "-n", "3")
        self.assertIn("Sun 2024-03-31 03:00:00 CEST", shown)
        self.assertIn("clocks have gone forward by 1 h", shown)

    def test_wrong_schedules_are_refused(self):
        self.add("there", **HOURLY)
        before = self.bus.status()["sequence"]
        for name, keys in (("Exists", {}), ("Invalid", {"zone": "Europe/Berlni"}),
                           ("Invalid", {"when": "61 * * * *"}), ("Invalid", {"overlap": "skipp"}),
                           ("Invalid", {"catch_up_window": GLib.Variant("x", -1)})):
            message = self.assert_bus_error(name, self.add, "there" if name == "Exists" else "new",
                                            **{**HOURLY, **keys})
            if "zone" in keys:
                self.assertIn("Europe/Berlin", message)
        self.assert_bus_error("NoSuchSchedule", self.call, "nowhere", "Trigger")
        self.assert_bus_error("Invalid", self.call, "there", "Preview", "(u)", 1001)
        self.assertEqual(before, self.bus.status()["sequence"])


if __name__ == "__main__":
    tap.main()

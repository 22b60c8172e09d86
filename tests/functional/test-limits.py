#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Limits: quotas and rates, several a job, templates, changed while jobs wait, and over a crash; tags.

The clock stands still but where a test moves it. Names in brackets are those of the failure cases and
acceptance cases that a test covers.
"""

import json
import os

import harness
import tap

CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
LIMIT = "org.asyncq.Limit1"
SECOND = 1_000_000
MINUTE = 60 * SECOND
ERROR, USAGE, CONFLICT, NO_SUCH = 1, 2, 6, 10


class Limits(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(CLOCK, plugins=["probe", "demo"])
        self.ctl = self.served.ctl
        self.n_fifos = 0

    @property
    def bus(self):
        return self.served.bus

    # jobs that end when the test says so

    def hold(self, *words):
        """(job, where to say that it may end)"""
        fifo = self.path(f"fifo{self.n_fifos}")
        self.n_fifos += 1
        os.mkfifo(fifo)
        return int(self.ctl("submit", *words, "probe.hold", fifo)), fifo

    def release(self, held):
        with open(held[1], "w", encoding="utf-8") as file:
            file.write("done")
        self.assert_succeeded(self.bus.wait(held[0]))

    def state(self, job):
        return self.bus.job(job)["State"]

    def until_active(self, *jobs):
        harness.bounded(lambda: all(self.state(job) == "active" for job in jobs), "a job that runs")

    def sequence(self):
        return self.bus.status()["sequence"]

    def show(self, name):
        return self.served.ctl_json("limit", "show", name)

    def uses(self, name):
        return {use["instance"]: use for use in self.show(name)["uses"]}

    def states(self, jobs):
        states = [self.state(job) for job in jobs]
        return states.count("completed"), states.count("pending")

    # quotas

    def test_two_jobs_run_one_after_the_other(self):
        """[Z40]"""
        self.ctl("limit", "create", "database", "--size=1")
        first = self.hold("--limit=database")
        second = self.hold("--limit=database")
        free = self.hold()
        self.until_active(first[0], free[0])
        self.assertEqual("pending", self.state(second[0]))
        shown = self.show("database")
        self.assertEqual((1, 1, 1), (shown["size"], shown["in_use"], shown["waiting"]))
        self.assertEqual([first[0]], shown["uses"][0]["holders"])
        self.release(first)
        self.until_active(second[0])
        self.release(second)
        self.release(free)

    def test_all_of_several_must_have_room(self):
        """[Z40]"""
        self.ctl("limit", "create", "a", "--size=1")
        self.ctl("limit", "create", "b", "--size=2")
        first = self.hold("--limit=a", "--limit=b")
        second = self.hold("--quota=b")
        self.until_active(first[0], second[0])
        third = self.hold("--limit=b", "--limit=a")
        self.release(second)
        self.assertEqual("pending", self.state(third[0]))
        self.assertEqual(["a", "b"], self.bus.job(third[0])["Limits"])
        self.release(first)
        self.until_active(third[0])
        self.release(third)

    def test_the_size_changes_while_jobs_wait(self):
        """[Z44]"""
        self.ctl("limit", "create", "database", "--size=1")
        jobs = [self.hold("--limit=database") for _ in range(3)]
        self.until_active(jobs[0][0])
        self.ctl("limit", "set", "database", "--size=2")
        self.until_active(jobs[1][0])
        self.ctl("limit", "set", "database", "--size=1")
        self.release(jobs[0])
        self.assertEqual(("active", "pending"), (self.state(jobs[1][0]), self.state(jobs[2][0])))
        self.release(jobs[1])
        self.until_active(jobs[2][0])
        self.release(jobs[2])

    def test_jobs_under_a_limit_that_is_removed_have_none(self):
        """[Z41]"""
        self.ctl("limit", "create", "database", "--size=1")
        jobs = [self.hold("--limit=database") for _ in range(2)]
        self.until_active(jobs[0][0])
        self.ctl("limit", "remove", "database")
        self.until_active(jobs[1][0])
        self.ctl("limit", "show", "database", status=NO_SUCH)
        for held in jobs:
            self.release(held)

    def test_each_value_of_an_argument_has_a_limit_for_itself(self):
        self.ctl("limit", "create", "wait:{succeed}", "--size=1")
        jobs = {value: [int(self.ctl("submit", "--limit=wait:{succeed}", "probe.wait", value))
                        for _ in range(2)] for value in ("true", "false")}
        self.until_active(jobs["true"][0], jobs["false"][0])
        self.assertEqual(("pending", "pending"), (self.state(jobs["true"][1]), self.state(jobs["false"][1])))
        uses = self.uses("wait:{succeed}")
        self.assertEqual({"wait:true", "wait:false"}, set(uses))
        self.assertEqual([jobs["true"][0]], uses["wait:true"]["holders"])
        self.assertEqual(["wait:false"], self.bus.job(jobs["false"][1])["Limits"])
        # and when nobody is under them they are gone
        for job in (jobs["true"][1], jobs["false"][1], jobs["true"][0], jobs["false"][0]):
            self.ctl("cancel", str(job), "--wait", "-q") if self.state(job) == "pending" else self.bus.cancel(job)
        for job in jobs["true"] + jobs["false"]:
            self.bus.wait(job)
        self.assertEqual((0, 0, []), (self.show("wait:{succeed}")["in_use"],
                                      self.show("wait:{succeed}")["instances"],
                                      self.show("wait:{succeed}")["uses"]))

    def test_what_is_no_name_is_escaped(self):
        self.ctl("limit", "create", "path:{path}", "--size=1")
        self.ctl("claiming", "off")
        job = int(self.ctl("submit", "--limit=path:{path}", "probe.append", self.path("a file"), "t"))
        instance, = self.bus.job(job)["Limits"]
        self.assertTrue(instance.startswith("path:%2F"), instance)
        self.assertIn("a%20file", instance)

    def test_a_place_is_kept_over_a_crash(self):
        """[F21, Z43]"""
        self.ctl("limit", "create", "database", "--size=1")
        first = self.hold("--limit=database")
        second = self.hold("--limit=database")
        self.until_active(first[0])
        self.served.kill()
        self.served.start()
        self.until_active(first[0])
        self.assertEqual(1, self.bus.job(first[0])["Interruptions"])
        self.assertEqual("pending", self.state(second[0]))
        self.assertEqual([first[0]], self.show("database")["uses"][0]["holders"])
        self.release(first)
        self.until_active(second[0])
        self.release(second)

    # rates

    def test_so_many_begin_in_each_period(self):
        self.ctl("limit", "create", "smtp", "--rate=2/min")
        jobs = [int(self.ctl("submit", "--limit=smtp", "probe.double", str(n))) for n in range(5)]
        for job in jobs[:2]:
            self.bus.wait(job)
        self.assertEqual((2, 3), self.states(jobs))
        self.assertGreater(self.uses("smtp")["smtp"]["free_at"], "")
        self.bus.advance(MINUTE)
        for job in jobs[2:4]:
            self.bus.wait(job)
        self.assertEqual((4, 1), self.states(jobs))
        # what is used up stays so over a crash
        self.served.kill()
        self.served.start()
        self.assertEqual((4, 1), self.states(jobs))
        self.bus.advance(10 * MINUTE)
        self.bus.wait(jobs[4])

    def test_a_bucket_gives_them_evenly(self):
        self.ctl("limit", "create", "api", "--rate=1/10s", "--burst=3")
        jobs = [int(self.ctl("submit", "--limit=api", "probe.double", str(n))) for n in range(5)]
        for job in jobs[:3]:
            self.bus.wait(job)
        self.assertEqual((3, 2), self.states(jobs))
        self.bus.advance(9 * SECOND)
        self.assertEqual((3, 2), self.states(jobs))
        self.bus.advance(SECOND)
        self.bus.wait(jobs[3])
        self.assertEqual((4, 1), self.states(jobs))
        # three are used up of three: one of the new tokens is enough
        self.ctl("limit", "set", "api", "--rate=100/s")
        self.bus.advance(SECOND // 100 - 1)
        self.assertEqual((4, 1), self.states(jobs))
        self.bus.advance(1)
        self.bus.wait(jobs[4])

    def test_size_or_rate_is_dropped_while_the_other_stays(self):
        self.ctl("limit", "create", "api", "--rate=1/min", "--burst=2", "--size=2")
        self.ctl("limit", "set", "api", "--burst=none")
        self.ctl("limit", "set", "api", "--rate=none")
        self.assertEqual((2, 0, 0), tuple(self.show("api")[key] for key in ("size", "rate", "burst")))
        self.ctl("limit", "set", "api", "--size=none", "--rate=5/s")
        self.assertEqual((0, 5, 0), tuple(self.show("api")[key] for key in ("size", "rate", "burst")))
        before = self.sequence()
        self.assertIn("wants 'size'", self.served.ctl_run("limit", "set", "api", "--rate=none").stderr)
        self.ctl("limit", "create", "new", "--rate=none", "--size=1", status=USAGE)
        self.assertEqual(before, self.sequence())

    # what clients see

    def test_limits_are_listed(self):
        self.ctl("limit", "create", "smtp", "--rate=100/min", "--burst=5")
        self.ctl("quota", "create", "database", "--size=3")
        lines = self.ctl("quota").splitlines()
        self.assertIn("LIMIT", lines[0])
        self.assertEqual(["database", "3", "-", "0", "0"], lines[1].split())
        self.assertIn("100/min, burst 5", lines[2])
        first, second = (json.loads(line) for line in self.ctl("limit", "list", "--json=short").splitlines())
        self.assertEqual(("database", 3), (first["name"], first["size"]))
        self.assertEqual(("smtp", 100, MINUTE, 5), tuple(second[key] for key in ("name", "rate", "period", "burst")))
        self.assertIn("At once: 3", self.ctl("limit", "show", "database"))
        self.served.restart()
        self.assertEqual(["database", "smtp"], [limit["name"] for limit in self.bus.manager("ListLimits")])
        properties = self.bus.call("/org/asyncq/limits/smtp", "org.freedesktop.DBus.Properties", "GetAll",
                                   harness.GLib.Variant("(s)", (LIMIT,)))
        self.assertEqual(("smtp", 0, 100, MINUTE, 5), tuple(
            properties[name] for name in ("Name", "Size", "Rate", "Period", "Burst")))
        nodes = self.bus.call("/org/asyncq/limits", "org.freedesktop.DBus.Introspectable", "Introspect")
        self.assertIn('name="smtp"', nodes)

    def test_tags_and_limits_of_a_job_are_shown_and_changed(self):
        self.ctl("claiming", "off")
        self.ctl("limit", "create", "smtp", "--size=1")
        job = self.ctl("submit", "--limit=smtp", "--tag=weekly", "--tag=eu", "probe.double", "1")
        self.ctl("submit", "--tag=daily", "probe.double", "2")
        self.assertEqual(["eu", "weekly"], self.bus.job(int(job))["Tags"])
        self.assertEqual([int(job)], [shown["Id"] for shown in self.bus.list_jobs("tag:eu")])
        self.assertIn("Limited by: smtp", self.ctl("status", job))
        self.assertIn("Tags: eu, weekly", self.ctl("status", job))
        wide = self.ctl("list", "--wide", "tag:weekly")
        self.assertIn("TAGS", wide)
        self.assertIn("eu weekly", wide)
        self.ctl("change", job, "limit=", "tag=us,weekly")
        shown = self.bus.job(int(job))
        self.assertEqual(([], ["us", "weekly"]), (shown["Limits"], shown["Tags"]))
        self.ctl("change", job, "limit=smtp")
        self.assertEqual(["smtp"], self.bus.job(int(job))["Limits"])

    def test_files_and_factories_have_them(self):
        self.ctl("claiming", "off")
        self.ctl("limit", "create", "smtp", "--size=1")
        path = self.path("jobs.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"function": "probe.double", "arguments": [1], "limits": ["smtp"], "tags": ["x", "y"]}, file)
        job = int(self.ctl("submit", "--file=" + path))
        self.assertEqual((["smtp"], ["x", "y"]), tuple(self.bus.job(job)[key] for key in ("Limits", "Tags")))
        self.ctl("factory", "add", "--limit=smtp", "--tag=made", "twice", "probe.double", "4")
        job = int(self.ctl("submit", "--factory=twice"))
        self.assertEqual((["smtp"], ["made"]), tuple(self.bus.job(job)[key] for key in ("Limits", "Tags")))
        job = int(self.ctl("submit", "--parallel", "--limit=smtp", "probe.double 1", "probe.double 2"))
        for member in self.bus.job(job)["Members"]:
            self.assertEqual(["smtp"], self.bus.job(member)["Limits"])

    # what is refused

    def create(self, name, **settings):
        self.bus.manager("CreateLimit", "(sa{sv})", name,
                         {key: harness.variant_of(value) for key, value in settings.items()})

    def change(self, name, **settings):
        self.bus.call("/org/asyncq/limits/" + name, LIMIT, "Change", harness.GLib.Variant(
            "(a{sv})", ({key: harness.variant_of(value) for key, value in settings.items()},)))

    def test_bad_limits_are_refused_and_nothing_changes(self):
        """[X27]"""
        self.create("there", size=1)
        before = self.sequence()
        period = harness.GLib.Variant("x", MINUTE)
        for name, settings, says in (
                ("a", {"size": 0}, "'size'"),
                ("a", {"size": 2_000_000}, "'size'"),
                ("a", {"size": -1}, "size"),
                ("a", {"size": "many"}, "size"),
                ("a", {"rate": 0, "period": period}, "'rate'"),
                ("a", {"rate": 5, "period": harness.GLib.Variant("x", 0)}, "'period'"),
                ("a", {"rate": 5}, "'period'"),
                ("a", {"burst": 5}, "'size'"),
                ("a", {"size": 1, "burst": 5}, "'burst'"),
                ("a", {}, "'size'"),
                ("a", {"sice": 1}, "sice"),
                ("", {"size": 1}, ""),
                ("a b", {"size": 1}, "a b"),
                ("a{", {"size": 1}, "a{"),
                ("a{}", {"size": 1}, "a{}"),
                ("x" * 129, {"size": 1}, "128")):
            message = self.assert_bus_error("Invalid", self.create, name, **settings)
            self.assertIn(says, message)
        self.assert_bus_error("Exists", self.create, "there", size=2)
        self.assert_bus_error("Invalid", self.change, "there", size=0)
        self.assert_bus_error("NoSuchLimit", self.change, "other", size=1)
        self.assert_bus_error("NoSuchLimit", self.bus.manager, "RemoveLimit", "(s)", "ther")
        self.assert_bus_error("NoSuchLimit", self.bus.call, "/org/asyncq/limits/other", LIMIT, "Uses")
        self.assertEqual(before, self.sequence())
        self.assertEqual(1, self.show("there")["size"])

    def test_jobs_under_what_is_no_limit_are_refused(self):
        """[Z24]"""
        self.create("smtp", size=1)
        self.create("mail:{customer}", size=1)
        for n in range(17):
            self.create(f"many{n}", size=1)
        before = self.sequence()
        call = {"function": "probe.double", "arguments": harness.text("(uint32 1,)")}
        for error, entries, says in (
                ("NoSuchLimit", [{**call, "limits": ["smpt"]}], "did you mean 'smtp'"),
                ("NoSuchLimit", [call, {**call, "limits": ["smtp", "other"]}], "entry 1"),
                ("Invalid", [{**call, "limits": ["mail:{customer}"]}], "customer"),
                ("Invalid", [{"kind": "parallel", "limits": ["smtp"]}, {**call, "parent": 0}], "members"),
                ("TooLarge", [{**call, "limits": [f"many{n}" for n in range(17)]}], "16"),
                ("Invalid", [{**call, "limits": "smtp"}], "limits"),
                ("Invalid", [{**call, "tags": ["a b"]}], "a b"),
                ("Invalid", [{**call, "tags": [""]}], "tag"),
                ("Invalid", [{**call, "tags": ["x" * 65]}], "64"),
                ("TooLarge", [{**call, "tags": [f"t{n}" for n in range(33)]}], "32")):
            message = self.assert_bus_error(error, self.bus.submit, *entries)
            self.assertIn(says, message)
        self.assertEqual(before, self.sequence())
        self.assertEqual([], self.bus.list_jobs())

    def test_mistakes_on_the_command_line(self):
        before = self.sequence()
        for words, status, says in (
                (["limit", "create", "a"], USAGE, "--size"),
                (["limit", "create", "a", "--size=none"], USAGE, "'none'"),
                (["limit", "create", "a", "--rate=100"], USAGE, "100/min"),
                (["limit", "create", "a", "--rate=100/fortnight"], USAGE, "100/min"),
                (["limit", "create", "a", "--size=0"], USAGE, "'size'"),
                (["limit", "create", "a", "--rate=0/min"], USAGE, "'rate'"),
                (["limit", "sho", "a"], USAGE, "did you mean 'show'"),
                (["limit", "show"], USAGE, "more words"),
                (["limit", "show", "a"], NO_SUCH, "no limit 'a'"),
                (["submit", "--limit=a", "probe.double", "1"], NO_SUCH, "no limit 'a'")):
            run = self.served.ctl_run(*words)
            self.assertEqual(status, run.returncode, run.stderr)
            self.assertIn(says, run.stderr)
        self.assertEqual(before, self.sequence())


if __name__ == "__main__":
    tap.main()

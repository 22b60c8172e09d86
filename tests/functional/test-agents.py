#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Agents: from the configuration and added at run time; names, sizes, filters, queues."""

import os
import time

import harness
import tap


class Agents(harness.Case):
    CONFIG = """
[agent heavy]
size = 2
filter = demo.*

[agent post]
queues = mail;news
"""

    def agents(self, daemon):
        return {agent["name"]: agent for agent in daemon.bus.status()["agents"]}

    def run_job(self, daemon, function, *words):
        job = daemon.bus.words(function, *words)
        self.assert_succeeded(daemon.bus.wait(job))
        return daemon.bus.job(job)

    def test_default_agent(self):
        daemon = self.daemon(plugins=["demo"])
        self.assertEqual(["main"], list(self.agents(daemon)))
        main = self.agents(daemon)["main"]
        self.assertEqual((3, "", []), (main["size"], main["filter"], main["queues"]))
        self.assertEqual(3, len(main["workers"]))
        self.assertEqual("main", self.run_job(daemon, "demo.multiply", "1", "2")["Agent"])

    def test_from_the_configuration(self):
        daemon = self.daemon("--no-default-agent", plugins=["demo", "probe"], config=self.CONFIG)
        agents = self.agents(daemon)
        self.assertEqual({"heavy", "post"}, set(agents))
        self.assertEqual((2, "demo.*"), (agents["heavy"]["size"], agents["heavy"]["filter"]))
        self.assertEqual({"mail", "news"}, set(agents["post"]["queues"]))
        self.assertEqual("heavy", self.run_job(daemon, "demo.multiply", "1", "2")["Agent"])
        refused = daemon.bus.words("probe.double", "1")
        taken, = daemon.bus.submit({"function": "probe.double", "queue": "news",
                                    "arguments": harness.text("(uint32 1,)")})
        self.assert_succeeded(daemon.bus.wait(taken))
        self.assertEqual("post", daemon.bus.job(taken)["Agent"])
        self.assertEqual("pending", daemon.bus.job(refused)["State"])

    def test_added_at_run_time_stays_over_restarts(self):
        daemon = self.daemon("--no-default-agent", plugins=["demo", "probe"])
        job = daemon.bus.words("probe.double", "1")
        daemon.bus.manager("AddAgent", "(sa{sv})", "sums",
                           {"size": harness.variant_of(1), "filter": harness.variant_of("probe.*")})
        self.assert_succeeded(daemon.bus.wait(job))
        before = self.agents(daemon)["sums"]
        self.assertEqual((1, "probe.*"), (before["size"], before["filter"]))
        for again in (daemon.restart, lambda: (daemon.kill(), daemon.start())):
            again()
            after = self.agents(daemon)["sums"]
            self.assertEqual((1, "probe.*"), (after["size"], after["filter"]))
            self.assertEqual("sums", self.run_job(daemon, "probe.double", "4")["Agent"])
            refused = daemon.bus.words("demo.multiply", "1", "2")
            self.assertEqual("pending", daemon.bus.job(refused)["State"])

    def change(self, daemon, agent, **settings):
        values = {key: harness.variant_of(value) for key, value in settings.items()}
        daemon.bus.call("/org/asyncq/agents/" + agent, "org.asyncq.Agent1", "Change",
                        harness.GLib.Variant("(a{sv})", (values,)))

    def listed(self, daemon):
        return {agent["name"]: agent for agent in daemon.bus.manager("ListAgents")}

    def held(self, daemon, number):
        """Jobs that run until their file is closed."""
        fifos = [self.path(f"fifo{i}") for i in range(number)]
        for fifo in fifos:
            harness.os.mkfifo(fifo)
        ids = [daemon.bus.words("probe.hold", fifo) for fifo in fifos]
        return ids, fifos

    def test_what_was_set_wins_over_the_configuration(self):
        daemon = self.daemon(plugins=["probe"], config=self.CONFIG)
        self.change(daemon, "heavy", size=1)
        self.change(daemon, "main", filter="-tag:slow")
        for again in (daemon.restart, lambda: (daemon.kill(), daemon.start())):
            again()
            agents = self.agents(daemon)
            self.assertEqual((1, "demo.*"), (agents["heavy"]["size"], agents["heavy"]["filter"]))
            self.assertEqual((3, "-tag:slow"), (agents["main"]["size"], agents["main"]["filter"]))
            self.run_job(daemon, "probe.double", "4")
        daemon.bus.manager("RemoveAgent", "(s)", "heavy")
        self.assertNotIn("heavy", self.agents(daemon))
        daemon.restart()
        self.assertEqual(2, self.agents(daemon)["heavy"]["size"])

    def test_a_name_is_taken_once(self):
        daemon = self.daemon()
        self.assert_bus_error("Exists", daemon.bus.manager, "AddAgent", "(sa{sv})", "main", {})
        daemon.bus.manager("AddAgent", "(sa{sv})", "other", {})
        self.assert_bus_error("Exists", daemon.bus.manager, "AddAgent", "(sa{sv})", "other", {})

    def test_bad_settings(self):
        daemon = self.daemon()
        for name, settings in (("", {}), ("with blank", {}), ("a/b", {}), ("x" * 129, {}),
                               ("zero", {"size": 0}), ("many", {"size": 257}),
                               ("wrong", {"size": "three"}), ("unknown", {"colour": "red"}),
                               ("queue", {"queues": ["no such/name"]})):
            with self.subTest(name or "empty"):
                self.assert_bus_error("Invalid", daemon.bus.manager, "AddAgent", "(sa{sv})", name, {
                    key: harness.variant_of(value) for key, value in settings.items()})
        self.assertEqual(["main"], list(self.agents(daemon)))

    def test_size_is_how_many_run_at_once(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "two", {"size": harness.variant_of(2)})
        fifos = [self.path(f"fifo{i}") for i in range(3)]
        for fifo in fifos:
            harness.os.mkfifo(fifo)
        ids = [daemon.bus.words("probe.hold", fifo) for fifo in fifos]
        files = [open(fifo, "w", encoding="ascii") for fifo in fifos[:2]]
        self.assertEqual("pending", daemon.bus.job(ids[2])["State"])
        self.assertEqual(2, self.agents(daemon)["two"]["len"])
        files[0].close()
        with open(fifos[2], "w", encoding="ascii"):  # opens once the third one runs
            self.assertEqual("completed", daemon.bus.job(ids[0])["State"])
        files[1].close()
        for job in ids:
            self.assert_succeeded(daemon.bus.wait(job))

    def test_a_change_takes_effect_at_once_and_what_runs_goes_on(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"size": harness.variant_of(1)})
        ids, fifos = self.held(daemon, 4)
        first = open(fifos[0], "w", encoding="ascii")
        self.change(daemon, "one", size=3)
        others = [open(fifo, "w", encoding="ascii") for fifo in fifos[1:3]]
        self.assertEqual(ids[:3], sorted(daemon.bus.get("/org/asyncq/agents/one", "org.asyncq.Agent1", "Running")))
        self.assertEqual(3, self.listed(daemon)["one"]["running"])
        self.change(daemon, "one", size=1)
        self.assertEqual(3, self.listed(daemon)["one"]["running"])
        others[0].close()
        others[1].close()
        for job in ids[1:3]:
            self.assert_succeeded(daemon.bus.wait(job))
        # the first one still has the only slot
        self.assertEqual("pending", daemon.bus.job(ids[3])["State"])
        self.assertEqual(1, len(self.agents(daemon)["one"]["workers"]))
        first.close()
        with open(fifos[3], "w", encoding="ascii"):
            self.assert_succeeded(daemon.bus.wait(ids[0]))
        self.assert_succeeded(daemon.bus.wait(ids[3]))

    def assert_torn_down(self, daemon, change):
        journal = self.path("journal")
        self.assert_succeeded(daemon.bus.wait(daemon.bus.words("later.set_ups")))
        change()
        end = time.monotonic() + harness.TIMEOUT
        while "torn down" not in open(journal, encoding="ascii").read() and time.monotonic() < end:
            os.sched_yield()
        with open(journal, encoding="ascii") as file:
            self.assertEqual("set up\ntorn down\n", file.read())

    def later(self, settings=""):
        """A daemon whose plugin notes when it is set up, and torn down."""
        return self.daemon("--no-default-agent", plugins=["later", "probe"],
                           config=f"[plugin later]\njournal={self.path('journal')}\n{settings}\n"
                                  "[daemon]\nstop-timeout=50ms\nkill-timeout=50ms\n")

    def test_a_worker_of_an_agent_that_shrinks_ends_in_order(self):
        daemon = self.later()
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"size": harness.variant_of(2)})
        held, fifos = self.held(daemon, 1)
        file = open(fifos[0], "w", encoding="ascii")
        self.assert_torn_down(daemon, lambda: self.change(daemon, "one", size=1))
        file.close()
        self.assert_succeeded(daemon.bus.wait(held[0]))

    def test_a_worker_of_an_agent_that_is_removed_ends_in_order(self):
        daemon = self.later()
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"size": harness.variant_of(1)})
        self.assert_torn_down(daemon, lambda: daemon.bus.manager("RemoveAgent", "(s)", "one"))

    def test_a_tear_down_that_does_not_end_is_ended(self):
        daemon = self.later("linger=yes")
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"size": harness.variant_of(1)})
        worker, = self.run_job(daemon, "later.set_ups")["Attempts"]
        self.assert_torn_down(daemon, lambda: daemon.bus.manager("RemoveAgent", "(s)", "one"))
        end = time.monotonic() + harness.TIMEOUT
        while os.path.exists(f"/proc/{worker['worker']}") and time.monotonic() < end:
            os.sched_yield()
        self.assertFalse(os.path.exists(f"/proc/{worker['worker']}"))

    def test_a_filter_changes_who_takes_what(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"filter": harness.variant_of("-function:probe.*")})
        job = daemon.bus.words("probe.double", "1")
        urgent, = daemon.bus.submit({"function": "probe.double", "arguments": harness.text("(uint32 2,)"),
                                     "priority": 5})
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        self.change(daemon, "one", filter="priority:<10 -tag:us")
        self.assert_succeeded(daemon.bus.wait(urgent))
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        self.change(daemon, "one", filter="")
        self.assert_succeeded(daemon.bus.wait(job))

    def test_one_with_jobs_cannot_be_removed(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "one", {"queues": harness.variant_of(["", "mail"])})
        (job,), (fifo,) = self.held(daemon, 1)
        waiting, = daemon.bus.submit({"function": "probe.double", "queue": "mail",
                                      "arguments": harness.text("(uint32 2,)"), "begin-after": 4000000000000000})
        with open(fifo, "w", encoding="ascii"):
            before = self.listed(daemon)
            self.assert_bus_error("BadState", daemon.bus.manager, "RemoveAgent", "(s)", "one")
            self.assertEqual(before, self.listed(daemon))
        self.assert_succeeded(daemon.bus.wait(job))
        daemon.bus.manager("RemoveAgent", "(s)", "one")
        self.assertEqual({}, self.listed(daemon))
        self.assert_bus_error("NoSuchAgent", daemon.bus.manager, "RemoveAgent", "(s)", "one")
        for again in (daemon.restart, lambda: (daemon.kill(), daemon.start())):
            again()
            self.assertEqual({}, self.listed(daemon))
            # nobody names it any more, and it has a job
            self.assertIn("mail", [queue["Name"] for queue in daemon.bus.manager("ListQueues")])
            self.assertEqual("pending", daemon.bus.job(waiting)["State"])

    def test_bad_changes_change_nothing(self):
        daemon = self.daemon(plugins=["probe"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "other", {"size": harness.variant_of(256)})
        for name in ("more", "most"):
            daemon.bus.manager("AddAgent", "(sa{sv})", name, {"size": harness.variant_of(256)})
        daemon.bus.manager("AddAgent", "(sa{sv})", "small", {"size": harness.variant_of(4)})
        before = self.listed(daemon)
        for error, text, settings in (
                ("Invalid", "'size'", {"size": 0}), ("Invalid", "'size'", {"size": 257}),
                ("Invalid", "'size'", {"size": "three"}), ("Invalid", "'colour'", {"colour": "red"}),
                ("Invalid", "'no such/name'", {"queues": ["no such/name"]}),
                ("Invalid", "at character 18", {"filter": "function:probe.* stat:failed"}),
                ("Invalid", "at character 10", {"filter": "priority:300"}),
                ("Invalid", "at character 9", {"filter": "tag:eu  state:failed"}),
                ("Invalid", "opens at character 5", {"filter": 'tag:"eu'}),
                ("TooLarge", "1028", {"size": 256})):
            with self.subTest(str(settings)):
                with self.assertRaises(harness.BusError) as raised:
                    self.change(daemon, "main", **settings)
                self.assertIn(error, raised.exception.name)
                self.assertIn(text, str(raised.exception))
        with self.assertRaises(harness.BusError) as raised:
            self.change(daemon, "mian", size=2)
        self.assertIn("did you mean 'main'?", str(raised.exception))
        self.assertEqual(before, self.listed(daemon))

    def test_who_takes_no_job_says_why(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"], config=self.CONFIG)
        job = daemon.bus.words("probe.double", "1")
        self.assertEqual("pending", daemon.bus.job(job)["State"])
        refusals = {"heavy": "its filter 'demo.*' refuses", "post": "it does not serve queue ''"}
        self.assertEqual([{"queue": "", "function": "probe.double", "refusals": refusals}],
                         daemon.bus.status()["unserved"])
        explain = lambda **call: daemon.bus.manager("ExplainAgents", "(a{sv})", {
            key: harness.variant_of(value) for key, value in call.items()})
        self.assertEqual(([], refusals), explain(function="probe.double"))
        self.assertEqual((["post"], {"heavy": "its filter 'demo.*' refuses"}),
                         explain(function="probe.double", queue="mail"))
        self.assertEqual((["heavy"], {"post": "it does not serve queue ''"}), explain())
        self.assert_bus_error("Invalid", explain, priority=256)
        self.change(daemon, "heavy", filter="probe.*")
        self.assert_succeeded(daemon.bus.wait(job))
        self.assertEqual([], daemon.bus.status()["unserved"])

    def test_the_tool_adds_sets_and_removes(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"], config=self.CONFIG)
        daemon.ctl("agent", "add", "mail", "--size=1", "--queue=mail", "--queue=-", "--filter=probe.*")
        self.assertEqual({"name": "mail", "size": 1, "filter": "probe.*", "queues": ["mail", ""], "running": 0,
                          "source": "stored", "configured": False}, self.listed(daemon)["mail"])
        daemon.ctl("agent", "set", "mail", "--size=2", "--queue=*")
        self.assertIn("queues=[]", daemon.ctl("agent", "show", "mail"))
        daemon.ctl("agent", "set", "heavy", "--filter=")
        self.assertRegex(daemon.ctl("agent", "list"), r"(?m)^heavy +0/2 +\* +\* +stored$")
        self.assertRegex(daemon.ctl("agent"), r"(?m)^post +0/3 +mail news +\* +config$")
        daemon.ctl("agent", "remove", "mail")
        self.assertIn("comes back", daemon.ctl_run("agent", "remove", "heavy").stderr)
        self.assertEqual(["post"], list(self.listed(daemon)))
        for status, text, words in ((10, "no agent 'none'", ("show", "none")), (10, "no agent 'psot'; did you mean 'post'?",
                                                                              ("set", "psot", "--size=1")),
                                    (2, "--size, --filter or --queue", ("set", "post")),
                                    (2, "'size'", ("set", "post", "--size=0")),
                                    (2, "at character 5", ("set", "post", "--filter=tag:\"eu")),
                                    (2, "'size'", ("add", "new", "--size=257"))):
            with self.subTest(words):
                run = daemon.ctl_run("agent", *words)
                self.assertEqual(status, run.returncode, run.stderr)
                self.assertIn(text, run.stderr)
        self.assertEqual(["post"], list(self.listed(daemon)))
        self.assertIn("at character 8", daemon.ctl_run("list", "tag:eu", "colour:red").stderr)

    def test_the_tool_says_what_no_agent_takes(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"], config=self.CONFIG)
        reasons = "heavy (its filter 'demo.*' refuses), post (it does not serve queue '')"
        master, terminal = harness.os.openpty()
        with harness.subprocess.Popen(
                [harness.ASYNCQCTL, "--address=" + daemon.address, "submit", "probe.double", "1"], stderr=terminal,
                stdout=harness.subprocess.DEVNULL) as run:
            self.assertEqual(0, run.wait(harness.TIMEOUT))
        self.assertIn("job 1, probe.double: no agent runs it: " + reasons,
                      harness.os.read(master, 4096).decode())
        for file in (master, terminal):
            harness.os.close(file)
        for words in (("status",), ("agent", "list")):
            self.assertIn("queue -, probe.double: no agent runs it: " + reasons, daemon.ctl_run(*words).stderr)
            self.assertEqual("", daemon.ctl_run("--quiet", *words).stderr)
        self.assertEqual("", daemon.ctl_run("queue", "show", "-").stderr)
        self.change(daemon, "heavy", queues=["mail"])
        for words in (("queue", "show", "-"), ("queue", "list")):
            self.assertIn("queue -: no agent runs it: heavy (it does not serve queue ''), post",
                          daemon.ctl_run(*words).stderr)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Agents: from the configuration and added at run time; names, sizes, filters, queues."""

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

    def test_a_stored_one_gives_way_to_a_configured_one(self):
        daemon = self.daemon("--no-default-agent", plugins=["probe"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "main", {"size": harness.variant_of(1)})
        daemon.arguments.remove("--no-default-agent")
        daemon.restart()
        self.assertEqual(3, self.agents(daemon)["main"]["size"])
        self.run_job(daemon, "probe.double", "4")

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


if __name__ == "__main__":
    tap.main()

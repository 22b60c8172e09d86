#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""More jobs than memory may take: what is refused, what goes on, and how it ends."""

import os

import harness
import tap

CONFIG = """
[store]
max-live-bytes=64K
segment-size=256K
[agent main]
queues=run
size=1
"""
TEXT = "x" * 5000


class Busy(harness.Case):
    def append(self, queue, **more):
        path = self.path("appended")
        return {"function": "probe.append", "queue": queue,
                "arguments": harness.text(f"('{path}', '{TEXT}', '')"), **more}

    def submit_until_refused(self, daemon):
        ids = []
        with self.assertRaises(harness.BusError) as refusal:
            for _ in range(100):
                ids += daemon.bus.submit(self.append("other"))
        self.assertEqual("org.asyncq.Error.Busy", refusal.exception.name)
        self.assertIn("'max-live-bytes'", refusal.exception.message)
        return ids

    def until_accepted(self, daemon, entry):
        accepted = []

        def is_accepted():
            try:
                accepted.extend(daemon.bus.submit(entry))
            except harness.BusError as error:
                self.assertEqual("org.asyncq.Error.Busy", error.name)
            return bool(accepted)

        harness.bounded(is_accepted, "memory")
        return accepted[0]

    def test_busy_and_free_again(self):
        daemon = self.daemon(plugins=["probe"], config=CONFIG)
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        daemon.bus.watch()
        held = daemon.bus.submit({"function": "probe.hold", "queue": "run",
                                  "arguments": harness.text(f"('{fifo}',)")})[0]
        daemon.bus.until_state(held, "active")
        behind = daemon.bus.submit(self.append("run", submit_key="known"))
        later = self.submit_until_refused(daemon)
        self.assertEqual("org.asyncq.Error.Busy", daemon.bus.status()["refusal"]["error"])
        self.assertEqual(behind, daemon.bus.submit(self.append("run", submit_key="known")))
        self.assert_bus_error("Busy", daemon.bus.submit, self.append("run", submit_key="new"))

        # what runs ends, and what waits is claimed
        with open(fifo, "w", encoding="utf-8") as file:
            file.write("done")
        self.assert_succeeded(daemon.bus.wait(held))
        self.assert_succeeded(daemon.bus.wait(behind[0]))

        # completed jobs leave memory, although nothing else happens
        for job in later:
            daemon.bus.cancel(job)
        harness.bounded(lambda: "refusal" not in daemon.bus.status(), "memory")
        self.assert_succeeded(daemon.bus.wait(self.until_accepted(daemon, self.append("run"))))
        for job in later:
            self.assertEqual("cancelled", daemon.bus.job(job)["Outcome"])

    def test_busy_from_the_start(self):
        daemon = self.daemon(plugins=["probe"], config=CONFIG)
        later = self.submit_until_refused(daemon)
        daemon.kill()
        daemon.start()
        self.assert_bus_error("Busy", daemon.bus.submit, self.append("other"))
        for job in later:
            daemon.bus.cancel(job)
        self.until_accepted(daemon, self.append("other"))


if __name__ == "__main__":
    tap.main()

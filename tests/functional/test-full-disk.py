#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A store on a disk that gets full: what is refused, what still ends, and how it goes on."""

import os
import subprocess

import harness
import tap

DISK_BYTES = 24 * 1024 * 1024
LARGE = "x" * 500_000


def mount_small(path):
    """Whether there is a small disk at the path now."""
    os.mkdir(path, 0o700)
    return os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", path],
        stderr=subprocess.DEVNULL, check=False).returncode == 0


class FullDisk(harness.Case):
    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        if not mount_small(self.disk):
            self.skipTest("a small disk can be mounted by root only")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.ballast = os.path.join(self.disk, "ballast")

    def fill(self):
        """All the space that there is."""
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def submit_until_refused(self, daemon):
        entry = {"function": "probe.append", "queue": "other", "arguments": harness.text(f"('{LARGE}', '', '')")}
        ids = []
        with self.assertRaises(harness.BusError) as refusal:
            for _ in range(100):
                ids += daemon.bus.submit(entry)
        self.assertEqual("org.asyncq.Error.StoreFull", refusal.exception.name)
        return ids

    def start_with_one_that_runs(self):
        """(the daemon, the job's id); end_it () lets it end"""
        self.fifo = self.path("fifo")
        os.mkfifo(self.fifo)
        daemon = self.new_daemon(plugins=["probe"], store=os.path.join(self.disk, "store"))
        daemon.start()
        daemon.bus.watch()
        held = daemon.bus.submit({"function": "probe.hold",
                                  "arguments": harness.text(f"('{self.fifo}',)")})[0]
        daemon.bus.until_state(held, "active")
        return daemon, held

    def end_it(self, daemon, held):
        with open(self.fifo, "w", encoding="utf-8") as file:
            file.write("done")
        self.assert_succeeded(daemon.bus.wait(held))

    def test_one_too_large_is_refused_alone(self):
        daemon, held = self.start_with_one_that_runs()
        keyed = {"function": "probe.double", "queue": "other", "submit-key": "one",
                 "arguments": harness.text("(uint32 4,)")}
        first = daemon.bus.submit(keyed)
        self.fill()
        entry = {"function": "probe.append", "queue": "other",
                 "arguments": harness.text(f"('{LARGE}', '', '')")}
        text = self.assert_bus_error("StoreFull", daemon.bus.submit, *[entry] * 20)
        self.assertIn("no space for a request of 10", text)
        # nothing else is, and nothing waits behind it
        self.assertNotIn("refusal", daemon.bus.status())
        small = daemon.bus.submit({**keyed, "submit-key": "two"})
        self.end_it(daemon, held)

        self.submit_until_refused(daemon)
        self.assertIn("refusal", daemon.bus.status())
        self.assertEqual(first + small, daemon.bus.submit(keyed, {**keyed, "submit-key": "two"}))
        self.assert_bus_error("StoreFull", daemon.bus.submit, keyed, {**keyed, "submit-key": "new"})
        os.unlink(self.ballast)
        harness.bounded(lambda: "refusal" not in daemon.bus.status(), "space")

    def test_full_and_free_again(self):
        daemon, held = self.start_with_one_that_runs()
        self.fill()
        accepted = self.submit_until_refused(daemon)
        self.assert_bus_error("StoreFull", daemon.bus.manager, "AddAgent", "(sa{sv})", "more", {})

        # what runs ends, and is told
        self.end_it(daemon, held)

        # and it goes on by itself
        os.unlink(self.ballast)
        double = {"function": "probe.double", "arguments": harness.text("(uint32 4,)")}

        again = []

        def is_accepted():
            try:
                again.extend(daemon.bus.submit(double))
            except harness.BusError as error:
                self.assertEqual("org.asyncq.Error.StoreFull", error.name)
            return bool(again)

        harness.bounded(is_accepted, "space")
        self.assert_succeeded(daemon.bus.wait(again[0]))
        daemon.kill()
        daemon.start()
        for job in [held, again[0], *accepted]:
            daemon.bus.job(job)


if __name__ == "__main__":
    tap.main()

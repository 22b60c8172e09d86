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

    def test_full_and_free_again(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        daemon = self.new_daemon(plugins=["probe"], store=os.path.join(self.disk, "store"))
        daemon.start()
        daemon.bus.watch()
        held = daemon.bus.submit({"function": "probe.hold", "arguments": harness.text(f"('{fifo}',)")})[0]
        daemon.bus.until_state(held, "active")
        self.fill()
        accepted = self.submit_until_refused(daemon)
        self.assert_bus_error("StoreFull", daemon.bus.manager, "AddAgent", "(sa{sv})", "more", {})

        # what runs ends, and is told
        with open(fifo, "w", encoding="utf-8") as file:
            file.write("done")
        self.assert_succeeded(daemon.bus.wait(held))

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

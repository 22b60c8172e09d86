#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C7: a full disk, again and again.

On a small file system something else takes all the space while jobs run. New work
is refused with StoreFull, what runs can still end, and when the space is back
work goes on by itself.
"""

import os
import resource
import select
import time
import unittest

import rig  # first: it makes the folders known that the others are in

import figures
import harness
import tap

SHORT, LONG = (16, 48), (16, 64, 256, 512)  # megabytes
ROUND_MEGABYTES = 16  # a round writes a quarter of it, and nothing of that is removed
HELD = 1            # jobs that run while the disk is full
RESULT_BYTES = 100000
LIMITS = (3000000, 300000, 100000, 1000)
FIRST_NONCE = 1 << 50
# The reserve for the ends of running jobs has 1 MiB and as much for each slot: on the smallest
# disk there is space for it only because segments kept for readers of history, and images that
# are not whole, give way.
CONFIG = """
[agent main]
queues=load
size=1
[agent held]
queues=held
size=1
"""
NO_MOUNTS = rig.why_no_mounts("mkfs.ext4", "losetup")


class Client:
    """One more client, which writes into the same history as the load."""

    def __init__(self, the_rig):
        self.rig = the_rig
        self.nonce = FIRST_NONCE
        self.history = os.open(the_rig.history, os.O_WRONLY | os.O_APPEND | os.O_DSYNC)

    def record(self, line):
        os.write(self.history, line.encode() + b"\n")

    def submit(self, kind, arguments, queue):
        """The id, or None where it was refused as the disk is full."""
        self.nonce += 16
        self.record(f"intent {self.nonce} {kind} 0")
        try:
            job = self.rig.daemon.bus.submit({
                "function": f"effects.{kind}", "queue": queue,
                "arguments": harness.text(arguments.format(nonce=self.nonce))})[0]
        except harness.BusError as error:
            if error.name is None:
                self.record(f"lost {self.nonce}")
                raise rig.Violation(f"the daemon has ended: {error}\n"
                                    + self.rig.daemon.read_log_tail()) from None
            self.record(f"refused {self.nonce} {error.name.rpartition('.')[2]} {error.message}")
            if error.name != "org.asyncq.Error.StoreFull":
                raise rig.Violation(f"I10: on a full disk a submit gets {error}") from None
            return None
        self.record(f"reply {self.nonce} {job}")
        return job

    def append(self):
        return self.submit("append", "(uint64 {nonce},)", "load")

    def hold(self, fifo):
        return self.submit("hold", f"(uint64 {{nonce}}, '{fifo}', uint32 {RESULT_BYTES})", "held")


def bounded(condition, what):
    """Seconds until condition () holds. A bound only so that a hang is a failure."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() > begun + rig.TIMEOUT / 2:
            raise rig.Violation(f"I9: {what} has not come in {rig.TIMEOUT / 2} s")
        select.select([], [], [], 0.01)
    return time.monotonic() - begun


class Disk:
    """A file system that can be filled; size in megabytes."""

    def __init__(self, the_rig, kind, size):
        image = os.path.join(the_rig.evidence, "disk")
        if kind == "tmpfs":
            self.place = the_rig.mount("disk", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs")
        else:
            rig.make_ext4(image, size)
            self.place = the_rig.mount("disk", "-o", "loop", image)
        self.filler = os.path.join(self.place, "filler")

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file:
            for step in (65536, 4096):
                try:
                    while True:
                        file.write(bytes(step))
                except OSError:
                    pass

    def free(self):
        os.unlink(self.filler)


class FullDisk(unittest.TestCase):
    found = {"seed": rig.new_seed(), "rounds": 0, "refused": 0, "ended_while_full": 0,
             "resumed_seconds_max": 0.0, "acknowledged": 0, "acknowledged_lost": 0, "violations": 0}

    @classmethod
    def tearDownClass(cls):
        if cls.found["rounds"] > 0:
            figures.write(harness.BUILD, "C7-full-disk", **cls.found)
            for name, value in cls.found.items():
                print(f"# {name}: {value}", flush=True)

    @unittest.skipIf(NO_MOUNTS, NO_MOUNTS)
    def test_tmpfs(self):
        for size in LONG if rig.LONG else SHORT:
            self.on_disk("tmpfs", size)

    @unittest.skipIf(NO_MOUNTS, NO_MOUNTS)
    def test_ext4(self):
        for size in LONG if rig.LONG else SHORT:
            self.on_disk("ext4", size)

    def test_limit_of_the_size_of_files(self):
        self.rig = rig.Rig("file-size", self.found["seed"])
        rig.run_checked(self, self.rig, self.limits)

    def limits(self):
        for _ in range(rig.size(1, 20)):
            for limit in LIMITS:
                self.limit(limit)
        self.rig.settle()
        violations, found = self.rig.check()
        self.count(found)
        self.assertEqual([], violations[:20])
        self.rig.check_again()

    def limit(self, limit):
        """The daemon may end as one whose disk has failed, but says nothing that is not so."""
        if self.rig.daemon.process is None and not self.rig.start():
            self.fail(self.rig.daemon.read_log_tail())
        self.rig.work(0.1)
        pid = self.rig.daemon.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        if self.rig.work(0.3):
            resource.prlimit(pid, resource.RLIMIT_FSIZE,
                             (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        else:
            self.rig.check_status()
            self.rig.kill()

    def count(self, found):
        for name in ("refused", "acknowledged", "acknowledged_lost", "violations"):
            self.found[name] += found[name]

    def on_disk(self, kind, size):
        self.size = size
        self.rig = rig.Rig("full-disk", self.found["seed"], config=CONFIG, clients=2, window=4)
        rig.run_checked(self, self.rig, lambda: self.rounds(Disk(self.rig, kind, size)))

    def rounds(self, disk):
        self.fifo = os.path.join(self.rig.folder, "fifo")
        os.mkfifo(self.fifo)
        tokens = os.open(self.fifo, os.O_RDWR)
        self.rig.daemon.store = os.path.join(disk.place, "store")
        if not self.rig.start():
            self.fail(self.rig.daemon.read_log_tail())
        client = Client(self.rig)
        self.rig.tell("pause")
        self.rig.up()
        for _ in range(max(2, self.size // ROUND_MEGABYTES)):
            self.round(disk, client, tokens)
        self.rig.settle()
        os.close(tokens)
        violations, found = self.rig.check()
        self.count(found)
        self.assertEqual([], violations[:20])
        self.assertIn("No space left on device", self.rig.daemon.read_log(), "I10: nothing in the log")
        self.rig.check_again()

    def round(self, disk, client, tokens):
        held = [client.hold(self.fifo) for _ in range(HELD)]
        bus = self.rig.daemon.bus
        bounded(lambda: all(bus.job(job)["State"] == "active" for job in held), "the start of jobs")
        disk.fill()
        self.rig.tell("go on")
        bounded(lambda: client.append() is None, "a refusal")
        self.rig.tell("pause")

        os.write(tokens, b"." * HELD)
        for job in held:
            outcome, result = bus.wait(job, 30000000)
            self.assertEqual("succeeded", outcome)
            client.record(f"told {job} {outcome} {result[0]}")
        self.found["ended_while_full"] += HELD
        self.assertIsNone(client.append(), "the disk is still full, and work is accepted")

        disk.free()
        seconds = bounded(lambda: client.append() is not None, "the end of refusals")
        self.found["resumed_seconds_max"] = round(max(self.found["resumed_seconds_max"], seconds), 3)
        self.found["rounds"] += 1


if __name__ == "__main__":
    tap.main()

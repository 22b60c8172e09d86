#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C16: very many jobs are queued, survive a kill, and are run.

Prints what it took; fails only where a job is missing, or where nothing goes on.
"""

import os
import select
import subprocess
import time
import unittest

import rig  # first: it makes the folders known that the others are in

import figures
import harness
import tap

SHORT, LONG = 200000, 10000000
# without a finished job for so long, nothing goes on
STALL_SECONDS = 60
QUIET_SECONDS = 4
MAX_SEGMENT_BYTES = 32 << 20
KEEP = """
[store]
max-live-bytes=16G
keep-completed={number}
[daemon]
log-level=events=critical,trace=critical
default-agent={agent}
[monitor]
socket=none
"""


class Volume(unittest.TestCase):
    def test_all_jobs_are_run(self):
        self.rig = rig.Rig("volume", rig.new_seed())
        self.number = rig.size(SHORT, LONG)
        self.found = {"seed": self.rig.seed, "jobs": self.number}
        rig.run_checked(self, self.rig, self.volume)

    def volume(self):
        daemon = self.rig.daemon
        daemon.add_plugin("demo")
        self.configure(agent=False)
        self.start("start_empty_seconds")
        begun = time.monotonic()
        subprocess.run([rig.LOAD, "--fill", daemon.address, str(self.number)], check=True)
        self.note("queued_jobs_a_second", round(self.number / (time.monotonic() - begun)))
        self.note("resident_bytes_a_queued_job", self.resident() // self.number)
        daemon.kill()
        self.configure(agent=True)
        self.start("restart_queued_seconds")
        self.drain()
        self.assertEqual(str(self.number), daemon.ctl("list", "--all", "--count", "state:succeeded"))
        self.wait_quiet()
        self.note("resident_bytes_a_completed_job", self.resident() // self.number)
        self.note("image_bytes", self.bytes_of("A.gdbm"))
        self.note("journal_bytes", self.bytes_of("journal"))
        self.assertLessEqual(self.found["journal_bytes"],
                             3 * self.found["image_bytes"] + 4 * MAX_SEGMENT_BYTES)
        self.assertEqual(0, daemon.stop())
        self.start("restart_drained_seconds")
        self.note("resident_bytes_a_completed_job_after_restart", self.resident() // self.number)
        self.assertEqual(str(self.number), daemon.ctl("list", "--all", "--count", "state:succeeded"))
        self.assertEqual(0, daemon.stop())
        self.note("store_bytes", self.bytes_of(""))
        figures.write(harness.BUILD, "C16-volume", violations=0, **self.found)

    def note(self, name, value):
        self.found[name] = value
        print(f"# {name}: {value}", flush=True)

    def configure(self, agent):
        with open(self.rig.daemon.config, "w", encoding="ascii") as file:
            file.write(KEEP.format(number=2 * self.number, agent="true" if agent else "false"))

    def start(self, name):
        begun = time.monotonic()
        self.assertTrue(self.rig.daemon.try_start(), self.rig.daemon.read_log_tail())
        self.note(name, round(time.monotonic() - begun, 3))

    def drain(self):
        begun = last = time.monotonic()
        done = 0
        while done < self.number:
            select.select([], [], [], 0.1)
            now = self.rig.daemon.bus.status()["jobs"]["completed"]
            if now > done:
                done, last = now, time.monotonic()
            self.assertLess(time.monotonic() - last, STALL_SECONDS, f"I9: stuck at {done} jobs")
        self.note("drained_jobs_a_second", round(self.number / (time.monotonic() - begun)))

    def wait_quiet(self):
        """Until the images have what there is: no file of the store changes any more."""
        begun = last = time.monotonic()
        newest = None
        while time.monotonic() - last < QUIET_SECONDS:
            times = {os.stat(entry.path).st_mtime_ns
                     for entry in os.scandir(self.rig.daemon.store) if entry.is_file()}
            if times != newest:
                newest, last = times, time.monotonic()
            self.assertLess(time.monotonic() - begun, 10 * STALL_SECONDS, "I9: it is never quiet")
            select.select([], [], [], 0.1)
        self.note("quiet_after_seconds", round(last - begun, 1))

    def resident(self):
        with open(f"/proc/{self.rig.daemon.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))

    def bytes_of(self, name):
        run = subprocess.run(["du", "-s", "-B1", os.path.join(self.rig.daemon.store, name)],
                             capture_output=True, text=True, check=True)
        return int(run.stdout.split()[0])


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C6: power cuts, as a real file system has them.

The store is on ext4 in a file, mounted by a loop device. While clients work the
file is copied, without the file system being synced: what asyncq has not flushed
may or may not be in it, and directories and sizes are as ext4 writes them. (The
daemon is stopped for the moment of the copy, so that it is of one moment.) Then
the copy is mounted, which replays ext4's own journal, and has to hold everything
that was acknowledged before.
"""

import os
import shutil
import signal
import subprocess
import unittest

import rig  # first: it makes the folders known that the others are in

import figures
import harness
import history_checker
import tap

SHORT, LONG = 20, 200
MEGABYTES = 96
IMAGES_EACH = 20  # of one store
NO_MOUNTS = rig.why_no_mounts("mkfs.ext4", "losetup")


def stop_all_threads(process):
    process.send_signal(signal.SIGSTOP)

    def stopped():
        for task in os.listdir(f"/proc/{process.pid}/task"):
            with open(f"/proc/{process.pid}/task/{task}/stat", encoding="ascii") as file:
                if file.read().rpartition(")")[2].split()[0] != "T":
                    return False
        return True

    harness.bounded(stopped, "the end of what the daemon's threads do")


@unittest.skipIf(NO_MOUNTS, NO_MOUNTS)
class Loop(unittest.TestCase):
    def test_a_copy_of_the_disk_has_what_was_acknowledged(self):
        seed = rig.new_seed()
        total = {"seed": seed, "images": 0, "file_system": "ext4", "acknowledged": 0,
                 "acknowledged_lost": 0, "violations": 0}
        for number in range(rig.size(SHORT, LONG) // IMAGES_EACH):
            self.rig = rig.Rig("loop", seed + number)
            rig.run_checked(self, self.rig, lambda: self.one_store(total))
        figures.write(harness.BUILD, "C6-loop", **total)
        for name, value in total.items():
            print(f"# {name}: {value}", flush=True)

    def one_store(self, total):
        self.disk = os.path.join(self.rig.evidence, "disk")
        rig.make_ext4(self.disk, MEGABYTES)
        place = self.rig.mount("disk", "-o", "loop", self.disk)
        self.rig.daemon.store = os.path.join(place, "store")
        if not self.rig.start():
            self.fail(self.rig.daemon.read_log_tail())
        self.rig.up()
        for _ in range(IMAGES_EACH):
            self.one_image(total)
        self.rig.settle()
        self.assertEqual([], self.rig.check()[0][:20])
        self.rig.check_again()

    def one_image(self, total):
        if self.rig.daemon.wait_end(0.02 * 10 ** self.rig.random.random()):
            self.fail("the daemon has ended: " + self.rig.daemon.read_log_tail())
        copy = self.disk + ".copy"
        stop_all_threads(self.rig.daemon.process)
        # before the copy: what is acknowledged later need not be in it
        history = history_checker.whole_lines(self.rig.history)
        subprocess.run(["cp", "--sparse=always", self.disk, copy], check=True)
        self.rig.daemon.process.send_signal(signal.SIGCONT)
        self.rig.tell("pause")  # so that the journal does not fill the disk meanwhile
        self.check_image(copy, history, total)
        os.unlink(copy)
        self.rig.tell("go on")

    def check_image(self, copy, history, total):
        place = self.rig.mount("copy", "-o", "loop", copy)
        daemon = self.rig.new_daemon(f"copy{total['images']}", os.path.join(place, "store"))
        # nothing is to run there
        with open(daemon.config, "w", encoding="ascii") as file:
            file.write("[daemon]\ndefault-agent=false\nlog-level=warning\n[monitor]\nsocket=none\n")
        try:
            if not daemon.try_start():
                self.rig.daemon.kill()
                shutil.copyfile(copy, os.path.join(self.rig.evidence, "state"))
                raise rig.Violation(f"a copy is refused: {daemon.read_log_tail()}")
            violations, found = self.rig.check(final=False, daemon=daemon, history=history)
        finally:
            if daemon.process is not None:
                daemon.stop()
            self.rig.unmount(place)
        total["images"] += 1
        for name in ("acknowledged", "acknowledged_lost", "violations"):
            total[name] = total[name] + found[name]
        self.assertEqual([], violations[:20])


if __name__ == "__main__":
    tap.main()

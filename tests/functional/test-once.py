#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What an attempt leaves to the next one, where worker or daemon are killed in between; objects."""

import os

import harness
import tap


class Once(harness.Case):
    def effects(self):
        with open(self.path("effects"), encoding="ascii") as file:
            return len(file.readlines())

    def test_a_daemon_killed_within_an_effect_leaves_it_in_doubt(self):
        daemon = self.daemon(plugins=["notes"])
        os.mkfifo(self.path("effects"))
        job = daemon.bus.words("notes.once", self.path("effects"), "wait")
        with open(self.path("effects"), "rb") as effects:
            self.assertEqual(b"effect\n", effects.readline())  # it has begun, and come to pass
        daemon.kill()
        os.unlink(self.path("effects"))
        daemon.start()
        self.assertEqual(0, self.assert_succeeded(daemon.bus.wait(job)))
        self.assertFalse(os.path.exists(self.path("effects")))

    def test_a_worker_killed_behind_an_effect_has_its_result(self):
        daemon = self.daemon(plugins=["notes"])
        job = daemon.bus.words("notes.once", self.path("effects"), "die after")
        self.assertEqual(1, self.assert_succeeded(daemon.bus.wait(job)))
        self.assertEqual(1, self.effects())

    def test_an_object_is_bound_to_by_the_tool(self):
        daemon = self.daemon(plugins=["demo"])
        daemon.ctl("object", "create", "demo", "1")
        self.assertEqual("6", daemon.ctl("run", "--object=demo", "demo.increase", "5"))
        self.assertEqual("16", daemon.ctl("run", "--object=demo", "demo.increase", "10"))
        daemon.kill()
        daemon.start()
        self.assertEqual("16", daemon.ctl("object", "show", "demo"))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What a function cannot do in its sandbox, and what becomes of one that cannot have it."""

import os
import stat
import unittest

import harness
import tap

ROOT = os.geteuid() == 0

# without another user: what the daemon's own user may do to its own files, where nothing is mounted read-only;
# looking at others of the same user is not among it
OWN_USERS = {"chmod_secret", "chown_secret", "touch_secret", "xattr_secret"}


class Sandbox(harness.Case):
    def setUp(self):
        super().setUp()
        # the way there is open to all: what keeps them out is the sandbox
        os.chmod(self.folder, 0o711)
        for name in ("in", "out", "outside"):
            os.mkdir(self.path(name), 0o755)
        os.chmod(self.path("out"), 0o777)
        for name in ("secret", "victim", "program"):
            with open(os.path.join(self.path("outside"), name), "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n")
            os.chmod(os.path.join(self.path("outside"), name), 0o755)
        os.chmod(self.path("outside"), 0o755)
        self.temporary = self.path("tmp")
        os.mkdir(self.temporary, 0o777)
        os.chmod(self.temporary, 0o1777)
        os.environ["TMPDIR"] = self.temporary
        self.addCleanup(os.environ.pop, "TMPDIR", None)
        self.addCleanup(os.environ.pop, "ASYNCQ_SANDBOX_WITHOUT", None)

    def sandboxed(self, *options, group="escapes.*", config="", **settings):
        lines = "\n".join(options)
        config = f"[function {group}]\n{lines}\n{config}"
        return self.daemon(plugins=["escapes"], config=config, **settings)

    def tried(self, daemon):
        answer = daemon.run("escapes.try", os.path.join(daemon.store, "journal"), daemon.socket,
                            self.path("outside"))
        value = harness.GLib.Variant.parse(harness.GLib.VariantType("(uas)"), answer, None, None)
        n_tried, succeeded = value.unpack()
        self.assertGreaterEqual(n_tried, 60)
        return set(succeeded)

    def strict(self, *more):
        return self.sandboxed("sandbox=require", "network=no", "read=" + self.path("in"),
                              "write=" + self.path("out"), "private-tmp=yes", *more)

    def test_a_plugin_shows_how_far_its_sandboxes_came(self):
        daemon = self.strict()
        self.assertIn("escapes.try: not known before its first job",
                      " ".join(daemon.ctl("plugin", "show", "escapes").split()))
        self.tried(daemon)
        shown = daemon.ctl("plugin", "show", "escapes")
        self.assertIn("no-new-privileges", shown)
        self.assertIn("no-new-privileges", daemon.ctl_json("plugin", "show", "escapes")["sandboxes"]["escapes.try"])

    @unittest.skipUnless(ROOT, "only root becomes another user")
    def test_no_way_leads_out_of_the_sandbox_of_another_user(self):
        self.assertEqual(set(), self.tried(self.strict("user=nobody")))

    def test_only_changes_to_files_lead_out_of_the_sandbox_of_the_same_user(self):
        self.assertLessEqual(self.tried(self.strict()), OWN_USERS)

    def test_what_is_required_and_cannot_be_had_fails_the_job(self):
        os.environ["ASYNCQ_SANDBOX_WITHOUT"] = "landlock,namespaces"
        daemon = self.sandboxed("sandbox=require", "write=/var/tmp")
        run = daemon.ctl_run("run", "escapes.pid")
        self.assertNotEqual(0, run.returncode)
        for word in ("escapes.pid", "plugin 'escapes'", "write (no Landlock)"):
            self.assertIn(word, run.stderr + run.stdout)

    def test_what_is_preferred_runs_with_less(self):
        os.environ["ASYNCQ_SANDBOX_WITHOUT"] = "landlock,namespaces"
        daemon = self.sandboxed("sandbox=prefer", "write=/var/tmp")
        self.assertIn(",", daemon.run("escapes.pid"))
        self.assertIn("with less than that: write (no Landlock)", daemon.read_log())

    def test_each_attempt_tells_how_far_its_sandbox_reached(self):
        os.environ["ASYNCQ_SANDBOX_WITHOUT"] = "landlock,namespaces"
        daemon = self.sandboxed("sandbox=prefer", "write=/var/tmp", "network=no")
        job, = daemon.bus.submit({"function": "escapes.pid", "queue": "run"})
        self.assert_succeeded(daemon.bus.wait(job))
        attempt = daemon.bus.job(job)["Attempts"][-1]
        self.assertIn("without=write", attempt["sandbox"])
        self.assertIn("network=no", attempt["sandbox"])

    def pid(self, daemon, function="escapes.pid"):
        return daemon.run(function)

    def test_a_worker_keeps_its_sandbox_and_others_have_others(self):
        daemon = self.sandboxed("sandbox=prefer", "network=no", group="escapes.pid",
                                config="[agent main]\nsize=1\n")
        first = self.pid(daemon)
        self.assertEqual(first, self.pid(daemon))
        free = self.pid(daemon, "escapes.free")
        self.assertNotEqual(first, free)
        self.assertEqual(free, self.pid(daemon, "escapes.free"))
        self.assertNotEqual(free, self.pid(daemon))

    def test_jobs_of_two_sandboxes_take_turns_in_one_worker(self):
        daemon = self.sandboxed("sandbox=prefer", "network=no", group="escapes.pid",
                                config="[agent main]\nsize=1\n")
        bus = daemon.bus
        jobs = [bus.submit({"function": f"escapes.{name}", "queue": "run"})[0] for name in ("pid", "free") * 10]
        for job in jobs:
            self.assert_succeeded(bus.wait(job))

    def test_each_job_has_an_empty_folder_and_what_it_leaves_is_removed(self):
        victim = os.path.join(self.path("outside"), "victim")
        daemon = self.sandboxed("private-tmp=yes")
        for _ in range(3):
            self.assertIn("', 0)", daemon.run("escapes.litter", "20", victim).replace("uint32 ", ""))
        daemon.stop()
        self.assertTrue(os.path.exists(victim))
        self.assertEqual([], os.listdir(self.temporary))

    def test_what_a_daemon_that_was_killed_has_left_is_removed_by_the_next(self):
        daemon = self.sandboxed("private-tmp=yes")
        daemon.run("escapes.litter", "20", "/etc")
        self.assertEqual(0o711, stat.S_IMODE(os.stat(os.path.join(self.temporary,
                                                                  os.listdir(self.temporary)[0])).st_mode))
        daemon.kill()
        daemon.start()
        daemon.stop()
        self.assertEqual([], os.listdir(self.temporary))


if __name__ == "__main__":
    tap.main()

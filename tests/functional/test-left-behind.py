#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What jobs start ends with them, or with their worker, or with the daemon."""

import ast
import os

import harness
import tap


class LeftBehind(harness.Case):
    def pids_in(self, path):
        with open(path, encoding="ascii") as file:
            return ast.literal_eval(file.read())

    def keep(self, daemon, n, orphan, end, **entry):
        """A job that has started processes: (job, their pids)."""
        path = self.path(f"pids-{n}-{orphan}-{end}")
        arguments = f"(uint32 {n}, {str(orphan).lower()}, {path!r}, {end!r})"
        job = daemon.bus.submit({"function": "brood.keep", "arguments": harness.text(arguments), **entry})[0]
        harness.bounded(lambda: os.path.exists(path), "the pids")
        return job, self.pids_in(path)

    def test_what_a_job_leaves_behind_is_gone_when_it_is_over(self):
        daemon = self.daemon(plugins=["brood"])
        for n, orphan in ((1, False), (1, True), (20, False), (20, True)):
            with self.subTest(n=n, orphan=orphan):
                job = daemon.bus.words("brood.leave", str(n), str(orphan).lower())
                pids = self.assert_succeeded(daemon.bus.wait(job))
                self.assertEqual(n, len(pids))
                self.assertEqual([], [pid for pid in pids if os.path.exists(f"/proc/{pid}")])

    def test_what_a_dead_worker_has_started_is_gone(self):
        daemon = self.daemon(plugins=["brood"])
        for orphan in (False, True):
            with self.subTest(orphan=orphan):
                job, pids = self.keep(daemon, 5, orphan, "crash", retry="never")
                self.assert_failed(daemon.bus.wait(job), "SIGKILL")
                for pid in pids:
                    harness.wait_gone(pid)

    def test_what_a_job_that_is_stopped_has_started_is_gone(self):
        daemon = self.daemon("--clock=manual:2024-01-01T00:00:00Z", plugins=["brood"])
        for orphan in (False, True):
            with self.subTest(orphan=orphan):
                job, pids = self.keep(daemon, 5, orphan, "stay")
                daemon.bus.cancel(job)
                daemon.bus.advance(5000000)
                self.assertEqual("cancelled", daemon.bus.wait(job)[0])
                for pid in pids:
                    harness.wait_gone(pid)

    def test_nothing_is_left_when_the_daemon_ends(self):
        daemon = self.daemon(plugins=["brood"])
        _job, pids = self.keep(daemon, 5, True, "stay")
        _job, more = self.keep(daemon, 5, False, "stay")
        self.assertEqual(0, daemon.stop())
        self.assertEqual([], [pid for pid in pids + more if os.path.exists(f"/proc/{pid}")])

    def test_nothing_is_left_when_the_daemon_is_killed(self):
        for end in ("stay", "stop", "deaf"):
            for orphan in (False, True):
                with self.subTest(end=end, orphan=orphan):
                    daemon = self.daemon(plugins=["brood"])
                    _job, pids = self.keep(daemon, 5, orphan, end)
                    daemon.kill()
                    for pid in pids:
                        harness.wait_gone(pid)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl monitor, async, list --watch and status, with the monitor of a real daemon."""

import json
import os
import select
import signal
import subprocess

import harness
import tap


class Following:
    """A program that is read line by line while it runs."""

    def __init__(self, daemon, *arguments):
        self.process = subprocess.Popen(
            [harness.ASYNCQCTL, "--address=" + daemon.address, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
        self.rest = b""

    def line(self):
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], harness.TIMEOUT)[0]:
                raise AssertionError(f"no line in {harness.TIMEOUT} s")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise AssertionError(f"it has ended after {self.rest}")
            self.rest += piece
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def until(self, part):
        while True:
            line = self.line()
            if part in line:
                return line

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.stdout.close()
        return self.process.wait(harness.TIMEOUT)


class Watching(harness.Case):
    def follow(self, daemon, *arguments):
        following = Following(daemon, *arguments)
        self.addCleanup(following.process.wait)
        self.addCleanup(following.process.kill)
        return following

    def test_every_change_once_and_in_order(self):
        daemon = self.daemon(plugins=["demo"])
        before = daemon.bus.status()["sequence"]
        jobs = [int(daemon.ctl("submit", "demo.multiply", "2", "3")) for _ in range(5)]
        for job in jobs:
            daemon.ctl("wait", str(job))
        following = self.follow(daemon, "monitor", f"--since={before}", "--json=short")
        changes = []
        while sum(change["state"] == "completed" for change in changes) < len(jobs):
            changes.append(json.loads(following.line()))
        numbers = [(change["seq"], change["n"]) for change in changes]
        self.assertEqual(sorted(set(numbers)), numbers)
        for job in jobs:
            states = [change["state"] for change in changes if change["job"] == job]
            self.assertEqual(["pending", "completed"], [states[0], states[-1]])
            self.assertEqual(sorted(set(states), key=states.index), states)
        self.assertEqual(130, following.end())

    def test_filter_for_people(self):
        daemon = self.daemon(plugins=["demo"])
        before = daemon.bus.status()["sequence"]
        daemon.ctl("run", "demo.multiply", "2", "3")
        failed = daemon.ctl("submit", "demo.error", "--queue=mail")
        daemon.ctl("wait", failed, status=20)
        shown = daemon.ctl("monitor", "state:failed", f"--since={before}", "-n", "1")
        self.assertRegex(shown, rf"failed +{failed} demo.error, queue mail$")

    def test_goes_on_over_a_restart(self):
        daemon = self.daemon(plugins=["demo"])
        following = self.follow(daemon, "monitor", f"--since={daemon.bus.status()['sequence']}",
                                "state:completed", "--json=short")
        first = int(daemon.ctl("submit", "demo.multiply", "2", "3"))
        self.assertEqual(first, json.loads(following.line())["job"])
        daemon.restart()
        second = int(daemon.ctl("submit", "demo.multiply", "2", "3"))
        self.assertEqual(second, json.loads(following.line())["job"])
        self.assertEqual(130, following.end())

    def test_wrong_filter(self):
        daemon = self.daemon()
        run = daemon.ctl_run("monitor", "stat:failed")
        self.assertEqual(2, run.returncode, run.stderr)
        self.assertIn("did you mean 'state:'", run.stderr)

    def test_tools_one_by_one_and_as_a_conversation(self):
        daemon = self.daemon(plugins=["demo"])
        self.assertEqual("RUNNING", json.loads(daemon.ctl("async", "status"))["status"])
        self.assertEqual(daemon.bus.get("/org/asyncq", harness.MANAGER, "UUID"),
                         daemon.ctl("async", "UUID").strip())
        self.assertIn("jobstats", daemon.ctl("async", "help"))
        self.assertNotEqual("", daemon.ctl_run("async", "jobs", "nosuch:1").stderr)
        daemon.ctl("async", "nosuch", status=2)
        run = subprocess.run([harness.ASYNCQCTL, "--address=" + daemon.address, "async"],
                             input="async UUID\n\nasync jobs\n", capture_output=True, text=True,
                             timeout=harness.TIMEOUT, check=False)
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertEqual(2, run.stdout.count(daemon.ctl("async", "UUID").strip()))
        self.assertIn("[]", run.stdout)
        self.assertTrue(run.stdout.endswith("Goodbye.\n"), run.stdout)

    def test_list_again_when_a_job_changes(self):
        daemon = self.daemon(plugins=["probe"])
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        following = self.follow(daemon, "list", "--watch", "--no-legend", "queue:mail", "state:active")
        following.line()  # an empty one before each list
        job = daemon.ctl("submit", "--queue=mail", "probe.hold", fifo)
        self.assertIn("active", following.until("probe.hold"))
        with open(fifo, "w", encoding="ascii"):
            pass
        self.assertEqual("", following.until(""))
        daemon.ctl("wait", job)
        self.assertEqual(130, following.end())

    def test_age_in_lists(self):
        daemon = self.daemon("--clock=manual:2006-08-10T15:44:22Z", plugins=["demo"])
        old = int(daemon.ctl("submit", "demo.multiply", "2", "3"))
        daemon.bus.advance(2 * 3600 * 1000000)
        new = int(daemon.ctl("submit", "demo.multiply", "2", "3"))
        for job in (old, new):
            daemon.ctl("wait", str(job))
        for words, wanted in ((["age:>1h"], [old]), (["age:<1h"], [new]), (["age:<3h"], [new, old]),
                              (["age:>1h", "age:<2h"], [])):
            shown = daemon.ctl("list", "--all", "--json=short", *words)
            self.assertEqual(wanted, [json.loads(line)["id"] for line in shown.splitlines()], words)
        self.assertIn("is not an age", daemon.ctl_run("list", "age:1h").stderr)
        self.assertIn("did you mean 'queue:'", daemon.ctl_run("list", "queu:mail").stderr)

    def test_status_tells_how_deep_queues_are(self):
        daemon = self.daemon(plugins=["probe"])
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        job = daemon.ctl("submit", "--queue=mail", "probe.hold", fifo)
        daemon.ctl("submit", "--queue=mail", "--at=2100-01-01T00:00:00Z",
                   "probe.hold", "/nonexistent")
        self.follow(daemon, "list", "--watch", "--no-legend", "state:active").until("probe.hold")
        self.assertRegex(daemon.ctl("status"), r"mail +1 +1\n?")
        with open(fifo, "w", encoding="ascii"):
            pass
        daemon.ctl("wait", job)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""How long completed jobs are kept, how many, and removing them by hand; refusals of the store."""

import os
import resource

import harness
import tap

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
ERROR, USAGE, NO_SUCH_JOB, REFUSED = 1, 2, 10, 11
# completed jobs are looked at a second after one has ended
SOON = 2 * SECOND


def double(n, **keys):
    return {"function": "probe.double", "arguments": harness.text(f"(uint32 {n},)"), **keys}


class Retention(harness.Case):
    def clocked(self, config=""):
        return self.daemon("--clock=manual", plugins=["probe", "demo"], config=config)

    def succeed_jobs(self, daemon, n_jobs, **keys):
        jobs = daemon.bus.submit(*(double(n, **keys) for n in range(n_jobs)))
        for job in jobs:
            self.assert_succeeded(daemon.bus.wait(job))
        return jobs

    def fail_jobs(self, daemon, n_jobs, **keys):
        jobs = daemon.bus.submit(*({"function": "demo.error", **keys} for _ in range(n_jobs)))
        for job in jobs:
            self.assert_failed(daemon.bus.wait(job))
        return jobs

    def clean(self, daemon, filter="", **options):
        return daemon.bus.manager("Clean", "(sa{sv})", filter,
                                  {name.replace("_", "-"): harness.variant_of(value)
                                   for name, value in options.items()})

    def ids(self, daemon, filter=""):
        return sorted(job["Id"] for job in daemon.bus.list_jobs(filter))

    # by themselves

    def test_seven_days(self):
        daemon = self.clocked()
        old = self.succeed_jobs(daemon, 3) + self.fail_jobs(daemon, 1)
        daemon.bus.advance(DAY)
        young = self.succeed_jobs(daemon, 2)
        daemon.bus.advance(6 * DAY - HOUR)
        self.assertEqual(sorted(old + young), self.ids(daemon))
        daemon.bus.advance(HOUR + SOON)
        self.assertEqual(sorted(young), self.ids(daemon))
        self.assert_bus_error("NoSuchJob", daemon.bus.job, old[0])
        daemon.ctl("show", str(old[0]), status=NO_SUCH_JOB)
        daemon.bus.advance(DAY)
        self.assertEqual([], self.ids(daemon))

    def test_times_by_queue_and_outcome(self):
        daemon = self.clocked("[store]\nkeep=2h\nkeep-failed=4h\n[queue mail]\nkeep=1h\n"
                              "keep-failed=3h\n")
        plain, = self.succeed_jobs(daemon, 1)
        plain_failed, = self.fail_jobs(daemon, 1)
        mail, = self.succeed_jobs(daemon, 1, queue="mail")
        mail_failed, = self.fail_jobs(daemon, 1, queue="mail")
        for left in ([plain, plain_failed, mail_failed], [plain_failed, mail_failed],
                     [plain_failed], []):
            daemon.bus.advance(HOUR + SOON)
            self.assertEqual(sorted(left), self.ids(daemon))

    def test_numbers_by_queue_and_outcome(self):
        daemon = self.clocked("[store]\nkeep-completed=4\nkeep-completed-failed=2\n[queue mail]\n"
                              "keep-completed-succeeded=1\n")
        plain = self.succeed_jobs(daemon, 6)
        failed = self.fail_jobs(daemon, 3)
        mail = self.succeed_jobs(daemon, 3, queue="mail")
        daemon.bus.advance(SOON)
        self.assertEqual(4, len(self.ids(daemon, "state:succeeded queue:")))
        self.assertEqual(2, len(self.ids(daemon, "state:failed")))
        self.assertEqual(1, len(self.ids(daemon, "queue:mail")))
        # jobs run side by side, so which ended last is not known
        self.assertLessEqual(set(self.ids(daemon)), set(plain + failed + mail))

    def test_over_a_restart(self):
        daemon = self.daemon("--clock=manual:2026-01-01T00:00:00Z", plugins=["probe"])
        job, = self.succeed_jobs(daemon, 1)
        daemon.stop()
        daemon.arguments = ["--clock=manual:2026-01-08T00:00:00Z"]
        daemon.start()
        daemon.bus.advance(SOON)
        self.assertEqual([], self.ids(daemon))
        self.assert_bus_error("NoSuchJob", daemon.bus.job, job)
        daemon.kill()
        daemon.start()
        self.assertEqual([], self.ids(daemon))

    def test_a_submit_key_is_free_again(self):
        daemon = self.clocked()
        first, = daemon.bus.submit(double(1, submit_key="k"))
        self.assert_succeeded(daemon.bus.wait(first))
        self.assertEqual([first], daemon.bus.submit(double(1, submit_key="k")))
        daemon.bus.advance(7 * DAY + SOON)
        second, = daemon.bus.submit(double(1, submit_key="k"))
        self.assertNotEqual(first, second)
        self.assert_succeeded(daemon.bus.wait(second))
        self.clean(daemon)
        third, = daemon.bus.submit(double(1, submit_key="k"))
        self.assertNotIn(third, (first, second))

    def test_parts_of_an_unfinished_job_stay(self):
        daemon = self.clocked()
        fifo = self.path("hold")
        os.mkfifo(fifo)
        whole, part, held = daemon.bus.submit(
            {"kind": "parallel"}, double(1, parent=0),
            {"function": "probe.hold", "arguments": harness.text(f"('{fifo}',)"), "parent": 0})
        with open(fifo, "w", encoding="ascii"):
            self.assert_succeeded(daemon.bus.wait(part))
            daemon.bus.advance(8 * DAY)
            self.assertEqual([whole, part, held], self.ids(daemon))
            self.assertEqual(0, sum(self.clean(daemon).values()))
        self.assert_succeeded(daemon.bus.wait(whole))
        self.assertEqual({"succeeded": 3, "failed": 0, "cancelled": 0, "expired": 0},
                         self.clean(daemon))

    # by hand

    def test_clean_counts(self):
        daemon = self.clocked()
        self.succeed_jobs(daemon, 3)
        self.fail_jobs(daemon, 2, queue="mail")
        later, = daemon.bus.submit(double(1, begin_after=harness.GLib.Variant("x", 1 << 60)))
        daemon.bus.cancel(daemon.bus.submit(
            double(1, begin_after=harness.GLib.Variant("x", 1 << 60)))[0])
        self.assertEqual({"succeeded": 3, "failed": 2, "cancelled": 1, "expired": 0},
                         self.clean(daemon, dry_run=True))
        self.assertEqual({"succeeded": 0, "failed": 2, "cancelled": 0, "expired": 0},
                         self.clean(daemon, "queue:mail"))
        self.assertEqual({"succeeded": 3, "failed": 0, "cancelled": 1, "expired": 0},
                         self.clean(daemon))
        self.assertEqual([later], self.ids(daemon))
        self.assertEqual(1, daemon.bus.status()["jobs"]["pending"])
        self.assertEqual(0, daemon.bus.status()["jobs"]["completed"])
        daemon.kill()
        daemon.start()
        self.assertEqual([later], self.ids(daemon))

    def test_asyncqctl_clean(self):
        daemon = self.clocked()
        self.succeed_jobs(daemon, 3)
        self.fail_jobs(daemon, 1)
        run = daemon.ctl_run("clean")
        self.assertEqual(USAGE, run.returncode)
        self.assertIn("--yes", run.stderr)
        self.assertEqual(USAGE, daemon.ctl_run("clean", "state:pending", "--yes").returncode)
        self.assertEqual(4, len(self.ids(daemon)))
        self.assertEqual({"succeeded": 3, "failed": 1, "cancelled": 0, "expired": 0, "count": 4,
                          "dry_run": True, "schema": 1}, daemon.ctl_json("clean", "--dry-run"))
        shown = daemon.ctl("clean", "state:failed", "--yes")
        self.assertRegex(shown, r"failed +1\n")
        self.assertRegex(shown, r"succeeded +0\n")
        self.assertEqual(3, daemon.ctl_json("clean", "--yes")["count"])
        self.assertEqual("0", daemon.ctl("list", "--all", "--count"))

    def test_asyncqctl_clean_asks_people(self):
        daemon = self.clocked()
        self.succeed_jobs(daemon, 7)
        for answer, left in ((b"n\n", 7), (b"\n", 7), (b"\x04", 7), (b"y\n", 0)):
            status, said = self.on_terminal(answer, harness.ASYNCQCTL, "--address=" + daemon.address,
                                            "clean")
            self.assertEqual(ERROR if left else 0, status, said)
            self.assertIn("Remove 7 jobs", said)
            self.assertIn("2 more", said)
            self.assertEqual(5, said.count("probe.double"))
            self.assertEqual(left, len(self.ids(daemon)))

    def on_terminal(self, answer, *command):
        """Runs a command on a terminal and types an answer. (exit status, what it said)"""
        pid, fd = os.forkpty()
        if pid == 0:
            os.execve(command[0], command, {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"})
        said = b""
        while b"[y/N]" not in said:
            said += os.read(fd, 4096)
        os.write(fd, answer)
        try:
            while piece := os.read(fd, 4096):
                said += piece
        except OSError:
            pass  # the other end is closed
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()

    # refusals

    def test_busy_when_jobs_take_too_much_memory(self):
        daemon = self.daemon(plugins=["probe"], config="[store]\nmax-live-bytes=64K\n")
        later = harness.GLib.Variant("x", 1 << 60)
        jobs = daemon.bus.submit(*(double(n, begin_after=later) for n in range(1000)))
        said = self.assert_bus_error("Busy", daemon.bus.submit, double(1))
        self.assertIn("65536 bytes", said)
        self.assertIn("try again when jobs have ended", said)
        self.assertIn("'max-live-bytes' in [store]", said)
        self.assert_bus_error("Busy", daemon.bus.words, "probe.double", "1")
        refusal = daemon.bus.status()["refusal"]
        self.assertEqual("org.asyncq.Error.Busy", refusal["error"])
        self.assertTrue(said.endswith(refusal["message"]), refusal)
        run = daemon.ctl_run("submit", "probe.double", "1")
        self.assertEqual(REFUSED, run.returncode, run.stderr)
        self.assertIn("asyncqctl: what is in memory", run.stderr)
        self.assertIn("Refuses: what is in memory", daemon.ctl("status"))
        self.assertIn("new jobs are refused until others have ended", daemon.read_log())
        # ... over a restart, and until there is room
        daemon.restart()
        self.assert_bus_error("Busy", daemon.bus.submit, double(1))
        for job in jobs:
            daemon.bus.cancel(job)
        self.clean(daemon)
        harness.bounded(lambda: "refusal" not in daemon.bus.status(), "the end of the refusal")
        self.assertIn("new jobs are taken", daemon.read_log())
        self.assert_succeeded(daemon.bus.wait(daemon.bus.submit(double(1))[0]))

    def test_full_while_there_is_no_space_for_ends(self):
        # no file may get longer, so the reserve for the ends of jobs cannot be made
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        try:
            daemon = self.daemon(plugins=["probe"], config="[store]\nsegment-size=256K\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        said = self.assert_bus_error("StoreFull", daemon.bus.submit, double(1))
        self.assertIn("reserve", said)
        self.assertIn("free some where the store is", said)
        self.assert_bus_error("StoreFull", daemon.bus.manager, "AddAgent", "(sa{sv})", "post", {})
        self.assertEqual("org.asyncq.Error.StoreFull", daemon.bus.status()["refusal"]["error"])
        run = daemon.ctl_run("submit", "probe.double", "1")
        self.assertEqual(REFUSED, run.returncode, run.stderr)
        self.assertEqual(0, sum(self.clean(daemon).values()))

        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        harness.bounded(lambda: "refusal" not in daemon.bus.status(), "the end of the refusal")
        self.assert_succeeded(daemon.bus.wait(daemon.bus.submit(double(1))[0]))

    def test_a_hold_is_counted_and_ends_with_its_connection(self):
        daemon = self.daemon(plugins=["probe"])
        self.succeed_jobs(daemon, 1)
        other = daemon.connect()
        path, position = other.manager("HoldStore")
        self.assertEqual(os.path.realpath(daemon.store), os.path.realpath(path))
        self.assertEqual(["crc", "end", "next-sequence", "segment"], sorted(position))
        self.assertLess(1, position["next-sequence"])
        other.manager("HoldStore")
        self.assertIsNone(other.manager("ReleaseStore"))
        self.assertIsNone(other.manager("ReleaseStore"))
        self.assert_bus_error("BadState", other.manager, "ReleaseStore")
        self.assert_bus_error("BadState", daemon.bus.manager, "ReleaseStore")
        other.manager("HoldStore")
        other.close()
        self.succeed_jobs(daemon, 1)

    def test_a_store_in_memory_cannot_be_held(self):
        daemon = self.daemon(plugins=["probe"], store="memory")
        self.assertIn("in memory only", self.assert_bus_error("Invalid", daemon.bus.manager, "HoldStore"))

    # what is told of it

    def test_status_tells_what_is_kept(self):
        daemon = self.clocked("[store]\nkeep=2d\n[queue mail]\nkeep-completed-failed=5\n")
        kept = daemon.bus.status()["retention"]
        self.assertEqual(8, len(kept))
        self.assertIn({"outcome": "failed", "keep": 2 * DAY, "keep-completed": 1000000}, kept)
        self.assertIn({"queue": "mail", "outcome": "failed", "keep": 2 * DAY, "keep-completed": 5}, kept)


if __name__ == "__main__":
    tap.main()

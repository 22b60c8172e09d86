#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What is noted on jobs, and objects, through the daemon: by clients, by the tool, by functions.

The clock stands still but where a test moves it.
"""

import subprocess

import harness
import tap
from harness import GLib

SECOND = 1_000_000
CLOCK = "--clock=manual:2024-01-01T00:00:00Z"
INVALID, TIMED_OUT, CONFLICT, NO_SUCH = 2, 3, 6, 10


class Notes(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(CLOCK, plugins=["notes", "demo"])
        self.ctl = self.served.ctl
        self.bus = self.served.bus

    def hold(self):
        """Nothing begins; returns a job that waits."""
        self.ctl("claiming", "off")
        return self.ctl("submit", "demo.noop")

    def annotate(self, job, key, value):
        return self.bus.call(f"/org/asyncq/jobs/{job}", harness.JOB, "Annotate", GLib.Variant("(sv)", (key, value)))

    def assert_refused(self, job, name, key, value):
        """Nothing of the job is other than before."""
        before = self.bus.job(job)
        message = self.assert_bus_error(name, self.annotate, job, key, value)
        self.assertEqual(before, self.bus.job(job))
        return message

    # annotations

    def test_a_job_is_annotated_and_read(self):
        job = self.hold()
        self.ctl("annotate", job, "stop", "true")
        self.ctl("annotate", job, "place", "row seven")
        self.assertEqual("true", self.ctl("annotation", job, "stop"))
        self.assertEqual("place='row seven'\nstop=true", self.ctl("annotation", job))
        self.assertEqual({"place": "row seven", "stop": True}, self.bus.job(job)["Annotations"])
        self.ctl("annotate", job, "stop", "--remove")
        self.assertEqual({"place": "row seven"}, self.bus.job(job)["Annotations"])
        self.ctl("annotation", job, "stop", status=TIMED_OUT)
        self.assertIn("row seven", self.ctl("show", job))

    def test_annotations_survive_a_crash(self):
        job = self.ctl("submit", "demo.noop")
        self.ctl("wait", job)
        self.ctl("annotate", job, "seen", "uint32 7")
        self.served.kill()
        self.served.start()
        self.assertEqual("uint32 7", self.ctl("annotation", job, "seen"))
        self.assertIn('"annotations":"{\'seen\': <uint32 7>}"', self.ctl("store", "dump").replace("\\u0027", "'"))

    def test_what_is_too_much_is_refused(self):
        """An annotation over its limit, a key that is too long, another type of progress."""
        job = self.hold()
        large = GLib.Variant("s", "x" * 40_000)
        self.annotate(job, "first", large)
        self.assertIn("at most 65536", self.assert_refused(job, "TooLarge", "second", large))
        self.assertIn("129 bytes", self.assert_refused(job, "Invalid", "k" * 129, GLib.Variant("i", 1)))
        self.assertIn("'(dtts)' is wanted", self.assert_refused(job, "Invalid", "progress", GLib.Variant("d", 0.5)))
        self.assertIn("0 to 1", self.assert_refused(job, "Invalid", "progress",
                                                    GLib.Variant("(dtts)", (7.0, 0, 0, ""))))
        self.assert_bus_error("NoSuchJob", self.annotate, 4711, "a", GLib.Variant("i", 1))
        self.ctl("annotation", "4711", "a", status=NO_SUCH)

    def test_who_waits_is_told(self):
        """Z88: in time; a client that goes leaves nothing behind."""
        job = self.hold()
        waiting = subprocess.Popen([harness.ASYNCQCTL, "--address=" + self.served.address, "annotation", job, "ready",
                                    "--timeout=1h"], stdout=subprocess.PIPE, text=True)
        gone = self.served.connect()
        gone.connection.call("org.asyncq", f"/org/asyncq/jobs/{job}", harness.JOB, "Annotation",
                             GLib.Variant("(sxx)", ("ready", -1, 0)), None, 0, -1, None, None)
        gone.connection.flush_sync(None)
        self.ctl("annotation", job, "ready", status=TIMED_OUT)
        gone.close()
        self.ctl("annotate", job, "ready", "5")
        output, _errors = waiting.communicate(timeout=harness.TIMEOUT)
        self.assertEqual("5\n", output)

    def test_the_wait_ends_with_its_time(self):
        job = self.hold()
        waiting = subprocess.Popen([harness.ASYNCQCTL, "--address=" + self.served.address, "annotation", job, "ready",
                                    "--timeout=1min"], stderr=subprocess.PIPE, text=True)
        while waiting.poll() is None:
            self.bus.advance(60 * SECOND)
        waiting.communicate()
        self.assertEqual(TIMED_OUT, waiting.returncode)

    def test_two_jobs_wait_for_each_other(self):
        """As the two jobs of usage.txt: each notes something on the other, and gets it."""
        self.ctl("claiming", "off")
        flag = GLib.Variant("v", GLib.Variant("i", 42))
        waits = self.bus.submit({"function": "notes.get",
                                 "arguments": GLib.Variant("(tsx)", (0, "flag", 60 * SECOND))})[0]
        sets = self.bus.submit({"function": "notes.set",
                                "arguments": GLib.Variant("(tsv)", (waits, "flag", flag.get_variant()))})[0]
        self.ctl("claiming", "on")
        self.assert_succeeded(self.bus.wait(sets))
        self.assertEqual([42], self.assert_succeeded(self.bus.wait(waits)))

    def test_progress_is_shown(self):
        job = self.hold()
        self.ctl("annotate", job, "progress", "(0.71, 710, 1000, 'building page 71')")
        self.assertEqual((0.71, 710, 1000, "building page 71"), self.bus.job(job)["Progress"])
        self.assertIn("Progress: 71 % 710/1000 building page 71", self.ctl("status", job))

    def test_states_alone_are_signalled(self):
        """JobsChanged does not carry what is noted."""
        job = self.hold()
        self.bus.watch()
        self.ctl("annotate", job, "a", "1")
        self.ctl("cancel", job)
        self.bus.until_state(int(job), "completed")
        self.assertEqual(["completed"], [change[1] for change in self.bus.changes])

    # objects

    def test_a_function_is_bound_to_an_object(self):
        """1, 6, 16, as in usage.txt"""
        self.ctl("object", "create", "demo", "1")
        self.assertEqual("6", self.ctl("run", "--object=demo", "demo.increase", "5"))
        self.assertEqual("16", self.ctl("run", "--object=demo", "demo.increase", "10"))
        self.assertEqual("16", self.ctl("object", "show", "demo"))
        self.assertEqual(3, self.bus.manager("ReadObject", "(s)", "demo")["version"])
        self.served.kill()
        self.served.start()
        self.assertEqual("16", self.ctl("object", "show", "demo"))
        objects = self.served.bus.manager("ListObjects", "(ssu)", "", "", 9)
        self.assertEqual([("demo", "i", 3)], [(view["name"], view["type"], view["version"]) for view in objects])
        self.assertIn("demo", self.ctl("object"))
        self.ctl("object", "remove", "demo")
        self.ctl("object", "show", "demo", status=NO_SUCH)

    def test_all_increases_are_there(self):
        """Many jobs at once: whoever sees an old value runs again."""
        self.ctl("object", "create", "count", "uint32 0")
        jobs = self.bus.submit(*[{"function": "notes.add", "arguments": GLib.Variant("(us)", (1, "")),
                                  "object": "count", "retry": "forever"} for _ in range(20)])
        for job in jobs:
            self.assert_succeeded(self.bus.wait(job))
        self.assertEqual("20", self.ctl("object", "show", "count").split()[-1])

    def test_what_cannot_be_done_to_an_object(self):
        """An object of another type, an unknown one, another version."""
        self.ctl("object", "create", "demo", "1")
        self.ctl("object", "create", "text", "'x'")
        before = self.bus.manager("ReadObject", "(s)", "demo")
        run = self.served.ctl_run("object", "set", "demo", "'x'")
        self.assertEqual(INVALID, run.returncode)
        self.assertIn("of type 'i', and the new value of type 's'", run.stderr)
        self.ctl("object", "create", "demo", "2", status=CONFLICT)
        self.assert_bus_error("Conflict", self.bus.manager, "SetObject", "(svt)", "demo", GLib.Variant("i", 2), 7)
        self.assert_bus_error("Invalid", self.bus.manager, "CreateObject", "(sv)", "a b", GLib.Variant("i", 2))
        self.assert_bus_error("TooLarge", self.bus.manager, "CreateObject", "(sv)", "large",
                              GLib.Variant("s", "x" * (1 << 20)))
        self.assert_bus_error("Invalid", self.bus.manager, "ListObjects", "(ssu)", "", "", 1001)
        self.assertEqual(before, self.bus.manager("ReadObject", "(s)", "demo"))
        increase = {"function": "demo.increase", "arguments": GLib.Variant("(i)", (5,))}
        self.assert_bus_error("NoSuchObject", self.bus.submit, {**increase, "object": "dema"})
        self.assert_bus_error("BadArguments", self.bus.submit, {**increase, "object": "text"})
        self.assert_bus_error("BadArguments", self.bus.submit, increase)
        self.assertEqual([], self.bus.list_jobs())


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What a worker could only have made up: reports of crashes, frames, texts for a terminal."""

import re
import struct

import harness
import tap
from gi.repository import GLib

DONE, RETURNED, ASK, CONFINED, BEGUN, FREE = 8, 9, 10, 13, 14, 15
LEASE = b"L" * 8
ORDERS = "gone \x1b[2J\x1b]0;owned\x07\r\x9b1m \x7f text"

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def frame(kind, *fields):
    """Its fields are bytes: they are filled up to what the size of a frame must be."""
    body = struct.pack("<II", 0, kind) + b"".join(fields)
    body += b"\0" * (-len(body) % 8)
    return struct.pack("<I", len(body)) + body[4:]


def u32(number):
    return struct.pack("<I", number % (1 << 32))


def u64(number):
    return struct.pack("<Q", number % (1 << 64))


def text(value):
    return u32(len(value)) + value + b"\0"


def value(at, data):
    """With zeros up to a multiple of 8 from the start of the frame, which it is @at bytes away from."""
    return u32(len(data)) + (b"\0" * (-(at + 4) % 8) + data if data else b"")


def log(level, line, lease=LEASE, number=0):
    fields = lease + u64(number) + u64(0) + u64(0) + u64(0) + u32(6) + text(line) + text(b"u")
    return frame(ASK, fields, value(8 + len(fields), u32(level)))


class Forgery(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.daemon(plugins=["forger", "demo"],
                                  config="[daemon]\nstop-timeout=100ms\nkill-timeout=100ms\nquarantine-after=never\n"
                                         "[agent main]\nsize=2\n")
        self.pid = self.server.process.pid
        self.addCleanup(self.assert_it_serves)

    @property
    def bus(self):
        return self.server.bus

    def assert_it_serves(self):
        self.assertEqual(self.pid, self.server.process.pid)
        self.assertEqual("42", self.server.run("demo.multiply", "6", "7"))

    def submit(self, function, arguments, **entry):
        return self.bus.submit({"function": "forger." + function, "arguments": arguments, "retry": "never", **entry})[0]

    def failure_of(self, function, arguments, **entry):
        """The message that it fails with."""
        outcome, result = self.bus.wait(self.submit(function, arguments, **entry))
        self.assertEqual("failed", outcome)
        return result[2]

    def frames(self, *frames):
        return self.failure_of("frames", GLib.Variant("(ayub)", (b"".join(frames), 1, True)))

    def test_a_forged_report_of_a_crash_is_not_believed(self):
        for how in ("junk", "sizes", "registers", "wrap", "end", "loop",
                    "7f0000000000-7f0000001000 r-xp 00000000 00:01 1 /proc/self/mem\n",
                    "7f0000000000-7f0000001000 r-xp 00000000 00:01 1 /dev/zero\n",
                    "0-ffffffffffffffff r-xp 00000000 00:01 1 /usr/bin/python3\n",
                    "ffffffffffffffff-0 r-xp 00000000 00:01 99999999999999999999999 /memfd:\x1b[2J (deleted)\n",
                    "/", "\n", "\x1b[2J"):
            with self.subTest(how):
                said = self.failure_of("crash", GLib.Variant("(s)", (how,)))
                self.assertRegex(said, r"^worker \d+ died of signal SIGSEGV \(11\) while it ran forger\.crash")
                self.assertNotRegex(said, CONTROLS)

    def test_forged_frames_end_the_worker(self):
        for what, frames in {
            "a level that there is not": [log(99, b"line")],
            "too long a line": [log(2, b"x" * 5000)],
            "no UTF-8": [log(2, b"\xff\xfe")],
            "a numbered line": [log(2, b"line", number=1)],
            "the line of another": [log(2, b"line", lease=u64(-1))],
            "another has begun": [frame(BEGUN, u64(-1))],
            "a short BEGUN": [frame(BEGUN)],
            "a long FREE": [frame(FREE, u64(1))],
            "confined, unasked": [frame(CONFINED, u32(0), text(b""), text(b"landlock seccomp"))],
            "a failed one": [frame(CONFINED, u32(1), text(b"\x1b[2J"), text(b""))],
            "RETURNED of too many": [frame(RETURNED, u32(-1), LEASE)],
            "RETURNED of another": [frame(RETURNED, u32(1), u64(-1))],
            "RETURNED of what runs": [frame(RETURNED, u32(1), LEASE)],
        }.items():
            with self.subTest(what):
                self.assertRegex(self.frames(*frames), "was killed for a protocol error")

    def test_frames_that_say_nothing_change_nothing(self):
        job = self.submit("frames", GLib.Variant("(ayub)", (frame(FREE) + frame(RETURNED, u32(0)), 1000, False)))
        self.assertEqual("succeeded", self.bus.wait(job)[0])

    def test_a_flood_of_lines_is_bounded(self):
        job = self.submit("frames", GLib.Variant("(ayub)", (log(2, b"y" * 4096), 2000, False)))
        self.assertEqual("succeeded", self.bus.wait(job)[0])
        attempt, = self.bus.job(job)["Attempts"]
        self.assertEqual(2000, attempt["log-lines"] + attempt["log-dropped"])
        self.assertLessEqual(attempt["log-lines"] * 4096, 64 * 1024)

    def test_what_is_printed_is_kept_as_text(self):
        for data in (b"\0" * 100, b"\xff\xfe\xc3", b"\x1b[2J\x9b\r\x07\n", bytes(range(256))):
            job = self.submit("print", GLib.Variant("(ayu)", (data, 300)))
            self.assertEqual("succeeded", self.bus.wait(job)[0])
            attempt, = self.bus.job(job)["Attempts"]
            self.assertEqual(300 * len(data), attempt["output-bytes"])
            self.assertLessEqual(len(attempt["output"].encode()), 8192)
            for verb in (("show", "--attempts", str(job)), ("status", str(job))):
                self.assertNotRegex(self.server.ctl(*verb), CONTROLS)

    def test_no_text_of_a_plugin_gives_orders_to_a_terminal(self):
        failed = self.submit("fail", GLib.Variant("(s)", (ORDERS,)))
        self.bus.wait(failed)
        logged = self.submit("log", GLib.Variant("(su)", (ORDERS, 3)))
        self.bus.wait(logged)
        for verb in (("status",), ("status", str(failed)), ("show", str(failed)), ("show", "--attempts", str(failed)),
                     ("list", "--all"), ("functions",), ("plugin", "list"), ("plugin", "show", "forger"),
                     ("log", str(logged)), ("show", "--attempts", str(logged)), ("wait", str(failed)),
                     ("why", str(failed)), ("plugin", "verify", harness.plugin_file("forger")),
                     ("run", "forger.fail", ORDERS), ("plugin", "show", ORDERS)):
            with self.subTest(verb):
                run = self.server.ctl_run(*verb)
                self.assertNotRegex(run.stdout + run.stderr, CONTROLS)
        self.assertIn("gone ?[2J?]0;owned???1m ? text", self.server.ctl("status", str(failed)))

    def test_a_job_that_ends_twice_ends_once(self):
        for _ in range(20):
            self.assertEqual("succeeded", self.bus.wait(self.bus.words("forger.twice"))[0])

    def test_all_that_a_worker_had_open_are_told_what_it_died_of(self):
        server = self.daemon(plugins=["forger"], config="[daemon]\nquarantine-after=never\n[agent main]\nsize=1\n")
        jobs = server.bus.submit(*[{"function": "forger.die_together", "retry": "never",
                                    "arguments": GLib.Variant("(u)", (256,))}] * 256)
        for job in jobs:
            outcome, result = server.bus.wait(job)
            self.assertEqual("failed", outcome)
            self.assertIn("died of signal SIGSEGV", result[2])
            self.assertEqual(*(server.bus.job(one)["Attempts"][0].get("stack") for one in (jobs[0], job)))

    def test_the_log_has_no_lines_of_others(self):
        job = self.submit("print", GLib.Variant("(ayu)", (b"\rasyncqd: all is well\x1b[2J\n", 1)))
        self.bus.wait(job)
        self.assertNotIn("\x1b", self.server.read_log())


if __name__ == "__main__":
    tap.main()

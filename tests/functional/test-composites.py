#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Parallel and serial jobs, nested, and jobs that functions return."""

import os

import harness
import tap

PARALLEL, SERIAL = "parallel", "serial"


def call(function, arguments=None, **keys):
    if arguments is not None:
        keys["arguments"] = harness.text(arguments)
    return {"function": function, **keys}


class Composites(harness.Case):
    def setUp(self):
        super().setUp()
        self.bus = self.daemon(plugins=["demo", "probe"]).bus

    def result(self, *entries):
        """Of the first entry's job."""
        return self.assert_succeeded(self.bus.wait(self.bus.submit(*entries)[0]))

    def append(self, tag, **keys):
        return call("probe.append", f"('{self.path('lines')}', '{tag}')", **keys)

    def tags(self):
        with open(self.path("lines"), encoding="ascii") as file:
            return [line.split()[3] for line in file]

    def test_without_members(self):
        for kind in (PARALLEL, SERIAL):
            with self.subTest(kind):
                self.assertEqual([], self.result({"kind": kind}))

    def test_without_members_but_with_postprocess(self):
        for kind in (PARALLEL, SERIAL):
            with self.subTest(kind):
                self.assertEqual(5, self.result(
                    {"kind": kind}, call("probe.sum", "(uint32 5,)", parent=0, role="postprocess")))

    def test_one_member(self):
        for kind in (PARALLEL, SERIAL):
            with self.subTest(kind):
                self.assertEqual(14, self.result(
                    {"kind": kind}, call("probe.double", "(uint32 7,)", parent=0),
                    call("probe.sum", "(uint32 0,)", parent=0, role="postprocess")))

    def test_many_members(self):
        for kind in (PARALLEL, SERIAL):
            with self.subTest(kind):
                members = [call("probe.double", f"(uint32 {i},)", parent=0) for i in range(50)]
                self.assertEqual(2 * sum(range(50)) + 1, self.result(
                    {"kind": kind}, *members,
                    call("probe.sum", "(uint32 1,)", parent=0, role="postprocess")))

    def test_result_without_postprocess_lists_the_members(self):
        for kind in (PARALLEL, SERIAL):
            with self.subTest(kind):
                members = self.result({"kind": kind},
                                      call("probe.double", "(uint32 7,)", parent=0),
                                      call("probe.double", "(uint32 8,)", parent=0))
                self.assertEqual([14, 16], [member["result"] for member in members])
                self.assertEqual(["succeeded"] * 2, [member["outcome"] for member in members])
                self.assertEqual(["probe.double"] * 2, [member["function"] for member in members])

    def test_serial_members_run_in_order(self):
        members = [self.append(f"{i}", parent=0) for i in range(20)]
        self.result({"kind": SERIAL}, *members)
        self.assertEqual([str(i) for i in range(20)], self.tags())

    def test_parallel_members_run_at_the_same_time(self):
        fifos = [self.path(name) for name in "abc"]
        for fifo in fifos:
            os.mkfifo(fifo)
        ids = self.bus.submit({"kind": PARALLEL}, *(
            call("probe.hold", f"('{fifo}',)", parent=0) for fifo in fifos))
        # each open returns once a worker has the other end open: all three are running
        files = [open(fifo, "w", encoding="ascii") for fifo in fifos]
        workers = {self.bus.job(job)["Worker"] for job in ids[1:]}
        for name, file in zip("abc", files):
            file.write(name)
            file.close()
        members = self.assert_succeeded(self.bus.wait(ids[0]))
        self.assertEqual(["a", "b", "c"], [member["result"] for member in members])
        self.assertEqual(3, len(workers))

    def test_a_failed_member_is_told_to_the_postprocess(self):
        for kind in (PARALLEL, SERIAL):
            with self.subTest(kind):
                lines = self.result({"kind": kind},
                                    call("probe.double", "(uint32 7,)", parent=0),
                                    call("demo.error", parent=0),
                                    call("probe.double", "(uint32 8,)", parent=0),
                                    call("probe.members", parent=0, role="postprocess"))
                self.assertEqual("probe.double completed succeeded 14", lines[0])
                self.assertTrue(lines[1].startswith("demo.error completed failed "), lines[1])
                self.assertEqual("probe.double completed succeeded 16", lines[2])

    def test_nested(self):
        self.assertEqual(["serial completed succeeded 12", "parallel completed succeeded 20",
                          "probe.double completed succeeded 2"], self.result(
            {"kind": PARALLEL},                                                   # 0
            {"kind": SERIAL, "parent": 0},                                        # 1
            call("probe.double", "(uint32 1,)", parent=1),
            {"kind": PARALLEL, "parent": 0},                                      # 3
            call("probe.double", "(uint32 4,)", parent=3),
            call("probe.double", "(uint32 6,)", parent=3),
            call("probe.sum", "(uint32 0,)", parent=3, role="postprocess"),
            call("probe.sum", "(uint32 10,)", parent=1, role="postprocess"),
            call("probe.double", "(uint32 1,)", parent=0),
            call("probe.members", parent=0, role="postprocess")))

    def test_deeply_nested(self):
        depth = 30
        entries = [{"kind": SERIAL if i % 2 else PARALLEL, **({"parent": i - 1} if i else {})}
                   for i in range(depth)]
        entries.append(call("probe.double", "(uint32 3,)", parent=depth - 1))
        entries += [call("probe.sum", "(uint32 1,)", parent=i, role="postprocess")
                    for i in range(depth)]
        self.assertEqual(6 + depth, self.result(*entries))

    def test_a_returned_job_makes_the_result(self):
        self.assertEqual("lift off", self.result(call("probe.count_down", "(uint32 10,)")))

    def test_a_returned_composite_makes_the_result(self):
        for n in (0, 1, 12):
            with self.subTest(n):
                self.assertEqual(n * (n - 1),
                                 self.result(call("probe.fan_out", f"(uint32 {n},)")))

    def test_returned_jobs_as_members(self):
        self.assertEqual(12 + 2 + 6, self.result(
            {"kind": SERIAL},
            call("probe.fan_out", "(uint32 4,)", parent=0),
            call("probe.fan_out", "(uint32 2,)", parent=0),
            call("probe.fan_out", "(uint32 3,)", parent=0),
            call("probe.sum", "(uint32 0,)", parent=0, role="postprocess")))

    def test_waiting_jobs_hold_no_slot(self):
        # more composite jobs and returned jobs than slots: none may starve the others
        ids = self.bus.submit(*(call("probe.count_down", "(uint32 20,)") for _ in range(20)))
        for job in ids:
            self.assertEqual("lift off", self.assert_succeeded(self.bus.wait(job)))

    def test_members_are_shown(self):
        ids = self.bus.submit({"kind": PARALLEL}, call("probe.double", "(uint32 1,)", parent=0),
                              call("probe.double", "(uint32 2,)", parent=0))
        self.bus.wait(ids[0])
        self.assertEqual(ids[1:], self.bus.job(ids[0])["Members"])


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""AsyncqJob of the library follows a job of a real daemon."""

import os

import harness
import tap

GIR = harness.built("libasyncq")


class Following(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(plugins=["demo", "probe"])
        self.client = Asyncq.Client.new_sync(self.served.address, None)
        self.fifo = self.path("fifo")
        os.mkfifo(self.fifo)

    def until(self, condition, what):
        self.served.bus.until(condition, what)

    def submit(self, function, *arguments):
        return int(self.served.ctl("submit", function, *arguments))

    def follow(self, job):
        """The object, and the list of what its properties became."""
        proxy = Asyncq.Job.new_sync(self.client, job, None)
        seen = []
        proxy.connect("notify::state", lambda *_: seen.append(proxy.props.state.value_nick))
        proxy.connect("notify::outcome", lambda *_: seen.append(proxy.props.outcome.value_nick))
        proxy.connect("completed", lambda *_: seen.append("end"))
        return proxy, seen

    def test_each_property_follows_and_the_end_comes_once(self):
        job, seen = self.follow(self.submit("probe.hold", self.fifo))
        with open(self.fifo, "w", encoding="ascii"):
            self.until(lambda: job.props.state == Asyncq.JobState.ACTIVE, "active")
            before = job.props.sequence
        self.until(lambda: "end" in seen, "the end")
        self.assertEqual({"completed", "succeeded"}, set(seen[-3:-1]))
        self.assertEqual(seen.index("end"), len(seen) - 1)
        self.assertGreater(job.props.sequence, before)
        self.assertEqual(job.props.sequence, job.props.info.get_sequence())
        self.assertEqual(Asyncq.JobOutcome.SUCCEEDED, job.props.info.get_outcome())

    def test_cancelled_through_the_object(self):
        fifos = [self.path(f"fifo{n}") for n in range(3)]
        for fifo in fifos:
            os.mkfifo(fifo)
        holding = [self.submit("probe.hold", fifo) for fifo in fifos]
        job, seen = self.follow(self.submit("demo.multiply", "2", "3"))
        self.assertEqual(Asyncq.JobState.PENDING, job.props.state)
        self.assertTrue(job.cancel_sync("no need", None))
        self.until(lambda: "end" in seen, "the end")
        self.assertEqual(Asyncq.JobOutcome.CANCELLED, job.props.outcome)
        self.assertEqual((True, Asyncq.JobOutcome.CANCELLED), tuple(job.wait_sync(-1, None))[:2])
        for fifo in fifos:
            with open(fifo, "w", encoding="ascii"):
                pass
        for other in holding:
            self.served.ctl("wait", str(other))

    def test_a_filter_of_the_client_stays(self):
        self.client.subscribe_sync("function:nothing.*", None)
        job, seen = self.follow(self.submit("demo.multiply", "2", "3"))
        self.assertTrue(job.wait_sync(-1, None)[0])
        other = self.submit("demo.multiply", "3", "3")
        self.served.ctl("wait", str(other))
        self.client.unsubscribe_sync(None)
        self.assertEqual([], [word for word in seen if word == "end"])

    def test_what_is_not_there(self):
        with self.assertRaisesRegex(harness.GLib.Error, "999"):
            Asyncq.Job.new_sync(self.client, 999, None)


if __name__ == "__main__":
    if not os.path.exists(os.path.join(GIR, "Asyncq-1.typelib")):
        print("1..0 # SKIP built without introspection")
    else:
        harness.gi.require_version("GIRepository", "2.0")
        from gi.repository import GIRepository
        GIRepository.Repository.prepend_search_path(GIR)
        GIRepository.Repository.prepend_library_path(GIR)
        harness.gi.require_version("Asyncq", "1")
        from gi.repository import Asyncq
        tap.main()

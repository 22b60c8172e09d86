#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Every wrong request gets an error with its D-Bus name, says what is wrong, and loses nothing."""

import os
import select
import signal
import socket
import unittest

import harness
import tap

Gio, GLib = harness.Gio, harness.GLib


def hung_up(peers):
    """How many of the sockets the other end has closed."""
    poll = select.poll()
    for peer in peers:
        poll.register(peer, 0)
    return sum(event & select.POLLHUP != 0 for _fd, event in poll.poll(0))


class BadInput(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(plugins=["demo", "pi", "probe"])
        self.bus = self.served.bus

    def tearDown(self):
        # it still serves, and nothing was submitted that a test did not count
        self.assertEqual("42", self.served.run("demo.multiply", "6", "7"))

    def refuse(self, name, entry, *words):
        message = self.assert_bus_error(name, self.bus.submit, entry)
        for word in words:
            self.assertIn(word, message)
        self.assertEqual([], self.bus.list_jobs())

    def multiply(self, arguments, **keys):
        return {"function": "demo.multiply", "arguments": harness.text(arguments), **keys}

    def named(self, arguments):
        return {"function": "demo.multiply", "named": harness.text(arguments)}

    def test_unknown_plugin(self):
        self.refuse("NoSuchFunction", {"function": "nosuch.multiply"}, "nosuch.multiply")

    def test_unknown_function(self):
        self.refuse("NoSuchFunction", {"function": "demo.multipy"}, "demo.multipy",
                    "demo.multiply")

    def test_no_function_name(self):
        for function in ("", "demo", "demo.", ".multiply", "../demo.multiply", "demo.multiply.x"):
            with self.subTest(function):
                with self.assertRaises(harness.BusError) as caught:
                    self.bus.submit({"function": function})
                self.assertIn(caught.exception.name, ("org.asyncq.Error.NoSuchFunction",
                                                      "org.asyncq.Error.Invalid"))
        self.refuse("Invalid", {"queue": "x"}, "function")

    def test_libc_is_not_a_plugin(self):
        self.refuse("NoSuchFunction", {"function": "demo.system"})

    def test_wrong_argument_type(self):
        self.refuse("BadArguments", self.multiply("(1, 'three')"), "y")
        self.refuse("BadArguments", self.multiply("(1.5, 2)"), "x")
        self.refuse("BadArguments", self.named("{'x': <1>, 'y': <'three'>}"), "y")

    def test_missing_argument(self):
        self.refuse("BadArguments", self.multiply("(1,)"), "y")
        self.refuse("BadArguments", {"function": "demo.multiply"}, "x")
        self.refuse("BadArguments", self.named("{'x': <1>}"), "y")

    def test_surplus_argument(self):
        self.refuse("BadArguments", self.multiply("(1, 2, 3)"))

    def test_unknown_name(self):
        self.refuse("BadArguments", self.named("{'x': <1>, 'z': <2>}"), "z")

    def test_argument_given_twice(self):
        self.refuse("BadArguments", {"function": "demo.multiply", "arguments": harness.text("(1,)"),
                                     "named": harness.text("{'x': <1>, 'y': <2>}")}, "x")

    def test_words(self):
        for words, named in (((), "x"), (("1",), "y"), (("1", "2", "3"), ""), (("1", "x"), "y"),
                             (("1", "y='2'"), "y"), (("1", "z=2"), "z"), (("x=1", "x=2"), "x")):
            with self.subTest(words):
                self.assertIn(named, self.assert_bus_error(
                    "BadArguments", self.bus.words, "demo.multiply", *words))
        self.assert_bus_error("NoSuchFunction", self.bus.words, "demo.nosuch")
        self.assertEqual([], self.bus.list_jobs())

    def test_unknown_key_of_an_entry(self):
        self.refuse("Invalid", self.multiply("(1, 2)", colour="red"), "colour")

    def test_wrong_type_of_a_key(self):
        self.refuse("Invalid", {"function": 7}, "function")
        self.refuse("Invalid", self.multiply("(1, 2)", queue=7), "queue")
        self.refuse("Invalid", self.multiply("(1, 2)", priority=256), "priority")
        self.refuse("Invalid", self.multiply("(1, 2)", queue="no/such name"), "queue")
        self.refuse("Invalid", {"kind": "circular"}, "circular")

    def test_wrong_parents(self):
        one = self.multiply("(1, 2)")
        for entries in ([{**one, "parent": 0}], [{**one, "parent": 5}],
                        [one, {**one, "parent": 0}], [{"kind": "parallel"}, {**one, "parent": 1}],
                        [{"kind": "parallel"}, {**one, "parent": 0, "role": "cousin"}]):
            with self.subTest(entries):
                self.assert_bus_error("Invalid", self.bus.submit, *entries)
        self.assertEqual([], self.bus.list_jobs())

    def test_a_list_with_one_bad_entry(self):
        entries = [self.multiply("(1, 2)") for _ in range(100)]
        entries[61] = self.multiply("(1, 'two')")
        self.assertIn("61", self.assert_bus_error("BadArguments", self.bus.submit, *entries))
        self.assertEqual([], self.bus.list_jobs())

    def bulk(self, data, seals=True, fd=None):
        if fd is None:
            fd = os.memfd_create("entries", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
            os.write(fd, data)
            if seals:
                import fcntl
                fcntl.fcntl(fd, fcntl.F_ADD_SEALS,
                            fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        fds = Gio.UnixFDList()
        handle = fds.append(fd)
        os.close(fd)
        return self.bus.call("/org/asyncq", harness.MANAGER, "SubmitBulk",
                             GLib.Variant("(h)", (handle,)), fds)

    def serialise(self, *entries):
        return GLib.Variant("aa{sv}", [harness.entry_of(entry) for entry in entries]) \
            .get_data_as_bytes().get_data()

    def test_a_bulk_list(self):
        ids = self.bulk(self.serialise(*(self.multiply(f"({i}, 2)") for i in range(1000))))
        self.assertEqual(1000, len(set(ids)))
        for i in (0, 500, 999):
            self.assertEqual(2 * i, self.assert_succeeded(self.bus.wait(ids[i])))

    def test_a_bulk_list_with_one_bad_entry(self):
        entries = [self.multiply(f"({i}, 2)") for i in range(1000)]
        entries[612] = self.multiply("(1, 'two')")
        self.assertIn("612", self.assert_bus_error("BadArguments", self.bulk,
                                                   self.serialise(*entries)))
        self.assertEqual([], self.bus.list_jobs())

    def test_a_bulk_list_that_is_none(self):
        good = self.serialise(self.multiply("(1, 2)"))
        self.assert_bus_error("Invalid", self.bulk, good, seals=False)
        self.assert_bus_error("Invalid", self.bulk, good[:-3])
        self.assert_bus_error("Invalid", self.bulk, b"\xff" * 4096)
        self.assert_bus_error("Invalid", self.bulk, b"",
                              fd=os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC))
        reader, writer = os.pipe()
        os.close(writer)
        self.assert_bus_error("Invalid", self.bulk, b"", fd=reader)
        with self.assertRaises(harness.BusError):  # a handle without a descriptor
            self.bus.manager("SubmitBulk", "(h)", 0)
        self.assertEqual([], self.bus.list_jobs())

    def test_too_large(self):
        self.refuse("TooLarge", {"function": "demo.echo", "arguments":
                                 GLib.Variant("(v)", (GLib.Variant("s", "x" * (1 << 20)),))})

    def test_no_such_job(self):
        for job in (1, 999, (1 << 64) - 1):
            with self.subTest(job):
                with self.assertRaises(harness.BusError) as caught:
                    self.bus.wait(job)
                self.assertIn(caught.exception.name, (
                    "org.asyncq.Error.NoSuchJob", "org.freedesktop.DBus.Error.UnknownObject",
                    "org.freedesktop.DBus.Error.UnknownMethod"))

    def test_bad_filters(self):
        for words in ("colour:red", "state:happy", "state", ":"):
            with self.subTest(words):
                message = self.assert_bus_error("Invalid", self.bus.list_jobs, words)
                self.assertIn(words.split(":")[0], message)
                self.assert_bus_error("Invalid", self.bus.manager, "Subscribe", "(s)", words)

    def test_bad_list_options(self):
        for options in ({"limit": "many"}, {"cursor": "elsewhere"}, {"colour": "red"}):
            with self.subTest(options):
                self.assert_bus_error("Invalid", self.bus.list_jobs, "", **options)

    def test_advance_needs_a_manual_clock(self):
        with self.assertRaises(harness.BusError) as caught:
            self.bus.advance(1)
        self.assertTrue(caught.exception.name.startswith("org.freedesktop.DBus.Error.Unknown"))

    def test_a_client_that_vanishes_in_mid_call(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        job = self.bus.words("probe.hold", fifo)
        for _ in range(20):
            waiting = self.served.connect()
            waiting.connection.call(
                "org.asyncq", f"/org/asyncq/jobs/{job}", harness.JOB, "Wait",
                GLib.Variant("(x)", (-1,)), None, Gio.DBusCallFlags.NONE, -1, None, None)
            waiting.connection.flush_sync(None)
            waiting.connection.get_stream().get_socket().close()
        with open(fifo, "w", encoding="ascii") as file:
            file.write("still here")
        self.assertEqual("still here", self.assert_succeeded(self.bus.wait(job)))

    def test_a_client_that_vanishes_in_mid_submit(self):
        for i in range(20):
            client = self.served.connect()
            client.connection.call(
                "org.asyncq", "/org/asyncq", harness.MANAGER, "SubmitWords",
                GLib.Variant("(sas)", ("demo.multiply", ["1", str(i)])), None,
                Gio.DBusCallFlags.NONE, -1, None, None)
            client.connection.flush_sync(None)
            client.connection.get_stream().get_socket().close()
        # each job is there or is not, and those that are end as they should
        for job in self.bus.list_jobs():
            self.assert_succeeded(self.bus.wait(job["Id"]))

    def test_bytes_that_are_no_dbus(self):
        for data in (b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\0AUTH EXTERNAL zz\r\n",
                     b"\0AUTH ANONYMOUS\r\nBEGIN\r\n", b"\xff" * 100_000):
            with self.subTest(data[:20]):
                peer = socket.socket(socket.AF_UNIX)
                peer.connect(self.served.socket)
                try:
                    peer.sendall(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it may hang up at once
                peer.close()
        self.assertEqual("RUNNING", self.bus.status()["status"])

    def test_more_clients_than_there_may_be(self):
        peers = []
        for _ in range(700):
            peers.append(socket.socket(socket.AF_UNIX))
            peers[-1].connect(self.served.socket)
            uid = str(os.getuid()).encode().hex().encode()
            peers[-1].sendall(b"\0AUTH EXTERNAL " + uid + b"\r\nBEGIN\r\n")
        # those that are refused are hung up on
        harness.bounded(lambda: hung_up(peers) >= 100, "refusal")
        for peer in peers:
            peer.close()
        harness.bounded(self.serves, "an end of the refusals")
        self.assertEqual(1, self.served.read_log().count("refusing"))

    def test_names_that_are_cut_in_the_middle_of_a_letter(self):
        name = "a" + "\u00e9" * 200
        self.assertIn("a\u00e9", self.assert_bus_error(
            "Invalid", self.bus.manager, "ListJobs", "(sa{sv})", "",
            {name: GLib.Variant("i", 1)}))
        self.assertIn("a\u00e9", self.assert_bus_error(
            "Invalid", self.bus.manager, "ListJobs", "(sa{sv})", "",
            {"cursor": GLib.Variant("s", name)}))

    def test_a_name_of_many_bytes(self):
        message = self.assert_bus_error("NoSuchFunction", self.bus.submit,
                                        {"function": "x" * (20 << 20)})
        self.assertLess(len(message), 5000)

    def test_many_clients_at_one_moment(self):
        os.kill(self.served.process.pid, signal.SIGSTOP)
        peers = [socket.socket(socket.AF_UNIX) for _ in range(100)]
        try:
            for peer in peers:
                peer.setblocking(False)
                peer.connect(self.served.socket)
        finally:
            os.kill(self.served.process.pid, signal.SIGCONT)
            for peer in peers:
                peer.close()

    def test_clients_that_come_and_go(self):
        before = self.open_files()
        uid = str(os.getuid()).encode().hex().encode()
        for _ in range(600):
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(self.served.socket)
            peer.sendall(b"\0AUTH EXTERNAL " + uid + b"\r\nBEGIN\r\n")
            peer.recv(100)
            peer.close()
        harness.bounded(lambda: self.open_files() <= before, "the end of what is left of them")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.served.process.pid}/fd"))

    @unittest.skipIf(harness.SLOW, "a sanitizer's memory is its own")
    def test_waits_that_want_no_answer(self):
        job = self.bus.submit(self.multiply("(1, 2)", begin_after=GLib.Variant("x", 1 << 62)))[0]
        before = self.peak_memory()
        call = Gio.DBusMessage.new_method_call(None, f"/org/asyncq/jobs/{job}", harness.JOB, "Wait")
        call.set_body(GLib.Variant("(x)", (-1,)))
        call.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
        for _ in range(60_000):
            self.bus.connection.send_message(call.copy(), Gio.DBusSendMessageFlags.NONE)
        self.bus.cancel(job)
        self.assertLess(self.peak_memory() - before, 50_000)

    def peak_memory(self):
        """In KiB"""
        with open(f"/proc/{self.served.process.pid}/status", encoding="ascii") as file:
            return int(file.read().split("VmHWM:")[1].split()[0])

    def serves(self):
        try:
            peer = self.served.connect()
        except GLib.Error:
            return False
        peer.close()
        return True


if __name__ == "__main__":
    tap.main()

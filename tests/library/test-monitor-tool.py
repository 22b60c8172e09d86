#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl monitor and asyncqctl async against a monitor that says what a test wants:
ends of connections, repeated changes, resyncs, refusals. The real monitor is in
tests/functional."""

import asyncio
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from http import HTTPStatus

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import websockets  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402

TIMEOUT = 30
XML = """<node><interface name="org.asyncq.Manager1">
<property name="MonitorAddress" type="s" access="read"/>
<property name="Status" type="a{sv}" access="read"/></interface></node>"""


def change(seq, n=0, last=True, **more):
    """A line as the monitor has it."""
    line = {"seq": seq, "n": n, "time": "2006-08-10T15:44:22.000211Z", "job": 30, "queue": "",
            "function": "demo.echo", "state": "completed", "outcome": "succeeded", "attempt": 1,
            **more}
    if last:
        line["last"] = True
    return json.dumps(line, separators=(",", ":"))


class Bus:
    """The two properties of Manager1 that tell where the monitor is."""

    def __init__(self, address, monitor):
        self.monitor = monitor
        self.context = GLib.MainContext()
        self.loop = GLib.MainLoop(self.context)
        self.connections = []
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(address,))
        self.thread.start()
        assert self.ready.wait(TIMEOUT)

    def serve(self, address):
        self.context.push_thread_default()
        server = Gio.DBusServer.new_sync(address, Gio.DBusServerFlags.NONE, Gio.dbus_generate_guid(),
                                         None, None)
        server.connect("new-connection", self.on_connection)
        server.start()
        # not before the loop runs: it could not be ended
        source = GLib.Idle()
        source.set_callback(lambda _data: self.ready.set())
        source.attach(self.context)
        self.loop.run()
        server.stop()
        self.context.pop_thread_default()

    def on_connection(self, _server, connection):
        self.connections.append(connection)
        connection.register_object("/org/asyncq", Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0],
                                   None, self.get, None)
        return True

    def get(self, _connection, _sender, _path, _interface, name):
        if name == "MonitorAddress":
            return GLib.Variant("s", self.monitor)
        return GLib.Variant("a{sv}", {"sequence": GLib.Variant("t", 7)})

    def close(self):
        self.loop.quit()
        self.thread.join()


class Monitor:
    """One function for each connection that is to come, the last for all others."""

    def __init__(self, path, *conversations, headers=None):
        self.conversations = list(conversations)
        self.headers = headers
        self.lines = []
        self.requests = []
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve(path)))
        self.thread.start()
        assert self.ready.wait(TIMEOUT)

    async def serve(self, path):
        self.loop = asyncio.get_running_loop()
        self.stop = self.loop.create_future()
        async with websockets.unix_serve(self.talk, path, subprotocols=["asyncq.text"],
                                         process_request=self.on_request):
            self.ready.set()
            await self.stop

    async def on_request(self, _path, headers):
        self.requests.append(headers)
        return self.headers

    async def talk(self, socket):
        conversation = self.conversations[0]
        if len(self.conversations) > 1:
            self.conversations.pop(0)
        try:
            await conversation(self, socket)
        except websockets.ConnectionClosed:
            pass  # the tool ended first, as some tests want it

    async def read(self, socket):
        self.lines.append(await socket.recv())
        return self.lines[-1]

    def close(self):
        self.loop.call_soon_threadsafe(self.stop.set_result, None)
        self.thread.join()


def say(*messages, code=1000, reason=""):
    """A conversation: takes a line, says the messages, closes."""
    async def conversation(monitor, socket):
        await monitor.read(socket)
        for message in messages:
            await socket.send(message)
        await socket.close(code, reason)
    return conversation


def say_and_stay(*messages):
    async def conversation(monitor, socket):
        await monitor.read(socket)
        for message in messages:
            await socket.send(message)
        await socket.wait_closed()
    return conversation


async def answer(monitor, socket):
    """Repeats every line, and knows quit."""
    while True:
        line = await monitor.read(socket)
        if line == "quit":
            await socket.send("Goodbye.\n")
            await socket.close()
            return
        await socket.send(f"<{line}>\n")


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aq-")
        self.addCleanup(shutil.rmtree, self.folder)

    def serve(self, *conversations, headers=None, address=None):
        path = os.path.join(self.folder, "monitor")
        bus = "unix:path=" + os.path.join(self.folder, "bus")
        monitor = Monitor(path, *conversations, headers=headers)
        self.addCleanup(monitor.close)
        self.addCleanup(Bus(bus, "ws+unix:" + path if address is None else address).close)
        self.environment = {**os.environ, "ASYNCQ_ADDRESS": bus, "LC_ALL": "C.UTF-8", "LANGUAGE": "en",
                            "TZ": "UTC", "XDG_STATE_HOME": self.folder, "TERM": "dumb"}
        return monitor

    def run_tool(self, *arguments, status=0, given=None):
        run = subprocess.run([os.environ["ASYNCQCTL"], *arguments], env=self.environment, input=given,
                             stdin=subprocess.DEVNULL if given is None else None,
                             capture_output=True, text=True, timeout=TIMEOUT, check=False)
        self.assertEqual(status, run.returncode, run.stdout + run.stderr)
        return run.stdout if status == 0 else run.stderr


class Watching(Case):
    def test_a_change_is_a_line_for_people(self):
        monitor = self.serve(say_and_stay(change(8, queue="mail", attempt=2)))
        shown = self.run_tool("monitor", "state:failed", "queue:mail", "-n", "1")
        self.assertEqual("2006-08-10 15:44:22  ✓ succeeded      30 demo.echo, queue mail, attempt 2\n", shown)
        self.assertEqual(["watch state:failed queue:mail since:7"], monitor.lines)
        self.assertEqual("asyncq.text", monitor.requests[0]["Sec-WebSocket-Protocol"])

    def test_json_lines_are_as_they_came(self):
        lines = [change(8, 0, False), change(8, 1), change(9)]
        self.serve(say_and_stay("\n".join(lines) + "\n"))
        self.assertEqual("\n".join(lines) + "\n", self.run_tool("monitor", "--json=short", "-n", "3"))

    def test_since(self):
        monitor = self.serve(say_and_stay(change("18446744073709551615")))
        self.run_tool("monitor", "--since=18446744073709551614", "-n", "1")
        self.assertEqual(["watch  since:18446744073709551614"], monitor.lines)
        self.run_tool("monitor", "--since=x", status=2)

    def test_timeout(self):
        self.serve(say_and_stay())
        self.run_tool("monitor", "--timeout=0", status=3)

    def test_goes_on_after_the_last_whole_transaction(self):
        monitor = self.serve(say(change(8), change(9, 0, False), change(9, 1, False), code=1001),
                             say_and_stay(change(9, 0, False), change(9, 1, False), change(9, 2),
                                          change(10)))
        shown = self.run_tool("monitor", "--json=short", "-n", "5").splitlines()
        self.assertEqual([(8, 0), (9, 0), (9, 1), (9, 2), (10, 0)],
                         [(line["seq"], line["n"]) for line in map(json.loads, shown)])
        self.assertEqual(["watch  since:7", "watch  since:8"], monitor.lines)

    def test_a_resync_is_told_and_noted(self):
        monitor = self.serve(say('{"resync":true,"since":20,"reason":"too slow"}', code=1008),
                             say_and_stay(change(21)))
        shown = self.run_tool("monitor", "-n", "1")
        self.assertIn("-- changes up to transaction 20 are left out: too slow\n", shown)
        self.assertEqual("watch  since:20", monitor.lines[1])

    def test_a_wrong_filter_is_wrong_usage(self):
        self.serve(say_and_stay("Traceback (most recent call last):\n  in: watch\n"
                                "ValueError: 'stat:x' is not known; did you mean 'state:'?\n\n"))
        said = self.run_tool("monitor", "stat:x", status=2)
        self.assertIn("did you mean 'state:'?", said)

    def test_ctrl_c_ends_it(self):
        self.serve(say_and_stay(change(8)))
        with subprocess.Popen([os.environ["ASYNCQCTL"], "monitor"], env=self.environment,
                              stdout=subprocess.PIPE, text=True) as process:
            self.assertIn("demo.echo", process.stdout.readline())
            process.send_signal(signal.SIGINT)
            self.assertEqual(130, process.wait(TIMEOUT))

    def test_no_monitor(self):
        self.serve(answer, address="")
        self.assertIn("the daemon has no monitor", self.run_tool("monitor", status=8))

    def test_nobody_there(self):
        self.serve(answer, address="ws+unix:/nonexistent/monitor")
        self.assertIn("no monitor answers at", self.run_tool("monitor", status=8))

    def test_addresses_that_make_no_sense(self):
        self.serve(answer, address="ws://localhost:70000/ http://x/")
        self.assertIn("is no address", self.run_tool("monitor", status=2))

    def test_a_token_is_wanted(self):
        monitor = self.serve(answer, headers=(HTTPStatus.UNAUTHORIZED, [], b""))
        self.environment["ASYNCQ_MONITOR_TOKEN"] = "secret"
        self.assertIn("token", self.run_tool("monitor", status=4))
        self.assertEqual("Bearer secret", monitor.requests[0]["Authorization"])

    def test_a_refusal(self):
        self.serve(answer, headers=(HTTPStatus.FORBIDDEN, [], b""))
        self.assertIn("403", self.run_tool("async", "status", status=4))


class Asking(Case):
    def test_one_answer(self):
        monitor = self.serve(say('{\n    "status": "RUNNING"\n}'))
        self.assertEqual('{\n    "status": "RUNNING"\n}\n', self.run_tool("async", "status"))
        self.assertEqual(["async status"], monitor.lines)

    def test_a_wrong_modifier(self):
        self.serve(say("Traceback (most recent call last):\n  in: async jobs x:1\nTypeError: no x\n\n"))
        self.assertEqual("asyncqctl: TypeError: no x\n", self.run_tool("async", "jobs", "x:1", status=2))

    def test_lines_from_a_pipe(self):
        monitor = self.serve(answer)
        self.assertEqual("<interactive>\n<async UUID>\n<>\n<help>\nGoodbye.\n",
                         self.run_tool("async", given="async UUID\n\nhelp"))
        self.assertEqual(["interactive", "async UUID", "", "help", "quit"], monitor.lines)

    def test_the_monitor_goes_away(self):
        self.serve(say("x", code=1001, reason="the daemon stops"))
        self.assertIn("the daemon stops", self.run_tool("async", given="", status=8))

    def type_keys(self, *steps):
        """On a terminal: each step is keys, and a text to wait for."""
        main, terminal = pty.openpty()
        process = subprocess.Popen([os.environ["ASYNCQCTL"], "async"], env=self.environment,
                                   stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
        os.close(terminal)
        try:
            for keys, wanted in steps:
                os.write(main, keys.encode())
                seen = b""
                while wanted.encode() not in seen:
                    seen += os.read(main, 4096)
        finally:
            status = process.wait(TIMEOUT)
            os.close(main)
        self.assertEqual(0, status)

    def test_history_on_a_terminal(self):
        monitor = self.serve(answer)
        self.type_keys(("", "<interactive>"), ("async jobz\x7fs\r", "<async jobs>"),
                       ("\x1b[A\x1b[D\x01x\x1b[3~\x05!\r", "<xsync jobs!>"), ("\x04", "Goodbye."))
        self.assertEqual(["interactive", "async jobs", "xsync jobs!", "quit"], monitor.lines)
        with open(os.path.join(self.folder, "asyncq", "history"), encoding="utf-8") as file:
            self.assertEqual("async jobs\nxsync jobs!\n", file.read())
        self.assertEqual(0o600, os.stat(os.path.join(self.folder, "asyncq", "history")).st_mode & 0o777)
        self.type_keys(("", "<interactive>"), ("\x1b[A\x1b[A\r", "<async jobs>"), ("quit\r", "Goodbye."))


if __name__ == "__main__":
    tap.main()

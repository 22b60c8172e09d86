#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The monitor from outside: who is let in, what watchers get, what limits hold."""

import asyncio
import base64
import json
import os
import re
import socket
import stat

import harness
import tap
import websockets

TIMEOUT = harness.TIMEOUT
PING = "[monitor]\nping-interval=1\n"


def over_tcp(extra=""):
    return "[monitor]\ntcp=127.0.0.1:0\n" + extra


def monitor_path(daemon):
    return os.path.join(daemon.folder, "monitor")


def port_of(daemon):
    address = daemon.bus.get("/org/asyncq", harness.MANAGER, "MonitorAddress")
    return int(re.search(r"ws://127\.0\.0\.1:(\d+)/$", address).group(1))


def token_of(daemon):
    with open(os.path.join(daemon.store, "monitor-token"), encoding="ascii") as file:
        return file.read().strip()


def memory_of(daemon):
    """Resident, in MB."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) / 1024


def connect(daemon, **settings):
    return websockets.unix_connect(monitor_path(daemon), "ws://localhost/", max_size=None,
                                   ping_interval=None, open_timeout=TIMEOUT, **settings)


def head(path, headers, method="GET"):
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def upgrade(host, *headers):
    return [("Host", host), ("Connection", "Upgrade"), ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", base64.b64encode(b"0123456789abcdef").decode()), *headers]


def frame(payload, first=0x81):
    """A masked one, of up to 64 KiB."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else \
        bytes([0x80 | 126]) + len(payload).to_bytes(2, "big")
    return bytes([first]) + length + b"\0\0\0\0" + payload


def read_all(connection):
    """Until the end."""
    data = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def lines_of(text):
    return text.splitlines()


def sequence_of(line):
    return json.loads(line)["seq"]


def event_of(line):
    """Without what depends on the filter."""
    event = json.loads(line)
    return {name: value for name, value in event.items() if name not in ("n", "last")}


class Monitor(harness.Case):
    def ask(self, daemon, request):
        """(status, head and body) that a request over TCP gets"""
        with socket.create_connection(("127.0.0.1", port_of(daemon)), TIMEOUT) as connection:
            connection.sendall(request)
            answer = connection.recv(65536)
            if b" 101 " not in answer:
                answer += read_all(connection)
        answer = answer.decode("latin-1")
        return int(answer.split(" ", 2)[1]), answer

    def assert_status(self, daemon, status, request):
        got, answer = self.ask(daemon, request)
        self.assertEqual(status, got, f"{request}\n{answer}")
        return answer

    def assert_small(self, daemon):
        """Not with a sanitizer, which keeps what was freed."""
        if not harness.SLOW:
            self.assertLess(memory_of(daemon), 60)

    def run_async(self, coroutine):
        return asyncio.run(asyncio.wait_for(coroutine, TIMEOUT))

    def raw(self, daemon, *headers):
        """A WebSocket over the Unix socket, byte by byte."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        self.addCleanup(connection.close)
        connection.connect(monitor_path(daemon))
        connection.sendall(head("/ws", upgrade("localhost", *headers)))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += connection.recv(1)
        self.assertIn(b" 101 ", answer)
        self.assertNotIn(b"extensions", answer.lower())
        return connection


class WhoIsLetIn(Monitor):
    def test_hostile_hosts(self):
        daemon = self.daemon(config=over_tcp())
        port, token = port_of(daemon), token_of(daemon)
        hosts = ["", "localhost", "127.0.0.1", f"evil.example:{port}", f"localhost:{port + 1}",
                 f"localhost.evil.example:{port}", f"LOCALHOST:{port}", f"localhost.:{port}",
                 f"127.0.0.1.:{port}", f"127.1:{port}", f"2130706433:{port}", f"0.0.0.0:{port}",
                 f"user@localhost:{port}", f"localhost:0{port}", f"[::ffff:127.0.0.1]:{port}",
                 f"[0:0:0:0:0:0:0:1]:{port}", f"localhost:{port}, localhost:{port}"]
        for path in ("/", "/ws", "/login", "/nothing"):
            for host in hosts:
                request = upgrade(host, ("Authorization", "Bearer " + token))
                got, answer = self.ask(daemon, head(path, request))
                # what is no host at all, libsoup refuses before it can be compared
                self.assertIn(got, (400, 421), f"{path} {host}\n{answer}")
            self.assert_status(daemon, 421, head(path, upgrade(
                f"localhost:{port}", ("Host", "evil.example"),
                ("Authorization", "Bearer " + token))))
        self.assertIn("with 421", daemon.read_log())

    def test_hostile_origins(self):
        daemon = self.daemon(config=over_tcp("allowed-origins=https://ops.example\n"))
        port, token = port_of(daemon), token_of(daemon)
        bearer = ("Authorization", "Bearer " + token)
        host = f"localhost:{port}"
        origins = ["null", "", "*", "http://evil.example", f"http://evil.example:{port}",
                   f"http://localhost.evil.example:{port}", f"http://evillocalhost:{port}",
                   f"https://localhost:{port}", f"ws://localhost:{port}", "http://localhost",
                   f"http://localhost:{port + 1}", f"http://localhost:{port}0",
                   f"http://localhost:0{port}", f"HTTP://localhost:{port}",
                   f"http://LOCALHOST:{port}", f"http://localhost.:{port}",
                   f"http://user@localhost:{port}", f"http://localhost:{port}@evil.example",
                   f"http://localhost:{port}/", f"http://[::ffff:127.0.0.1]:{port}",
                   f"http://[0:0:0:0:0:0:0:1]:{port}", f"http://127.1:{port}",
                   f"http://2130706433:{port}", f"http://0.0.0.0:{port}", "file://",
                   "chrome-extension://abcdef", f"http://localhost:{port} http://evil.example",
                   f"http://localhost%00.evil.example:{port}", "https://ops.example.evil.example",
                   "https://ops.example:8443", "http://ops.example", "https://ops.example/"]
        for path in ("/", "/ws", "/login", "/nothing"):
            for origin in origins:
                self.assert_status(daemon, 403,
                                   head(path, upgrade(host, bearer, ("Origin", origin))))
            self.assert_status(daemon, 403, head(path, upgrade(
                host, bearer, ("Origin", f"http://{host}"), ("Origin", "http://evil.example"))))
        for origin in (f"http://localhost:{port}", f"http://127.0.0.1:{port}",
                       f"http://[::1]:{port}", "https://ops.example"):
            self.assert_status(daemon, 101, head("/ws", upgrade(host, bearer, ("Origin", origin))))
        self.assertIn('the Origin is not allowed (Host "localhost', daemon.read_log())

    def test_token_and_cookie(self):
        daemon = self.daemon(config=over_tcp())
        port, token = port_of(daemon), token_of(daemon)
        host = f"127.0.0.1:{port}"
        origin = ("Origin", f"http://{host}")
        bearer = ("Authorization", "Bearer " + token)
        self.assertRegex(token, "^[0-9a-f]{64}$")
        mode = os.stat(os.path.join(daemon.store, "monitor-token")).st_mode
        self.assertEqual(0o600, stat.S_IMODE(mode))

        self.assert_status(daemon, 401, head("/ws", upgrade(host)))
        for wrong in ("Bearer", "Bearer ", "Bearer " + token[:-1], "Bearer " + token + "0",
                      "Bearer " + "0" * 64, "Basic " + token, token):
            self.assert_status(daemon, 401, head("/ws", upgrade(host, ("Authorization", wrong))))
            self.assert_status(daemon, 401, head(
                "/login", [("Host", host), ("Authorization", wrong)], "POST"))
        self.assert_status(daemon, 101, head("/ws", upgrade(host, bearer)))
        self.assert_status(daemon, 101, head("/", upgrade(host, bearer)))
        self.assert_status(daemon, 405, head("/login", [("Host", host), bearer]))

        answer = self.assert_status(daemon, 204, head("/login", [("Host", host), bearer], "POST"))
        cookie = re.search(r"Set-Cookie: (asyncq-monitor=[0-9a-f]{64}); Path=/; HttpOnly; "
                           r"SameSite=Strict\r\n", answer).group(1)
        self.assertNotIn(token, cookie)
        cookies = ("Cookie", f"a=b; {cookie}; c=d")
        self.assert_status(daemon, 101, head("/ws", upgrade(host, cookies, origin)))
        self.assert_status(daemon, 403, head("/ws", upgrade(host, cookies)))
        self.assert_status(daemon, 401, head("/login", [("Host", host), cookies, origin], "POST"))
        self.assert_status(daemon, 401, head("/ws", upgrade(host, ("Cookie", cookie[:-1]), origin)))
        self.assert_status(daemon, 401, head("/ws", upgrade(host, ("Cookie", "x" + cookie),
                                                           origin)))
        self.assertNotIn(token, daemon.read_log())

        daemon.restart()
        self.assertEqual(token, token_of(daemon))
        self.assert_status(daemon, 421, head("/ws", upgrade(host.replace(str(port), "1"))))

    def test_a_token_that_others_can_read(self):
        daemon = self.daemon(config=over_tcp())
        daemon.stop()
        os.chmod(os.path.join(daemon.store, "monitor-token"), 0o644)
        status, said = daemon.start_failing()
        self.assertEqual(78, status, said)
        self.assertIn("monitor-token' can be read by others", said)

    def test_plain_requests(self):
        daemon = self.daemon(config=over_tcp())
        host = ("Host", f"localhost:{port_of(daemon)}")
        bearer = ("Authorization", "Bearer " + token_of(daemon))
        answer = self.assert_status(daemon, 200, head("/", [host]))
        self.assertIn("This is the monitor of asyncqd", answer)
        self.assertIn("default-src 'none'", answer)
        self.assertIn("nosniff", answer)
        # as if there were no Range
        self.assert_status(daemon, 200, head("/", [host, ("Range", "bytes=0-1,2-3")]))
        self.assert_status(daemon, 404, head("/nothing", [host]))
        for method in ("PUT", "DELETE", "OPTIONS", "HEAD", "POST"):
            self.assert_status(daemon, 405, head("/", [host, bearer], method))
        self.assert_status(daemon, 413, head(
            "/login", [host, bearer, ("Content-Length", "1000000000000")], "POST"))
        self.assert_status(daemon, 413, head(
            "/login", [host, bearer, ("Transfer-Encoding", "chunked")], "POST"))
        self.assert_status(daemon, 400, b"nonsense\r\n\r\n")

    def test_subprotocols(self):
        async def conversation(daemon):
            for offered in (None, ["asyncq.text"], ["other", "asyncq.text"]):
                async with connect(daemon, subprotocols=offered) as peer:
                    self.assertEqual("asyncq.text" if offered else None, peer.subprotocol)
                    await peer.send("async utcnow")
                    self.assertRegex(await peer.recv(), r"^\d{4}-\d\d-\d\dT")
            with self.assertRaises(websockets.InvalidStatusCode) as caught:
                async with connect(daemon, subprotocols=["asyncq.events", "other"]):
                    pass
            self.assertEqual(400, caught.exception.status_code)
        self.run_async(conversation(self.daemon()))

    def test_an_address_in_use(self):
        first = self.daemon(config=over_tcp())
        taken = f"127.0.0.1:{port_of(first)}"
        second = self.new_daemon(config=f"[monitor]\ntcp={taken}\n")
        status, said = second.start_failing()
        self.assertNotEqual(0, status)
        self.assertIn(f"the monitor could not listen at '{taken}': ", said)
        third = self.daemon("--monitor=" + monitor_path(first), plugins=["demo"],
                            config=f"[monitor]\ntcp={taken}\noptional=true\n")
        self.assertIn(f"'{taken}'", third.read_log())
        self.assertIn(f"cannot listen at '{monitor_path(first)}': the address is in use",
                      third.read_log())
        self.assertEqual("42", third.run("demo.multiply", "6", "7"))


class Watchers(Monitor):
    async def submit(self, daemon, n_jobs, chunk=50):
        for _ in range(n_jobs // chunk):
            entries = [{"function": "demo.multiply", "arguments": harness.text("(2, 3)")}] * chunk
            await asyncio.to_thread(daemon.bus.submit, *entries)

    async def read(self, peer, n_succeeded):
        """Lines, until so many jobs have succeeded."""
        lines = []
        while n_succeeded > 0:
            text = await peer.recv()
            n_succeeded -= text.count('"succeeded"')
            lines.extend(lines_of(text))
        return lines

    async def history(self, daemon, since, n_succeeded, filter=""):
        async with connect(daemon) as peer:
            await peer.send(f"watch {filter} since:{since}")
            return await self.read(peer, n_succeeded)

    def assert_transactions(self, lines):
        """In order, numbered, and ended."""
        before = (0, 0, True)
        for line in lines:
            event = json.loads(line)
            sequence, n, last = before
            if last:
                self.assertGreater(event["seq"], sequence)
                self.assertEqual(0, event["n"])
            else:
                self.assertEqual((sequence, n + 1), (event["seq"], event["n"]))
            before = (event["seq"], event["n"], event.get("last", False))
        self.assertTrue(before[2])

    def test_each_gets_every_event_once_and_in_order(self):
        n_jobs = 1000

        async def conversation(daemon):
            watchers = [await connect(daemon) for _ in range(50)]
            for number, watcher in enumerate(watchers):
                await watcher.send("watch since:0" if number % 2 else "watch")
                # an answer to a later line shows that this one was taken
                await watcher.send("async UUID")
                await watcher.recv()
            readers = [asyncio.create_task(self.read(watcher, n_jobs)) for watcher in watchers]
            await self.submit(daemon, n_jobs)
            got = await asyncio.gather(*readers)
            wanted = await self.history(daemon, 0, n_jobs)
            self.assert_transactions(wanted)
            for lines in got:
                self.assertEqual(wanted, lines)
            filtered = await self.history(daemon, 0, n_jobs, "state:completed queue: function:demo.*")
            self.assert_transactions(filtered)
            self.assertEqual(n_jobs, len(filtered))
            for watcher in watchers:
                await watcher.close()
        daemon = self.daemon(plugins=["demo"], config="[agent main]\nsize=2\n")
        self.run_async(conversation(daemon))
        self.assert_small(daemon)

    async def watch_until_resync(self, daemon):
        """A peer and the lines that it got, once the journal no longer goes back to its beginning."""
        while True:
            peer = await connect(daemon)
            await peer.send("watch since:0")
            lines = lines_of(await peer.recv())
            if "resync" in lines[0]:
                return peer, lines
            await peer.close()
            await self.submit(daemon, 2000, 1000)

    def test_what_is_no_longer_kept(self):
        n_jobs = 500

        async def conversation(daemon):
            await self.submit(daemon, 6000, 1000)
            peer, lines = await self.watch_until_resync(daemon)
            resync = json.loads(lines.pop(0))
            self.assertGreater(resync["since"], 0)
            self.assertIn("history", resync["reason"])
            reader = asyncio.create_task(self.history(daemon, resync["since"], n_jobs, "queue:more"))
            entry = {"function": "demo.multiply", "queue": "more", "arguments": harness.text("(2, 3)")}
            for _ in range(n_jobs // 10):
                await asyncio.to_thread(daemon.bus.submit, *[entry] * 10)
            # from there on it misses nothing, whatever was read and what happened then
            wanted = await reader
            while sum('"succeeded"' in line and '"more"' in line for line in lines) < n_jobs:
                lines.extend(lines_of(await peer.recv()))
            self.assertGreater(sequence_of(lines[0]), resync["since"])
            self.assertEqual([event_of(line) for line in wanted],
                             [event_of(line) for line in lines if '"more"' in line])
            await peer.close()
        self.run_async(conversation(self.daemon(plugins=["demo"], config="[store]\nsegment-size=256K\n")))

    def test_reconnecting_misses_nothing(self):
        n_jobs = 500

        async def reconnect(daemon):
            lines, since, done, n = [], 0, 0, 0
            while done < n_jobs:
                async with connect(daemon) as peer:
                    await peer.send(f"watch since:{since}")
                    # the first fifty leave after a message, the last one stays
                    while done < n_jobs:
                        new = lines_of(await peer.recv())
                        lines.extend(new)
                        done += sum('"succeeded"' in line for line in new)
                        since = max([since, *(sequence_of(line) for line in new
                                              if '"last"' in line)])
                        n += 1
                        if n <= 50:
                            break
                # what comes after the last whole transaction comes again
                lines = [line for line in lines if sequence_of(line) <= since]
            return lines

        async def conversation(daemon):
            reader = asyncio.create_task(reconnect(daemon))
            await self.submit(daemon, n_jobs, 5)
            lines = await reader
            self.assertEqual(await self.history(daemon, 0, n_jobs), lines)
        self.run_async(conversation(self.daemon(plugins=["demo"])))

    def test_one_that_never_reads(self):
        daemon = self.daemon(plugins=["demo"], config=PING)
        mute = self.raw(daemon)
        mute.sendall(frame(b"watch since:0"))

        async def conversation():
            await self.submit(daemon, 3000, 500)
            lines = await self.history(daemon, 0, 3000)
            self.assert_transactions(lines)
        self.run_async(conversation())
        harness.bounded(lambda: "what is sent is not read" in daemon.read_log(), "the cut")
        self.assert_small(daemon)
        read_all(mute)

    def test_one_that_reads_late(self):
        """The rest comes from the history: nothing is lost."""
        n_jobs = 3000

        async def conversation(daemon):
            async with connect(daemon, max_queue=1) as late:
                await late.send("watch since:0")
                await self.submit(daemon, n_jobs, 500)
                wanted = await self.history(daemon, 0, n_jobs)
                self.assertEqual(wanted, await self.read(late, n_jobs))
        daemon = self.daemon(plugins=["demo"])
        self.run_async(conversation(daemon))
        self.assert_small(daemon)

    def test_arguments(self):
        async def conversation(daemon):
            for line, part in (("watch quee:mail", "did you mean 'queue:'?"),
                               ("watch sinse:4", "did you mean 'since:'?"),
                               ("watch state:done", "'done' in 'state:done' is not a state"),
                               ("watch since:4x", "not a sequence number"),
                               ("watch since:-1", "not a sequence number"),
                               ("watch since:18446744073709551616", "not a sequence number"),
                               ("watch since:999999", "in the future"),
                               ("watch failed", "'failed' is not known to watch")):
                async with connect(daemon) as peer:
                    await peer.send(line)
                    self.assertIn(part, await peer.recv())
        self.run_async(conversation(self.daemon()))


class Limits(Monitor):
    def closed_with(self, code, daemon, *messages):
        """What it is told."""
        async def conversation():
            async with connect(daemon) as peer:
                await peer.send("interactive")
                try:
                    for message in messages:
                        await peer.send(message)
                    while True:
                        await peer.recv()
                except (websockets.ConnectionClosed, websockets.InvalidState):
                    await peer.wait_closed()
                return peer.close_code, peer.close_reason
        got, reason = self.run_async(conversation())
        self.assertEqual(code, got, reason)
        return reason

    def test_messages(self):
        daemon = self.daemon()
        self.assertEqual("a message is too long", self.closed_with(1009, daemon, "x" * ((1 << 20) + 1)))
        self.assertEqual("a message is too long",
                         self.closed_with(1009, daemon, ["x" * 600000] * 2))
        self.assertEqual("more than 100 messages a second",
                         self.closed_with(1008, daemon, *["async utcnow"] * 200))
        self.closed_with(1000, daemon, "x" * (1 << 20), "quit")
        # a message need not be text; bytes that are no UTF-8 in a text are the protocol's business
        self.closed_with(1000, daemon, b"\0\xff", "quit")
        half = self.raw(daemon)
        half.sendall(frame(b"\xc3"))
        self.assertEqual((1007).to_bytes(2, "big"), read_all(half)[2:4])

    def test_pings_without_end(self):
        daemon = self.daemon()
        peer = self.raw(daemon)
        try:
            for _ in range(200):
                peer.sendall(frame(b"x" * 125, 0x89))
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assertIn(b"more than 100 messages a second", read_all(peer))

    def test_connections(self):
        daemon = self.daemon(config="[monitor]\nmax-connections=5\nmax-connections-each=3\n")
        peers = [self.raw(daemon) for _ in range(3)]
        fourth = socket.socket(socket.AF_UNIX)
        self.addCleanup(fourth.close)
        fourth.settimeout(TIMEOUT)
        fourth.connect(monitor_path(daemon))
        self.assertIn(b" 503 ", read_all(fourth))
        self.assertIn("refuses a connection", daemon.read_log())
        peers[0].sendall(frame(b"quit"))
        read_all(peers[0])
        peers[0].close()

        def is_free():
            with socket.socket(socket.AF_UNIX) as again:
                again.settimeout(TIMEOUT)
                again.connect(monitor_path(daemon))
                try:
                    again.sendall(head("/", [("Host", "localhost")]))
                except BrokenPipeError:
                    return False
                return b" 200 " in read_all(again)
        harness.bounded(is_free, "a free place")

    def test_one_that_has_nothing_to_do(self):
        daemon = self.daemon(config=PING)

        async def conversation():
            async with connect(daemon) as idle, connect(daemon) as watcher:
                await watcher.send("watch")
                await idle.wait_closed()
                self.assertEqual(1001, idle.close_code)
                self.assertTrue(watcher.open)
        self.run_async(conversation())

    def test_one_that_answers_no_pings(self):
        daemon = self.daemon(config=PING)
        peer = self.raw(daemon)
        peer.sendall(frame(b"watch"))
        self.assertIn(b"pings are not answered", read_all(peer))

    def test_many_connections_leave_nothing_behind(self):
        daemon = self.daemon()
        descriptors = f"/proc/{daemon.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for number in range(1000):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(monitor_path(daemon))
                if number % 4 == 1:
                    connection.sendall(b"GET / HT")
                elif number % 4 == 2:
                    connection.sendall(head("/", upgrade("localhost")))
                elif number % 4 == 3:
                    connection.sendall(head("/", upgrade("localhost"))
                                       + frame(b"watch since:0") + frame(b"async pol")[:-3])
        harness.bounded(lambda: len(os.listdir(descriptors)) <= before, "the end of all of them")
        self.assert_small(daemon)

    def test_a_stop_with_peers(self):
        daemon = self.daemon(plugins=["demo"])
        peers = [self.raw(daemon) for _ in range(5)]
        for peer in peers:
            peer.sendall(frame(b"watch since:0"))
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertEqual(0, daemon.stop())
        for peer in peers:
            read_all(peer)


if __name__ == "__main__":
    tap.main()

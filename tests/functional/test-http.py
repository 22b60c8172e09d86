#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The plugin http, against a server on this machine that is as bad as servers are."""

import asyncio
import os
import threading

from gi.repository import GLib

import harness
import tap

FINAL, RETRY, TOO_LARGE, DISCONNECTED = 1, 2, 18, 32
TOGETHER = 64


class Server:
    """Answers in a thread of its own; what a path does is in the method of its name."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.port = None
        self.gathered = []
        self.busy_left = 2
        self.reached = threading.Event()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._listen())
        ready.set()
        self.loop.run_forever()

    async def _listen(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _end(self):
        """Who waits for something waits no longer."""
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def address(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    async def _serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = head.split("\r\n")[0].split(" ")
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            name, _, rest = path[1:].partition("/")
            await getattr(self, "do_" + name)(writer, rest, (method, headers, body))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # a client that goes away
        finally:
            writer.close()

    @staticmethod
    def answer(writer, body=b"", status="200 OK", headers=""):
        writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
                     .encode() + body)

    async def do_hello(self, writer, _rest, _request):
        self.answer(writer, b"hello", headers="X-One: 1\r\nX-One: 2\r\n")

    async def do_echo(self, writer, _rest, request):
        method, headers, body = request
        self.answer(writer, f"{method} {headers.get('x-said', '')} {body.decode()}".encode())

    async def do_secret(self, writer, _rest, request):
        self.answer(writer, request[1].get("authorization", "none").encode())

    async def do_gather(self, writer, rest, _request):
        """Nobody is answered before so many have asked."""
        here = self.loop.create_future()
        self.gathered.append(here)
        if len(self.gathered) == int(rest):
            for other in self.gathered:
                other.set_result(None)
        await here
        self.answer(writer, b"together")

    async def do_never(self, writer, _rest, _request):
        self.reached.set()
        await self.loop.create_future()

    async def do_redirect(self, writer, rest, _request):
        self.answer(writer, status="302 Found", headers=f"Location: /{rest}\r\n")

    async def do_elsewhere(self, writer, rest, _request):
        self.answer(writer, status="302 Found", headers=f"Location: http://localhost:{self.port}/{rest}\r\n")

    async def do_round(self, writer, _rest, _request):
        self.answer(writer, status="302 Found", headers="Location: /round\r\n")

    async def do_large(self, writer, _rest, _request):
        self.answer(writer, b"x" * (2 << 20))

    async def do_endless(self, writer, _rest, _request):
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"y" * 65536)
            await writer.drain()

    async def do_garbage(self, writer, _rest, _request):
        writer.write(b"\x00\x01rubbish\r\n\r\n")

    async def do_cut(self, writer, _rest, _request):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    async def do_status(self, writer, rest, _request):
        self.answer(writer, b"why", status=f"{rest} Said")

    async def do_busy(self, writer, _rest, _request):
        self.busy_left -= 1
        if self.busy_left < 0:
            self.answer(writer, b"now")
        else:
            self.answer(writer, status="503 Busy", headers="Retry-After: 0\r\n")


class Http(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = Server()
        self.addCleanup(self.server.stop)
        self.served = self.daemon(plugins=["http", "demo"], config="[agent main]\nsize=1\n")

    def submit(self, address, **options):
        values = {name.replace("_", "-"): value for name, value in options.items()}
        return self.served.bus.submit({
            "function": "http.fetch", "retry": "never",
            "arguments": GLib.Variant("(sa{sv})", (address, values))})[0]

    def fetch(self, path, **options):
        return self.served.bus.wait(self.submit(self.server.address(path), **options))

    def assert_code(self, code, answer, message):
        self.assertEqual(code, self.assert_failed(answer, message)[1], answer)

    def test_an_answer_is_a_result(self):
        status, headers, body = self.assert_succeeded(self.fetch("hello"))
        self.assertEqual((200, b"hello", "1, 2"), (status, bytes(body), headers["x-one"]))
        self.assertIn("'content-length': '7'",
                      self.served.run("http.fetch", self.server.address("echo"), "{'method': <'HELLO'>}"))

    def test_method_headers_and_body_are_sent(self):
        body = self.assert_succeeded(self.fetch(
            "echo", method=GLib.Variant("s", "PUT"), headers=GLib.Variant("a{ss}", {"X-Said": "this"}),
            body=GLib.Variant("ay", b"and that")))[2]
        self.assertEqual(b"PUT this and that", bytes(body))

    def test_many_run_at_once_in_one_worker(self):
        jobs = [self.submit(self.server.address(f"gather/{TOGETHER}")) for _ in range(TOGETHER)]
        for job in jobs:
            self.assertEqual(b"together", bytes(self.assert_succeeded(self.served.bus.wait(job))[2]))

    def test_a_job_is_cancelled_and_others_go_on(self):
        never = self.submit(self.server.address("never"))
        self.assertTrue(self.server.reached.wait(harness.TIMEOUT))
        other = self.submit(self.server.address("hello"))
        self.assert_succeeded(self.served.bus.wait(other))
        self.served.bus.cancel(never)
        self.assertEqual("cancelled", self.served.bus.wait(never)[0])
        self.assertEqual("42", self.served.run("demo.multiply", "6", "7"))

    def test_who_does_not_answer_is_given_up(self):
        self.assert_code(DISCONNECTED, self.fetch("never", timeout=GLib.Variant("d", 0.1)), "longer than 0.1 s")
        self.assert_code(DISCONNECTED, self.served.bus.wait(self.submit("http://127.0.0.1:1/")), "could not fetch")

    def test_redirects_are_followed_or_not(self):
        self.assertEqual(b"hello", bytes(self.assert_succeeded(self.fetch("redirect/hello"))[2]))
        status, headers, _ = self.assert_succeeded(
            self.fetch("redirect/hello", follow_redirects=GLib.Variant("b", False)))
        self.assertEqual((302, "/hello"), (status, headers["location"]))
        self.assert_code(FINAL, self.fetch("round"), "could not fetch")

    def test_what_is_meant_for_one_host_is_not_told_to_another(self):
        secret = {"headers": GLib.Variant("a{ss}", {"Authorization": "secret"})}
        self.assertEqual(b"secret", bytes(self.assert_succeeded(self.fetch("redirect/secret", **secret))[2]))
        self.assertEqual(b"none", bytes(self.assert_succeeded(self.fetch("elsewhere/secret", **secret))[2]))

    def test_a_large_body_belongs_into_a_file(self):
        path = self.path("large")
        self.assert_code(TOO_LARGE, self.fetch("large"), "'save-to' writes it to a file")
        self.assert_code(TOO_LARGE, self.fetch("endless"), "larger than")
        self.assertEqual([], list(self.assert_succeeded(self.fetch("large", save_to=GLib.Variant("s", path)))[2]))
        with open(path, "rb") as file:
            self.assertEqual(b"x" * (2 << 20), file.read())
        self.assert_code(TOO_LARGE, self.fetch("endless", save_to=GLib.Variant("s", path),
                                               max_size=GLib.Variant("t", 1 << 20)), "larger than 1048576")
        self.assertEqual(2 << 20, os.stat(path).st_size)
        self.assertEqual([], [name for name in os.listdir(self.folder) if name.startswith(".")])

    def test_answers_that_make_no_sense_fail(self):
        for path in ("garbage", "cut"):
            self.assertIn(self.assert_failed(self.fetch(path), "could not fetch")[1], (RETRY, DISCONNECTED))
        self.assertEqual(b"hello", bytes(self.assert_succeeded(self.fetch("hello"))[2]))

    def test_a_status_is_for_now_or_for_ever(self):
        self.assert_code(FINAL, self.fetch("status/404"), "the answer is 404 Said")
        self.assert_code(RETRY, self.fetch("status/500"), "the answer is 500 Said")
        self.assert_code(RETRY, self.fetch("status/429"), "the answer is 429 Said")
        status, _, body = self.assert_succeeded(self.fetch("status/404", any_status=GLib.Variant("b", True)))
        self.assertEqual((404, b"why"), (status, bytes(body)))

    def test_who_wants_to_be_asked_later_is(self):
        self.assertEqual(b"now", bytes(self.assert_succeeded(self.fetch("busy"))[2]))

    def test_what_cannot_be_is_final(self):
        for address in ("file:///etc/passwd", "ftp://127.0.0.1/", "nonsense", "http://"):
            self.assert_code(FINAL, self.served.bus.wait(self.submit(address)), "no address of http or https")
        for options, message in (
                ({"nonsense": GLib.Variant("b", True)}, "there is no option 'nonsense'"),
                ({"timeout": GLib.Variant("s", "1")}, "wanted 'd'"),
                ({"timeout": GLib.Variant("d", -1)}, "the time-out is -1 seconds"),
                ({"method": GLib.Variant("s", "GET /")}, "the method"),
                ({"headers": GLib.Variant("a{ss}", {"a": "b\r\nc: d"})}, "the header 'a' is none"),
                ({"save_to": GLib.Variant("s", "here")}, "no absolute path"),
                ({"max_size": GLib.Variant("t", 1 << 30)}, "name a file")):
            self.assert_code(FINAL, self.fetch("hello", **options), message)


if __name__ == "__main__":
    tap.main()

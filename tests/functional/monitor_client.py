# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Text conversations with a daemon's monitor, by python3-websockets.

  with Monitor(path) as monitor:
      monitor.ask("async UUID")     # one answer; the daemon closes after it

Calls wait for the daemon, with an end.
"""

import asyncio

from websockets import client, exceptions, frames

import harness

URI = "ws://localhost/"


class Monitor:
    def __init__(self, path, uri=URI, **settings):
        self._loop = asyncio.new_event_loop()
        settings.setdefault("subprotocols", ["asyncq.text"])
        settings.setdefault("compression", None)
        settings.setdefault("max_size", None)
        try:
            self.socket = self._run(self._connect(path, uri, settings))
        except BaseException:
            self._loop.close()
            raise

    @staticmethod
    async def _connect(path, uri, settings):
        return await client.unix_connect(path, uri, **settings)

    def _run(self, coroutine):
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, harness.TIMEOUT))

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        if not self._loop.is_closed():
            self._run(self.socket.close())
            self._loop.close()

    def send(self, line):
        """str: a text message, bytes: a binary one."""
        self._run(self.socket.send(line))

    def send_text_bytes(self, data):
        """A text message whose text need not be text."""
        self._run(self.socket.write_frame(True, frames.OP_TEXT, data))

    def receive(self):
        """The next message, or None: the daemon has closed."""
        try:
            return self._run(self.socket.recv())
        except exceptions.ConnectionClosed:
            return None

    def ask(self, line):
        self.send(line)
        return self.receive()

    @property
    def close_code(self):
        return self.socket.close_code


def ask_once(path, line):
    """The answer to one line, after which the daemon must have closed."""
    with Monitor(path) as monitor:
        answer = monitor.ask(line)
        rest = monitor.receive()
        assert rest is None, f"after '{line}' the connection is open, and says {rest}"
        return answer

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A daemon to test: built asyncqd in a temporary folder, with its own store,
socket and plugin directory, so that tests run side by side.

  class Multiply(harness.Case):
      def test_result(self):
          daemon = self.daemon(plugins=["demo"])
          self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))

$ASYNCQ_BUILD is the build folder. $VALGRIND, where set, is a command that the
daemon is run with. Nothing here sleeps: every wait is for an event, and has an
end, TIMEOUT, only so that a broken daemon makes a failure and not a hang.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("ASYNCQ_BUILD", os.path.join(ROOT, "_build"))
# under valgrind or a sanitizer
SLOW = any(os.environ.get(name) for name in ("VALGRIND", "ASAN_OPTIONS", "TSAN_OPTIONS"))
TIMEOUT = int(os.environ.get("ASYNCQ_TEST_TIMEOUT", 120 if SLOW else 60))

MANAGER = "org.asyncq.Manager1"
JOB = "org.asyncq.Job1"
TESTING = "org.asyncq.Testing1"


def built(*path):
    return os.path.join(BUILD, *path)


ASYNCQD = built("daemon", "asyncqd")
ASYNCQCTL = built("libasyncq", "ctl", "asyncqctl")
WORKER = built("daemon", "work", "worker", "asyncq-worker")
STORE_TOOL = built("daemon", "store", "tool", "asyncq-store")


def plugin_file(name):
    """Where the build left a plugin, shipped or of tests/plugins."""
    for path in (built("plugins", name, name + ".so"), built("tests", "plugins", name + ".so"),
                 built("tests", "plugins", name, name + ".so")):
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f"plugin {name} is not built")


def pkg_config(*arguments):
    """What it says of the library as it was built, as a list of words."""
    run = subprocess.run(["pkg-config", *arguments], env=pkg_config_environment(),
                         capture_output=True, text=True, check=True)
    return run.stdout.split()


def pkg_config_environment():
    return {**os.environ, "PKG_CONFIG_PATH": built("meson-uninstalled")}


# queues that tests put jobs into
QUEUES = ("a", "b", "mail", "many", "more", "news", "other", "run", "seen", "unseen")


class BusError(Exception):
    """An error that the daemon answered with: its D-Bus name, and its message."""

    def __init__(self, error):
        self.name = Gio.DBusError.get_remote_error(error)
        if self.name is not None:
            Gio.DBusError.strip_remote_error(error)
        self.message = error.message
        super().__init__(f"{self.name}: {self.message}")


class Bus:
    """One connection to a daemon."""

    def __init__(self, address):
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)
        self.changes = []

    def close(self):
        self.connection.close_sync(None)

    def call(self, path, interface, method, arguments=None, fds=None):
        """The unpacked answer: None, the value, or a tuple of values."""
        try:
            answer, _fds = self.connection.call_with_unix_fd_list_sync(
                "org.asyncq", path, interface, method, arguments, None,
                Gio.DBusCallFlags.NONE, TIMEOUT * 1000, fds, None)
        except GLib.Error as error:
            raise BusError(error) from None
        values = answer.unpack()
        return values[0] if len(values) == 1 else values or None

    def manager(self, method, signature="()", *arguments):
        return self.call("/org/asyncq", MANAGER, method, GLib.Variant(signature, arguments))

    def get(self, path, interface, name):
        return self.call(path, "org.freedesktop.DBus.Properties", "Get",
                         GLib.Variant("(ss)", (interface, name)))

    def status(self):
        return self.get("/org/asyncq", MANAGER, "Status")

    def job(self, job):
        """All properties of a job."""
        return self.call(f"/org/asyncq/jobs/{job}", "org.freedesktop.DBus.Properties", "GetAll",
                         GLib.Variant("(s)", (JOB,)))

    def submit(self, *entries):
        """entries: dictionaries of Submit, their values GVariants or plain str, int, bool."""
        return self.manager("Submit", "(aa{sv})", [entry_of(entry) for entry in entries])

    def words(self, function, *words):
        return self.manager("SubmitWords", "(sas)", function, words)

    def wait(self, job, usec=-1):
        """(outcome, result)"""
        return self.call(f"/org/asyncq/jobs/{job}", JOB, "Wait", GLib.Variant("(x)", (usec,)))

    def cancel(self, job, why=""):
        return self.call(f"/org/asyncq/jobs/{job}", JOB, "Cancel", GLib.Variant("(s)", (why,)))

    def list_jobs(self, filter="", **options):
        """Every job that the filter accepts, however many answers it takes."""
        jobs, cursor = [], ""
        while True:
            variants = {name.replace("_", "-"): variant_of(value)
                        for name, value in options.items()}
            if cursor:
                variants["cursor"] = GLib.Variant("s", cursor)
            page, cursor = self.manager("ListJobs", "(sa{sv})", filter, variants)
            jobs.extend(page)
            if not cursor or "limit" in options:
                return jobs

    def functions(self):
        return {function["name"]: function for function in self.manager("ListFunctions")}

    def advance(self, usec):
        self.call("/org/asyncq", TESTING, "Advance", GLib.Variant("(x)", (usec,)))

    def watch(self, filter=""):
        """From now on, changes grows by (id, state, outcome, sequence) while until() runs."""
        self.connection.signal_subscribe(
            None, MANAGER, "JobsChanged", "/org/asyncq", None, Gio.DBusSignalFlags.NONE,
            lambda _connection, _sender, _path, _interface, _signal, parameters:
            self.changes.extend(parameters.unpack()[0]))
        self.manager("Subscribe", "(s)", filter)

    def until(self, condition, what="what the test waits for"):
        """Runs the main loop, which takes in signals, until condition () holds."""
        context = GLib.MainContext.default()
        expired = []
        source = GLib.timeout_add_seconds(TIMEOUT, lambda: expired.append(True) or True)
        try:
            while not condition():
                if expired:
                    raise AssertionError(f"{what} has not come in {TIMEOUT} s")
                context.iteration(True)
        finally:
            GLib.source_remove(source)

    def until_state(self, job, state):
        """Needs watch() before."""
        self.until(lambda: any(change[0] == job and change[1] == state
                               for change in self.changes), f"job {job} in state {state}")


def variant_of(value):
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    if isinstance(value, int):
        return GLib.Variant("u" if 0 <= value < 1 << 32 else "x", value)
    if isinstance(value, list):
        return GLib.Variant("as", value)
    return GLib.Variant("s", value)


def entry_of(entry):
    return {name.replace("_", "-"): variant_of(value) for name, value in entry.items()}


def text(value):
    """A GVariant from its text."""
    return GLib.Variant.parse(None, value, None, None)


class Daemon:
    def __init__(self, folder, plugins=(), config="", arguments=(), store=None, name="daemon",
                 queues=None):
        self.folder = os.path.join(folder, name)
        self.store = store or os.path.join(self.folder, "store")
        self.socket = os.path.join(self.folder, "bus")
        self.plugins = os.path.join(self.folder, "plugins")
        self.log = os.path.join(self.folder, "log")
        self.config = os.path.join(self.folder, "asyncqd.conf")
        self.address = "unix:path=" + self.socket
        self.arguments = list(arguments)
        self.process = None
        self._bus = None
        os.makedirs(self.plugins, mode=0o755)
        for plugin in plugins:
            self.add_plugin(plugin)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(config)
            # a test that stops a daemon does not want to wait for its jobs
            if "drain-timeout" not in config:
                file.write("\n[daemon]\ndrain-timeout=0s\n")
            if "quarantine-after" not in config:
                # one function may crash in many cases of a test
                file.write("\n[daemon]\nquarantine-after=never\n")
            for name in QUEUES if queues is None else queues:
                if f"[queue {name}]" not in config:
                    file.write(f"\n[queue {name}]\n")

    # plugins

    def add_plugin(self, name, source=None):
        """As a user drops one in: under another name first, then moved to its place."""
        target = os.path.join(self.plugins, name + ".so")
        shutil.copyfile(source or plugin_file(name), target + ".new")
        os.chmod(target + ".new", 0o644)
        os.rename(target + ".new", target)

    # process

    def command(self):
        return [*os.environ.get("VALGRIND", "").split(), ASYNCQD, "--config=" + self.config,
                "--store=" + self.store, "--socket=" + self.socket, "--plugins=" + self.plugins,
                "--worker=" + WORKER, *self.arguments]

    def start(self):
        """Starts it; returns when it serves."""
        reader, writer = os.pipe()
        try:
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    [*self.command(), f"--ready-fd={writer}"], pass_fds=[writer],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            os.close(writer)
            writer = -1
            said = b""
            while not said.endswith(b"\n"):
                if not select.select([reader], [], [], TIMEOUT)[0]:
                    raise AssertionError(f"not ready in {TIMEOUT} s\n{self.read_log()}")
                piece = os.read(reader, 100)
                if not piece:
                    status = self.process.wait(TIMEOUT)
                    raise AssertionError(f"asyncqd ended with {status}\n{self.read_log()}")
                said += piece
            assert said == b"READY\n", said
        finally:
            os.close(reader)
            if writer >= 0:
                os.close(writer)
        return self

    def start_failing(self):
        """Runs it where it must not start. (exit status, what it said)"""
        run = subprocess.run(self.command(), stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=TIMEOUT, check=False)
        return run.returncode, run.stdout + run.stderr

    def stop(self):
        """A clean stop. Its exit status"""
        self._forget_bus()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(TIMEOUT)
        self.process = None
        return status

    def kill(self):
        """As a crash has it; returns when it and its workers are gone."""
        workers = self.children()
        self._forget_bus()
        self.process.kill()
        self.process.wait(TIMEOUT)
        self.process = None
        for worker in workers:
            wait_gone(worker)

    def restart(self):
        if self.process is not None:
            assert self.stop() == 0, self.read_log()
        return self.start()

    def children(self):
        """The pids of its children."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    # talking to it

    def connect(self):
        return Bus(self.address)

    @property
    def bus(self):
        if self._bus is None:
            self._bus = self.connect()
        return self._bus

    def _forget_bus(self):
        if self._bus is not None and not self._bus.connection.is_closed():
            self._bus.close()
        self._bus = None

    def ctl(self, *arguments, status=0):
        """Runs asyncqctl; returns its output, with the exit status that is wanted."""
        run = self.ctl_run(*arguments)
        if run.returncode != status:
            raise AssertionError(f"asyncqctl {' '.join(arguments)}: exit status {run.returncode}, "
                                 f"wanted {status}\n{run.stdout}{run.stderr}")
        return run.stdout.strip()

    def ctl_run(self, *arguments):
        return subprocess.run([ASYNCQCTL, "--address=" + self.address, *arguments],
                              env={**os.environ, "ASYNCQ_STORE_TOOL": STORE_TOOL},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=TIMEOUT, check=False)

    def ctl_json(self, *arguments):
        return json.loads(self.ctl(*arguments, "--json=short"))

    def run(self, *arguments):
        return self.ctl("run", *arguments)


def wait_gone(pid):
    """Returns when the process has ended, whoever its parent is."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], TIMEOUT)[0]:
            raise AssertionError(f"process {pid} has not ended in {TIMEOUT} s")
    finally:
        os.close(fd)


class Case(unittest.TestCase):
    """Gives each test its folder, and leaves no process and no file behind."""

    def setUp(self):
        # short, so that the socket's path is
        self.folder = tempfile.mkdtemp(prefix="aq-", dir=os.environ.get("TMPDIR", "/tmp"))
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.daemons = []
        self.addCleanup(self._end_daemons)

    def _end_daemons(self):
        for daemon in self.daemons:
            status = daemon.stop() if daemon.process is not None else 0
            log = daemon.read_log() if os.path.exists(daemon.log) else ""
            self.assertEqual(0, status, log)
            for bad in ("CRITICAL", "Sanitizer", "runtime error:", "== Invalid "):
                self.assertNotIn(bad, log)

    def new_daemon(self, *arguments, **settings):
        """One that is not started."""
        settings.setdefault("name", f"d{len(self.daemons)}")
        daemon = Daemon(self.folder, arguments=arguments, **settings)
        self.daemons.append(daemon)
        return daemon

    def daemon(self, *arguments, **settings):
        return self.new_daemon(*arguments, **settings).start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def assert_bus_error(self, name, function, *arguments, **keywords):
        """Calls function, which must fail with the D-Bus error; returns its message."""
        with self.assertRaises(BusError) as caught:
            function(*arguments, **keywords)
        self.assertEqual("org.asyncq.Error." + name, caught.exception.name,
                         caught.exception.message)
        return caught.exception.message

    def assert_succeeded(self, answer):
        """answer: of Wait. Returns the result."""
        outcome, result = answer
        self.assertEqual("succeeded", outcome, result)
        return result

    def assert_failed(self, answer, message=""):
        """Returns (domain, code, message) of the failure."""
        outcome, result = answer
        self.assertEqual("failed", outcome, result)
        self.assertIn(message, result[2])
        return result


def bounded(condition, what):
    """Asks again until condition () holds, for what sends no event to wait for."""
    end = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} has not come in {TIMEOUT} s")
        select.select([], [], [], 0.01)

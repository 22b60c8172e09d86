# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""A daemon, the load on it, and the evidence: what the fault tests through the
real programs have in common.

  rig = Rig("storm", seed)
  rig.start() and rig.up()            # a daemon serves, and clients work
  rig.kill()
  ...
  rig.settle()                        # a daemon serves, and all jobs have ended
  violations = rig.check()

The store is in $ASYNCQ_FAULTS_FOLDER, or $TMPDIR, or /tmp. The evidence (history
and effects) is in /dev/shm where that is another file system, so that what
happens to the store does not happen to it. Where a test fails everything is kept
in BUILD/faults-kept/NAME-SEED.
"""

import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "functional"))

import harness  # noqa: E402
import history_checker  # noqa: E402

LOAD = harness.built("tests", "faults", "load-jobs")
LONG = os.environ.get("ASYNCQ_FAULTS") == "long"
# as liveness: far beyond what anything here may take
TIMEOUT = 60
CLIENTS, WINDOW = 8, 6
# exit statuses that say: the store cannot be written now
IO_STATUSES = (os.EX_IOERR, os.EX_TEMPFAIL)
# small segments, so that images and recycling take part
CONFIG = """
[store]
segment-size=256K
[daemon]
drain-timeout=0s
log-level=events=critical,trace=critical
[agent main]
size=4
[queue load]
[monitor]
socket=none
[plugin effects]
log={effects}
"""


class Violation(AssertionError):
    """What must never be: reported with the seed."""


def new_seed():
    return int(os.environ.get("SEED") or random.randrange(1, 1 << 30))


def size(short, long):
    """Of a test: in the short and in the long form; $ASYNCQ_FAULTS_SIZE wins."""
    return int(os.environ.get("ASYNCQ_FAULTS_SIZE") or (long if LONG else short))


def base_folder():
    return os.environ.get("ASYNCQ_FAULTS_FOLDER") or os.environ.get("TMPDIR") or "/tmp"


def evidence_folder():
    if os.path.isdir("/dev/shm") and os.stat("/dev/shm").st_dev != os.stat(base_folder()).st_dev:
        return "/dev/shm"
    return base_folder()


class FaultyDaemon(harness.Daemon):
    """One that may be run below another program, and may end when it likes."""

    prefix = ()

    def command(self):
        return [*self.prefix, *super().command()]

    def try_start(self):
        """Whether it serves; where not, it has ended and status is its exit status."""
        reader, writer = os.pipe()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.command(), f"--ready-fd={writer}"], pass_fds=[writer],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(writer)
        try:
            if not select.select([reader], [], [], TIMEOUT)[0]:
                raise Violation(f"I9: neither ready nor ended in {TIMEOUT} s\n{self.read_log()}")
            if os.read(reader, 100) == b"READY\n":
                return True
        finally:
            os.close(reader)
        self.wait_end(TIMEOUT)
        return False

    def wait_end(self, seconds):
        """Whether it ended in so many seconds; then status is set."""
        try:
            self.status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._forget_bus()
        self.process = None
        return True

    def read_log_tail(self):
        return self.read_log()[-4000:]


class Rig:
    def __init__(self, name, seed, store=None, config="", clients=CLIENTS, window=WINDOW):
        self.name = name
        self.seed = seed
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="aq-", dir=base_folder())
        self.evidence = tempfile.mkdtemp(prefix="aq-evidence-", dir=evidence_folder())
        os.chmod(self.folder, 0o755)
        self.history = os.path.join(self.evidence, "history")
        self.effects = os.path.join(self.evidence, "effects")
        for path in (self.history, self.effects):
            with open(path, "w", encoding="ascii"):
                pass
        self.start_seconds = []
        self.mounts = []
        self.is_up = False
        self.clients, self.window = clients, window
        self.daemon = self.new_daemon("daemon", store, config)
        self.load = None

    def new_daemon(self, name, store=None, config=""):
        return FaultyDaemon(self.folder, name=name, store=store, plugins=["effects"],
                            config=CONFIG.format(effects=self.effects) + config)

    # the daemon

    def start(self, prefix=()):
        """Whether it serves. One that refuses for damage is a violation."""
        self.daemon.prefix = prefix
        begun = time.monotonic()
        served = self.daemon.try_start()
        if served and not prefix:
            self.start_seconds.append(time.monotonic() - begun)
        if not served:
            self.check_status()
        return served

    def check_status(self):
        """The daemon has ended: as somebody who was killed, or whose disk failed."""
        status = self.daemon.status
        if status not in (0, -signal.SIGKILL, *IO_STATUSES):
            raise Violation(f"asyncqd ended with {status}\n{self.daemon.read_log_tail()}")

    def kill(self):
        self.down(wait=False)
        if self.daemon.process is not None:
            self.daemon.kill()
        self.await_answer()

    def kill_worker(self):
        """One of them, by chance."""
        try:
            workers = self.daemon.children()
            if workers:
                os.kill(self.random.choice(workers), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it ended before us

    def stop(self):
        self.down()
        status = self.daemon.stop()
        if status != 0:
            raise Violation(f"a clean stop ended with {status}\n{self.daemon.read_log_tail()}")

    # its disk

    def mount(self, name, *arguments):
        """Mounts, and unmounts in the end. Returns the folder"""
        place = os.path.join(self.folder, name)
        os.makedirs(place, exist_ok=True)
        subprocess.run(["mount", *arguments, place], check=True)
        self.mounts.append(place)
        return place

    def unmount(self, place):
        unmount(place)
        self.mounts.remove(place)

    # the load

    def start_load(self):
        self.load = subprocess.Popen(
            [LOAD, self.daemon.address, self.history, str(self.seed), str(self.clients),
             str(self.window)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.idle = False

    def tell(self, command, wait=True):
        if self.load is None:
            self.start_load()
        self.load.stdin.write(command.encode() + b"\n")
        self.load.stdin.flush()
        if wait:
            self.await_answer()

    def await_answer(self, wanted=b"done", seconds=TIMEOUT):
        """Reads what the load says until it says this."""
        if wanted == b"idle" and self.idle:
            return True
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.load.stdout], [], [], left)[0]:
                return False
            line = self._read_line()
            if line == b"idle":
                self.idle = True
            if line == wanted:
                return True

    def _read_line(self):
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self.load.stdout.fileno(), 1)
            if not piece:
                raise AssertionError(f"load-jobs ended with {self.load.wait()}")
            line += piece
        return line[:-1]

    def up(self):
        """Once a daemon serves."""
        if not self.is_up:
            self.tell("up")
        self.is_up = True

    def down(self, wait=True):
        self.tell("down", wait)
        self.is_up = False

    def work(self, seconds):
        """Lets clients work for so long, or until the daemon ends. Whether it still runs"""
        self.up()
        return not self.daemon.wait_end(seconds)

    # the end

    def settle(self):
        """Starts a daemon if there is none, and waits until every job has ended (I9)."""
        if self.daemon.process is None and not self.start():
            raise Violation(f"I9: a daemon without faults does not start: exit status "
                            f"{self.daemon.status}\n{self.daemon.read_log_tail()}")
        self.idle = False
        self.tell("quiet")
        self.up()
        if not self.await_answer(b"idle"):
            raise Violation(f"I9: not every acknowledged job ended in {TIMEOUT} s: "
                            f"{self.daemon.bus.status()}")
        end = time.monotonic() + TIMEOUT
        while True:
            jobs = self.daemon.bus.status()["jobs"]
            if sum(n for state, n in jobs.items() if state != "completed") == 0:
                return
            if time.monotonic() > end:
                raise Violation(f"I9: not every job ended in {TIMEOUT} s: {jobs}")
            select.select([], [], [], 0.02)

    def dump(self, daemon=None):
        run = subprocess.run([LOAD, "--dump", (daemon or self.daemon).address], capture_output=True,
                             text=True, timeout=TIMEOUT, check=False)
        if run.returncode != 0:
            raise Violation(f"the jobs cannot be listed: {run.stderr}")
        return run.stdout.splitlines()

    def check(self, final=True, daemon=None, history=None):
        """(violations, figures) of a daemon that runs; history: its lines, if not all"""
        lines = self.dump(daemon)
        with open(os.path.join(self.evidence, "state"), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        checker = history_checker.Checker(
            history_checker.History(history or history_checker.whole_lines(self.history)),
            history_checker.read_effects(self.effects), history_checker.read_state(lines), final)
        violations = checker.check()
        return violations, checker.figures()

    def check_again(self):
        """After another restart the store is the same."""
        before = sorted(self.dump())
        self.stop()
        if not self.start():
            raise Violation(f"a second start failed: {self.daemon.read_log_tail()}")
        if sorted(self.dump()) != before:
            raise Violation("a second start gives another store")

    def close(self):
        if self.load is not None:
            self.load.stdin.close()
            self.load.wait(TIMEOUT)
            self.load.stdout.close()
        if self.daemon.process is not None:
            self.daemon.kill()
        for place in reversed(self.mounts):
            unmount(place)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.evidence, ignore_errors=True)

    def keep(self, why):
        """Store, history, effects, log and what is needed to do it again. Returns the folder"""
        kept = os.path.join(harness.BUILD, "faults-kept", f"{self.name}-{self.seed}")
        shutil.rmtree(kept, ignore_errors=True)
        os.makedirs(kept)
        for name, path in (("evidence", self.evidence), ("store", self.daemon.store)):
            if os.path.isdir(path):
                shutil.copytree(path, os.path.join(kept, name))
        if os.path.exists(self.daemon.log):
            shutil.copyfile(self.daemon.log, os.path.join(kept, "log"))
        with open(os.path.join(kept, "run.json"), "w", encoding="utf-8") as file:
            json.dump({"test": self.name, "seed": self.seed, "long": LONG, "build": build_id(),
                       "why": why}, file, indent=2)
        return kept


def unmount(place):
    """Its users have ended, but the kernel may hold it a moment longer."""
    for _ in range(100):
        if subprocess.run(["umount", place], capture_output=True, check=False).returncode == 0:
            return
        select.select([], [], [], 0.02)
    subprocess.run(["umount", "--lazy", place], check=True)


def why_no_mounts(*programs):
    """Why loop devices and file systems cannot be had here, or None."""
    if os.geteuid() != 0:
        return "not root, so nothing can be mounted"
    for program in ("mount", "umount", *programs):
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            return f"{program} is not installed"
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            return "nothing can be mounted here: " + run.stderr.strip()
        unmount(folder)
    return None


def make_ext4(path, megabytes):
    """A file with an empty file system in it."""
    with open(path, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["/sbin/mkfs.ext4", "-q", "-F", "-m", "0", path], check=True,
                   stdout=subprocess.DEVNULL)


def build_id():
    """Of the daemon that was tested."""
    run = subprocess.run(["readelf", "-n", harness.ASYNCQD], capture_output=True, text=True,
                         check=False)
    words = run.stdout.split("Build ID:")
    return words[1].split()[0] if len(words) > 1 else "unknown"


def run_checked(case, rig, body):
    """body () with rig; where it fails the evidence is kept and its place is told."""
    print(f"# seed {rig.seed}", flush=True)
    try:
        body()
    except BaseException as error:
        kept = rig.keep(str(error))
        print(f"# kept in {kept}; once more: SEED={rig.seed} {' '.join(sys.argv)}", flush=True)
        raise
    finally:
        rig.close()

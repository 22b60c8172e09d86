#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C10: one plugin for each thing that no plugin should do, beside jobs that do no harm.

Each attack of ATTACKS is run $ASYNCQ_HOSTILE_RUNS times, 3 otherwise, by a daemon whose
other workers have other jobs all the time. What must hold: the daemon is the same process
after all of them, no other job fails or is begun a second time, an attack ends with the
reason that is stated here, and no process is left of it.
"""

import collections
import os
import signal
import sys
import time

import harness
import tap

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "faults"))

import figures  # noqa: E402

RUNS = int(os.environ.get("ASYNCQ_HOSTILE_RUNS", 3))
MARK = "ASYNCQ_HOSTILE_MARK"
# codes of AsyncqError
BAD_RESULT, CRASHED, TIMED_OUT, TOO_LARGE, OUT_OF_MEMORY, LIMIT_EXCEEDED = 5, 13, 17, 18, 41, 42
ANY = object()
# a sanitizer ends its program by itself, with a status of its own
SANITIZED = bool(os.environ.get("ASAN_OPTIONS") or os.environ.get("TSAN_OPTIONS"))

# evidence: what is kept of the attempt → what it may be, or None if it must not be there
Attack = collections.namedtuple("Attack", "function outcome code pattern run_timeout evidence",
                                defaults=("failed", CRASHED, "", None, {}))
UNTOUCHED = {"signal": None, "exit-status": None, "stack": None, "limit": None}
KILLED = {"signal": (signal.SIGKILL,), "exit-status": None, "stack": None, "limit": None}


def succeeds(function):
    return Attack(function, "succeeded", None, evidence=UNTOUCHED)


def dies(function, names, frame):
    """frame: a function that its stack has, or None if there is none to be had"""
    numbers = tuple(getattr(signal, "SIG" + name) for name in names.split("|"))
    return Attack(function, pattern=rf"^worker \d+ died of signal SIG({names}) \(\d+\) while it ran {function}(: at |$)",
                  evidence={"signal": numbers, "stack": frame, "exit-status": None, "limit": None})


def exits(function, status):
    return Attack(function, pattern=rf"^worker \d+ exited with status {status} while it ran {function}$",
                  evidence={"exit-status": (status,), "signal": None, "stack": None, "limit": None})


def breaks_protocol(function, what):
    return Attack(function, pattern=rf"^worker \d+ was killed for a protocol error \(.*{what}.*\) "
                                    rf"while it ran {function}$", evidence=KILLED)


def hangs(function, *names):
    """It is stopped when its time is over, by SIGKILL if it does not listen to SIGTERM."""
    return Attack(function, code=TIMED_OUT, pattern=r"run-timeout of 0\.4 s", run_timeout=400_000,
                  evidence={"signal": (signal.SIGTERM, signal.SIGKILL) if not names else names,
                            "exit-status": None, "stack": None, "limit": None})


def exceeds(function, limit, pattern, code=LIMIT_EXCEEDED):
    return Attack(function, code=code, pattern=pattern, evidence={"limit": (limit,), "exit-status": None})


def fails(function, code, pattern):
    return Attack(function, code=code, pattern=pattern, evidence=UNTOUCHED)


ATTACKS = [
    # ends its worker
    dies("null_deref.run", "SEGV", "null_deref_run"),
    dies("null_deref_thread.run", "SEGV", "crash"),
    dies("stack_overflow.run", "SEGV", "dig"),
    dies("unmaps_its_stack.run", "SEGV", ANY),
    dies("aborts.run", "ABRT", "aborts_run"),
    dies("double_free.run", "ABRT", "double_free_run"),
    dies("g_errors.run", "TRAP|ABRT", "g_errors_run"),
    dies("illegal.run", "ILL|TRAP", "illegal_run"),
    dies("floating.run", "FPE", "floating_run"),
    dies("kills_itself.run", "KILL", None),
    dies("kills_its_group.run", "KILL", None),
    exits("exits_zero.run", 0),
    exits("calls_exit.run", 3),
    exits("becomes_another.run", 7),
    exits("exits_in_a_worker.run", 5),
    # does not end
    hangs("endless_loop.run"),
    hangs("ignores_sigterm.run"),
    hangs("stops_itself.run"),
    hangs("becomes_a_sleeper.run"),
    hangs("asks_for_ever.run"),
    hangs("half_a_frame.run"),
    hangs("loops_in_a_worker.run"),
    hangs("vforks.run"),
    hangs("leaves_many.run"),
    # leaves something behind
    succeeds("jumps_out.run"),
    succeeds("leaves_a_child.run"),
    succeeds("leaves_a_daemon.run"),
    succeeds("returns_twice.run"),
    succeeds("leaves_a_thread.run"),
    succeeds("changes_the_process.run"),
    succeeds("opens_all.run"),
    succeeds("lowers_limits.run"),
    # takes more than it may
    exceeds("leaks.run", "memory", r"took \d{3} MiB of memory, 256 MiB are allowed", OUT_OF_MEMORY),
    exceeds("allocates_at_once.run", "memory", "was refused memory, of which 256 MiB are allowed", OUT_OF_MEMORY),
    exceeds("allocates_at_once.unchecked", "memory", "was refused memory, of which 256 MiB are allowed", OUT_OF_MEMORY),
    exceeds("fork_bomb.run", "processes", r"had \d\d processes, 32 are allowed"),
    exceeds("burns_time.run", "cpu-time", "of processor time, 1 s is allowed"),
    exceeds("fills_the_disk.run", "file-size", "wrote more into a file than it may, 4 MiB are allowed"),
    # attacks its parent
    succeeds("stops_its_parent.run"),
    succeeds("kills_its_parent.run"),
    succeeds("traces_its_parent.run"),
    # attacks the channel
    exits("closes_all.run", 71),
    breaks_protocol("hostile.junk", "frame 77 is none of a worker's"),
    breaks_protocol("hostile.long_frame", ""),
    breaks_protocol("hostile.short_frame", ""),
    breaks_protocol("hostile.ready_again", "frame 5 came out of order"),
    breaks_protocol("hostile.foreign_lease", "is done, which it does not run"),
    breaks_protocol("hostile.wrong_type", "is not of type 'i'"),
    breaks_protocol("hostile.ask_too_much", "asks more than 64 questions"),
    breaks_protocol("hostile.ask_for_another", "asks for something, which it does not run"),
    breaks_protocol("hostile.ask_nonsense", ""),
    Attack("hostile.close_channel", pattern="was killed, as it had closed its channel,|exited with status 71"),
    # answers with what it must not
    fails("huge_result.run", TOO_LARGE, "returned a value of 4294967296 bytes, at most 1048576 are kept"),
    fails("hostile.large_result", TOO_LARGE, "returned a value of 1048577 bytes, at most 1048576 are kept"),
    fails("hostile.unnormal_result", BAD_RESULT, "'hostile.unnormal_result' returned"),
    fails("hostile.wrong_result", BAD_RESULT, "'hostile.wrong_result' returned"),
    # floods
    succeeds("floods_stderr.run"),
    succeeds("floods_progress.run"),
    succeeds("floods_annotations.run"),
    succeeds("floods_log.run"),
    succeeds("floods_questions.run"),
    succeeds("writes_everywhere.run"),
]

CPP = [
    dies("throws.run", "ABRT", ANY),
    dies("throws_in_thread.run", "ABRT", ANY),
]


def is_built(plugin):
    try:
        return bool(harness.plugin_file(plugin))
    except FileNotFoundError:
        return False


def marked(mark):
    """The processes that have come from a daemon with that mark in its environment."""
    found = set()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if mark in file.read().split(b"\0"):
                    found.add(int(name))
        except OSError:
            continue  # gone meanwhile
    return found


def describe(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return " ".join(line.strip() for line in file
                            if line.startswith(("Name:", "State:", "PPid:", "Pid:")))
    except OSError:
        return f"{pid}: gone"


class Beside:
    """Jobs that do no harm: one that runs all the time, and short ones that come and go."""

    def __init__(self, case, daemon):
        self.case, self.daemon = case, daemon
        self.n_jobs = 0
        self.jobs = []
        fifo = case.path("held")
        os.mkfifo(fifo)
        self.held = daemon.bus.words("probe.hold", fifo)
        self.file = open(fifo, "w", encoding="ascii")
        self.worker = daemon.bus.job(self.held)["Worker"]

    def begin(self):
        self.jobs = [(self.daemon.bus.words("probe.double", str(i)), 2 * i) for i in range(4)]
        self.jobs += [(self.daemon.bus.words("demo.multiply", "6", str(i)), 6 * i) for i in range(4)]

    def check(self):
        for job, wanted in self.jobs:
            self.case.assertEqual(("succeeded", wanted), self.daemon.bus.wait(job))
        self.n_jobs += len(self.jobs)

    def end(self):
        """The one that ran all the time was not disturbed."""
        self.file.write("undisturbed")
        self.file.close()
        self.case.assertEqual(("succeeded", "undisturbed"), self.daemon.bus.wait(self.held))
        shown = self.daemon.bus.job(self.held)
        self.case.assertEqual((1, self.worker), (shown["Attempt"], shown["Worker"]))


class Hostile(harness.Case):
    def setUp(self):
        super().setUp()
        self.mark = f"{MARK}={os.path.basename(self.folder)}"
        os.environ[MARK] = os.path.basename(self.folder)
        self.addCleanup(os.environ.pop, MARK)
        self.longest = 0.0

    def leftovers(self, daemon):
        """What has come from the daemon, and is neither it nor one of its workers of now."""
        workers = {pid for agent in daemon.bus.status()["agents"] for pid in agent["workers"]}
        return marked(self.mark.encode()) - {daemon.process.pid} - workers

    def assert_nothing_is_left(self, daemon):
        """The ones that are there now have to go: what comes later is another attack's."""
        begin = time.monotonic()
        left = self.leftovers(daemon)
        end = begin + harness.TIMEOUT
        while left and time.monotonic() < end:
            os.sched_yield()
            left &= self.leftovers(daemon)
        self.longest = max(self.longest, time.monotonic() - begin)
        said = [describe(pid) for pid in left]
        for pid in left:
            os.kill(pid, signal.SIGKILL)  # the next attack begins without them
        self.assertEqual([], said)

    def attack(self, daemon, attack):
        entry = {"function": attack.function, "retry": "never"}
        if attack.run_timeout is not None:
            entry["run-timeout"] = harness.GLib.Variant("x", attack.run_timeout)
        return daemon.bus.submit(*[entry] * RUNS)

    def assert_came_to(self, daemon, attack, job):
        outcome, result = daemon.bus.wait(job)
        self.assertEqual(attack.outcome, outcome, f"{attack.function}: {result}")
        if attack.outcome != "failed" or SANITIZED:
            return
        domain, code, message = result
        self.assertEqual(("asyncq-error-quark", attack.code), (domain, code), message)
        self.assertRegex(message, attack.pattern)

    def assert_evidence(self, daemon, attack, job):
        """What is kept of the attempt says the same, and there was one alone."""
        attempt, = daemon.bus.job(job)["Attempts"]
        for key, wanted in attack.evidence.items():
            if wanted is None:
                self.assertNotIn(key, attempt)
            elif key != "stack":
                self.assertIn(attempt.get(key), wanted, attempt)
            else:
                self.assertTrue(attempt.get("stack"), attempt)
                if wanted is not ANY:
                    self.assertIn(wanted, [frame.get("function") for frame in attempt["stack"]])

    def test_whatever_a_plugin_does_is_its_own_affair(self):
        attacks = ATTACKS + [attack for attack in CPP if is_built(attack.function.split(".")[0])]
        plugins = sorted({attack.function.split(".")[0] for attack in attacks})
        daemon = self.daemon(plugins=[*plugins, "demo", "probe"],
                             config="[daemon]\nstop-timeout=100ms\nkill-timeout=100ms\nquarantine-after=never\n\n[agent main]\nsize=4\n")
        pid = daemon.process.pid
        beside = Beside(self, daemon)
        n_wrong = 0
        for attack in attacks:
            with self.subTest(attack.function):
                n_wrong += 1
                jobs = self.attack(daemon, attack)
                beside.begin()
                for job in jobs:
                    self.assert_came_to(daemon, attack, job)
                    if not SANITIZED:
                        self.assert_evidence(daemon, attack, job)
                beside.check()
                self.assert_nothing_is_left(daemon)
                n_wrong -= 1
        beside.end()
        self.assertEqual(pid, daemon.process.pid)
        self.assertIsNone(daemon.process.poll())
        said = {"plugins": len(plugins), "attacks": len(attacks), "runs": len(attacks) * RUNS, "daemon_deaths": 0,
                "other_jobs": beside.n_jobs + 1, "other_jobs_failed": 0, "violations": n_wrong,
                "longest_until_nothing_is_left_s": round(self.longest, 3)}
        figures.write(harness.BUILD, "C10-hostile", **said)
        print(f"# hostile: plugins {len(plugins)}, attacks {len(attacks)} x {RUNS}, runs {len(attacks) * RUNS}, "
              f"daemon deaths 0, other jobs {beside.n_jobs + 1}, of which failed 0, wrong reasons {n_wrong}, "
              f"longest until nothing was left {self.longest:.2f} s", flush=True)

    def test_a_plugin_that_crashes_who_looks_at_it_is_refused(self):
        daemon = self.daemon(plugins=["crashes_loading", "demo"])
        self.assertNotIn("crashes_loading.run", daemon.bus.functions())
        self.assert_bus_error("NoSuchFunction", daemon.bus.words, "crashes_loading.run")
        self.assertIn("crashes_loading", daemon.read_log())
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assert_nothing_is_left(daemon)

    def test_what_a_plugin_has_started_when_it_was_loaded_goes_with_its_worker(self):
        daemon = self.daemon(plugins=["forks_loading", "demo"], config="[agent main]\nsize=1\n")
        job = daemon.bus.words("forks_loading.run")
        self.assertEqual("succeeded", daemon.bus.wait(job)[0])
        os.kill(daemon.bus.job(job)["Worker"], signal.SIGKILL)
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assert_nothing_is_left(daemon)
        self.assertEqual("succeeded", daemon.bus.wait(daemon.bus.words("forks_loading.run"))[0])
        self.assertEqual(0, daemon.stop())
        harness.bounded(lambda: not marked(self.mark.encode()), "the end of what it has started")


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Jobs that take more than they may end, are told why, and disturb nobody."""

import os
import unittest

import harness
import tap

# of AsyncqError, whose numbers are stable
TIMED_OUT, OUT_OF_MEMORY, LIMIT_EXCEEDED = 17, 41, 42
ONCE = "[daemon]\nretry=once\n[retry once]\nrules=any fail\n"
TWICE = "[daemon]\nretry=twice\n[retry twice]\nattempts=2\ncrash-limit=2\ndelay=0s\nrules=any retry\n"


def processes_of(group):
    """The pids of a process group that have not ended."""
    pids = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[2]) == group:
            pids.append(int(name))
    return pids


class ResourceLimits(harness.Case):
    def greedy(self, config="", rules=ONCE):
        return self.daemon(plugins=["greedy", "probe"], config=rules + config)

    def run_job(self, daemon, function, *arguments):
        """(job, answer)"""
        job = daemon.bus.words(function, *map(str, arguments))
        return job, daemon.bus.wait(job)

    def assert_over(self, answer, code, *words):
        domain, number, message = self.assert_failed(answer)
        self.assertEqual("asyncq-error-quark", domain)
        self.assertEqual(code, number, message)
        for word in words:
            self.assertIn(word, message)
        return message

    def assert_at_work(self, daemon):
        """Nobody else has noticed, and all slots have a worker."""
        self.assertIsNone(daemon.process.poll())
        self.assertEqual(42, self.assert_succeeded(daemon.bus.wait(daemon.bus.words("probe.double", "21"))))

    def test_a_leak_is_killed_and_others_go_on(self):
        daemon = self.greedy()
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        beside = daemon.bus.words("probe.hold", fifo)
        file = open(fifo, "w", encoding="ascii")
        job, answer = self.run_job(daemon, "greedy.leak", 1500)
        # the ceiling of addresses, most of which a sanitizer has taken, may be there before the watch
        self.assert_over(answer, OUT_OF_MEMORY, "greedy.leak", "memory" if harness.SLOW else "MiB of memory",
                         "256 MiB are allowed")
        worker = daemon.bus.job(job)["Worker"]
        self.assertEqual([], processes_of(worker))
        file.write("undisturbed")
        file.close()
        self.assertEqual("undisturbed", self.assert_succeeded(daemon.bus.wait(beside)))
        self.assertEqual(1, daemon.bus.job(beside)["Attempt"])
        self.assert_at_work(daemon)

    def test_a_leak_is_retried_by_rule(self):
        daemon = self.greedy(rules=TWICE)
        job, answer = self.run_job(daemon, "greedy.leak", 1500)
        self.assert_over(answer, OUT_OF_MEMORY)
        self.assertEqual(2, daemon.bus.job(job)["Attempt"])
        self.assertEqual("oom", daemon.bus.job(job)["Attempts"][0]["end"])
        self.assert_at_work(daemon)

    def test_what_fits_is_not_touched(self):
        daemon = self.greedy()
        for function, *arguments in (("leak", 64), ("spin", 50), ("spin_child", 50), ("open", 20), ("stay", 10)):
            answer = self.run_job(daemon, f"greedy.{function}", *arguments)[1]
            self.assertEqual(arguments[0], self.assert_succeeded(answer))
        path = self.path("small")
        self.assertEqual(64, self.assert_succeeded(self.run_job(daemon, "greedy.write", path, 64)[1]))

    @unittest.skipIf(harness.SLOW, "a sanitizer needs all of the address space")
    def test_a_refused_allocation_is_out_of_memory(self):
        daemon = self.greedy()
        job, answer = self.run_job(daemon, "greedy.allocate", 8000)
        self.assert_over(answer, OUT_OF_MEMORY, "greedy.allocate", "256 MiB")
        self.assertEqual("memory", daemon.bus.job(job)["Attempts"][0]["limit"])
        self.assert_at_work(daemon)

    def test_output(self):
        daemon = self.greedy()
        answer = self.run_job(daemon, "greedy.print", 1000)[1]
        self.assert_over(answer, LIMIT_EXCEEDED, "of output, 64 KiB are allowed")
        self.assert_succeeded(self.run_job(daemon, "greedy.print", 1)[1])
        self.assert_at_work(daemon)

    def test_processor_time(self):
        daemon = self.greedy()
        for function in "spin", "spin_child":
            answer = self.run_job(daemon, f"greedy.{function}", 20000)[1]
            self.assert_over(answer, LIMIT_EXCEEDED, "of processor time", "0.3 s is allowed")
        # it counts from the start of a job, not of the worker
        for _ in range(4):
            self.assert_succeeded(self.run_job(daemon, "greedy.spin", 150)[1])
        self.assert_at_work(daemon)

    def test_processes_also_in_sessions_of_their_own(self):
        daemon = self.greedy()
        for apart in False, True:
            job, answer = self.run_job(daemon, "greedy.fork", 200, "true" if apart else "false")
            self.assert_over(answer, LIMIT_EXCEEDED, "processes, 20 are allowed")
            worker = daemon.bus.job(job)["Worker"]
            harness.bounded(lambda worker=worker: processes_of(worker) == [], "an empty process group")
            harness.bounded(lambda: len(daemon.children()) <= 3, "nobody left over")
        self.assert_at_work(daemon)

    def test_open_files(self):
        daemon = self.greedy()
        answer = self.run_job(daemon, "greedy.open", 500)[1]
        n_open = self.assert_succeeded(answer)
        self.assertLess(n_open, 64)
        self.assertGreater(n_open, 30)

    def test_size_of_a_file(self):
        daemon = self.greedy()
        path = self.path("large")
        answer = self.run_job(daemon, "greedy.write", path, 1000)[1]
        self.assert_over(answer, LIMIT_EXCEEDED, "into a file", "64 KiB are allowed")
        self.assertEqual(64 * 1024, os.path.getsize(path))
        self.assert_at_work(daemon)

    def test_run_time_is_a_time_out(self):
        daemon = self.greedy()
        answer = self.run_job(daemon, "greedy.stay", 20000)[1]
        self.assert_over(answer, TIMED_OUT, "its run-time of 0.1 s was over")
        self.assert_at_work(daemon)

    def test_limits_do_not_stay_with_the_worker(self):
        daemon = self.greedy("[agent main]\nsize=1\n")
        self.assert_succeeded(self.run_job(daemon, "greedy.write", self.path("a"), 10)[1])
        self.assert_succeeded(self.run_job(daemon, "probe.double", 4)[1])
        worker = daemon.bus.status()["agents"][0]["workers"][0]
        with open(f"/proc/{worker}/limits", encoding="ascii") as file:
            lines = {line[:25].strip(): line[25:].split() for line in file}
        with open("/proc/self/limits", encoding="ascii") as file:
            own = {line[:25].strip(): line[25:].split() for line in file}
        for name in "Max file size", "Max address space", "Max cpu time":
            self.assertEqual(own[name], lines[name], name)
        self.assertEqual("0", lines["Max core file size"][0])

    def test_configuration_can_only_say_less(self):
        daemon = self.greedy("[function greedy.*]\nmemory=64M\ncpu-time=1h\n[limits]\nmemory=1G\nrun-time=1min\n")
        answer = self.run_job(daemon, "greedy.leak", 200)[1]
        self.assert_over(answer, OUT_OF_MEMORY, "64 MiB are allowed")
        answer = self.run_job(daemon, "greedy.spin", 20000)[1]
        self.assert_over(answer, LIMIT_EXCEEDED, "0.3 s is allowed")

    def test_an_agent_has_limits_too(self):
        daemon = self.greedy("[agent main]\nmemory=64M\n")
        answer = self.run_job(daemon, "greedy.leak", 200)[1]
        self.assert_over(answer, OUT_OF_MEMORY, "64 MiB are allowed")

    def test_what_cannot_be_granted_is_told_with_plugin_function_and_place(self):
        daemon = self.new_daemon(
            plugins=["greedy"],
            config="[function greedy.leak]\nopen-files=1048576\n[function greedy.spin]\nopen-files=64\n")
        command = daemon.command()
        daemon.command = lambda: ["sh", "-c", 'ulimit -n 4096; exec "$@"', "sh", *command]
        daemon.start()
        log = daemon.read_log()
        self.assertIn("plugin 'greedy'", log)
        self.assertIn("function 'greedy.leak': its open-files of 1048576", log)
        self.assertIn("group [function greedy.leak]", log)
        self.assertIn("RLIMIT_NOFILE", log)
        self.assertNotIn("function 'greedy.spin': its open-files", log)
        self.assertEqual(1, log.count("its open-files of 1048576"))
        self.assertIn("Note: plugin 'greedy'", daemon.ctl("plugin", "show", "greedy"))

    def test_a_mistake_is_found_by_check_config(self):
        daemon = self.new_daemon("--check-config", config="[function greedy.*]\nmemory=much\n")
        status, said = daemon.start_failing()
        self.assertEqual(78, status)
        self.assertIn("group [function greedy.*], key 'memory' is 'much', a size such as 256M is wanted", said)

    def test_status_says_whether_control_groups_are_used(self):
        daemon = self.greedy("[limits]\ncgroup=no\n")
        self.assertEqual("not used: switched off by 'cgroup' in [limits]", daemon.bus.status()["cgroups"])
        self.assertIn("switched off", daemon.ctl("status"))


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The monitor's text protocol, over its Unix socket.

The clock is the daemon's manual one and begins at 2006-08-10T15:44:22.000211Z;
each poll is five seconds after the one before.
"""

import json
import os

import harness
import monitor_client
import tap

START = "2006-08-10T15:44:22.000211Z"
SECOND = 1000000
# keys of the polls at :22, :27, :32 and :37
KEYS = [6420106068108777167, 6420106068024891087, 6420106067941005007, 6420106067857118927]
BANNER = 'Interactive mode on.  Use "quit" To exit.\n'
TOOLS = ["UUID", "help", "job", "jobs", "jobstats", "poll", "polls", "status", "utcnow"]
ERROR = r"\ATraceback \(most recent call last\):\n(.*\n)*(ValueError|TypeError|KeyError): .*\n\n\Z"


def time_at(second):
    return f"2006-08-10T15:44:{second:02}.000211Z"


def statistics(**keys):
    """All twelve, as they are before anything has happened."""
    values = dict.fromkeys(("failed", "started", "successful", "unknown"), 0)
    for extreme in ("longest", "shortest"):
        values |= dict.fromkeys((f"{extreme} {kind}" for kind in ("active", "failed", "successful")))
    values |= {"statistics start": START, "statistics end": START}
    return values | {name.replace("_", " "): value for name, value in keys.items()}


def poll_of(number, **agents):
    return {"key": KEYS[number], "results": {"": agents}, "time": time_at(22 + 5 * number)}


def agent_of(active=(), new=(), size=3):
    return {"active jobs": list(active), "error": None, "len": len(active), "new jobs": list(new),
            "size": size}


class MonitorCase(harness.Case):
    def monitored(self, *arguments, plugins=("probe",), **settings):
        daemon = self.daemon(f"--clock=manual:{START}", *arguments, plugins=plugins, **settings)
        self.connect_monitor(daemon)
        return daemon

    def connect_monitor(self, daemon):
        address = daemon.bus.get("/org/asyncq", harness.MANAGER, "MonitorAddress")
        self.assertTrue(address.startswith("ws+unix:"), address)
        self.monitor_path = address.removeprefix("ws+unix:")

    def monitor(self):
        monitor = monitor_client.Monitor(self.monitor_path)
        self.addCleanup(monitor.close)
        return monitor

    def interactive(self):
        monitor = self.monitor()
        self.assertEqual(BANNER, monitor.ask("interactive"))
        return monitor

    def ask(self, line):
        """The answer to a line of a connection of its own."""
        return monitor_client.ask_once(self.monitor_path, line)

    def ask_json(self, line):
        """Checks the layout too: key order, indent, spelling of numbers."""
        answer = self.ask(line)
        value = json.loads(answer)
        self.assertEqual(json.dumps(value, sort_keys=True, indent=4) + "\n", answer)
        return value

    def assert_error(self, name, answer, part=""):
        self.assertRegex(answer, ERROR)
        self.assertTrue(answer.splitlines()[-2].startswith(name + ": "), answer)
        self.assertIn(part, answer)

    def assert_refused(self, line, name, part=""):
        self.assert_error(name, self.ask(line), part)

    def add_main(self, daemon):
        daemon.bus.manager("AddAgent", "(sa{sv})", "main", {"size": harness.variant_of(3)})

    def run_instant(self, daemon, *words):
        job = daemon.bus.words("probe.append", self.path("lines"), *words)
        self.assert_succeeded(daemon.bus.wait(job))
        return job


class Life(MonitorCase):
    """Jobs that are tried again, that have callbacks, and that are skipped."""

    def until_attempt(self, daemon, job, number):
        harness.bounded(lambda: daemon.bus.job(job)["Attempt"] >= number and
                        daemon.bus.job(job)["State"] in ("pending", "completed"), f"attempt {number}")

    def test_a_job_that_is_tried_again_has_not_failed_yet(self):
        daemon = self.monitored(plugins=("demo",))
        job, = daemon.bus.submit({"function": "demo.fatal", "retry": "m01"})
        for attempt in (1, 2):
            self.until_attempt(daemon, job, attempt)
            shown = self.ask_json(f"async job {job}")
            self.assertEqual((None, False, None), (shown["completed"], shown["failed"], shown["result"]))
            self.assertEqual([], self.ask_json("async jobs"))
            daemon.bus.advance(10 * SECOND)
        self.assert_failed(daemon.bus.wait(job))
        shown = self.ask_json(f"async job {job}")
        self.assertEqual((True, False), (shown["failed"], shown["reassigned"]))
        self.assertIn("A fatal error occurred.", shown["result"])

    def test_a_job_has_its_result_while_callbacks_run(self):
        daemon = self.monitored(plugins=("examples", "demo"))
        later = "/org/asyncq/queues/later"
        daemon.bus.manager("CreateQueue", "(s)", "later")
        daemon.bus.call(later, "org.asyncq.Queue1", "Pause", harness.text("('', int64 0)"))
        job, callback, skipped = daemon.bus.submit(
            {"function": "examples.network_call"},
            {"function": "examples.tell", "parent": 0, "role": "callback", "queue": "later"},
            {"function": "examples.handle_name_error", "parent": 0, "role": "callback", "on": "failure"})
        harness.bounded(lambda: daemon.bus.job(job)["State"] == "callbacks", "state callbacks")
        shown = self.ask_json(f"async job {job}")
        self.assertEqual((False, "'200 OK'"), (shown["failed"], shown["result"]))
        self.assertIsNotNone(shown["completed"])
        self.assertEqual([], self.ask_json("async jobs"))

        daemon.bus.call(later, "org.asyncq.Queue1", "Resume")
        self.assertEqual("200 OK", self.assert_succeeded(daemon.bus.wait(job)))
        self.assertIn("200 OK", self.ask_json(f"async job {callback}")["result"])
        self.assert_refused(f"async job {skipped}", "ValueError")


class Conversation(MonitorCase):
    """monitor.txt of the originals, from `help async` to the last `jobstats`."""

    def setUp(self):
        super().setUp()
        self.server = self.monitored("--no-default-agent")
        self.server.bus.advance(SECOND)
        self.add_main(self.server)
        self.tokens = self.path("tokens")
        os.mkfifo(self.tokens)
        self.gate = os.open(self.tokens, os.O_RDWR)
        self.addCleanup(os.close, self.gate)

    def assert_help(self, tool, *parts):
        text = self.ask(f"async help {tool}")
        summary, _newline, rest = text.partition("\n")
        self.assertIn(f"\n{tool}: {summary}\n", self.ask("async help"))
        for part in parts:
            self.assertIn(part, rest)

    def test_conversation(self):
        self.part_help()
        self.part_before_jobs()
        self.server.bus.advance(4 * SECOND)  # the poll of :27 opens
        first = self.part_done_job()
        self.server.bus.advance(5 * SECOND)  # :32
        second = self.part_begun_job(first)
        self.server.bus.advance(5 * SECOND)  # :37
        self.part_later(first, second)
        os.write(self.gate, b"x")
        self.assert_succeeded(self.server.bus.wait(second))
        self.part_ended_job(first, second)

    def part_help(self):
        self.assertTrue(self.ask("help async").startswith("Help for async:\n\n"))
        listed = self.ask("async help").split("\n\n")[1].splitlines()
        self.assertEqual(TOOLS, [line.partition(": ")[0] for line in listed])
        self.assert_help("UUID")
        self.assert_help("utcnow")
        self.assert_help("status", "STUCK", "STARTING", "RUNNING", "STOPPED")
        self.assert_help("jobs", "queue:", "agent:", "async jobs queue: agent:main")
        self.assert_help("jobstats", "queue:", "agent:", "at:", "before:", "since:",
                         "[nD][nH][nM][nS]", "1H30M", "async jobstats queue: agent:main since:1H")
        self.assert_help("poll", "at:", "before:", "[nD][nH][nM][nS]", "async poll at:5M")
        self.assert_help("polls", "at:", "before:", "since:", "count:", "[nD][nH][nM][nS]",
                         "async polls since:10M before:5M")

    def part_before_jobs(self):
        uuid = self.server.bus.get("/org/asyncq", harness.MANAGER, "UUID")
        self.assertEqual(uuid + "\n", self.ask("async UUID"))
        self.assertEqual("2006-08-10T15:44:23.000211Z\n", self.ask("async utcnow"))
        self.assertEqual({"poll interval": {"seconds": 5.0}, "status": "RUNNING",
                          "time since last poll": {"seconds": 1.0}, "uptime": {"seconds": 1.0},
                          "uuid": uuid}, self.ask_json("async status"))
        self.assertEqual([], self.ask_json("async jobs"))
        self.assertEqual(statistics(), self.ask_json("async jobstats"))
        self.assertEqual(poll_of(0), self.ask_json("async poll"))
        self.assertIn(f'"key": {KEYS[0]},', self.ask("async poll"))
        self.assertEqual([poll_of(0)], self.ask_json("async polls"))

    def assert_job(self, job, poll, completed, result):
        """The eleven keys of a job of probe.append that began when its poll did."""
        record = self.ask_json(f"async job {job}")
        self.assertRegex(record.pop("call"),
                         rf"\A<Job \(oid {job}, db 'unnamed'\) ``probe\.append\('.*', '.*', '.*'\)``>\Z")
        pid = record.pop("thread")
        self.assertIsInstance(pid, str)
        self.assertIn(int(pid), self.server.children())
        self.assertEqual({"agent": "main", "completed": completed, "failed": False,
                          "poll id": KEYS[poll], "queue": "", "quota names": [],
                          "reassigned": False, "result": result,
                          "started": time_at(22 + 5 * poll)}, record)

    def part_done_job(self):
        job = self.run_instant(self.server)
        pair = [job, "unnamed"]
        self.assertEqual(statistics(longest_successful=pair, shortest_successful=pair, started=1,
                                    statistics_start=time_at(27), successful=1),
                         self.ask_json("async jobstats"))
        self.assert_job(job, 1, time_at(27), "None")
        self.assertEqual(poll_of(1, main=agent_of(new=[pair])), self.ask_json("async poll"))
        return job

    def part_begun_job(self, first):
        bus = self.server.bus
        bus.watch()
        job = bus.words("probe.append", self.path("lines"), "waits", self.tokens)
        bus.until_state(job, "active")
        pair = [job, "unnamed"]
        self.assertEqual([pair], self.ask_json("async jobs"))
        self.assert_job(job, 2, None, None)
        self.assert_active_statistics([first, "unnamed"], pair, 32)
        self.assertEqual(poll_of(2, main=agent_of(new=[pair])), self.ask_json("async poll"))
        return job

    def assert_active_statistics(self, first, second, start):
        self.assertEqual(statistics(longest_active=second, shortest_active=second,
                                    longest_successful=first, shortest_successful=first, started=2,
                                    statistics_start=time_at(start), successful=1),
                         self.ask_json("async jobstats"))

    def part_later(self, first, second):
        first, second = [first, "unnamed"], [second, "unnamed"]
        newest = poll_of(3, main=agent_of(active=[second]))
        self.assertEqual([second], self.ask_json("async jobs"))
        self.assert_active_statistics(first, second, 37)
        self.assertEqual(newest, self.ask_json("async poll"))
        self.assertEqual([newest, poll_of(2, main=agent_of(new=[second])),
                          poll_of(1, main=agent_of(new=[first]))], self.ask_json("async polls"))

    def part_ended_job(self, first, second):
        self.assert_job(second, 2, time_at(37), "None")
        self.assertEqual([], self.ask_json("async jobs"))
        self.assertEqual(statistics(longest_successful=[second, "unnamed"],
                                    shortest_successful=[first, "unnamed"], started=2,
                                    statistics_start=time_at(37), successful=2),
                         self.ask_json("async jobstats"))


class Modifiers(MonitorCase):
    """Those of A17 and A18, one by one."""

    def seconds(self, line):
        """The seconds of the polls in the answer."""
        polls = self.ask_json(line)
        return [int(poll["time"][17:19]) for poll in (polls if isinstance(polls, list) else [polls])]

    def test_at_and_before_of_poll(self):
        self.monitored().bus.advance(12 * SECOND)  # polls at :22, :27, :32; it is :34
        for modifier, wanted in (("", 32), ("at:0S", 32), ("at:2S", 32), ("at:3S", 27), ("at:3s", 27),
                                 ("at:0H0M7S", 27), ("before:2S", 27), ("before:1S", 32),
                                 ("before:7S", 22), (f"at:{KEYS[1]}", 27), (f"before:{KEYS[1]}", 22),
                                 (f"at:{KEYS[1] - 1}", 27), (f"before:{KEYS[1] - 1}", 27),
                                 ("at:1H at:7S", 27), ("7S", 27)):
            with self.subTest(modifier):
                self.assertEqual([wanted], self.seconds(f"async poll {modifier}"))
        self.assert_refused("async poll at:1H", "ValueError")
        self.assert_refused("async poll at:1S before:1S", "ValueError")
        self.assert_refused("async poll since:1S", "TypeError")

    def test_polls(self):
        self.monitored().bus.advance(22 * SECOND)  # polls at :22 … :42; it is :44
        for modifier, wanted in (("", [42, 37, 32]), ("count:1", [42]), ("count:4", [42, 37, 32, 27]),
                                 ("count:400", [42, 37, 32, 27, 22]), ("at:7S", [37, 32, 27]),
                                 ("before:7S", [32, 27, 22]), (f"at:{KEYS[1]}", [27, 22]),
                                 (f"before:{KEYS[1]}", [22]), ("since:1M", [42, 37, 32, 27, 22]),
                                 ("since:17S", [42, 37, 32, 27]), ("since:16S", [42, 37, 32]),
                                 (f"since:{KEYS[2]}", [42, 37, 32]), ("since:1S", []),
                                 ("since:17S before:7S", [32, 27]),
                                 ("since:17S at:7S count:2", [37, 32]), ("at:1H", [])):
            with self.subTest(modifier):
                self.assertEqual(wanted, self.seconds(f"async polls {modifier}"))
        self.assert_refused("async polls count 5", "ValueError")
        self.assert_refused("async polls count:0", "ValueError")

    def test_strict_intervals(self):
        self.monitored()
        for modifier in ("-5M", "1.5H", "now", "5", "M", "5M1H", "5M5M", "1e3S", "", "5 M"):
            if modifier == "5":  # digits only are a poll key
                continue
            for tool, key in (("poll", "at"), ("polls", "since"), ("jobstats", "before")):
                with self.subTest(f"{tool} {key}:{modifier}"):
                    self.assert_refused(f"async {tool} {key}:{modifier}", "ValueError")

    def test_jobs_by_queue_and_agent(self):
        # the first job takes all of main, so that the second is for post alone
        daemon = self.monitored(config="[agent main]\nsize=1\n[agent post]\nsize=1\nqueues=mail\n")
        fifo = self.path("tokens")
        os.mkfifo(fifo)
        gate = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, gate)
        daemon.bus.watch()
        arguments = harness.GLib.Variant("(sss)", (self.path("lines"), "", fifo))
        jobs = {}
        for queue in ("", "mail"):
            jobs[queue], = daemon.bus.submit({"function": "probe.append", "queue": queue,
                                              "arguments": arguments})
            daemon.bus.until_state(jobs[queue], "active")
        plain, mail = [jobs[""], "unnamed"], [jobs["mail"], "unnamed"]
        for modifier, wanted in (("", [mail, plain]), ("queue:", [plain]), ("queue:mail", [mail]),
                                 ("queue:m*", []), ("agent:main", [plain]), ("agent:post", [mail]),
                                 ("agent:other", []), ("queue: agent:post", []),
                                 ("agent:other agent:post", [mail]), ("mail post", [mail])):
            with self.subTest(modifier):
                self.assertEqual(wanted, self.ask_json(f"async jobs {modifier}"))
        for modifier, wanted in (("", 2), ("queue:", 1), ("queue:mail", 1), ("agent:post", 1),
                                 ("queue:mail agent:main", 0), ("queue:none", 0)):
            with self.subTest(f"jobstats {modifier}"):
                self.assertEqual(wanted, self.ask_json(f"async jobstats {modifier}")["started"])
        self.assertEqual({"", "mail"}, set(self.ask_json("async poll")["results"]))
        os.write(gate, b"xx")
        for job in jobs.values():
            self.assert_succeeded(daemon.bus.wait(job))

    def test_jobstats_in_time(self):
        daemon = self.monitored()
        self.run_instant(daemon)
        daemon.bus.advance(5 * SECOND)
        for _ in range(2):
            self.run_instant(daemon)
        for modifier, wanted in (("", 3), ("at:5S", 1), ("before:0S", 1), ("since:0S", 2),
                                 ("since:5S", 3), ("since:5S at:5S", 1), (f"at:{KEYS[0]}", 1),
                                 (f"since:{KEYS[1]}", 2), (f"before:{KEYS[1]} queue: agent:main", 1)):
            with self.subTest(modifier):
                self.assertEqual(wanted, self.ask_json(f"async jobstats {modifier}")["started"])
        empty = self.ask_json("async jobstats at:1H")
        self.assertEqual((None, None), (empty["statistics start"], empty["statistics end"]))
        self.assert_refused("async jobstats at:5S before:5S", "ValueError")

    def test_job(self):
        daemon = self.monitored()
        job = self.run_instant(daemon)
        for words in (f"{job}", f"{job} unnamed", f"{job} database:unnamed"):
            self.assertEqual("None", self.ask_json(f"async job {words}")["result"])
        self.assert_refused("async job 999999", "ValueError")
        self.assert_refused("async job 999999 unnamed", "KeyError")
        self.assert_refused(f"async job {job} other", "KeyError")
        self.assert_refused("async job", "TypeError")

    def test_values_and_failures_of_jobs(self):
        daemon = self.monitored()
        value = daemon.bus.words("probe.double", "21")
        self.assert_succeeded(daemon.bus.wait(value))
        record = self.ask_json(f"async job {value}")
        self.assertEqual("42", record["result"])
        self.assertEqual(f"<Job (oid {value}, db 'unnamed') ``probe.double(21)``>", record["call"])
        broken = daemon.bus.words("probe.wrong_result")
        self.assert_failed(daemon.bus.wait(broken))
        record = self.ask_json(f"async job {broken}")
        self.assertTrue(record["failed"])
        self.assertTrue(record["result"].startswith("Traceback (most recent call last):\n"))

    def test_uuid(self):
        daemon = self.monitored()
        uuid = daemon.bus.get("/org/asyncq", harness.MANAGER, "UUID")
        for tool in ("status", "jobs", "jobstats", "poll", "polls"):
            with self.subTest(tool):
                self.assertEqual(self.ask(f"async {tool}"), self.ask(f"async {tool} uuid:{uuid.upper()}"))
                self.assert_refused(f"async {tool} uuid:7c0e6a52-1f0b-11ef-9a3e-02420a000005", "KeyError")
                self.assert_refused(f"async {tool} uuid:nonsense", "ValueError")

    def test_fractions_of_durations(self):
        daemon = self.monitored()
        daemon.bus.advance(1234567)
        status = self.ask_json("async status")
        self.assertEqual({"seconds": 1.234567}, status["time since last poll"])
        daemon.bus.advance(86400 * SECOND + 3 * 60 * SECOND)
        self.assertEqual({"days": 1, "minutes": 3, "seconds": 1.234567},
                         self.ask_json("async status")["uptime"])


class Scenarios(MonitorCase):
    def test_d1_keys(self):
        self.monitored().bus.advance(10 * SECOND)
        polls = self.ask_json("async polls count:9")
        self.assertEqual(KEYS[2::-1], [poll["key"] for poll in polls])
        for poll in polls:
            self.assertEqual(19, len(str(poll["key"])))
            self.assertEqual(poll["time"], decode(poll["key"]))
            self.assertEqual(poll, self.ask_json(f"async poll at:{poll['key']}"))
            self.assertIn(f'"key": {poll["key"]},', self.ask(f"async poll at:{poll['key']}"))
        for newer, older in zip(polls, polls[1:]):
            self.assertEqual(older, self.ask_json(f"async poll before:{newer['key']}"))
            self.assertLess(newer["key"], older["key"])
        self.assert_refused(f"async poll before:{polls[-1]['key']}", "ValueError")

    def test_d16_more_jobs_than_are_remembered(self):
        daemon = self.monitored()
        entries = [{"function": "probe.double", "arguments": harness.text(f"(uint32 {n},)")}
                   for n in range(125)]
        for _ in range(2):
            for job in daemon.bus.submit(*entries):
                self.assert_succeeded(daemon.bus.wait(job))
            daemon.bus.advance(5 * SECOND)
        stats = self.ask_json("async jobstats")
        self.assertEqual((250, 200, 0, 50), (stats["started"], stats["successful"], stats["failed"],
                                             stats["unknown"]))
        self.assertGreaterEqual(stats["statistics start"], stats["statistics end"])
        self.assertEqual((time_at(32), START), (stats["statistics start"], stats["statistics end"]))

    def test_d17_conversations(self):
        daemon = self.monitored()
        uuid = daemon.bus.get("/org/asyncq", harness.MANAGER, "UUID")
        self.assertEqual(START + "\n", self.ask("async utcnow"))

        monitor = self.monitor()
        monitor.send("")
        self.assertEqual("Invalid command 'nosuch'\nTry \"help\".\n", monitor.ask("nosuch"))
        self.assertIsNone(monitor.receive())

        monitor = self.interactive()
        self.assertEqual(uuid + "\n", monitor.ask("async UUID"))
        self.assertEqual(uuid + "\n", monitor.ask(""))
        self.assert_error("ValueError", monitor.ask("async job 999999"), "999999")
        self.assertEqual("Goodbye.\n", monitor.ask("quit"))
        self.assertIsNone(monitor.receive())
        self.assertEqual(1000, monitor.close_code)

    def test_help(self):
        self.monitored()
        lines = self.ask("help").splitlines()
        self.assertEqual("Supported commands:", lines[0])
        self.assertEqual(["async", "help", "interactive", "quit", "watch"],
                         [line.strip().partition(" -- ")[0] for line in lines[1:]])
        self.assert_refused("help asynk", "KeyError", "did you mean 'async'?")
        self.assertEqual("[Unknown tool name for this command: nosuch]\n", self.ask("async nosuch"))
        self.assertEqual("Unknown async tool\n", self.ask("async help nosuch"))
        self.assertEqual(self.ask("help async"), "Help for async:\n\n" + self.ask("async"))


def decode(key):
    """The time of a poll's key, by Z122."""
    from datetime import datetime, timedelta

    left = timedelta(days=key >> 41, seconds=(key >> 24) & 0x1ffff, microseconds=(key >> 4) & 0xfffff)
    time = datetime(9999, 12, 31, 23, 59, 59, 999999) - left
    return time.isoformat() + "Z"


class Malformed(MonitorCase):
    TEXT = [
        "nosuch", "ASYNC UUID", "async nosuch", "async queue:", "asyncdb\x07 count", "quit now",
        "interactive 1", "help a b", "help \x1b[2J", "help nosuch", "async help a b",
        "async help name:jobs", "async UUID now", "async utcnow 1", "async status RUNNING up",
        "async status queue:", "async status uuid:", "async job", "async job database:unnamed",
        "async job 1 2 3 4", "async job 0", "async job -1", "async job 1.0", "async job 0x1",
        "async job one", "async job 99999999999999999999", "async job 999999 main",
        "async job 999999 database:", "async job database:unnamed 30", "async jobs queue: main",
        "async jobs a b c d", "async jobs since:5M", "async jobs quene:", "async jobs Queue:",
        "async jobs :", "async jobs ::", "async jobstats at:5M before:5M", "async jobstats at:",
        "async jobstats at:-5M", "async jobstats since:1.5H", "async jobstats before:5M1H",
        "async jobstats before:18446744073709551616", "async jobstats count:5",
        "async poll since:5M", "async poll before:5M at:5M", "async poll at:6.42e18",
        "async poll now", "async polls count 5", "async polls count:0", "async polls count:-1",
        "async polls count:many", "async polls since:", "async polls at:5X", "async polls queue:",
        "async jobs queue:a queue:b", "\0", "async\0UUID", "async jobs \0", "'; drop table jobs; --",
        "{}", "GET / HTTP/1.1\r\nHost: x", "\u202e\ufeff\u2028", "x" * 60000, "a:" * 30000,
        "async " + "jobs " * 10000, "async jobs " + "queue: " * 9000 + "x", "watch quene:x",
        "watch since:soon", "watch nonsense",
    ]
    BINARY = [b"\xff\xfe\xfd", b"async UUID", b"\0" * 1000, bytes(range(256)), b"async job \xc3"]
    NOT_TEXT = [b"\xff", b"async job \xc3", b"async \xe2\x82", b"\xed\xa0\x80", b"\xc0\x80"]

    def setUp(self):
        super().setUp()
        self.server = self.monitored(plugins=())

    def assert_alive(self):
        self.assertEqual(START + "\n", self.ask("async utcnow"))

    def assert_answer(self, line, answer):
        self.assertIsInstance(answer, str)
        self.assertTrue(answer.endswith("\n"), answer)
        self.assertNotIn("\x1b", answer)
        self.assertLess(len(answer), 2000)
        if answer.startswith("Traceback"):
            self.assertRegex(answer, ERROR)
        elif not answer.startswith(("Invalid command '", "[Unknown tool name", "Unknown async tool")):
            self.assertEqual("async jobs queue:a queue:b", line)
            self.assertEqual("[]\n", answer)

    def test_text_in_few_conversations(self):
        """So many messages a second are a lot for one peer, but not for a few."""
        for first in range(0, len(self.TEXT), 20):
            monitor = self.interactive()
            for line in self.TEXT[first:first + 20]:
                with self.subTest(line[:60]):
                    self.assert_answer(line, monitor.ask(line))
                    self.assertEqual(START + "\n", monitor.ask("async utcnow"))

    def test_text_in_conversations_of_their_own(self):
        self.assertGreaterEqual(len(self.TEXT), 60)
        for line in self.TEXT:
            with self.subTest(line[:60]):
                self.assert_answer(line, self.ask(line))
        self.assert_alive()

    def test_bytes(self):
        for data in self.BINARY:
            with self.subTest(data[:20]):
                answer = self.ask(data)
                if data != b"async UUID":
                    self.assert_error("ValueError", answer, "not UTF-8")
        self.assert_alive()

    def test_text_that_is_no_text(self):
        """RFC 6455, section 8.1."""
        for data in self.NOT_TEXT:
            with self.subTest(data), monitor_client.Monitor(self.monitor_path) as monitor:
                monitor.send_text_bytes(data)
                self.assertIsNone(monitor.receive())
                self.assertEqual(1007, monitor.close_code)
        self.assert_alive()

    def test_a_megabyte(self):
        for line in ("x" * (1 << 20), "async " * (1 << 17)):
            with monitor_client.Monitor(self.monitor_path) as monitor:
                answer = monitor.ask(line)
                self.assertLess(len(answer), 1000)
                self.assertRegex(answer, r"^(Invalid command|Traceback)")
        self.assert_alive()

    def test_more_than_a_megabyte(self):
        with monitor_client.Monitor(self.monitor_path) as monitor:
            self.assertIsNone(monitor.ask("x" * ((1 << 20) + 1)))
            self.assertEqual(1009, monitor.close_code)
        self.assert_alive()


if __name__ == "__main__":
    tap.main()

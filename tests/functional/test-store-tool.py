#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""asyncqctl store and asyncq-store: on stopped stores, and beside a daemon that runs."""

import itertools
import json
import os
import shutil
import stat
import subprocess

import harness
import tap

from gi.repository import Gio

USAGE, CORRUPT, NO_STORE, CANNOT_MAKE, IO, HELD, FOREIGN = 64, 65, 66, 73, 74, 75, 77


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


class StoreTool(harness.Case):
    def tool_run(self, *arguments, stdin=None):
        return subprocess.run([harness.STORE_TOOL, *arguments], input=stdin, capture_output=True,
                              text=True, timeout=harness.TIMEOUT, check=False)

    def tool(self, *arguments, status=0, stdin=None):
        """Runs asyncq-store; returns its output, with the exit status that is wanted."""
        run = self.tool_run(*arguments, stdin=stdin)
        self.assertEqual(status, run.returncode, run.stdout + run.stderr)
        return run.stdout

    def refused(self, status, *arguments, stdin=None):
        """Returns what it says against it."""
        run = self.tool_run(*arguments, stdin=stdin)
        self.assertEqual(status, run.returncode, run.stdout + run.stderr)
        self.assertEqual("", run.stdout)
        return run.stderr

    def info(self, store):
        return json.loads(self.tool("info", "--json=short", store))

    def checksum(self, folder):
        found = {}
        for top, folders, files in os.walk(folder):
            for name in folders:
                found[os.path.join(top, name)] = None
            for name in files:
                path = os.path.join(top, name)
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found

    def fill(self, daemon):
        """Jobs of every kind."""
        daemon.run("demo.multiply", "6", "7")
        daemon.ctl("submit", "demo.multiply", "1", "2", "--queue=mail", "--key=ü \"1\"")
        daemon.ctl("submit", "demo.multiply", "3", "4", "--at=2100-01-01T00:00:00Z",
                   "--priority=7")
        daemon.ctl("run", "demo.error", "in\nlines\t\"quoted\" \\ ☃", status=20)
        daemon.run("demo.echo", "<{'a': <@ad [0.1, -inf]>, 'b': <b'bytes'>}>")
        daemon.run("--parallel", "pi.generate_sample 1000", "pi.generate_sample size=1000",
                   "--postprocess", "pi.process_samples")
        cancelled = daemon.ctl("submit", "demo.noop", "--at=2100-01-01T00:00:00Z")
        daemon.ctl("cancel", cancelled)

    def filled(self):
        """A daemon that is stopped, with a store full of jobs."""
        daemon = self.daemon(plugins=["demo", "pi"])
        self.fill(daemon)
        self.assertEqual(0, daemon.stop())
        return daemon

    def with_images(self):
        """A store with images, in which jobs are in the journal besides."""
        filled = self.filled()
        store = self.path("imaged")
        self.tool("load", store, "-", stdin=self.tool("dump", filled.store))
        daemon = self.daemon(plugins=["demo", "pi"], store=store)
        self.fill_more(daemon)
        self.assertEqual(0, daemon.stop())
        return store

    def fill_more(self, daemon):
        for _ in range(40):
            daemon.bus.words("demo.multiply", "2", "2")
        daemon.run("demo.multiply", "5", "5")

    def newest_segment(self, store):
        journal = os.path.join(store, "journal")
        names = [name for name in os.listdir(journal) if name.isdigit()]
        return os.path.join(journal, max(
            (name for name in names if self.begins(os.path.join(journal, name), b"AQJS")), key=int))

    def begins(self, path, magic):
        with open(path, "rb") as file:
            return file.read(4) in (magic, magic[::-1])

    def flip(self, path, offset):
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    # while the daemon runs

    def test_a_running_daemon_s_store_is_read(self):
        daemon = self.daemon(plugins=["demo", "pi"])
        self.fill(daemon)
        dumped = daemon.ctl("store", "dump")
        count = daemon.ctl("list", "--all", "--count")
        jq = subprocess.run(["jq", "-c", ".id"], input=dumped, capture_output=True, text=True, check=True)
        self.assertEqual(int(count), len(jq.stdout.splitlines()))
        self.assertIn("is good", daemon.ctl("store", "verify"))
        info = daemon.ctl_json("store", "info")
        self.assertEqual(daemon.store, info["path"])
        self.assertEqual(int(count), info["n_jobs"])
        self.assertEqual(dumped, daemon.ctl("store", "dump", daemon.store))
        self.assertEqual(dumped, daemon.ctl("store", "dump", "--store=" + daemon.store))
        # and it goes on
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertEqual(len(lines_of(dumped)) + 1, len(lines_of(daemon.ctl("store", "dump"))))

    def test_one_hold_follows_another_at_once(self):
        daemon = self.daemon(plugins=["demo"])
        daemon.bus.manager("HoldStore")
        for _ in range(200):
            # without waiting for the answer, so that both come in one turn
            daemon.bus.connection.call("org.asyncq", "/org/asyncq", harness.MANAGER, "ReleaseStore", None, None,
                                       Gio.DBusCallFlags.NONE, -1, None, None)
            daemon.bus.manager("HoldStore")
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))

    def test_jobs_that_run_are_dumped_as_they_are(self):
        daemon = self.daemon(plugins=["probe"])
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        job = daemon.ctl("submit", "probe.hold", fifo)
        with open(fifo, "w", encoding="ascii") as file:
            dumped = {line["id"]: line for line in lines_of(daemon.ctl("store", "dump"))}
            self.assertEqual("active", dumped[int(job)]["state"])
            file.write("go\n")
        daemon.ctl("wait", job)
        dumped = {line["id"]: line for line in lines_of(daemon.ctl("store", "dump"))}
        self.assertEqual("completed", dumped[int(job)]["state"])

    def test_a_backup_of_a_running_daemon(self):
        daemon = self.daemon(plugins=["demo", "pi"])
        self.fill(daemon)
        backup, restored = self.path("backup"), self.path("restored")
        self.assertIn("verified", daemon.ctl("store", "backup", backup))
        self.assertEqual(daemon.ctl("store", "dump"), self.tool("dump", backup).strip())
        self.assertIn("is there already", daemon.ctl_run("store", "backup", backup).stderr)
        job = daemon.ctl("submit", "demo.multiply", "2", "3")
        daemon.ctl("wait", job)
        lease = daemon.bus.job(int(job))["Lease"]
        self.assertEqual(0, daemon.stop())

        self.assertIn("restored", daemon.ctl("store", "restore", backup, restored))
        other = self.daemon(plugins=["demo", "pi"], store=restored)
        again = other.ctl("submit", "demo.multiply", "2", "3")
        self.assertEqual("6", other.ctl("wait", again))
        self.assertEqual(job, again)
        self.assertGreater(other.bus.job(int(again))["Lease"], lease)

    def test_what_needs_the_store_alone_says_so(self):
        daemon = self.daemon(plugins=["demo"])
        dump = self.path("dump")
        with open(dump, "w", encoding="ascii"):
            pass
        for arguments in (["load", dump], ["repair", self.path("new")], ["compact"]):
            with self.subTest(arguments[0]):
                run = daemon.ctl_run("store", *arguments)
                self.assertEqual(HELD, run.returncode, run.stderr)
                self.assertIn("stop the daemon first", run.stderr)
                self.assertIn(daemon.store, run.stderr)
        for arguments in (["info"], ["verify"], ["dump"], ["compact"]):
            with self.subTest("alone " + arguments[0]):
                said = self.refused(HELD, *arguments, daemon.store)
                self.assertIn(f"(pid {daemon.process.pid})", said)
                self.assertEqual(arguments[0] != "compact", "asyncqctl store" in said)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_a_memory_store_has_no_files(self):
        daemon = self.daemon(store="memory")
        run = daemon.ctl_run("store", "info")
        self.assertNotEqual(0, run.returncode)
        self.assertNotEqual("", run.stderr)

    def test_wrong_words(self):
        daemon = self.new_daemon()
        for arguments in ([], ["inf"], ["load"], ["info", "a", "b"], ["info", "a", "--store=b"],
                          ["restore", "a", "b", "--store=c"], ["info", "--settings"]):
            with self.subTest(" ".join(arguments)):
                self.assertEqual(2, daemon.ctl_run("store", *arguments).returncode)
        for arguments in ([], ["inf", "a"], ["info"], ["compact", "a", "--until=1:2:3:4"],
                          ["info", "a", "--until=1:2"], ["info", "a", "--json=long"]):
            with self.subTest("asyncq-store " + " ".join(arguments)):
                self.refused(USAGE, *arguments)

    # dump and load

    def test_a_dump_loads_to_the_same_dump(self):
        store = self.filled().store
        dumped = self.tool("dump", store)
        self.assertEqual(list(range(1, 11)), [line["id"] for line in lines_of(dumped)])
        loaded = self.path("loaded")
        self.assertIn("loaded 10 jobs", self.tool("load", loaded, "-", stdin=dumped))
        self.assertEqual(dumped, self.tool("dump", loaded))
        self.assertIn("is good", self.tool("verify", loaded))

        # the daemon sees the same as well, and goes on behind it
        daemon = self.daemon(plugins=["demo", "pi"], store=loaded)
        self.assertEqual("10", daemon.ctl("list", "--all", "--count"))
        self.assertEqual("2", daemon.ctl("submit", "demo.multiply", "1", "2", "--key=ü \"1\""))
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertEqual(11, max(job["Id"] for job in daemon.bus.list_jobs()))
        self.assertEqual(0, daemon.stop())
        self.assertIn("is good", self.tool("verify", loaded))

    def test_the_order_of_lines_does_not_matter(self):
        dumped = self.tool("dump", self.with_images())
        loaded = self.path("loaded")
        self.tool("load", loaded, "-", stdin="".join(sorted(dumped.splitlines(True), key=hash)))
        self.assertEqual(dumped, self.tool("dump", loaded))

    def test_settings_are_lines_of_their_own(self):
        daemon = self.daemon(plugins=["demo"])
        daemon.bus.manager("AddAgent", "(sa{sv})", "extra", harness.entry_of({"size": 2}))
        daemon.run("demo.multiply", "6", "7")
        self.assertEqual(0, daemon.stop())
        dumped = self.tool("dump", "--settings", daemon.store)
        agents = [line["agent"] for line in lines_of(dumped) if "id" not in line and "agent" in line]
        self.assertIn("extra", agents)
        self.assertIn("counters", dumped)
        loaded = self.path("loaded")
        self.tool("load", loaded, "-", stdin=dumped)
        self.assertEqual(dumped, self.tool("dump", "--settings", loaded))
        self.assertEqual(agents, self.info(loaded)["agents"])

    def test_jobs_have_all_that_they_were_put_with(self):
        daemon = self.daemon(plugins=["demo"], queues=())
        daemon.ctl("queue", "create", "mail")
        call = {"function": "demo.multiply", "arguments": harness.text("(6, 7)")}
        daemon.bus.submit({**call, "queue": "mail", "delay": harness.text("int64 1000000000"),
                           "crash-limit": 2, "unique-key": "daily", "total-timeout": harness.text("int64 2000000000")},
                          {**call, "after": harness.text("[(uint32 0, 'any')]"), "retry": "never"})
        self.assertEqual(0, daemon.stop())
        dumped = self.tool("dump", "--settings", daemon.store)
        first, second = [line for line in lines_of(dumped) if "id" in line]
        self.assertEqual("daily", first["unique_key"])
        self.assertEqual(["scheduled", "steady"], first["flags"])
        self.assertIn("crash-limit", first["settings"])
        self.assertIn("past", first)
        self.assertIn("never", second["settings"])
        self.assertEqual("after", second["after"][0]["role"])
        self.assertIn("mail", [line["item"] for line in lines_of(dumped) if line.get("kind") == "queue"])

        loaded, repaired = self.path("loaded"), self.path("repaired")
        self.tool("load", loaded, "-", stdin=dumped)
        self.assertEqual(dumped, self.tool("dump", "--settings", loaded))
        self.tool("repair", loaded, repaired)
        self.assertEqual(dumped, self.tool("dump", "--settings", repaired))
        self.tool("compact", daemon.store)
        self.assertEqual(dumped, self.tool("dump", "--settings", daemon.store))

    def test_an_empty_store_is_filled(self):
        dumped = self.tool("dump", self.filled().store)
        empty = self.daemon(plugins=["demo", "pi"])
        uuid = empty.bus.get("/org/asyncq", harness.MANAGER, "UUID")
        self.assertEqual(0, empty.stop())
        self.tool("load", empty.store, "-", stdin=dumped)
        self.assertEqual(dumped, self.tool("dump", empty.store))
        # what others keep there is kept
        empty.start()
        self.assertEqual(uuid, empty.bus.get("/org/asyncq", harness.MANAGER, "UUID"))
        folder = self.path("folder")
        os.mkdir(folder, 0o700)
        self.tool("load", folder, "-", stdin=dumped)
        self.assertEqual(dumped, self.tool("dump", folder))
        self.assertEqual([], [name for name in os.listdir(self.folder) if ".new-" in name])

    def test_a_place_that_is_not_ours_is_not_filled(self):
        dump = self.tool("dump", self.filled().store)
        folder, link = self.path("folder"), self.path("link")
        os.mkdir(folder, mode=0o700)
        os.symlink(folder, link)
        self.assertIn("it is a symbolic link", self.refused(FOREIGN, "load", link, "-", stdin=dump))
        self.assertTrue(os.path.islink(link))
        os.chmod(folder, 0o777)
        self.assertIn("others may write to it", self.refused(FOREIGN, "load", folder, "-", stdin=dump))
        self.assertEqual([], os.listdir(folder))

    def test_a_line_without_end_takes_bounded_memory(self):
        store = self.path("store")
        self.assertIn("the line is too long", self.refused(CORRUPT, "load", store, "/dev/zero"))
        self.assertFalse(os.path.exists(store))

    def test_large_ids_go_on(self):
        line = self.tool("dump", self.filled().store).splitlines(True)[0]
        for job in (1 << 33, 1 << 43):
            with self.subTest(job):
                store = self.path(f"store-{job}")
                self.tool("load", store, "-", stdin=line.replace('"id":1,', f'"id":{job},'))
                daemon = self.daemon(plugins=["demo"], store=store)
                self.assertEqual(str(job + 1), daemon.ctl("submit", "demo.noop"))
                daemon.restart()
                self.assertEqual("succeeded", daemon.bus.job(job)["Outcome"])
                self.assertEqual(0, daemon.stop())
                self.tool("verify", store)

    def test_a_store_with_jobs_is_not_filled(self):
        store = self.filled().store
        before = self.checksum(store)
        line = self.tool("dump", store).splitlines(True)[0]
        said = self.refused(CORRUPT, "load", store, "-", stdin=line.replace('"id":1,', '"id":77,') + line)
        self.assertIn(f"stdin:2: job 1 is in store '{store}' already", said)
        self.assertIn("has 10 jobs", self.refused(CANNOT_MAKE, "load", store, "-", stdin=""))
        self.assertEqual(before, self.checksum(store))

    def test_bad_dumps_change_nothing(self):
        lines = self.tool("dump", self.filled().store).splitlines(True)
        first, second = lines[:2]
        composite = next(line for line in lines if '"kind":"parallel"' in line)
        bad = {
            "cut": (first + second[:-10] + "\n", 2, "not a whole JSON object"),
            "cut at the last newline": (first + second[:-1], 2, "the dump is cut"),
            "a line twice": (first + second + first, 3, "job 1 is there twice"),
            "no JSON": ("job 1\n", 1, "not a whole JSON object"),
            "an empty line": (first + "\n", 2, "not a whole JSON object"),
            "an unknown key": (first + second.replace('"queue"', '"cue"'), 2, "there is no key 'cue'"),
            "an unknown state": (first.replace('"completed"', '"over"'), 1, "unknown value 'over'"),
            "arguments of another type": (first.replace('"(6, 7)"', '"(6, true)"'), 1,
                                          "'arguments' does not fit its type '(ii)'"),
            "a bad name": (first.replace("demo.multiply", "/bin/sh"), 1, "cannot be the function"),
            "the same key twice": (second + second.replace('"id":2', '"id":3'), None,
                                   "have the same submit key"),
            "an edge of one end": (first.replace('"id":1,', '"id":7,') + composite, None, "does not know of it"),
            "a new job that waits for none": (first.replace('"completed"', '"new"')
                                              .replace('"succeeded"', '"none"'), None, "waits for none"),
            "counters without a number": ('{"counters":{}}\n', 1, "counters are"),
            "an agent without a size": ('{"agent":"main"}\n', 1, "an agent has the keys"),
        }
        store = self.path("store")
        dump = self.path("dump.jsonl")
        for name, (text, line, message) in bad.items():
            with self.subTest(name):
                with open(dump, "w", encoding="utf-8") as file:
                    file.write(text)
                said = self.refused(CORRUPT, "load", store, dump)
                self.assertIn(f"{dump}:{line}: " if line else dump, said)
                self.assertIn(message, said)
                self.assertEqual(["d0", "dump.jsonl"], sorted(os.listdir(self.folder)))
        self.assertIn("No such file", self.refused(NO_STORE, "load", store, self.path("nowhere")))

    # files

    def test_gdbmtool_counts_what_info_reports(self):
        store = self.with_images()
        images = self.info(store)["images"]
        self.assertEqual([True, True], [image["whole"] for image in images])
        for image in images:
            copy = self.path(image["file"])
            shutil.copy(os.path.join(store, image["file"]), copy)
            run = subprocess.run(["gdbmtool", "--norc", "--read-only", copy, "count"],
                                 capture_output=True, text=True, check=True)
            self.assertEqual(image["values"], int(run.stdout.split()[2]), run.stdout)

    def test_compacting_keeps_every_job(self):
        store = self.with_images()
        dumped = self.tool("dump", "--settings", store)
        self.assertIn("compacted", self.tool("compact", store))
        self.assertEqual(dumped, self.tool("dump", "--settings", store))
        self.assertIn("is good", self.tool("verify", store))
        self.assertEqual(1, self.info(store)["journal"]["segments"])
        daemon = self.daemon(plugins=["demo", "pi"], store=store)
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertEqual(0, daemon.stop())
        self.assertIn("is good", self.tool("verify", store))

    def test_compacting_that_is_killed_loses_nothing(self):
        good = self.with_images()
        dumped = self.tool("dump", "--settings", good)
        store = self.path("store")
        calls = "pwrite64,fdatasync,fsync,unlinkat,ftruncate"
        # the leak sanitizer would want to be the one tracer
        environment = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        for number in itertools.count(1, 2):
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(good, store)
            run = subprocess.run(
                ["strace", "-f", "-o", "/dev/null", "-e", "trace=" + calls, "-e",
                 f"inject={calls}:signal=SIGKILL:when={number}", harness.STORE_TOOL, "compact", store],
                capture_output=True, text=True, timeout=harness.TIMEOUT, check=False, env=environment)
            self.assertIn("is good", self.tool("verify", store))
            self.assertEqual(dumped, self.tool("dump", "--settings", store))
            if run.returncode == 0:
                break
            self.assertEqual("", run.stdout, run.stderr)
        self.assertGreater(number, 1)

    def test_repair_saves_what_is_whole(self):
        store = self.with_images()
        dumped = lines_of(self.tool("dump", store))
        segment = self.newest_segment(store)
        self.flip(segment, 400)
        self.flip(os.path.join(store, "A.gdbm"), 9000)
        before = self.checksum(store)
        said = self.refused(CORRUPT, "verify", store)
        self.assertIn("damaged", said)
        new = self.path("new")
        run = self.tool_run("repair", store, new)
        self.assertEqual(0, run.returncode, run.stderr)
        with open(os.path.join(new, "repair.txt"), encoding="utf-8") as file:
            self.assertEqual(run.stderr, file.read())
        self.assertRegex(run.stderr, r"sequences \d+ to \d+: before 'journal/\d+' offset \d+")
        self.assertEqual(before, self.checksum(store))
        # whatever was in the images is there
        saved = {line["id"] for line in lines_of(self.tool("dump", new))}
        self.assertLessEqual(set(range(1, 11)), saved)
        self.assertLessEqual(saved, {line["id"] for line in dumped})
        daemon = self.daemon(plugins=["demo", "pi"], store=new)
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertIn("is there already", self.refused(CANNOT_MAKE, "repair", store, new))

    def test_repair_of_a_good_store_loses_nothing(self):
        store = self.with_images()
        new = self.path("new")
        run = self.tool_run("repair", store, new)
        self.assertEqual("nothing is lost\n", run.stderr)
        self.assertEqual(self.tool("dump", store), self.tool("dump", new))
        self.assertIn("is good", self.tool("verify", new))

    def test_repair_without_super_or_format(self):
        store = self.with_images()
        dumped = self.tool("dump", store)
        os.unlink(os.path.join(store, "super"))
        os.unlink(os.path.join(store, "format"))
        new = self.path("new")
        run = self.tool_run("repair", store, new)
        self.assertEqual(0, run.returncode, run.stderr)
        self.assertIn("format", run.stderr)
        self.assertIn("super", run.stderr)
        self.assertEqual(dumped, self.tool("dump", new))

    # what is no good store

    def test_what_is_no_store_is_refused(self):
        store = self.filled().store
        file, link, folder = self.path("file"), self.path("link"), self.path("folder")
        with open(file, "w", encoding="ascii"):
            pass
        os.symlink(store, link)
        os.mkdir(folder, 0o700)
        for path, status, message in ((file, FOREIGN, "not a directory"), (link, FOREIGN, "symbolic link"),
                                      (folder, FOREIGN, "not a store"),
                                      (self.path("nowhere"), NO_STORE, "no such directory")):
            for verb in (["info"], ["verify"], ["dump"], ["compact"]):
                with self.subTest(path=path, verb=verb):
                    said = self.refused(status, *verb, path)
                    self.assertIn(message, said)
                    self.assertIn(path, said)
            for verb in (["backup"], ["restore"]):
                with self.subTest(path=path, verb=verb):
                    self.assertIn(message, self.refused(status, *verb, path, self.path("new")))
            self.assertFalse(os.path.exists(self.path("new")))
        os.chmod(store, 0o777)
        self.assertIn("others may write", self.refused(FOREIGN, "verify", store))
        os.chmod(store, 0o700)
        if os.geteuid() == 0:
            os.chown(store, 12345, -1)
            self.assertIn("belongs to uid 12345", self.refused(FOREIGN, "verify", store))
            os.chown(store, 0, -1)

    def test_a_store_on_a_read_only_file_system_is_read(self):
        store = self.with_images()
        script = ('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99; shift; '
                  'for verb in verify dump compact; do "$0" $verb "$1"; echo "status $?"; done')
        run = subprocess.run(["unshare", "-m", "sh", "-c", script, harness.STORE_TOOL, self.folder, store],
                             capture_output=True, text=True, timeout=harness.TIMEOUT, check=False)
        if run.returncode != 0 or "status" not in run.stdout:
            self.skipTest("cannot mount here: " + run.stderr)
        self.assertIn("is good\nstatus 0", run.stdout)
        self.assertIn("status 74", run.stdout)
        self.assertIn("Read-only file system", run.stderr)
        self.assertIn("is good", self.tool("verify", store))

    def assert_damage(self, store, *words):
        """verify names it, dump prints nothing, neither changes anything."""
        before = self.checksum(store)
        for verb in ("verify", "dump", "compact"):
            said = self.refused(CORRUPT, verb, store)
            for word in words:
                self.assertIn(word, said)
        self.assertEqual(before, self.checksum(store))

    def test_what_is_no_file_is_not_waited_for(self):
        store = self.with_images()
        self.assertEqual(0, self.tool_run("compact", store).returncode)
        segment = os.path.relpath(self.newest_segment(store), store)
        for name in ("super", segment):
            for make in (os.mkfifo, lambda path: os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))):
                with self.subTest(name):
                    broken = self.path("broken")
                    shutil.rmtree(broken, ignore_errors=True)
                    shutil.copytree(store, broken)
                    os.unlink(os.path.join(broken, name))
                    try:
                        make(os.path.join(broken, name))
                    except PermissionError:
                        self.skipTest("only root makes devices")
                    for verb in ("info", "verify", "dump"):
                        self.assertIn("is not a file", self.refused(CORRUPT, verb, broken))
                    status, said = self.new_daemon(store=broken).start_failing()
                    self.assertEqual(CORRUPT, status, said)

    def test_a_segment_of_another_store(self):
        one, other = self.filled().store, self.filled().store
        shutil.copy(self.newest_segment(other), self.newest_segment(one))
        self.assert_damage(one, "journal/000001", "another store")

    def test_a_segment_that_is_missing(self):
        store = self.filled().store
        os.unlink(self.newest_segment(store))
        self.assert_damage(store, "journal")

    def test_images_that_were_swapped(self):
        store = self.with_images()
        a, b = os.path.join(store, "A.gdbm"), os.path.join(store, "B.gdbm")
        os.rename(a, a + ".x")
        os.rename(b, a)
        os.rename(a + ".x", b)
        for verb in ("verify", "dump", "compact"):
            said = self.refused(FOREIGN, verb, store)
            self.assertIn("is the other image, under the wrong name", said)

    def test_a_part_of_an_older_backup(self):
        store = self.with_images()
        backup = self.path("backup")
        self.tool("backup", store, backup)
        daemon = self.daemon(plugins=["demo", "pi"], store=store)
        self.fill_more(daemon)
        self.assertEqual(0, daemon.stop())
        self.tool("compact", store)
        good = self.path("good")
        shutil.copytree(store, good)
        for name in ("A.gdbm", "super", "journal"):
            with self.subTest(name):
                shutil.rmtree(store)
                shutil.copytree(good, store)
                if name == "journal":
                    shutil.rmtree(os.path.join(store, name))
                    shutil.copytree(os.path.join(backup, name), os.path.join(store, name))
                else:
                    shutil.copy(os.path.join(backup, name), os.path.join(store, name))
                self.assertIn("damaged", self.refused(CORRUPT, "verify", store))

    def test_one_damaged_image_is_done_without(self):
        store = self.with_images()
        dumped = self.tool("dump", store)
        self.flip(os.path.join(store, "A.gdbm"), 9000)
        self.assertIn("A.gdbm", self.refused(CORRUPT, "verify", store))
        run = self.tool_run("dump", store)
        self.assertEqual(dumped, run.stdout)

    def test_a_backup_that_is_damaged_is_not_restored(self):
        store = self.with_images()
        backup, new = self.path("backup"), self.path("new")
        self.tool("backup", store, backup)
        self.flip(self.newest_segment(backup), 200)
        self.assertIn("damaged", self.refused(CORRUPT, "restore", backup, new))
        self.assertFalse(os.path.exists(new))


if __name__ == "__main__":
    tap.main()

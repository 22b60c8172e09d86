#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""S14: ways to have something loaded that is not a plugin of the plugin directory's owner.

The plugin `canary` leaves a file for each process that loads it, so nothing that is tried here
may leave one: not what describes plugins, and no worker.
"""

import os
import shutil
import socket
import stat
import subprocess
import sys

import harness
import tap

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "faults"))

import figures  # noqa: E402

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
RACES = int(os.environ.get("ASYNCQ_PATH_RACES", 2000))


def canary():
    return harness.plugin_file("canary")


def put(path, mode=0o644):
    shutil.copyfile(canary(), path)
    os.chmod(path, mode)


def put_changed(path, elsewhere, change):
    """It is never there as it was before the change."""
    put(elsewhere)
    change(elsewhere)
    os.rename(elsewhere, path)


def give_away(path):
    os.chown(path, NOBODY, NOBODY)


def put_with_mode(path, elsewhere, mode):
    put_changed(path, elsewhere, lambda file: os.chmod(file, mode))


def put_bytes(path, change):
    with open(canary(), "rb") as file:
        content = file.read()
    with open(path, "wb") as file:
        file.write(change(content))


def put_socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)


def put_device(path, kind, number):
    os.mknod(path, 0o600 | kind, os.makedev(*number))


def put_hard_link(path, elsewhere, change):
    put(elsewhere)
    change(elsewhere)
    os.link(elsewhere, path)


# what stands in a plugin directory under the name canary.so, made by (path, a path elsewhere)
FILES = {
    "a link to a plugin outside": lambda path, other: (put(other), os.symlink(other, path)),
    "a relative link out of the directory": lambda path, other: (
        put(other), os.symlink("../" + os.path.basename(other), path)),
    "a link to nothing": lambda path, other: os.symlink(other, path),
    "a link to itself": lambda path, other: os.symlink("canary.so", path),
    "a link to a link": lambda path, other: (
        put(other), os.symlink(other, other + "-link"), os.symlink(other + "-link", path)),
    "a link to a directory": lambda path, other: (os.mkdir(other), os.symlink(other, path)),
    "a link to a descriptor": lambda path, other: os.symlink("/proc/self/fd/3", path),
    "a link through the root of a process": lambda path, other: (
        put(other), os.symlink("/proc/self/root" + other, path)),
    "a FIFO": lambda path, other: os.mkfifo(path, 0o600),
    "a socket": lambda path, other: put_socket(path),
    "a directory": lambda path, other: os.mkdir(path),
    "a directory with a plugin in it": lambda path, other: (os.mkdir(path), put(path + "/canary.so")),
    "an empty file": lambda path, other: put_bytes(path, lambda content: b""),
    "half a plugin": lambda path, other: put_bytes(path, lambda content: content[:len(content) // 2]),
    "a plugin for another machine": lambda path, other: put_bytes(
        path, lambda content: content[:18] + b"\xff\x7f" + content[20:]),
    "a plugin behind a line of text": lambda path, other: put_bytes(path, lambda content: b"#!/bin/sh\n" + content),
    "a file that is larger than any plugin": lambda path, other: put_changed(
        path, other, lambda file: os.truncate(file, 256 * 1024 * 1024 + 1)),
    "a file that everybody can write": lambda path, other: put_with_mode(path, other, 0o646),
    "a file that its group can write": lambda path, other: put_with_mode(path, other, 0o664),
    "a set-user-id file": lambda path, other: put_with_mode(path, other, 0o4755),
    "a set-group-id file": lambda path, other: put_with_mode(path, other, 0o2755),
    "a hard link to what everybody can write": lambda path, other: put_hard_link(
        path, other, lambda file: os.chmod(file, 0o666)),
}

ROOT_FILES = {
    "somebody else's file": lambda path, other: put_changed(path, other, give_away),
    "a hard link to somebody else's file": lambda path, other: put_hard_link(path, other, give_away),
    "a character device": lambda path, other: put_device(path, stat.S_IFCHR, (1, 3)),
    "a block device": lambda path, other: put_device(path, stat.S_IFBLK, (7, 200)),
}

# a sound plugin under a name that none has
NAMES = [
    b"canary", b"canary.so.1", b"canary.so~", b"canary.SO", b".so", b".canary.so", b"9canary.so", b"can-ary.so",
    b"can ary.so", b"canary.so ", b"canary .so", b"canary.so\n", b"canary\n.so", b"canary.so\t", b"\xff\xfecanary.so",
    b"canary\xc3\xa4.so", b"-canary.so", b"canary;id.so", b"$(id).so", b"canary%00.so", b"canary\\.so", b"c" * 65 + b".so",
    b"libcanary.so.1.2", b"canary.so.new", b"..so", b"...so", b"*.so",
]


class PluginPaths(harness.Case):
    n_attacks = 0

    def setUp(self):
        super().setUp()
        self.cage = self.path("cage")
        os.mkdir(self.cage, 0o755)
        os.environ["ASYNCQ_CANARY"] = self.cage
        self.addCleanup(os.environ.pop, "ASYNCQ_CANARY")

    def assert_silent(self, daemon, n_attacks=1):
        self.assertEqual([], os.listdir(self.cage))
        self.assertNotIn("canary.sing", daemon.bus.functions())
        PluginPaths.n_attacks += n_attacks

    def assert_looked_at(self, daemon, plugin="pi"):
        """Returns when the daemon has seen all that was there before."""
        daemon.add_plugin(plugin)
        harness.bounded(lambda: any(name.startswith(plugin + ".") for name in daemon.bus.functions()), plugin)

    def test_the_canary_sings_where_it_may_be_loaded(self):
        daemon = self.daemon(plugins=["canary"])
        self.assertEqual(("succeeded", "la"), daemon.bus.wait(daemon.bus.words("canary.sing")))
        self.assertNotEqual([], os.listdir(self.cage))

    def test_what_is_no_file_of_the_owner_is_not_loaded(self):
        for number, (what, make) in enumerate({**FILES, **(ROOT_FILES if IS_ROOT else {})}.items()):
            for comes in ("before the start", "later"):
                with self.subTest(what, comes=comes):
                    daemon = self.new_daemon(name=f"{number}-{comes[0]}", plugins=["demo"])
                    target = os.path.join(daemon.plugins, "canary.so")
                    if comes == "before the start":
                        make(target, daemon.folder + "/elsewhere")
                    daemon.start()
                    if comes == "later":
                        make(target, daemon.folder + "/elsewhere")
                    harness.bounded(lambda d=daemon: "canary.so" in d.read_log(), "a refusal in the log")
                    self.assert_looked_at(daemon)
                    self.assert_silent(daemon)
                    self.assertEqual(0, daemon.stop())

    def test_names_that_no_plugin_has_are_not_loaded(self):
        for comes in ("before the start", "later"):
            with self.subTest(comes):
                daemon = self.new_daemon(name=comes[0], plugins=["demo"])
                if comes == "later":
                    daemon.start()
                for name in NAMES:
                    put(os.path.join(daemon.plugins.encode(), name))
                if comes != "later":
                    daemon.start()
                self.assert_looked_at(daemon)
                self.assert_silent(daemon, len(NAMES))
                self.assertEqual(0, daemon.stop())

    # directories

    def refuse_directory(self, what, make):
        """make (the directory's path) → the one that is configured."""
        with self.subTest(what):
            daemon = self.new_daemon()
            put(os.path.join(daemon.plugins, "canary.so"))
            directory = make(daemon.plugins)
            daemon.plugins, made = directory or daemon.plugins, daemon.plugins
            try:
                daemon.start()
            except AssertionError:  # it may as well not start at all
                self.assertIn("plugins", daemon.read_log())
                self.daemons.remove(daemon)
            else:
                self.assert_silent(daemon)
                self.assertIn("not loaded", daemon.read_log())
                self.assertEqual(0, daemon.stop())
            self.assertEqual([], os.listdir(self.cage))
            os.chmod(self.folder, 0o755)
            os.chmod(os.path.dirname(made), 0o755)

    def test_directories_that_others_can_change_are_not_used(self):
        def change(path, mode):
            os.chmod(path, mode)

        def link(directory):
            os.symlink(directory, directory + "-link")
            return directory + "-link"

        def away(directory):
            os.rename(directory, directory + "-away")

        def file(directory):
            away(directory)
            put(directory)

        self.refuse_directory("everybody can write", lambda path: change(path, 0o777))
        self.refuse_directory("its group can write", lambda path: change(path, 0o775))
        self.refuse_directory("everybody can write above", lambda path: change(os.path.dirname(path), 0o777))
        self.refuse_directory("everybody can write far above", lambda path: change(self.folder, 0o777))
        self.refuse_directory("a link to a directory", link)
        self.refuse_directory("no directory", away)
        self.refuse_directory("a file", file)
        self.refuse_directory("a descriptor's link", lambda path: "/proc/self/fd/0")
        self.refuse_directory("the working directory's link", lambda path: "/proc/self/cwd")
        if IS_ROOT:
            self.refuse_directory("somebody else's", lambda path: os.chown(path, NOBODY, NOBODY))
            self.refuse_directory("somebody else's above",
                                  lambda path: os.chown(os.path.dirname(path), NOBODY, NOBODY))

    def test_a_directory_that_is_opened_up_later_is_not_used_any_more(self):
        daemon = self.daemon(plugins=["demo"])
        os.chmod(daemon.plugins, 0o777)
        put(os.path.join(daemon.plugins, "canary.so"))
        harness.bounded(lambda: "found mode 0777" in daemon.read_log(), "a refusal in the log")
        self.assert_silent(daemon)
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))

    # races

    def race(self, sound, evil):
        """sound and evil change places under one name, over and over, while the daemon looks."""
        daemon = self.daemon(plugins=["demo"])
        target = os.path.join(daemon.plugins, "canary.so")
        for number in range(RACES):
            kind = sound if number % 2 == 0 else evil
            kind(target + ".new")
            os.rename(target + ".new", target)
            if number % 100 == 0:  # it is not left behind
                daemon.bus.functions()
        evil(target + ".new")
        os.rename(target + ".new", target)
        self.assert_looked_at(daemon)
        self.assert_silent(daemon, RACES)

    def test_what_changes_places_with_a_file_is_not_loaded_for_it(self):
        elsewhere = self.path("elsewhere")
        put(elsewhere)

        def text(path):
            with open(path, "w", encoding="ascii") as file:
                file.write("no plugin, but a sound file")
        self.race(text, lambda path: os.symlink(elsewhere, path))
        self.race(text, lambda path: put(path, 0o666))

    def test_what_is_written_over_a_checked_file_by_somebody_else_is_not_loaded(self):
        """Who could write once, and has kept the descriptor, sees the file refused, or changes no copy of it."""
        daemon = self.daemon()
        target = os.path.join(daemon.plugins, "demo.so")
        shutil.copyfile(harness.plugin_file("demo"), target)
        with open(target, "r+b", buffering=0) as kept, open(canary(), "rb") as bird:
            harness.bounded(lambda: "demo.multiply" in daemon.bus.functions(), "the plugin")
            self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
            content = bird.read()
            for _ in range(50):
                kept.seek(0)
                kept.write(content)  # in place: workers have what was checked, and sealed
                self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertNotIn("canary.sing", daemon.bus.functions())

    @harness.unittest.skipUnless(IS_ROOT and shutil.which("nsenter"), "only root can mount")
    def test_what_is_mounted_over_a_file_is_looked_at_itself(self):
        daemon = self.new_daemon(plugins=["demo"])
        inner = daemon.command
        daemon.command = lambda: ["unshare", "--mount", "--propagation=private", *inner()]
        if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode != 0:
            self.daemons.remove(daemon)
            self.skipTest("nothing can be mounted here")
        daemon.start()
        target = os.path.join(daemon.plugins, "pi.so")
        put(self.path("evil"))
        give_away(self.path("evil"))
        shutil.copyfile(harness.plugin_file("pi"), target + ".new")
        subprocess.run(["nsenter", "--mount", f"--target={daemon.process.pid}", "sh", "-c",
                        f"cp {target}.new {target} && mount --bind {self.path('evil')} {target} && touch -m {target}"],
                       check=True, capture_output=True)
        self.assert_looked_at(daemon, "exec")
        self.assert_silent(daemon)

    # names of functions

    def test_a_job_cannot_name_what_no_plugin_declares(self):
        daemon = self.daemon(plugins=["demo", "probe"])
        names = ["system", "exit", "libc.system", "libc.exit", "c.exit", "demo.system", "demo.exit", "demo.g_free",
                 "glib.g_free", "g.free", "g_free", "demo.demo_noop", "demo.asyncq_plugin", "demo.functions",
                 "probe.append_line", "probe.take_token", "demo.probe_double", "demo.noop\n", "demo.noop ", " demo.noop",
                 "demo..noop", ".noop", "demo.", ".", "", "DEMO.noop", "demo/noop", "../demo.noop", "demo.so.noop",
                 "/lib/x86_64-linux-gnu/libc.so.6.system", "demo.noop;id", "demo.noop@plt", "demo.%n", "d" * 70 + ".noop"]
        for name in names:
            with self.subTest(name):
                with self.assertRaises(harness.BusError) as caught:
                    daemon.bus.submit({"function": name})
                self.assertIn(caught.exception.name,
                              ("org.asyncq.Error.NoSuchFunction", "org.asyncq.Error.Invalid"))
                with self.assertRaises(harness.BusError):
                    daemon.bus.words(name)
        # stored before its plugin is there, it waits for one that declares it
        waits = daemon.bus.submit({"function": "demo.system", "defer-check": True})[0]
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))
        self.assertEqual("pending", daemon.bus.job(waits)["State"])
        PluginPaths.n_attacks += len(names)

    @classmethod
    def tearDownClass(cls):
        figures.write(harness.BUILD, "S14-plugin-paths", attacks=cls.n_attacks, loads=0, violations=0)
        print(f"# plugin paths: attacks {cls.n_attacks}, kinds {len(FILES) + len(ROOT_FILES) + len(NAMES) + 11 + 5}, "
              "loads 0", flush=True)
        super().tearDownClass()


if __name__ == "__main__":
    tap.main()

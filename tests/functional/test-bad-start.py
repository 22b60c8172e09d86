#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Where the daemon must not start, it says why, and which file; the exit status tells the kind."""

import os
import shutil
import struct
import subprocess

import harness
import tap

USAGE, CORRUPT, HELD, NEWER, FOREIGN, CONFIG = 64, 65, 75, 76, 77, 78


def crc32c(data):
    """As the store has it: Castagnoli's polynomial, reflected."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


class BadStart(harness.Case):
    def assert_refused(self, status, daemon, *words):
        got, said = daemon.start_failing()
        self.assertEqual(status, got, said)
        for word in words:
            self.assertIn(word, said)

    def files_of(self, folder):
        found = {}
        for top, _folders, files in os.walk(folder):
            for name in files:
                path = os.path.join(top, name)
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found

    def used_store(self):
        """A store with a job in it that no daemon holds."""
        daemon = self.daemon(plugins=["demo"])
        daemon.run("demo.multiply", "6", "7")
        self.assertEqual(0, daemon.stop())
        return daemon

    def test_a_store_that_another_daemon_holds(self):
        first = self.daemon(plugins=["demo"])
        self.assert_refused(HELD, self.new_daemon(store=first.store), first.store)
        self.assertEqual("42", first.run("demo.multiply", "6", "7"))

    def test_a_folder_that_is_no_store(self):
        store = self.path("letters")
        os.mkdir(store)
        with open(os.path.join(store, "to-mother"), "w", encoding="ascii") as file:
            file.write("dear mother")
        before = self.files_of(store)
        self.assert_refused(FOREIGN, self.new_daemon(store=store), store)
        self.assertEqual(before, self.files_of(store))

    def test_a_file_that_is_no_store(self):
        store = self.path("letter")
        with open(store, "w", encoding="ascii") as file:
            file.write("dear mother")
        self.assert_refused(FOREIGN, self.new_daemon(store=store), store)

    def test_a_store_of_another_user(self):
        if os.getuid() != 0:
            self.skipTest("only root can make one")
        daemon = self.used_store()
        for top, _folders, files in os.walk(daemon.store):
            for path in (top, *(os.path.join(top, name) for name in files)):
                os.chown(path, 65534, 65534)
        self.assert_refused(FOREIGN, daemon, daemon.store)

    def test_a_store_of_a_newer_version(self):
        daemon = self.used_store()
        path = os.path.join(daemon.store, "format")
        with open(path, "r+b") as file:
            # daemon/store/README.md: magic, version, the rest, and a CRC of all before it
            data = bytearray(file.read())
            self.assertEqual(crc32c(data[:44]), struct.unpack_from("<I", data, 44)[0])
            struct.pack_into("<I", data, 8, 1000)
            struct.pack_into("<I", data, 44, crc32c(data[:44]))
            file.seek(0)
            file.write(data)
        before = self.files_of(daemon.store)
        self.assert_refused(NEWER, daemon, daemon.store, "1000")
        self.assertEqual(before, self.files_of(daemon.store))

    def test_a_socket_path_that_is_too_long(self):
        daemon = self.new_daemon()
        daemon.socket = self.path("x" * 120)
        got, said = daemon.start_failing()
        self.assertIn(got, (USAGE, CONFIG), said)
        self.assertIn(daemon.socket, said)
        self.assertIn("107", said)

    def test_a_socket_that_another_daemon_listens_on(self):
        first = self.daemon(plugins=["demo"])
        second = self.new_daemon()
        second.socket = first.socket
        second.arguments.append("--monitor=none")
        got, said = second.start_failing()
        self.assertNotEqual(0, got)
        self.assertIn(first.socket, said)
        self.assertEqual("42", first.run("demo.multiply", "6", "7"))

    def test_a_socket_that_a_crash_left(self):
        daemon = self.daemon(plugins=["demo"])
        daemon.kill()
        self.assertTrue(os.path.exists(daemon.socket))
        daemon.start()
        self.assertEqual("42", daemon.run("demo.multiply", "6", "7"))

    def test_mistakes_in_the_configuration(self):
        for config, words in (
                ("[daemon]\ncolour = red\n", ("daemon", "colour")),
                ("[colours]\nred = 1\n", ("colours",)),
                ("[agent mail]\nsize = many\n", ("agent mail", "size", "many")),
                ("[agent mail]\nsize = 0\n", ("agent mail", "size")),
                ("[agent no/name]\nsize = 1\n", ("agent no/name",)),
                ("[agent mail]\nsise = 1\n", ("agent mail", "sise")),
                ("no group = 1\n", ()),
                ("[daemon\n", ())):
            with self.subTest(config):
                daemon = self.new_daemon(config=config)
                self.assert_refused(CONFIG, daemon, daemon.config, *words)
                check = subprocess.run([harness.ASYNCQD, "--check-config",
                                        "--config=" + daemon.config], capture_output=True,
                                       text=True, timeout=harness.TIMEOUT, check=False)
                self.assertEqual(CONFIG, check.returncode)
                self.assertFalse(os.path.exists(daemon.store))

    def test_a_configuration_that_is_not_there(self):
        daemon = self.new_daemon()
        os.unlink(daemon.config)
        self.assert_refused(CONFIG, daemon, daemon.config)

    def test_shipped_configuration_is_right(self):
        check = subprocess.run([harness.ASYNCQD, "--check-config", "--config="
                                + os.path.join(harness.ROOT, "data", "asyncqd.conf")],
                               capture_output=True, text=True, timeout=harness.TIMEOUT, check=False)
        self.assertEqual(0, check.returncode, check.stdout + check.stderr)

    def test_wrong_usage(self):
        for arguments in (["--nosuch"], ["surplus"], ["--clock=sundial"], ["--clock=manual:noon"]):
            with self.subTest(arguments):
                got, said = self.new_daemon(*arguments).start_failing()
                self.assertEqual(USAGE, got, said)

    def test_damage_is_named_and_nothing_is_changed(self):
        daemon = self.used_store()
        journal = os.path.join(daemon.store, "journal")
        name = sorted(os.listdir(journal))[0]
        with open(os.path.join(journal, name), "r+b") as file:
            data = file.read()
            middle = data.index(b"demo.multiply")
            file.seek(middle)
            file.write(bytes([data[middle] ^ 1]))
        before = self.files_of(journal)
        self.assert_refused(CORRUPT, daemon, name)
        self.assertEqual(before, self.files_of(journal))

    def test_a_copy_of_a_store_starts(self):
        daemon = self.used_store()
        copy = self.new_daemon(store=self.path("copy"), plugins=["demo"])
        shutil.copytree(daemon.store, copy.store)
        copy.start()
        self.assertEqual(1, len(copy.bus.list_jobs()))


if __name__ == "__main__":
    tap.main()

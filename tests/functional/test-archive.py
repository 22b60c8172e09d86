#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The plugin archive, checked by tar, gzip and sha256sum."""

import hashlib
import os
import subprocess
import tarfile

import harness
import tap

LONG = "l" * 90


class Archive(harness.Case):
    def setUp(self):
        super().setUp()
        self.served = self.daemon(plugins=["archive"])
        self.top = self.path("tree")
        os.makedirs(os.path.join(self.top, LONG, LONG))
        os.makedirs(os.path.join(self.top, "empty folder"), mode=0o750)
        self.write("plain", b"plain\n", mode=0o640)
        self.write("empty", b"")
        self.write("block", b"x" * 512)
        self.write("large", bytes(range(256)) * 4096)
        self.write(f"{LONG}/{LONG}/deep", b"deep")
        self.write("new\nline \\ and ünïcode", b"odd name")
        os.symlink("plain", os.path.join(self.top, "link"))
        os.symlink("/" + "far/" * 40, os.path.join(self.top, "far"))
        os.mkfifo(os.path.join(self.top, "fifo"))

    def write(self, name, data, mode=0o644):
        path = os.path.join(self.top, name)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, mode)

    def files(self):
        for folder, _folders, names in os.walk(self.top):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path

    def run_job(self, *words):
        return self.served.bus.wait(self.served.bus.words(*words))

    def sizes(self):
        paths = list(self.files())
        return len(paths), sum(os.path.getsize(path) for path in paths)

    def test_a_manifest_is_what_sha256sum_checks(self):
        manifest = self.path("manifest")
        digest, n_files, n_bytes = self.assert_succeeded(
            self.run_job("archive.checksum", self.top, f"manifest={manifest}"))
        self.assertEqual(self.sizes(), (n_files, n_bytes))
        with open(manifest, "rb") as file:
            lines = file.read()
        self.assertEqual(hashlib.sha256(lines).hexdigest(), digest)
        self.assertEqual(n_files, lines.count(b"\n"))
        subprocess.run(["sha256sum", "--quiet", "--strict", "--check", manifest], cwd=self.top, check=True)

    def test_a_digest_changes_with_a_byte_and_not_with_time(self):
        before = self.assert_succeeded(self.run_job("archive.checksum", self.top, "sha1"))
        os.utime(os.path.join(self.top, "plain"), (1, 1))
        self.assertEqual(before, self.assert_succeeded(self.run_job("archive.checksum", self.top, "sha1")))
        self.write("plain", b"plaim\n")
        self.assertNotEqual(before[0], self.assert_succeeded(self.run_job("archive.checksum", self.top, "sha1"))[0])

    def test_a_single_file_has_a_digest(self):
        path = os.path.join(self.top, "block")
        line = hashlib.md5(b"x" * 512).hexdigest() + "  block\n"
        self.assertEqual((hashlib.md5(line.encode()).hexdigest(), 1, 512), self.assert_succeeded(
            self.run_job("archive.checksum", path, "md5")))

    def test_an_archive_is_what_tar_unpacks(self):
        archive = self.path("tree.tar.gz")
        n_files, n_bytes, size = self.assert_succeeded(
            self.run_job("archive.compress", self.top, f"archive={archive}"))
        self.assertEqual(self.sizes(), (n_files, n_bytes))
        self.assertEqual(os.path.getsize(archive), size)
        subprocess.run(["gzip", "--test", archive], check=True)
        to = self.path("unpacked")
        os.mkdir(to)
        subprocess.run(["tar", "-xpzf", archive, "-C", to], check=True)
        # all but the FIFO is as it was; diff does not look at modes, times and links
        subprocess.run(["diff", "--recursive", "--no-dereference", "--exclude=fifo", self.top,
                        os.path.join(to, "tree")], check=True)
        for name in ["plain", "empty folder", f"{LONG}/{LONG}/deep"]:
            was, now = os.stat(os.path.join(self.top, name)), os.stat(os.path.join(to, "tree", name))
            self.assertEqual((was.st_mode, int(was.st_mtime)), (now.st_mode, int(now.st_mtime)))
        with tarfile.open(archive) as file:
            self.assertEqual("plain", file.getmember("tree/link").linkname)
            self.assertNotIn("tree/fifo", file.getnames())
        self.assertEqual(["tree.tar.gz"], [name for name in os.listdir(self.path("")) if "tar.gz" in name])

    def test_a_cancelled_job_leaves_no_archive(self):
        self.served.bus.watch()
        with open(os.path.join(self.top, "huge"), "wb") as file:
            file.truncate(20 << 30)
        archive = self.path("tree.tar.gz")
        job = self.served.bus.words("archive.compress", self.top, f"archive={archive}")
        self.served.bus.until_state(job, "active")
        part = self.path(f".tree.tar.gz.job-{job}")
        harness.bounded(lambda: os.path.exists(part), "the archive is being written")
        self.served.bus.cancel(job)
        self.assertEqual("cancelled", self.served.bus.wait(job)[0])
        self.assertFalse(os.path.exists(archive))
        self.assertFalse(os.path.exists(part))

    def test_what_makes_no_sense_is_said(self):
        for words, message in [
                ((self.top, "sha0"), "there is no algorithm 'sha0'"),
                (("tree",), "'tree' is no absolute path"),
                ((os.path.join(self.top, "fifo"),), "neither a folder nor a file"),
                ((self.top + "x",), "No such file")]:
            self.assert_failed(self.run_job("archive.checksum", *words), message)
        for words, message in [
                ((self.top, "tree.tar.gz"), "is no absolute path"),
                ((self.top, os.path.join(self.top, "a.tar.gz")), "would be in itself"),
                ((self.top, self.path("nowhere/a.tar.gz")), "No such file"),
                ((self.top, self.path("a.tar.gz"), "10"), "'level' is 10, 1 to 9 is wanted")]:
            self.assert_failed(self.run_job("archive.compress", *words), message)


if __name__ == "__main__":
    tap.main()

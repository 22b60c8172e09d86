#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""What others build on: exported symbols, samples of the reference, the Vala API, use as a
subproject of a meson project."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ["ASYNCQ_BUILD"]
CC = os.environ.get("CC", "cc").split()
LIBRARY = os.path.join(ROOT, "libasyncq")
BUILT = os.path.join(BUILD, "libasyncq")

PARENT = """project('parent', 'c', meson_version: '>= 1.0.1')
subproject('asyncq', default_options: ['introspection=disabled'])
asyncq = dependency('asyncq-1')
message('plugins: ' + asyncq.get_variable('plugindir'))
executable('parent', 'parent.c', dependencies: asyncq)
"""
PARENT_C = """#include <asyncq.h>
#include <asyncq-plugin.h>
int
main (void)
{
  return asyncq_job_state_to_string (ASYNCQ_JOB_STATE_NEW) == NULL;
}
"""
VALA = """int main () {
  try {
    var client = new Asyncq.Client.sync (null, null);
    var job = new Asyncq.Job.sync (client, 30, null);
    client.clean_sync ("state:failed", null);
    job.completed.connect (() => print ("%s\\n", job.outcome.to_string ()));
    return (int) job.id;
  } catch (Error error) {
    return 1;
  }
}
"""


class Library(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="aq-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_program(self, *command, **more):
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=300, check=False, **more)
        self.assertEqual(0, run.returncode, f"{command}\n{run.stdout}{run.stderr}")
        return run.stdout

    def flags(self, *packages):
        environment = {**os.environ, "PKG_CONFIG_PATH": os.path.join(BUILD, "meson-uninstalled")}
        return self.run_program("pkg-config", "--cflags", *packages, env=environment).split()

    def samples(self):
        """The ```c blocks: of using.md, of the README, and of comments for the reference."""
        for name in sorted(os.listdir(LIBRARY)):
            if name.endswith((".md", ".c", ".h")):
                with open(os.path.join(LIBRARY, name), encoding="utf-8") as file:
                    text = file.read()
                for sample in re.findall(r"^[ *]*```c\n(.*?)^[ *]*```$", text, re.DOTALL | re.MULTILINE):
                    yield name, re.sub(r"^ \* ?", "", sample, flags=re.MULTILINE) \
                        if name.endswith((".c", ".h")) else sample

    def test_exports_what_is_listed(self):
        with open(os.path.join(LIBRARY, "asyncq-1.symbols"), encoding="ascii") as file:
            listed = [line for line in file.read().splitlines() if not line.startswith("#")]
        shown = self.run_program("nm", "-D", "--defined-only", os.path.join(BUILT, "libasyncq-1.so"))
        exported = sorted(line.split()[-1] for line in shown.splitlines())
        self.assertEqual(sorted(listed), exported)
        self.assertEqual([], [name for name in exported if not name.startswith("asyncq_")])

    def test_samples_compile(self):
        flags = self.flags("asyncq-1")
        samples = list(self.samples())
        self.assertGreaterEqual(len(samples), 4)
        for number, (name, sample) in enumerate(samples):
            with self.subTest(f"{name} {number}"):
                self.run_program(*CC, "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-parameter",
                                 "-Werror", *flags, self.write("sample.c", sample))

    @unittest.skipUnless(os.path.exists(os.path.join(BUILT, "asyncq-1.vapi")), "built without vapi")
    def test_vala_program_compiles(self):
        self.run_program("valac", "--ccode", "--directory=" + self.folder, "--vapidir=" + BUILT,
                         "--pkg=gio-2.0", "--pkg=asyncq-1",
                         self.write("client.vala", VALA))

    @unittest.skipUnless(os.path.exists(os.path.join(BUILT, "asyncq-1", "index.html")),
                         "built without reference")
    def test_reference_has_every_class(self):
        for name in ("Client", "Job", "JobInfo", "JobSpec", "FunctionInfo"):
            self.assertTrue(os.path.exists(os.path.join(BUILT, "asyncq-1", f"class.{name}.html")), name)
        self.assertTrue(os.path.exists(os.path.join(BUILT, "asyncq-1", "using.html")))

    def test_is_a_subproject(self):
        os.mkdir(os.path.join(self.folder, "subprojects"))
        os.symlink(ROOT, os.path.join(self.folder, "subprojects", "asyncq"))
        self.write("meson.build", PARENT)
        self.write("parent.c", PARENT_C)
        build = os.path.join(self.folder, "build")
        shown = self.run_program("meson", "setup", build, self.folder)
        self.assertIn("asyncq/plugins", shown)
        self.run_program("ninja", "-C", build, "parent")
        # with the library that the parent has built, not the one under test
        environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        self.run_program(os.path.join(build, "parent"), env=environment)


if __name__ == "__main__":
    tap.main()

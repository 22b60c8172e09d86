#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The plugin of README.md: its code, its compiler line and its commands, as they stand there."""

import glob
import os
import re
import subprocess
import time

import harness
import tap

# the limit, but for builds and tools that make everything slower
SECONDS = 1 if not harness.SLOW else 20


def blocks():
    """(C code, shell lines) of the section about plugins."""
    with open(os.path.join(harness.ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("## A plugin of your own")[1].split("\n## ")[0]
    return (re.search(r"```c\n(.*?)```", section, re.DOTALL).group(1),
            re.search(r"```sh\n(.*?)```", section, re.DOTALL).group(1).splitlines())


def together():
    """The lines of the section about many jobs, which need the plugin of the one before."""
    with open(os.path.join(harness.ROOT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("## Many jobs together")[1].split("\n## ")[0]
    return [line for block in re.findall(r"```\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


class Readme(harness.Case):
    def install(self, plugins):
        """What a user has: installed headers and library, and nothing of the tree."""
        subprocess.run(["meson", "install", "-C", harness.BUILD, "--no-rebuild", "--quiet",
                        "--destdir", self.path("installed")], capture_output=True, check=True)
        found, = glob.glob(self.path("installed/**/asyncq-1.pc"), recursive=True)
        with open(found, encoding="utf-8") as file:
            lines = file.read()
        # as if the prefix were here, and the running daemon's plugin directory the installed one
        lines = re.sub("^prefix=", "prefix=" + self.path("installed"), lines, flags=re.MULTILINE)
        lines = re.sub("^plugindir=.*$", "plugindir=" + plugins, lines, flags=re.MULTILINE)
        os.mkdir(self.path("pkgconfig"))
        with open(self.path("pkgconfig/asyncq-1.pc"), "w", encoding="utf-8") as file:
            file.write(lines)

    def shell(self, daemon, line):
        environment = {
            **os.environ,
            "PKG_CONFIG_PATH": self.path("pkgconfig"),
            "ASYNCQ_ADDRESS": daemon.address,
            "ASYNCQ_WORKER": harness.WORKER,
            "PATH": os.path.dirname(harness.ASYNCQCTL) + ":" + os.environ["PATH"],
        }
        run = subprocess.run(["sh", "-eu", "-c", line], env=environment, cwd=self.folder,
                             capture_output=True, text=True, timeout=harness.TIMEOUT, check=False)
        self.assertEqual(0, run.returncode, f"{line}\n{run.stdout}{run.stderr}")
        return run.stdout

    def test_plugin_runs_within_a_second(self):
        code, (compiler, install, call) = blocks()
        self.assertLessEqual(len([line for line in code.splitlines() if line]), 12)
        with open(self.path("hello.c"), "w", encoding="utf-8") as file:
            file.write(code)
        daemon = self.daemon(plugins=["demo"])
        self.install(daemon.plugins)
        self.shell(daemon, compiler)
        start = time.monotonic()
        self.shell(daemon, install)
        harness.bounded(lambda: "hello.greet" in daemon.bus.functions(), "hello.greet")
        job = daemon.bus.words("hello.greet")
        self.assertEqual("Hello, world!", self.assert_succeeded(daemon.bus.wait(job)))
        self.assertLess(time.monotonic() - start, SECONDS)
        self.assertEqual("'Hello, Ada!'\n", self.shell(daemon, call))
        printed = {line: self.shell(daemon, line) for line in together()}
        self.assertEqual("'Hello, Ada!'\n", printed["asyncqctl plugin run ./hello.so:greet name=Ada"])

    def test_commands_name_files_that_exist(self):
        with open(os.path.join(harness.ROOT, "README.md"), encoding="utf-8") as file:
            text = file.read()
        for name in re.findall(r"`((?:data|tests|plugins|libasyncq|daemon|po)/[\w./-]*)`", text):
            self.assertTrue(os.path.exists(os.path.join(harness.ROOT, name)), name)
        for name in re.findall(r"^sh (\S+)$", text, re.MULTILINE):
            self.assertTrue(os.path.exists(os.path.join(harness.ROOT, name)), name)


if __name__ == "__main__":
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C13: mistakes that are planted on purpose, each of which the fault tests must find.

  test-planted.py [PART-OF-A-NAME]

planted/NN-NAME.patch is a known mistake; before the patch stand lines that say what
it is, and "Caught by: PROGRAM ARGUMENTS", one or more. Each is applied to a copy of
the tree in BUILD/planted, what the programs need is built there, and one of them has
to fail. A test that finds nothing is worth nothing: this is the test of the tests.
"""

import os
import shutil
import subprocess
import sys
import unittest

import rig  # first: it makes the folders known that the others are in

import figures
import harness
import tap

PATCHES = os.path.join(rig.HERE, "planted")
WORK = os.path.join(harness.BUILD, "planted")
TREE, BUILD = os.path.join(WORK, "tree"), os.path.join(WORK, "build")
# in the short form: of different kinds, and found by programs that are quick to build
SHORT = ("ack-before-flush", "checksum-not-over-all-of-it", "image-whole-before-its-flush",
         "short-write-is-ignored")
# a test that hangs has found something as well
SECONDS = 300
# by the end of a program's name: what it needs to be built
TARGETS = {
    ".py": ["daemon/asyncqd", "daemon/work/worker/asyncq-worker", "tests/faults/load-jobs",
            "tests/plugins/effects.so", "plugins/demo/demo.so", "libasyncq/ctl/asyncqctl"],
}


class Patch:
    def __init__(self, name):
        self.name = name
        self.path = os.path.join(PATCHES, name + ".patch")
        with open(self.path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.commands = [line.partition(":")[2].split() for line in lines
                         if line.startswith("Caught by:")]

    def apply(self, *options):
        run = subprocess.run(["patch", "-p1", "--forward", "--batch", "-d", TREE, "-i", self.path,
                              "--no-backup-if-mismatch", *options],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise AssertionError(f"{self.name} does not apply any more:\n{run.stdout}{run.stderr}")


def all_patches():
    names = sorted(name[:-len(".patch")] for name in os.listdir(PATCHES) if name.endswith(".patch"))
    return [Patch(name) for name in names]


def source_files():
    """Of the tree, without what is built."""
    for folder, folders, files in os.walk(harness.ROOT):
        if folder == harness.ROOT:
            folders[:] = [name for name in folders if not name.startswith(("_build", "build"))]
        folders[:] = [name for name in folders if name not in (".git", "__pycache__")]
        for name in files:
            if name != ".git":
                yield os.path.relpath(os.path.join(folder, name), harness.ROOT)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def update_tree():
    """Copies what differs, so that ninja builds no more than it must."""
    wanted = set(source_files())
    for name in wanted:
        source, target = os.path.join(harness.ROOT, name), os.path.join(TREE, name)
        if read(source) != read(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)
    for folder, _folders, files in os.walk(TREE):
        for name in files:
            if os.path.relpath(os.path.join(folder, name), TREE) not in wanted:
                os.unlink(os.path.join(folder, name))


def build(command):
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        run(["meson", "setup", BUILD, TREE, "-Dintrospection=disabled", "-Ddocumentation=disabled",
             "-Dvapi=disabled", "-Dwerror=false"])
    targets = TARGETS[".py"] if command[0].endswith(".py") else ["tests/faults/" + command[0]]
    run(["ninja", "-C", BUILD, *targets])


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}")


def finds_something(command):
    """(whether it failed, its last lines)"""
    folder = os.path.join(TREE if command[0].endswith(".py") else BUILD, "tests", "faults")
    environment = {**os.environ, "ASYNCQ_BUILD": BUILD, "ASYNCQ_FAULTS": "short"}
    words = [word for word in command if "=" not in word or word.startswith("-")]
    environment.update(word.split("=", 1) for word in command if word not in words)
    try:
        done = subprocess.run([os.path.join(folder, words[0]), *words[1:]], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return True, "it hangs"
    lines = [line for line in (done.stdout + done.stderr).splitlines() if ": " in line]
    return done.returncode != 0, "\n".join(lines[-3:])


class Planted(unittest.TestCase):
    words = ()  # parts of names; none: all of the short or the long form

    def test_every_planted_mistake_is_found(self):
        words = self.words
        patches = [patch for patch in all_patches()
                   if (any(word in patch.name for word in words) if words
                       else rig.LONG or patch.name[3:] in SHORT)]
        self.assertTrue(patches)
        os.makedirs(TREE, exist_ok=True)
        missed = [patch.name for patch in patches if not self.is_found(patch)]
        figures.write(harness.BUILD, "C13-planted", planted=len(patches),
                      found=len(patches) - len(missed), missed=", ".join(missed) or "none",
                      violations=len(missed))
        self.assertEqual([], missed)

    def is_found(self, patch):
        update_tree()
        patch.apply()
        for command in patch.commands:
            build(command)
            found, said = finds_something(command)
            print(f"# {patch.name}: {' '.join(command)} "
                  f"{'finds it' if found else 'does not find it'}", flush=True)
            if found:
                print("\n".join("#   " + line[:200] for line in said.splitlines()), flush=True)
                return True
        return False


if __name__ == "__main__":
    Planted.words, sys.argv[1:] = sys.argv[1:], []
    tap.main()

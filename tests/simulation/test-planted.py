#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""C13 for the rules: mistakes that are planted on purpose, each of which some seed must find.

  test-planted.py [PART-OF-A-NAME]

planted/NN-NAME.patch is a known mistake; the lines before the patch say what it is. Each
is applied to a copy of the tree in BUILD/planted-rules, the simulation is built there,
and has to fail.
"""

import importlib.util
import os
import re
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FAULTS = os.path.join(os.path.dirname(HERE), "faults")
sys.path.insert(0, FAULTS)

import rig  # noqa: E402  first: it makes the folders known that the others are in

import harness  # noqa: E402
import tap  # noqa: E402

# how a tree is copied, patched and built is the other planted mistakes' business
_spec = importlib.util.spec_from_file_location("planted", os.path.join(FAULTS, "test-planted.py"))
planted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(planted)
planted.PATCHES = os.path.join(HERE, "planted")
planted.WORK = os.path.join(harness.BUILD, "planted-rules")
planted.TREE = os.path.join(planted.WORK, "tree")
planted.BUILD = os.path.join(planted.WORK, "build")

FOLDER = "tests/simulation"
PROGRAMS = ("simulation", "schedule-histories")
SHORT = ("rescue-without-lease-check", "join-counted-twice", "interruption-not-counted")
SEEDS = 4000


def program_of(patch):
    """Mistakes of schedules have a program of their own."""
    return os.path.join(FOLDER, PROGRAMS["schedule" in patch.name])


def build(program):
    if not os.path.exists(os.path.join(planted.BUILD, "build.ninja")):
        planted.run(["meson", "setup", planted.BUILD, planted.TREE, "-Dintrospection=disabled",
                     "-Ddocumentation=disabled", "-Dvapi=disabled", "-Dwerror=false"])
    planted.run(["ninja", "-C", planted.BUILD, program])


def find(program):
    """The seed that fails and what it says, or None."""
    try:
        done = subprocess.run([os.path.join(planted.BUILD, program), f"--seeds={SEEDS}"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=planted.SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "some", "it hangs"
    if done.returncode == 0:
        return None
    said = done.stdout + done.stderr
    seed = re.search(r"seed (\d+) fails", said)
    reason = re.search(r"(violation: .*|.*ERROR.*|.*assertion.*)", said)
    return seed.group(1) if seed else "some", reason.group(1)[:120] if reason else "it aborts"


class Planted(unittest.TestCase):
    words = ()  # parts of names; none: all of the short or the long form

    def test_every_planted_mistake_is_found(self):
        words = self.words
        patches = [patch for patch in planted.all_patches()
                   if (any(word in patch.name for word in words) if words
                       else rig.LONG or patch.name[3:] in SHORT)]
        self.assertTrue(patches)
        os.makedirs(planted.TREE, exist_ok=True)
        missed = [patch.name for patch in patches if not self.is_found(patch)]
        print(f"# planted {len(patches)}, found {len(patches) - len(missed)}", flush=True)
        self.assertEqual([], missed)

    def is_found(self, patch):
        planted.update_tree()
        patch.apply()
        build(program_of(patch))
        start = time.monotonic()
        found = find(program_of(patch))
        took = time.monotonic() - start
        if found is None:
            print(f"# {patch.name:40} not found in {SEEDS} seeds", flush=True)
            return False
        print(f"# {patch.name:40} seed {found[0]:>6} {took:5.1f} s  {found[1]}", flush=True)
        return True


if __name__ == "__main__":
    Planted.words, sys.argv[1:] = sys.argv[1:], []
    tap.main()

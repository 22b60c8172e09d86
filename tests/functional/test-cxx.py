#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The plugin in C++: what is thrown fails its job and nothing else."""

import os
import unittest

import harness
import tap


@unittest.skipUnless(os.path.exists(harness.built("plugins", "cxx", "cxx.so")), "no compiler for C++")
class Cxx(harness.Case):
    def test_an_exception_fails_its_job_alone(self):
        daemon = self.daemon(plugins=["cxx"])
        counts = daemon.run("cxx.count_words", "a rose is a Rose")
        self.assertEqual("{'a': 2, 'is': 1, 'rose': 2}", counts.replace("uint32 ", ""))
        workers = daemon.children()
        self.assertIn("no word in the text", daemon.ctl_run("run", "--retry=never", "cxx.count_words", "!").stderr)
        self.assertIn("out of luck", daemon.ctl_run("run", "--retry=never", "cxx.throw", "out of luck").stderr)
        self.assertIn("no exception", daemon.ctl_run("run", "--retry=never", "cxx.throw", "").stderr)
        self.assertEqual(sorted(workers), sorted(daemon.children()))


if __name__ == "__main__":
    tap.main()

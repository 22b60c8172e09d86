#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""data/quickstart.sh, from another folder, with what is built already."""

import os
import subprocess

import harness
import tap


class Quickstart(harness.Case):
    def quickstart(self):
        run = subprocess.run(
            ["sh", os.path.join(harness.ROOT, "data", "quickstart.sh")], cwd="/",
            env={**os.environ, "ASYNCQ_BUILD": os.path.abspath(harness.BUILD),
                 "TMPDIR": self.folder},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(0, run.returncode, run.stdout + run.stderr)
        return run.stdout.splitlines()

    def test_twice(self):
        for _ in range(2):
            lines = self.quickstart()
            self.assertRegex(lines[-1], r"^pi = 3\.1[0-9]*$")
            self.assertEqual(4, sum("ran in worker process" in line for line in lines))
            self.assertEqual([], os.listdir(self.folder))


if __name__ == "__main__":
    tap.main()

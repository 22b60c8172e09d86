#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Sums up the report of `meson test`: counts every case of every program.

A program that failed without naming a case counts as one failed case. The exit
status is 1 where anything failed, and where nothing ran at all.
"""

import sys
import xml.etree.ElementTree as ElementTree


def count(path):
    passed, failed, skipped = 0, [], []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is not None:
            skipped.append(name)
        else:
            passed += 1
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        missed = int(suite.get("errors", 0)) + int(suite.get("failures", 0))
        named = sum(1 for case in suite.iter("testcase")
                    if case.find("failure") is not None or case.find("error") is not None)
        if missed > named:
            failed.append(f"{suite.get('name')} (ended badly)")
    return passed, failed, skipped


def main():
    passed, failed, skipped = count(sys.argv[1])
    for name in skipped:
        print(f"skipped: {name}")
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

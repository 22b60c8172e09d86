#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Sums up the reports of `meson test`: counts every case of every program.

A program that failed without naming a case counts as one failed case; that one
did is in meson's own log only where it was ended by a signal or by time. The exit
status is 1 where anything failed, and where nothing ran at all.
"""

import json
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


def list_bad_ends(path):
    """The programs that meson itself calls failed."""
    with open(path, encoding="utf-8") as log:
        runs = [json.loads(line) for line in log]
    return [run["name"].split(" / ")[-1] for run in runs
            if run["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")]


def main():
    report, log = sys.argv[1:]
    passed, failed, skipped = count(report)
    failed += [f"{name} (ended badly)" for name in list_bad_ends(log)
               if not any(name in case for case in failed)]
    for name in skipped:
        print(f"skipped: {name}")
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

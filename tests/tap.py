# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Runs unittest cases and prints TAP, which meson counts case by case.

A program of tests ends with `tap.main()`. Arguments are patterns: only cases
whose name contains one of them are run, so that one case is easy to repeat.
"""

import sys
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0
        self.buffer = False

    def _print(self, ok, test, note=""):
        self.number += 1
        name = test.id().removeprefix("__main__.").replace("#", "")
        print(f"{'ok' if ok else 'not ok'} {self.number} {name}{note}", flush=True)

    def startTest(self, test):
        super().startTest(test)
        self._failed_subtests = False

    def addSuccess(self, test):
        if not self._failed_subtests:
            self._print(True, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._print(True, test, f" # SKIP {reason}")

    def _failure(self, test, err):
        text = self._exc_info_to_string(err, test)
        print("\n".join(f"# {line}" for line in text.splitlines()), flush=True)
        self._print(False, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failure(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._failure(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed_subtests = True
            self._failure(subtest, err)


def _cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _cases(item)
        else:
            yield item


def main():
    cases = list(_cases(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))
    if sys.argv[1:]:
        cases = [case for case in cases if any(word in case.id() for word in sys.argv[1:])]
    result = TapResult()
    print("TAP version 13")
    unittest.TestSuite(cases).run(result)
    print(f"1..{result.number}")
    sys.exit(0 if result.wasSuccessful() and result.number > 0 else 1)

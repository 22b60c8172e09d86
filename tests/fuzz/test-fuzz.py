#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""F1 to F4, F9 to F11: libFuzzer over what is read from a disk, over filters, calendars and
what workers say, with our code instrumented and under the address and the undefined-behaviour sanitizer.

Builds in BUILD/fuzz. $SECONDS_EACH says how long a target runs, otherwise 10 s in
the short form and an hour in the long one. A finding is copied to
BUILD/faults-kept; it belongs into tests/fuzz/corpus, from where every build tries
it again.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests", "faults")]

import figures  # noqa: E402
import tap  # noqa: E402

BUILD = os.environ.get("ASYNCQ_BUILD", os.path.join(ROOT, "_build"))
FUZZ_BUILD = os.path.join(BUILD, "fuzz")
LONG = os.environ.get("ASYNCQ_FAULTS") == "long"
SECONDS = int(os.environ.get("SECONDS_EACH") or (3600 if LONG else 10))
TARGETS = {"F1-record": "record", "F2-segment": "segment", "F3-page": "page", "F3-image": "image",
           "F4-filter": "filter", "F9-calendar": "calendar", "F10-wire": "wire", "F11-worker": "worker"}
# the library's own, which outlives every run
OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
           "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0"}


def why_not():
    """Why nothing can be fuzzed here, or None."""
    if shutil.which("clang") is None:
        return "clang is not installed"
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "empty.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("int LLVMFuzzerTestOneInput (const char *d, unsigned long n) { return 0; }\n")
        run = subprocess.run(["clang", "-fsanitize=fuzzer,address", source, "-o", source[:-2]],
                             capture_output=True, check=False)
    return None if run.returncode == 0 else "clang has no libFuzzer: libclang-rt-dev is not installed"


WHY_NOT = why_not()


def build():
    if not os.path.exists(os.path.join(FUZZ_BUILD, "build.ninja")):
        ccache = ["ccache"] if shutil.which("ccache") else []
        subprocess.run(
            ["meson", "setup", FUZZ_BUILD, ROOT, "--buildtype=debugoptimized", "-Dwerror=false",
             "-Db_lundef=false", "-Db_sanitize=address,undefined", "-Dfuzzing=true",
             "-Dintrospection=disabled", "-Ddocumentation=disabled", "-Dvapi=disabled",
             "-Dc_args=-fsanitize=fuzzer-no-link"],
            env={**os.environ, "CC": " ".join([*ccache, "clang"])}, check=True, capture_output=True)
    subprocess.run(["ninja", "-C", FUZZ_BUILD, "tests/fuzz/fuzz-seeds",
                    *(f"tests/fuzz/fuzz-{target}" for target in TARGETS.values())],
                   check=True, capture_output=True)


def built(name):
    return os.path.join(FUZZ_BUILD, "tests", "fuzz", name)


@unittest.skipIf(WHY_NOT, WHY_NOT)
class Fuzz(unittest.TestCase):
    def test_nothing_that_is_read_from_a_disk_does_harm(self):
        try:
            build()
        except subprocess.CalledProcessError as error:
            self.fail(f"{error}\n{error.output.decode()[-4000:]}")
        folder = tempfile.mkdtemp(prefix="aq-fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.addCleanup(shutil.rmtree, folder)
        environment = {**os.environ, **OPTIONS, "TMPDIR": folder}
        subprocess.run([built("fuzz-seeds"), folder], env=environment, check=True,
                       capture_output=True)
        runs = {test: self.start(folder, test, target, environment)
                for test, target in TARGETS.items()}
        for test, run in runs.items():
            with self.subTest(test):
                self.finish(folder, test, run)

    def start(self, folder, test, target, environment):
        work = os.path.join(folder, target)
        os.makedirs(work, exist_ok=True)
        return subprocess.Popen(
            [built("fuzz-" + target), f"-max_total_time={SECONDS}", "-print_final_stats=1",
             "-rss_limit_mb=512", "-timeout=10", "-max_len=65536", f"-artifact_prefix={folder}/{test}-",
             work, os.path.join(HERE, "corpus", target)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, folder, test, run):
        _nothing, said = run.communicate(timeout=SECONDS + 120)
        for finding in glob.glob(f"{folder}/{test}-*"):
            kept = os.path.join(BUILD, "faults-kept")
            os.makedirs(kept, exist_ok=True)
            print(f"# finding: {shutil.copy(finding, kept)}", flush=True)
        self.assertEqual(0, run.returncode, said[-6000:])
        runs = int(re.search(r"number_of_executed_units: (\d+)", said).group(1))
        coverage, features = re.findall(r"cov: (\d+) ft: (\d+)", said)[-1]
        size = re.search(r"INITED|Loaded \d+ modules\s+\((\d+) inline", said).group(1)
        found = {"seconds": SECONDS, "runs": runs, "edges_covered": int(coverage),
                 "edges_of_all_code": int(size or 0), "features": int(features), "violations": 0}
        figures.write(BUILD, test, **found)
        print(f"# {test}: {found}", flush=True)


if __name__ == "__main__":
    tap.main()

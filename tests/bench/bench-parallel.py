#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Two samples of pi, one after the other and at the same time, through a daemon.

    ASYNCQ_BUILD=_build tests/bench/bench-parallel.py

An agent of size 1 takes `pi.generate_sample`, beside the catch-all; then it gets a second slot. Prints
the time of both samples in each case, the best of five runs, and their ratio: with two cores free it is
to be below 0.65.
"""

import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "tests", "functional")]
os.environ.setdefault("ASYNCQ_BUILD", os.path.join(ROOT, "_build"))

import harness  # noqa: E402

RUNS = 5
FIRST_SIZE = 20000000
WANTED = 0.65
SECONDS_A_SAMPLE = 0.6


def take_samples(daemon, size, number=2):
    """Seconds until all of them are there."""
    entry = {"function": "pi.generate_sample", "arguments": harness.text(f"(uint32 {size},)")}
    begun = time.monotonic()
    for job in daemon.bus.submit(*[entry] * number):
        outcome, result = daemon.bus.wait(job)
        assert outcome == "succeeded", result
    return time.monotonic() - begun


def set_slots(daemon, slots):
    daemon.bus.call("/org/asyncq/agents/samples", "org.asyncq.Agent1", "Change",
                    harness.text(f"({{'size': <uint32 {slots}>}},)"))
    take_samples(daemon, FIRST_SIZE, slots)  # the workers are there, with the plugin


def measure(daemon, size):
    """The best of several runs, one after the other and at the same time; whoever else uses the cores uses
    them for both."""
    best = {1: float("inf"), 2: float("inf")}
    for _run in range(RUNS):
        for slots in best:
            set_slots(daemon, slots)
            best[slots] = min(best[slots], take_samples(daemon, size))
    return best[1], best[2]


def main():
    folder = tempfile.mkdtemp(prefix="aq-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(folder, 0o755)
    config = ("[agent main]\nsize = 3\nfilter = -pi.generate_sample\n"
              "[agent samples]\nsize = 1\nfilter = pi.generate_sample\n")
    daemon = harness.Daemon(folder, plugins=["pi"], config=config).start()
    try:
        take_samples(daemon, FIRST_SIZE)
        size = int(FIRST_SIZE * SECONDS_A_SAMPLE / take_samples(daemon, FIRST_SIZE, 1))
        after, together = measure(daemon, size)
    finally:
        daemon.stop()
        shutil.rmtree(folder)
    ratio = together / after
    print(f"two samples of {size} darts, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"one after the other (agent of size 1)  {after:8.3f} s")
    print(f"at the same time (size 2)              {together:8.3f} s")
    print(f"ratio                                  {ratio:8.3f}    wanted < {WANTED}"
          f"{'' if ratio < WANTED else ': NOT REACHED, are two cores free?'}")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Where the figures of a fault test go: a JSON file a test in the build folder.

report.py makes the table of them. A test of another language writes the same:
$ASYNCQ_BUILD/reliability/NAME.json with an object; "test", "seed" and
"violations" have a meaning to the table, all other members are shown as they are.
"""

import json
import os


def folder(build):
    path = os.path.join(build, "reliability")
    os.makedirs(path, exist_ok=True)
    return path


def write(build, test, **figures):
    path = os.path.join(folder(build), test + ".json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"test": test, **figures}, file, indent=2)
        file.write("\n")
    os.rename(path + ".new", path)


def read_all(build):
    """The objects of all tests, in the order of their names."""
    found = []
    for name in sorted(os.listdir(folder(build))):
        if name.endswith(".json"):
            with open(os.path.join(folder(build), name), encoding="utf-8") as file:
                found.append(json.load(file))
    return found


def percentile(values, share):
    """Of a list that is not empty: the value that a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The table of behaviour and tests: what it names is there.

  check (root) → a list of complaints
"""

import os
import re

TABLE = "daemon/core/BEHAVIOUR.md"
REFERENCE = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.(?:c|py|patch)): ([^`]+)`")
ROWS = {"Z": [*range(1, 39), *range(47, 87), *range(90, 100), *range(100, 122), *range(122, 138), 193, 194, 195], "M": [*range(1, 18), 25, 26], "F": range(1, 41),
        "X": range(1, 28)}


def check_references(root, text):
    for path, case in REFERENCE.findall(text):
        try:
            with open(os.path.join(root, "tests", path), encoding="utf-8") as file:
                found = case in file.read()
        except FileNotFoundError:
            yield f"{TABLE}: there is no file tests/{path}"
            continue
        if not found:
            yield f"{TABLE}: tests/{path} has no case '{case}'"


def listed_rows(text):
    for cell in re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE):
        for kind, first, last in re.findall(r"\b([ZMFX])(\d+)(?: to [ZMFX](\d+))?", cell):
            for number in range(int(first), int(last or first) + 1):
                yield f"{kind}{number}"


def check(root):
    with open(os.path.join(root, TABLE), encoding="utf-8") as file:
        text = file.read()
    complaints = list(check_references(root, text))
    listed = set(listed_rows(text))
    wanted = {f"{kind}{number}" for kind, numbers in ROWS.items() for number in numbers}
    complaints.extend(f"{TABLE}: row {row} is missing" for row in sorted(wanted - listed))
    return complaints

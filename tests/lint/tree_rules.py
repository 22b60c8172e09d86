# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""The rules of the tree that a compiler does not check.

  check (root) → a list of complaints, "FILE:LINE: what is wrong"

Layers, and who may include whom:

  daemon/*.c → bus, monitor, work, store → core → libasyncq → GLib
               bus, monitor → socket → libasyncq
  daemon/work/worker, plugins, libasyncq/ctl → libasyncq

The four services do not include one another.
"""

import os
import re

# folder → the project's folders that its files may include besides itself;
# the longest folder that fits a file counts
LAYERS = {
    "libasyncq": set(),
    "libasyncq/ctl": {"libasyncq"},
    "daemon/core": {"libasyncq"},
    "daemon/store": {"daemon/core", "libasyncq"},
    "daemon/work": {"daemon/core", "daemon/work/worker", "libasyncq"},
    "daemon/work/worker": {"libasyncq"},
    "daemon/socket": {"libasyncq"},
    "daemon/bus": {"daemon/core", "daemon/socket", "libasyncq"},
    "daemon/monitor": {"daemon/core", "daemon/socket", "libasyncq"},
    "daemon": {"daemon/bus", "daemon/core", "daemon/monitor", "daemon/store", "daemon/work",
               "libasyncq"},
    "plugins": {"libasyncq"},
}

# header of another library → the folders (or one file) that may include it
LIBRARIES = {
    "gdbm.h": ["daemon/store", "tests/store"],
    "libsoup/": ["daemon/monitor", "libasyncq/ctl/monitor-client.c", "plugins/http", "tests/monitor"],
    "json-glib/": ["daemon/monitor", "daemon/main.c", "daemon/store/tool", "libasyncq/ctl", "tests"],
    "libpq-fe.h": ["daemon/store", "tests/store"],
}

# these see only what is installed for everybody
PUBLIC_ONLY = ["libasyncq/ctl", "plugins"]

# who asks the system for the time; the worker has no AqClock, and only measures how long functions run;
# a process tree asks for the processor time of others
CLOCKS = ["daemon/core/aq-clock.c", "daemon/work/aq-process-tree.c", "daemon/work/worker/aq-watcher.c"]
CLOCK_CALLS = re.compile(
    r"\b(g_get_monotonic_time|g_get_real_time|g_get_current_time|g_date_time_new_now\w*"
    r"|clock_gettime|gettimeofday|timespec_get|time)\s*\(")
GENERATED_BUS = re.compile(r"(^|/)(aq-(bus-)?generated|.*-generated|org\.asyncq\.[\w.]*)\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')

GPL, LGPL = "GPL-3.0-or-later", "LGPL-2.1-or-later"
# inputs of fuzz targets: bytes, of any kind
BINARY = ["tests/fuzz/corpus"]
NO_HEADER = re.compile(r"(\.md|\.gitignore|\.clang-format|LICENSES/.*|\.reuse/.*|po/LINGUAS"
                       r"|po/POTFILES|tests/(faults|simulation)/planted/.*\.patch)$")


def list_files(root):
    """Every file of the tree, without what .gitignore names and git's own."""
    for folder, folders, files in os.walk(root):
        at_top = os.path.samefile(folder, root)
        folders[:] = sorted(
            name for name in folders
            if name not in (".git", "__pycache__")
            and not (at_top and name.startswith(("_build", "build"))))
        for name in sorted(files):
            if name != ".git":
                yield os.path.relpath(os.path.join(folder, name), root)


def within(path, folder):
    return path == folder or path.startswith(folder + "/")


def layer_of(path):
    fitting = [folder for folder in LAYERS if within(path, folder)]
    return max(fitting, key=len) if fitting else None


def resolve(root, path, header):
    """The project's file that is included, or None: a system header, or a generated one."""
    candidates = [header, "daemon/" + header, "libasyncq/" + header, "libasyncq/ctl/" + header,
                  os.path.dirname(path) + "/" + header]
    for candidate in candidates:
        if os.path.isfile(os.path.join(root, candidate)):
            return os.path.normpath(candidate)
    return None


def check_include(root, path, header, quoted):
    layer = layer_of(path)
    for library, places in LIBRARIES.items():
        if header.startswith(library) and not any(within(path, place) for place in places):
            yield f"includes <{header}>, which only {', '.join(places)} may"
    if layer is None:
        return
    if GENERATED_BUS.search(header) and layer not in ("daemon/bus", "daemon"):
        yield f"includes generated bus code \"{header}\""
    target = resolve(root, path, header)
    if target is None:
        return
    other = layer_of(target)
    if other is not None and other != layer and other not in LAYERS[layer]:
        yield f"{layer} must not include {other}: \"{header}\""
    if layer in PUBLIC_ONLY and other == "libasyncq":
        if quoted or header.endswith("-private.h"):
            yield f"includes \"{header}\": only installed headers, in angle brackets"


def without_comments(text):
    """Comments and strings blanked out, lines kept."""
    blank = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return blank.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def check_c(root, path, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            for complaint in check_include(root, path, match.group(2), match.group(1) == '"'):
                yield f"{path}:{number}: {complaint}"
    if within(path, "daemon") and path not in CLOCKS:
        for number, line in enumerate(without_comments(text).splitlines(), 1):
            match = CLOCK_CALLS.search(line)
            if match:
                yield f"{path}:{number}: asks the system for the time: {match.group(1)}; use AqClock"


def check_licence(path, text):
    head = text[:1000]
    match = re.search(r"SPDX-License-Identifier: (\S+)", head)
    if match is None or "SPDX-FileCopyrightText: " not in head:
        yield f"{path}:1: has no SPDX header"
        return
    # a test may have the licence of what it tests
    if path.endswith((".c", ".h")) and not within(path, "tests"):
        free = not within(path, "daemon") or within(path, "daemon/work/worker")
        wanted = LGPL if free else GPL
        if match.group(1) != wanted:
            yield f"{path}:1: is {match.group(1)}, this folder is {wanted}"


def check(root):
    complaints = []
    for path in list_files(root):
        if any(within(path, folder) for folder in BINARY):
            continue
        try:
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            complaints.append(f"{path}:1: is not UTF-8 text")
            continue
        if not NO_HEADER.search(path):
            complaints.extend(check_licence(path, text))
        if path.endswith((".c", ".h")):
            complaints.extend(check_c(root, path, text))
    return complaints

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

"""Points at which the calls that a daemon makes on its store can be stopped.

strace counts, thread by thread, only calls on files of the store, so that sockets
and plugins do not matter. With -D the daemon stays our child, and strace is a
grandchild that ends with it.
"""

import os

# call → (how often it is chosen, how many of it one thread makes in a fraction of a second)
CALLS = {
    "fdatasync": (8, 150),
    "pwrite64": (8, 150),
    "openat": (3, 12),
    "ftruncate": (2, 4),
    "fallocate": (2, 4),
    "fsync": (2, 4),
    "renameat": (2, 3),
    "unlinkat": (1, 2),
    "sync_file_range": (1, 8),
    "write": (1, 2),
}
N_SEGMENTS = 200  # that have a name strace is told of


def paths(store):
    """Of all files that a store may have."""
    yield store
    for name in ("format", "format.new", "super", "A.gdbm", "B.gdbm", "pid", "journal"):
        yield os.path.join(store, name)
    yield os.path.join(store, "journal", "reserve")
    for number in range(1, N_SEGMENTS):
        yield os.path.join(store, "journal", f"{number:06}")


def strace(store, call, what, log="/dev/null"):
    """The words before a daemon's command line, so that what happens to the call."""
    words = ["strace", "-D", "-f", "-qq", "-o", log, "-e", "trace=" + call, "-e",
             f"inject={call}:{what}"]
    for path in paths(store):
        words += ["-P", path]
    return words


def choose(chance):
    """(call, n): the n-th one of a thread; the first ones are those of a start"""
    call = chance.choices(list(CALLS), [share for share, _count in CALLS.values()])[0]
    return call, 1 + int(CALLS[call][1] ** chance.random())


def choose_error(chance):
    """What strace is to do with the n-th call of a thread, or all from then on"""
    call, nth = choose(chance)
    name = chance.choice(("EIO", "EIO", "ENOSPC", "EDQUOT", "EROFS"))
    return call, f"error={name}:when={nth}{chance.choice(('', '', '', '+'))}"

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# Builds with the thread sanitizer in a folder of its own below $ASYNCQ_BUILD,
# and runs there the tests in which threads of ours meet, or those that are named:
#   ASYNCQ_BUILD=_build tests/tsan.sh [TEST…]
# Every process writes what is found to one folder, daemons and workers too. Any
# finding is a failure, whatever its test came to.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${ASYNCQ_BUILD:-$root/_build}/tsan
reports=$build/tsan-reports

# the unit tests whose names begin like this: the store's threads, the watcher in each worker, the client's life
unit='core-away|core-engine|store-|work-|bus-|monitor-|library-client'
# Not these: Landlock, an own name space, or a limit on addresses do not go with the sanitizer, which needs
# /proc, its folder of reports, and nearly all addresses; and it takes the signals of a crash for itself.
unit_left_out='work-sandbox|work-forensics'
# for the same reasons neither 'sandbox', 'resource-limits' nor 'attempts' is here
functional='callbacks composites crash-recovery drain first-light hostile http jobs left-behind life limits notes
 quarantine replace retention stop'

[ -f "$build/build.ninja" ] ||
    meson setup "$build" "$root" --buildtype=debugoptimized -Db_lundef=false -Db_sanitize=thread \
        -Dintrospection=disabled -Ddocumentation=disabled -Dvapi=disabled
ninja -C "$build"

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046,SC2086 # names
    set -- $(meson test -C "$build" --no-rebuild --list --suite unit 2>/dev/null | sed 's|.* / ||' |
                 grep -E "^($unit)" | grep -vxE "$unit_left_out") $functional
fi

rm -rf "$reports"
mkdir -p "$reports"
# memory that GLib hands from thread to thread by itself looks like ours to be shared
export G_SLICE=always-malloc
# the status is for programs that nobody looks at otherwise; a child of a process with threads may begin its own
export TSAN_OPTIONS="suppressions=$root/tests/tsan.supp:log_path=$reports/report:exitcode=66:die_after_fork=0:\
second_deadlock_stack=1:history_size=4:${TSAN_OPTIONS:-}"
status=0
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 5 "$@" || status=$?

found=$(find "$reports" -type f | wc -l)
if [ "$found" -gt 0 ]; then
    cat "$reports"/*
    status=1
fi
echo "tsan: $found processes with findings"
exit "$status"

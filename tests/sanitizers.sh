#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# Builds with the address and the undefined-behaviour sanitizer in a folder of
# its own below $ASYNCQ_BUILD, and runs every test there.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${ASYNCQ_BUILD:-$root/_build}/sanitizers

[ -f "$build/build.ninja" ] ||
    meson setup "$build" "$root" --buildtype=debugoptimized -Db_lundef=false \
        -Db_sanitize=address,undefined
ninja -C "$build"

# GLib's slices would hide leaks
export G_SLICE=always-malloc
# a finding ends the program, so that its test fails; a refused allocation is none
export ASAN_OPTIONS="detect_leaks=1:exitcode=99:allocator_may_return_null=1:detect_stack_use_after_return=1:${ASAN_OPTIONS:-}"
export LSAN_OPTIONS="suppressions=$root/tests/lsan.supp:print_suppressions=0:${LSAN_OPTIONS:-}"
export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS:-}"
# strace and the leak sanitizer want to be the one tracer
exec meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 4 \
    --no-suite programs "$@"

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# Installs what is missing, builds, and runs every test, from any folder:
#   sh tests/run.sh
# Last line: N passed, N failed. Benchmarks and sanitizers are run apart, see HACKING.md.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=../data/packages.sh
. "$root/data/packages.sh"

log=$(mktemp "${TMPDIR:-/tmp}/asyncq-tests.XXXXXX")
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2086 # lists of words
need_packages $build_packages $test_packages

build=$(build_folder)
build_targets all

echo "test: running all in $build"
junit=$build/meson-logs/testlog.junit.xml
runs=$build/meson-logs/testlog.json
rm -f "$junit" "$runs"
status=0
meson test -C "$build" --no-rebuild --print-errorlogs || status=$?
[ -s "$junit" ] && [ -s "$runs" ] || fail "test: meson wrote no reports to $build/meson-logs"

[ ! -f "$build/RELIABILITY.md" ] || cat "$build/RELIABILITY.md"
python3 "$root/tests/count-results.py" "$junit" "$runs" || exit 1
exit "$status"

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# Runs the functions of the plugin $1 without a daemon. $ASYNCQCTL is another asyncqctl.

set -eu

asyncqctl=${ASYNCQCTL:-asyncqctl}
plugin=$1

check() {
  if [ "$1" != "$2" ]; then
    echo "found $1, wanted $2" >&2
    exit 1
  fi
}

# results are printed as GVariant text
check "$("$asyncqctl" plugin run "$plugin:greet" World)" "'Hello, World!'"

# a function that fails is told by the exit status
status=0
"$asyncqctl" plugin run "$plugin:greet" "" 2>/dev/null || status=$?
check "$status" 20

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# asyncq-plugin.h is one of other people's programs: whatever compiler of C11 or C++17 there is takes it without a word.
#   test-plugin-header.sh FOLDER-OF-THE-HEADER BUILD-FOLDER-OF-IT

set -u
flags="$(pkg-config --cflags gio-2.0 | sed 's/-I/-isystem /g') -I$1 -I$2 -Wall -Wextra -pedantic -Werror -fsyntax-only"
program='#include <asyncq-plugin.h>
extern int used; int used = ASYNCQ_PLUGIN_ABI;'
number=0
for try in 'gcc -x c -std=c11' 'g++ -x c++ -std=c++17' 'clang -x c -std=c11' 'clang++ -x c++ -std=c++17'; do
  number=$((number + 1))
  if ! command -v "${try%% *}" > /dev/null; then
    echo "ok $number - $try # SKIP it is not there"
  elif printf '%s\n' "$program" | $try $flags -; then
    echo "ok $number - $try"
  else
    echo "not ok $number - $try"
  fi
done
echo "1..$number"

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# Every text that is marked for translation has one, in every language of
# po/LINGUAS, and every file that has such texts is in po/POTFILES.

set -u

root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root" || exit 1

files=$(grep -v '^#' po/POTFILES)
languages=$(grep -v '^#' po/LINGUAS)
# shellcheck disable=SC2086 # lists of words
set -- $languages
echo "1..$(($# + 1))"

missing=
for file in libasyncq/ctl/*.c
do
    grep -qE '(^|[^A-Za-z_])(N?_|ngettext) ?\(' "$file" || continue
    grep -qxF "$file" po/POTFILES || missing="$missing $file"
done
if [ -z "$missing" ]
then
    echo "ok 1 every file with texts is listed"
else
    echo "not ok 1 every file with texts is listed # not in po/POTFILES:$missing"
fi

# shellcheck disable=SC2086
xgettext --from-code=UTF-8 -k_ -kN_ -kngettext:1,2 -o "$work/asyncq.pot" $files
number=1
for language
do
    number=$((number + 1))
    if msgcmp "po/$language.po" "$work/asyncq.pot" 2>"$work/log" &&
        msgfmt --check -o /dev/null "po/$language.po" 2>>"$work/log"
    then
        echo "ok $number language $language is complete"
    else
        sed 's/^/# /' "$work/log"
        echo "not ok $number language $language is complete"
    fi
done

#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# From nothing to a result, from any folder:
#   sh data/quickstart.sh
# Installs what is missing, builds, starts a daemon of its own in a temporary
# folder, lets several worker processes throw darts at a square, and prints what
# that makes of pi. The daemon stops at the end; only the build is kept.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=data/packages.sh
. "$root/data/packages.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/asyncq.XXXXXX")
chmod 755 "$work"
log=$work/log
daemon=

clean_up ()
{
    if [ -n "$daemon" ]
    then
        kill "$daemon" 2>/dev/null || : # it may have ended already
        wait "$daemon" 2>/dev/null || :
        daemon=
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2086 # a list of words
need_packages $build_packages
build=$(build_folder)
build_targets daemon/asyncqd daemon/work/worker/asyncq-worker libasyncq/ctl/asyncqctl plugins/demo/demo.so \
    plugins/pi/pi.so

ctl ()
{
    "$build/libasyncq/ctl/asyncqctl" --address="unix:path=$work/bus" "$@"
}

property ()
{
    ctl show "$1" -p "$2" --value
}

# plugins in a folder that only we may write to, as a daemon demands
mkdir "$work/plugins"
for plugin in demo pi
do
    install -m 644 "$build/plugins/$plugin/$plugin.so" "$work/plugins/" ||
        fail "daemon: plugin $plugin is not built"
done
: >"$work/asyncqd.conf"

echo "daemon: starting in $work"
mkfifo "$work/ready"
"$build/daemon/asyncqd" --config="$work/asyncqd.conf" --store="$work/store" --socket="$work/bus" \
    --plugins="$work/plugins" --worker="$build/daemon/work/worker/asyncq-worker" --ready-fd=3 \
    3>"$work/ready" >"$work/daemon.log" 2>&1 &
daemon=$!
read -r ready <"$work/ready" || ready= # no line: it has ended
[ "$ready" = READY ] || {
    cat "$work/daemon.log" >&2
    fail "daemon: asyncqd did not start"
}

echo "job: four samples in parallel, then the estimate"
sample='pi.generate_sample size=8000000'
job=$(ctl submit --parallel "$sample" "$sample" "$sample" "$sample" \
    --postprocess pi.process_samples) || fail "job: could not submit"
pi=$(ctl wait "$job") || fail "job: $job failed"

# who ran the samples, and whether two of them ran at the same time
workers=
overlap=no
first_started=
for member in $(property "$job" Members)
do
    worker=$(property "$member" Worker)
    started=$(property "$member" Started)
    ended=$(property "$member" Ended)
    : "${first_started:=$started}"
    echo "job: sample $member ran in worker process $worker," \
        "from $(((started - first_started) / 1000)) ms to $(((ended - first_started) / 1000)) ms"
    for other in $workers
    do
        IFS=: read -r other_worker other_started other_ended <<EOF
$other
EOF
        if [ "$other_worker" != "$worker" ] && [ "$started" -lt "$other_ended" ] &&
            [ "$other_started" -lt "$ended" ]
        then
            overlap=yes
        fi
    done
    workers="$workers $worker:$started:$ended"
done
[ "$overlap" = yes ] || fail "job: no two worker processes ran at the same time"

kill "$daemon"
wait "$daemon" || fail "daemon: asyncqd did not stop cleanly"
daemon=
echo "pi = $pi"

# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers
# shellcheck shell=sh disable=SC2034,SC2154 # variables come from, and go to, who sources this

# The Debian packages that asyncq needs, and how its scripts get them and build.
# Sourced by data/quickstart.sh and tests/run.sh, which have set $root.

build_packages='gcc gettext libc6-dev libdw-dev libgdbm-dev libglib2.0-bin libglib2.0-dev libglib2.0-dev-bin
  libjson-glib-dev libseccomp-dev libsoup-3.0-dev meson ninja-build pkg-config'

test_packages='clang dbus e2fsprogs g++ gdbmtool gi-docgen jq libclang-rt-dev libgirepository1.0-dev
  python3 python3-dbus python3-gi python3-websockets reuse strace systemd valac'

# says what went wrong in which step, and ends
fail ()
{
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# prints those of "$@" that are not installed
missing_packages ()
{
    for package in "$@"
    do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
            'install ok installed') ;;
            *) printf '%s ' "$package" ;;
        esac
    done
}

# Installs those of "$@" that are missing. With all of them there it needs
# neither root nor a network.
need_packages ()
{
    command -v dpkg-query >/dev/null ||
        fail "packages: this is no Debian system; needed are: $*"
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] ||
        fail "packages: not root, so cannot install what is missing: ${missing% }
as root: apt-get install ${missing% }"
    echo "packages: installing ${missing% }"
    # shellcheck disable=SC2086 # a list of words
    {
        apt-get update -q >"$log" 2>&1 &&
            DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
                $missing >>"$log" 2>&1
    } || {
        tail -n 20 "$log" >&2
        fail "packages: apt-get could not install: ${missing% }"
    }
}

# Prints a folder to build in: $ASYNCQ_BUILD, else _build in the tree, else, where
# the tree is not ours to write, one in the user's cache, by the tree's path.
build_folder ()
{
    if [ -n "${ASYNCQ_BUILD:-}" ]
    then
        echo "$ASYNCQ_BUILD"
    elif [ -w "$root/_build" ] || { [ ! -e "$root/_build" ] && [ -w "$root" ]; }
    then
        echo "$root/_build"
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/asyncq/build$(echo "$root" | tr -c 'A-Za-z0-9\n' '_')"
    fi
}

# builds the targets "$@" in $build
build_targets ()
{
    if [ ! -f "$build/build.ninja" ]
    then
        echo "build: configuring $build"
        mkdir -p "$build" || fail "build: cannot make folder $build"
        meson setup "$build" "$root" >"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            fail "build: meson setup failed in $build"
        }
    fi
    echo "build: compiling in $build"
    ninja -C "$build" "$@" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        fail "build: ninja failed in $build"
    }
}

# Shared by the scripts beside it: finds and installs what they need. Sourced with ROOT set.
# shellcheck shell=sh

VENV="$ROOT/.venv"
LOWEST_PYTHON=11 # of Python 3

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Servers live where a plain user's PATH does not look.
has() { PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

package_manager() {
    if has apt-get; then
        echo apt
    elif has apk; then
        echo apk
    else
        echo none
    fi
}

# need COMMAND DEBIAN-PACKAGE ALPINE-PACKAGE: remember the package if the command is missing.
missing=""
need() {
    has "$1" && return 0
    case $(package_manager) in
        apk) missing="$missing $3" ;;
        *) missing="$missing $2" ;;
    esac
}

# Debian keeps some of lighttpd's modules in packages of their own.
need_module() {
    [ "$(package_manager)" != apt ] || [ -e "/usr/lib/lighttpd/$1.so" ] || need no-such-command "$2" ""
}

# A usable Python is 3.11 or newer and can make virtual environments.
find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && has "$candidate" &&
            "$candidate" -c "import sys; sys.exit(sys.version_info < (3, $LOWEST_PYTHON))" 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

need_python() {
    [ -x "$VENV/bin/python" ] && return 0
    if python=$(find_python); then
        "$python" -c 'import ensurepip, venv' 2>/dev/null && return 0
        need no-such-command python3-venv python3
    else
        need no-such-command "python3 python3-venv" python3
    fi
}

# Install what need() remembered; without root print the one command and stop.
install_missing() {
    [ -n "$missing" ] || return 0
    case $(package_manager) in
        apt) command_line="apt-get update && apt-get install -y --no-install-recommends$missing" ;;
        apk) command_line="apk add$missing" ;;
        *) fail "please install:$missing" ;;
    esac
    if [ "$(id -u)" -ne 0 ]; then
        fail "this is missing:$missing
Type this, then start again:
  sudo sh -c '$command_line'
(a server that this installs may start by itself; the monitor uses its own instances and ports)"
    fi
    say "Installing:$missing"
    case $(package_manager) in
        apt) install_debian ;;
        apk) apk_add ;;
    esac
    missing=""
}

apk_add() {
    # shellcheck disable=SC2086 # a list of names
    apk add --quiet $missing || fail "apk add failed"
}

# Debian starts a server as soon as it is installed; ours run on their own ports, so the ones just
# installed stay stopped and off. Servers that were there before are not touched.
install_debian() {
    policy=/usr/sbin/policy-rc.d
    ours=""
    if [ ! -e "$policy" ]; then
        ours=$policy
        trap 'rm -f "$ours"' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || say "apt-get update failed; trying with the lists that are there"
    status=0
    # shellcheck disable=SC2086 # a list of names
    apt-get install -y -qq --no-install-recommends -o APT::Keep-Downloaded-Packages=false $missing >/dev/null || status=$?
    [ -z "$ours" ] || rm -f "$ours"
    trap - EXIT HUP INT TERM
    [ "$status" -eq 0 ] || fail "apt-get install failed"
    for server in mosquitto lighttpd collectd rrdcached; do
        case " $missing " in
            *" $server "* | *" $server-core "*) switch_off "$server" ;;
        esac
    done
    return 0
}

# Playwright is built for glibc only, and Ubuntu's Chromium, a snap, can't be driven by it.
has_playwright() { [ "$(package_manager)" = apt ]; }
has_browser() { has chromium-headless-shell || has chromium || has chromium-browser || has google-chrome; }
need_browser() {
    if has_playwright && ! has_browser && ! grep -q '^ID=ubuntu' /etc/os-release; then
        need chromium-headless-shell chromium-headless-shell ""
    fi
}

switch_off() {
    if has systemctl; then
        systemctl disable "$1" >/dev/null 2>&1 || true
    elif has rc-update; then
        rc-update delete "$1" >/dev/null 2>&1 || true
    fi
}

# make_venv EXTRA: install this checkout and its packages, once for each state of pyproject.toml.
# EXTRA is empty or "dev"; what was installed with dev serves both.
make_venv() {
    extras=$1
    if [ "$extras" = dev ] && has_playwright; then
        extras=dev,browser
    fi
    [ -x "$VENV/bin/python" ] || create_venv
    wanted="$("$VENV/bin/python" -V) $(cat "$ROOT/pyproject.toml" "$ROOT/scripts/constraints.txt" | cksum)"
    for stamp in "$VENV/.installed-$1" "$VENV/.installed-dev"; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
            return 0
        fi
    done
    say "Installing Python packages into .venv (once)"
    if ! install_checkout --constraint "$ROOT/scripts/constraints.txt"; then
        say "Not all of scripts/constraints.txt is to be had for this machine: taking what pyproject.toml allows."
        install_checkout || fail "pip could not install the packages named in pyproject.toml"
    fi
    printf '%s' "$wanted" >"$VENV/.installed-$1"
}

# On ARMv7 only older releases have ready-made wheels, and a compiler is not expected here.
install_checkout() {
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --prefer-binary "$@" \
        --editable "$ROOT${extras:+[$extras]}"
}

create_venv() {
    python=$(find_python) || fail "Python 3.$LOWEST_PYTHON or newer is needed"
    rm -rf "$VENV"
    "$python" -m venv "$VENV" || fail "$python -m venv failed"
}

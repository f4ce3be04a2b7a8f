#!/bin/sh
# Verify an installation from end to end: units, files and rights, broker, page, and a reading's way into daily.json.
# shellcheck disable=SC2317 # check calls the functions
set -eu

ROOT=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
# shellcheck source=deploy/lib/common.sh
. "$ROOT/deploy/lib/common.sh"

case ${1:-} in
    "") ;;
    -h | --help)
        say "usage: deploy/selftest.sh"
        exit 0
        ;;
    *) fail "unknown option $1; see --help" ;;
esac

status=0
# check WHAT COMMAND ...: tell whether it holds
check() {
    what=$1
    shift
    if "$@"; then
        say "ok      $what"
    else
        say "FAILED  $what"
        status=1
    fi
}

active() {
    case $1 in
        */10-common.conf) true ;;
        *.target | *.service) systemctl --quiet is-active "${1##*/}" ;;
        *) rc-service --quiet "${1##*/}" status ;;
    esac
}
# has_mode FILE USER MODE
has_mode() { [ "$(stat -Lc '%U %a' "$1")" = "$2 $3" ]; }
nobody_may_write() { [ -z "$(find -L "$CURRENT/" -perm /022 ! -type l 2>/dev/null | head -n 1)" ]; }
on_tmpfs() { [ "$(stat -f -Lc %T "$1" 2>/dev/null || stat -f -c %T "$1")" = tmpfs ]; }

require_root
[ -e "$MANIFEST" ] || fail "nothing is installed. Type:
  sudo $ROOT/deploy/install.sh"

init_runs || fail "$(init_system) does not run here"
for unit in $(all unit | sed '1!G;h;$!d'); do
    check "${unit##*/} is there and runs" active "$unit"
done
state=$(place state)
check "config.json is for root and $PERSON only" has_mode "$CONFIG" root 640
check "$state is for $PERSON only" has_mode "$state" "$PERSON" 750
[ ! -d "$state/credentials" ] || check "passwords are for $PERSON only" has_mode "$state/credentials" "$PERSON" 700
check "nobody but root may change the program" nobody_may_write
[ "$(place volatile)" = "$(place data)" ] || check "daily.json is on a tmpfs" on_tmpfs "$(place volatile)"
check "every service's loop turns" python -m cli.run.alive

# shellcheck disable=SC1090 # written by install.sh
. "$SERVING"
python -m cli.install.selftest "$LISTEN" "$PORT" || status=1
exit "$status"

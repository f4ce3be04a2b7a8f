# What install.sh, upgrade.sh and uninstall.sh share: telling, the manifest, where things are.
# Sourced with ROOT set, after scripts/lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034 # others use these names

HOME_DIR=/opt/power-monitor # everything of ours but data, units and the command's link
CONFIG=$HOME_DIR/config.json
CURRENT=$HOME_DIR/current # a link to one of the releases
RELEASES=$HOME_DIR/releases
MANIFEST=$HOME_DIR/manifest
SERVING=$HOME_DIR/serving # where the page is served, for the units
PERSON=power-monitor      # the system user
COMMAND=/usr/local/bin/power-monitor
DRY_RUN=""

# step WORDS: tell what is done now. In a dry run only tell, and say no:  step "..." || return 0
step() {
    if [ -n "$DRY_RUN" ]; then
        say "would: $*"
        return 1
    fi
    say "- $*"
}

require_root() {
    [ "$(id -u)" -eq 0 ] || fail "this needs root. Type:
  sudo $0"
}

# The manifest: a line for each thing that was not there before. note KIND WHAT
note() {
    grep -qxF "$1 $2" "$MANIFEST" 2>/dev/null || printf '%s %s\n' "$1" "$2" >>"$MANIFEST"
}
noted() { grep -qxF "$1 $2" "$MANIFEST" 2>/dev/null; }
# all KIND: what is noted of it, the newest first
all() { sed -n "s|^$1 ||p" "$MANIFEST" 2>/dev/null | sed '1!G;h;$!d'; }
forget() {
    grep -vxF "$1 $2" "$MANIFEST" >"$MANIFEST.new" || true
    mv "$MANIFEST.new" "$MANIFEST"
}

# init_system: what starts services here. init_runs: whether it does so now; not in a chroot.
init_system() {
    if has systemctl; then
        echo systemd
    elif has rc-service; then
        echo openrc
    else
        echo none
    fi
}
init_runs() {
    case $(init_system) in
        systemd) [ -d /run/systemd/system ] ;;
        openrc) [ -e /run/openrc/softlevel ] ;;
        *) false ;;
    esac
}

# python WORDS: the installed monitor's Python, on the installed configuration, as root.
python() {
    (cd "$HOME_DIR" && POWER_MONITOR_CONFIG=$CONFIG "${RELEASE:-$CURRENT}/venv/bin/python" -P "$@")
}
# place NAME: a directory of the configuration, or the parts it needs
place() { python -m cli.install places | sed -n "s|^$1=||p"; }

# made DIRECTORY OWNER MODE: make it unless it is there.
made() {
    if [ ! -d "$1" ]; then
        mkdir -p "$1"
        note directory "$1"
    elif ! noted directory "$1"; then
        return 0
    fi
    chown "$2" "$1"
    chmod "$3" "$1"
}

# take_over DIRECTORY OWNER MODE: one that was there before; give_back puts it back.
take_over() {
    all was | grep -qE "^[0-9]+:[0-9]+ [0-7]+ $1\$" || note was "$(stat -c '%u:%g %a' "$1") $1"
    chown "$2" "$1"
    chmod "$3" "$1"
}
give_back() {
    all was | while read -r owner mode directory; do
        [ ! -d "$directory" ] || chown "$owner" "$directory"
        [ ! -d "$directory" ] || chmod "$mode" "$directory"
        forget was "$owner $mode $directory"
    done
}

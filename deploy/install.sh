#!/bin/sh
# Install the monitor on this machine: Debian, Ubuntu or Raspberry Pi OS with systemd, or Alpine with OpenRC.
# Safe to run again: it does only what is missing, and follows changes of config.json.
set -eu

ROOT=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=deploy/lib/all.sh
. "$ROOT/deploy/lib/all.sh"

SMALL_KB=524288   # below this a process tree that shares its memory
NEEDED_KB=120000  # with what is only there while installing

usage() {
    cat <<'END'
usage: deploy/install.sh [OPTION ...]

  --config FILE        take this config.json instead of asking
  --non-interactive    never ask
  --listen ADDRESS     where the page is served: 0.0.0.0 shows it to your whole network,
                       127.0.0.1 to this machine only (default: ask; this machine only
                       where nobody can be asked)
  --port PORT          port of the page (default: 8080)
  --one-unit           everything in one process tree (default below 512 MB of memory)
  --unit-per-service   a unit for each service (default above)
  --dry-run            only tell what would be done
END
}

given_config=""
interactive=yes
listen=""
port=""
kind=""
while [ $# -gt 0 ]; do
    case $1 in
        --config | --listen | --port) [ $# -gt 1 ] || fail "$1 needs a value; see --help" ;;
    esac
    case $1 in
        -h | --help) usage && exit 0 ;;
        --config) given_config=$2 && shift ;;
        --listen) listen=$2 && shift ;;
        --port) port=$2 && shift ;;
        --non-interactive) interactive="" ;;
        --one-unit) kind=whole ;;
        --unit-per-service) kind=parts ;;
        --dry-run) DRY_RUN=yes ;;
        *) fail "unknown option $1; see --help" ;;
    esac
    shift
done

main() {
    check_machine
    make_home
    install_packages_of_system
    make_user
    make_release
    make_config
    ask_who_sees
    install_more_packages
    make_directories
    switch_release
    make_units
    start_monitor
    make_client_options
    tell_what_next
}

# Everything that can stop us is looked at before anything is changed.
check_machine() {
    [ -n "$DRY_RUN" ] || require_root
    [ "$(package_manager)" != none ] || fail "neither apt-get nor apk is here: see docs/install.md for other systems"
    [ "$(init_system)" != none ] || fail "neither systemd nor OpenRC is here: see docs/install.md for containers"
    valid_port "${port:-8080}" || fail "--port $port: must be a number from 1 to 65535"
    if [ -n "$given_config" ]; then
        [ -r "$given_config" ] || fail "--config $given_config: can't be read"
        given_config=$(cd "$(dirname "$given_config")" && pwd)/$(basename "$given_config")
    elif [ ! -e "$CONFIG" ] && { [ -z "$interactive" ] || [ ! -t 0 ]; } && [ -z "$DRY_RUN" ]; then
        fail "there is no configuration and nobody to ask. Type:
  $0 --config FILE        (config.example.json is a start)"
    fi
    installed=$(used_release)
    if [ -n "$installed" ] && [ "${installed##*/}" != "$(release_name "$(find_python)")" ]; then
        fail "another version is installed ($(basename "$installed")). Type:
  $ROOT/deploy/upgrade.sh"
    fi
    choose_serving
    [ ! -d /usr/share/zoneinfo ] || ! find_python >/dev/null || look_ahead
    free_kb=$(df -Pk "$([ -d "$HOME_DIR" ] && echo "$HOME_DIR" || echo /)" | awk 'NR == 2 { print $4 }')
    [ "$free_kb" -gt "$NEEDED_KB" ] || say "little space: $((free_kb / 1024)) MB are free; about $((NEEDED_KB / 1000)) MB are needed"
    memory_kb=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)
    if [ -z "$kind" ]; then
        kind=$([ "$memory_kb" -lt "$SMALL_KB" ] && echo whole || echo parts)
    fi
    say "This machine: $(uname -m), $((memory_kb / 1024)) MB of memory, $(init_system)$(init_runs || echo ' (not running)')"
}

valid_port() {
    case $1 in
        "" | *[!0-9]* | ??????*) false ;;
        *) [ "$1" -ge 1 ] && [ "$1" -le 65535 ] ;;
    esac
}

install_packages_of_system() {
    need_python
    need mosquitto mosquitto mosquitto
    need mosquitto_pub mosquitto-clients mosquitto-clients
    need lighttpd lighttpd lighttpd
    need_module mod_deflate lighttpd-mod-deflate
    [ -d /usr/share/zoneinfo ] || need no-such-command tzdata tzdata
    install_noted
    [ -n "$DRY_RUN" ] || look_ahead
}

install_noted() {
    [ -n "$missing" ] || return 0
    step "install the packages$missing" || return 0
    before=$(packages)
    install_missing
    note_packages "$before"
}

make_user() {
    ! id "$PERSON" >/dev/null 2>&1 || return 0
    step "make the system user $PERSON, who can't sign in" || return 0
    if has useradd; then
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$PERSON"
    else
        addgroup -S "$PERSON" 2>/dev/null || true
        adduser -S -D -H -h /nonexistent -s /sbin/nologin -G "$PERSON" "$PERSON"
    fi
    note user "$PERSON"
}

make_home() {
    [ ! -d "$RELEASES" ] || return 0
    step "make $HOME_DIR" || return 0
    if [ -d "$HOME_DIR" ] && ! noted directory "$HOME_DIR"; then
        take_over "$HOME_DIR" root:root 755
    else
        made "$HOME_DIR" root:root 755
    fi
    install -d -m 755 "$RELEASES"
}

make_release() {
    if [ -n "$DRY_RUN" ]; then
        [ -n "$(used_release)" ] || step "copy this version to $RELEASES, with Python and its packages beside it" || true
        return 0
    fi
    say "- this version in $RELEASES, with Python and its packages beside it"
    build_release
}

# What only some configurations need.
install_more_packages() {
    [ -z "$DRY_RUN" ] && [ "$(place scheme)" = https ] || return 0
    need_module mod_openssl lighttpd-mod-openssl
    install_noted
}

make_directories() {
    if [ -n "$DRY_RUN" ]; then
        step "make the directories that config.json names, by default /var/lib/power-monitor and /var/www/html" || true
        return 0
    fi
    state=$(place state)
    data=$(place data)
    say "- state in $state, the four files in $data"
    note state "$state"
    note data "$data"
    if [ -d "$state" ] && ! noted directory "$state"; then
        take_over "$state" "$PERSON:$PERSON" 750 # empty, or of an earlier installation: look_ahead has seen to it
        chown -R "$PERSON:$PERSON" "$state"
    else
        made "$state" "$PERSON:$PERSON" 750
    fi
    python -m cli.install directories
    if [ -d "$data" ] && ! noted directory "$data"; then
        take_over "$data" ":$PERSON" g+rwx # somebody's web root: its owner stays
    else
        made "$data" "$PERSON:$PERSON" 755
    fi
    python -m cli.install mark
}

switch_release() {
    if [ -z "$DRY_RUN" ]; then
        [ "$(used_release)" = "$RELEASE" ] || use_release "$RELEASE"
        write_serving
    fi
    [ ! -e "$COMMAND" ] || return 0
    step "put the command at $COMMAND" || return 0
    mkdir -p "$(dirname "$COMMAND")"
    ln -s "$CURRENT/venv/bin/power-monitor" "$COMMAND"
    note file "$COMMAND"
}

write_serving() {
    printf 'LISTEN=%s\nPORT=%s\n' "$LISTEN" "$PORT" >"$SERVING"
}

make_units() {
    if [ "$kind" = whole ]; then
        words="one unit for everything"
    else
        words="a unit for each service"
    fi
    step "$(init_system): $words, started with the machine" || return 0
    put_units "$kind"
}

start_monitor() {
    if ! init_runs; then
        [ -n "$DRY_RUN" ] || say "- $(init_system) does not run here: it starts with the machine"
        return 0
    fi
    step "start it" || return 0
    start_services
    services_work || fail "it does not work yet. Look at:
  $(log_command)"
}

log_command() {
    case $(init_system) in
        systemd) echo "journalctl -e -u 'power-monitor*'" ;;
        openrc) echo "grep power-monitor /var/log/messages" ;;
    esac
}

# With these, mosquitto_pub and mosquitto_sub need no address and no password.
make_client_options() {
    ready=$([ -n "$DRY_RUN" ] || place state)/run/admin
    # Not there: another broker was configured, or ours has not been started yet.
    [ -n "$DRY_RUN" ] || [ -d "$ready" ] || return 0
    person=${SUDO_USER:-root}
    where=$(awk -F: -v name="$person" '$1 == name { print $6 }' /etc/passwd)/.config
    step "let mosquitto_pub, mosquitto_sub and mosquitto_rr of $person sign in as admin ($where)" || return 0
    if [ ! -d "$where" ]; then
        install -d -o "$person" -g "$(id -g "$person")" -m 700 "$where"
        note directory "$where"
    fi
    options=$(python -m cli.install client-options)
    for program in mosquitto_pub mosquitto_sub mosquitto_rr; do
        if [ -e "$where/$program" ] && ! noted file "$where/$program"; then
            say "  $where/$program is yours and stays; ours is $ready/$program"
            continue
        fi
        rm -f "$where/$program"
        (umask 077 && printf '%s\n' "$options" >"$where/$program")
        chown "$person:$(id -g "$person")" "$where/$program"
        note file "$where/$program"
    done
}

tell_what_next() {
    [ -z "$DRY_RUN" ] || return 0
    topic=$(place base_topic)
    case $LISTEN in
        0.0.0.0 | ::)
            host=$(hostname -I 2>/dev/null | cut -d' ' -f1)
            who="everybody in your network; --listen 127.0.0.1 hides it"
            ;;
        127.*) host=$LISTEN who="this machine only. To show it to your network:
                sudo $CURRENT/deploy/install.sh --listen 0.0.0.0" ;;
        *) host=$LISTEN who="everybody who reaches this address" ;;
    esac
    page=$(place scheme)://${host:-$(hostname)}:$PORT/
    say "
Power Monitor is installed.

  The page      $page
  Who sees it   $who
  The files     $(place data), and ${page}daily.json and so on
  Settings      $CONFIG; after a change: sudo $CURRENT/deploy/install.sh
  How it is     sudo power-monitor status
  Does it work? sudo $CURRENT/deploy/selftest.sh

  See what happens, and take a reading now:
    mosquitto_sub -v -t '$topic/#'
    mosquitto_pub -q 1 -n -t $topic/request/collector/collect

  Upgrade:      deploy/upgrade.sh of a newer version
  Take it away: sudo $CURRENT/deploy/uninstall.sh (keeps the data)"
}

main

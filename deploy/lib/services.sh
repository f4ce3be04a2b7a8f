# Units of systemd or scripts of OpenRC: put in place, start, stop, take away. Sourced after common.sh.
# shellcheck shell=sh

SYSTEMD=/etc/systemd/system
OPENRC=/etc/init.d
WAIT_S=120 # a small board takes its time
STEADY_S=15 # one that crashes soon after each start is heard in between

# wanted_units whole|parts: write what is wanted into the directory $UNITS; print the names.
wanted_units() {
    case $(init_system) in
        systemd) python -m cli.install units "$UNITS" "$1" ;;
        openrc) openrc_scripts "$1" ;;
    esac
}

openrc_scripts() {
    if [ "$1" = whole ]; then
        names=power-monitor
    else
        names=$(place parts | tr ' ' '\n' | sed 's/^/power-monitor./')
    fi
    for name in $names; do
        cp "${RELEASE:-$CURRENT}/deploy/openrc/power-monitor" "$UNITS/$name"
        echo "$name"
    done
}

units_directory() {
    case $(init_system) in
        systemd) echo $SYSTEMD ;;
        openrc) echo $OPENRC ;;
    esac
}

# put_units whole|parts: install and enable what is wanted, take away what no longer is.
put_units() {
    UNITS=$(mktemp -d)
    directory=$(units_directory)
    wanted=$(wanted_units "$1")
    for unit in $(all unit); do
        printf '%s\n' "$wanted" | grep -qxF "${unit#"$directory/"}" || take_unit "$unit"
    done
    for name in $wanted; do
        mkdir -p "$(dirname "$directory/$name")"
        note unit "$directory/$name"
        cp "$UNITS/$name" "$directory/$name"
        chmod "$([ "$(init_system)" = openrc ] && echo 755 || echo 644)" "$directory/$name"
    done
    rm -rf "$UNITS"
    enable_units
}

enable_units() {
    for unit in $(all unit); do
        case $unit in
            */10-common.conf) ;;
            $SYSTEMD/*) systemctl enable --quiet "${unit##*/}" ;;
            *) rc-update --quiet add "${unit##*/}" default ;;
        esac
    done
    reload_units
}

reload_units() {
    ! init_runs || [ "$(init_system)" != systemd ] || systemctl daemon-reload
}

# take_unit FILE: stop, disable and remove it.
take_unit() {
    name=${1##*/}
    case $1 in
        */10-common.conf)
            rm -f "$1"
            rmdir "${1%/*}" 2>/dev/null || true
            ;;
        "$SYSTEMD"/*)
            ! init_runs || systemctl stop "$name" || true
            systemctl disable --quiet "$name" || true
            rm -f "$1"
            ;;
        *)
            ! init_runs || rc-service --ifstarted "$name" stop || true
            rc-update --quiet delete "$name" default || true
            rm -f "$1"
            ;;
    esac
    forget unit "$1"
}

start_services() {
    started=$(date +%s)
    case $(init_system) in
        systemd)
            systemctl reset-failed 'power-monitor*' 2>/dev/null || true
            systemctl restart power-monitor.target
            ;;
        openrc) for unit in $(all unit | sed '1!G;h;$!d'); do rc-service "${unit##*/}" restart || true; done ;;
    esac
}

stop_services() {
    init_runs || return 0
    case $(init_system) in
        # A target that is stopped takes its parts with it (PartOf), and we wait for them.
        systemd) systemctl stop power-monitor.target 'power-monitor*.service' 2>/dev/null || true ;;
        openrc) for unit in $(all unit); do rc-service --ifstarted "${unit##*/}" stop || true; done ;;
    esac
}

# services_work: whether each has done something since start_services, within $WAIT_S, and goes on; and the page is served.
services_work() {
    # shellcheck disable=SC1090 # written by install.sh
    . "$SERVING"
    python -m cli.run.alive --within "$WAIT_S" --since "$started" --steady "$STEADY_S" --page "$LISTEN" "$PORT"
}

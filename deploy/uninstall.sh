#!/bin/sh
# Take away exactly what install.sh brought, as its manifest says. Data and settings stay, unless --purge.
set -eu

ROOT=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=deploy/lib/all.sh
. "$ROOT/deploy/lib/all.sh"

usage() {
    cat <<'END'
usage: deploy/uninstall.sh [--purge] [--keep-packages] [--dry-run]

  --purge          delete readings, files, passwords and config.json too
  --keep-packages  keep the packages that were installed for the monitor
  --dry-run        only tell what would be done
END
}

purge=""
keep_packages=""
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --purge) purge=yes ;;
        --keep-packages) keep_packages=yes ;;
        --dry-run) DRY_RUN=yes ;;
        *) fail "unknown option $1; see --help" ;;
    esac
    shift
done

main() {
    [ -n "$DRY_RUN" ] || require_root
    [ -e "$MANIFEST" ] || fail "there is no $MANIFEST: nothing of ours is installed"
    remove_units
    remove_readings
    [ -n "$DRY_RUN" ] || give_back
    remove_files
    remove_user
    remove_packages
    tidy_home
    [ -n "$DRY_RUN" ] || say "Power Monitor is uninstalled."
}

remove_units() {
    step "stop and remove its $(all unit | wc -l) files of $(init_system)" || return 0
    stop_services
    for unit in $(all unit); do
        take_unit "$unit"
    done
    reload_units
    rm -rf /run/power-monitor
}

remove_readings() {
    places=$(all state && all data)
    if [ -z "$purge" ]; then
        say "- readings and files stay in:
$places"
        [ -n "$DRY_RUN" ] || all data | while IFS= read -r data; do
            [ -e "$data/daily.json" ] || rm -f "$data/daily.json" # a link into a tmpfs that is gone
        done
        return 0
    fi
    step "delete all readings, files and passwords of ours in:
$places" || return 0
    all data | while IFS= read -r data; do
        [ ! -d "$data" ] || remove_data "$data"
    done
    all state | while IFS= read -r state; do
        [ ! -d "$state" ] || remove_state "$state"
    done
}

remove_files() {
    all file | while IFS= read -r file; do
        step "remove $file" || continue
        rm -f "$file"
        forget file "$file"
    done
    [ -z "$DRY_RUN" ] || return 0
    all directory | while IFS= read -r directory; do
        # One that has something in it by now is left alone.
        [ "$directory" = "$HOME_DIR" ] || ! rmdir "$directory" 2>/dev/null || forget directory "$directory"
    done
}

# The data belong to the user: both stay or both go.
remove_user() {
    [ -n "$purge" ] && noted user "$PERSON" || return 0
    step "remove the system user $PERSON" || return 0
    if has userdel; then
        userdel "$PERSON"
    else
        deluser "$PERSON"
    fi
    forget user "$PERSON"
}

remove_packages() {
    ours=$(all package | tr '\n' ' ')
    [ -z "$keep_packages" ] && [ -n "${ours% }" ] || return 0
    if needed=$(needed_by_others); [ -n "$needed" ]; then
        say "- packages stay, because these need them by now:$needed"
        return 0
    fi
    step "remove the packages that came with it: $ours" || return 0
    # shellcheck disable=SC2086 # a list of names
    case $(package_manager) in
        apt) DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq $ours >/dev/null ;;
        apk) apk del --quiet $ours ;;
    esac
    sed -i '/^package /d' "$MANIFEST"
    # Debian's lighttpd leaves its example page behind.
    case " $ours " in *" lighttpd "*) rm -f /var/www/html/index.lighttpd.html ;; esac
    rmdir /var/www/html /var/www 2>/dev/null || true
}

# needed_by_others: what else the package manager would remove.
needed_by_others() {
    [ "$(package_manager)" = apt ] || return 0 # apk keeps what something else needs by itself
    # shellcheck disable=SC2086 # a list of names
    for package in $(apt-get -s purge $ours | sed -n 's/^\(Purg\|Remv\) \([^ ]*\).*/\2/p'); do
        case " $ours " in
            *" $package "*) ;;
            *) printf ' %s' "$package" ;;
        esac
    done
}

# What is kept is found again by the next install.sh: settings, backups, and who the data belong to.
tidy_home() {
    step "remove the program from $HOME_DIR$([ -n "$purge" ] && echo ', with settings and backups')" || return 0
    if [ -n "$purge" ]; then
        remove_settings
        remove_home
    else
        rm -rf "$RELEASES" "$CURRENT"
        grep -E '^(user|directory|state|data|package|config) ' "$MANIFEST" >"$MANIFEST.new" || true
        mv "$MANIFEST.new" "$MANIFEST"
    fi
}

main

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
    states=$(all state | tr '\n' ' ')
    datas=$(all data | tr '\n' ' ')
    remove_units
    remove_data
    share_back
    remove_files
    remove_user
    remove_packages
    remove_home
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

# The data directory may be somebody's web root: only what is ours goes.
remove_data() {
    if [ -z "$purge" ]; then
        say "- readings and files stay: $states$datas"
        [ -n "$DRY_RUN" ] || for data in $datas; do
            [ -e "$data/daily.json" ] || rm -f "$data/daily.json" # a link into a tmpfs that is gone
        done
        return 0
    fi
    step "delete all readings, files and passwords: $states, and the four files in $datas" || return 0
    for data in $datas; do
        for tier in daily weekly monthly yearly; do
            rm -f "$data/$tier.json" "$data/.$tier.json.tmp" "$data/$tier.json.corrupt-"*
        done
    done
    for state in $states; do
        rm -rf "${state:?}"/* "${state:?}"/.[!.]*
    done
}

share_back() {
    [ -z "$DRY_RUN" ] || return 0
    all shared | while read -r group mode directory; do
        chgrp "$group" "$directory"
        chmod "$mode" "$directory"
        forget shared "$group $mode $directory"
    done
}

remove_files() {
    for file in $(all file); do
        step "remove $file" || continue
        rm -f "$file"
        forget file "$file"
    done
    [ -z "$DRY_RUN" ] || return 0
    for directory in $(all directory); do
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
remove_home() {
    step "remove $HOME_DIR$([ -n "$purge" ] || echo ', but not settings and backups')" || return 0
    rm -rf "$HOME_DIR/releases" "$CURRENT"
    if [ -n "$purge" ]; then
        rm -rf "$HOME_DIR"
    else
        grep -E '^(user|directory|state|data|package) ' "$MANIFEST" >"$MANIFEST.new" || true
        mv "$MANIFEST.new" "$MANIFEST"
    fi
}

main

#!/bin/sh
# Bring an installation to this version. Settings and data stay and are migrated, after a backup; if the services
# don't come up with it, everything is put back as it was.
set -eu

ROOT=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
# shellcheck source=deploy/lib/all.sh
. "$ROOT/deploy/lib/all.sh"

usage() {
    cat <<'END'
usage: deploy/upgrade.sh [--dry-run]
END
}

case ${1:-} in
    "") ;;
    -h | --help) usage && exit 0 ;;
    --dry-run) DRY_RUN=yes ;;
    *) fail "unknown option $1; see --help" ;;
esac

BACKUPS=$HOME_DIR/backups

main() {
    [ -n "$DRY_RUN" ] || require_root
    before=$(used_release)
    [ -n "$before" ] || fail "nothing is installed. Type:
  sudo $ROOT/deploy/install.sh"
    kind=$(installed_kind)
    new=$RELEASES/$(release_name "$(find_python)")
    if [ "$before" = "$new" ]; then
        say "This version is installed already: ${new##*/}"
        exit 0
    fi
    step "build ${new##*/} beside ${before##*/}" || dry_rest
    build_release
    # With the new version's own rules, before anything is stopped.
    python -m cli config check >/dev/null || fail "$CONFIG does not suit the new version; nothing was changed"
    backup=$BACKUPS/$(date -u +%Y%m%dT%H%M%SZ)
    trap 'roll_back' EXIT
    trap 'exit 1' HUP INT TERM
    stop_services
    migrate
    say "- use ${new##*/}"
    use_release "$new"
    put_units "$kind"
    start_and_look || exit 1
    trap - EXIT HUP INT TERM
    tidy_releases "$before"
    say "Upgraded to ${new##*/}. The version before stays in $before$([ ! -d "$backup" ] || echo ", the backup in $backup")."
}

dry_rest() {
    say "would: stop the services, migrate config.json and data after a backup in $BACKUPS
would: use the new version, start the services, and look whether they work
would: put everything back if they don't"
    exit 0
}

installed_kind() {
    if all unit | grep -qE '/power-monitor(\.service)?$'; then
        echo whole
    else
        echo parts
    fi
}

migrate() {
    mkdir -p "$BACKUPS"
    chmod 700 "$BACKUPS"
    migrated=$(python -m cli.install migrate "$backup")
    [ -z "$migrated" ] || say "- migrated: $migrated"
}

start_and_look() {
    if ! init_runs; then
        say "- $(init_system) does not run here: whether it works shows when the machine starts"
        return 0
    fi
    say "- start it and look whether it works"
    start_services && services_work
}

# Reached by every way out between the first stop and the last look.
roll_back() {
    trap - EXIT HUP INT TERM
    set +e
    say "- it does not work; back to ${before##*/}"
    stop_services
    [ ! -d "$backup" ] || python -m cli.install restore "$backup"
    RELEASE=$before
    use_release "$before"
    put_units "$kind"
    rm -rf "$new"
    ! init_runs || start_services
    ! init_runs || services_work || fail "the version before does not work either; look at its log"
    fail "not upgraded: ${before##*/} works as before$([ ! -d "$backup" ] || echo "; a backup is in $backup")"
}

main

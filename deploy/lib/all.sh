# What install.sh, upgrade.sh and uninstall.sh work with. Sourced with ROOT set.
# shellcheck shell=sh

# shellcheck source=scripts/lib.sh
. "$ROOT/scripts/lib.sh"
# shellcheck source=deploy/lib/common.sh
. "$ROOT/deploy/lib/common.sh"
# shellcheck source=deploy/lib/release.sh
. "$ROOT/deploy/lib/release.sh"
# shellcheck source=deploy/lib/services.sh
. "$ROOT/deploy/lib/services.sh"
# shellcheck source=deploy/lib/settings.sh
. "$ROOT/deploy/lib/settings.sh"
# shellcheck source=deploy/lib/removal.sh
. "$ROOT/deploy/lib/removal.sh"

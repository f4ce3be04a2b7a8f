# One version of the monitor in a directory of its own: its source, its Python, its packages.
# Sourced after common.sh.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # scripts/lib.sh takes `missing`; common.sh gives RELEASES

CONTENT="shared services cli demo dashboard deploy docs scripts/lib.sh mosquitto.conf pyproject.toml
    config.example.json README.md CHANGELOG.md LICENSE"

# release_name: version, and what it is made of: the same content with the same Python is the same release.
release_name() {
    version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$ROOT/shared/version.py")
    # shellcheck disable=SC2086 # a list of names
    content=$(cd "$ROOT" && find $CONTENT -type f ! -name '*.pyc' | LC_ALL=C sort | xargs cksum)
    printf '%s-%s\n' "$version" "$(printf '%s %s' "$("$1" -V)" "$content" | cksum | cut -d' ' -f1)"
}

# build_release: set RELEASE to the directory of this checkout's release, made if it is not there.
build_release() {
    python=$(find_python) || fail "Python 3.$LOWEST_PYTHON or newer is needed; this machine has $(python3 -V 2>&1)"
    RELEASE=$RELEASES/$(release_name "$python")
    [ ! -x "$RELEASE/venv/bin/power-monitor" ] || return 0
    rm -rf "$RELEASE"
    mkdir -p "$RELEASE"
    # shellcheck disable=SC2086 # a list of names
    (cd "$ROOT" && find $CONTENT -type f ! -name '*.pyc' | tar -cf - -T -) |
        (cd "$RELEASE" && tar -xf -)
    chown -R 0:0 "$RELEASE"
    chmod -R u=rwX,go=rX "$RELEASE"
    make_environment "$python"
    "$RELEASE/venv/bin/python" -m compileall -q "$RELEASE/shared" "$RELEASE/services" "$RELEASE/cli" \
        "$RELEASE/demo"
    make_command
}

# make_environment PYTHON: the virtual environment with the packages of requirements.txt, by their hashes.
make_environment() {
    environment=$RELEASE/venv
    "$1" -m venv "$environment"
    if ! install_packages "$RELEASE/deploy/requirements.txt"; then
        say "  no ready-made orjson for this machine; using the distribution's"
        use_distribution "$1"
    fi
    "$environment/bin/python" -c 'import orjson, paho.mqtt.client, requests' ||
        fail "the packages are installed and can't be used"
    # They have done their work, and are larger than everything else together.
    "$environment/bin/python" -m pip uninstall --quiet --yes setuptools pip 2>/dev/null || true
}

install_packages() {
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
        --only-binary=:all: --require-hashes --requirement "$1"
}

# orjson is the one package that is compiled for each kind of machine.
use_distribution() {
    before=$(packages)
    case $(package_manager) in
        apk) missing=" py3-orjson" ;;
        *) missing=" python3-orjson" ;;
    esac
    install_missing
    note_packages "$before"
    rm -rf "$environment"
    "$1" -m venv --system-site-packages "$environment"
    awk '/^[a-z]/ { skip = /^orjson==/ } !skip' "$RELEASE/deploy/requirements.txt" >"$RELEASE/requirements.txt"
    install_packages "$RELEASE/requirements.txt" || fail "pip could not install the packages; is there a network?"
    "$environment/bin/python" -c 'import orjson, sys
sys.exit(tuple(map(int, orjson.__version__.split(".")[:2])) < (3, 10))' ||
        fail "the distribution's orjson is older than 3.10; a newer release of it has a newer one"
}

make_command() {
    site=$("$RELEASE/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$RELEASE" >"$site/power-monitor.pth"
    cat >"$RELEASE/venv/bin/power-monitor" <<END
#!$RELEASE/venv/bin/python -P
import sys

from cli.__main__ import main

sys.exit(main())
END
    chmod 755 "$RELEASE/venv/bin/power-monitor"
}

# use_release DIRECTORY: the one that everything is started from, in one step.
use_release() {
    ln -s "$1" "$CURRENT.new"
    # A link is replaced, never followed; GNU and BusyBox spell that alike.
    mv -fT "$CURRENT.new" "$CURRENT"
}

used_release() { readlink "$CURRENT" 2>/dev/null || true; }

# tidy_releases BEFORE: keep the one in use and the one before it, for a way back.
tidy_releases() {
    for directory in "$RELEASES"/*; do
        case $directory in
            "$(used_release)" | "$1") ;;
            *) rm -rf "$directory" ;;
        esac
    done
}

# packages: the names of all that are installed
packages() {
    case $(package_manager) in
        apt) dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' ;;
        apk) apk info ;;
    esac | LC_ALL=C sort
}
# note_packages BEFORE: note what came since.
note_packages() {
    for package in $(packages); do
        printf '%s\n' "$1" | grep -qxF "$package" || note package "$package"
    done
}

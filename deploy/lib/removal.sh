# What uninstall.sh deletes of data: our own names, whoever made the directory they lie in. Sourced after common.sh.
# shellcheck shell=sh

FILES="daily weekly monthly yearly earlier events"
HOME_NAMES="releases current current.new serving migrated backups manifest manifest.new"

# remove_state DIRECTORY: what deploy/state-names lists, and nothing else
remove_state() {
    while read -r name; do
        remove_names "$1" "$name"
    done <"$ROOT/deploy/state-names"
}

# remove_data DIRECTORY: the files of the page; it may be somebody's web root
remove_data() {
    for tier in $FILES; do
        remove_names "$1" "$tier.json"
        remove_names "$1" ".$tier.json.tmp"
        remove_names "$1" "$tier.json.corrupt-*"
    done
}

# remove_names DIRECTORY PATTERN: the directory's own name is taken as it is, blanks and all
remove_names() {
    find "${1:?}/" -mindepth 1 -maxdepth 1 -name "$2" -exec rm -rf {} +
}

# Settings are ours once an installation has taken them; a config.json that somebody else left stays.
remove_settings() {
    all config | while IFS= read -r file; do
        rm -f "$file"
    done
    rm -f "$CONFIG.new"
}

# remove_home: our names, and the directory itself if we made it and nothing else is in it
remove_home() {
    made_here=""
    ! noted directory "$HOME_DIR" || made_here=yes
    for name in $HOME_NAMES; do
        remove_names "$HOME_DIR" "$name"
    done
    if [ -n "$made_here" ] && rmdir "$HOME_DIR" 2>/dev/null; then
        return 0
    fi
    say "- $HOME_DIR stays: what is in it was not installed"
}

# What install.sh is told and what it asks: config.json, and where the page is served. Sourced after common.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154 # install.sh's options: given_config, listen, port, interactive

# look_ahead: whether configuration, address and port will do; as soon as there is a Python to ask.
look_ahead() {
    ahead serving "$LISTEN" "$([ -z "$new_port" ] && echo 0 || echo "$PORT")" || exit 1
    if [ -n "$given_config" ] || [ -r "$CONFIG" ]; then
        ahead config "${given_config:-$CONFIG}" >/dev/null || fail "${given_config:-$CONFIG} is not taken; nothing was started$(old_settings)"
    fi
}
ahead() { (cd "$ROOT" && PYTHONPATH=$ROOT PYTHONDONTWRITEBYTECODE=1 "$(find_python)" -P -m cli.install.ahead "$@"); }

# An older program may have left its settings where ours belong.
old_settings() {
    if [ -z "$given_config" ] && ! noted config "$CONFIG"; then
        echo ".
It was not written by this installer. Move it away to be asked, or bring your own:
  $0 --config FILE        (docs/migration.md makes one of the old system's)"
    fi
}

# A file that is given takes the place of the one that is there, which stays beside it under another name.
make_config() {
    if [ -n "$given_config" ]; then
        step "take $given_config as $CONFIG, for root and $PERSON only" || return 0
        adopt "$given_config"
    elif noted config "$CONFIG" && [ -e "$CONFIG" ]; then
        [ -n "$DRY_RUN" ] || check_config
    elif [ -e "$CONFIG" ]; then
        step "use $CONFIG, which is there already" || return 0
        adopt "$CONFIG"
    else
        step "ask what $CONFIG must say" || return 0
        answers=$(mktemp -d)
        trap 'rm -rf "$answers"' EXIT
        trap 'exit 1' HUP INT TERM
        python -m cli.install ask "$answers/config.json" || fail "without a configuration nothing can run"
        adopt "$answers/config.json"
        rm -rf "$answers"
        trap - EXIT HUP INT TERM
    fi
}

# adopt FILE: checked and completed, in place of what is there.
adopt() {
    (umask 077 && ahead config "$1" >"$CONFIG.new") || {
        rm -f "$CONFIG.new"
        fail "$1 is not taken; nothing was started"
    }
    chown "root:$PERSON" "$CONFIG.new"
    chmod 640 "$CONFIG.new"
    if [ -e "$CONFIG" ] && [ "$1" != "$CONFIG" ] && ! cmp -s "$CONFIG.new" "$CONFIG"; then
        put_aside
    fi
    mv "$CONFIG.new" "$CONFIG"
    check_config
    note config "$CONFIG"
}

put_aside() {
    aside=$CONFIG.before-$(date -u +%Y%m%dT%H%M%SZ)
    cp -p "$CONFIG" "$aside" # a copy, so that there are settings at each moment
    ! noted config "$CONFIG" || note config "$aside" # a purge takes our own along
    say "  what was there is kept as $aside"
}

check_config() {
    chown "root:$PERSON" "$CONFIG"
    chmod 640 "$CONFIG"
    python -m cli config check >/dev/null || fail "$CONFIG has mistakes; nothing was started"
}

# choose_serving: LISTEN and PORT as asked for, or as they were last time; new_port when it is another one.
choose_serving() {
    LISTEN=127.0.0.1 PORT=8080 new_port=yes
    if [ -e "$SERVING" ]; then
        # shellcheck disable=SC1090 # what we wrote ourselves last time
        . "$SERVING"
        [ "${port:-$PORT}" != "$PORT" ] || new_port=""
    fi
    LISTEN=${listen:-$LISTEN} PORT=${port:-$PORT}
}

# The page shows when somebody is at home: who sees it is for the owner to say, and nobody else sees it until then.
ask_who_sees() {
    if [ -n "$listen$DRY_RUN" ] || [ -z "$interactive" ] || [ -e "$SERVING" ] || [ ! -t 0 ]; then
        return 0
    fi
    say "
The page shows what the house uses, and so when somebody is at home. Who may open it?
  1  everybody in your network, with a phone or another computer
  2  this machine only"
    answer=none
    until [ "$answer" = 1 ] || [ "$answer" = 2 ] || [ -z "$answer" ]; do
        printf 'Who may open it [1]: '
        read -r answer || answer=2
    done
    [ "$answer" = 2 ] || LISTEN=0.0.0.0
}

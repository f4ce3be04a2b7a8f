"""Setup from its start to the written file."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from cli.setup.answers import Old, configuration
from cli.setup.console import hold
from cli.setup.dialogue import setup
from shared import clock
from shared.atomic import replacing
from shared.config import parse
from shared.config_files import SYSTEM_PATH, read, system_timezone
from shared.config_keys import decode, flatten
from shared.config_mistakes import Mistakes
from shared.config_secrets import secret_of
from shared.errors import BadInput, ConfigError, Refused
from shared.options import OPTIONS

INSTALLER = SYSTEM_PATH.parent / "current" / "deploy" / "install.sh"
_PRIVATE, _OTHERS = 0o600, 0o007


def run(target: Path, *, here: bool) -> None:
    """Ask, write, and say what comes next; raises Refused when nothing is to be written."""
    ask(target, shown=target, here=here)
    installed = target.absolute() == SYSTEM_PATH and INSTALLER.exists()
    lines = [f"{target} is written.", *next_steps(target, here=here, installed=installed)]
    sys.stdout.writelines(f"{line}\n" for line in lines)


def ask(target: Path, *, shown: Path, here: bool = True) -> None:
    """Ask and write; `shown` is where the answers are going to end, for whoever is asked.

    Raises ConfigError with what setup does not ask about and what is wrong all the same. What was
    right before is then left as it was, and the answers are beside it.
    """
    old = remembered(target)
    zone = system_timezone(os.environ)
    raw = configuration(
        old, hold(setup(old, str(shown), now=clock.now(), system_zone=zone, here=here))
    )
    wrong = _wrong(target, raw)
    if wrong and target.exists() and not _wrong(target, old.raw):
        aside = target.with_name(f"{target.name}.new")
        write(aside, raw)
        raise ConfigError(
            f"{target} stays as it was; the answers are in {aside}, and not right yet:\n{wrong}",
            hint=f"edit {aside}, then: mv {quote(str(aside))} {quote(str(target))}",
        )
    write(target, raw)
    if wrong:
        raise ConfigError(f"{target} is written, and not right yet:\n{wrong}", hint=wrong.hint)


def remembered(target: Path) -> Old:
    """Return what the file says now; raises ConfigError when nobody can read it."""
    try:
        content, _ = read(target)
    except FileNotFoundError:
        return Old()
    except PermissionError:
        raise Refused(f"{target}: may not be read", hint="sudo power-monitor setup") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{target}: {error}", hint=f"ls -l {target}") from None
    raw = decode(content, target)
    if not isinstance(raw, dict):
        raw = {}
    given = flatten(raw, Mistakes(set()))
    secrets = {}
    for option in OPTIONS:
        if option.secret:
            with suppress(BadInput):  # a secret file that is gone is asked for anew
                secret = secret_of(option, given, os.environ, target.absolute().parent)[1]
                secrets[option.path] = secret if isinstance(secret, str) else ""
    paths = ("home_assistant.token", "github.token", "mqtt.password")
    return Old(raw, *(secrets.get(path, "") for path in paths))


def write(target: Path, raw: Mapping[str, Any]) -> None:
    """Replace the file, whole or not at all, with its owner and no more rights than it had."""
    mode, owner = _PRIVATE, None
    with suppress(FileNotFoundError):
        there = target.stat()
        owner = there.st_uid, there.st_gid
        mode = _PRIVATE if there.st_mode & _OTHERS else there.st_mode & 0o770
    text = json.dumps(raw, indent=2, ensure_ascii=False) + "\n"
    with replacing(target, durable=True, mode=mode) as file:
        if owner and os.geteuid() == 0:
            os.fchown(file.fileno(), *owner)
        file.write(text.encode())


def _wrong(target: Path, raw: Mapping[str, Any]) -> ConfigError | None:
    """Return what is wrong with what a configuration holds."""
    try:
        parse(dict(raw), os.environ, base=target.absolute().parent)
    except ConfigError as error:
        return error
    return None


def next_steps(target: Path, *, here: bool, installed: bool) -> list[str]:
    """Return what to type now; `installed` says whether the file is an installation's own."""
    if not here:
        return [
            "Next: copy it to the board, and delete it here:",
            f"  scp {quote(str(target))} BOARD:config.json",
            "then install it there, in a checkout or an unpacked release:",
            "  sudo deploy/install.sh --config ~/config.json && rm ~/config.json",
        ]
    if installed:  # units follow the configuration: a restart alone would not start a new one
        return [
            "Next: let the installed monitor follow it, and look at it:",
            f"  sudo {INSTALLER}",
            "  sudo power-monitor status",
        ]
    return [
        "Next: start the monitor, or start it again:",
        "  scripts/run                             in a checkout",
        f"  sudo deploy/install.sh --config {quote(str(target))}   starts it with the machine",
        "then look at it: power-monitor status, power-monitor doctor",
    ]

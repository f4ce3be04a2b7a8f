"""The broker users' passwords, made once, each in a file that only its owner may read."""

import base64
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from cli.broker_users import SALT_BYTES, USERS, password_line
from cli.run.places import make_private, write_private
from shared.atomic import aside_name

log = logging.getLogger(__name__)

_PASSWORD_BYTES = 24  # 32 characters without padding


def ensure_passwords(directory: Path) -> Mapping[str, str]:
    """Return user -> password; those that are missing are made, none that can be read is replaced.

    Raises OSError.
    """
    make_private(directory)
    return {user: _ensure(directory / user) for user in USERS}


def password_file(passwords: Mapping[str, str]) -> str:
    """Return the text of Mosquitto's password file, with new salts."""
    lines = (
        password_line(user, password, os.urandom(SALT_BYTES))
        for user, password in passwords.items()
    )
    return "\n".join(lines) + "\n"


def _ensure(file: Path) -> str:
    password = _read(file)
    if not password:  # an empty file is what a power cut leaves
        password = base64.urlsafe_b64encode(os.urandom(_PASSWORD_BYTES)).decode()
        write_private(file, f"{password}\n")
    file.chmod(0o600)
    return password


def _read(file: Path) -> str:
    """Return the password in a file, "" without one; a damaged file is set aside."""
    try:
        password = file.read_text().strip()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        pass
    else:
        if password.isprintable():  # which zeros are not, another trace of a power cut
            return password
    aside = aside_name(file)
    file.rename(aside)
    log.warning(
        "power-monitor: %s is damaged and was set aside as %s; "
        "%s has a new password: give it to all who use it",
        *(file, aside.name, file.name),
    )
    return ""

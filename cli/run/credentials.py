"""The broker users' passwords, made once, each in a file that only its owner may read."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from cli.broker_users import SALT_BYTES, USERS, password_line
from cli.run.places import make_private, write_private

_PASSWORD_BYTES = 24  # 32 characters without padding


def ensure_passwords(directory: Path) -> Mapping[str, str]:
    """Return user -> password; those that are missing are made, none is ever replaced."""
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
    try:
        password = file.read_text().strip()
    except FileNotFoundError:
        password = ""
    if not password:  # an empty file is what a power cut leaves
        password = base64.urlsafe_b64encode(os.urandom(_PASSWORD_BYTES)).decode()
        write_private(file, f"{password}\n")
    file.chmod(0o600)
    return password

"""What must hold before a command works on a monitor's own directories."""

import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from cli.run.again import program
from shared.config import Config
from shared.errors import Refused


def running(service: str) -> Refused:
    """Return the refusal while a service has the directory."""
    return Refused(
        f"the {service} is running here, and only one may write",
        hint="leave out --offline: the running monitor does it; or stop it first",
    )


def require_remote(config: Config) -> None:
    """Refuse what needs a remote while none is configured."""
    if not (config.github or config.remote):
        raise Refused(
            "no remote is configured: the history stays on this machine",
            hint="power-monitor setup, or see docs/sync.md",
        )


@contextmanager
def as_owner(directory: Path) -> Iterator[None]:
    """Work as the user a directory belongs to, so that whatever is made there is that user's.

    Root may become anybody; for anybody else another's directory raises Refused.
    """
    try:
        owner = _nearest(directory).stat()
    except PermissionError:
        raise forbidden(directory) from None
    before = os.geteuid(), os.getegid(), os.getgroups()
    if owner.st_uid == before[0] or (before[0] and not directory.exists()):
        yield
        return
    if before[0]:
        raise forbidden(directory)
    _become(owner.st_uid, owner.st_gid)
    try:
        yield
    finally:
        os.seteuid(before[0])
        os.setegid(before[1])
        os.setgroups(before[2])


def forbidden(path: Path) -> Refused:
    """Return the refusal to touch another user's files, with what to type instead."""
    return Refused(f"{path} {_whose(path)}", hint=as_root(path))


def as_root(path: Path) -> str:
    """Return what to type for this very command to be let at a file: sudo, unless root asks."""
    if os.geteuid() == 0:
        return f"ls -ld {quote(str(path))}"
    return " ".join(["sudo", program(), *map(quote, sys.argv[1:])])


def _nearest(path: Path) -> Path:
    """Return the path, or of those it would be in the first that is there."""
    return next((one for one in (path, *path.absolute().parents) if one.exists()), path)


def _become(user: int, group: int) -> None:
    try:
        person = pwd.getpwuid(user)
    except KeyError:
        os.setgroups([group])
    else:
        group = person.pw_gid
        os.initgroups(person.pw_name, group)
    os.setegid(group)
    os.seteuid(user)


def owner_of(path: Path) -> str:
    """Return the name of the user a path belongs to; raises OSError."""
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"#{number}"


def _whose(path: Path) -> str:
    try:
        return f"belongs to {owner_of(path)}"
    except OSError:
        return "may not be looked at"

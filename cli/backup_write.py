"""Write a backup: one compressed tar file with a manifest of checksums as its last member."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from cli.backup_parts import CONFIG, LINES, MANIFEST, SCHEMA, Part, journal, parts
from cli.ground import forbidden
from shared.atomic import disk_error, replacing
from shared.config import PathsConfig
from shared.lines import whole_lines_bytes
from shared.version import VERSION

_LEVEL = 6
_MODE = 0o600  # consumption shows when people are at home


@dataclass(slots=True)
class Written:
    """What went into an archive: name -> checksum and size."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes: int = 0


def write_backup(
    target: Path, paths: PathsConfig, config: bytes, *, made: str, tell: Callable[[str], None]
) -> Written:
    """Write all there is to `target`, whole or not at all; `tell` hears each name."""
    written = Written()
    with (
        replacing(target, durable=True, mode=_MODE) as file,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as archive,
    ):
        _give(file)
        _add_bytes(archive, CONFIG, config, written)
        for part in (*parts(paths), *journal(paths.state_dir)):
            if part.name not in written.files:
                tell(part.name)
                _add(archive, part, written)
        manifest = {"schema": SCHEMA, "version": VERSION, "made": made, "files": written.files}
        _add_bytes(archive, MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2), None)
    return written


def _give(file: BinaryIO) -> None:
    """Let a backup made with sudo belong to the person who typed that, who will copy it away."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and user.isdecimal() and group.isdecimal():
        with suppress(PermissionError):  # a stick's file system may know no owners
            os.fchown(file.fileno(), int(user), int(group))


def _add(archive: tarfile.TarFile, part: Part, written: Written) -> None:
    try:
        file = part.path.open("rb")
    except FileNotFoundError:
        return  # compressed or forgotten meanwhile; the journal is looked at again
    except PermissionError:
        raise forbidden(part.path) from None
    with file:
        try:
            is_lines = part.name.endswith(LINES)
            size = os.fstat(file.fileno()).st_size
            size = whole_lines_bytes(file.fileno(), size) if is_lines else size
            file.seek(0)
            _add_stream(archive, part.name, file, size, written)
        except OSError as error:
            raise disk_error(part.path, error) from error


def _add_stream(
    archive: tarfile.TarFile, name: str, file: BinaryIO, size: int, written: Written
) -> None:
    digest = hashlib.sha256()

    class Counted:
        """The file, as tarfile reads it, seen by the checksum on its way."""

        def read(self, count: int) -> bytes:
            block = file.read(count)
            digest.update(block)
            return block

    archive.addfile(_member(name, size), Counted())  # type: ignore[arg-type] # all it needs is read
    written.files[name] = {"sha256": digest.hexdigest(), "bytes": size}
    written.bytes += size


def _add_bytes(
    archive: tarfile.TarFile, name: str, content: bytes, written: Written | None
) -> None:
    if written is None:
        archive.addfile(_member(name, len(content)), io.BytesIO(content))
    else:
        _add_stream(archive, name, io.BytesIO(content), len(content), written)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, _MODE
    return member

"""Read a backup: every file against its checksum, before anything here is touched."""

import hashlib
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from cli.backup_parts import MANIFEST, SCHEMA, is_part
from cli.ground import forbidden
from shared.atomic import disk_error
from shared.errors import BadInput, MonitorError

_BLOCK = 1 << 20
_LARGEST_MANIFEST = 8 << 20
_UNREADABLE = (tarfile.TarError, EOFError, zlib.error, ValueError)


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive says of itself."""

    made: str
    version: str
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return sum(int(file["bytes"]) for file in self.files.values())


@contextmanager
def opened(archive: Path) -> Iterator[BinaryIO]:
    """Give an archive to read; raises BadInput or Refused where that can't be."""
    try:
        file = archive.open("rb")
    except FileNotFoundError:
        raise BadInput(f"{archive}: there is no such file") from None
    except PermissionError:
        raise forbidden(archive) from None
    except OSError as error:
        raise BadInput(f"{archive}: can't be read: {error.strerror}") from None
    with file:
        yield file


def read_backup(archive: Path, file: BinaryIO, target: Path | None) -> Backup:
    """Check the archive in `file`, and unpack it below `target` when given; raises BadInput.

    Nothing can be relied on in `target` before this returns.
    """
    seen: dict[str, tuple[str, int]] = {}
    manifest = b""
    with _unpacked(archive, file, target) as tar:
        for member in tar:
            if not member.isfile() or not is_part(member.name) or member.name in seen:
                raise BadInput(f"{archive}: {member.name[:80]!r} does not belong into a backup")
            if member.name == MANIFEST:
                manifest = _content(tar, member)
            else:
                seen[member.name] = _unpack(tar, member, target)
    return _checked(archive, manifest, seen)


@contextmanager
def _unpacked(archive: Path, file: BinaryIO, target: Path | None) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, mode="r:gz", fileobj=file) as tar:
            yield tar
    except MonitorError:
        raise
    except _UNREADABLE as error:
        raise BadInput(f"{archive}: is damaged or no backup: {error}") from None
    except OSError as error:
        if error.errno and target:  # gzip tells damage as an OSError without a number
            raise disk_error(target, error) from error
        raise BadInput(f"{archive}: can't be read: {error}") from None


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    return stream.read(_LARGEST_MANIFEST) if stream else b""


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path | None) -> tuple[str, int]:
    stream = tar.extractfile(member)
    assert stream  # noqa: S101 - it is a file
    digest = hashlib.sha256()
    place = target / member.name if target else Path(os.devnull)
    if target:
        place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        while block := stream.read(_BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest(), member.size


def _checked(archive: Path, raw: bytes, seen: Mapping[str, tuple[str, int]]) -> Backup:
    try:
        manifest = orjson.loads(raw)
        backup = Backup(str(manifest["made"]), str(manifest["version"]), manifest["files"])
        schema = manifest["schema"]
        wanted = {name: (file["sha256"], file["bytes"]) for name, file in backup.files.items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise BadInput(f"{archive}: is cut short or no backup: it has no manifest") from None
    if schema != SCHEMA:
        raise BadInput(
            f"{archive}: was made by version {backup.version}, which this one can't read",
            hint="upgrade this monitor first",
        )
    wrong = sorted(name for name in {*wanted, *seen} if wanted.get(name) != seen.get(name))
    if wrong:
        raise BadInput(f"{archive}: {wrong[0]} is not what was saved; the archive is damaged")
    return backup

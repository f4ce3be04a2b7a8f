"""Files of JSON lines, appended to durably."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from shared.atomic import disk_error, make_directory, sync_directory


def append_lines(path: Path, lines: bytes) -> None:
    """Append whole lines to a file on stable storage; raises Retryable with the file as it was."""
    make_directory(path.parent)
    try:
        new = not path.exists()
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                file.write(lines)
                os.fdatasync(file.fileno())
            except OSError:
                file.truncate(size)
                raise
        if new:
            sync_directory(path.parent)
    except OSError as error:
        raise disk_error(path, error) from error


def read_lines(path: Path) -> list[Mapping[str, Any]]:
    """Return the JSON objects of a file of lines; a line nobody can read is left out."""
    objects: list[Mapping[str, Any]] = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            raw = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(raw, dict):
            objects.append(raw)
    return objects

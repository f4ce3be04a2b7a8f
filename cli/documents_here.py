"""What the four files say of themselves, without more of them in memory than needed."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from shared.bucket import decode_bucket
from shared.config import PathsConfig
from shared.documents import decode_document
from shared.errors import BadInput
from shared.topics import TIERS

_DAILY = "daily"
_FOOT_BYTES = 1 << 16
_FOOT = b'],"units":'


@dataclass(frozen=True, slots=True)
class FileHere:
    """One tier file; `problem` says why it can't be read, `points` is None when not counted.

    `today`, `date` and `currency` are of daily.json only.
    """

    tier: str
    path: Path
    bytes: int | None = None
    points: int | None = None
    last_update: str | None = None
    problem: str = ""
    date: str | None = None
    today: dict[str, Any] | None = None
    currency: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "tier": self.tier,
            "path": str(self.path),
            "bytes": self.bytes,
            "data_points": self.points,
            "last_update": self.last_update,
            "problem": self.problem or None,
        }


def files_here(paths: PathsConfig) -> list[FileHere]:
    """Look at the four files; what is wrong with one is in its `problem`."""
    return [_look(tier, paths.data_dir / f"{tier}.json") for tier in TIERS]


def _look(tier: str, path: Path) -> FileHere:
    try:
        return _daily(path) if tier == _DAILY else _buckets(tier, path)
    except FileNotFoundError:
        return FileHere(tier, path, problem="not there")
    except OSError as error:
        return FileHere(tier, path, problem=error.strerror or str(error))
    except BadInput as error:
        return FileHere(tier, path, problem=str(error))
    except (ValueError, KeyError, TypeError):
        return FileHere(tier, path, problem="damaged")


def _buckets(tier: str, path: Path) -> FileHere:
    content = path.read_bytes()
    document = decode_document(content, tier)
    return FileHere(tier, path, len(content), len(document.buckets), document.last_update)


def _daily(path: Path) -> FileHere:
    """Read both ends: a day at a reading a second is larger than a small board's memory."""
    with path.open("rb") as file:
        head = file.read(_FOOT_BYTES)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _FOOT_BYTES))
        tail = file.read()
    foot = orjson.loads(b"{" + tail[tail.rindex(_FOOT) + 2 :])
    begin = orjson.loads(head[: head.index(b',"data_points":[')] + b"}")
    points = len(orjson.loads(head)["data_points"]) if size <= len(head) else None
    today = foot["today"]
    if today is not None:
        bucket = decode_bucket(today)  # what is shown must be what a day can have
        today = {**today, "cost": today.get("cost") if bucket.cost is not None else None}
    if begin["schema"] != 1 or begin["tier"] != _DAILY:
        raise BadInput("is not a daily.json this version reads")
    return FileHere(
        _DAILY,
        path,
        size,
        points,
        _text(foot["last_update"]),
        date=_text(begin["date"]),
        today=today,
        currency=_text(foot.get("currency")),
    )


def _text(raw: Any) -> str | None:
    if not isinstance(raw, str | None):
        raise BadInput("is not a daily.json this version reads")
    return raw

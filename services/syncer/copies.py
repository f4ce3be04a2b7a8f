"""Copies of the documents as they were before a fetch changed them."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from services.syncer.local import WINDOWS, Local
from shared.atomic import disk_error, make_directory

_KEPT = 5


class Copies:
    """A directory with the last few, each in a directory named by its time."""

    def __init__(self, local: Local, directory: Path) -> None:
        self._local = local
        self._directory = directory

    def keep(self, now: float) -> Path:
        """Copy the documents a fetch may change; return where they are."""
        when = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S%fZ")
        place = self._directory / when
        try:
            make_directory(place / "book", 0o700)
            for tier in ("weekly", *WINDOWS):
                file = self._local.data / f"{tier}.json"
                if file.exists():
                    shutil.copy2(file, place)
            for file in self._local.book.glob("*.json"):
                shutil.copy2(file, place / "book")
            for old in sorted(self._directory.iterdir())[:-_KEPT]:
                shutil.rmtree(old)
        except OSError as error:
            raise disk_error(place, error) from error
        return place

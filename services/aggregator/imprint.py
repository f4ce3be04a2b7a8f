"""What a file we wrote looks like, noted elsewhere: for one that has no room for a checksum."""

from pathlib import Path
from typing import Any

import orjson

from shared.atomic import disk_error, make_directory, write_durably
from shared.checksum import checksum, sealed, unsealed
from shared.errors import BadInput

NAME = "weekly-check.json"


class Imprint:
    """The checksums of a file as it is and as it is about to be.

    Noted before the file is replaced, so that whichever of the two a power cut leaves is known.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / NAME
        self._noted = b""  # what is on stable storage for sure

    def check(self, content: bytes) -> None:
        """Raise BadInput for what we did not write; while nothing is noted, anything passes."""
        known = self._known()
        if known and _print(content) not in known:
            raise BadInput("it is not what was written there")

    def expect(self, *contents: bytes) -> None:
        """Note all that may be found from now on; on stable storage when it returns."""
        note = orjson.dumps({"checksums": [_print(content) for content in contents]})
        if note != self._noted:
            make_directory(self._path.parent)
            write_durably(self._path, sealed(note))
            self._noted = note

    def forget(self) -> None:
        """Let anything pass again."""
        self._noted = b""
        self._path.unlink(missing_ok=True)

    def _known(self) -> list[Any]:
        try:
            known = orjson.loads(unsealed(self._path.read_bytes()))["checksums"]
        except (FileNotFoundError, orjson.JSONDecodeError, BadInput, KeyError, TypeError):
            return []
        except OSError as error:
            raise disk_error(self._path, error) from error
        return known if isinstance(known, list) else []


def _print(content: bytes) -> str:
    return checksum(content).decode()

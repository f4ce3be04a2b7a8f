"""How far long work is, on one line that is written over; only a terminal gets to see it."""

import sys
from typing import Self

_WIDTH = 78


class Progress:
    """The line; it is gone when the `with` statement ends."""

    def __init__(self) -> None:
        self._shown = False
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write(f"\r{'':{_WIDTH}}\r")
            sys.stderr.flush()

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._visible:
            self._shown = True
            sys.stderr.write(f"\r{text[:_WIDTH]:{_WIDTH}}")
            sys.stderr.flush()

"""What a terminal can do: its size, and colours where they are wanted (https://no-color.org)."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap

from shared.plain import plain

_CODES = {"good": "32", "warn": "33", "bad": "31", "bold": "1", "dim": "2"}
_NARROW, _WIDE = 40, 100
_OURS = re.compile(rf"(\x1b\[(?:0|{'|'.join(_CODES.values())})m)")


@dataclass(frozen=True, slots=True)
class Terminal:
    """`height` is None where nobody sits in front of it: then there is room for everything."""

    width: int = 80
    height: int | None = None
    colours: bool = False

    def paint(self, style: str, text: str) -> str:
        """Return text in a style: good, warn, bad, bold or dim."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.colours and text else text

    def wrapped(self, text: str, first: str, rest: str) -> list[str]:
        """Return text in lines of this width, with what goes before the first and the others."""
        lines = wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
        )
        return lines or [first.rstrip()]


def harmless(line: str) -> str:
    """Return a line with our own colours, and nothing else that commands a terminal."""
    parts = _OURS.split(line)
    return "".join(part if _OURS.fullmatch(part) else plain(part) for part in parts)


def terminal(environ: Mapping[str, str]) -> Terminal:
    """Look at where the output goes."""
    if not sys.stdout.isatty():
        return Terminal()
    size = shutil.get_terminal_size((80, 24))  # what a serial console does not tell
    dumb = environ.get("TERM", "dumb") == "dumb"
    return Terminal(
        max(_NARROW, min(size.columns, _WIDE)), size.lines, not (environ.get("NO_COLOR") or dumb)
    )


def here() -> Terminal:
    """Look at this process's own terminal."""
    return terminal(os.environ)

"""Keeping the token out of whatever a server's answer makes us say or write."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

HIDDEN = "***"
_LONGEST_WORD = 16 * 1024  # what is longer is content of a file, of which nothing is told
_SHORTEST_CODED = 8  # shorter ones have no letters of their own in base64
# Where a header or a line was cut in two.
_SEAM = r"(?:[\s,;]|\\[rn])*"


class Scrubber:
    """Takes a secret out of texts, however it is spelled there.

    Verbatim in any case of letters, percent-encoded, with JSON or HTML escapes (also escaped
    twice), in base64 (also within a longer text), and cut in two.
    """

    def __init__(self, secret: str) -> None:
        spellings = sorted({_spelled(needle) for needle in _needles(secret)})
        self._pattern = re.compile("|".join(spellings), re.IGNORECASE) if spellings else None

    def __call__(self, text: str) -> str:
        """Return a text without the secret."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def scrubbed(raw: Any, scrub: Callable[[str], str]) -> Any:
    """Return a decoded JSON value with all its texts scrubbed."""
    if isinstance(raw, str):
        return scrub(raw) if len(raw) <= _LONGEST_WORD else HIDDEN
    if isinstance(raw, dict):
        return {scrub(name): scrubbed(value, scrub) for name, value in raw.items()}
    if isinstance(raw, list):
        return [scrubbed(value, scrub) for value in raw]
    return raw


def _needles(secret: str) -> Iterator[str]:
    if secret:
        yield secret
    if len(secret) < _SHORTEST_CODED:
        return
    content = secret.encode()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + content).decode()
        first, last = -(-before * 4 // 3), (before + len(content)) * 4 // 3
        yield coded[first:last]  # the letters that no neighbour has a part in
        yield coded[first:last].translate(str.maketrans("+/", "-_"))


def _spelled(needle: str) -> str:
    return _SEAM.join(map(_letter, needle))


def _letter(letter: str) -> str:
    code = ord(letter)
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in letter.encode())
    ways = [re.escape(letter), percent, rf"\\+u{code:04x}", rf"\\+x{code:02x}"]
    ways += [rf"&(?:amp;)*\#0*{code};", rf"&(?:amp;)*\#x0*{code:x};"]
    return f"(?:{'|'.join(ways)})"

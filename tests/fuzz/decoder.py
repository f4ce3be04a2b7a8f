"""A decoder to feed: recorded inputs, and what is done with whatever it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Feed = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Decoder:
    """`open` returns the decoder on a scratch directory: it takes an input, or raises MonitorError.

    What it takes is used as the program would: written again, read back, shown. `seeds` are inputs
    as they were recorded. `share` of the inputs of a run, in thousandths, are its own: the less the
    more an input costs.
    """

    name: str
    seeds: Sequence[bytes]
    open: Callable[[Path], Feed]
    share: int = 15


def plain(feed: Feed) -> Callable[[Path], Feed]:
    """Return an `open` for a decoder that touches no file."""
    return lambda _: feed


def worded(data: bytes) -> tuple[str, bytes]:
    """Return the word before the first space, such as a topic, and what comes after it."""
    word, _, rest = data.partition(b" ")
    return word.decode(errors="replace"), rest

"""Room for lines to come: a file longer than what it holds, so that a sync writes no metadata.

That is a third of the flash that growing a file line by line costs.
"""

import os

ROOM = b" " * (16 * 1024)
_SECTOR_BYTES = 512  # the least that a disk writes whole or not at all


def lay_out(descriptor: int, size: int, offset: int) -> None:
    """Have room for lines of `size` bytes, and room behind them, on stable storage.

    What a power cut leaves of lines that are written into it together has holes of spaces then,
    which tell it from damage.
    """
    write_all(descriptor, b" " * size + ROOM, offset)
    os.fdatasync(descriptor)


def write_all(descriptor: int, content: bytes, offset: int) -> None:
    """Write bytes at an offset, in as many goes as the disk wants."""
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, offset)
        offset, view = offset + written, view[written:]


def is_unfinished(line: bytes) -> bool:
    """Say whether a line that can't be read has a hole in which the room still is.

    It was never acknowledged: a sync would have left no hole. A sector that is lost is all spaces,
    the first one from the end of the line before it on.
    """
    return line.startswith(b" ") or b" " * _SECTOR_BYTES in line

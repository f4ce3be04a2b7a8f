"""Feed a decoder in a process of its own: what another has left in memory is not its doing."""

import gzip
import io
import logging
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from multiprocessing import get_context

from fuzz.campaign import Tally, inputs, run
from fuzz.table import DECODERS

_UNPACKED = 5000  # bytes of a large input that stand for a MiB unpacked: a gigabyte for 5 MB
_SLOW_S = 60.0


def apart(name: str, seed: int, count: int) -> Tally:
    """Feed a decoder what chance makes of recorded inputs."""
    return _in_a_process(_fed, (name, seed, count))


def apart_large(name: str, size: int) -> Tally:
    """Feed a decoder its recorded inputs, then large ones of about `size` bytes."""
    packed(size // _UNPACKED)  # here once, and not in each process
    return _in_a_process(_fed_large, (name, size))


def large(size: int, rows: list[bytes]) -> Iterator[bytes]:
    """Yield brackets, digits, a line without end, many rows, and a little that unpacks to a lot."""
    yield b"[" * size
    yield b'{"a":' * (size // 5)
    yield b"9" * size
    yield b"x" * size
    yield b'{"timestamp":"' + b"2" * size + b'"}\n'
    for row in rows:
        line = row.strip() + b"\n"
        yield line * (size // len(line) + 1)
    yield packed(size // _UNPACKED)


@cache
def packed(mebibytes: int) -> bytes:
    """Return a small gzip that unpacks to a lot of zeros."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", 1, buffer, mtime=0) as file:
        for _ in range(mebibytes):
            file.write(bytes(1 << 20))
    return buffer.getvalue()


def _in_a_process(work: Callable[..., Tally], arguments: tuple[object, ...]) -> Tally:
    with get_context("fork").Pool(1) as pool:
        return pool.apply(work, arguments)


def _fed(name: str, seed: int, count: int) -> Tally:
    logging.disable()
    decoder = DECODERS[name]
    return run(decoder, inputs(decoder, seed, count))


def _fed_large(name: str, size: int) -> Tally:
    logging.disable()
    decoder = DECODERS[name]
    seeds = list(decoder.seeds)
    return run(decoder, chain(seeds, large(size, seeds[:1])), warm_up=len(seeds), slow_s=_SLOW_S)

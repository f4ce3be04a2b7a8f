"""Feed a decoder: count what it takes and refuses, its memory and its slowest input."""

import resource
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from random import Random

from support.aggregation import scratch

from fuzz.decoder import Decoder
from fuzz.mutate import Mutator
from shared.errors import MonitorError

_ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
SLOW_S = 2.0  # of processor time, for one input
MOST_GROWTH_KIB = 16 * 1024  # of a process that is fed and nothing else
_WARM_UP = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that a decoder neither took nor refused."""

    data: bytes
    signature: str
    story: str


@dataclass(slots=True)
class Tally:
    """What became of the inputs; `growth_kib` is by how much the peak of memory went up."""

    inputs: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    growth_kib: int = 0
    failures: dict[str, Failure] = field(default_factory=dict)


def inputs(decoder: Decoder, seed: int, count: int) -> Iterator[bytes]:
    """Yield the kept inputs, the recorded ones, then as many made of them; each by its number."""
    mutator = Mutator(decoder.seeds)
    made = (mutator.make(Random(f"{seed}/{decoder.name}/{number}")) for number in range(count))
    return chain(kept(decoder.name), decoder.seeds, made)


def kept(name: str) -> list[bytes]:
    """Return the inputs that once went through a decoder without an answer."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]


def run(
    decoder: Decoder, data: Iterable[bytes], warm_up: int = _WARM_UP, slow_s: float = SLOW_S
) -> Tally:
    """Feed a decoder; from the input `warm_up` on its memory has to stand still."""
    tally = Tally()
    before = 0
    with scratch() as directory:
        feed = decoder.open(directory)
        for one in data:
            begin = time.process_time()
            failure, refused = attempt(feed, one)
            took = time.process_time() - begin
            tally.inputs += 1
            tally.refused += refused
            tally.slowest_s = max(tally.slowest_s, took)
            if took > slow_s:
                failure = Failure(one, "slow", f"{took:.1f} s of processor time")
            if failure:
                tally.failures.setdefault(failure.signature, failure)
                feed = decoder.open(_below(directory, f"after-{tally.inputs}"))
            if tally.inputs == warm_up:
                before = _peak_kib()
    tally.growth_kib = _peak_kib() - before if before else 0
    return tally


def attempt(feed: Callable[[bytes], object], data: bytes) -> tuple[Failure | None, bool]:
    """Feed one input; return what should not have happened, and whether it was refused."""
    try:
        feed(data)
    except MonitorError:
        return None, True
    except Exception as error:  # noqa: BLE001 - this is what we are looking for
        frames = traceback.extract_tb(error.__traceback__)
        ours = [one for one in frames if _is_ours(Path(one.filename))]
        where = ours[-1] if ours else frames[-1]
        signature = f"{type(error).__name__} in {Path(where.filename).name}:{where.name}"
        return Failure(data, signature, "".join(traceback.format_exception(error))), False
    return None, False


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(_ROOT) and not {".venv", "fuzz"} & {*file.relative_to(_ROOT).parts}


def smallest(decoder: Decoder, failure: Failure) -> bytes:
    """Return as little of an input as fails in the same place, when it does so on its own."""

    def fails(data: bytes) -> bool:
        with scratch() as directory:
            found, _ = attempt(decoder.open(directory), data)
        return found is not None and found.signature == failure.signature

    best, size = failure.data, len(failure.data) // 2
    if not fails(best):
        return best
    while size > 0:
        at = 0
        while at < len(best):
            shorter = best[:at] + best[at + size :]
            if fails(shorter):
                best = shorter
            else:
                at += size
        size //= 2
    return best


def _below(directory: Path, name: str) -> Path:
    place = directory / name
    place.mkdir()
    return place


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

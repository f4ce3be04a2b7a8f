"""Every decoder takes or refuses whatever it is given, and nothing else happens."""

import logging
from collections.abc import Iterator

import pytest

from fuzz.apart import apart, apart_large
from fuzz.campaign import MOST_GROWTH_KIB, Tally, inputs, run
from fuzz.table import DECODERS, MEET_LARGE, portion

SEED = 1
SOME, MANY = 3_000, 100_000
LARGE, LARGER = 200_000, 5_000_000  # bytes
MOST_FOR_LARGER_KIB = 64 * 1024


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep what the services say of thousands of bad inputs out of the memory of pytest."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def fed(name: str, count: int) -> Tally:
    decoder = DECODERS[name]
    return run(decoder, inputs(decoder, SEED, portion(name, count, DECODERS)))


def steady(tally: Tally) -> None:
    """Fail unless nothing went wrong and memory stood still."""
    assert not told(tally)
    assert tally.growth_kib <= MOST_GROWTH_KIB


def told(tally: Tally) -> str:
    return "\n".join(f"{one.story}{one.data[:400]!r}" for one in tally.failures.values())


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_takes_or_refuses_whatever_it_is_given(name: str) -> None:
    """Some inputs, and all that once went wrong; `scripts/fuzz` makes as many as one likes."""
    assert not told(fed(name, SOME))


@pytest.mark.slow
@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_takes_or_refuses_many_inputs(name: str) -> None:
    steady(apart(name, SEED, portion(name, MANY, DECODERS)))


@pytest.mark.parametrize("name", MEET_LARGE)
def test_large_inputs_take_no_memory_to_speak_of(name: str) -> None:
    """Brackets, digits, a line without end, rows without end, what unpacks to a lot."""
    steady(apart_large(name, LARGE))


@pytest.mark.slow
@pytest.mark.parametrize("name", MEET_LARGE)
def test_inputs_of_megabytes_take_little_memory(name: str) -> None:
    """What unpacks to a gigabyte among them; lists of lines are read whole."""
    tally = apart_large(name, LARGER)
    assert not told(tally)
    assert tally.growth_kib <= MOST_FOR_LARGER_KIB * (4 if name == "lines" else 1)


@pytest.mark.parametrize("name", DECODERS)
def test_the_recorded_inputs_are_taken(name: str) -> None:
    """Or everything made of them would be refused at the door, and nothing tried behind it."""
    decoder = DECODERS[name]
    assert run(decoder, decoder.seeds).refused <= len(decoder.seeds) // 2

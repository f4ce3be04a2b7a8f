"""What somebody who may write to the repository can do to the board: not fill its memory."""

import gzip
import io
from collections.abc import Callable

import pytest

from services.syncer.archive import readable, together
from shared.errors import BadInput

MEGABYTE = bytes(1024 * 1024)
OURS = gzip.compress(b'{"timestamp":"2026-11-21T10:00:00Z","power":400}\n')


def many_lines() -> bytes:
    return gzip.compress(b"1\n" * 500_001, 1)


def one_endless_line() -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", 1, target) as packed:
        for _ in range(520):
            packed.write(MEGABYTE)
    return target.getvalue()


BOMBS = [many_lines, pytest.param(one_endless_line, marks=pytest.mark.slow)]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_day_larger_than_any_day_is_taken_for_a_damaged_one(bomb: Callable[[], bytes]) -> None:
    """So it stays as it is, and ours goes beside it."""
    with pytest.raises(BadInput, match="larger than any day"):
        together(bomb(), OURS)


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_nothing_of_it_comes_back(bomb: Callable[[], bytes]) -> None:
    done = {"unreadable": 0}
    assert list(readable(bomb(), "2026-11-21.jsonl.gz", done)) == []
    assert done["unreadable"] > 0

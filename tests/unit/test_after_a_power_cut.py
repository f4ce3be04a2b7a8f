"""What a power cut leaves of files: each thing that one once got wrong."""

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.aggregation import House, filled, spans, spot

from services.aggregator.dayfile import DayFile
from services.collector.outbox import Outbox
from shared.atomic import make_directory
from shared.errors import BadInput, Retryable
from shared.lines import append_lines, read_lines
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
START = 1_795_129_200.0
MANY = [spot(START + 3600 + second, second) for second in range(100)]
TEN = [spot(START + 60 * minute, 100 + minute) for minute in range(10)]
DAY = "2026-11-20"


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, call: str, turn: int) -> Iterator[None]:
    """Let one call of the system fail, the first being 0."""
    real = getattr(os, call)
    countdown = iter(range(turn, -1, -1))

    def fail(*arguments: Any, **named: Any) -> Any:
        if next(countdown, None) == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(*arguments, **named)

    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        yield


@contextmanager
def synced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give the paths that are synced from now on."""
    real = os.fsync
    paths: list[str] = []

    def note(descriptor: int) -> None:
        real(descriptor)
        paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    with monkeypatch.context() as watched:
        watched.setattr(os, "fsync", note)
        yield paths


def test_a_new_directory_and_those_above_it_are_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the first readings go with the directory they are in."""
    with synced(monkeypatch) as paths:
        make_directory(tmp_path / "state" / "journal", 0o700)
    assert paths == [str(tmp_path), str(tmp_path / "state")]
    assert (tmp_path / "state" / "journal").stat().st_mode & 0o777 == 0o700


def test_a_directory_whose_name_could_not_be_made_safe_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch, "fsync", 0), pytest.raises(Retryable):
        make_directory(tmp_path / "journal")
    with synced(monkeypatch) as paths:
        make_directory(tmp_path / "journal")
    assert paths == [str(tmp_path)]


APPENDING: list[Callable[[Path], object]] = [
    lambda path: append_lines(path, b"{}\n"),
    lambda path: DayFile(path, []).append(TEN[:1]),
    lambda path: Outbox(path).append([b"{}"]),
]


@pytest.mark.parametrize("append", APPENDING, ids=["lines", "journal", "outbox"])
def test_a_new_file_whose_name_could_not_be_made_safe_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, append: Callable[[Path], object]
) -> None:
    """The bytes of a file nobody finds after a power cut are worth nothing."""
    with failing(monkeypatch, "fsync", 0), pytest.raises(Retryable):
        append(tmp_path / "file")
    with synced(monkeypatch) as paths:
        append(tmp_path / "file")
    assert str(tmp_path) in paths


@pytest.mark.parametrize("hole", [b"\0", b" "])
def test_a_last_line_with_a_hole_was_never_acknowledged(tmp_path: Path, hole: bytes) -> None:
    """Its last sector reached the disk, the one before did not: nobody need look at that."""
    path = tmp_path / f"{DAY}.jsonl"
    DayFile(path, []).append(TEN)
    content = path.read_bytes().rstrip(b" ")
    line = content.splitlines(keepends=True)[-1]
    path.write_bytes(content[: -len(line)] + hole * (len(line) - 9) + line[-9:])
    file = DayFile(path, [])
    assert file.compress() is None
    assert list(file.readings()) == TEN[:-1]


@pytest.mark.parametrize("sector", range(5))
def test_a_hole_among_lines_that_came_together_is_no_damage(tmp_path: Path, sector: int) -> None:
    """Room was laid out for them: while it is still there, nobody was told that they are safe."""
    path = tmp_path / f"{DAY}.jsonl"
    DayFile(path, []).append(TEN[:1])
    file = DayFile(path, [])
    file.append(MANY)
    content = bytearray(path.read_bytes())
    first = content.index(b"\n") + 1
    content[max(first, sector * 512) : sector * 512 + 512] = b" " * 512
    path.write_bytes(content)
    again = DayFile(path, [])
    assert again.compress() is None
    left = list(again.readings())
    assert left[0] == TEN[0]
    assert all(reading in MANY for reading in left[1:])
    assert len(left) >= len(MANY) - 7


def test_zeros_among_lines_that_came_together_are_damage(tmp_path: Path) -> None:
    path = tmp_path / f"{DAY}.jsonl"
    DayFile(path, []).append(MANY)
    content = bytearray(path.read_bytes())
    content[1024:1536] = bytes(512)
    path.write_bytes(content)
    assert DayFile(path, []).compress() is not None


def test_lines_that_come_together_are_written_into_room_that_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a power cut leaves zeros, which look like damage."""
    path = tmp_path / f"{DAY}.jsonl"
    with failing(monkeypatch, "fdatasync", 0), pytest.raises(Retryable):
        DayFile(path, []).append(MANY)
    with failing(monkeypatch, "fdatasync", 1), pytest.raises(Retryable):
        DayFile(path, []).append(MANY)
    assert path.read_bytes().strip() == b""
    DayFile(path, []).append(MANY)
    assert list(DayFile(path, []).readings()) == MANY


def test_two_spaces_in_a_unit_are_no_hole(tmp_path: Path) -> None:
    odd = replace(spot(START, 5, volume=1), units={"volume": "m  3"})
    path = tmp_path / f"{DAY}.jsonl"
    DayFile(path, []).append([odd])
    DayFile(path, []).append(TEN[1:])
    assert list(DayFile(path, []).readings()) == [odd, *TEN[1:]]


def test_a_list_ends_before_a_line_with_a_hole(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b'{"n":1}\n' + b"\0" * 500 + b'":2}\n')
    assert read_lines(path, _number) == ([1], None)
    append_lines(path, b'{"n":3}\n')
    assert read_lines(path, _number) == ([1, 3], None)


def _number(raw: Mapping[str, Any]) -> int:
    if "n" not in raw:
        raise BadInput("no number")
    return int(raw["n"])


def test_rescuing_a_damaged_day_is_never_without_its_good_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever rename is the last one before the power goes."""
    path = tmp_path / f"{DAY}.jsonl"
    file = DayFile(path, [])
    file.append(TEN)
    file.compress()
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(packed.read_bytes()[:-4])
    with failing(monkeypatch, "rename", 1), pytest.raises(Retryable):
        DayFile(path, []).scan()
    assert list(DayFile(path, []).readings()) == TEN


@pytest.mark.parametrize("torn", [b"", b"\0" * 900, b'{"schema":1,"tier":"da'])
def test_a_daily_file_torn_before_the_boot_is_made_anew_without_a_word(
    tmp_path: Path, torn: bytes
) -> None:
    """It is not synced, so each power cut may do that; damage done later is told of.

    The clock of a board without a battery may be behind at its start.
    """
    house = House(tmp_path, now=START + 3600)
    house.take(*spans(house.zone, START, START + 3600, 500))
    document = house.settle().documents()["daily"]
    house.aggregator.close()
    boot, now = START + 4000, START + 4030
    for written, complaints in ((boot - 60, 0), (now + 600, 0), (boot + 10, 1)):
        house.path("daily").write_bytes(torn)
        os.utime(house.path("daily"), (written, written))
        booted = House(tmp_path, now=boot).at(now)
        assert booted.settle().documents()["daily"] == document
        assert len(booted.complaints) == complaints
        booted.aggregator.close()
    assert len(list(house.data.glob("*.corrupt-*"))) == 1


def test_a_correction_the_disk_took_half_of_is_carried_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its day is marked before it is kept: whatever is kept shows in the files at last."""
    house = filled(tmp_path, ZONE.name, DAY, 2)
    stamp = ZONE.iso(house.midnight(DAY) + 7200)
    before = house.documents()
    for turn in range(12):
        with failing(monkeypatch, "fsync", turn):
            try:
                house.ask("correct", timestamp=stamp, set={"power": 10})
                break
            except Retryable:
                pass
        house.restart()
        house.settle()
        kept = bool(house.aggregator.history.ledger.of_readings(0, time.time() + 1e9))
        assert (house.documents() != before) == kept, turn
        if kept:
            break
    assert house.point("weekly", f"{DAY}T01")["power"]["mean"] == 10

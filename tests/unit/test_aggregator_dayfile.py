"""A day of the journal: what power cuts, full disks and bit rot leave of it."""

import errno
import gzip
import os
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import scratch, span, spans, spot
from support.laws import examples

from services.aggregator.dayfile import DayFile
from services.aggregator.journal import Journal
from shared.checksum import sealed
from shared.errors import Retryable
from shared.messages import encode_journal_line
from shared.reading import Reading
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
START = ZONE.day_start(date(2026, 11, 20))
NAME = "2026-11-20.jsonl"
TEN = [spot(START + 60 * minute, 100 + minute) for minute in range(10)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def opened(path: Path) -> tuple[DayFile, list[Path]]:
    corrupt: list[Path] = []
    return DayFile(path, corrupt), corrupt


def read(path: Path) -> list[Reading]:
    """Read the day as a new process does."""
    return list(opened(path)[0].readings())


def stored(path: Path) -> bytes:
    """Return the lines of the file; what is laid out beyond them is no line."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


@pytest.mark.parametrize("torn", [b"{", b'{"timestamp":"2026-11-20T', b"\0" * 5000, b" " * 9000])
def test_a_torn_last_line_is_left_out_and_cut_before_the_next_append(
    path: Path, torn: bytes
) -> None:
    opened(path)[0].append(TEN[:3])
    path.write_bytes(stored(path) + torn)
    assert read(path) == TEN[:3]
    file, corrupt = opened(path)
    file.append(TEN[3:5])
    assert read(path) == list(file.readings()) == TEN[:5]
    assert stored(path) == b"".join(sealed(encode_journal_line(one)) for one in TEN[:5])
    assert corrupt == []


@examples(60)
@given(st.integers(0, 2000))
def test_a_file_cut_anywhere_keeps_every_whole_line(cut: int) -> None:
    with scratch() as directory:
        path = directory / NAME
        opened(path)[0].append(TEN)
        whole = stored(path)[:cut]
        path.write_bytes(whole)
        lines = whole.count(b"\n")
        assert read(path) == TEN[:lines]
        file, _ = opened(path)
        file.append(TEN[9:])
        assert read(path) == [*TEN[:lines], *([] if lines == 10 else TEN[9:])]


GARBAGE = [
    b"\0\0\0\0",
    b"{}",
    b"[]",
    b"null",
    b'{"timestamp":"2026-11-20T00:00:30+00:00"}',
    b'{"timestamp":"9999-12-31T00:00:00+00:00","power":1}',
    b'{"timestamp":"2026-11-20T00:00:30+00:00","power":1,"interval":{"seconds":1e300}}',
    b'{"timestamp":"2026-11-20T00:00:30+00:00","power":1,"interval":5}',
    b'{"timestamp":"2026-11-20T00:00:30+00:00","power":1e999}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_line_nobody_can_read_is_skipped_and_kept_aside(path: Path, garbage: bytes) -> None:
    opened(path)[0].append(TEN)
    lines = stored(path).splitlines(keepends=True)
    damaged = b"".join([*lines[:4], garbage + b"\n", *lines[4:]])
    path.write_bytes(damaged)
    assert read(path) == TEN
    file, _ = opened(path)
    assert file.scan().longest_s == 0
    aside = file.compress()
    assert aside is not None
    assert aside.read_bytes() == damaged
    assert read(path) == TEN


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_stops_no_journal(tmp_path: Path, garbage: bytes) -> None:
    journal = Journal(tmp_path, ZONE)
    journal.append(TEN)
    journal.close()
    path = tmp_path / NAME
    path.write_bytes(garbage + b"\n" + stored(path))
    journal = Journal(tmp_path, ZONE)
    reach, longest = journal.reach(START, START + 86400)
    assert list(journal.readings(START, reach)) == TEN
    assert longest <= 26 * 3600


def test_readings_come_in_order_of_time_each_once(path: Path) -> None:
    file, _ = opened(path)
    file.append(TEN[5:])
    file.append(TEN[:7])
    assert list(file.readings()) == read(path) == TEN
    assert list(file.readings(TEN[4].time)) == TEN[4:]


def test_notes_kept_while_writing_are_those_a_look_at_the_file_gives(path: Path) -> None:
    file, _ = opened(path)
    for reading in spans(ZONE, START, START + 7200, 5, 600):
        file.append([reading])
        assert file.scan() == opened(path)[0].scan()
    assert file.scan().spans() == [(START, START + 7200)]
    file.append(TEN)
    assert file.scan() == opened(path)[0].scan()
    assert file.scan().spans() is None


def test_reading_since_an_instant_finds_it_to_the_microsecond(path: Path) -> None:
    times = [START, START + 0.25, START + 0.5, START + 1]
    readings = [spot(time, 5) for time in times]
    file, _ = opened(path)
    file.append(readings)
    for number, time in enumerate(times):
        assert list(file.readings(time)) == readings[number:]


def test_compression_changes_nothing_that_is_read(path: Path) -> None:
    file, _ = opened(path)
    mixed = [*TEN[5:], span(ZONE, START + 600, 600, 5), *TEN[:7]]
    file.append(mixed)
    before = read(path)
    assert file.compress() is None
    assert not path.exists()
    assert read(path) == list(file.readings()) == before
    assert opened(path)[0].scan() == file.scan()
    assert file.scan().longest_s == 600
    assert file.compress() is None  # there is nothing left to do


def test_compressing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        file, _ = opened(tmp_path / name)
        file.append(TEN)
        file.compress()
    packed = (tmp_path / "a.jsonl.gz").read_bytes()
    assert packed == (tmp_path / "b.jsonl.gz").read_bytes()
    assert packed[4:8] == b"\0\0\0\0"  # gzip's own time of the file


def test_a_late_reading_opens_a_compressed_day_again(path: Path) -> None:
    file, _ = opened(path)
    file.append(TEN[:3] + TEN[4:])
    file.compress()
    file.append([TEN[3]])
    assert list(file.readings()) == read(path) == TEN
    assert not path.with_name(NAME + ".gz").exists()
    file.compress()
    assert read(path) == TEN


def test_a_crash_between_compressing_and_removing_the_plain_file_doubles_nothing(
    path: Path,
) -> None:
    file, _ = opened(path)
    file.append(TEN)
    plain = stored(path)
    file.compress()
    path.write_bytes(plain)
    assert read(path) == TEN
    again, _ = opened(path)
    again.append([spot(START + 900, 7)])
    assert read(path) == [*TEN, spot(START + 900, 7)]
    assert not path.with_name(NAME + ".gz").exists()


def test_a_crash_between_unpacking_and_removing_the_packed_file_doubles_nothing(
    path: Path,
) -> None:
    file, _ = opened(path)
    file.append(TEN)
    file.compress()
    packed = path.with_name(NAME + ".gz")
    bytes_packed = packed.read_bytes()
    file.append([spot(START + 900, 7)])
    packed.write_bytes(bytes_packed)
    assert read(path) == [*TEN, spot(START + 900, 7)]
    again, _ = opened(path)
    assert again.compress() is None
    assert read(path) == [*TEN, spot(START + 900, 7)]


def test_a_day_packed_by_another_hand_in_no_order_is_read_in_order(path: Path) -> None:
    lines = [encode_journal_line(reading) for reading in (*TEN[5:], *TEN[:6])]
    path.with_name(NAME + ".gz").write_bytes(gzip.compress(b"".join(lines)))
    assert read(path) == TEN


def _cut(packed: bytes) -> bytes:
    return packed[: len(packed) * 2 // 3]


def _flip(packed: bytes) -> bytes:
    return packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]


def _nothing(_packed: bytes) -> bytes:
    return b""


def _zeros(packed: bytes) -> bytes:
    return b"\0" * len(packed)


@pytest.mark.parametrize("harm", [_cut, _flip, _nothing, _zeros])
def test_a_damaged_compressed_day_is_set_aside_and_what_can_be_read_is_kept(
    path: Path, harm: Callable[[bytes], bytes]
) -> None:
    readings = [spot(START + second, (second * 7919) % 1000) for second in range(3000)]
    file, _ = opened(path)
    file.append(readings)
    file.compress()
    packed = path.with_name(NAME + ".gz")
    packed.write_bytes(harm(packed.read_bytes()))
    damaged = packed.read_bytes()
    again, corrupt = opened(path)
    left = list(again.readings())
    assert left == readings[: len(left)]
    if harm is _flip:
        assert left == readings
    if damaged or left:
        assert [aside.read_bytes() for aside in corrupt] == [damaged]
        assert not packed.exists()
    again.append([spot(START + 4000, 1)])
    assert read(path) == [*left, spot(START + 4000, 1)]


def test_a_late_reading_is_taken_when_its_packed_day_is_damaged(path: Path) -> None:
    """Or the broker would send it again and again, and each time stop the service."""
    path.with_name(NAME + ".gz").write_bytes(b"no gzip at all")
    file, corrupt = opened(path)
    file.append(TEN[:1])
    assert read(path) == TEN[:1]
    assert len(corrupt) == 1


# The disk refuses


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond some bytes, as a full disk does: a part is written, then an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_day_as_it_was(path: Path, limited: Callable[[int], None]) -> None:
    file, _ = opened(path)
    file.append(TEN[:2])
    file.close()
    before = stored(path)
    for extra in (1, 40, 100, 150):
        file, _ = opened(path)
        limited(len(before) + extra)
        with pytest.raises(Retryable) as refused:
            file.append(TEN[2:])
        assert "df -h" in refused.value.hint
        limited(resource.RLIM_INFINITY)
        assert stored(path) == before
        assert list(file.readings()) == read(path) == TEN[:2]
    file.append(TEN[2:])
    assert list(file.readings()) == read(path) == TEN


def test_what_a_failed_append_could_not_take_back_is_not_doubled(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses the sync and the truncation: whole lines stay, and come again later."""
    file, _ = opened(path)
    file.append(TEN[:2])
    assert list(file.readings()) == TEN[:2]

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", refuse)
        broken.setattr(os, "ftruncate", refuse)
        with pytest.raises(Retryable):
            file.append(TEN[2:4])
    file.append(TEN[2:])
    assert list(file.readings()) == read(path) == TEN


@pytest.mark.parametrize("call", ["lseek", "pread", "ftruncate", "fdatasync", "pwrite"])
def test_no_error_of_the_disk_costs_a_stored_reading(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Also when it fails on opening the file: there is nothing to undo then."""
    opened(path)[0].append(TEN)
    path.write_bytes(stored(path) + b'{"torn')
    file, _ = opened(path)

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(os, call, refuse)
        with pytest.raises(Retryable):
            file.append([spot(START + 900, 7)])
    assert read(path) == TEN
    file.append([spot(START + 900, 7)])
    assert read(path) == [*TEN, spot(START + 900, 7)]


def test_a_directory_that_cant_be_made_is_retryable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Retryable):
        Journal(tmp_path / "file" / "journal", ZONE).append(TEN)


def test_a_full_disk_while_compressing_leaves_the_plain_file(
    path: Path, limited: Callable[[int], None]
) -> None:
    file, _ = opened(path)
    file.append(TEN)
    limited(30)
    with pytest.raises(Retryable):
        file.compress()
    limited(resource.RLIM_INFINITY)
    assert read(path) == list(file.readings()) == TEN
    assert file.compress() is None
    assert sorted(item.name for item in path.parent.iterdir()) == [NAME + ".gz"]


def test_a_small_file_that_unpacks_to_much_takes_little_memory(tmp_path: Path) -> None:
    """Without an end of a line, all of it would be one."""
    packed = tmp_path / "2026-11-21.jsonl.gz"
    with gzip.open(packed, "wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
        file.write(b"\n" + encode_journal_line(TEN[0]))
    tracemalloc.start()
    try:
        assert list(DayFile(packed.with_suffix(""), []).readings()) == TEN[:1]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1 << 20

"""Files that are whole or not there, and files of lines."""

import errno
import os
import resource
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aggregation import scratch
from support.laws import examples

from shared.atomic import make_directory, replacing, set_aside, write_durably
from shared.errors import BadInput, Retryable
from shared.lines import append_lines, read_lines


@pytest.fixture
def limited() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond some bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old and longer")
    write_durably(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["file"]


def _fail(path: Path, error: type[BaseException]) -> None:
    with replacing(path, durable=False) as file:
        file.write(b"new")
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_what_was_there(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old")
    with pytest.raises(error):
        _fail(path, error)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, limited: Callable[[int], None]) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old")
    limited(100)
    with pytest.raises(Retryable) as refused:
        write_durably(path, b"x" * 200_000)
    assert "df -h" in refused.value.hint
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_any_refusal_of_the_disk_is_retryable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    path = tmp_path / "file"
    write_durably(path, b"old")
    with monkeypatch.context() as broken:
        broken.setattr(os, call, refuse)
        with pytest.raises(Retryable, match="Read-only"):
            write_durably(path, b"new")
        with pytest.raises(Retryable, match="Read-only"):
            set_aside(path)
    write_durably(tmp_path / "other", b"x")
    assert (tmp_path / "other").read_bytes() == b"x"


def test_a_missing_directory_and_a_file_in_the_way_are_retryable(tmp_path: Path) -> None:
    with pytest.raises(Retryable):
        write_durably(tmp_path / "missing" / "file", b"x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(Retryable):
        make_directory(tmp_path / "file")
    with pytest.raises(Retryable):
        append_lines(tmp_path / "file" / "lines", b"x\n")


def test_files_set_aside_keep_their_name_and_content_each_its_own(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    for number in range(3):
        path.write_text(str(number))
        assert set_aside(path).name.startswith("book.json.corrupt-2")
    assert not path.exists()
    assert sorted(found.read_text() for found in tmp_path.iterdir()) == ["0", "1", "2"]


def number(raw: Mapping[str, Any]) -> int:
    if not isinstance(raw.get("n"), int):
        raise BadInput("no number")
    return int(raw["n"])


def line(count: int) -> bytes:
    return b'{"n":%d}\n' % count


def test_lines_are_read_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lines"
    assert read_lines(path, number) == ([], None)
    append_lines(path, line(1) + line(2))
    append_lines(path, line(3))
    assert read_lines(path, number) == ([1, 2, 3], None)


@examples(50)
@given(st.integers(0, 30), st.binary(max_size=6).filter(lambda torn: b"\n" not in torn))
def test_a_line_after_a_torn_one_is_whole(cut: int, torn: bytes) -> None:
    with scratch() as directory:
        path = directory / "lines"
        content = (line(1) + line(2) + line(3))[:cut]
        path.write_bytes(content + torn)
        whole = list(range(1, content.count(b"\n") + 1))
        append_lines(path, line(9))
        assert read_lines(path, number) == ([*whole, 9], None)


@pytest.mark.parametrize("garbage", [b"what", b"[]", b"{}", b"\0\0\0", b"\xff", b'{"n":"x"}', b""])
def test_lines_nobody_can_read_are_kept_in_a_copy(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "lines"
    damaged = line(1) + garbage + b"\n" + line(2)
    path.write_bytes(damaged)
    items, aside = read_lines(path, number)
    assert items == [1, 2]
    assert aside is not None
    assert aside.read_bytes() == damaged
    assert path.read_bytes() == line(1) + line(2)
    assert read_lines(path, number) == ([1, 2], None)


def test_a_full_disk_leaves_the_lines_as_they_were(
    tmp_path: Path, limited: Callable[[int], None]
) -> None:
    """Also when the disk takes a part of a line without a word."""
    path = tmp_path / "lines"
    append_lines(path, line(1))
    for size in (8, 9, 12, 15, 16, 30):
        limited(size)
        with pytest.raises(Retryable):
            append_lines(path, line(2) * 5)
        limited(resource.RLIM_INFINITY)
        assert path.read_bytes() == line(1)
    append_lines(path, line(2))
    assert read_lines(path, number) == ([1, 2], None)

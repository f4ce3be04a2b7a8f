"""A directory as the remote: atomic, and never mistaken for the stick that is not plugged in."""

import errno
import os
from pathlib import Path

import pytest
from support.github.house import House

from services.syncer.directory import MARKER, Directory
from services.syncer.records import Kept, Records
from services.syncer.remote import Change, blob_version
from shared.errors import Permanent, Retryable


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Return a mounted stick."""
    path = tmp_path / "stick"
    path.mkdir()
    return path


@pytest.fixture
def remote(stick: Path, tmp_path: Path) -> Directory:
    """Return the remote on it."""
    return Directory(stick, tmp_path / "seen")


def test_a_stick_that_is_not_there_is_waited_for_and_not_made(
    remote: Directory, stick: Path
) -> None:
    stick.rmdir()
    with pytest.raises(Retryable, match="is not there") as told:
        remote.read("a")
    assert "mount" in told.value.hint
    with pytest.raises(Retryable, match="is not there"):
        remote.write([Change("a", b"", None)], "")
    assert not stick.exists()


def test_a_bare_mount_point_is_not_taken_for_an_emptied_stick(
    remote: Directory, stick: Path
) -> None:
    remote.write([Change("monthly.json", b"{}", None)], "")
    stick.rename(stick.with_name("unplugged"))
    stick.mkdir()
    with pytest.raises(Retryable, match="is not the place of before") as told:
        remote.read("monthly.json")
    assert f"touch {stick / MARKER}" in told.value.hint
    (stick / MARKER).touch()
    assert remote.read("monthly.json") is None


def test_a_new_stick_gets_all_that_the_old_one_had(
    remote: Directory, stick: Path, tmp_path: Path
) -> None:
    house = House(tmp_path / "house", remote)
    house.add_days("2025-12-01", "2026-11-21")
    house.run(house.core.look())
    before = {path: path.read_bytes() for path in stick.rglob("*.json")}
    for path in before:
        path.unlink()
    house.sync()
    assert not list(stick.rglob("*.json"))
    house.run(house.core.look())
    assert len(before) == 3
    assert {path: path.read_bytes() for path in stick.rglob("*.json")} == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_stick_leaves_the_old_file_and_no_half_one(
    remote: Directory, stick: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    remote.write([Change("monthly.json", b"old", None)], "")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(f"os.{call}", full)
        with pytest.raises(Retryable, match="No space left"):
            remote.write([Change("monthly.json", b"new", blob_version(b"old"))], "")
    assert (stick / "monthly.json").read_bytes() == b"old"
    assert {path.name for path in stick.iterdir()} == {"monthly.json", MARKER}


def test_a_mount_that_cannot_sync_directories_will_do(
    remote: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").resolve()
        if place.is_dir() and "stick" in place.parts:
            raise OSError(errno.EINVAL, "no")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    remote.write([Change("history/2025.json", b"{}", None)], "")
    assert remote.read("history/2025.json") is not None


def test_a_file_beyond_measure_is_not_read(remote: Directory, stick: Path) -> None:
    with (stick / "monthly.json").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(Permanent, match="too large"):
        remote.read("monthly.json")


def test_another_place_starts_afresh(tmp_path: Path) -> None:
    """What was pushed to one repository says nothing about another."""
    records = Records(tmp_path / "syncer")
    records.load("first")
    records.remember("monthly.json", b"{}")
    records.note_push(1.0, {"2026-11-21": Kept("1-1", "readings/2026/x 1a")})
    records.load("first")
    assert (records.pushed("monthly.json"), records.facts.last_push) == (b"{}", 1.0)
    records.load("second")
    assert (records.pushed("monthly.json"), records.archived) == (None, {})


def test_damaged_records_are_set_aside_and_begun_anew(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for garbage in (b"", b"[]", b'{"site": 1}', b"\xff"):
        (tmp_path / "state.json").write_bytes(garbage)
        records.load("first")
        assert records.facts.remote == "first"
    assert len(list(tmp_path.glob("state.json.corrupt-*"))) == 4

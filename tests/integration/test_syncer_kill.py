"""kill -9 at every request boundary of a push: before GitHub did it, and after."""

import gzip
import os
import signal
from datetime import date
from pathlib import Path

import pytest
from support import nursery
from support.github.house import House, noisy_readings
from support.github.memory import MemoryRemote
from support.github.server import FakeGitHub, Fault

LAST = date(2026, 11, 21)
ARCHIVED = date(2026, 11, 20)
MOST_REQUESTS = 40
PUSH_TIMEOUT_S = 90  # the machine may be busy


def pusher(directory: Path, url: str) -> nursery.Child:
    """Start a process that pushes."""
    words = ["support.github.pusher", str(directory), url]
    with (directory / "log").open("ab") as log:
        return nursery.start(words, os.environ, log, log)


def push_to_the_end(directory: Path, url: str) -> None:
    """Push without trouble."""
    assert pusher(directory, url).wait(PUSH_TIMEOUT_S) == 0


def whole(fake: FakeGitHub, house: House) -> bool:
    """Say whether all is at GitHub as it is here."""
    journal = house.config.paths.state_dir / f"journal/{ARCHIVED}.jsonl.gz"
    return (
        fake.file("data/monthly.json") == house.file("monthly.json")
        and fake.file("data/yearly.json") == house.file("yearly.json")
        and fake.file("data/history/2025.json")
        == house.core.local.content(house.core.local.year(2025))
        and fake.file(f"data/readings/2026/{ARCHIVED}.jsonl.gz") == journal.read_bytes()
    )


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(True, id="first push", marks=pytest.mark.slow),
        pytest.param(False, id="later push"),
    ],
)
@pytest.mark.parametrize("applied", [True, False], ids=["carried out", "not carried out"])
def test_a_push_killed_at_any_request_goes_on_after_the_restart(
    tmp_path: Path, *, first: bool, applied: bool
) -> None:
    directory = tmp_path / "house"
    house = House(directory, MemoryRemote())
    house.add_days("2025-12-01", "2026-11-21")
    journal = house.config.paths.state_dir / "journal"
    journal.mkdir()
    (journal / f"{ARCHIVED}.jsonl.gz").write_bytes(
        gzip.compress(noisy_readings(ARCHIVED, 600), mtime=0)
    )
    boundaries = 0
    with FakeGitHub() as fake:
        fake.repository.edit("README.md", b"A house.\n")
        if not first:
            push_to_the_end(directory, fake.url)
        for number in range(MOST_REQUESTS):
            house.correct(LAST, 100.0 + number)
            process = pusher(directory, fake.url)
            fault = Fault(
                applied=applied,
                cut=True,
                hook=lambda pid=process.pid: os.kill(pid, signal.SIGKILL),  # type: ignore[misc]
            )
            with fake.lock:
                passing = [Fault(applied=True) for _ in range(number)]
                fake.faults[:] = [*passing, fault]
            status = process.wait(PUSH_TIMEOUT_S)
            fake.faults.clear()
            if status == 0:
                break
            assert status == -signal.SIGKILL
            boundaries += 1
            push_to_the_end(directory, fake.url)
            assert whole(fake, house)
            if first:
                fake.repository.branches.clear()
                fake.repository.edit("README.md", b"A house.\n")
                for copy in (house.config.paths.state_dir / "syncer").rglob("*.json"):
                    copy.unlink()
        assert whole(fake, house)
    assert boundaries >= (8 if first else 6)

"""What stops the syncer, what it remembers of that, and what a job's mistake becomes."""

from functools import partial
from pathlib import Path

import pytest
from support.github.house import configuration
from support.github.memory import MemoryRemote

from services.syncer.effects import Effect, Job, Pause, Read
from services.syncer.patience import Patience
from services.syncer.records import Records
from services.syncer.service import fingerprint
from services.syncer.task import Task, Unexpected
from shared.errors import Permanent, Retryable

GITHUB = {"token": "secret", "repo": "you/house"}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Return empty records."""
    made = Records(tmp_path / "syncer")
    made.load("memory")
    return made


def again(tmp_path: Path) -> Records:
    """Return the records as the next start finds them."""
    made = Records(tmp_path / "syncer")
    made.load("memory")
    return made


@pytest.mark.parametrize(
    "change",
    [{"pages": True}, {"archive": True}, {"branch": "b"}, {"token": "x"}, {"directory": "d"}],
)
def test_any_option_of_the_remote_is_another_configuration(
    tmp_path: Path, change: dict[str, object]
) -> None:
    before = fingerprint(configuration(tmp_path, github=GITHUB))
    assert fingerprint(configuration(tmp_path, github=GITHUB)) == before
    assert fingerprint(configuration(tmp_path, github=GITHUB | change)) != before


def test_the_page_stops_alone(records: Records) -> None:
    history = Patience(records, "f", now=lambda: 1000.0)
    page = Patience(records, "f", site=True, now=lambda: 1000.0)
    page.stop(Permanent("no"))
    assert page.stopped is not None
    assert history.stopped is None
    history.succeeded()
    assert page.stopped is not None


def test_a_wait_asked_for_is_taken_up_and_never_longer_than_asked(
    records: Records, tmp_path: Path
) -> None:
    Patience(records, "f", now=lambda: 1000.0).failed(Retryable("slow", after_s=600.0), 0.0)
    for now, left in ((1100.0, 500.0), (2000.0, 0.0), (0.0, 600.0)):
        patience = Patience(again(tmp_path), "f", now=partial(float, now))
        patience.take_up(5.0)
        assert patience.wait_s(5.0) == pytest.approx(left)


def test_what_stopped_us_holds_in_memory_until_the_disk_takes_it(
    records: Records, tmp_path: Path
) -> None:
    blocked = tmp_path / "syncer/.state.json.tmp"
    blocked.mkdir()
    patience = Patience(records, "f")
    patience.stop(Permanent("no"))
    assert patience.stopped is not None
    with pytest.raises(Retryable):
        records.save_again()
    blocked.rmdir()
    records.save_again()
    assert Patience(again(tmp_path), "f").stopped is not None


def broken() -> Job[None]:
    """Stumble over an answer."""
    yield Read("x")
    raise ZeroDivisionError


class BrokenRemote(MemoryRemote):
    """A remote with a mistake in it."""

    def read(self, path: str, known: bytes | None = None) -> None:
        """Stumble."""
        raise KeyError(path, known)


@pytest.mark.parametrize("remote", [MemoryRemote(), BrokenRemote()])
def test_a_mistake_ends_the_job_and_not_the_process(
    remote: MemoryRemote, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task("push", broken(), remote, None)
    while task.outcome is None:
        task.step(0.0, nobody)
    assert isinstance(task.outcome.error, Unexpected)
    assert "Traceback" in caplog.text


def paused() -> Job[str]:
    """Wait a while."""
    yield Pause(4.0)
    return "done"


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0)])
def test_a_pause_is_as_long_as_chance_makes_it(chance: float, seconds: float) -> None:
    task = Task("push", paused(), MemoryRemote(), None, lambda: chance)
    assert task.step(10.0, nobody) == 0.0
    assert task.step(10.0, nobody) == seconds
    assert task.step(10.0 + seconds - 0.5, nobody) == 0.5
    assert task.step(10.0 + seconds, nobody) == 0.0
    assert task.outcome
    assert task.outcome.result == "done"


def nobody(effect: Effect, _correlation: bytes) -> bool:
    """Stand for an aggregator that must not be asked."""
    raise AssertionError(effect)

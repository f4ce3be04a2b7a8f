"""A GitHub of our own, and houses that keep their history there."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from support.github.checks import add_journal, client
from support.github.house import House, noisy_readings
from support.github.server import FakeGitHub


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    """Run a GitHub with one commit."""
    with FakeGitHub() as running:
        running.repository.edit("README.md", b"A house.\n")
        yield running


@pytest.fixture
def house(fake: FakeGitHub, tmp_path: Path) -> House:
    """Return a house with forty days of history."""
    made = House(tmp_path / "house", client(fake))
    made.add_days("2026-10-13", "2026-11-21")
    return made


@pytest.fixture
def archiving(fake: FakeGitHub, tmp_path: Path) -> House:
    """Return a house that archives, with readings of three days."""
    made = House(tmp_path / "house", client(fake), archive=True)
    for day in (19, 20, 21):
        add_journal(made, date(2026, 11, day), noisy_readings(date(2026, 11, day), 600))
    made.ask("rebuild", {})
    return made

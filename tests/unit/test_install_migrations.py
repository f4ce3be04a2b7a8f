"""Migrations: in order, after a backup, repeatable, and back again."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cli.install import migrate
from cli.install.migrations import MIGRATIONS, Migration, Raw, latest, pending, todays_spelling
from shared.config import parse
from shared.errors import Refused


class Installation:
    """A configuration, a state directory, and where backups go."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "home" / "config.json"
        self.state = directory / "state"
        self.backup = directory / "backups" / "1"
        self.file.parent.mkdir()
        self.state.mkdir()
        self.file.write_text('{"steps": []}')
        self.file.chmod(0o640)
        (self.state / "book.txt").write_text("0")

    def migrate(self, table: Sequence[Migration]) -> list[int]:
        """Carry out what is pending; return the numbers."""
        migrate.remember_levels(self.file, self.state, self.backup)
        steps = [
            *migrate.migrate_config(self.file, self.backup, table),
            *migrate.migrate_state(self.state, self.backup, table),
        ]
        return [step.number for step in dict.fromkeys(steps)]

    def restore(self) -> None:
        """Put everything back."""
        migrate.restore(self.file, self.state, self.backup)

    def seen(self) -> tuple[object, str]:
        """Return what config and state hold."""
        return json.loads(self.file.read_text()), (self.state / "book.txt").read_text()


def step(number: int) -> Migration:
    """Return a migration that leaves its number in both places."""

    def config(raw: Raw) -> Raw:
        return {"steps": [*raw["steps"], number]}

    def state(directory: Path) -> None:
        book = directory / "book.txt"
        book.write_text(f"{book.read_text()} {number}")

    return Migration(number, f"number {number}", config, state)


TABLE = (step(2), step(1), step(3))


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_the_numbers_of_the_table_are_used_once() -> None:
    numbers = [migration.number for migration in MIGRATIONS]
    assert sorted(set(numbers)) == numbers


def test_they_are_carried_out_in_order_and_once(installation: Installation) -> None:
    assert installation.migrate(TABLE[:2]) == [1, 2]
    assert installation.migrate(TABLE) == [3]
    assert installation.migrate(TABLE) == []
    assert installation.seen() == ({"steps": [1, 2, 3]}, "0 1 2 3")


def test_a_new_installation_needs_none(installation: Installation) -> None:
    migrate.mark(installation.file.parent, installation.state, table=TABLE)
    assert not migrate.is_needed(installation.file.parent, installation.state, table=TABLE)
    assert installation.migrate(TABLE) == []
    assert installation.seen() == ({"steps": []}, "0")


def test_everything_can_be_put_back(installation: Installation) -> None:
    """Files, modes, what came since, and that the migrations are to be done again."""
    installation.migrate(TABLE[:2])
    before = installation.seen()
    installation.backup = installation.backup.with_name("2")
    installation.migrate(TABLE)
    (installation.state / "new").mkdir()
    installation.restore()
    assert installation.seen() == before
    assert not (installation.state / "new").exists()
    assert installation.file.stat().st_mode & 0o777 == 0o640
    assert installation.migrate(TABLE) == [3]


def test_a_state_of_a_later_version_is_left_alone(installation: Installation) -> None:
    installation.migrate(TABLE)
    with pytest.raises(Refused, match="later version"):
        installation.migrate(TABLE[:2])
    assert installation.seen() == ({"steps": [1, 2, 3]}, "0 1 2 3")


def test_a_backup_is_for_its_owner_only(installation: Installation) -> None:
    installation.migrate(TABLE)
    assert installation.backup.stat().st_mode & 0o077 == 0
    assert (installation.backup / "state.tar.gz").stat().st_mode & 0o077 == 0


def test_pending_is_what_comes_after_the_last_one_done() -> None:
    assert [migration.number for migration in pending(1, TABLE)] == [2, 3]
    assert latest(TABLE) == 3
    assert latest(()) == 0


def test_old_spellings_become_todays() -> None:
    """What it means does not change, and remarks stay."""
    old = {
        "_": "ours",
        "homeassistant": {"url": "http://h", "token": "t", "entity_id": "sensor.p"},
        "timezone": "Europe/Berlin",
    }
    new = todays_spelling(old)
    assert new == {
        "_": "ours",
        "home_assistant": {"url": "http://h", "token": "t", "entities": {"power": "sensor.p"}},
        "timezone": "Europe/Berlin",
    }
    assert list(new) == ["_", "home_assistant", "timezone"]
    assert parse(old, {}) == parse(new, {})
    assert todays_spelling(new) == new


def test_a_mistake_stays_to_be_told() -> None:
    """Both spellings at once: nobody but the person knows which is meant."""
    both = {"homeassistant": {"url": "a"}, "home_assistant": {"url": "b"}}
    assert todays_spelling(both) == both

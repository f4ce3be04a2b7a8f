"""What an upgrade changes in what an earlier version left behind: a numbered table; pure.

A migration takes what its predecessor gives. Numbers are never used twice, and an entry is never
changed once it was released: there may be installations that already went through it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.options import SECTIONS

Raw = dict[str, Any]


def _same(raw: Raw) -> Raw:
    return raw


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: config.json as an object to a new object, and files of the state directory.

    `state` works in place, on a directory that was backed up and that nobody else uses, and must
    bear to be repeated: a power cut may come at any time. None changes no file.
    """

    number: int
    title: str
    config: Callable[[Raw], Raw] = _same
    state: Callable[[Path], None] | None = None


def pending(done: int, table: Sequence[Migration]) -> Sequence[Migration]:
    """Return what is still to be done, in order, after migration number `done`."""
    return sorted((step for step in table if step.number > done), key=lambda step: step.number)


def latest(table: Sequence[Migration]) -> int:
    """Return the number of the last migration, 0 when there is none."""
    return max((step.number for step in table), default=0)


def todays_spelling(raw: Raw) -> Raw:
    """Rename old sections, and the single `entity_id` to `entities.power`; keep the order."""
    old = {section.old: section.name for section in SECTIONS if section.old}
    renamed = {_name(key, raw, old): value for key, value in raw.items()}
    house = renamed.get("home_assistant")
    if isinstance(house, dict) and "entity_id" in house and "entities" not in house:
        renamed["home_assistant"] = {
            ("entities" if key == "entity_id" else key): (
                {"power": value} if key == "entity_id" else value
            )
            for key, value in house.items()
        }
    return renamed


def _name(key: str, raw: Raw, old: Mapping[str, str]) -> str:
    name = old.get(key, key)
    return key if name in raw else name  # given in both spellings: a mistake to be told, not hidden


MIGRATIONS = (Migration(1, "config.json in today's spelling", config=todays_spelling),)

"""What must be true after a power cut: the laws, and a start on what the cut left."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any

from services.aggregator.journal import KEEP_JOURNAL_DAYS
from services.aggregator.resolve import preferred
from shared.messages import as_stored
from shared.reading import Reading
from support.aggregation import TIERS, House, scratch
from support.asyncapi import mistakes
from support.cut import life
from support.cut.calls import Call
from support.cut.disk import Disk
from support.cut.life import DONE, Step

SCHEMAS = dict.fromkeys(TIERS, "schema/buckets.json") | {"daily": "schema/daily.json"}
_FAR = 1e11
_PLAIN = frozenset({"boot", "import", "reading"})
_REBUILT = 0.25  # of the starts are looked at more closely, and then go no further


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A life without a cut: its steps, and what the documents say after those that are whole."""

    steps: Sequence[Step]
    documents: Sequence[Any]


def undisturbed(seed: int) -> Undisturbed:
    """Live a life to its end."""
    steps = life.steps(seed)
    documents = []
    with scratch() as directory:
        house = life.house(directory)
        for step in steps:
            life.live(house, step)
            documents.append(told(house) if step.whole else None)
        house.aggregator.close()
    return Undisturbed(steps, documents)


class Cutter:
    """Cuts a recorded life at any of its calls, and tries what is left."""

    def __init__(self, root: Path, calls: Sequence[Call], undisturbed: Undisturbed) -> None:
        self._calls = calls
        self._undisturbed = undisturbed
        self._disk = Disk(root)
        self._done = 0
        self._next = 0

    def moments(self, chance: Random, count: int) -> list[int]:
        """Return in order before which calls to cut: seldom where only a reading comes.

        And often before several lines are synced: a torn one may lie between whole ones then.
        """
        numbers, weights, done = [], [], 0
        for number, call in enumerate(self._calls):
            if call.name == "write" and call.texts[0] == DONE % done:
                done += 1
            elif done < len(self._undisturbed.steps) and self._disk.concerns(call):
                numbers.append(number)
                weights.append(_weight(self._undisturbed.steps[done], call))
        return sorted(chance.choices(numbers, weights, k=count))

    def cut(self, at: int, chance: Random) -> None:
        """Cut the power before the call number `at`; AssertionError says what came of it.

        Cuts come in order: the disk only goes forward.
        """
        self._go_to(at)
        step = self._undisturbed.steps[self._done]
        with scratch() as directory:
            self._disk.leave(directory, chance)
            try:
                self._start(directory, chance)
            except AssertionError as error:
                raise AssertionError(f"cut at call {at} in {step.name!r}: {error}") from error

    def _go_to(self, at: int) -> None:
        for call in self._calls[self._next : at]:
            if call.name == "write" and call.texts[0] == DONE % self._done:
                self._done += 1
            self._disk.apply(call)
        self._next = at

    def _start(self, directory: Path, chance: Random) -> None:
        step = self._undisturbed.steps[self._done]
        house = life.house(directory, booted=step.now).settle()
        self._check_received(house)
        _check_documents(house)
        if chance.random() < _REBUILT:
            before = told(house)
            house.ask("rebuild")
            assert told(house) == before, "the start left something undone"
        else:
            self._go_on(house)
        house.aggregator.close()
        assert house.complaints == [], house.complaints

    def _go_on(self, house: House) -> None:
        """Have what was not acknowledged come again, up to where all documents are known."""
        for number in range(self._done, len(self._undisturbed.steps)):
            step = self._undisturbed.steps[number]
            life.live(house, step)
            if step.whole:
                expected = self._undisturbed.documents[number]
                assert told(house) == expected, f"documents differ after {step.name!r}"
                return

    def _check_received(self, house: House) -> None:
        """See every reading that was acknowledged as it came, or its old day in the book."""
        history = house.aggregator.history
        there = {one.time: one for one in history.journal.readings(0.0, _FAR)}
        oldest = house.zone.day_of(house.now) - timedelta(days=KEEP_JOURNAL_DAYS)
        for reading in self._received():
            day = house.zone.day_of(reading.time)
            found = there.get(reading.time) == reading
            gone = day < oldest and not history.journal.has(day) and history.book.get(day)
            assert found or gone, f"{house.zone.iso(reading.time)} is not there"

    def _received(self) -> list[Reading]:
        done = self._undisturbed.steps[: self._done]
        readings = [as_stored(one) for step in done for one in step.readings]
        by_time = groupby(sorted(readings, key=attrgetter("time")), key=attrgetter("time"))
        return [preferred(list(group)) for time, group in by_time if time <= done[-1].now]


def _weight(step: life.Step, call: Call) -> int:
    if call.name == "fdatasync" and len(step.readings) > 1:
        return 36
    return 1 if step.name in _PLAIN else 6


def _check_documents(house: House) -> None:
    for tier in TIERS:
        found = document_mistakes(tier, house.path(tier).read_bytes())
        assert found == [], f"{tier}.json: {found}"


@cache
def document_mistakes(tier: str, content: bytes) -> list[str]:
    """Return what a tier's schema says against a file."""
    return mistakes(SCHEMAS[tier], json.loads(content))


def told(house: House) -> dict[str, Any]:
    """Return all that the documents say but when; a correction made twice is a moment later."""
    return {tier: _without(house.document(tier), "last_update", "corrected") for tier in TIERS}


def _without(document: Any, *keys: str) -> Any:
    if isinstance(document, dict):
        return {key: _without(value, *keys) for key, value in document.items() if key not in keys}
    if isinstance(document, list):
        return [_without(value, *keys) for value in document]
    return document

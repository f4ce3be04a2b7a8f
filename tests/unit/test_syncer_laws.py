"""Whatever happens in whatever order: once all is calm, both sides agree and no day was lost."""

import shutil
import tempfile
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from support.github.house import ZONE, House, Killed, edited, point
from support.github.memory import MemoryRemote
from support.laws import examples

from services.syncer.effects import Effect
from shared.bucket import Bucket
from shared.errors import MonitorError, Retryable

FIRST = date(2025, 12, 20)  # so that a year's end is among the days
TIERS = ("monthly.json", "yearly.json")
CALM_ROUNDS = 4
MEANS = st.sampled_from([100.0, 200.0, 300.0])
DAYS_BACK = st.integers(1, 20)


class Interleavings(RuleBasedStateMachine):
    """Local rollups, corrections, other hands, failures and restarts, as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.remote = MemoryRemote()
        self.house = House(self.directory / "house", self.remote, now=ZONE.day_start(FIRST))
        self.known: set[date] = set()
        self.dropped: set[date] = set()
        self.corrected: dict[date, float] = {}

    def teardown(self) -> None:
        """Let all become calm, then check."""
        try:
            self.calm_down()
            self.check()
        finally:
            shutil.rmtree(self.directory)

    @initialize(days=st.integers(1, 12))
    def begin(self, days: int) -> None:
        """Start at the end of December with some history."""
        last = FIRST + timedelta(days=days)
        self.house.wait_until(ZONE.iso(ZONE.day_start(last + timedelta(days=1)) + 43200))
        self.house.add_days(FIRST.isoformat(), last.isoformat())
        self.known |= {FIRST + timedelta(days=n) for n in range(days + 1)}

    @property
    def today(self) -> date:
        """The house's day."""
        return ZONE.day_of(self.house.now)

    @rule(mean=MEANS, coverage=st.sampled_from([0.25, 0.5, 1.0]))
    def a_day_passes(self, mean: float, coverage: float) -> None:
        """Midnight, and the rollup of the day that is over."""
        day = self.today
        self.house.wait_until(ZONE.iso(ZONE.day_end(day) + 43200))
        self.house.add_days(day.isoformat(), day.isoformat(), mean, coverage)
        self.known.add(day)

    @rule(back=DAYS_BACK, mean=MEANS)
    def a_person_corrects(self, back: int, mean: float) -> None:
        """Set a day by hand."""
        day = self.today - timedelta(days=back)
        if day in self.known - self.dropped:
            self.house.correct(day, mean)
            self.corrected[day] = mean

    @rule(back=DAYS_BACK)
    def a_person_drops(self, back: int) -> None:
        """Throw a day away by hand."""
        day = self.today - timedelta(days=back)
        if self.house.core.local.booked([day]):
            self.house.correct(day, None)
            self.dropped.add(day)
            self.corrected.pop(day, None)

    @precondition(lambda self: self.remote.files)
    @rule(tier=st.sampled_from(TIERS), back=DAYS_BACK, mean=MEANS, more=st.booleans())
    def another_hand_edits(self, tier: str, back: int, mean: float, *, more: bool) -> None:
        """Somebody changes a day there, or adds one that we never had."""
        day = self.today - timedelta(days=back)
        start = ZONE.iso(ZONE.day_start(day))

        def change(document: dict[str, Any]) -> None:
            points = document["data_points"]
            found = [bucket for bucket in points if bucket["timestamp"] == start]
            if found:
                found[0]["power"] = {"mean": mean, "min": mean, "max": mean}
                self.corrected.pop(day, None)
            elif more and day not in self.dropped:
                points.append(point(day, mean, 0.75))
                points.sort(key=lambda bucket: date.fromisoformat(bucket["timestamp"][:10]))
                self.known.add(day)

        self.edit(tier, change)

    @precondition(lambda self: self.remote.files)
    @rule(tier=st.sampled_from(TIERS), index=st.integers(0, 30))
    def another_hand_removes(self, tier: str, index: int) -> None:
        """Somebody deletes a day there: no reason for us to lose it, if we ever saw it."""
        self.forget_edits_of(tier)

        def change(document: dict[str, Any]) -> None:
            if document["data_points"]:
                document["data_points"].pop(index % len(document["data_points"]))

        self.edit(tier, change)

    @precondition(lambda self: self.remote.files)
    @rule(tier=st.sampled_from(TIERS), content=st.sampled_from([b"", b"<<<< HEAD", b"{}", None]))
    def another_hand_breaks(self, tier: str, content: bytes | None) -> None:
        """Somebody leaves what nobody can read, or deletes the file."""
        self.forget_edits_of(tier)
        if content is None:
            self.remote.files.pop(tier, None)
        else:
            self.remote.files[tier] = content

    @rule()
    def sync(self) -> None:
        """All goes well."""
        self.try_to_sync()

    @rule(
        index=st.integers(0, 6),
        applied=st.booleans(),
        how=st.sampled_from([Retryable("cut"), Killed()]),
    )
    def sync_with_trouble(self, index: int, how: BaseException, *, applied: bool) -> None:
        """One request fails or is the last before a kill -9, carried out or not."""
        count = 0

        def strike(_: Effect) -> None:
            nonlocal count
            count += 1
            if count == index + 1:
                raise how

        if applied:
            self.house.after_effect = strike
        else:
            self.house.before_effect = strike
        try:
            self.try_to_sync()
        except Killed:
            self.house.restart()
        finally:
            self.house.before_effect = self.house.after_effect = lambda _: None

    @rule(tier=st.sampled_from(["all", "monthly", "yearly"]))
    def fetch(self, tier: str) -> None:
        """What a dry run tells is, to the day, what the fetch then does."""
        told = self.house.run(self.house.core.fetch(tier, dry_run=True))
        before = self.booked()
        done = self.house.run(self.house.core.fetch(tier, dry_run=False))
        assert (told["files"], told["changed"]) == (done["files"], done["changed"])
        after = self.booked()
        changed = {day for day in after if after[day] != before.get(day)}
        assert {date.fromisoformat(day) for days in told["changed"].values() for day in days} == (
            changed
        )
        assert before.keys() <= after.keys()

    def booked(self) -> dict[date, Bucket]:
        """Return all days there can be here."""
        days = (self.today - FIRST).days + 2
        return self.house.core.local.booked(FIRST + timedelta(days=n) for n in range(-30, days))

    @rule()
    def restart(self) -> None:
        """Both services start anew."""
        self.house.restart()

    @rule()
    def lose_the_board(self) -> None:
        """Begin with a new board that has nothing but what is remote."""
        self.calm_down()
        place = self.directory / f"board-{len(list(self.directory.iterdir()))}"
        self.house = House(place, self.remote, now=self.house.now)
        self.dropped = {day for day in self.dropped if day not in self.days_there()}
        self.calm_down()

    def days_there(self) -> set[date]:
        """Return the days of the remote's yearly file."""
        document = orjson.loads(self.remote.files["yearly.json"])
        return {date.fromisoformat(b["timestamp"][:10]) for b in document["data_points"]}

    def edit(self, tier: str, change: Any) -> None:
        """Change a remote document, if it is one."""
        content = self.remote.files.get(tier, b"")
        if content.startswith(b'{"schema"'):
            self.remote.files[tier] = edited(content, change)

    def forget_edits_of(self, tier: str) -> None:
        """Forget what somebody added there, and may destroy before we saw it."""
        content = self.remote.files.get(tier, b"")
        if content.startswith(b'{"schema"'):
            there = {
                date.fromisoformat(b["timestamp"][:10])
                for b in orjson.loads(content)["data_points"]
            }
            self.known -= (
                there - set(self.house.core.local.booked(there)) - set(self.elsewhere(tier))
            )

    def elsewhere(self, tier: str) -> set[date]:
        """Return the days of the other remote document."""
        other = next(name for name in TIERS if name != tier)
        content = self.remote.files.get(other, b"")
        if not content.startswith(b'{"schema"'):
            return set()
        points = orjson.loads(content)["data_points"]
        return {date.fromisoformat(bucket["timestamp"][:10]) for bucket in points}

    def try_to_sync(self) -> None:
        """Sync; what fails is tried again another time."""
        with suppress(MonitorError):
            self.house.sync()

    def calm_down(self) -> None:
        """Go on without trouble; a person lets dropped days go."""
        for _ in range(CALM_ROUNDS):
            self.house.sync()
            self.house.push(force=True)

    def check(self) -> None:
        """Both sides agree, and no day was lost."""
        assert self.house.core.unsynced() == []
        for tier in TIERS:
            assert self.remote.files[tier] == self.house.file(tier)
        kept = set(self.house.core.local.booked(self.known))
        assert self.known - self.dropped <= kept
        booked = self.house.core.local.booked(self.known)
        for day, mean in self.corrected.items():
            summary = booked[day].metrics["power"]
            assert summary
            assert summary.mean == mean
        if self.today > date(2026, 1, 1):  # on that day the last one of the year may be to come
            assert self.remote.files["history/2025.json"]


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(
    examples(30),
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
)

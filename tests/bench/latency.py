"""From the publish of a reading until everybody may read it, at the pace of single readings."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

from support.client import Client
from support.wait import DEADLINE_S, wait_until

from bench.load import payload
from bench.other_stores import Collectd, Lines, Script
from bench.stores import Ours, Store, running
from bench.stream import Stream
from bench.table import Row, Section, Subject
from shared.times import Zone

READINGS = 100
READINGS_BEFORE = 1000  # of a minute each, in daily.json when it begins
BEFORE_S = 70_000  # where nobody's readings are yet
_ROUND_S = 1.1  # daily.json is written at most once a second
_POLL_S = 0.0005
_EVENING_H = 20
_EASTMOST_H = 14


def measure() -> Subject:
    """Publish to each in turn, so that nobody waits for another."""
    base = float(round(time.time()))
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as broker, ExitStack() as stack:
        directory = Path(name)
        ours = Ours(directory / "ours", broker, base, _evening(base))
        stores: Sequence[Store] = [
            ours,
            Collectd(directory / "collectd", broker, base, 86400),
            Lines(directory / "lines", broker, base),
            Script(directory / "script", broker, base),
        ]
        client = stack.enter_context(broker.client())
        for store in stores:
            stack.callback(store.stop)
            store.start()
            Stream(store, client, sent=-BEFORE_S).until_heard()
        _fill(ours, client, base)
        return _subject(_turns(stores, client, base))


def _evening(now: float) -> Zone:
    """Return a zone in which most of the day is over."""
    offset = _EVENING_H - int(now // 3600 % 24)
    offset -= 24 if offset > _EASTMOST_H else 0
    return Zone(f"Etc/GMT{-offset:+d}")


def _fill(ours: Ours, client: Client, base: float) -> None:
    """Give daily.json the size it has in the evening."""
    for second in range(-READINGS_BEFORE * 60, 0, 60):
        client.send(ours.topic, payload(second, 60, start=base))
    wait_until(lambda: ours.shows(-60), what="the day before in daily.json")


def _turns(stores: Sequence[Store], client: Client, base: float) -> dict[str, list[float]]:
    """Return the seconds of each reading by store."""
    found: dict[str, list[float]] = {store.name: [] for store in stores}
    turn_s = _ROUND_S / len(stores)
    for _ in range(READINGS):
        for store in stores:
            begin = time.monotonic()
            found[store.name].append(_seconds(store, client, round(time.time() - base)))
            time.sleep(max(0.0, begin + turn_s - time.monotonic()))
    return found


def _seconds(store: Store, client: Client, second: int) -> float:
    message = store.message(second)
    begin = time.perf_counter()
    client.send(store.topic, message)
    while not store.shows(second):
        assert time.perf_counter() < begin + DEADLINE_S, f"{store.name} never shows {second}"
        time.sleep(_POLL_S)
    return time.perf_counter() - begin


def _subject(found: dict[str, list[float]]) -> Subject:
    lines = [
        (name, *(f"{1000 * at:.0f} ms" for at in _spread(all_))) for name, all_ in found.items()
    ]
    (_, median, worst, _), (_, other_median, other_worst, _), *_ = lines
    return Subject(
        [
            Row(
                f"a reading published to visible in daily.json, p50 and p99 of {READINGS}",
                f"{median}; {worst}",
                f"{other_median}; {other_worst} to collectd's file",
                "1 s",
            )
        ],
        Section(
            "Published to visible",
            f"From the publish of a reading to where everybody may read it, {READINGS} times, one "
            f"reading at a time, {_ROUND_S} s apart, to each in turn with the same broker. "
            f"daily.json had {READINGS_BEFORE} readings of a minute before. Ours is on stable "
            "storage then, and so is SQLite's; the others are in the page cache.",
            ("what", "p50", "p99", "longest"),
            lines,
        ),
    )


def _spread(seconds: Sequence[float]) -> tuple[float, float, float]:
    shares = quantiles(seconds, n=100, method="inclusive")
    return shares[49], shares[98], max(seconds)

"""Readings lost when what keeps them is killed in the middle of a stream, again and again."""

import signal
import tempfile
from pathlib import Path
from random import Random

from support.broker import Broker

from bench.load import START
from bench.other_stores import Collectd, Lines, Script
from bench.stores import Ours, Store, running
from bench.stream import Stream
from bench.table import Section, Subject

READINGS = 20_000
KILLS = 5
_SEED = 20261122
_ROOM = 2 * READINGS


def measure() -> Subject:
    """Kill ours and the others, each at the same places of its own stream."""
    lines = []
    with tempfile.TemporaryDirectory() as directory, running(Path(directory)) as broker:
        for store in _stores(Path(directory), broker):
            published, lost = _killed(store, broker)
            lines.append((store.name, f"{lost} of {published}"))
    return Subject(
        section=Section(
            "Readings lost under kill -9",
            f"{READINGS} readings are published with QoS 1 as fast as the broker takes them. What "
            f"keeps them is killed {KILLS} times in the middle, and started again at once while "
            "more come. Lost is what the broker acknowledged to the publisher and is not there in "
            "the end. All have the same broker, which lives on and queues up to 20 000 messages. "
            "All but the last have a session: without one, what comes while nobody listens is "
            "gone, at this pace nearly all. collectd subscribes with its plugin mqtt and has "
            "rrdtool write each value at once; as it comes it has five threads, which overtake "
            "each other, and refuses what they bring too late, even if nobody kills it: hundreds "
            "or half, from run to run. SQLite need not sync to outlive a kill.",
            ("what", "lost"),
            lines,
        )
    )


def _stores(directory: Path, broker: Broker) -> list[Store]:
    return [
        Ours(directory / "ours", broker, START),
        Collectd(directory / "threads", broker, START, _ROOM, threads=5),
        Collectd(directory / "collectd", broker, START, _ROOM),
        Lines(directory / "lines", broker, START),
        Script(directory / "script", broker, START, synchronous="NORMAL"),
        Script(directory / "no-session", broker, START, synchronous="NORMAL", session=False),
    ]


def _killed(store: Store, broker: Broker) -> tuple[int, int]:
    """Return how many were published once the store listened, and how many it has not."""
    chance = Random(_SEED)
    try:
        with broker.client() as client:
            store.start()
            stream = Stream(store, client)
            first = stream.until_heard()
            for part in range(1, KILLS + 1):
                end = first + READINGS * part // KILLS
                stream.until(chance.randrange(stream.sent, end))
                store.stop(signal.SIGKILL)
                store.start()
                stream.until(end)
                stream.until_heard()
            expected = set(range(first, stream.sent + 1))
            return len(expected), len(expected - store.kept())
    finally:
        store.stop()

"""Readings a second, QoS 1, in a burst of 10 000: from the first publish until all are kept."""

import os
import tempfile
import time
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from statistics import median

from support.client import Client
from support.wait import wait_until

from bench.load import START, payload
from bench.other_stores import Collectd, Lines, Script
from bench.stores import Ours, Store, running
from bench.stream import Stream
from bench.table import Row, Section, Subject

READINGS = 10_000
READINGS_SYNCED = 1_000  # for those that sync each: on a busy disk that takes long
_TIMES = 3
_PATIENCE_S = 120.0


def measure() -> Subject:
    """Measure all in turn, several times."""
    rates: dict[str, list[float]] = {}
    for _ in range(_TIMES):
        for name, rate in _round():
            rates.setdefault(name, []).append(rate)
    medians = {name: f"{median(found):.0f}/s" for name, found in rates.items()}
    ours, *_, appended = medians.values()
    return Subject(
        [
            Row(
                f"readings a second on stable storage, burst of {READINGS}, median of {_TIMES}",
                ours,
                f"{appended} appending and syncing each, without any broker",
                "5 000/s",
            )
        ],
        Section(
            "Burst",
            f"{READINGS} readings are published with QoS 1 in one go. The clock runs from the "
            "first publish until the last reading is where it is kept; all of them are there then. "
            f"The median of {_TIMES} rounds, all in turn; those that sync each get only "
            f"{READINGS_SYNCED}.",
            ("what", "readings a second", "on stable storage"),
            [
                (name, rate, "no" if name.startswith(("collectd", "mosquitto")) else "yes, each")
                for name, rate in medians.items()
            ],
        ),
    )


def _round() -> list[tuple[str, float]]:
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as broker:
        directory = Path(name)
        stores: Sequence[Store] = [
            Ours(directory / "ours", broker, START),
            Collectd(directory / "collectd", broker, START, 2 * READINGS),
            Lines(directory / "lines", broker, START),
            Script(directory / "script", broker, START),
        ]
        found = []
        for store in stores:
            with broker.client() as client:
                try:
                    readings = READINGS_SYNCED if isinstance(store, Script) else READINGS
                    found.append((store.name, _rate(store, client, readings)))
                finally:
                    store.stop()
        return [*found, ("appending and syncing each, no broker", _sync_each(directory))]


def _rate(store: Store, client: Client, readings: int) -> float:
    store.start()
    first = Stream(store, client).until_heard() + 1
    last = first + readings - 1
    payloads = [store.message(second) for second in range(first, last + 1)]
    begin = time.perf_counter()
    for body in payloads:
        client.send(store.topic, body)
    wait_until(lambda: store.has(last), _PATIENCE_S, what="all of the burst")
    seconds = time.perf_counter() - begin
    assert set(range(first, last + 1)) <= store.kept()
    return readings / seconds


def _sync_each(directory: Path) -> float:
    with FileIO(directory / "appended", "a") as file:
        begin = time.perf_counter()
        for second in range(1, READINGS_SYNCED + 1):
            file.write(payload(second, 1) + b"\n")
            os.fdatasync(file.fileno())
        return READINGS_SYNCED / (time.perf_counter() - begin)

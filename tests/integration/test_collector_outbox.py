"""A broker that is away: nothing is lost, and nothing is written while it is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.collector import POWER, START, Bench, Clock, make_simulator
from support.mounts import CAN_MOUNT, mounted

from demo.server import serving

TICK_S = 600.0


@pytest.fixture(name="bench")
def a_bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a collector whose aggregator says nothing, so that only the outbox can fill."""
    clock = Clock(START - 1)
    house = make_simulator(clock)
    house.insert(POWER, [(START - 400 + 30.0 * index, index) for index in range(1000)])
    with serving(house) as url:
        bench = Bench(url, tmp_path, clock)
        bench.outlet.answering = False
        yield bench


def outbox(bench: Bench) -> Path:
    """Return where the outbox is, if it is."""
    return bench.state_dir / "collector" / "outbox.jsonl"


def test_nothing_is_written_while_the_broker_is_there(bench: Bench) -> None:
    """Flash wears."""
    bench.run(3 * TICK_S)
    assert list(bench.state_dir.rglob("*")) == []


def test_readings_survive_a_broker_that_is_away(bench: Bench) -> None:
    """Kept on disk, sent oldest first when it is back, and the file is gone then."""
    bench.run(60)
    bench.link(up=False)
    bench.run(4 * TICK_S)
    assert len(outbox(bench).read_bytes().splitlines()) == 4
    bench.link(up=True)
    bench.run(30)
    times = [reading["timestamp"][11:16] for reading in bench.outlet.readings]
    assert times == ["00:00", "00:10", "00:20", "00:30", "00:40"]
    assert not outbox(bench).exists()
    assert bench.outlet.sent[-1].retain


def test_a_short_absence_touches_no_disk(bench: Bench) -> None:
    """Some seconds are waited out in memory."""
    bench.link(up=False)
    bench.run(12)
    bench.link(up=True)
    bench.run(10)
    assert len(bench.outlet.readings) == 1
    assert not outbox(bench).exists()


def test_what_the_broker_does_not_acknowledge_goes_to_disk(bench: Bench) -> None:
    """It may have died with it."""
    bench.outlet.acknowledging = False
    bench.run(60)
    assert len(outbox(bench).read_bytes().splitlines()) == 1
    bench.link(up=False)
    bench.outlet.acknowledging = True
    bench.link(up=True)
    bench.run(10)
    assert len(bench.outlet.readings) == 1
    assert not outbox(bench).exists()


def test_a_clean_stop_loses_nothing(bench: Bench) -> None:
    """A reading that waits for its history is kept without it."""
    bench.link(up=False)
    bench.run(4)
    bench.restart()
    assert len(outbox(bench).read_bytes().splitlines()) == 1
    bench.link(up=True)
    bench.run(10)
    assert bench.outlet.readings[0]["timestamp"] == "2026-12-01T00:00:00+00:00"


def test_a_torn_last_line_is_tolerated(bench: Bench) -> None:
    """A power cut in the middle of a write costs that line only."""
    bench.link(up=False)
    bench.run(2 * TICK_S)
    with outbox(bench).open("ab") as file:
        file.write(b'{"timestamp": "2026-12-01T00:')
    bench.restart()
    bench.run(2 * TICK_S)
    bench.link(up=True)
    bench.run(30)
    times = {reading["timestamp"][11:16] for reading in bench.outlet.readings}
    assert times == {"00:00", "00:10", "00:20", "00:30", "00:40"}
    assert not outbox(bench).exists()


def test_a_link_that_breaks_in_the_middle_starts_over(bench: Bench) -> None:
    """Twice is harmless, never is not."""
    bench.link(up=False)
    bench.run(3 * TICK_S - 60)
    bench.outlet.acknowledging = False
    bench.link(up=True)
    bench.run(5)
    bench.link(up=False)
    assert outbox(bench).exists()
    bench.outlet.acknowledging = True
    bench.link(up=True)
    bench.run(5)
    assert len({reading["timestamp"] for reading in bench.outlet.readings}) == 3


def test_a_damaged_line_is_told_and_kept_for_a_person(bench: Bench) -> None:
    """The others arrive; what is lost here is a gap, which history fills."""
    bench.run(60)
    bench.link(up=False)
    bench.run(4 * TICK_S)
    waiting = outbox(bench).read_bytes()
    damaged = waiting.replace(b"T00:20", b"T00:21")
    outbox(bench).write_bytes(damaged)
    bench.link(up=True)
    bench.run(30)
    times = [reading["timestamp"][11:16] for reading in bench.outlet.readings]
    assert times == ["00:00", "00:10", "00:30", "00:40"]
    [aside] = outbox(bench).parent.glob("outbox.jsonl.corrupt-*")
    assert aside.read_bytes() == damaged
    assert not outbox(bench).exists()
    assert aside.name in bench.problems["damage"]["text"]
    aside.unlink()
    bench.run(TICK_S)
    assert "damage" not in bench.problems


def test_an_unfinished_line_is_no_damage(bench: Bench) -> None:
    """The power went while it was written."""
    bench.link(up=False)
    bench.run(2 * TICK_S)
    outbox(bench).write_bytes(outbox(bench).read_bytes()[:-30])
    bench.restart()
    bench.link(up=True)
    bench.run(30)
    assert not outbox(bench).exists()
    assert list(bench.state_dir.rglob("*.corrupt-*")) == []


@CAN_MOUNT
def test_an_outbox_that_can_not_be_deleted_stays_and_is_told(bench: Bench) -> None:
    """The disk has turned read-only: the collector goes on."""
    bench.run(60)
    bench.link(up=False)
    bench.run(2 * TICK_S)
    place = outbox(bench).parent
    with mounted(place, "--bind", "-o", "ro", str(place)):
        bench.link(up=True)
        bench.run(30)
        assert len(bench.outlet.readings) == 3
        assert "Read-only" in bench.problems["outbox"]["text"]
    bench.run(30)
    assert not outbox(bench).exists()
    assert bench.problems == {}
